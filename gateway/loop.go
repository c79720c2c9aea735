package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/telagent"
)

// inboxSize bounds the mailbox. When it is full the wire that reports waits, and with it only its own leg.
const inboxSize = 4096

// keepInputs is how many of the last inputs are logged when a step panics.
const keepInputs = 32

var (
	errStopped = errors.New("the gateway is stopping")
	errBug     = errors.New("an error in the gateway, see its log")
)

// hands carry out what a step decided. None of its methods may block.
type hands interface {
	act(call.Action)
	tell([]telagent.Change)
	remember(changes []telagent.Change, committed func(error))
}

// loop owns the Floor. Everything reaches it through its inbox, one step after the other.
type loop struct {
	floor  *telagent.Floor
	hands  hands
	log    *zap.Logger
	inbox  chan letter
	waits  waits
	quit   chan struct{} // closed: no more input is taken
	done   chan struct{} // closed: the goroutine has ended
	bugs   atomic.Int64
	view   *telagent.View // since the last step; nil: make a new one
	last   atomic.Pointer[telagent.View]
	recent []input
}

// input is one of: a fact (call.Event), a request, a reading, what goes on after a start (resumed).
type input interface{}

// letter is an input in the mailbox, and since when.
type letter struct {
	in    input
	since time.Time // zero: it does not count
}

type request struct {
	command telagent.Command
	answer  chan<- error // has room for one value; further ones are dropped
}

func (r request) reply(err error) {
	select {
	case r.answer <- err:
	default:
	}
}

type reading func(now time.Time, f *telagent.Floor)

func newLoop(f *telagent.Floor, h hands, log *zap.Logger) *loop {
	return &loop{
		floor: f, hands: h, log: log,
		inbox: make(chan letter, inboxSize), quit: make(chan struct{}), done: make(chan struct{}), waits: newWaits(),
	}
}

// run takes inputs until quit is closed, and lets the Floor's time pass.
func (l *loop) run() {
	defer close(l.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	l.waits.awake = time.Now()
	for {
		select {
		case m := <-l.inbox:
			l.wake()
			l.waits.began(m.since)
			l.step(m.in)
			l.waits.ended()
		case <-timer.C:
			l.wake()
			if due, ok := l.floor.Next(); ok && time.Until(due) <= 0 {
				l.step(nil)
			}
		case <-l.quit:
			return
		}
		next := heartbeat
		if due, ok := l.floor.Next(); ok {
			next = max(0, min(next, time.Until(due)))
		}
		timer.Reset(next)
	}
}

// wake looks whether we slept since the last step, which the Floor must know before anything else. One that ends need not.
func (l *loop) wake() {
	select {
	case <-l.quit:
		return
	default:
	}
	if slept := l.waits.woke(time.Now()); slept > 0 {
		l.log.Warn("the gateway did not run for a while", zap.Duration("for", slept))
		l.step(call.Stalled{For: slept})
	}
}

// finishBound is how long the last inputs may take.
const finishBound = 2 * time.Second

// finish handles what was reported and asked until now, and stops. It does not wait for a step that hangs: that is a bug, and no
// reason to leave the calls behind with an older state than need be.
func (l *loop) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), finishBound)
	defer cancel()
	_, _ = read(ctx, l, func(time.Time, *telagent.Floor) bool { return true }) // it is behind them
	close(l.quit)
	select {
	case <-l.done:
	case <-ctx.Done():
	}
}

// stop takes nothing more, also of what waits.
func (l *loop) stop() {
	close(l.quit)
	<-l.done
}

// step carries one input through the Floor; nil: time has passed. A panic is a bug: it is logged with the last inputs,
// counted, and ends the leg concerned, not the gateway.
func (l *loop) step(in input) {
	now := time.Now()
	if _, reads := in.(reading); !reads {
		l.view = nil // not all that it shows is told of by a Change: a channel that comes free is not
		l.note(in)
	}
	defer func() {
		if bug := recover(); bug != nil {
			l.caught(in, bug)
		}
		l.sound(in)
	}()
	switch in := in.(type) {
	case nil:
		l.perform(in, l.floor.Tick(now), nil)
	case call.Event:
		l.perform(in, l.floor.Handle(now, in), nil)
	case request:
		out, err := l.floor.Do(now, in.command)
		l.perform(in, out, func(saved error) {
			if saved != nil {
				saved = fmt.Errorf("%w: %w", console.ErrNotSaved, saved)
			}
			in.reply(errors.Join(err, saved))
		})
	case resumed:
		l.perform(in, l.floor.Resume(now, in), nil)
	case reading:
		in(now, l.floor)
	default:
		panic(fmt.Sprintf("gateway: no step for a %T", in))
	}
}

