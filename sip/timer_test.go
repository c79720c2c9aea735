package sip

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// timers are half an hour for phones and for the trunk.
func timers(o *Options) { o.Timer, o.Trunks[0].Timer = 30*time.Minute, 30*time.Minute }

const knowsTimer = "Supported: timer\nAllow: INVITE, ACK, CANCEL, BYE\n"

// refreshed is a customer's call that stands, with what its INVITE says of the session timer, and our 200.
func refreshed(r *rig, extra string) (*caller, *sip.Response) {
	r.Helper()
	c := r.peer("carrier", carrierAddr).caller("+18005550100")
	c.ask("INVITE", extra+withSDP)
	c.hears(100)
	c.hears(180)
	r.event()
	r.do(call.Answer{Leg: "in-1"})
	ok := c.hears(200)
	c.learn(ok)
	c.ask("ACK", "")
	r.settle()
	return c, ok
}

// RFC 4028 §9, table 2
func TestWhoRefreshesIsAgreedOn(t *testing.T) {
	for name, want := range map[string]struct{ asked, expires, require string }{
		"a caller who knows no timer":      {"", "", ""},
		"one who leaves it to us":          {knowsTimer, "1800;refresher=uas", ""},
		"one who asks for less":            {knowsTimer + "Session-Expires: 600\n", "600;refresher=uas", ""},
		"one who asks for more":            {knowsTimer + "x: 7200\nMin-SE: 120\n", "1800;refresher=uas", ""},
		"one whose least is more":          {knowsTimer + "x: 7200\nMin-SE: 3600\n", "3600;refresher=uas", ""},
		"one who refreshes":                {knowsTimer + "Session-Expires: 600;refresher=uac\n", "600;refresher=uac", "timer"},
		"one who wants us to":              {knowsTimer + "Session-Expires: 600;refresher=uas\n", "600;refresher=uas", ""},
		"a proxy before who knows none":    {"Session-Expires: 600\n", "600;refresher=uas", ""},
		"a broken wish":                    {"Supported: timer\nSession-Expires: soon\n", "1800;refresher=uas", ""},
		"a wish beyond all measure":        {"Supported: timer\nSession-Expires: 4294967295\n", "1800;refresher=uas", ""},
		"one that is more than is counted": {"Supported: timer\nSession-Expires: 42949672950\n", "1800;refresher=uas", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dialogs(t, func(r *rig) {
				_, ok := refreshed(r, want.asked)
				if got := header(ok, "Session-Expires"); got != want.expires || header(ok, "Require") != want.require {
					t.Errorf("Session-Expires is %q, Require %q", got, header(ok, "Require"))
				}
			}, timers)
		})
	}
}

func TestASessionThatIsTooShortIsRefusedWithTheLeast(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.ask("INVITE", knowsTimer+"Session-Expires: 60\n"+withSDP)
		c.hears(100)
		if res := c.hears(422); header(res, "Min-SE") != "90" {
			t.Errorf("no Min-SE:\n%v", res)
		}
		c.repeat("ACK", "")
		r.nothingReported()
		r.golden("timer-too-short")
	}, timers)
}

func TestWeAskAgainForALongerSessionAsOftenAsThatHelps(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		if header(in, "Session-Expires") != "1800" || header(in, "Min-SE") != "" || !knows(values(in, "Supported"), "timer") {
			t.Errorf("the INVITE asks for no timer:\n%v", in)
		}
		p.answer(in, 422, "x", "Min-SE: 3600\n")
		p.asked("ACK")
		again := p.asked("INVITE")
		if header(again, "Session-Expires") != "3600" || header(again, "Min-SE") != "3600" || again.CSeq().SeqNo != 2 || again.CallID().Value() != in.CallID().Value() {
			t.Errorf("it is not asked for more:\n%v", again)
		}
		p.answer(again, 422, "x", "Min-SE: 3600\n") // a contradiction
		p.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.TrunkFault, Status: 422})
	}, timers)
}

