package sip

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"telagent-gateway/call"
)

func TestAFrozenWireReadsNothingUntilItIsThawed(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		if err := r.w.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		c.ask("INVITE", withSDP)
		c.hearsNothing()
		if err := r.w.Freeze(context.Background()); err == nil {
			t.Error("it froze twice")
		}
		r.w.Thaw()
		c.hears(200)
		c.ask("ACK", "")
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
	})
}

func TestAFrozenWireHasDoneWhatItRead(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		c.ask("INVITE", withSDP) // read, and then the wire freezes
		r.settle()
		if err := r.w.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		c.hears(200)
		r.restart()
		c.hears(200) // again, until it is acknowledged
		c.ask("ACK", "")
		r.settle()
		r.pass(giveUp() * 2)
		c.answer(c.asked("OPTIONS"), 200, "", "")
	})
}

func TestAWireThatTakesItsLegsBackUsesNoNumberThatTheOtherOneUsed(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		if err := r.w.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		kept, err := decodeKept(r.memoir.holds("in-1"))
		if err != nil {
			t.Fatal(err)
		}
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal}) // was ordered while it stood still
		r.w.Reclaim()
		r.w.Thaw()
		if bye := c.asked("BYE"); bye.CSeq().SeqNo <= kept.Dialog.LocalSeq+spareSeq/2 {
			t.Errorf("CSeq %d, and another process began at %d", bye.CSeq().SeqNo, kept.Dialog.LocalSeq)
		} else {
			c.answer(bye, 200, "", "")
		}
	})
}

func TestAWireThatTakesItsWatchersBackUsesNoNumberThatTheOtherOneUsed(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("ben", "203.0.113.21:5062").watcher("ben", "ana", "dialog")
		s.begins(1800)
		r.settle()
		if err := r.w.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		kept := keptWatch{}
		for key, raw := range r.memoir.contacts {
			if strings.HasPrefix(key, watchKey) && json.Unmarshal(raw, &kept) != nil {
				t.Fatal("nothing can be read of it")
			}
		}
		r.w.Reclaim()
		r.w.Thaw()
		r.w.Show("ana", Presence{User: "ana", Status: "in_line", Activity: "talking", Call: "c1"})
		req := s.notified()
		if req.CSeq().SeqNo <= kept.Dialog.LocalSeq+spareSeq/2 || strings.Contains(string(req.Body()), `version="1" `) {
			t.Errorf("another process began at %d and %d:\n%v", kept.Dialog.LocalSeq, kept.Told, req)
		}
		s.answer(req, 200, "", "")
	}, people)
}

func TestAWireThatIsAbandonedSaysNothingMoreWhateverWaits(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20") // what comes over a connection is read all the same
		leg, c := phoned(r, p)
		r.calls.Store(true)
		r.settle()
		if err := r.w.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		kept := r.memoir.holds(leg)
		c.ask("BYE", "")
		r.do(call.Hangup{Leg: leg, Cause: call.Normal})
		r.settle()
		r.w.Abandon()
		r.settle()
		select {
		case m := <-c.got:
			t.Errorf("the phone got\n%v", m)
		default:
		}
		if !bytes.Equal(r.memoir.holds(leg), kept) {
			t.Error("what was kept of its leg is another")
		}
		r.rise()
	})
}

func TestAWireOnRealSocketsFreezesAndThaws(t *testing.T) {
	loopback(t, func(r *rig) {
		p := r.peer("ana", "127.0.0.1:0")
		p.registers("ana")
		for range 3 {
			if err := r.w.Freeze(context.Background()); err != nil {
				t.Fatal(err)
			}
			p.write([]byte(optionsText(p, 1)))
			r.w.Thaw()
			p.hears(200)
		}
	})
}
