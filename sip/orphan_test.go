package sip

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestAPhoneOverAConnectionIsToldWhenItIsBackThatItsTransferFailed(t *testing.T) {
	bubble(t, func(r *rig) {
		_, c := phoned(r, r.connect("ana", "203.0.113.20"))
		r.calls.Store(true)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		c.told("100 Trying", asLongAsItTakes)
		r.reported(call.Referred{Leg: "out", To: "ben"})
		r.settle()
		r.restart()
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Broken}) // at once, as the core does
		r.pass(5 * time.Second)
		c.comesBack()
		c.told("500 Server Internal Error", forGood)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
	})
}

func TestATransferThatNobodyKnowsAfterARestartHasFailed(t *testing.T) {
	bubble(t, func(r *rig) {
		_, c := answered(r)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		c.told("100 Trying", asLongAsItTakes)
		r.event() // and what came of that was not kept
		r.settle()
		r.calls.Store(true)
		r.restart()
		c.polite.Store(true)
		c.told("500 Server Internal Error", forGood)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		c.told("100 Trying", asLongAsItTakes)
		r.reported(call.Referred{Leg: "out", To: "ben"})
	})
}

func TestHowATransferEndedIsToldAgainAfterARestartIfThePhoneDidNotSayThatItHeard(t *testing.T) {
	bubble(t, func(r *rig) {
		_, c := answered(r)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		c.told("100 Trying", asLongAsItTakes)
		r.event()
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Busy})
		c.asked("NOTIFY")
		r.settle()
		r.calls.Store(true)
		r.restart()
		c.told("486 Busy Here", forGood)
		r.settle()
		r.restart()
		c.polite.Store(true)
		r.pass(time.Minute)
		c.hearsNothing() // once is enough
	})
}
