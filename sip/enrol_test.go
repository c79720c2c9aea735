package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// enrolled is a trunk that has to be registered.
func enrolled(o *Options) {
	t := &o.Trunks[0]
	t.Register, t.Contact, t.Lasting, t.AcceptFrom = true, "line-user", 10*time.Minute, nil
}

const digestAsked = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\n"

// registers lets the carrier accept a REGISTER after a challenge, and returns the contact.
func registers(p *peer, expires string) *sip.Request {
	p.r.Helper()
	p.answer(p.asked("REGISTER"), 401, "x", digestAsked)
	req := p.asked("REGISTER")
	if h := req.GetHeader("Authorization"); h == nil || !strings.Contains(h.Value(), `username="gw"`) {
		p.r.Errorf("no proof in\n%v", req)
	}
	p.answer(req, 200, "x", "Contact: "+req.Contact().Value()+";expires="+expires+"\n")
	return req
}

func TestATrunkIsRegisteredAndRefreshedAndSaysWhenItGoes(t *testing.T) {
	var left *peer
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		left = p
		first := registers(p, "300")
		if got := first.To().Address.String(); got != "sip:gw@198.51.100.7" || first.Recipient.String() != "sip:"+carrierAddr {
			t.Errorf("REGISTER for %s at %s", got, first.Recipient.String())
		}
		r.reported(call.TrunkUp{Trunk: "north"})
		if s := r.w.Trunks()[0]; s.Registration != "registered" {
			t.Errorf("state %+v", s)
		}
		began := time.Now()
		r.pass(200 * time.Second)
		p.hearsNothing()
		next := registers(p, "300")
		if d := time.Since(began); d < 225*time.Second || d > 265*time.Second {
			t.Errorf("refreshed after %v", d)
		}
		if next.CallID().Value() != first.CallID().Value() || next.CSeq().SeqNo <= first.CSeq().SeqNo ||
			next.Contact().Value() != first.Contact().Value() {
			t.Errorf("RFC 3261 §10.2: the refresh is\n%v\nafter\n%v", next, first)
		}
		go func() {
			for range 2 {
				req, is := (<-p.got).(*sip.Request)
				switch {
				case !is || req.Method != sip.REGISTER || req.GetHeader("Expires").Value() != "0":
					t.Errorf("on the way out: %v", req)
				case req.GetHeader("Authorization") == nil:
					p.answer(req, 401, "x", digestAsked)
				default:
					p.answer(req, 200, "x", "")
				}
			}
		}()
	}, enrolled)
	if len(left.got) != 0 {
		t.Errorf("more than one farewell: %v", <-left.got)
	}
}

func TestATrunkThatIsNotRegisteredIsDownAndSaysWhy(t *testing.T) {
	for want, answer := range map[string]func(p *peer){
		"password refused (401)": func(p *peer) {
			for range 2 {
				p.answer(p.asked("REGISTER"), 401, "x", digestAsked)
			}
		},
		"password refused (403)": func(p *peer) {
			p.answer(p.asked("REGISTER"), 401, "x", digestAsked)
			p.answer(p.asked("REGISTER"), 403, "x", "")
		},
		"registration refused (404)":                             func(p *peer) { p.answer(p.asked("REGISTER"), 404, "x", "") },
		"registration refused with 500 by udp:198.51.100.7:5060": func(p *peer) { p.answer(p.asked("REGISTER"), 500, "x", "") },
		"the registrar at udp:198.51.100.7:5060 does not answer": func(*peer) {},
		"answer 401: no challenge that we can answer":            func(p *peer) { p.answer(p.asked("REGISTER"), 401, "x", "") },
	} {
		t.Run(want, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.peer("carrier", carrierAddr)
				answer(p)
				r.reported(call.TrunkDown{Trunk: "north", Problem: want})
				if s := r.w.Trunks()[0]; s.Up || s.Registration != "not_registered" || s.Problem != want {
					t.Errorf("state %+v", s)
				}
			}, enrolled)
		})
	}
}

func TestACarrierMayAskForALongerRegistrationOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		p.answer(p.asked("REGISTER"), 423, "x", "Min-Expires: 1800\n")
		req := p.asked("REGISTER")
		if got := req.GetHeader("Expires").Value(); got != "1800" {
			t.Errorf("RFC 3261 §10.2.8: asked for %s", got)
		}
		p.answer(req, 423, "x", "Min-Expires: 3600\n")
		r.reported(call.TrunkDown{Trunk: "north", Problem: "registration refused (423)"})
	}, enrolled)
}

func TestAnOldNonceIsNoWrongPassword(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		p.answer(p.asked("REGISTER"), 401, "x", digestAsked)
		p.answer(p.asked("REGISTER"), 401, "x", strings.Replace(digestAsked, `nonce="n1"`, `nonce="n2", stale=true`, 1))
		p.answer(p.asked("REGISTER"), 200, "x", "Expires: 60\n")
		r.reported(call.TrunkUp{Trunk: "north"})
	}, enrolled)
}

func TestARegistrationThatFailsIsTriedLessAndLessOften(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		last := time.Now()
		for i, most := range []time.Duration{0, 15, 30, 60, 120, 240, 480, 600, 600} {
			p.answer((<-p.got).(*sip.Request), 500, "x", "")
			if d := time.Since(last); d > most*time.Second || d < most*time.Second/2 {
				t.Errorf("RFC 5626 §4.5: try %d after %v, want at most %v s", i, d, int(most))
			}
			last = time.Now()
		}
	}, enrolled)
}

func TestACallToTheRegisteredContactIsTheTrunksFromItsOwnAddressesAlone(t *testing.T) {
	bubble(t, func(r *rig) {
		p, stranger := r.peer("carrier", carrierAddr), r.peer("stranger", "203.0.113.66:5060")
		contact := registers(p, "300").Contact().Address.String()
		r.reported(call.TrunkUp{Trunk: "north"})
		if g := r.w.gate; !g.allowed(p.addr.Addr()) || g.allowed(stranger.addr.Addr()) {
			t.Error("where the trunk's name leads is not what is never banned")
		}
		for name, target := range map[string]string{"line": contact, "user": "sip:line-user@" + gatewayAddr} {
			c := p.caller("+18005550100")
			c.target = target
			c.ask("INVITE", withSDP)
			c.hears(100)
			in, invited := r.event().(call.Invited)
			if !invited || in.Source.Trunk != "north" || in.To != "+18005550100" {
				t.Errorf("%s: reported %+v", name, in)
			}
			r.do(call.Reject{Leg: in.Leg, Cause: call.Busy})
			for res := c.next().(*sip.Response); res.StatusCode < 200; res = c.next().(*sip.Response) {
			}
			c.ask("ACK", "")
			r.event()
		}
		c := stranger.caller("+18005550100")
		c.target = contact
		c.ask("INVITE", withSDP)
		c.hears(401)
		other := p.caller("+18005550100") // from the right place to nobody's contact
		other.ask("INVITE", withSDP)
		other.hears(401)
		r.nothingReported()
	}, enrolled)
}