// perform carries out an Outcome: Actions first, because people are listening. A request without Changes was answered
// before; what was changed then may still be on its way to the store, so this answer waits in the same line.
func (l *loop) perform(in input, out telagent.Outcome, committed func(error)) {
	for _, a := range out.Actions {
		l.hands.act(a)
	}
	if len(out.Changes) > 0 {
		l.hands.tell(out.Changes)
	}
	if len(out.Changes) > 0 || committed != nil {
		l.hands.remember(out.Changes, committed)
	}
	if len(out.Actions)+len(out.Changes) > 0 && l.log.Core().Enabled(zap.InfoLevel) {
		l.log.Info(line(in), zap.Strings("actions", lines(out.Actions)), zap.Strings("changes", lines(out.Changes)))
	}
}

func (l *loop) note(in input) {
	if in == nil {
		return
	}
	if len(l.recent) == keepInputs {
		l.recent = append(l.recent[:0], l.recent[1:]...)
	}
	l.recent = append(l.recent, in)
}

// caught goes on after a panic. Only the first of a step ends up here: mend has a net of its own.
func (l *loop) caught(in input, bug any) {
	l.bugs.Add(1)
	l.log.Error("a step failed: this is a bug", zap.Any("panic", bug), zap.Strings("last_inputs", lines(l.recent)),
		zap.ByteString("stack", debug.Stack()))
	if r, ok := in.(request); ok {
		r.reply(fmt.Errorf("carry out %T: %w", r.command, errBug))
	}
	l.mend(in)
}

// mend ends the leg that a failed step was about, and the calls that it left half done.
func (l *loop) mend(in input) {
	defer func() {
		if bug := recover(); bug != nil {
			l.log.Error("what a failed step left could not be mended", zap.Any("panic", bug), zap.ByteString("stack", debug.Stack()))
		}
	}()
	if e, ok := in.(call.Event); ok && call.Leg(e) != "" {
		l.hands.act(call.Hangup{Leg: call.Leg(e), Cause: call.Broken})
	}
	if _, reads := in.(reading); !reads {
		l.perform(nil, l.floor.Mend(time.Now()), nil)
	}
}

// report hands a fact to the loop. It waits while the mailbox is full and gives up when the loop ends.
func (l *loop) report(e call.Event) {
	select {
	case l.inbox <- letter{e, time.Now()}:
	case <-l.quit:
	}
}

// do hands a request to the loop and waits until what it changed is in the store.
func (l *loop) do(ctx context.Context, c telagent.Command) error {
	answer := make(chan error, 1)
	if err := l.put(ctx, request{c, answer}); err != nil {
		return err
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-l.done:
		return errStopped
	}
}

// read runs f on the loop, waits for it and returns what it found.
func read[T any](ctx context.Context, l *loop, f func(time.Time, *telagent.Floor) T) (found T, err error) {
	ran := make(chan T, 1)
	err = l.put(ctx, reading(func(now time.Time, floor *telagent.Floor) { defer close(ran); ran <- f(now, floor) }))
	if err != nil {
		return found, err
	}
	select {
	case found, ok := <-ran:
		if !ok {
			return found, errBug
		}
		return found, nil
	case <-ctx.Done():
		return found, ctx.Err()
	case <-l.done:
		return found, errStopped
	}
}

func (l *loop) put(ctx context.Context, in input) error {
	select {
	case l.inbox <- letter{in, time.Now()}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.quit:
		return errStopped
	}
}

// snapshot returns the View of now, made at most once between two steps.
func (l *loop) snapshot(ctx context.Context) (*telagent.View, error) {
	return read(ctx, l, func(now time.Time, f *telagent.Floor) *telagent.View {
		if l.view == nil {
			l.view = f.View(now)
			l.last.Store(l.view)
		}
		return l.view
	})
}

// clear ends all live calls, so that each has its record, and returns when none is left or the context ends. Those
// that wait go first: they must not be offered to the agents whom the others set free.
func (l *loop) clear(ctx context.Context) {
	for ctx.Err() == nil {
		view, err := l.snapshot(ctx)
		if err != nil || len(view.Calls) == 0 {
			return
		}
		for _, talking := range []bool{false, true} {
			for _, c := range view.Calls {
				if (c.Agent != "") != talking {
					continue
				}
				if l.put(ctx, request{telagent.EndCall{Call: c.ID}, make(chan error, 1)}) != nil {
					return
				}
			}
		}
	}
}
