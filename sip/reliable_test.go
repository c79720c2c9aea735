package sip

import (
	"fmt"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// reliable is what a carrier adds to a provisional response that wants a PRACK.
func reliable(seq int) string { return fmt.Sprintf("Require: 100rel\nRSeq: %d\n", seq) }

func header(m sip.Message, name string) string {
	v, _ := value(m, name)
	return v
}

func TestACarriersProvisionalResponsesAreAcknowledgedOnceAndInOrder(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		if !reliably(in, "Supported") {
			t.Errorf("the INVITE offers no 100rel:\n%v", in)
		}
		p.answer(in, 183, "a", reliable(7)+withSDP)
		prack := p.asked("PRACK")
		if got := header(prack, "RAck"); got != "7 1 INVITE" || prack.CSeq().SeqNo != 2 || tag(prack.To().Params) != "a" {
			t.Errorf("PRACK says %q:\n%v", got, prack)
		}
		p.answer(prack, 200, "", "")
		r.reported(call.Ringing{Leg: "out", Audio: true})
		p.answer(in, 183, "a", reliable(7)+withSDP) // a copy
		p.answer(in, 180, "a", reliable(9))         // 8 is missing
		p.hearsNothing()
		p.answer(in, 180, "a", reliable(8))
		second := p.asked("PRACK")
		if got := header(second, "RAck"); got != "8 1 INVITE" || second.CSeq().SeqNo != 3 {
			t.Errorf("PRACK says %q:\n%v", got, second)
		}
		p.answer(second, 200, "", "")
		p.answer(in, 200, "a", "") // the description was acknowledged, and is not repeated
		if ack := p.asked("ACK"); ack.CSeq().SeqNo != 1 {
			t.Errorf("the ACK is not the INVITE's:\n%v", ack)
		}
		r.reported(call.Answered{Leg: "out"})
		r.do(call.Hangup{Leg: "out"})
		if bye := p.asked("BYE"); bye.CSeq().SeqNo != 4 {
			t.Errorf("the CSeq of the PRACKs was used again:\n%v", bye)
		}
		r.golden("prack-out")
	})
}

func TestEachBranchOfAForkIsAcknowledgedInItsOwnDialog(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		for i, tagOf := range []string{"a", "b"} {
			p.answer(in, 183, tagOf, reliable(100*i+1)+withSDP)
			prack := p.asked("PRACK")
			if tag(prack.To().Params) != tagOf || header(prack, "RAck") != fmt.Sprintf("%d 1 INVITE", 100*i+1) {
				t.Errorf("the wrong branch was acknowledged:\n%v", prack)
			}
			p.answer(prack, 200, "", "")
		}
		p.answer(in, 200, "a", "")
		p.asked("ACK")
		r.reported(call.Ringing{Leg: "out", Audio: true})
		r.reported(call.Answered{Leg: "out"})
	})
}

func TestAPRACKThatACarrierChallengesGetsItsProofOnce(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", reliable(1))
		challenge := "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n\"\n"
		p.answer(p.asked("PRACK"), 407, "", challenge)
		proved := p.asked("PRACK")
		if header(proved, "Proxy-Authorization") == "" || header(proved, "RAck") != "1 1 INVITE" {
			t.Errorf("no proof:\n%v", proved)
		}
		p.answer(proved, 407, "", challenge)
		p.hearsNothing()
	})
}

func TestATrunkMayNeedOrForbidAcknowledgedResponses(t *testing.T) {
	for way, want := range map[Reliable]string{ReliableRequired: "100rel", ReliableOff: ""} {
		dialogs(t, func(r *rig) {
			p := r.peer("carrier", carrierAddr)
			r.do(toPSTN)
			in := p.asked("INVITE")
			if got := header(in, "Require"); got != want || reliably(in, "Supported") {
				t.Errorf("Require is %q, want %q:\n%v", got, want, in)
			}
		}, func(o *Options) { o.Trunks[0].Reliable = way })
	}
}

// insisting is a customer whose carrier wants to acknowledge provisional responses; extra is the rest of its INVITE.
func insisting(r *rig, extra string) (*caller, *sip.Response) {
	r.Helper()
	c := r.peer("carrier", carrierAddr).caller("+18005550100")
	c.ask("INVITE", "Require: 100rel\n"+extra)
	c.hears(100)
	ringing := c.hears(180)
	r.event()
	if header(ringing, "Require") != "100rel" || header(ringing, "RSeq") == "" {
		r.Fatalf("the 180 wants no PRACK:\n%v", ringing)
	}
	c.learn(ringing)
	return c, ringing
}

// prack acknowledges a response; the INVITE had CSeq 1.
func (c *caller) prack(res *sip.Response, extra string) {
	c.ask("PRACK", "RAck: "+header(res, "RSeq")+" 1 INVITE\n"+extra)
}

func TestAPRACKThatWasUnderWayOverARestartEndsNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		c, ringing := insisting(r, withSDP)
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		c.ask("ACK", "")
		r.settle()
		r.restart()
		c.prack(ringing, "")
		c.hears(200)
		c.ask("PRACK", "RAck: 1 1 INVITE\n") // of none of ours
		c.hears(481)
	})
}

