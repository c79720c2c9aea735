package sip

import (
	"context"
	"fmt"
	"testing"
	"time"
	"unsafe"

	"telagent-gateway/call"
)

func TestAPhoneOverUDPIsRungRightAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		r.settle()
		r.restart()
		r.reported(call.Located{AOR: "ana", Address: p.addr.Addr()})
		r.reported(call.Bound{AOR: "ana"})
		if list := r.w.Phones(); len(list) != 1 || list[0].AOR != "ana" || list[0].Source != p.addr.String() {
			t.Errorf("phones: %+v", list)
		}
		r.do(toAna)
		p.talksUntilLetGo(p.asked("INVITE"))
	})
}

// setClock is what a time becomes when somebody sets the clock on the wall: time.Time has both that and the time that passes.
func setClock(t time.Time, by time.Duration) time.Time {
	inside := (*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&t))
	inside.wall += uint64(by/time.Second) << 30
	return t
}

func TestAClockThatIsSetAfterARestartUnbindsNoPhone(t *testing.T) {
	now := time.Now()
	set := setClock(now, 2*time.Hour)
	if set.Sub(now) != 0 || set.Round(0).Sub(now.Round(0)) != 2*time.Hour {
		t.Fatal("time.Time is made otherwise than this test believes")
	}
	b := binding{Expires: now.Add(10 * time.Minute).Round(0), Updated: now.Add(-time.Minute).Round(0), life: &life{placed: now.Round(0)}}
	b.steady(now)
	if left, ago := b.Expires.Sub(set), set.Sub(b.Updated); left != 10*time.Minute || ago != time.Minute {
		t.Errorf("it lasts for %v more and was refreshed %v ago", left, ago)
	}
	b = binding{Expires: now.Add(3 * time.Hour).Round(0), Updated: now.Add(2 * time.Hour).Round(0), life: &life{placed: now.Add(2 * time.Hour).Round(0)}}
	b.steady(now) // the clock was set back before
	if b.Expires.Sub(now) != mostExpires || b.Updated.After(now) || b.life.placed.After(now) || !b.life.answered.IsZero() {
		t.Errorf("after it was set back: %+v, %+v", b, *b.life)
	}
}

func TestAPhoneWhoseConnectionEndedWithTheProcessIsRungWhenItIsBack(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.settle()
		r.restart()
		r.nothingReported()
		r.do(toAna)
		r.pass(2 * time.Second)
		r.nothingReported()
		p = r.connect("ana", "203.0.113.20")
		p.registers("ana")
		p.talksUntilLetGo(p.asked("INVITE"))
		r.nothingReported()
	})
}

func TestAPhoneWhoseConnectionEndedWithTheProcessIsNotWaitedForForLong(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.settle()
		r.restart()
		began := time.Now()
		r.do(toAna)
		r.reported(call.Failed{Leg: "out", Cause: call.Unreachable})
		if d := time.Since(began); d < ringWait || d > 2*ringWait {
			t.Errorf("it was waited for %v", d)
		}
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
		if d := time.Since(began); d < returnTime || d > returnTime+time.Second {
			t.Errorf("it was missed after %v", d)
		}
		r.do(toAna)
		r.reported(call.Failed{Leg: "out", Cause: call.Unreachable})
		p = r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.reported(call.Seen{Sign: call.Flow, AOR: "ana"})
	})
}

func TestAPhoneThatNeverComesBackAfterARestartIsForgotten(t *testing.T) {
	bubble(t, func(r *rig) {
		r.connect("ana", "203.0.113.20").registers("ana")
		r.settle()
		r.restart()
		r.restart() // soon after, and it is known still
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
		r.pass(2 * time.Hour)
		if n := r.memoir.phones(); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

func TestAContactThatExpiredMeanwhileIsGoneAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		softphone(r)
		r.settle()
		r.w.Abandon()
		r.pass(2 * time.Hour)
		r.rise()
		r.nothingReported()
		if n := r.memoir.phones(); n != 0 || len(r.w.Phones()) != 0 {
			t.Errorf("%d are kept, phones: %+v", n, r.w.Phones())
		}
	})
}

func TestWhoSignsOffIsNotKept(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		r.settle()
		if n := r.memoir.phones(); n != 1 {
			t.Errorf("%d are kept", n)
		}
		c := p.caller("")
		c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
		c.prove("REGISTER", "Contact: *\nExpires: 0\n", "ana")
		c.hears(200)
		r.settle()
		if n := r.memoir.phones(); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

func TestManyRefreshesAreKeptInAWhileAndChangesAtOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		const phones = 300
		all := make([]*caller, phones)
		peer := r.peer("line", "203.0.113.20:5062")
		for i := range all {
			user := fmt.Sprintf("user%d", i)
			c := peer.caller("")
			c.target, c.to, c.from = "sip:"+realm, "<sip:"+user+"@"+realm+">", "<sip:"+user+"@"+realm+">;tag=r"
			c.headers = fmt.Sprintf("Contact: <sip:%s@%s>\nExpires: 3600\n", user, peer.addr)
			c.prove("REGISTER", "", user)
			c.hears(200)
			r.event()
			r.event()
			all[i] = c
		}
		r.settle()
		if n := r.memoir.phones(); n != phones {
			t.Fatalf("%d are kept at once", n)
		}
		before := r.memoir.count()
		for i, c := range all {
			c.prove("REGISTER", "", fmt.Sprintf("user%d", i))
			c.hears(200)
		}
		r.settle()
		if n := r.memoir.count() - before; n > rememberMost {
			t.Errorf("%d refreshes were kept at once", n)
		}
		r.pass(phones / rememberMost * rememberEvery)
		if n := r.memoir.count() - before; n != phones {
			t.Errorf("%d refreshes were kept", n)
		}
	})
}

func TestAFrozenWireHasKeptEveryRefresh(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		r.settle()
		before := r.memoir.count()
		p.registersAgain("ana")
		if err := r.w.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := r.memoir.count() - before; n != 1 {
			t.Errorf("kept %d times", n)
		}
	})
}

func TestContactsThatCannotBeReadAreForgottenAndDoNotStopTheStart(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "no JSON": "[", "another version": `{"Version": 2}`, "none": `{"Version": 1}`,
		"no address": `{"Version": 1, "Bindings": [{"URI": "sip:a@b", "Network": "UDP"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.w.Abandon()
				r.memoir.keepContact("aor:ana", []byte(raw))
				r.rise()
				r.nothingReported()
				if n := r.memoir.phones(); n != 0 {
					t.Errorf("%d are kept", n)
				}
				softphone(r)
			})
		})
	}
}
