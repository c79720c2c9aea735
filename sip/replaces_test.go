package sip

import (
	"strings"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// ringing is ana's phone, which rings because of us, and the dialog as the phone sees it.
func ringing(r *rig) (*peer, *caller) {
	r.Helper()
	p := softphone(r)
	r.do(toAna)
	in := p.asked("INVITE")
	p.answer(in, 180, "a", "")
	r.reported(call.Ringing{Leg: "out"})
	return p, p.callee(in, "a")
}

// takes lets ben's phone ask for the place of a dialog; extra follows its tags.
func (r *rig) takes(c *caller, extra string) *caller {
	r.Helper()
	ben := r.peer("ben", "203.0.113.21:5062")
	ben.registers("ben")
	taker := ben.caller("ana")
	taker.prove("INVITE", "Replaces: "+c.id+" ; TO-TAG="+tagIn(c.to)+";from-tag = "+tagIn(c.from)+extra+"\nRequire: replaces\n"+withSDP, "ben")
	return taker
}

// wanted is what is reported of a phone that asks for ana's call.
func wanted(leg call.LegID) call.Invited {
	return call.Invited{
		Leg: leg, From: call.Party{Number: "+491701", Name: "Customer"}, To: "ana", Source: call.Source{AOR: "ben"}, Replaces: "out",
	}
}

func TestACallIsPickedUpByAnotherPhone(t *testing.T) {
	for _, only := range []string{"", ";early-only"} {
		t.Run("that rings"+only, func(t *testing.T) {
			dialogs(t, func(r *rig) {
				p, c := ringing(r)
				taker := r.takes(c, only)
				taker.hears(100)
				taker.hears(180)
				r.reported(wanted("in-1"))
				r.do(call.Answer{Leg: "in-1"})
				r.do(call.Hangup{Leg: "out", Cause: call.Elsewhere})
				taker.hears(200)
				r.reported(call.Failed{Leg: "out", Cause: call.Elsewhere})
				if cancel := p.asked("CANCEL"); !strings.Contains(cancel.GetHeader("Reason").Value(), "cause=200") {
					t.Errorf("the phone will list a missed call:\n%v", cancel)
				}
			})
		})
	}
	t.Run("that talks", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			_, c := answered(r)
			taker := r.takes(c, "")
			taker.hears(100)
			taker.hears(180)
			r.reported(wanted("in-1"))
		})
	})
	t.Run("of the same user", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			_, c := answered(r)
			mobile := r.peer("mobile", "203.0.113.22:5062").caller("ana")
			mobile.prove("INVITE", "Replaces: "+c.id+";to-tag="+tagIn(c.to)+";from-tag="+tagIn(c.from)+"\n"+withSDP, "ana")
			mobile.hears(100)
			mobile.hears(180)
			want := wanted("in-1")
			want.Source.AOR = "ana"
			r.reported(want)
		})
	})
	t.Run("that it began itself", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			_, second, _ := consulting(r)
			taker := r.takes(second, "")
			taker.hears(100)
			taker.hears(180)
			want := wanted("in-2")
			want.Replaces = "in-1"
			r.reported(want)
		})
	})
}

func TestWhatIsNobodysToTakeIsRefused(t *testing.T) {
	claims.Proven(t, "no call is taken over by Replaces that is not the caller's to take")
	t.Run("a call that talks, if only a ringing one is asked for", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			_, c := answered(r)
			r.takes(c, ";early-only").hears(486)
			r.nothingReported()
		})
	})
	t.Run("a customer's", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			r.takes(talking(r), "").hears(403)
			r.nothingReported()
		})
	})
	t.Run("a number that we dialled", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			p := r.peer("carrier", carrierAddr)
			r.do(toPSTN)
			in := p.asked("INVITE")
			p.answer(in, 180, "a", "")
			r.reported(call.Ringing{Leg: "out"})
			r.takes(p.callee(in, "a"), "").hears(403)
			r.nothingReported()
		})
	})
	t.Run("a phone's that waits for us", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			c := r.peer("ana", "203.0.113.20:5062").caller("ben")
			c.prove("INVITE", withSDP, "ana")
			c.hears(100)
			c.learn(c.hears(180))
			r.event()
			r.takes(c, "").hears(481)
			r.nothingReported()
		})
	})
	t.Run("one that is over", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			_, c := answered(r)
			c.ask("BYE", "")
			c.hears(200)
			r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
			r.takes(c, "").hears(481)
			r.nothingReported()
		})
	})
	t.Run("for a carrier", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			_, c := answered(r)
			taker := r.peer("carrier", carrierAddr).caller("ana")
			taker.ask("INVITE", "Replaces: "+c.id+";to-tag="+tagIn(c.to)+";from-tag="+tagIn(c.from)+"\n"+withSDP)
			taker.hears(403)
			r.nothingReported()
		})
	})
}

