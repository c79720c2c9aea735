package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// unanswered is a phone that rings for the leg "out".
func unanswered(r *rig) (*peer, *sip.Request) {
	r.Helper()
	p := softphone(r)
	r.do(toAna)
	in := p.asked("INVITE")
	p.answer(in, 180, "a", "")
	r.reported(call.Ringing{Leg: "out"})
	r.settle()
	return p, in
}

func TestAPhoneThatRangWhenTheGatewayDiedStopsRinging(t *testing.T) {
	bubble(t, func(r *rig) {
		p, in := unanswered(r)
		r.calls.Store(true)
		r.restart()
		cancel := p.asked("CANCEL")
		if cancel.Via().Value() != in.Via().Value() {
			t.Errorf("another branch:\n%v\n%v", in, cancel)
		}
		p.answer(cancel, 200, "", "")
		p.answer(in, 487, "a", "")
		p.asked("ACK")
		r.nothingReported()
		if len(r.w.Legs()) > 0 || r.memoir.holds("out") != nil {
			t.Error("a leg that was never answered is held")
		}
	})
}

func TestAPhoneWhoseAnswerTheGatewayTookJustBeforeItDiedIsLetGo(t *testing.T) {
	bubble(t, func(r *rig) {
		p, in := unanswered(r)
		r.calls.Store(true)
		rings := r.memoir.holds("out")
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.w.Abandon()
		r.rise(func(o *Options) { o.Kept = map[call.LegID][]byte{"out": rings} })
		p.answer(p.asked("CANCEL"), 481, "", "")
		bye := p.asked("BYE")
		if tag(bye.To().Params) != "a" || bye.CSeq().SeqNo <= in.CSeq().SeqNo {
			t.Errorf("wrong goodbye:\n%v", bye)
		}
		p.answer(bye, 200, "", "")
		r.nothingReported()
	})
}

func TestAPhoneOverTCPThatRangStopsRingingWhenItIsBack(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.calls.Store(true)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		r.settle()
		r.restart()
		r.pass(time.Minute) // as long as some phones take
		p = r.connect("ana", "203.0.113.20")
		p.registersAgain("ana")
		p.answer(p.asked("CANCEL"), 200, "", "")
		p.answer(in, 487, "a", "")
		p.asked("ACK")
	})
}

func TestAPhoneThatAnsweredWhileTheGatewayWasDownIsLetGo(t *testing.T) {
	bubble(t, func(r *rig) {
		p, in := unanswered(r)
		r.calls.Store(true)
		r.w.Abandon()
		p.answer(in, 200, "a", withSDP) // nobody listens
		r.rise()
		p.answer(p.asked("CANCEL"), 200, "", "")
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		p.answer(p.asked("BYE"), 200, "", "")
		r.nothingReported()
	})
}

func TestAPhoneThatWasAcknowledgedWhileItRangIsLetGoByANumberThatWasNotUsed(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "Require: 100rel\nRSeq: 7\nContact: <sip:ana@203.0.113.20:5062>\n")
		prack := p.asked("PRACK")
		p.answer(prack, 200, "", "")
		r.reported(call.Ringing{Leg: "out"})
		r.settle()
		r.calls.Store(true)
		r.w.Abandon()
		p.answer(in, 200, "a", withSDP) // nobody listens
		r.rise()
		p.answer(p.asked("CANCEL"), 481, "", "")
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		bye := p.asked("BYE")
		if bye.CSeq().SeqNo <= prack.CSeq().SeqNo {
			t.Errorf("RFC 3261 §12.2.1.1: CSeq %d after %d", bye.CSeq().SeqNo, prack.CSeq().SeqNo)
		}
		p.answer(bye, 200, "", "")
		r.nothingReported()
	})
}

func TestAnAnswerToACallOfOursThatNobodyKnowsIsEnded(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		r.calls.Store(true)
		r.do(toAna)
		in := p.asked("INVITE")
		r.w.Abandon()
		r.rise(func(o *Options) { o.Kept = nil })
		for range 2 { // each copy of it
			p.answer(in, 200, "a", withSDP+"a=x\r\n"+strings.Repeat("a=candidate:1 1 UDP 2130706431 203.0.113.20 4000 typ host\r\n", 8))
			ack := p.asked("ACK")
			bye := p.asked("BYE")
			if ack.CSeq().SeqNo != in.CSeq().SeqNo || bye.CSeq().SeqNo <= in.CSeq().SeqNo || tag(bye.To().Params) != "a" {
				t.Errorf("wrong goodbye:\n%v\n%v", ack, bye)
			}
			p.answer(bye, 200, "", "")
		}
		r.nothingReported()
	})
}

func TestAnAnswerToACallThatWasNeverOursGetsNothing(t *testing.T) {
	for name, change := range map[string]func(in *sip.Request){
		"a Call-ID of others": func(in *sip.Request) { *in.CallID() = "somebody-0123456789abcdef" },
		"one without a mark":  func(in *sip.Request) { *in.CallID() = sip.CallIDHeader(strings.Split(in.CallID().Value(), "-")[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := softphone(r)
				r.calls.Store(true)
				r.do(toAna)
				in := p.asked("INVITE")
				r.w.Abandon()
				r.rise(func(o *Options) { o.Kept = nil })
				change(in)
				p.answer(in, 200, "a", withSDP)
				p.hearsNothing()
			})
		})
	}
}