func TestWeRefreshByUPDATEWhereTheFarSideServesIt(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, _ := refreshed(r, "Supported: timer\nAllow: INVITE, ACK, BYE, UPDATE\n")
		for range 2 {
			r.pass(15*time.Minute - time.Second)
			c.hearsNothing()
			r.pass(time.Second)
			update := c.asked("UPDATE")
			if header(update, "Session-Expires") != "1800;refresher=uac" || len(update.Body()) != 0 {
				t.Errorf("the refresh is wrong:\n%v", update)
			}
			c.answer(update, 200, "", "Session-Expires: 1800;refresher=uac\nRequire: timer\n")
		}
		r.nothingReported()
		r.golden("timer-update")
	}, timers)
}

func TestWeRefreshByAReINVITEWithTheSameDescription(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		in := p.asked("INVITE")
		p.answer(in, 200, "a", "Session-Expires: 600;refresher=uac\nRequire: timer\n"+withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.pass(5 * time.Minute)
		again := p.asked("INVITE")
		if string(again.Body()) != string(in.Body()) || again.Contact().Address.String() != in.Contact().Address.String() {
			t.Errorf("the session is another one:\n%v", again)
		}
		p.answer(again, 401, "", "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\"\n")
		p.asked("ACK")
		proved := p.asked("INVITE")
		accept := "Session-Expires: 600;refresher=uac\n" + withSDP
		p.answer(proved, 200, "", accept)
		if ack := p.asked("ACK"); header(ack, "Authorization") == "" || ack.CSeq().SeqNo != proved.CSeq().SeqNo {
			t.Errorf("the ACK is another one's:\n%v", ack)
		}
		p.answer(proved, 200, "", accept) // the ACK was lost
		p.asked("ACK")
		if got := r.audio.said("out"); got != "offer accept established" {
			t.Errorf("the same answer was taken again: %s", got)
		}
		r.nothingReported()
		r.golden("timer-reinvite")
	}, timers)
}

func TestAFarSideThatServesNoUPDATEAfterAllGetsAReINVITE(t *testing.T) {
	for _, status := range []int{400, 405, 415, 488, 501} {
		dialogs(t, func(r *rig) {
			c, _ := refreshed(r, "Supported: timer\nAllow: UPDATE\n")
			r.pass(15 * time.Minute)
			c.answer(c.asked("UPDATE"), status, "", "")
			c.answer(c.asked("INVITE"), 200, "", "Session-Expires: 1800;refresher=uac\n"+withSDP)
			c.asked("ACK")
			r.nothingReported()
		}, timers)
	}
}

func TestASessionThatTheFarSideDoesNotRefreshEnds(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, _ := refreshed(r, knowsTimer+"Session-Expires: 600;refresher=uac\n")
		r.pass(5 * time.Minute)
		c.ask("UPDATE", knowsTimer+"Session-Expires: 600;refresher=uac\n")
		if ok := c.hears(200); header(ok, "Session-Expires") != "600;refresher=uac" {
			t.Errorf("the refresh is not taken:\n%v", ok)
		}
		r.pass(10*time.Minute - 33*time.Second)
		c.hearsNothing()
		r.pass(time.Second) // RFC 4028 §10: 32 s before
		bye := c.asked("BYE")
		if got := header(bye, "Reason"); got != `SIP;cause=408;text="session timer expired"` {
			t.Errorf("Reason is %q", got)
		}
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
		r.golden("timer-expired")
	}, timers)
}

func TestARefreshThatMeetsNobodyEndsTheLegAsLost(t *testing.T) {
	for name, answer := range map[string]func(c *caller, req *sip.Request){
		"481": func(c *caller, req *sip.Request) { c.answer(req, 481, "", "") },
		"408": func(c *caller, req *sip.Request) { c.answer(req, 408, "", "") },
		"no answer": func(c *caller, req *sip.Request) {
			for range 10 {
				c.asked("UPDATE")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dialogs(t, func(r *rig) {
				c, _ := refreshed(r, "Supported: timer\nAllow: UPDATE\n")
				r.pass(15 * time.Minute)
				answer(c, c.asked("UPDATE"))
				c.asked("BYE")
				r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
			}, timers)
		})
	}
}

