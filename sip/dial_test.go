package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

func TestACallToAPhoneIsAnsweredAndHungUpByUs(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		if in.Recipient.String() != "sip:ana@203.0.113.20:5062;transport=udp" || in.To().Address.String() != "sip:ana@"+realm {
			t.Errorf("the INVITE is for somebody else:\n%v", in)
		}
		if in.From().DisplayName != "Support" || in.From().Address.User != "+491701" ||
			!strings.Contains(in.GetHeader("P-Asserted-Identity").Value(), "+491701@") {
			t.Errorf("the INVITE is from somebody else:\n%v", in)
		}
		p.answer(in, 100, "", "")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		p.answer(in, 200, "a", withSDP)
		ack := p.asked("ACK")
		if ack.Recipient.User != "ana" || ack.CSeq().SeqNo != in.CSeq().SeqNo || ack.To().Params.GetOr("tag", "") != "a" {
			t.Errorf("wrong ACK:\n%v", ack)
		}
		r.reported(call.Answered{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
		bye := p.asked("BYE")
		if bye.CSeq().SeqNo != in.CSeq().SeqNo+1 {
			t.Errorf("wrong CSeq:\n%v", bye)
		}
		p.answer(bye, 200, "", "")
		if got := r.audio.said("out"); got != "offer accept established release" {
			t.Errorf("audio was asked: %s", got)
		}
		r.golden("call-out")
	})
}

// answered is a phone whose call from us stands, and the dialog as the phone sees it.
func answered(r *rig) (*peer, *caller) {
	r.Helper()
	p := softphone(r)
	r.do(toAna)
	in := p.asked("INVITE")
	p.answer(in, 200, "a", withSDP)
	p.asked("ACK")
	r.reported(call.Answered{Leg: "out"})
	return p, p.callee(in, "a")
}

func TestAPhoneHangsUp(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, c := answered(r)
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
		c.repeat("BYE", "") // its answer was lost
		c.hears(200)
		r.nothingReported()
	})
}

func TestABYEThatCrossesOursIsAnswered(t *testing.T) {
	dialogs(t, func(r *rig) {
		p, c := answered(r)
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		bye := p.asked("BYE")
		c.ask("BYE", "")
		p.hears(200)
		p.answer(bye, 481, "", "")
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
		r.nothingReported()
	})
}

func TestARingingPhoneIsCancelled(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.Moved})
		r.reported(call.Failed{Leg: "out", Cause: call.Moved})
		cancel := p.asked("CANCEL")
		if cancel.Via().Value() != in.Via().Value() || cancel.CSeq().SeqNo != in.CSeq().SeqNo ||
			!strings.Contains(cancel.GetHeader("Reason").Value(), "cause=200") {
			t.Errorf("wrong CANCEL:\n%v", cancel)
		}
		p.answer(cancel, 200, "a", "")
		p.answer(in, 487, "a", "")
		p.asked("ACK")
		r.nothingReported()
		r.golden("cancel-out")
	})
}

func TestACancelWaitsForTheFirstProvisionalResponse(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		r.do(call.Hangup{Leg: "out", Cause: call.NoAnswer})
		r.reported(call.Failed{Leg: "out", Cause: call.NoAnswer})
		p.hearsNothing()
		p.answer(in, 100, "", "")
		p.answer(p.asked("CANCEL"), 200, "", "")
		p.answer(in, 487, "a", "")
		p.asked("ACK")
	})
}

func TestALateAnswerAfterCancelIsAcknowledgedAndEnded(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.NoAnswer})
		r.reported(call.Failed{Leg: "out", Cause: call.NoAnswer})
		p.asked("CANCEL")
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		p.answer(p.asked("BYE"), 200, "", "")
		r.nothingReported()
		r.golden("late-answer")
	})
}

func TestEveryFurther200OfAForkIsAcknowledgedAndEnded(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 200, "first", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		for _, tag := range []string{"second", "third"} {
			p.answer(in, 200, tag, withSDP)
			if ack := p.asked("ACK"); ack.To().Params.GetOr("tag", "") != tag {
				t.Errorf("wrong ACK:\n%v", ack)
			}
			bye := p.asked("BYE")
			if bye.To().Params.GetOr("tag", "") != tag {
				t.Errorf("wrong BYE:\n%v", bye)
			}
			p.answer(bye, 200, "", "")
		}
		r.nothingReported()
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		if bye := p.asked("BYE"); bye.To().Params.GetOr("tag", "") != "first" {
			t.Errorf("wrong BYE:\n%v", bye)
		}
		r.golden("forked-answers")
	})
}