func TestAPRACKOfACallerWhomNobodyAnsweredBeforeARestartEndsNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		c, ringing := insisting(r, withSDP)
		r.settle()
		r.restart()
		in := r.event().(call.Invited)
		c.hears(100)
		to := c.to
		c.to = ringing.To().Value()
		c.prack(ringing, "")
		c.hears(200)
		c.ask("PRACK", "RAck: 1 1 INVITE\n") // of none of ours
		c.hears(481)
		c.to = to
		r.do(call.Ring{Leg: in.Leg})
		again := c.hears(180) // as of another branch of a fork
		c.to = again.To().Value()
		c.ask("PRACK", "RAck: "+header(again, "RSeq")+" 1 INVITE\n")
		c.hears(200)
		r.do(call.Answer{Leg: in.Leg})
		c.learn(c.hears(200))
		c.ask("ACK", "")
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: in.Leg, How: call.HungUp, Cause: call.Normal})
	})
}

func TestACallerWhoWantsToAcknowledgeRingingDoes(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, ringing := insisting(r, withSDP)
		c.hears(180) // again after T1
		c.ask("PRACK", "RAck: 1 1 INVITE\n")
		c.hears(481)
		c.prack(ringing, "")
		c.hears(200)
		r.pass(time.Minute)
		c.hearsNothing() // it is not sent any more
		r.do(call.Answer{Leg: "in-1"})
		if ok := c.hears(200); len(ok.Body()) == 0 {
			t.Errorf("the 200 holds no answer:\n%v", ok)
		}
		c.seq = 1
		c.ask("ACK", "")
		r.settle()
		r.golden("prack-in")
	})
}

func TestARingingThatNobodyAcknowledgesEndsTheCall(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, _ := insisting(r, withSDP)
		for range 6 { // 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s after the first
			c.hears(180)
		}
		c.hears(500)
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
	})
}

func TestOurOfferInRingingIsAnsweredByPRACKBefore200(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, ringing := insisting(r, "")
		if len(ringing.Body()) == 0 {
			t.Fatalf("the first response to an INVITE without an offer holds none:\n%v", ringing)
		}
		r.do(call.Answer{Leg: "in-1"})
		r.settle()
		c.prack(ringing, "") // no answer: not accepted
		c.hears(488)
		c.hears(180)
		c.prack(ringing, withSDP)
		c.hears(200)
		ok := c.hears(200)
		if ok.CSeq().MethodName != sip.INVITE || len(ok.Body()) != 0 {
			t.Errorf("the 200 of the INVITE repeats the description:\n%v", ok)
		}
		if got := r.audio.said("in-1"); got != "offer accept" {
			t.Errorf("audio was asked: %s", got)
		}
	})
}

func TestEarlyAudioIsAcknowledgedBeforeTheCallIsAnswered(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, ringing := insisting(r, withSDP)
		r.do(call.Ring{Leg: "in-1", Audio: true})
		r.settle()
		c.prack(ringing, "")
		c.hears(200)
		early := c.hears(183)
		if len(early.Body()) == 0 {
			t.Fatalf("no description to hear it by:\n%v", early)
		}
		r.do(call.Answer{Leg: "in-1"})
		c.hears(183) // again: the 200 waits for its PRACK
		c.prack(early, withSDP)
		if ok := c.hears(200); len(ok.Body()) == 0 || ok.CSeq().MethodName != sip.PRACK {
			t.Errorf("the new offer in PRACK was not answered:\n%v", ok)
		}
		if ok := c.hears(200); len(ok.Body()) != 0 || ok.CSeq().MethodName != sip.INVITE {
			t.Errorf("the 200 repeats the description:\n%v", ok)
		}
	})
}

func TestACallerWhoCancelsNeedNotAcknowledge(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, _ := insisting(r, withSDP)
		to := c.to
		c.to, c.target = "<sip:+18005550100@"+r.udp+">", "sip:+18005550100@"+r.udp
		c.repeat("CANCEL", "")
		c.hears(200)
		c.hears(487)
		c.to = to
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Cancelled})
		r.pass(time.Minute)
	})
}

func TestAPhoneHearsWhatTheCarrierSendsBeforeTheAnswer(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.slow.Store(true)
		p := softphone(r)
		c := p.caller("+49301234567")
		c.from = "<sip:ana@" + realm + ">;tag=a"
		c.prove("INVITE", withSDP, "ana")
		c.hears(100)
		r.event()
		r.do(call.Ring{Leg: "in-1", Audio: true})
		if early := c.hears(183); len(early.Body()) == 0 {
			t.Errorf("no description to hear it by:\n%v", early)
		}
		r.do(call.Answer{Leg: "in-1"})
		if ok := c.hears(200); len(ok.Body()) == 0 {
			t.Errorf("the 200 holds no answer:\n%v", ok)
		}
		if got := r.audio.said("in-1"); got != "answer early" {
			t.Errorf("audio was asked: %s", got)
		}
	})
}
