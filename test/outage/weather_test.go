//go:build peers

package outage

import (
	"testing"
	"time"

	"telagent-gateway/demo"
)

// aCall is a softphone behind a Relay, in a call.
func aCall(t *testing.T, network string, slot int) *play {
	t.Helper()
	o := rehearsal{
		agents: 1, free: 1, ring: 5 * time.Second, confirm: 5 * time.Second, requeue: time.Minute,
		ask: 30 * time.Second, back: time.Minute,
		phones: func(int) []manner { return []manner{taken(time.Second)} },
	}
	s := build(t, o, behindRelay(t, network, slot))
	p := &play{stage: s, cast: s.enter(), cut: time.Now()}
	p.callIn()
	return p
}

// stayedInLine fails if the agent was anything but in line since the line was touched, or was cut off.
func (p *play) stayedInLine() {
	p.t.Helper()
	for _, e := range p.watch.Events(p.cut) {
		if a, ok := e.Agent(); ok && (a.Status != "in_line" || a.Activity == "cut_off") {
			p.t.Errorf("the agent became %s, %s", a.Status, a.Activity)
		}
		if e.Name == "alarm.raised" {
			p.t.Errorf("an alarm was raised: %s", e.Data)
		}
	}
}

func TestS60ASoftphoneWhoseLineIsSilentForThreeSecondsKeepsItsCallAndItsStatus(t *testing.T) {
	t.Parallel()
	p := aCall(t, "127.20.3", 30)
	customer := p.callers[0].leg
	p.cut = time.Now()
	p.must(p.place.line.silence())
	ctx := p.within(bound)
	comfort, err := customer.WaitHears(ctx, demo.Other, p.cut)
	p.must(err)
	p.must(pause(ctx, time.Until(p.cut.Add(3*time.Second))))
	p.must(p.place.line.mend())
	_, err = customer.WaitHears(ctx, demo.SoftphoneTone, comfort)
	p.must(err)
	p.stayedInLine()
	if changes := customer.Changes(); len(changes) > 0 {
		t.Errorf("the customer's dialog was touched: %v", changes)
	}
	p.must(customer.Hangup(ctx))
	p.awaitAgent(0, "is available again", func(a demo.Agent) bool { return a.Status == "available" })
}

func TestALineThatLosesDoublesAndReordersIsNoOutage(t *testing.T) {
	t.Parallel()
	p := aCall(t, "127.20.4", 31)
	customer := p.callers[0].leg
	p.cut = time.Now()
	p.must(p.place.line.(behind).relay.Set(Weather{Delay: 80 * time.Millisecond, Loss: 10, Twice: 10, Late: 10}))
	ctx := p.within(bound)
	p.must(pause(ctx, 6*time.Second)) // longer than all clocks of silence
	if customer.Trace().Heard(demo.Other, p.cut, time.Now()) {
		t.Error("the customer heard comfort audio")
	}
	p.stayedInLine()
	p.must(customer.Hangup(ctx)) // BYE to the softphone is repeated until it arrives
	p.awaitAgent(0, "is available again", func(a demo.Agent) bool { return a.Status == "available" })
	p.await("the softphone was told", func() bool { return p.softphones[0].logs("BYE sip:") })
}