func TestARepeated200IsAcknowledgedAgain(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 200, "a", withSDP)
		first := p.asked("ACK")
		p.answer(in, 200, "a", withSDP)
		if again := p.asked("ACK"); again.String() != first.String() {
			t.Errorf("the ACK changed:\n%v\n%v", first, again)
		}
		r.reported(call.Answered{Leg: "out"})
		r.nothingReported()
	})
}

func TestAnyNumberOfProvisionalResponsesKeepsTheirOrder(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		for range 30 {
			p.answer(in, 180, "a", "")
			p.answer(in, 183, "a", withSDP)
		}
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Ringing{Leg: "out"})
		r.reported(call.Ringing{Leg: "out", Audio: true})
		r.reported(call.Answered{Leg: "out"})
		want := "offer" + strings.Repeat(" accept", 31) + " established"
		if got := r.audio.said("out"); got != want {
			t.Errorf("audio was asked: %s", got)
		}
	})
}

func TestAFailedCallSaysWhy(t *testing.T) {
	for _, c := range []struct {
		status      int
		rang, trunk bool
		want        call.Cause
	}{
		{486, true, false, call.Busy},
		{600, false, true, call.Busy},
		{603, true, false, call.Declined},
		{403, false, false, call.Declined},
		{403, false, true, call.Forbidden},
		{480, true, true, call.NoAnswer},
		{480, false, true, call.Unreachable},
		{408, true, false, call.NoAnswer},
		{404, false, true, call.Unreachable},
		{410, false, true, call.Unreachable},
		{302, false, true, call.Unreachable},
		{488, false, false, call.Unacceptable},
		{487, true, false, call.NoAnswer},
		{500, false, true, call.TrunkFault},
		{503, false, true, call.TrunkFault},
		{408, false, true, call.TrunkFault},
		{500, false, false, call.Unreachable},
	} {
		t.Run(fmt.Sprint(c.status, c.rang, c.trunk), func(t *testing.T) {
			bubble(t, func(r *rig) {
				dial, p := toPSTN, (*peer)(nil)
				if c.trunk {
					p = r.peer("carrier", carrierAddr)
				} else {
					p, dial = softphone(r), toAna
				}
				r.do(dial)
				in := p.asked("INVITE")
				if c.rang {
					p.answer(in, 180, "a", "")
					r.reported(call.Ringing{Leg: "out"})
				}
				p.answer(in, c.status, "a", "")
				p.asked("ACK")
				r.reported(call.Failed{Leg: "out", Cause: c.want, Status: c.status})
				p.answer(in, c.status, "a", "") // the ACK was lost
				p.asked("ACK")
				if n := r.w.Trunks()[0].InUse; n != 0 {
					t.Errorf("%d channels are still taken", n)
				}
			})
		})
	}
}

func TestATrunkThatSaysNothingIsGivenUpLongBeforeThePhoneCountsAsNotAnswered(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		began := time.Now()
		r.do(toPSTN)
		r.reported(call.Failed{Leg: "out", Cause: call.TrunkFault})
		if d := time.Since(began); d != trunkSilence {
			t.Errorf("it took %v", d)
		}
		if n := r.w.Trunks()[0].InUse; n != 0 {
			t.Errorf("%d channels are still taken", n)
		}
		in := p.asked("INVITE")
		for range 3 { // RFC 3261 §17.1.1.2: after 0.5, 1.5, 3.5 s
			p.asked("INVITE")
		}
		p.hearsNothing()
		p.answer(in, 180, "late", "") // it is there after all
		p.asked("CANCEL")
		r.nothingReported()
		r.do(call.Dial{Leg: "two", Target: call.Target{Device: call.Softphone, AOR: "nobody"}})
		r.reported(call.Failed{Leg: "two", Cause: call.Unreachable})
	})
}

