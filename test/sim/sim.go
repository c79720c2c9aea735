// Package sim plays whole days of a call centre against the Floor, with a virtual clock and a world that one seed
// decides: customers, softphones, desk phones, PSTN phones, trunks, supervisors who click at the worst moment, and
// crashes. A judge of its own, who reads only Events, Actions, Changes and Views, says after every step what is wrong.
//
// It is not a test of the wires: no socket is opened and no time passes. It shares no code with the Floor beside the
// vocabulary, so that a mistake there is not repeated here.
//
// Start with Run. The world is in world.go, what its people do in customers.go, phones.go, calls.go (phones that agents
// dial with), clicks.go and people.go (pages), and the rules that must hold in judge.go and the files named after it.
package sim

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// most steps of one seed; a world that is not at rest by then never will be.
const mostSteps = 30000

// Options choose what is played.
type Options struct {
	Seed uint64
	Each func(line string) // gets every step as it happens; nil: nobody listens
}

// Coverage counts the kinds of things that happened, by a word.
type Coverage map[string]int

// Add adds what another run saw.
func (c Coverage) Add(other Coverage) {
	for k, n := range other {
		c[k] += n
	}
}

// Result is what a seed that found nothing wrong did.
type Result struct {
	Steps    int
	Coverage Coverage
	Digest   uint64 // of every step's text when Options.Each is set; the same seed gives the same digest
}

// Failure is a broken rule, with what led to it.
type Failure struct {
	Seed   uint64
	Broken []string // sentences
	Steps  []string // the last ones, oldest first, in the notation of the floor scripts
}

// Error prints how to play the seed again, what is wrong, and the last steps.
func (f *Failure) Error() string {
	return fmt.Sprintf("make sim SEED=%d\n  %s\nlast steps:\n  %s",
		f.Seed, strings.Join(f.Broken, "\n  "), strings.Join(f.Steps, "\n  "))
}

// Run plays one seed to its end. The error, if any, is a *Failure.
func Run(o Options) (Result, error) {
	w := &world{
		rng:   rand.New(rand.NewPCG(o.Seed, 0x7e1a6e27)),
		legs:  map[call.LegID]*leg{},
		seen:  Coverage{},
		each:  o.Each,
		bound: map[string]bool{},
		told:  map[string]time.Duration{},
		up:    map[string]bool{},
	}
	w.judge = newJudge(w.seen)
	w.build()
	w.open()
	w.play()
	if len(w.broken) > 0 {
		return Result{}, &Failure{Seed: o.Seed, Broken: w.broken, Steps: w.trace.lines()}
	}
	return Result{Steps: w.steps, Coverage: w.seen, Digest: w.digest}, nil
}

// play lets happen what is due, in order, until nothing is left to happen or a rule is broken.
func (w *world) play() {
	for len(w.broken) == 0 {
		if w.steps > mostSteps {
			w.broken = append(w.broken, "the world does not come to rest")
			return
		}
		tick, due := w.tickAt()
		next, any := w.agenda.peek()
		switch {
		case due && (!any || tick <= next):
			w.now = max(w.now, tick)
			w.tick()
		case any:
			w.now = max(w.now, next)
			w.agenda.pop()()
		case w.closing < closed:
			w.closing++
			w.close()
		default:
			w.judgeRest()
			return
		}
	}
}

// latest is how late a Tick may be.
const latest = 20 * time.Millisecond

// tickAt returns when the loop gets to its next Tick: a little late, as loops are. Timers of tomorrow are left alone.
func (w *world) tickAt() (at time.Duration, due bool) {
	next, ok := w.floor.Next()
	if !ok || w.life == down {
		return 0, false
	}
	at = next.Sub(epoch)
	if at != w.due {
		w.due, w.late = at, 0
		if w.chance(0.3) {
			w.late = w.between(0, latest)
		}
	}
	if at += w.late; at > w.horizon {
		return 0, false
	}
	return at, true
}

func (w *world) tick() {
	_ = w.step(input{tick: true}, func(now time.Time) (telagent.Outcome, error) { return w.floor.Tick(now), nil })
	if next, ok := w.floor.Next(); ok && w.life == serving && len(w.broken) == 0 && !next.After(epoch.Add(w.now)) {
		w.fault("Next is due again at once after a Tick")
	}
}

func (w *world) handle(e call.Event) {
	_ = w.step(input{event: e}, func(now time.Time) (telagent.Outcome, error) { return w.floor.Handle(now, e), nil })
}

func (w *world) do(c telagent.Command) error {
	return w.step(input{command: c}, func(now time.Time) (telagent.Outcome, error) { return w.floor.Do(now, c) })
}

// step is one turn of the loop: the Floor decides, the wires act, the store remembers, the judge looks on.
func (w *world) step(in input, decide func(time.Time) (telagent.Outcome, error)) (refused error) {
	if len(w.broken) > 0 {
		return nil
	}
	w.steps++
	if w.life != serving {
		return w.unheard(in, decide)
	}
	out, crash, err := w.guarded(decide)
	w.note(played{at: w.now, in: in, out: out, err: err})
	if crash != "" {
		w.fault(crash)
		return nil
	}
	w.remember(out.Changes)
	view := w.floor.View(w.time())
	w.broken = append(w.broken, w.judge.step(w.time(), in, out, err, view)...)
	for _, s := range w.floor.Check() {
		w.fault("Check: " + s)
	}
	for _, a := range out.Actions {
		w.perform(a)
	}
	w.provoke(view)
	w.perhapsEnd()
	return err
}

// note keeps a step for whoever has to understand what went wrong.
func (w *world) note(p played) {
	w.trace.add(p)
	if w.each != nil {
		line := w.trace.last().String()
		w.digest = digest(w.digest, line)
		w.each(line)
	}
}

// guarded turns a panic of the Floor into a sentence.
func (w *world) guarded(decide func(time.Time) (telagent.Outcome, error)) (out telagent.Outcome, crash string, err error) {
	defer func() {
		if p := recover(); p != nil {
			crash = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	out, err = decide(w.time())
	return out, "", err
}

func (w *world) fault(s string) { w.broken = append(w.broken, s) }

func (w *world) time() time.Time { return epoch.Add(w.now) }

func (w *world) id() string {
	w.ids++
	return strconv.Itoa(w.ids)
}

// digest is FNV-1a, continued.
func digest(h uint64, s string) uint64 {
	if h == 0 {
		h = 14695981039346656037
	}
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
