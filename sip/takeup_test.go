package sip

import (
	"fmt"
	"strings"
	"testing"

	"telagent-gateway/call"
)

func TestACallerOfAnAccountDialledWhatHeDialledAlsoAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		contact := registers(p, "300").Contact().Address.String()
		r.reported(call.TrunkUp{Trunk: "north"})
		c := p.caller("+18005550100")
		c.target = contact
		c.ask("INVITE", withSDP)
		c.hears(100)
		c.hears(180)
		if in := r.event().(call.Invited); in.To != "+18005550100" {
			t.Fatalf("reported %+v", in)
		}
		r.settle()
		r.restart()
		var in call.Invited
		for is := false; !is; {
			in, is = r.event().(call.Invited)
		}
		if in.To != "+18005550100" || in.Source.Trunk != "north" {
			t.Errorf("reported %+v", in)
		}
	}, enrolled)
}

func TestACallerWhoTakesACallStillMeansItAfterARestart(t *testing.T) {
	for range 20 { // whoever is taken up first
		bubble(t, func(r *rig) {
			_, c := answered(r)
			desk := r.peer("desk", "203.0.113.22:5062").caller("ana")
			desk.prove("INVITE", fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=a\n", c.id, strings.SplitN(c.to, "tag=", 2)[1])+withSDP, "ana-desk")
			if in := r.event().(call.Invited); in.Replaces != "out" {
				t.Fatalf("reported %+v", in)
			}
			r.settle()
			r.calls.Store(true)
			r.restart()
			if in := r.event().(call.Invited); in.Replaces != "out" {
				t.Errorf("reported %+v", in)
			}
		})
	}
}
