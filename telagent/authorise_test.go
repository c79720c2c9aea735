package telagent_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// office is a Floor with two teams: support has ana and ben, sales has zoe; a call of ana's is up.
func office(t *testing.T) (*telagent.Floor, call.ID) {
	t.Helper()
	ids := 0
	f := telagent.New(telagent.Settings{Dial: anything, Trunks: []telagent.Trunk{{Name: "north"}}}, telagent.State{}, func() string {
		ids++
		return "id-" + string(rune('a'+ids))
	})
	for _, c := range []telagent.Command{
		telagent.PutUser{User: telagent.User{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"}}},
		telagent.PutUser{User: telagent.User{Name: "vera", Role: telagent.SupervisorRole, Teams: []string{"sales"}}},
		telagent.PutUser{User: telagent.User{Name: "root", Role: telagent.AdminRole}},
		telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5}},
		telagent.PutAgent{Entry: person("ana", "support")},
		telagent.PutAgent{Entry: person("ben", "support")},
		telagent.PutAgent{Entry: person("zoe", "sales")},
		telagent.SignOn{By: "ana", Agent: "ana"},
		telagent.SetStatus{By: "ana", Agent: "ana", Status: presence.Available},
	} {
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	f.Handle(start, call.Bound{AOR: "ana"})
	f.Handle(start, call.Invited{Leg: "in", From: call.Party{Number: "+491701"}, To: "+800", Source: call.Source{Trunk: "north"}})
	calls := f.View(start).Calls
	if len(calls) != 1 || len(calls[0].Legs) != 2 {
		t.Fatalf("calls: %+v", calls)
	}
	f.Handle(start, call.Answered{Leg: calls[0].Legs[1].Leg})
	return f, calls[0].ID
}

func person(id, team string) telagent.Agent {
	numbers := map[string]string{"ana": "+493001", "ben": "+493002", "zoe": "+493003", "cem": "+493004"}
	return telagent.Agent{ID: id, Name: id, Team: team, Numbers: []string{numbers[id]}, Queues: map[string]int{"support": 1}}
}

func code(err error) string {
	var r *telagent.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

// TestWhoMayDoWhat walks every command against every kind of user: S02.
func TestWhoMayDoWhat(t *testing.T) {
	const mayNot, unknown, noAdmin = "not_supervisor", "unknown_agent", "not_admin"
	cases := map[string]tried{
		"switch": {
			func(by string, _ call.ID) telagent.Command { return telagent.Switch{By: by, Agent: "ana"} },
			[]string{"", "", "", unknown, mayNot, mayNot, mayNot},
		},
		"force logout": {
			func(by string, _ call.ID) telagent.Command { return telagent.ForceLogout{By: by, Agent: "ana"} },
			[]string{"", "", "", unknown, mayNot, mayNot, mayNot},
		},
		"set status": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.SetStatus{By: by, Agent: "ana", Status: presence.OnBreak}
			},
			[]string{"", "", "", unknown, "", mayNot, mayNot},
		},
		"sign on": {
			func(by string, _ call.ID) telagent.Command { return telagent.SignOn{By: by, Agent: "ana"} },
			[]string{"", "not_yourself", "not_yourself", "not_yourself", "", "not_yourself", "not_yourself"},
		},
		"end a call": {
			func(by string, id call.ID) telagent.Command { return telagent.EndCall{By: by, Call: id} },
			[]string{"", "", "", "unknown_call", "", mayNot, mayNot},
		},
		"hear a recording": {
			func(by string, id call.ID) telagent.Command {
				return telagent.Listen{By: by, Call: id, Agents: []string{"gone", "ana"}}
			},
			[]string{"", "", "", "unknown_call", mayNot, mayNot, mayNot},
		},
		"test a webhook": {
			func(by string, _ call.ID) telagent.Command { return telagent.TestWebhook{By: by, Webhook: "chat"} },
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
		"lift a ban": {
			func(by string, _ call.ID) telagent.Command { return telagent.LiftBan{By: by, Address: "192.0.2.7"} },
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
		"drain the gateway": {
			func(by string, _ call.ID) telagent.Command { return telagent.Drain{By: by} },
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
		"reload the configuration": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.Reload{By: by, Settings: telagent.Settings{Dial: anything, Trunks: []telagent.Trunk{{Name: "north"}}}}
			},
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
		"upgrade the gateway": {
			func(by string, _ call.ID) telagent.Command { return telagent.Upgrade{By: by} },
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
		"put a user": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.PutUser{By: by, User: telagent.User{Name: "new", Role: telagent.SupervisorRole}}
			},
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
		"put an agent": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.PutAgent{By: by, Entry: person("ana", "sales")}
			},
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
		"put a queue": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.PutQueue{By: by, Queue: telagent.Queue{Name: "new", Strategy: "longest_idle", Priority: 1}}
			},
			[]string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
	}
	everybody(t, cases)
}