func TestACallOverATrunkAnswersItsChallengeOnce(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		if in.Recipient.String() != "sip:+49301234567@198.51.100.7:5060" {
			t.Errorf("dialled %v", in.Recipient.String())
		}
		p.answer(in, 407, "x", "Proxy-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\n")
		p.asked("ACK")
		again := p.asked("INVITE")
		proof := again.GetHeader("Proxy-Authorization")
		if proof == nil || !strings.Contains(proof.Value(), `username="gw"`) || again.CSeq().SeqNo != in.CSeq().SeqNo+1 ||
			again.CallID().Value() != in.CallID().Value() || again.Via().Value() == in.Via().Value() {
			t.Errorf("wrong second INVITE:\n%v", again)
		}
		p.answer(again, 200, "a", withSDP)
		if ack := p.asked("ACK"); ack.GetHeader("Proxy-Authorization") == nil || ack.CSeq().SeqNo != again.CSeq().SeqNo {
			t.Errorf("RFC 3261 §13.2.2.4: the ACK lacks the proof:\n%v", ack)
		}
		r.reported(call.Answered{Leg: "out"})
	})
}

func TestAChallengeIsNotAnsweredForEver(t *testing.T) {
	claims.Proven(t, "a trunk that challenges for ever gets two digest answers at most")
	const challenge = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n\", qop=\"auth\", algorithm=MD5"
	for name, c := range map[string]struct {
		more string
		want int
	}{"wrong": {"", 2}, "stale": {", stale=true", 3}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.peer("carrier", carrierAddr)
				r.do(toPSTN)
				for range c.want {
					p.answer(p.asked("INVITE"), 401, "x", challenge+c.more+"\n")
					p.asked("ACK")
				}
				r.reported(call.Failed{Leg: "out", Cause: call.TrunkFault, Status: 401})
				p.hearsNothing()
			})
		})
	}
}

func TestAPhonesChallengeNeverGetsTheTrunksCredentials(t *testing.T) {
	claims.Proven(t, "no digest answer goes to anyone but the challenged trunk")
	bubble(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		p.answer(p.asked("INVITE"), 401, "x", "WWW-Authenticate: Digest realm=\"gw\", nonce=\"n\"\n")
		p.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Unreachable, Status: 401})
		p.hearsNothing()
	})
}

func TestEarlyMediaIsRingingAndItsAnswerIsTaken(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		p.answer(in, 183, "a", withSDP)
		r.reported(call.Ringing{Leg: "out", Audio: true})
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		if got := r.audio.said("out"); got != "offer accept accept established" {
			t.Errorf("audio was asked: %s", got)
		}
	})
}

func TestA200WithoutAGoodAnswerIsEnded(t *testing.T) {
	for name, body := range map[string]string{"none": "", "bad": "Content-Type: application/sdp\n\nbad"} {
		t.Run(name, func(t *testing.T) {
			dialogs(t, func(r *rig) {
				p := softphone(r)
				r.do(toAna)
				p.answer(p.asked("INVITE"), 200, "a", body)
				p.asked("ACK")
				p.answer(p.asked("BYE"), 200, "", "")
				r.reported(call.Failed{Leg: "out", Cause: call.Unacceptable, Status: 200})
			})
		})
	}
}

func TestAnAnswerSaysWhereAndByWhichRouteTheCallGoesOn(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		proxy := r.peer("proxy", "198.51.100.9:5060")
		r.do(toPSTN)
		in := p.asked("INVITE")
		p.answer(in, 200, "a", "Record-Route: <sip:198.51.100.10;lr>, <sip:198.51.100.9:5060;lr>\nContact: <sip:media@198.51.100.11:5099>\n"+withSDP)
		ack := proxy.asked("ACK")
		routes := ack.GetHeaders("Route")
		if ack.Recipient.String() != "sip:media@198.51.100.11:5099" || len(routes) != 2 ||
			routes[0].Value() != "<sip:198.51.100.9:5060;lr>" || routes[1].Value() != "<sip:198.51.100.10;lr>" {
			t.Errorf("wrong route:\n%v", ack)
		}
		r.reported(call.Answered{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		if bye := proxy.asked("BYE"); bye.Recipient.String() != "sip:media@198.51.100.11:5099" {
			t.Errorf("wrong target:\n%v", bye)
		}
	})
}

