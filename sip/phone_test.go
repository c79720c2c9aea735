package sip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// registers lets a peer register as user, and waits until it is bound.
func (p *peer) registers(user string) {
	p.r.Helper()
	p.registersAgain(user)
	p.r.reported(call.Located{AOR: user, Address: p.addr.Addr()})
	p.r.reported(call.Bound{AOR: user})
}

// registersAgain lets a peer register as user, whatever the core is told.
func (p *peer) registersAgain(user string) {
	p.r.Helper()
	c := p.caller("")
	c.target, c.to, c.from = "sip:"+realm, "<sip:"+user+"@"+realm+">", "<sip:"+user+"@"+realm+">;tag=r"
	c.prove("REGISTER", fmt.Sprintf("Contact: <sip:%s@%s;transport=%s>\nExpires: 3600\n", user, p.host(), strings.ToLower(p.network)), user)
	c.hears(200)
}

// prove sends a request, takes the challenge and sends the request again with proof.
func (c *caller) prove(method, extra, user string) {
	c.r.Helper()
	c.ask(method, extra)
	challenge := c.hears(401)
	if method == "INVITE" {
		to := c.to
		c.to = challenge.To().Value()
		c.repeat("ACK", "")
		c.to = to
	}
	uri := sip.Uri{}
	if err := sip.ParseUri(c.target, &uri); err != nil {
		c.r.Fatal(err)
	}
	req := sip.NewRequest(sip.RequestMethod(method), uri)
	if err := answerChallenge(req, challenge, user, "secret-"+user); err != nil {
		c.r.Fatal(err)
	}
	c.ask(method, "Authorization: "+req.GetHeader("authorization").Value()+"\n"+extra)
}

// softphone is a UDP phone that is registered as ana.
func softphone(r *rig) *peer {
	r.Helper()
	p := r.peer("ana", "203.0.113.20:5062")
	p.registers("ana")
	return p
}

// toAna and toPSTN are what the core dials.
var (
	toAna  = call.Dial{Leg: "out", Target: call.Target{Device: call.Softphone, AOR: "ana"}, From: call.Party{Number: "+491701", Name: "Support"}}
	toPSTN = call.Dial{Leg: "out", Target: call.Target{Device: call.PSTN, Number: "+49301234567"}, From: call.Party{Number: "+4940"}}
)

func TestAPhoneProvesItselfAndIsBound(t *testing.T) {
	bubble(t, func(r *rig) {
		softphone(r)
		r.golden("register")
	})
}

func TestTheAudioOfAPhoneBehindANATMayComeFromWhereItsSignallingComesFrom(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		c := p.caller("")
		c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
		c.prove("REGISTER", "Contact: <sip:ana@10.0.0.5:5060>\nExpires: 3600\n", "ana") // what it calls itself
		c.hears(200)
		r.reported(call.Located{AOR: "ana", Address: p.addr.Addr()})
		r.reported(call.Bound{AOR: "ana"})
		r.do(toAna)
		p.answer(p.asked("INVITE"), 200, "x", withSDP)
		r.reported(call.Answered{Leg: "out"})
		if got := r.audio.said("out"); got != "offer behind:203.0.113.20 accept established" {
			t.Errorf("audio was asked: %s", got)
		}
	})
}
