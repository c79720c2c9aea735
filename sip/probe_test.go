package sip

import (
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestAPhoneOverAConnectionThatIsBackIsNotGivenUpBecauseItWasAwayWhenItWasAsked(t *testing.T) {
	bubble(t, func(r *rig) {
		leg, c := phoned(r, r.connect("ana", "203.0.113.20"))
		r.calls.Store(true)
		r.settle()
		r.restart()
		r.pass(5 * time.Second)
		c.peer = r.connect(c.name, c.addr.Addr().String())
		c.polite.Store(true)
		c.registersAgain("ana")
		r.pass(30 * time.Second)
		r.w.GiveUp(leg) // it holds the call: it is not heard
		r.nothingReported()
		c.hearsNothing()
	})
}

func TestAPhoneOverAConnectionThatForgotTheCallIsFoundWhenItIsBack(t *testing.T) {
	bubble(t, func(r *rig) {
		leg, c := phoned(r, r.connect("ana", "203.0.113.20"))
		r.calls.Store(true)
		r.settle()
		r.restart()
		r.pass(5 * time.Second)
		c.peer = r.connect(c.name, c.addr.Addr().String())
		c.registersAgain("ana")
		c.answer(c.asked("OPTIONS"), 481, "", "")
		r.reported(call.Ended{Leg: leg, How: call.LegLost, Cause: call.Lost})
	})
}

func TestACarrierOverTCPThatIsAwayWhenItIsAskedIsAskedAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		leg, c := begun["to a trunk over TCP"](r)
		r.settle()
		r.w.Abandon()
		_ = r.carrier.Close()
		r.rise()
		r.pass(time.Minute)
		l, err := r.net.listenStream(netip.MustParseAddrPort(carrierAddr))
		if err != nil {
			t.Fatal(err)
		}
		r.carrier = l
		c.peer = r.carried()
		c.answer(c.asked("OPTIONS"), 200, "", "")
		r.w.GiveUp(leg) // it is not heard
		r.nothingReported()
		_ = l.Close()
	})
}