func TestAStrictRouterIsAddressedItself(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		p.answer(p.asked("INVITE"), 200, "a", "Record-Route: <sip:"+carrierAddr+">\nContact: <sip:media@198.51.100.11>\n"+withSDP)
		ack := p.asked("ACK")
		if ack.Recipient.String() != "sip:"+carrierAddr || len(ack.GetHeaders("Route")) != 1 ||
			ack.Route().Address.String() != "sip:media@198.51.100.11" {
			t.Errorf("wrong route:\n%v", ack)
		}
	})
}

func TestANextHopGivenByNameIsLookedUpAndOrderIsKept(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.net.names["sbc.example.net"] = netip.MustParseAddr("198.51.100.12")
		p, sbc := r.peer("carrier", carrierAddr), r.peer("sbc", "198.51.100.12:5070")
		r.do(toPSTN)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		r.do(call.Hangup{Leg: "out"})
		r.reported(call.Failed{Leg: "out", Cause: call.Cancelled})
		p.asked("CANCEL")
		p.answer(in, 200, "a", "Contact: <sip:media@sbc.example.net:5070>\n"+withSDP)
		p.answer(in, 200, "a", "Contact: <sip:media@sbc.example.net:5070>\n"+withSDP)
		sbc.asked("ACK")
		sbc.answer(sbc.asked("BYE"), 200, "", "")
	})
}

func TestEveryContactRingsAndTheFirstAnswerWins(t *testing.T) {
	dialogs(t, func(r *rig) {
		desk, soft := r.peer("desk", "203.0.113.30:5060"), r.peer("soft", "203.0.113.31:5060")
		desk.registers("ana")
		c := soft.caller("")
		c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
		c.prove("REGISTER", "Contact: <sip:ana@203.0.113.31:5060>\nExpires: 600\n", "ana")
		soft.hears(200)
		r.reported(call.Located{AOR: "ana", Address: soft.addr.Addr()})
		r.do(toAna)
		one, two := desk.asked("INVITE"), soft.asked("INVITE")
		desk.answer(one, 180, "d", "")
		soft.answer(two, 180, "s", "")
		r.reported(call.Ringing{Leg: "out"})
		soft.answer(two, 200, "s", withSDP)
		soft.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		cancel := desk.asked("CANCEL")
		if !strings.Contains(cancel.GetHeader("Reason").Value(), "cause=200") {
			t.Errorf("wrong Reason:\n%v", cancel)
		}
		desk.answer(cancel, 200, "d", "")
		desk.answer(one, 200, "d", withSDP) // he picked up at the same moment
		desk.asked("ACK")
		desk.answer(desk.asked("BYE"), 200, "", "")
		r.nothingReported()
	})
}

func TestOneBusyPhoneDoesNotStopTheOtherButADeclineDoes(t *testing.T) {
	bubble(t, func(r *rig) {
		desk, soft := r.peer("desk", "203.0.113.30:5060"), r.peer("soft", "203.0.113.31:5060")
		desk.registers("ana")
		c := soft.caller("")
		c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
		c.prove("REGISTER", "Contact: <sip:ana@203.0.113.31:5060>\nExpires: 600\n", "ana")
		soft.hears(200)
		r.reported(call.Located{AOR: "ana", Address: soft.addr.Addr()})
		r.do(toAna)
		one, two := desk.asked("INVITE"), soft.asked("INVITE")
		soft.answer(two, 100, "", "")
		desk.answer(one, 486, "d", "")
		desk.asked("ACK")
		r.nothingReported()
		soft.answer(two, 480, "s", "")
		soft.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})

		again := toAna
		again.Leg = "two"
		r.do(again)
		one, two = desk.asked("INVITE"), soft.asked("INVITE")
		soft.answer(two, 180, "s", "")
		r.reported(call.Ringing{Leg: "two"})
		desk.answer(one, 603, "d", "")
		desk.asked("ACK")
		r.reported(call.Failed{Leg: "two", Cause: call.Declined, Status: 603})
		soft.asked("CANCEL")
	})
}

func TestATrunkTakesNoMoreCallsThanItHasChannels(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		second := toPSTN
		second.Leg = "two"
		r.do(second)
		r.reported(call.Failed{Leg: "two", Cause: call.NoCapacity})
		p.answer(in, 486, "a", "")
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
		second.Leg = "three"
		r.do(second)
		p.asked("ACK")
		p.asked("INVITE")
		unknown := toPSTN
		unknown.Leg, unknown.Target.Trunk = "four", "south"
		r.do(unknown)
		r.reported(call.Failed{Leg: "four", Cause: call.TrunkFault})
	}, func(o *Options) { o.Trunks[0].Channels = 1 })
}

