package sip

import (
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestACarrierOverTCPThatRangWhenTheGatewayDiedStopsRinging(t *testing.T) {
	bubble(t, func(r *rig) {
		l, err := r.net.listenStream(netip.MustParseAddrPort(carrierAddr))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		r.carrier = l
		r.do(toPSTN)
		p := r.carried()
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		r.settle()
		connected := make(chan *peer)
		go func() { connected <- r.carried() }()
		r.restart()
		p = <-connected
		cancel := p.asked("CANCEL")
		if cancel.Via().Value() != in.Via().Value() {
			t.Errorf("another branch:\n%v\n%v", in, cancel)
		}
		p.answer(cancel, 200, "", "")
		p.answer(in, 487, "a", "")
		p.asked("ACK")
		r.nothingReported()
	}, func(o *Options) { o.Trunks[0].URI = "sip:" + carrierAddr + ";transport=tcp" })
}

func TestACallerOverAConnectionWhomNobodyAnsweredIsToldAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		l, err := r.net.listenStream(netip.MustParseAddrPort(carrierAddr))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		r.carrier = l
		p := r.connect("carrier", "198.51.100.7")
		p.calls = carrierAddr // where it is reached, and not the port of its connection
		c := p.caller("+18005550100")
		c.ask("INVITE", withSDP)
		c.hears(100)
		ring := c.hears(180)
		r.event()
		r.settle()
		connected := make(chan *peer)
		go func() { connected <- r.carried() }()
		r.restart()
		c.peer = <-connected
		if no := c.hears(500); no.Via().Value() != ring.Via().Value() || tag(no.To().Params) != tag(ring.To().Params) {
			t.Errorf("in another dialog:\n%v\n%v", ring, no)
		}
		c.repeat("ACK", "")
		r.nothingReported()
		c.hearsNothing()
	})
}

func TestAPhoneOverAConnectionWhoseCallNobodyAnsweredIsToldWhenItIsBack(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.calls.Store(true)
		c := p.caller("+4930")
		c.prove("INVITE", withSDP, "ana")
		c.hears(100)
		c.hears(180)
		r.event()
		r.settle()
		r.restart()
		r.pass(5 * time.Second)
		c.peer = r.connect("ana", "203.0.113.20")
		c.registersAgain("ana")
		c.hears(500)
		r.nothingReported()
	})
}
