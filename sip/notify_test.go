package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestOneNOTIFYIsOnItsWayAtATimeAndTheNewestStateWins(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence")
		s.subscribe(3600, "")
		s.learn(s.hears(200))
		first := s.notified()
		for _, status := range []string{"away", "on_break", "not_ready"} {
			r.w.Show("ana", Presence{User: "ana", Status: status})
			s.hearsNothing()
		}
		s.answer(first, 200, "", "")
		r.is(s.told(200), "active open+busy not_ready")
		s.hearsNothing()
	}, people)
}

func TestWhoWatchesAWholeSiteIsToldOfAFewAtATimeAndOfTheNewestStateOfAll(t *testing.T) {
	const site = 3 * notifiesAtOnce
	bubble(t, func(r *rig) {
		p, watchers := r.peer("watcher", "203.0.113.30:5060"), map[string]*watcher{}
		for i := range site {
			s := p.watcher("ben", agentAt(i), "presence")
			s.begins(3600)
			watchers[s.id] = s
		}
		show := func(status string) {
			for i := range site {
				r.w.Show(agentAt(i), Presence{User: agentAt(i), Status: status, Activity: "idle"})
			}
			r.settle()
		}
		// answer takes as many NOTIFYs as are here, and says how many are then.
		answer := func(want string) int {
			for range len(p.got) {
				req := p.asked("NOTIFY")
				s := watchers[req.CallID().Value()]
				r.is(s.read(req), want)
				s.answer(req, 200, "", "")
			}
			r.settle()
			return len(p.got)
		}
		r.pass(time.Minute) // a burst is allowed again
		show("away")
		first := len(p.got)
		show("not_ready")
		second := answer("closed+away away")
		third := answer("open+busy not_ready")
		if first != notifiesAtOnce || second != notifiesAtOnce || third != notifiesAtOnce {
			t.Errorf("%d, %d, %d NOTIFYs at once, want %d", first, second, third, notifiesAtOnce)
		}
		told := 2 * notifiesAtOnce // the second and the third time
		for n := answer("open+busy not_ready"); n > 0; n = answer("open+busy not_ready") {
			told += n
		}
		if told != site {
			t.Errorf("%d of %d are shown as they are", told, site)
		}
	}, func(o *Options) {
		people(o)
		for i := range site {
			o.People[agentAt(i)] = Presence{User: agentAt(i), Status: "available", Activity: "idle"}
		}
	})
}

func agentAt(i int) string { return fmt.Sprint("agent", i) }

func TestNOTIFYsKeepTheRateOfTheirEventPackage(t *testing.T) {
	for _, c := range []struct {
		event string
		every time.Duration
		last  string
	}{
		{"presence", 5 * time.Second, "open available"},
		{"dialog", time.Second, "d-c598 recipient terminated"},
	} {
		t.Run(c.event, func(t *testing.T) {
			bubble(t, func(r *rig) {
				s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", c.event)
				s.begins(3600)
				began, heard := time.Now(), 0
				for i := range 300 {
					r.w.Show("ana", Presence{User: "ana", Status: "in_line", Activity: "talking", Call: call.ID(fmt.Sprint("c", 2*i))})
					r.pass(100 * time.Millisecond)
					heard += s.answers()
					r.w.Show("ana", Presence{User: "ana", Status: "available", Activity: "idle"})
					r.pass(100 * time.Millisecond)
					heard += s.answers()
				}
				most := int(time.Since(began)/c.every) + burst
				if heard > most || heard < most-2 {
					t.Errorf("%d in a minute, want %d", heard, most)
				}
				r.pass(time.Minute)
				if n := s.answers(); n > 1 || s.last != c.last {
					t.Errorf("%d more, and the last says %q", n, s.last)
				}
			}, people)
		})
	}
}

// answers answers every NOTIFY that came in and returns how many there were.
func (s *watcher) answers() (n int) {
	s.r.Helper()
	for {
		s.r.settle()
		if len(s.got) == 0 {
			return n
		}
		req := s.notified()
		s.answer(req, 200, "", "")
		s.last = s.read(req)
		n++
	}
}