func TestARefreshThatIsRefusedIsTriedAgainAndEndsNoCall(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, _ := refreshed(r, knowsTimer)
		r.pass(15 * time.Minute)
		for range 60 { // longer than the session: who refuses is there
			c.answer(c.asked("INVITE"), 503, "", "")
			c.asked("ACK")
		}
		c.answer(c.asked("INVITE"), 422, "", "Min-SE: 3600\n")
		c.asked("ACK")
		longer := c.asked("INVITE")
		if header(longer, "Session-Expires") != "3600;refresher=uac" || header(longer, "Min-SE") != "3600" {
			t.Errorf("it is not asked for more:\n%v", longer)
		}
		c.answer(longer, 200, "", "Session-Expires: 3600;refresher=uac\n"+withSDP)
		c.asked("ACK")
		r.nothingReported()
	}, timers)
}

func TestTwoReINVITEsThatMeetWaitForDifferentTimes(t *testing.T) {
	for name, ours := range map[string]bool{"we made the Call-ID": true, "they did": false} {
		t.Run(name, func(t *testing.T) {
			dialogs(t, func(r *rig) {
				var c *caller
				low, high := time.Duration(0), 2*time.Second
				if ours {
					p := r.peer("carrier", carrierAddr)
					r.do(toPSTN)
					in := p.asked("INVITE")
					p.answer(in, 200, "a", "Session-Expires: 1800;refresher=uac\n"+withSDP)
					p.asked("ACK")
					r.reported(call.Answered{Leg: "out"})
					c, low, high = p.callee(in, "a"), 2100*time.Millisecond, 4*time.Second
				} else {
					c, _ = refreshed(r, knowsTimer)
				}
				r.pass(15 * time.Minute)
				first := c.asked("INVITE")
				c.ask("INVITE", withSDP)
				c.hears(491)
				c.repeat("ACK", "")
				met := time.Now()
				c.answer(first, 491, "", "")
				c.asked("ACK")
				again := c.asked("INVITE")
				if waited := time.Since(met); waited < low || waited > high {
					t.Errorf("asked again after %v, want %v to %v", waited, low, high)
				}
				c.answer(again, 200, "", "Session-Expires: 1800;refresher=uac\n"+withSDP)
				c.asked("ACK")
				r.nothingReported()
			}, timers)
		})
	}
}

func TestARefreshWaitsForTheEndOfAReINVITEOfTheFarSide(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, _ := refreshed(r, knowsTimer)
		r.pass(15*time.Minute - time.Second)
		c.ask("INVITE", knowsTimer+"Session-Expires: 600;refresher=uas\n"+withSDP)
		ok := c.hears(200)
		if header(ok, "Session-Expires") != "600;refresher=uas" {
			t.Errorf("the timer was not agreed on anew:\n%v", ok)
		}
		c.ask("ACK", "")
		r.pass(4*time.Minute + 59*time.Second)
		c.hearsNothing()
		r.pass(time.Second)
		c.asked("INVITE")
	}, timers)
}

func TestAHoldWithoutATimerEndsIt(t *testing.T) {
	dialogs(t, func(r *rig) {
		c, _ := refreshed(r, knowsTimer)
		c.ask("INVITE", withSDP)
		if ok := c.hears(200); header(ok, "Session-Expires") != "" {
			t.Errorf("a timer for who does not know it any more:\n%v", ok)
		}
		c.ask("ACK", "")
		r.pass(2 * time.Hour)
		c.hearsNothing()
	}, timers)
}

func TestWithoutATimerOfOursTheFarSideMayHaveOne(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, ok := refreshed(r, knowsTimer)
		if header(ok, "Session-Expires") != "" {
			t.Errorf("a timer that nobody wants:\n%v", ok)
		}
	})
	dialogs(t, func(r *rig) {
		_, ok := refreshed(r, knowsTimer+"Session-Expires: 600\n")
		if header(ok, "Session-Expires") != "600;refresher=uas" {
			t.Errorf("no timer for who wants one:\n%v", ok)
		}
	})
}

func TestARefreshOverAConnectionThatIsGoneWaitsForTheNextOne(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 200, "a", "Allow: UPDATE\nSession-Expires: 600;refresher=uac\n"+withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		p.stop()
		r.pass(5 * time.Minute)
		for len(r.events) > 0 {
			if e, over := (<-r.events).(call.Ended); over {
				t.Errorf("the leg ended though its phone may come back: %+v", e)
			}
		}
	}, timers)
}
