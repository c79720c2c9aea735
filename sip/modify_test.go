package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// again180 gets the 180 once more, by repeating the INVITE.
func (c *caller) again180() *sip.Response {
	c.r.Helper()
	c.repeat("INVITE", withSDP)
	return c.hears(180)
}

func TestTheFarSideHoldsAndResumes(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		for range 2 {
			c.ask("INVITE", withSDP)
			ok := c.hears(200)
			if len(ok.Body()) == 0 || ok.Contact() == nil {
				t.Errorf("the 200 lacks something:\n%v", ok)
			}
			c.ask("ACK", "")
		}
		r.nothingReported()
		c.hearsNothing()
		if got := r.audio.said("in-1"); got != "answer established answer answer" {
			t.Errorf("audio was asked: %s", got)
		}
		r.golden("hold")
	})
}

func TestARefusedOfferLeavesTheSessionAsItIs(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.ask("INVITE", "Contact: <sip:elsewhere@198.51.100.99>\nContent-Type: application/sdp\n\nbad")
		c.hears(488)
		c.repeat("ACK", "")
		r.nothingReported()
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		if bye := c.asked("BYE"); bye.Recipient.Host != "198.51.100.7" {
			t.Errorf("the target changed:\n%v", bye)
		}
	})
}

func TestAReINVITEWithoutAnOfferGetsOurDescriptionAgain(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.ask("INVITE", "")
		if ok := c.hears(200); len(ok.Body()) == 0 {
			t.Errorf("the 200 holds no offer:\n%v", ok)
		}
		c.ask("ACK", withSDP)
		r.settle()
		if got := r.audio.said("in-1"); got != "answer established current accept" {
			t.Errorf("audio was asked: %s", got)
		}
	})
}

func TestAPhoneThatMovesIsReachedWhereItIsNow(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, c := answered(r)
		moved := r.peer("ana", "203.0.113.99:5099")
		c.peer = moved
		c.ask("INVITE", withSDP)
		moved.hears(200)
		c.ask("ACK", "")
		r.settle()
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		if bye := moved.asked("BYE"); bye.Recipient.Port != 5099 {
			t.Errorf("the target did not change:\n%v", bye)
		}
	})
}

func TestAReINVITEWithoutAnACKEndsTheCall(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.ask("INVITE", withSDP)
		c.hears(200)
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
	})
}

func TestALegHungUpWhileAReINVITEWaitsForItsACKIsQuietThen(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.ask("INVITE", withSDP)
		c.hears(200)
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		c.answer(c.asked("BYE"), 200, "", "")
		r.pass(time.Minute)
		c.hearsNothing()
	})
}

func TestAnOfferThatMeetsAnotherOneIsRefusedForNow(t *testing.T) {
	t.Run("before our answer", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			c := customer(r)
			c.learn(c.again180())
			c.ask("INVITE", withSDP)
			if res := c.hears(500); res.GetHeader("Retry-After") == nil {
				t.Errorf("no Retry-After:\n%v", res)
			}
		})
	})
	t.Run("while our INVITE is in progress", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			p := softphone(r)
			r.do(toAna)
			in := p.asked("INVITE")
			p.answer(in, 180, "a", "")
			r.reported(call.Ringing{Leg: "out"})
			c := p.callee(in, "a")
			c.ask("INVITE", withSDP)
			c.hears(491)
		})
	})
	t.Run("while the answer to our offer is owed", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			c := talking(r)
			c.ask("INVITE", "")
			c.hears(200)
			c.ask("INVITE", withSDP)
			c.hears(491)
			c.ask("UPDATE", withSDP)
			c.hears(491)
			c.ask("UPDATE", "")
			c.hears(200) // it offers nothing
		})
	})
}

func TestARequestOfAnotherDialogIsRefused(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		to := c.to
		c.to = strings.Split(to, ";tag=")[0] + ";tag=another"
		for _, method := range []string{"INVITE", "BYE", "UPDATE", "INFO", "OPTIONS"} {
			c.ask(method, "")
			c.hears(481)
		}
		c.to = to
		c.ask("CANCEL", "")
		c.hears(481)
		r.nothingReported()
	})
}

func TestALowerCSeqIsRefused(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.seq = 50
		c.ask("OPTIONS", "")
		c.hears(200)
		c.seq = 10
		c.ask("BYE", "")
		c.hears(500)
		r.nothingReported()
	})
}

func TestAnUPDATEMayRefreshAndMayOffer(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.ask("UPDATE", "Contact: <sip:new@198.51.100.8:5070>\n")
		if ok := c.hears(200); len(ok.Body()) != 0 || ok.Contact() == nil {
			t.Errorf("wrong answer:\n%v", ok)
		}
		c.ask("UPDATE", "Contact: <sip:new@198.51.100.8:5070>\n"+withSDP)
		if ok := c.hears(200); len(ok.Body()) == 0 {
			t.Errorf("wrong answer:\n%v", ok)
		}
		c.ask("UPDATE", "Content-Type: application/sdp\n\nbad")
		c.hears(488)
		moved := r.peer("new", "198.51.100.8:5070")
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		moved.asked("BYE")
	})
}

func TestKeysInINFOAreReported(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.ask("INFO", "Content-Type: application/dtmf-relay\n\nSignal=1\r\nDuration=160\r\n")
		c.hears(200)
		r.reported(call.Digit{Leg: "in-1", Key: "1"})
		c.ask("INFO", "Content-Type: application/dtmf\n\n11")
		c.hears(200)
		r.reported(call.Digit{Leg: "in-1", Key: "#"})
		c.ask("INFO", "Content-Type: application/dtmf-relay\n\nSignal=x\r\n")
		c.hears(200)
		c.ask("INFO", "")
		c.hears(200)
		c.ask("INFO", "Content-Type: text/plain\n\nhello")
		c.hears(415)
		r.nothingReported()
	})
}

func TestOptionsAndUnknownMethodsWithinADialog(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		c.ask("OPTIONS", "")
		c.hears(200)
		for method, status := range map[string]int{"MESSAGE": 405, "NEWMETHOD": 501} {
			c.ask(method, "")
			if res := c.hears(status); res.GetHeader("Allow") == nil {
				t.Errorf("no Allow:\n%v", res)
			}
		}
		c.ask("BYE", "")
		c.hears(200)
	})
}

func TestACallerMayLeaveAnEarlyDialogByBYE(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		to := c.again180().To().Value()
		c.to = to
		c.ask("BYE", "")
		c.hears(200)
		c.hears(487)
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Cancelled})
	})
}