func TestAForgedAnswerBringsNoMoreThanItHas(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		r.calls.Store(true)
		r.do(toAna)
		in := p.asked("INVITE")
		r.w.Abandon()
		r.rise(func(o *Options) { o.Kept = nil })
		p.answer(in, 200, "a", "") // too short to hide a goodbye behind
		p.hearsNothing()
	})
}

func TestAnAnswerToARefreshThatAnotherProcessAskedForIsAcknowledged(t *testing.T) {
	bubble(t, func(r *rig) {
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.ask("INVITE", "Supported: timer\nSession-Expires: 1800;refresher=uas\n"+withSDP)
		c.hears(100)
		c.hears(180)
		r.event()
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		c.ask("ACK", "")
		r.pass(14*time.Minute + 50*time.Second)
		again := c.asked("INVITE")
		r.restart()
		c.answer(again, 200, "", withSDP)
		if ack := c.asked("ACK"); ack.CSeq().SeqNo != again.CSeq().SeqNo {
			t.Errorf("wrong ACK:\n%v", ack)
		}
	})
}

func TestA200GoesOnUntilItsACKInTheNextProcess(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		r.restart()
		c.hears(200)
		r.pass(3 * time.Second)
		c.hears(200)
		for len(c.got) > 0 {
			<-c.got
		}
		c.ask("ACK", "")
		r.settle()
		if got := r.audio.said("in-1"); got != "established" {
			t.Errorf("audio was asked: %s", got)
		}
		r.pass(giveUp() * 2)
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
	})
}

func TestACallThatWasHungUpBeforeItsACKGetsItsBYEFromTheNextProcess(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		r.restart()
		c.hears(200)
		c.ask("ACK", "")
		c.answer(c.asked("BYE"), 200, "", "")
		r.settle()
		if len(r.w.Legs()) > 0 || r.memoir.holds("in-1") != nil {
			t.Error("a leg that is over is held")
		}
	})
}

func TestABYEThatCrossesOursIsAnsweredByTheNextProcess(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.do(call.Hangup{Leg: "in-1"})
		c.asked("BYE")
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp})
		r.settle()
		r.restart()
		again := c.asked("BYE")
		c.ask("BYE", "")
		c.hears(200)
		c.answer(again, 481, "", "")
		r.settle()
		r.nothingReported()
	})
}

func TestABYEThatWasNotAnsweredIsSentAgain(t *testing.T) {
	for _, name := range []string{"as callee", "as caller", "as callee behind a proxy", "over TCP"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				leg, c := begun[name](r)
				r.settle()
				r.calls.Store(true)
				r.do(call.Hangup{Leg: leg, Cause: call.Normal})
				bye := c.asked("BYE")
				r.reported(call.Ended{Leg: leg, How: call.HungUp, Cause: call.Normal})
				r.restart()
				if c.network == "TCP" {
					c.peer = r.connect("ana", "203.0.113.20")
					c.registersAgain("ana")
				}
				again := c.asked("BYE")
				if again.CSeq().SeqNo <= bye.CSeq().SeqNo || again.GetHeader("Reason") == nil {
					t.Errorf("wrong BYE:\n%v", again)
				}
				c.answer(again, 481, "", "")
				r.settle()
				if r.memoir.holds(leg) != nil {
					t.Error("a leg that is over is kept")
				}
			})
		})
	}
}

func TestACallerWhomNobodyAnsweredIsANewCallAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		r.settle()
		r.restart()
		in, ok := r.event().(call.Invited)
		if !ok || in.Leg == "in-1" || in.Source.Trunk != "north" || in.To != "+18005550100" {
			t.Fatalf("reported %+v", in)
		}
		c.hears(100)
		r.do(call.Ring{Leg: in.Leg})
		c.hears(180)
		r.do(call.Answer{Leg: in.Leg})
		c.learn(c.hears(200))
		c.ask("ACK", "")
		c.describedAgain(in.Leg)
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: in.Leg, How: call.HungUp, Cause: call.Normal})
	})
}

// describedAgain takes a re-INVITE with our description of the leg.
func (c *caller) describedAgain(leg call.LegID) {
	c.r.Helper()
	again := c.asked("INVITE")
	if !strings.Contains(string(again.Body()), "s="+string(leg)) {
		c.r.Errorf("offers another leg:\n%v", again)
	}
	c.answer(again, 200, "", withSDP)
	c.asked("ACK")
	c.r.nothingReported()
}

