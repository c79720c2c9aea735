package telagent_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// TestNothingIsDialledForAnAgentThatTheRulesOfTodayRefuse puts numbers under rules that allow everything, then walks every
// way on which an agent's phone is rung, under rules that allow nothing of what was typed and deny what was listed.
func TestNothingIsDialledForAnAgentThatTheRulesOfTodayRefuse(t *testing.T) {
	const own, typed, listed = "+41441234567", "+43123456789", "+442071234567"
	invited := func(leg call.LegID) call.Event {
		return call.Invited{Leg: leg, From: call.Party{Number: "+491701"}, To: "+800", Source: call.Source{Trunk: "north"}}
	}
	talk := func(w *refusing) { // ana is in a call on her softphone
		w.do(telagent.Switch{Agent: "ana", Back: true})
		w.handle(invited("in"))
		w.handle(call.Answered{Leg: w.last})
	}
	for name, way := range map[string]func(w *refusing){
		"an offer":            func(w *refusing) { w.handle(invited("in")) },
		"an offer, once more": func(w *refusing) { w.handle(invited("in")); w.tick(time.Minute) },
		"a colleague calls": func(w *refusing) {
			w.handle(call.Invited{Leg: "in", From: call.Party{Number: "ben"}, To: "ana", Source: call.Source{AOR: "ben"}})
		},
		"a switch while talking":           func(w *refusing) { talk(w); w.do(telagent.Switch{Agent: "ana"}) },
		"a switch to what is typed":        func(w *refusing) { talk(w); w.do(telagent.Switch{Agent: "ana", Number: typed}) },
		"a switch to an authorised number": func(w *refusing) { talk(w); w.do(telagent.Switch{Agent: "ana", Number: listed}) },
		"a switch of an agent who is rung": func(w *refusing) {
			w.do(telagent.Switch{Agent: "ana", Back: true})
			w.handle(invited("in"))
			w.do(telagent.Switch{Agent: "ana"})
			w.do(telagent.Switch{Agent: "ana", Number: listed})
		},
		"a switch of who is cut off": func(w *refusing) {
			talk(w)
			w.handle(call.Ended{Leg: w.last, How: call.LegLost, Cause: call.Lost})
			w.do(telagent.Switch{Agent: "ana"})
		},
		"a switch of many":               func(w *refusing) { talk(w); w.do(telagent.SwitchMany{Who: telagent.Selection{Team: "support"}}) },
		"a test call":                    func(w *refusing) { w.do(telagent.TestCall{Agent: "ana"}) },
		"a test call of a listed number": func(w *refusing) { w.do(telagent.TestCall{Agent: "ana", Number: listed}) },
		"a test call of what is typed":   func(w *refusing) { w.do(telagent.TestCall{Agent: "ana", Number: typed}) },
		"a consultation": func(w *refusing) {
			w.do(telagent.SetStatus{Agent: "ben", Status: presence.Available})
			w.handle(invited("in"))
			w.handle(call.Answered{Leg: w.last})
			w.do(telagent.AddGuest{Call: w.call(), Agent: "ana", Mode: telagent.Consult})
		},
	} {
		for _, at := range []string{"", typed} { // where ana was a Telagent before
			w := newRefusing(t, at, own, listed)
			way(w)
			if len(w.rung) > 0 {
				t.Errorf("%s, from %q: %q is rung", name, at, w.rung)
			}
			if wrong := w.f.Check(); len(wrong) > 0 {
				t.Errorf("%s: %q", name, wrong)
			}
		}
	}
}

// refusing is a Floor whose dial rules became stricter than its numbers.
type refusing struct {
	f    *telagent.Floor
	last call.LegID // that was dialled
	rung []string   // numbers
	now  time.Time
}

func newRefusing(t *testing.T, at string, own, listed string) *refusing {
	t.Helper()
	w := &refusing{now: start}
	n := 0
	id := func() string { n++; return fmt.Sprint("id", n) }
	trunks := []telagent.Trunk{{Name: "north"}}
	w.f = telagent.New(telagent.Settings{Dial: anything, Trunks: trunks}, telagent.State{}, id)
	commands := []telagent.Command{
		telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5}},
		telagent.PutAgent{Entry: telagent.Agent{ID: "ana", Name: "Ana", Team: "support", Numbers: []string{own}, Queues: map[string]int{"support": 1}}},
		telagent.PutAgent{Entry: telagent.Agent{ID: "ben", Name: "Ben", Team: "sales", Queues: map[string]int{"support": 2}}},
		telagent.Switch{Agent: "ana", Number: at},
		telagent.PutAgent{Entry: telagent.Agent{ // from now on something else may not be named
			ID: "ana", Name: "Ana", Team: "support", Numbers: []string{own}, Authorised: []string{listed}, Queues: map[string]int{"support": 1},
		}},
		telagent.SetStatus{Agent: "ben", Status: presence.NotReady},
	}
	for _, c := range commands {
		if _, err := w.f.Do(w.now, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	strict := dialplan.Rules{Allow: []string{"DE"}, Deny: []string{"CH", "GB"}}
	w.f = telagent.New(telagent.Settings{Dial: strict, Trunks: trunks}, w.f.State(), id)
	w.handle(call.Bound{AOR: "ana"})
	w.handle(call.Bound{AOR: "ben"})
	return w
}

func (w *refusing) do(c telagent.Command) {
	out, _ := w.f.Do(w.now, c)
	w.took(out)
}

func (w *refusing) handle(e call.Event) { w.took(w.f.Handle(w.now, e)) }

func (w *refusing) tick(d time.Duration) {
	for end := w.now.Add(d); ; {
		due, ok := w.f.Next()
		if !ok || due.After(end) {
			w.now = end
			return
		}
		w.now = due
		w.took(w.f.Tick(due))
	}
}

func (w *refusing) took(out telagent.Outcome) {
	for _, a := range out.Actions {
		if d, is := a.(call.Dial); is {
			if w.last = d.Leg; d.Target.Device == call.PSTN {
				w.rung = append(w.rung, d.Target.Number)
			}
		}
	}
}

func (w *refusing) call() call.ID {
	calls := w.f.View(w.now).Calls
	i := slices.IndexFunc(calls, func(c telagent.CallView) bool { return c.State == "talking" })
	if i < 0 {
		return ""
	}
	return calls[i].ID
}
