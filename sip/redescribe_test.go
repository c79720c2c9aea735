package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// offered waits for a re-INVITE, and says meanwhile that it is there.
func (c *caller) offered() *sip.Request {
	c.r.Helper()
	for {
		req, is := c.next().(*sip.Request)
		switch {
		case is && req.Method == sip.OPTIONS:
			c.answer(req, 200, "", "")
		case is && req.IsInvite():
			return req
		default:
			c.r.Fatalf("got\n%v\nwant INVITE", req)
		}
	}
}

func TestAFarSideIsToldThatTheAudioOfItsLegIsElsewhere(t *testing.T) {
	survives(t, func(r *rig, leg call.LegID, c *caller) {
		r.w.Redescribe(leg)
		again := c.offered()
		if again.CSeq().SeqNo <= spareSeq || !strings.Contains(string(again.Body()), "s="+string(leg)) || again.Contact() == nil {
			t.Errorf("wrong offer:\n%v", again)
		}
		c.answer(again, 491, "", "")
		c.asked("ACK")
		again = c.offered()
		c.answer(again, 200, "", withSDP+"a=elsewhere\r\n")
		c.asked("ACK")
		r.settle()
		if said := r.audio.said(leg); said != "current current accept" {
			t.Errorf("audio was asked: %s", said)
		}
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: leg, How: call.HungUp, Cause: call.Normal})
	})
}

func TestAFarSideThatKnowsNoSuchCallAnyMoreIsLostWithItsNewDescription(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.w.Redescribe("in-1")
		c.answer(c.asked("INVITE"), 481, "", "")
		c.asked("ACK")
		c.answer(c.asked("BYE"), 481, "", "")
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
	})
}

func TestAFarSideThatRefusesItsNewDescriptionStaysInTheCall(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.w.Redescribe("in-1")
		c.answer(c.asked("INVITE"), 488, "", "")
		c.asked("ACK")
		r.nothingReported()
	})
}

func TestANewDescriptionThatWaitsOutGlareIsGivenByTheNextProcess(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.restart()
		c.polite.Store(true)
		r.w.Redescribe("in-1")
		c.answer(c.asked("INVITE"), 491, "", "")
		c.asked("ACK")
		r.settle()
		for range 2 { // until it is taken
			r.restart()
			c.asked("INVITE")
			r.settle()
		}
		r.restart()
		in := c.asked("INVITE")
		if !strings.Contains(string(in.Body()), "s=in-1") {
			t.Errorf("wrong description:\n%v", in)
		}
		c.answer(in, 200, "", withSDP)
		c.asked("ACK")
		r.settle()
		r.restart()
		r.pass(time.Minute)
		c.hearsNothing()
	})
}
