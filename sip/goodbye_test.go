package sip

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestAPhoneWhoseConnectionIsGoneIsToldThatItsCallEndedWhenItIsBack(t *testing.T) {
	for name, gone := range map[string]func(r *rig, p *peer){
		"with the process": func(r *rig, _ *peer) { r.settle(); r.restart() },
		"by itself":        func(r *rig, p *peer) { p.close(); r.reported(call.Unbound{AOR: "ana"}) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connect("ana", "203.0.113.20")
				phoned(r, p)
				r.calls.Store(true)
				gone(r, p)
				r.do(call.Hangup{Leg: "out", Cause: call.Normal})
				r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
				r.pass(4 * time.Minute)
				p = r.connect("ana", "203.0.113.20")
				p.registersAgain("ana")
				p.answer(p.asked("BYE"), 200, "", "")
				r.settle()
				if r.memoir.holds("out") != nil {
					t.Error("something is kept of a leg that is over")
				}
			})
		})
	}
}

func TestAPhoneThatDoesNotComeBackBeforeItsRegistrationIsOverIsToldNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		phoned(r, p)
		r.settle()
		r.restart()
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		r.pass(mostExpires + time.Minute)
		if n := len(r.w.queues); n > 0 || r.memoir.holds("out") != nil {
			t.Errorf("%d queues wait for it", n)
		}
	})
}