func TestWhatANameOrNumberHoldsNeverBecomesAHeader(t *testing.T) {
	claims.Proven(t, "no value that anybody gives us becomes a header: names, numbers, texts, contacts, paths, fields of the API")
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(call.Dial{
			Leg: "out", Target: call.Target{Device: call.PSTN, Number: "+49\r\nX-Evil: 1"},
			From: call.Party{Number: "1@evil>\r\nX-Evil: 2", Name: "A\"\r\nX-Evil: 3"},
		})
		in := p.asked("INVITE")
		if in.GetHeader("X-Evil") != nil || in.Recipient.Host != "198.51.100.7" || in.From().Address.Host != realm {
			t.Errorf("it did:\n%v", in)
		}
	})
}

func TestAWithheldNumberStaysWithheld(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		dial := toPSTN
		dial.From = call.Party{}
		r.do(dial)
		in := p.asked("INVITE")
		if in.From().Address.Host != "anonymous.invalid" || in.GetHeader("P-Asserted-Identity") != nil || in.GetHeader("Privacy") == nil {
			t.Errorf("wrong caller:\n%v", in)
		}
	})
}

func TestNoFreePortFailsTheCall(t *testing.T) {
	bubble(t, func(r *rig) {
		dial := toPSTN
		dial.Near = "bad"
		r.do(dial)
		r.reported(call.Failed{Leg: "out", Cause: call.Overload})
	})
}

func TestALongINVITEGoesByTCPWhereThereIsOneAndByUDPWhereNot(t *testing.T) {
	dial := toPSTN
	dial.Near = "long"
	t.Run("tcp", func(t *testing.T) {
		bubble(t, func(r *rig) {
			l, err := r.net.listenStream(netip.MustParseAddrPort(carrierAddr))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			r.do(dial)
			c, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			p := r.streamPeer("carrier", c)
			in := p.asked("INVITE")
			if in.Via().Transport != "TCP" || in.Contact().Address.UriParams.GetOr("transport", "") != "tcp" {
				t.Errorf("wrong transport:\n%v", in)
			}
			p.answer(in, 200, "a", withSDP)
			p.asked("ACK")
			r.reported(call.Answered{Leg: "out"})
		})
	})
	t.Run("udp", func(t *testing.T) {
		bubble(t, func(r *rig) {
			p := r.peer("carrier", carrierAddr)
			r.do(dial)
			if in := p.asked("INVITE"); in.Via().Transport != "UDP" || len(in.String()) < 2000 {
				t.Errorf("wrong INVITE:\n%v", in)
			}
		})
	})
}

func TestACallToAPhoneWhoseConnectionDiesFails(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		p.close()
		for range 3 {
			switch e := r.event().(type) {
			case call.Missed, call.Unbound:
			case call.Failed:
				if e.Cause != call.Unreachable {
					t.Errorf("reported %+v", e)
				}
			default:
				t.Errorf("reported %+v", e)
			}
		}
	})
}

func TestACallForOnePhoneNeverGoesToAnother(t *testing.T) {
	bubble(t, func(r *rig) {
		// Both sit behind one address, and both over TCP: the connection alone tells them apart.
		ana, bob := r.connect("ana", "203.0.113.20"), r.connect("bob", "203.0.113.20")
		ana.registers("ana")
		bob.registers("bob")
		r.do(toAna)
		in := ana.asked("INVITE")
		bob.hearsNothing()
		ana.answer(in, 200, "a", withSDP)
		ana.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		ana.answer(ana.asked("BYE"), 200, "", "")
		bob.hearsNothing()
	})
}

func TestAPhoneThatCallsProvesItselfFirst(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		c := p.caller("+4930")
		c.from = "<sip:boss@" + realm + ">;tag=1" // what he says of himself proves nothing
		c.prove("INVITE", withSDP, "ana")
		c.hears(100)
		c.hears(180)
		r.reported(call.Invited{Leg: "in-1", From: call.Party{Number: "boss"}, To: "+4930", Source: call.Source{AOR: "ana"}})
		c.headers = ""
		c.repeat("INVITE", withSDP) // a copy without its proof is still a copy
		c.hears(180)
		r.nothingReported()
		r.golden("call-in-phone")
	})
}