// tried is a command and who may give it.
type tried struct {
	command func(by string, id call.ID) telagent.Command
	want    []string // for each user, the refusal or ""
}

// everybody tries every command as every kind of user.
func everybody(t *testing.T, cases map[string]tried) {
	t.Helper()
	users := []string{"", "root", "boss", "vera", "ana", "ben", "nobody"}
	for name, c := range cases {
		for i, by := range users {
			f, id := office(t)
			before := f.View(start)
			out, err := f.Do(start, c.command(by, id))
			if code(err) != c.want[i] {
				t.Errorf("%s by %q: %q (%v), want %q", name, by, code(err), err, c.want[i])
			}
			audited(t, name+" by "+by, out, by, c.want[i])
			if err != nil && (len(out.Actions) > 0 || len(out.Changes) != 1 || !reflect.DeepEqual(before, f.View(start))) {
				t.Errorf("%s by %q is refused and does something: %+v", name, by, out)
			}
		}
	}
}

// audited looks for the one line that every command leaves.
func audited(t *testing.T, what string, out telagent.Outcome, by, refusal string) {
	t.Helper()
	want := refusal
	if want == "" {
		want = "done"
	}
	lines := 0
	for _, c := range out.Changes {
		if a, ok := c.(telagent.Audited); ok {
			lines++
			if a.Entry.By != by || a.Entry.Result != want || a.Entry.Action == "" || a.Entry.Subject == "" || !a.Entry.Time.Equal(start) {
				t.Errorf("%s is audited as %+v", what, a.Entry)
			}
		}
	}
	if lines != 1 {
		t.Errorf("%s leaves %d lines in the audit trail", what, lines)
	}
}

func TestAForeignTeamsAgentIsRefusedExactlyAsOneWhoDoesNotExist(t *testing.T) {
	f, _ := office(t)
	_, foreign := f.Do(start, telagent.Switch{By: "vera", Agent: "ana"})
	_, none := f.Do(start, telagent.Switch{By: "vera", Agent: "anna"})
	var a, b *telagent.Refusal
	if !errors.As(foreign, &a) || !errors.As(none, &b) {
		t.Fatalf("refused with %v and %v", foreign, none)
	}
	if a.Code != b.Code || a.Sentence != "There is no agent ana." || b.Sentence != "There is no agent anna." {
		t.Errorf("they can be told apart: %+v and %+v", a, b)
	}
	if _, err := f.Plan(start, telagent.Switch{By: "vera", Agent: "ana"}); code(err) != "unknown_agent" {
		t.Errorf("a dry run says %v", err)
	}
}

func TestAnAgentDoesForHimselfWhatIsHis(t *testing.T) {
	f, id := office(t)
	do := func(c telagent.Command, want string) {
		t.Helper()
		if _, err := f.Do(start, c); code(err) != want {
			t.Errorf("%#v: %v, want %q", c, err, want)
		}
	}
	do(telagent.SetStatus{By: "ana", Agent: "ana", Status: presence.OnBreak}, "")
	do(telagent.CancelPending{By: "ben", Agent: "ana"}, "not_supervisor")
	do(telagent.CancelPending{By: "ana", Agent: "ana"}, "")
	do(telagent.WrapUp{By: "ana", Agent: "ana"}, "not_in_acw")
	do(telagent.Switch{By: "boss", Agent: "ana"}, "")
	do(telagent.Switch{By: "ben", Agent: "ana", Back: true}, "not_supervisor")
	do(telagent.Switch{By: "ana", Agent: "ana", Back: true}, "")
	do(telagent.EndCall{By: "boss", Call: id}, "")
	do(telagent.WrapUp{By: "ben", Agent: "ana"}, "not_supervisor")
	do(telagent.WrapUp{By: "ana", Agent: "ana", Continue: true}, "")
	do(telagent.WrapUp{By: "ana", Agent: "ana"}, "")
}

func TestAnAnswerToARequestIdIsRememberedForItsUserAndAgentAlone(t *testing.T) {
	f, _ := office(t)
	for _, c := range []struct {
		by, agent, want string
	}{
		{"ana", "ana", "not_supervisor"}, {"boss", "ana", ""}, {"boss", "ana", ""}, {"root", "ana", "already_switching"}, {"boss", "ben", ""},
	} {
		if _, err := f.Do(start, telagent.Switch{By: c.by, Agent: c.agent, RequestID: "r"}); code(err) != c.want {
			t.Errorf("%s switches %s: %v, want %q", c.by, c.agent, err, c.want)
		}
	}
	for i := range 10000 { // the memory is bounded
		_, _ = f.Do(start, telagent.Switch{By: "boss", Agent: "zoe", RequestID: string(rune(i + 1000))})
	}
	if _, err := f.Do(start.Add(time.Second), telagent.Switch{By: "boss", Agent: "ana", RequestID: "r"}); code(err) != "already_switching" {
		t.Errorf("an answer from 10,000 requests ago is still given: %v", err)
	}
}