func TestACallerWhomAProcessAnsweredThatCouldNotKeepThatIsDescribedToAnew(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		r.settle()
		unanswered := r.memoir.holds("in-1")
		r.do(call.Answer{Leg: "in-1"})
		first := c.hears(200)
		c.learn(first)
		c.ask("ACK", "")
		r.settle()
		r.w.Abandon()
		r.rise(func(o *Options) { o.Kept = map[call.LegID][]byte{"in-1": unanswered} })
		in := r.event().(call.Invited)
		c.hears(100)
		r.do(call.Answer{Leg: in.Leg})
		again := c.hears(200)
		if tag(again.To().Params) != tag(first.To().Params) {
			t.Errorf("in another dialog:\n%v\n%v", first, again)
		}
		c.repeat("ACK", "") // of a copy, whose description he does not read
		c.describedAgain(in.Leg)
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: in.Leg, How: call.HungUp, Cause: call.Normal})
	})
}

func TestACallerWhomNobodyAnsweredMayCancelAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		r.settle()
		r.restart()
		in := r.event().(call.Invited)
		c.hears(100)
		c.seq = 1
		c.ask("CANCEL", "")
		c.hears(200)
		c.hears(487)
		r.reported(call.Ended{Leg: in.Leg, How: call.HungUp, Cause: call.Cancelled})
	})
}

func TestACallerWhoWaitedForTooLongIsTurnedAway(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		ring := c.again180()
		r.pass(2 * staleCaller)
		r.restart() // at once, so he is there still
		if no := c.hears(480); tag(no.To().Params) != tag(ring.To().Params) {
			t.Errorf("in another dialog:\n%v\n%v", ring, no)
		}
		c.repeat("ACK", "")
		r.nothingReported()
		if r.memoir.holds("in-1") != nil {
			t.Error("he is kept")
		}
		c.hearsNothing()
	})
}

func TestACallerOfLongAgoIsForgotten(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		r.settle()
		r.w.Abandon()
		r.pass(2 * goneCaller)
		r.rise()
		r.nothingReported()
		c.hearsNothing()
	})
}

func TestACallerWhoHeardADescriptionBeforeTheRestartGetsAnotherOneInADialogOfItsOwn(t *testing.T) {
	bubble(t, func(r *rig) {
		c := customer(r)
		r.do(call.Ring{Leg: "in-1", Audio: true})
		early := c.hears(183)
		r.restart()
		in := r.event().(call.Invited)
		c.hears(100)
		r.do(call.Answer{Leg: in.Leg})
		ok := c.hears(200)
		if tag(ok.To().Params) == tag(early.To().Params) || !strings.Contains(string(ok.Body()), "s="+string(in.Leg)) {
			t.Errorf("wrong answer:\n%v\nafter\n%v", ok, early)
		}
		c.learn(ok)
		c.ask("ACK", "")
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: in.Leg, How: call.HungUp, Cause: call.Normal})
	})
}

func TestWhoLeftWhileTheGatewayWasDownIsFound(t *testing.T) {
	for _, status := range []int{481, 408} {
		for _, name := range []string{"as callee", "as caller", "as callee behind a proxy"} {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(r *rig) {
					leg, c := begun[name](r)
					r.settle()
					r.calls.Store(true)
					r.restart()
					c.answer(c.asked("OPTIONS"), status, "", "")
					r.reported(call.Ended{Leg: leg, How: call.LegLost, Cause: call.Lost})
					c.answer(c.asked("BYE"), 481, "", "")
				})
			})
		}
	}
}

func TestWhoDoesNotAnswerAQuestionAfterARestartStaysInTheCall(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.restart()
		r.pass(2 * time.Minute)
		c.asked("OPTIONS")
		r.nothingReported()
		for len(c.got) > 0 {
			<-c.got
		}
		c.ask("BYE", "")
		c.hears(200)
	})
}

func TestManyLegsAreAskedOneAfterTheOther(t *testing.T) {
	bubble(t, func(r *rig) {
		carrier := r.peer("carrier", carrierAddr)
		for range 30 {
			c := carrier.caller("+18005550100")
			c.ask("INVITE", withSDP)
			c.hears(100)
			c.hears(180)
			leg := r.event().(call.Invited).Leg
			r.do(call.Answer{Leg: leg})
			c.learn(c.hears(200))
			c.ask("ACK", "")
		}
		r.settle()
		r.restart()
		if n := len(r.w.Legs()); n != 30 {
			t.Errorf("%d legs were taken up", n)
		}
		if n := r.w.Trunks()[0].InUse; n != 30 {
			t.Errorf("%d channels are in use", n)
		}
		began := time.Now()
		for range 30 {
			carrier.answer(carrier.asked("OPTIONS"), 200, "", "")
		}
		if d := time.Since(began); d < probeAfter+29*probeEvery {
			t.Errorf("all were asked within %v", d)
		}
	})
}

func TestWhatAPhoneTakesOfOursIsCountedAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		c := p.caller("+4930")
		c.prove("INVITE", withSDP, "ana")
		c.hears(100)
		c.hears(180)
		r.event()
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		c.ask("ACK", "")
		r.settle()
		r.restart()
		r.w.mu.Lock()
		n, standing := r.w.calling["ana"], len(r.w.standing)
		r.w.mu.Unlock()
		if n != 1 || standing != 1 {
			t.Errorf("%d calls of ana, %d dialogs stand", n, standing)
		}
	})
}
