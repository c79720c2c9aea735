package gateway

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"telagent-gateway/call"
	"telagent-gateway/sip"
	"telagent-gateway/telagent"
)

// strained is a strain over a loop that runs, with clocks of its own and a wire that notes its burden.
type strained struct {
	*strain
	burden sip.Burden
	crowd  float64
	now    time.Time
	passed time.Duration
}

func newStrained(l *loop) *strained {
	s := &strained{now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	s.strain = &strain{
		loop: l, bear: func(b sip.Burden) { s.burden = b }, crowd: func() float64 { return s.crowd },
		shed: func() (by [sip.NoCalls + 1]uint64) { return by }, log: zap.NewNop(), told: map[string]string{},
		clock:    clock{wall: func() time.Time { return s.now }, steady: func() time.Duration { return s.passed }},
		pressure: pressure{busy: 100 * time.Millisecond, overloaded: 400 * time.Millisecond},
	}
	return s
}

func (s *strained) pass(looks int) {
	for range looks {
		<-time.After(lookEvery) // of the bubble's clock
		s.now, s.passed = s.now.Add(lookEvery), s.passed+lookEvery
		s.look(time.Now())
		synctest.Wait()
	}
}

// alarms are the alarms that hands were told of.
func alarms(h *fakeHands) (all []string) {
	for _, c := range h.changes {
		switch c := c.(type) {
		case telagent.AlarmRaised:
			all = append(all, c.Code+": "+c.Sentence)
		case telagent.AlarmCleared:
			all = append(all, c.Code+" is over")
		default:
		}
	}
	return all
}

func TestAnOverloadIsAnAlarmUntilItIsCalmAgainAndNotReadyMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		s := newStrained(l)
		s.crowd = 0.8
		s.pass(3)
		if len(alarms(hands)) != 0 || s.ready() != nil || s.burden != sip.NoRefreshes {
			t.Errorf("busy: alarms %q, ready %v, burden %d", alarms(hands), s.ready(), s.burden)
		}
		s.pass(5)
		if s.ready() == nil || s.burden != sip.NoCalls || s.load().State != overloaded {
			t.Errorf("overloaded: ready %v, burden %d", s.ready(), s.burden)
		}
		s.crowd = 0
		for s.burden != sip.NoRefreshes {
			s.pass(1)
		}
		if all := alarms(hands); len(all) != 1 || s.ready() != nil {
			t.Errorf("busy again: alarms %q, ready %v", all, s.ready())
		}
		s.pass(100)
		if all := alarms(hands); len(all) != 2 || !strings.HasPrefix(all[0], "overloaded: More comes in") || all[1] != "overloaded is over" {
			t.Errorf("alarms %q", all)
		}
	})
}

func TestALoopThatWasStoppedKnowsItBeforeAnythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		hands := &fakeHands{}
		l := newLoop(telagent.New(telagent.Settings{}, telagent.State{}, newID), hands, zap.New(core))
		go l.run()
		defer l.stop()
		release := make(chan struct{})
		l.inbox <- letter{in: reading(func(time.Time, *telagent.Floor) { <-release })}
		l.inbox <- letter{call.TrunkUp{Trunk: "none"}, time.Now()}
		time.Sleep(5 * time.Second) // of the bubble's clock, in which nothing runs
		close(release)
		synctest.Wait()
		if all := logs.FilterMessage("the gateway did not run for a while").All(); len(all) != 1 || all[0].ContextMap()["for"] != 5*time.Second {
			t.Errorf("the log has %v", all)
		}
		if got := l.waits.delay(time.Now(), false); got != 0 {
			t.Errorf("what waited while it slept counts as a delay of %v", got)
		}
		if len(l.recent) < 2 || l.recent[0] != (call.Stalled{For: 5 * time.Second}) {
			t.Errorf("steps were %v", lines(l.recent))
		}
		newStrained(l).pass(700)
		if all := alarms(hands); len(all) != 2 || !strings.HasPrefix(all[0], "stalled: The gateway did not run for 5s") || all[1] != "stalled is over" {
			t.Errorf("alarms %q", all)
		}
		if n := logs.FilterMessage("the gateway did not run for a while").Len(); n != 1 {
			t.Errorf("an idle loop thinks %d times that it slept", n)
		}
	})
}

func TestAClockThatIsSetIsNoticedBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		s := newStrained(l)
		s.pass(1)
		for _, by := range []time.Duration{time.Hour, -time.Hour, 900 * time.Millisecond} { // the last is no step
			s.now = s.now.Add(by)
			s.pass(620)
		}
		want := []string{
			"clock_stepped: The machine's clock was set by 1h0m0s. Timers go on as they were; schedules follow the clock.", "clock_stepped is over",
			"clock_stepped: The machine's clock was set by -1h0m0s. Timers go on as they were; schedules follow the clock.", "clock_stepped is over",
		}
		if all := alarms(hands); strings.Join(all, "|") != strings.Join(want, "|") {
			t.Errorf("alarms %q", all)
		}
		if s.load().ClockSteps != 2 {
			t.Errorf("%d steps", s.load().ClockSteps)
		}
	})
}

func TestALoopThatStandsStillForAnUpgradeIsNotOverloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.WarnLevel)
		t.Cleanup(func() { // when the loop was stopped, as by who left his calls to another process
			if all := logs.All(); len(all) > 0 {
				t.Errorf("the log says %v", all)
			}
		})
		l, hands, _ := running(t)
		s := newStrained(l)
		s.log, l.log = zap.New(core), zap.New(core)
		if _, err := l.pause(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.report(call.Heard{Leg: "one that somebody hears of meanwhile"})
		s.pass(20)
		if is := s.load().State; is != calm || s.burden != 0 || len(alarms(hands)) != 0 {
			t.Errorf("it is %s, turns away %v, alarms %q", is, s.burden, alarms(hands))
		}
	})
}
