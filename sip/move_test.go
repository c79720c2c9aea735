package sip

import (
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// registersFrom lets a phone register again, from wherever p is, as the contact that it was.
func (p *peer) registersFrom(c *caller) {
	p.r.Helper()
	again := *c
	again.peer = p
	again.id, again.seq = c.id, c.seq
	again.prove("REGISTER", "Contact: <sip:ana@10.0.0.5:5060>\nExpires: 3600\n", "ana")
	again.hears(200)
	c.seq = again.seq
}

// behindNAT is a phone in a call, registered as what it calls itself.
func behindNAT(r *rig) (p *peer, c *caller, in *caller) {
	r.Helper()
	p = r.peer("ana", "203.0.113.20:5062")
	c = p.caller("")
	c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
	p.registersFrom(c)
	r.event()
	r.event()
	r.do(toAna)
	invite := p.asked("INVITE")
	p.answer(invite, 200, "a", "Contact: <sip:ana@10.0.0.5:5060>\n"+withSDP)
	p.asked("ACK")
	r.reported(call.Answered{Leg: "out"})
	return p, c, p.callee(invite, "a")
}

func TestACallGoesWhereItsPhoneRegistersFromAnew(t *testing.T) {
	for what, at := range map[string]string{"another port of its NAT": "203.0.113.20:40001", "another network": "198.18.7.7:5062"} {
		t.Run(what, func(t *testing.T) {
			dialogs(t, func(r *rig) {
				_, c, _ := behindNAT(r)
				moved := r.peer("ana", at)
				moved.registersFrom(c)
				r.settle()
				if got, want := r.audio.said("out"), "offer behind:203.0.113.20 accept established behind:"+moved.addr.Addr().String(); got != want {
					t.Errorf("audio was asked: %s, want %s", got, want)
				}
				for len(r.events) > 0 {
					if _, is := r.event().(call.Located); !is {
						t.Error("the move is told as something else than where the phone is")
					}
				}
				r.do(call.Hangup{Leg: "out", Cause: call.Normal})
				moved.answer(moved.asked("BYE"), 200, "", "")
				r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
			})
		})
	}
}

func TestACallGoesNowhereBecauseOfARegisterWithoutAProof(t *testing.T) {
	dialogs(t, func(r *rig) {
		p, c, _ := behindNAT(r)
		thief := *c
		thief.peer = r.peer("ana", "198.18.7.7:5062")
		thief.ask("REGISTER", "Contact: <sip:ana@10.0.0.5:5060>\nExpires: 3600\n")
		thief.hears(401)
		r.settle()
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		p.answer(p.asked("BYE"), 200, "", "")
		thief.hearsNothing()
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
	})
}

func TestARequestOfADialogIsTakenFromANewAddressAndAReINVITELeadsThere(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, _, in := behindNAT(r)
		moved := *in
		moved.peer = r.peer("ana", "203.0.113.20:40001")
		moved.ask("INFO", "Content-Type: application/dtmf-relay\n\nSignal=5\r\n")
		moved.hears(200)
		r.reported(call.Digit{Leg: "out", Key: "5"})
		moved.ask("INVITE", "Contact: <sip:ana@10.0.0.5:5060>\n"+withSDP)
		moved.hears(200)
		moved.ask("ACK", "")
		r.settle()
		if got, want := r.audio.said("out"), "offer behind:203.0.113.20 accept established answer behind:203.0.113.20"; got != want {
			t.Errorf("audio was asked: %s, want %s", got, want)
		}
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		if req := moved.asked(sip.BYE); req != nil {
			moved.answer(req, 200, "", "")
		}
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
	})
}

func TestATrunksCallDoesNotFollowAPhone(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		p := softphone(r)
		again := r.peer("ana", "203.0.113.20:40001")
		_ = p
		w := again.caller("")
		w.id = "another-call-id"
		w.target, w.to, w.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
		w.prove("REGISTER", "Contact: <sip:ana@203.0.113.20:5062;transport=udp>\nExpires: 3600\n", "ana")
		w.hears(200)
		r.settle()
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		c.answer(c.asked("BYE"), 200, "", "")
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
	})
}
