package sip

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

func TestATrunksLegThatIsNotHeardAndDoesNotAnswerIsLost(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		began := time.Now()
		r.w.Ask("in-1")
		r.w.Ask("in-1") // once more changes nothing
		c.asked("OPTIONS")
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
		if passed := time.Since(began); passed != muteTime+giveUp() {
			t.Errorf("lost after %v", passed)
		}
		copies := 0
		for m := c.next(); ; m = c.next() {
			if req, is := m.(*sip.Request); is && req.Method == sip.BYE {
				c.answer(req, 481, "", "")
				break
			}
			copies++
		}
		if copies < 5 {
			t.Errorf("the question was repeated %d times", copies)
		}
	})
}

func TestATrunksLegThatAnswersWhateverItSaysIsAskedOnUntilItIsHeard(t *testing.T) {
	for _, status := range []int{200, 405, 500, 503} {
		dialogs(t, func(r *rig) {
			c := talking(r)
			r.w.Ask("in-1")
			for i := range 5 { // on and on
				began := time.Now()
				req := c.asked("OPTIONS")
				if passed := time.Since(began); i > 0 && passed != askEvery {
					t.Errorf("asked again after %v", passed)
				}
				c.answer(req, status, "", "")
			}
			r.settle()
			r.w.Heard("in-1")
			r.pass(10 * time.Minute)
			c.hearsNothing()
			r.nothingReported()
			c.ask("BYE", "")
			c.hears(200)
			r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		})
	}
}

func TestATrunkThatKnowsNoSuchCallIsBelievedAtOnce(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		r.w.Ask("in-1")
		c.answer(c.asked("OPTIONS"), 481, "", "")
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
		c.answer(c.asked("BYE"), 481, "", "")
	})
}

func TestALegThatIsHeardAgainIsNotLostThoughItDidNotAnswer(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		r.w.Ask("in-1")
		c.asked("OPTIONS")
		r.pass(giveUp() - time.Second)
		r.w.Heard("in-1")
		r.settle()
		r.w.Ask("in-1") // silent once more, while the question of before has no answer yet
		r.pass(10 * time.Second)
		r.nothingReported()
		for {
			if req := c.asked("OPTIONS"); req.CSeq().SeqNo == 2 {
				c.answer(req, 200, "", "")
				break
			}
		}
		r.settle()
		r.nothingReported()
	})
}
