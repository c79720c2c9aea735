package sip

import (
	"net/netip"
	"testing"

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