func TestAWatcherThatDoesNotTakeANOTIFYIsNoWatcherAnyMore(t *testing.T) {
	for _, status := range []int{481, 404, 403, 500, 0} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			bubble(t, func(r *rig) {
				s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence")
				s.begins(3600)
				r.w.Show("ana", Presence{User: "ana", Status: "away"})
				req := s.notified()
				if status != 0 {
					s.answer(req, status, "", "")
				} else {
					r.pass(giveUp() + time.Second)
					for len(s.got) > 0 {
						if again := s.asked("NOTIFY"); again.CSeq().SeqNo != req.CSeq().SeqNo {
							t.Errorf("another NOTIFY before the first was answered:\n%v", again)
						}
					}
				}
				r.settle()
				r.watches(0)
				r.w.Show("ana", Presence{User: "ana", Status: "available"})
				s.hearsNothing()
			}, people)
		})
	}
}

func TestAWatcherWhoSaysWhenToTryAgainIsTriedThen(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence")
		s.begins(3600)
		r.w.Show("ana", Presence{User: "ana", Status: "away"})
		s.answer(s.notified(), 503, "", "Retry-After: 20 (busy)\n")
		r.w.Show("ana", Presence{User: "ana", Status: "not_ready"})
		r.pass(19 * time.Second)
		s.hearsNothing()
		r.pass(time.Second)
		r.is(s.told(200), "active open+busy not_ready")
	}, people)
}

func TestAWatcherOverAConnectionThatIsGoneIsDroppedAndOneThatCameBackIsTold(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("watcher", "203.0.113.30")
		gone, back := p.watcher("ben", "ana", "presence"), p.watcher("ben", "ana", "dialog")
		gone.begins(3600)
		back.begins(3600)
		p.close()
		r.settle()
		r.w.Show("ana", Presence{User: "ana", Status: "away", Activity: "idle"})
		r.settle()
		r.watches(1)
		q := r.connect("watcher", "203.0.113.30")
		q.branch = p.branch
		back.peer = q
		back.subscribe(3600, "")
		back.hears(200)
		r.is(back.told(200), "active ")
		r.w.Show("ana", Presence{User: "ana", Status: "ringing", Activity: "offered", Call: "c1"})
		r.is(back.told(200), "active d-c1 recipient early")
	}, people)
}

func TestSubscriptionsOfOneUserAreBoundedAndEndedOnesMakeRoom(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("watcher", "203.0.113.30:5060")
		last := (*watcher)(nil)
		for range watchesOfOne {
			last = p.watcher("ben", "ana", "dialog")
			last.begins(3600)
		}
		s := p.watcher("ben", "ana", "dialog")
		s.subscribe(3600, "")
		s.hears(403)
		other := p.watcher("ana", "ana", "dialog")
		other.begins(3600)
		last.subscribe(0, "")
		last.hears(200)
		last.told(200)
		s = p.watcher("ben", "ana", "dialog")
		s.begins(3600)
		r.watches(watchesOfOne + 1)
	}, people)
}

func TestAStatusThatIsHostileStaysInItsPlaceAndSmall(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence")
		s.begins(3600)
		evil := "</note></tuple>\r\n\r\n\x00&<![CDATA[" + strings.Repeat("ü]]>", 500)
		r.w.Show("ana", Presence{User: "ana", Status: "on_break", Reason: evil})
		want := strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(cut(evil, longestReason))
		r.is(s.told(200), "active open+away+other on_break: "+want)
	}, people)
}

func TestANewStateShownManyTimesTakesNoRoom(t *testing.T) {
	bubble(t, func(r *rig) {
		stop := make(chan struct{})
		r.w.board.in.put(func() { <-stop })
		for i := range 10_000 {
			r.w.Show("ana", Presence{User: "ana", Status: []string{"away", "available"}[i%2]})
		}
		r.w.board.in.mu.Lock()
		n := len(r.w.board.in.items)
		r.w.board.in.mu.Unlock()
		close(stop)
		if n > 2 {
			t.Errorf("%d items wait for the board", n)
		}
	}, people)
}
