package telagent_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// customer lets somebody call the queue, and says which legs are rung for him.
func customer(f *telagent.Floor, now time.Time, leg, number string) (rung []call.Dial, actions []call.Action) {
	out := f.Handle(now, call.Invited{Leg: call.LegID(leg), From: call.Party{Number: number}, To: "+800", Source: call.Source{Trunk: "north"}})
	for _, a := range out.Actions {
		if d, ok := a.(call.Dial); ok {
			rung = append(rung, d)
		}
	}
	return rung, out.Actions
}

func TestALineWhoseQueueDoesNotSayIsFullAtItsDefault(t *testing.T) {
	f, _ := fragile(t)
	full := func(actions []call.Action) bool {
		return slices.ContainsFunc(actions, func(a call.Action) bool { s, ok := a.(call.Say); return ok && s.Prompt == call.Full })
	}
	for i := range telagent.DefaultWaiting {
		if _, actions := customer(f, start, fmt.Sprint("in", i), "+49170"); full(actions) {
			t.Fatalf("customer %d is told that the line is full", i+1)
		}
	}
	if _, actions := customer(f, start, "one more", "+49170"); !full(actions) {
		t.Errorf("one more than %d: %v", telagent.DefaultWaiting, actions)
	}
	if q := f.View(start).Queues[0]; q.Waiting != telagent.DefaultWaiting {
		t.Errorf("%d wait", q.Waiting)
	}
}

// TestTheLastAgentsOfManyCustomersAreRememberedAndNoMore lets customers talk with ana while ben, who is idle for longer,
// would be the next: who calls again gets ana as long as he is remembered.
func TestTheLastAgentsOfManyCustomersAreRememberedAndNoMore(t *testing.T) {
	const most = 10_000
	f, _ := fragile(t)
	do := func(c telagent.Command) {
		t.Helper()
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	do(telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5, Sticky: time.Hour}})
	do(telagent.PutAgent{Entry: telagent.Agent{ID: "ana", Name: "Ana", Team: "support", Queues: map[string]int{"support": 1}, WrapUp: -1}})
	do(telagent.SetStatus{Agent: "ana", Status: presence.Available})
	now := start
	for i := range most + 1 {
		now = now.Add(time.Millisecond)
		leg := fmt.Sprint("in", i)
		rung, _ := customer(f, now, leg, fmt.Sprint("+49", 1_000_000+i))
		if len(rung) != 1 {
			t.Fatalf("customer %d: %d are rung", i, len(rung))
		}
		f.Handle(now, call.Answered{Leg: rung[0].Leg})
		f.Handle(now, call.Ended{Leg: call.LegID(leg), How: call.HungUp, Cause: call.Normal})
		f.Handle(now, call.Ended{Leg: rung[0].Leg, How: call.HungUp, Cause: call.Normal})
	}
	do(telagent.PutAgent{Entry: telagent.Agent{ID: "ben", Name: "Ben", Team: "support", Queues: map[string]int{"support": 1}}})
	f.Handle(start, call.Bound{AOR: "ben"})
	do(telagent.SetStatus{Agent: "ben", Status: presence.Available})
	for i, want := range map[int]string{0: "ben", 1: "ana", most: "ana"} {
		leg := fmt.Sprint("again", i)
		rung, _ := customer(f, now, leg, fmt.Sprint("+49", 1_000_000+i))
		if len(rung) != 1 || rung[0].Target.AOR != want {
			t.Errorf("customer %d is offered to %v, want %s", i, rung, want)
		}
		f.Handle(now, call.Ended{Leg: call.LegID(leg), How: call.HungUp, Cause: call.Normal})
	}
}
