package telagent_test

import (
	"fmt"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/telagent"
)

// TestANumberThatTheRulesOfTodayDenyIsNotRungAfterARestart starts a Floor with stricter rules than those under which
// its numbers were put there.
func TestANumberThatTheRulesOfTodayDenyIsNotRungAfterARestart(t *testing.T) {
	wide := telagent.Settings{Dial: anything, Trunks: []telagent.Trunk{{Name: "north"}}}
	f := telagent.New(wide, telagent.State{}, func() string { return "id" })
	for _, c := range []telagent.Command{
		telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+18005550100"}, Strategy: "longest_idle", Priority: 5}},
		telagent.PutAgent{Entry: telagent.Agent{
			ID: "ana", Name: "Ana", Team: "support", Numbers: []string{"+41441234567", "+49301234567"}, Queues: map[string]int{"support": 1},
		}},
		telagent.Switch{Agent: "ana", Number: "+43123456789"},
	} {
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	for _, c := range []struct {
		rules  dialplan.Rules
		device string
		rung   bool
	}{
		{dialplan.Rules{Allow: []string{"AT"}}, "+43123456789", true},
		{dialplan.Rules{}, "+41441234567", true}, // what was typed needs a rule; his own number is one
		{dialplan.Rules{Allow: []string{"+"}, Deny: []string{"AT", "CH"}}, "+49301234567", true},
		{dialplan.Rules{Allow: []string{"+"}, Deny: []string{"AT", "CH", "DE"}}, "", false},
	} {
		n := 0
		strict := telagent.Settings{Dial: c.rules, Trunks: wide.Trunks}
		again := telagent.New(strict, f.State(), func() string { n++; return fmt.Sprint("id", n) })
		if a := again.View(start).Agents[0]; a.Device != c.device || (a.Reachable == "unreachable") == c.rung {
			t.Errorf("under %+v, %q is shown as %s", c.rules, a.Device, a.Reachable)
		}
		out := again.Handle(start.Add(time.Second), call.Invited{Leg: "c", From: call.Party{Number: "+491701"}, To: "+18005550100", Source: call.Source{Trunk: "north"}})
		rung := ""
		for _, a := range out.Actions {
			if d, ok := a.(call.Dial); ok {
				rung = d.Target.Number
			}
		}
		if rung != c.device {
			t.Errorf("under %+v, %q is rung", c.rules, rung)
		}
		if wrong := again.Check(); len(wrong) > 0 {
			t.Errorf("under %+v: %q", c.rules, wrong)
		}
	}
}
