package telagent_test

import (
	"fmt"
	"slices"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/telagent"
)

// numbered is a floor whose directory has everything that may be odd about numbers.
func numbered(t *testing.T) *telagent.Floor {
	t.Helper()
	ids := 0
	f := telagent.New(telagent.Settings{
		Dial: dialplan.Rules{
			Region: "DE", Allow: []string{"DE"}, Deny: []string{"+49170"},
			CallerID: dialplan.CallerID{Default: "+49301110", Agents: map[string]string{"ben": "+49301119"}},
		},
		AccessNumber: "+49301112", AccessNumbers: []string{"0301113"},
		Trunks: []telagent.Trunk{{Name: "north", Channels: 1}, {Name: "south", Priority: 1}},
	}, telagent.State{}, func() string {
		ids++
		return fmt.Sprint("id", ids)
	})
	for _, c := range []telagent.Command{
		telagent.PutUser{User: telagent.User{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"}}},
		telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+493011100", "+49301112"}, Strategy: "longest_idle", Priority: 5}},
		telagent.PutQueue{Queue: telagent.Queue{Name: "sales", Numbers: []string{"03011100"}, Strategy: "longest_idle", Priority: 5}},
		telagent.PutQueue{Queue: telagent.Queue{Name: "lost", Strategy: "longest_idle", Priority: 5}},
		telagent.PutAgent{Entry: telagent.Agent{ID: "ana", Name: "Ana", Team: "support", Numbers: []string{"+493022200", "+493011100"}, Direct: []string{"+493033300"}}},
		telagent.PutAgent{Entry: telagent.Agent{ID: "ben", Name: "Ben", Team: "sales", Numbers: []string{"+493022200"}}},
	} {
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	return f
}

func TestEveryNumberIsKnownWithWhatItIsForAndWhatIsOddAboutIt(t *testing.T) {
	var got []string
	for _, n := range numbered(t).KnownNumbers() {
		line := fmt.Sprintf("%s %s %s%s", n.Number, n.Use, n.Queue, n.Agent)
		for _, o := range n.Odd {
			line += " " + o.Code
		}
		got = append(got, line)
	}
	want := []string{
		" called lost no_number",
		"+49301110 shown ",
		"+493011100 called support spelling",
		"+493011100 phone ana loop loop",
		"03011100 called sales spelling",
		"+49301112 called support",
		"+49301112 access  hidden",
		"0301113 access  shut",
		"+49301119 shown ben",
		"+493022200 phone ana shared",
		"+493022200 phone ben shared",
		"+493033300 called ana",
	}
	if !slices.Equal(got, want) {
		t.Errorf("known are\n%q, not\n%q", got, want)
	}
}

func TestTryingANumberSaysWhereItLeadsAndDialsNothing(t *testing.T) {
	f := numbered(t)
	f.Handle(start, call.TrunkDown{Trunk: "south", Problem: "gone"})
	for _, c := range []struct{ by, agent, number, leads, to, code string }{
		{"", "", "112", "emergency", "112", ""},
		{"", "", "030 1234567", "outside", "+49301234567", ""},
		{"", "", "0170 1234567", "outside", "+491701234567", "number_not_allowed"},
		{"", "", "+41441234567", "outside", "+41441234567", "number_not_allowed"},
		{"", "", "what", "outside", "", "unknown_number"},
		{"", "", "*71", "feature", "available", ""},
		{"", "", "+493011100", "queue", "support", "is_queue"},
		{"boss", "ana", "+493033300", "agent", "ana", ""},
		{"boss", "ana", "ben", "agent", "", ""}, // of another team
	} {
		before := f.View(start)
		got, err := f.Try(start, c.by, c.agent, c.number)
		code := ""
		if got.Refusal != nil {
			code = got.Refusal.Code
		}
		if err != nil || got.Leads != c.leads || got.To != c.to || code != c.code {
			t.Errorf("%q leads to %s %q, refused %q (%v), not to %s %q, refused %q", c.number, got.Leads, got.To, code, err, c.leads, c.to, c.code)
		}
		if after := f.View(start); len(after.Calls) != len(before.Calls) || after.Trunks[0] != before.Trunks[0] {
			t.Errorf("trying %q changed the floor", c.number)
		}
	}
	got, err := f.Try(start, "", "ben", "0301234567")
	if err != nil || got.Shown.Number != "+49301119" || len(got.Trunks) != 2 || !got.Trunks[0].Takes || got.Trunks[1].Why != "It is down." {
		t.Errorf("Ben's call shows %q and goes over %+v (%v)", got.Shown.Number, got.Trunks, err)
	}
	if _, err := f.Try(start, "boss", "ben", "112"); code(err) != "unknown_agent" {
		t.Errorf("boss tries for an agent of another team: %v", err)
	}
	if _, err := f.Try(start, "ana", "ana", "112"); code(err) != "not_supervisor" {
		t.Errorf("an agent tries: %v", err)
	}
}
