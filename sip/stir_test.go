package sip

import (
	"fmt"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// freezes lets a phone that is registered give no answer until its answers are missed, and returns what it was asked.
func freezes(r *rig, p *peer) (asked []*sip.Request) {
	r.Helper()
	r.do(toAna)
	p.answer(p.asked("INVITE"), 200, "a", withSDP)
	p.asked("ACK")
	r.reported(call.Answered{Leg: "out"})
	r.w.Ask("out")
	r.reported(call.Missed{Sign: call.Answers, AOR: "ana"})
	return p.collect()
}

func TestAnAnswerThatComesLateIsASignOfLifeAtOnce(t *testing.T) {
	for _, first := range []bool{true, false} {
		bubble(t, func(r *rig) {
			p := r.peer("ana", "203.0.113.20:5062")
			p.bound("ana")
			asked := freezes(r, p)
			late := asked[0]
			if !first {
				late = asked[len(asked)-1]
			}
			began := time.Now()
			p.answer(late, 200, "o", "")
			r.reported(call.Seen{Sign: call.Answers, AOR: "ana"})
			p.answer(late, 200, "o", "") // once more says nothing new
			r.nothingReported()
			if passed := time.Since(began); passed != 0 {
				t.Errorf("seen after %v", passed)
			}
			for aor, rec := range r.w.desk.registrar.records {
				if rec.bindings[0].life.misses != 0 {
					t.Errorf("%s still has misses", aor)
				}
			}
		}, asksPhones)
	}
}

func TestAnAnswerThatIsTooOldSaysNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		p.bound("ana")
		asked := freezes(r, p)
		r.pass(lateFor + time.Second)
		p.collect()
		p.answer(asked[0], 200, "o", "")
		r.nothingReported()
		l := &r.w.pulse.late
		if len(l.by) > 12 || len(l.by) != len(l.order) {
			t.Errorf("%d questions are kept, %d in order", len(l.by), len(l.order))
		}
	}, asksPhones)
}

func TestWhateverAFrozenPhoneSendsIsASignOfLife(t *testing.T) {
	for what, does := range map[string]func(r *rig, p *peer, in *caller){
		"a ping":                      func(_ *rig, p *peer, _ *caller) { p.write([]byte("\r\n\r\n")) },
		"a request in its dialog":     func(_ *rig, _ *peer, in *caller) { in.ask("INFO", ""); in.hears(200) },
		"a REGISTER without a proof":  func(_ *rig, p *peer, _ *caller) { p.asks("REGISTER", "ana", "") },
		"an OPTIONS of somebody else": func(_ *rig, p *peer, _ *caller) { p.asks("OPTIONS", "anybody", "") },
	} {
		t.Run(what, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connect("ana", "203.0.113.20")
				p.bound("ana")
				r.do(toAna)
				invite := p.asked("INVITE")
				p.answer(invite, 200, "a", withSDP)
				p.asked("ACK")
				r.reported(call.Answered{Leg: "out"})
				r.w.Ask("out")
				r.reported(call.Missed{Sign: call.Answers, AOR: "ana"})
				p.collect()
				does(r, p, p.callee(invite, "a"))
				r.reported(call.Seen{Sign: call.Answers, AOR: "ana"})
			}, asksPhones)
		})
	}
}

func TestOverUDPOnlyWhoProvesHimselfOrKnowsADialogIsASignOfLife(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		p.bound("ana")
		r.do(toAna)
		invite := p.asked("INVITE")
		p.answer(invite, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.w.Ask("out")
		r.reported(call.Missed{Sign: call.Answers, AOR: "ana"})
		p.collect()
		p.asks("OPTIONS", "anybody", "") // anybody can write her address above a datagram
		p.asks("REGISTER", "ana", "")
		r.nothingReported()
		c := p.callee(invite, "a")
		c.ask("INFO", "")
		c.hears(200)
		r.reported(call.Seen{Sign: call.Answers, AOR: "ana"})
		if n := r.w.desk.registrar.silent.Load(); n != 0 {
			t.Errorf("%d phones are silent", n)
		}
	}, asksPhones)
}

func TestHowManyPhonesAreSilentIsKnownWhateverBecomesOfThem(t *testing.T) {
	o := newOffice()
	for n := range 3 {
		o.send(t, "ana", phoneAt(fmt.Sprintf("203.0.113.%d:5060", n+1)), fmt.Sprintf("Contact: <sip:ana@203.0.113.%d>", n+1))
	}
	silence := func(uri string) {
		q := question{"ana", uri}
		o.answered(q, true)
		for range missesAtMost + 1 {
			o.unanswered(q)
		}
	}
	for n := range 3 {
		silence(fmt.Sprintf("sip:ana@203.0.113.%d", n+1))
	}
	if got := o.silent.Load(); got != 1 {
		t.Errorf("%d addresses are silent, want 1: all contacts are", got)
	}
	o.send(t, "ana", phoneAt("203.0.113.1:5060"), "Contact: *", "Expires: 0")
	if got := o.silent.Load(); got != 0 {
		t.Errorf("%d addresses are silent after the phone signed off", got)
	}
}
