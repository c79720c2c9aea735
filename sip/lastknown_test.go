package sip

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestACallOverAnAccountIsTheTrunksFromTheFirstMomentAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.reported(call.TrunkDown{Trunk: "north", Problem: "name carrier.example.net: no such host"})
		r.net.mu.Lock()
		r.net.names["carrier.example.net"] = p.addr.Addr()
		r.net.mu.Unlock()
		contact := registers(p, "300").Contact().Address.String()
		r.reported(call.TrunkUp{Trunk: "north"})
		r.settle()
		r.w.Abandon()
		r.net.mu.Lock()
		delete(r.net.names, "carrier.example.net") // the name server takes its time
		r.net.mu.Unlock()
		r.rise()
		c := p.caller("+18005550100")
		c.target = contact
		c.ask("INVITE", withSDP)
		c.hears(100)
		var in call.Invited
		for is := false; !is; {
			in, is = r.event().(call.Invited)
		}
		if in.Source.Trunk != "north" {
			t.Errorf("reported %+v", in)
		}
	}, enrolled, byName)
}

func TestATrunkThatWasRegisteredIsSoUntilItsTimeIsOverAlsoIfItsCarrierIsSilentAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		registers(p, "600")
		r.reported(call.TrunkUp{Trunk: "north"})
		r.settle()
		r.restart()
		r.pass(4 * time.Minute)
		if s := r.w.Trunks()[0]; !s.Up || s.Registration != "registered" || s.Problem == "" {
			t.Errorf("state %+v", s)
		}
		r.pass(7 * time.Minute)
		if s := r.w.Trunks()[0]; s.Up || s.Registration != "not_registered" {
			t.Errorf("state %+v", s)
		}
		r.restart() // what is over is not gone on with
		r.pass(time.Minute)
		if s := r.w.Trunks()[0]; s.Up {
			t.Errorf("state %+v", s)
		}
	}, enrolled)
}
