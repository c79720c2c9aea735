package sip

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestADrainedGatewayTellsProxiesAndTrunksToGoElsewhere(t *testing.T) {
	bubble(t, func(r *rig) {
		carrier := r.peer("carrier", carrierAddr)
		r.w.Drain(&Drain{After: 45 * time.Second})
		c := carrier.caller("+18005550100")
		c.ask("OPTIONS", "")
		if res := c.hears(503); res.GetHeader("Retry-After").Value() != "45" {
			t.Errorf("RFC 3261 §21.5.4: no word when to ask again:\n%v", res)
		}
		refused := func() *call.Invited {
			c.ask("INVITE", withSDP)
			c.hears(100)
			in := r.event().(call.Invited)
			c.hears(180)
			r.w.Do(call.Reject{Leg: in.Leg, Cause: call.Draining})
			return &in
		}
		in := refused()
		if res := c.hears(503); res.GetHeader("Retry-After").Value() != "45" || !strings.Contains(res.GetHeader("Reason").Value(), "cause=41") {
			t.Errorf("refused with\n%v", res)
		}
		r.reported(call.Ended{Leg: in.Leg, How: call.HungUp, Cause: call.Draining})

		r.w.Drain(&Drain{Redirect: "sip:203.0.113.9:5070"})
		c = carrier.caller("+18005550100")
		in = refused()
		res := c.hears(302)
		if to := res.Contact().Address; to.String() != "sip:+18005550100@203.0.113.9:5070" {
			t.Errorf("RFC 3261 §21.3.3: sent to %s", to.String())
		}
		r.reported(call.Ended{Leg: in.Leg, How: call.HungUp, Cause: call.Draining})

		r.w.Drain(nil)
		c = carrier.caller("+18005550100")
		c.ask("OPTIONS", "")
		c.hears(200)
	})
}

func TestAPhoneOfADrainedGatewayStaysRegisteredAndIsNeverSentElsewhere(t *testing.T) {
	bubble(t, func(r *rig) {
		r.w.Drain(&Drain{Redirect: "sip:203.0.113.9:5070"})
		p := softphone(r)
		c := p.caller("+4930123")
		c.prove("INVITE", withSDP, "ana")
		c.hears(100)
		in := r.event().(call.Invited)
		c.hears(180)
		r.w.Do(call.Reject{Leg: in.Leg, Cause: call.Draining})
		c.hears(503)
	})
}

// agreed is a trunk with terms and nothing else.
func agreed(terms Trunk) *trunk {
	t := &trunk{}
	t.now.Store(&terms)
	return t
}

func TestTermsOfATrunkAndBoundsOfStrangersChangeWhileCallsAreUp(t *testing.T) {
	bubble(t, func(r *rig) {
		o := r.options()
		elsewhere := netip.MustParseAddrPort("203.0.113.77:5060")
		c := r.peer("other", elsewhere.String()).caller("+18005550100")
		c.ask("INVITE", withSDP)
		c.hears(401)
		o.Trunks[0].AcceptFrom = append(o.Trunks[0].AcceptFrom, netip.PrefixFrom(elsewhere.Addr(), 32))
		o.Trunks[0].Channels = 2
		if err := r.w.Agree(o.Trunks, Security{PerHost: 1}); err != nil {
			t.Fatal(err)
		}
		c = r.peers[0].caller("+18005550100")
		c.ask("INVITE", withSDP)
		c.hears(100)
		if in := r.event().(call.Invited); in.Source.Trunk != "north" {
			t.Errorf("called by %+v", in.Source)
		}
		if s := r.w.Trunks()[0]; s.Channels != 2 || s.InUse != 1 {
			t.Errorf("the trunk is %+v", s)
		}
		if !r.w.gate.allowed(elsewhere.Addr()) || r.w.gate.rules.Load().PerHost != 1 {
			t.Error("the bounds are the old ones")
		}
		o.Trunks[0].URI = "sip:198.51.100.8"
		if r.w.Agree(o.Trunks, Security{}) == nil || r.w.Agree(nil, Security{}) == nil {
			t.Error("a trunk moved, or went, while calls are up")
		}
		if r.w.gate.rules.Load().PerHost != 1 {
			t.Error("what was refused was taken by half")
		}
	})
}
