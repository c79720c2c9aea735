package gateway

import (
	"testing"
	"testing/synctest"
	"time"

	"telagent-gateway/sip"
)

func TestWhatIsTurnedAwayGrowsLookByLookAndShrinksSlowly(t *testing.T) {
	p := pressure{busy: 100 * time.Millisecond, overloaded: 400 * time.Millisecond}
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	look := func(times int, delay time.Duration, crowd float64) (last sip.Burden) {
		for range times {
			p.weigh(now, delay, crowd)
			now = now.Add(lookEvery)
		}
		return p.burden
	}
	for i, step := range []struct {
		times int
		delay time.Duration
		crowd float64
		want  sip.Burden
		state string
	}{
		{50, 99 * time.Millisecond, 0, sip.Unburdened, calm},
		{1, 100 * time.Millisecond, 0, sip.NoQuestions, busy},
		{1, 0, 0.25, sip.NoWatching, busy}, // a queue that fills counts as well
		{50, 399 * time.Millisecond, 0, sip.NoRefreshes, busy},
		{1, 400 * time.Millisecond, 0, sip.HalfTheCalls, overloaded},
		{1, time.Second, 0, sip.NoTrunkCalls, overloaded},
		{50, 0, 0.75, sip.NoCalls, overloaded},
		{50, 200 * time.Millisecond, 0, sip.NoCalls, overloaded}, // half of the mark: it stays
		{20, 199 * time.Millisecond, 0, sip.NoCalls, overloaded},
		{1, 199 * time.Millisecond, 0, sip.NoTrunkCalls, overloaded}, // two seconds of less
		{20, 199 * time.Millisecond, 0, sip.HalfTheCalls, overloaded},
		{20, 199 * time.Millisecond, 0, sip.NoRefreshes, busy},
		{100, 50 * time.Millisecond, 0, sip.NoRefreshes, busy},
		{21, 49 * time.Millisecond, 0, sip.NoWatching, busy},
		{15, 0, 0, sip.NoWatching, busy},
		{1, 60 * time.Millisecond, 0, sip.NoWatching, busy}, // once more than half: the time begins anew
		{20, 0, 0, sip.NoWatching, busy},
		{41, 0, 0, sip.Unburdened, calm},
	} {
		if got := look(step.times, step.delay, step.crowd); got != step.want || p.state() != step.state {
			t.Fatalf("step %d: burden %d, %s; want %d, %s", i, got, p.state(), step.want, step.state)
		}
	}
}

func TestMarksOfZeroTurnNothingAway(t *testing.T) {
	p := pressure{}
	for range 100 {
		p.weigh(time.Now(), time.Hour, 1)
	}
	if p.burden != sip.Unburdened {
		t.Errorf("burden %d", p.burden)
	}
}

func TestTheDelayIsTheShortestWaitSoOneLongStepIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaits()
		take := func(waited time.Duration) {
			w.began(time.Now().Add(-waited))
			w.ended()
		}
		take(time.Second)
		take(3 * time.Millisecond)
		take(2 * time.Second)
		if got := w.delay(time.Now(), true); got != 3*time.Millisecond {
			t.Errorf("delay %v, want the shortest wait", got)
		}
		if got := w.delay(time.Now(), true); got != 0 {
			t.Errorf("delay %v of an idle loop", got)
		}
		w.began(time.Now())
		w.delay(time.Now(), false)
		time.Sleep(700 * time.Millisecond) // of the bubble's clock
		if got := w.delay(time.Now(), false); got != 0 {
			t.Errorf("delay %v where nobody waits", got)
		}
		if got := w.delay(time.Now(), true); got != 700*time.Millisecond {
			t.Errorf("delay %v behind a step that lasts", got)
		}
	})
}
