package sip

import (
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

func TestALegThatWasTakenUpIsGivenUpIfItsFarSideDidNotAnswer(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.restart()
		c.asked("OPTIONS")
		r.w.GiveUp("in-1") // it may answer still
		r.nothingReported()
		r.pass(giveUp())
		r.nothingReported() // that nobody answers ends nothing by itself
		r.w.GiveUp("in-1")
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
		for req := c.next().(*sip.Request); ; req = c.next().(*sip.Request) { // behind the copies of the question
			if req.Method == sip.BYE {
				c.answer(req, 200, "", "")
				break
			}
		}
		r.settle()
		if r.memoir.holds("in-1") != nil {
			t.Error("a leg that was given up is kept")
		}
		r.w.GiveUp("in-1") // once more changes nothing
		r.nothingReported()
	})
}

func TestALegWhoseFarSideAnsweredIsNotGivenUp(t *testing.T) {
	for _, status := range []int{200, 405, 501} {
		bubble(t, func(r *rig) {
			c := talking(r)
			r.restart()
			c.answer(c.asked("OPTIONS"), status, "", "")
			r.pass(giveUp())
			r.w.GiveUp("in-1")
			r.nothingReported()
			c.ask("BYE", "")
			c.hears(200)
			r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		})
	}
}