func TestAStrangerIsChallengedAndNothingIsKeptOfHim(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("eve", "203.0.113.66:5060")
		c := p.caller("+4930")
		for i := range 100 {
			c.id = fmt.Sprint("spoofed-", i)
			c.ask("INVITE", withSDP)
			first := c.hears(401)
			c.repeat("INVITE", withSDP)
			if again := c.hears(401); again.To().Value() != first.To().Value() {
				t.Errorf("RFC 3261 §8.2.7: another tag for a copy:\n%v\n%v", first, again)
			}
		}
		r.nothingReported()
		r.w.mu.Lock()
		defer r.w.mu.Unlock()
		if len(r.w.queues) != 0 || len(r.w.legs) != 0 {
			t.Errorf("%d queues, %d legs are kept", len(r.w.queues), len(r.w.legs))
		}
	})
}

func TestNothingIsLeftOfACallInTheEnd(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, c := answered(r)
		c.ask("BYE", "")
		c.hears(200)
		r.event()
		r.pass(2 * time.Minute)
		r.w.mu.Lock()
		defer r.w.mu.Unlock()
		if len(r.w.queues) != 0 || len(r.w.legs) != 0 {
			t.Errorf("%d queues, %d legs are kept", len(r.w.queues), len(r.w.legs))
		}
	})
}

func TestATrunkMayBeANameAndTakeCallsOverOneConnection(t *testing.T) {
	bubble(t, func(r *rig) {
		r.do(toPSTN)
		r.reported(call.Failed{Leg: "out", Cause: call.TrunkFault}) // the name is not known
		r.net.names["carrier.example.net"] = netip.MustParseAddr("198.51.100.7")
		dial := toPSTN
		dial.Leg = "two"
		r.do(dial)
		r.reported(call.Failed{Leg: "two", Cause: call.TrunkFault}) // nobody listens there
		l, err := r.net.listenStream(netip.MustParseAddrPort(carrierAddr))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		dial.Leg = "three"
		r.do(dial)
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		p := r.streamPeer("carrier", c)
		p.answer(p.asked("INVITE"), 486, "a", "")
		p.asked("ACK")
		r.reported(call.Failed{Leg: "three", Cause: call.Busy, Status: 486})
		dial.Leg = "four"
		r.do(dial)
		p.asked("INVITE") // over the same connection
	}, func(o *Options) { o.Trunks[0].URI = "sip:carrier.example.net;transport=tcp" })
}

func TestACallThatIsGivenUpBeforeItsWayWasFoundIsNeverSent(t *testing.T) {
	bubble(t, func(r *rig) {
		r.net.names["carrier.example.net"] = netip.MustParseAddr("198.51.100.7")
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		r.do(call.Hangup{Leg: "out", Cause: call.NoAnswer})
		r.reported(call.Failed{Leg: "out", Cause: call.NoAnswer})
		p.hearsNothing()
		if n := r.w.Trunks()[0].InUse; n != 0 {
			t.Errorf("%d channels are still taken", n)
		}
	}, func(o *Options) { o.Trunks[0].URI = "sip:carrier.example.net" })
}

func TestActionsOnLegsThatAreOverDoNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		p, c := answered(r)
		r.do(call.Answer{Leg: "out"})
		r.do(call.Reject{Leg: "out"})
		r.do(call.Join{A: "out"})
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
		r.do(call.Hangup{Leg: "out"})
		r.do(call.Hangup{Leg: "never"})
		p.hearsNothing()
		r.nothingReported()
	})
}

func TestAWrongOptionIsNamed(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"Audio":         func(o *Options) { o.Audio = nil },
		"tls":           func(o *Options) { o.Listen = []string{"tls:127.0.0.1:0"} },
		"udp:IP:PORT":   func(o *Options) { o.Listen = []string{"udp:nowhere"} },
		"trunk north":   func(o *Options) { o.Trunks[0].URI = "sips:x;transport=udp" },
		"has no name":   func(o *Options) { o.Trunks[0].Name = "" },
		"address in us": func(o *Options) { o.Listen = []string{"udp:127.0.0.1:5060", "udp:127.0.0.1:5060"} },
	} {
		r := &rig{T: t, audio: newFakeAudio()}
		if _, err := start(r.options(change), newMemory(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want something about %q", err, want)
		}
	}
}