func TestAReplacesThatNamesNoDialogIsRefused(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	for name, c := range map[string]struct {
		headers string
		status  int
	}{
		"unknown":         {"Replaces: a@b;to-tag=1;from-tag=2\n", 481},
		"no from-tag":     {"Replaces: a@b;to-tag=1\n", 400},
		"no to-tag":       {"Replaces: a@b;from-tag=1\n", 400},
		"no Call-ID":      {"Replaces: ;to-tag=1;from-tag=1\n", 400},
		"a tag twice":     {"Replaces: a@b;to-tag=1;from-tag=1;from-tag=2\n", 400},
		"two of them":     {"Replaces: a@b;to-tag=1;from-tag=2\nReplaces: c@d;to-tag=1;from-tag=2\n", 400},
		"two in one":      {"Replaces: a@b;to-tag=1;from-tag=2, c@d;to-tag=1;from-tag=2\n", 400},
		"with Join":       {"Replaces: a@b;to-tag=1;from-tag=2\nJoin: a@b;to-tag=1;from-tag=2\n", 400},
		"with tdialog":    {"Replaces: a@b;to-tag=1;from-tag=2\nRequire: replaces, tdialog\n", 420},
		"very long":       {"Replaces: " + long + ";to-tag=" + long + ";from-tag=2\n", 481},
		"many parameters": {"Replaces: a@b;to-tag=1;from-tag=2" + strings.Repeat(";x", 9_000) + "\n", 400},
		"quotes":          {"Replaces: \"a\";to-tag=\"1\";from-tag=\"2\"\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connect("ben", "203.0.113.21")
				p.registers("ben")
				taker := p.caller("ana")
				if c.status == 420 {
					taker.ask("INVITE", c.headers+withSDP)
				} else {
					taker.prove("INVITE", c.headers+withSDP, "ben")
				}
				taker.hears(c.status)
				r.nothingReported()
			})
		})
	}
}

func TestAReplacesOutsideOfANewCallIsRefused(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, c := answered(r)
		for _, method := range []string{"INVITE", "UPDATE", "INFO", "OPTIONS"} {
			c.ask(method, "Replaces: a@b;to-tag=1;from-tag=2\n")
			c.hears(400)
		}
		r.nothingReported()
	})
}

func TestOfCallsThatAreOverNoDialogIsKnown(t *testing.T) {
	bubble(t, func(r *rig) {
		first, second, _ := consulting(r)
		for _, c := range []*caller{first, second} {
			c.ask("BYE", "")
			c.hears(200)
			r.event()
		}
		p, other := r.peers[0], toAna
		other.Leg = "out-2"
		r.do(other)
		in := p.asked("INVITE")
		for _, tag := range []string{"x", "y"} { // a fork
			p.answer(in, 180, tag, "")
		}
		r.reported(call.Ringing{Leg: "out-2"})
		p.answer(in, 486, "x", "")
		p.asked("ACK")
		r.event()
		r.w.mu.Lock()
		defer r.w.mu.Unlock()
		if len(r.w.standing) != 0 || len(r.w.calling) != 0 {
			t.Errorf("known: %v, calling: %v", r.w.standing, r.w.calling)
		}
	})
}
