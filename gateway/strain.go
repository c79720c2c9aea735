package gateway

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/sip"
)

// lookEvery is how often the strain looks. A look costs a few atomic loads.
const lookEvery = 100 * time.Millisecond

// tellFor is how long an alarm about something that is over already stays, so that somebody sees it.
const tellFor = time.Minute

// strain watches over the gateway itself: how hard it is pressed, whether it slept, and whether somebody set the clock. It
// says to the signalling wire what to turn away, and to the Floor what administrators should know.
type strain struct {
	loop  *loop
	bear  func(sip.Burden)
	crowd func() float64
	shed  func() [sip.NoCalls + 1]uint64
	log   *zap.Logger
	clock clock
	stop  chan struct{}
	done  chan struct{}

	told map[string]string // what the Floor was told of, by part
	step clockStep

	mu       sync.Mutex
	pressure pressure
	delay    time.Duration // at the last look
	crowding float64
}

// clock is the time of day and the time that passes, which nobody sets. Tests have others.
type clock struct {
	wall   func() time.Time
	steady func() time.Duration
}

func systemClock() clock {
	began := time.Now()
	return clock{wall: func() time.Time { return time.Now().Round(0) }, steady: func() time.Duration { return time.Since(began) }}
}

// clockStep notices when the clock on the wall is set.
type clockStep struct {
	wall   time.Time
	steady time.Duration
	by     time.Duration // the last step
	at     time.Duration // when that was
	steps  uint64
}

// leastStep is how far the clock must have been set at once; what keeps it right moves it by less.
const leastStep = time.Second

// look compares the clocks; true: it was set since the last look.
func (s *clockStep) look(c clock) bool {
	wall, steady := c.wall(), c.steady()
	by := wall.Sub(s.wall) - (steady - s.steady)
	first := s.wall.IsZero()
	s.wall, s.steady = wall, steady
	if first || by.Abs() < leastStep {
		return false
	}
	s.by, s.at = by, steady
	s.steps++
	return true
}

func newStrain(l *loop, w *sip.Wire, busy, overloaded time.Duration, log *zap.Logger) *strain {
	return &strain{
		loop: l, bear: w.Bear, crowd: w.Crowding, shed: w.Shed, log: log, clock: systemClock(), stop: make(chan struct{}), done: make(chan struct{}),
		told: map[string]string{}, pressure: pressure{busy: busy, overloaded: overloaded},
	}
}

// agree takes other marks.
func (s *strain) agree(busy, overloaded time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pressure.busy, s.pressure.overloaded = busy, overloaded
}

// run looks until close.
func (s *strain) run() {
	defer close(s.done)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.look(time.Now())
		case <-s.stop:
			return
		}
	}
}

// close ends run; nil: there is none.
func (s *strain) close() {
	if s != nil {
		close(s.stop)
		<-s.done
	}
}

// look weighs what there is, and says what is new.
func (s *strain) look(now time.Time) {
	delay, crowd := s.loop.waits.delay(now, len(s.loop.inbox) > 0), s.crowd()
	s.mu.Lock()
	was := s.pressure.state()
	s.pressure.weigh(now, delay, crowd)
	s.delay, s.crowding = delay, crowd
	is, burden := s.pressure.state(), s.pressure.burden
	if s.step.look(s.clock) {
		s.log.Warn("the machine's clock was set", zap.Duration("by", s.step.by))
	}
	s.mu.Unlock()
	s.bear(burden)
	if is != was {
		s.log.Warn("the gateway is "+is, zap.Duration("loop_delay", delay), zap.Float64("crowding", crowd))
	}
	// What becomes overloaded stays an alarm until it is calm again.
	_, alarmed := s.told["overloaded"]
	s.tell("overloaded", is == overloaded || alarmed && is != calm,
		"More comes in than is done in time, so new calls over trunks, and what can wait, are turned away (503). Calls that are up go on.")
	woke, slept, ever := s.loop.waits.stalled()
	s.tell("stalled", ever && now.Sub(woke) < tellFor,
		fmt.Sprintf("The gateway did not run for %v: it, or its machine, was stopped. Whoever talked heard nothing meanwhile.", slept.Round(100*time.Millisecond)))
	s.tell("clock_stepped", s.step.steps > 0 && s.clock.steady()-s.step.at < tellFor,
		fmt.Sprintf("The machine's clock was set by %v. Timers go on as they were; schedules follow the clock.", s.step.by.Round(time.Second)))
}

// tell lets the Floor know that something is wrong, or is no more. A loop that has no time is told at a later look.
func (s *strain) tell(part string, wrong bool, problem string) {
	told, was := s.told[part]
	var e call.Event = call.Impaired{Part: part, Problem: problem}
	switch {
	case wrong && told == problem, !wrong && !was:
		return
	case !wrong:
		e = call.Repaired{Part: part}
	}
	select {
	case s.loop.inbox <- letter{in: e}:
	default:
		return
	}
	if wrong {
		s.told[part] = problem
	} else {
		delete(s.told, part)
	}
}

var errOverloaded = errors.New("overloaded: new calls are turned away")

// ready says why no new calls are taken now; nil: they are.
func (s *strain) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pressure.state() == overloaded {
		return errOverloaded
	}
	return nil
}

// turnedAway are the words for what was turned away.
var turnedAway = [sip.NoCalls + 1]string{
	sip.NoQuestions: "options", sip.NoWatching: "subscribe_publish", sip.NoRefreshes: "register_refresh", sip.HalfTheCalls: "trunk_half",
	sip.NoTrunkCalls: "trunk_calls", sip.NoCalls: "phone_calls",
}

// load is what the console shows.
func (s *strain) load() console.Load {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := console.Load{
		State: s.pressure.state(), Burden: int(s.pressure.burden), Delay: s.delay, Crowding: s.crowding, Shed: map[string]uint64{},
		Stalls: s.loop.waits.stalls.Load(), ClockSteps: s.step.steps,
	}
	for b, n := range s.shed() {
		if what := turnedAway[b]; what != "" {
			out.Shed[what] = n
		}
	}
	return out
}
