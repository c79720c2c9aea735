package sip

import (
	"strings"
	"testing"
	"time"
)

func TestAWatcherOverUDPIsToldOnAfterARestart(t *testing.T) {
	for _, event := range []string{"presence", "dialog"} {
		t.Run(event, func(t *testing.T) {
			bubble(t, func(r *rig) {
				s := r.peer("ben", "203.0.113.21:5062").watcher("ben", "ana", event)
				s.begins(1800)
				r.settle()
				r.restart()
				first := s.notified()
				if first.CSeq().SeqNo <= spareSeq {
					t.Errorf("CSeq %d was used before", first.CSeq().SeqNo)
				}
				s.answer(first, 200, "", "")
				r.w.Show("ana", Presence{User: "ana", Status: "on_break", Activity: "idle"})
				if event == "presence" {
					s.answer(s.notified(), 200, "", "")
				}
				s.prove("SUBSCRIBE", "Event: "+event+"\nExpires: 0\n", "ben") // within the dialog
				s.hears(200)
				s.answer(s.notified(), 200, "", "")
				r.settle()
				for key := range r.memoir.contacts {
					if len(key) > len(watchKey) && key[:len(watchKey)] == watchKey {
						t.Errorf("%s is kept", key)
					}
				}
			}, people)
		})
	}
}

func TestASubscriptionWhoseTimeIsOverIsNotTakenUp(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("ben", "203.0.113.21:5062").watcher("ben", "ana", "presence")
		s.begins(600)
		r.settle()
		r.w.Abandon()
		r.pass(20 * time.Minute)
		r.rise()
		r.pass(time.Minute)
		s.hearsNothing()
		if n := len(r.w.board.watches); n != 0 {
			t.Errorf("%d subscriptions", n)
		}
	}, people)
}

func TestManyWatchersAreToldOneAfterTheOther(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("ben", "203.0.113.21:5062")
		for range 40 {
			p.watcher("ben", "ana", "presence").begins(1800)
		}
		r.settle()
		r.restart()
		began := time.Now()
		for range 40 {
			p.answer(p.asked("NOTIFY"), 200, "", "")
		}
		if time.Since(began) < 500*time.Millisecond {
			t.Error("all were told at once")
		}
	}, people)
}

func TestAWatcherOverAConnectionIsToldOnWhenItIsBackAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ben", "203.0.113.21")
		p.registers("ben")
		r.calls.Store(true)
		s := p.watcher("ben", "ana", "dialog")
		s.begins(1800)
		r.settle()
		r.restart()
		r.w.Show("ana", Presence{User: "ana", Status: "in_line", Activity: "talking", Call: "c1"})
		r.pass(30 * time.Second)
		s.peer = r.connect("ben", "203.0.113.21")
		s.registersAgain("ben")
		first := s.notified()
		if first.CSeq().SeqNo <= spareSeq || !strings.Contains(string(first.Body()), "confirmed") {
			t.Errorf("wrong NOTIFY:\n%v", first)
		}
		s.answer(first, 200, "", "")
		r.w.Show("ana", Presence{User: "ana", Status: "available", Activity: "idle"})
		s.answer(s.notified(), 200, "", "")
		s.prove("SUBSCRIBE", "Event: dialog\nExpires: 0\n", "ben") // within the dialog
		s.hears(200)
		s.answer(s.notified(), 200, "", "")
	}, people)
}

func TestAWatcherWhoSubscribesAnewWhenHeIsBackHasOneSubscription(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ben", "203.0.113.21")
		p.registers("ben")
		r.calls.Store(true)
		p.watcher("ben", "ana", "dialog").begins(1800)
		r.settle()
		r.restart()
		r.pass(time.Second)
		p = r.connect("ben", "203.0.113.21")
		s := p.watcher("ben", "ana", "dialog")
		s.begins(1800)
		p.registersAgain("ben")
		r.pass(time.Minute)
		s.hearsNothing()
		if n := len(r.w.board.watches); n != 1 {
			t.Errorf("%d subscriptions", n)
		}
	}, people)
}

func TestAWatcherWhoDoesNotComeBackIsForgotten(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ben", "203.0.113.21")
		p.registers("ben")
		r.calls.Store(true)
		p.watcher("ben", "ana", "dialog").begins(1800)
		r.settle()
		r.restart()
		r.pass(11 * time.Minute)
		if n := len(r.w.board.watches); n != 0 {
			t.Errorf("%d subscriptions", n)
		}
	}, people, func(o *Options) { o.Longest = 10 * time.Minute })
}
