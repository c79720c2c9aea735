package telagent_test

import (
	"reflect"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

func TestADirectoryEntryThatIsWrongIsRefusedWithAReason(t *testing.T) {
	agent := func(change func(*telagent.Agent)) telagent.Command {
		e := person("ben", "support")
		change(&e)
		return telagent.PutAgent{Entry: e}
	}
	queue := func(change func(*telagent.Queue)) telagent.Command {
		q := telagent.Queue{Name: "sales", Numbers: []string{"+801"}, Strategy: "longest_idle", Priority: 5}
		change(&q)
		return telagent.PutQueue{Queue: q}
	}
	for name, c := range map[string]struct {
		command telagent.Command
		want    string
	}{
		"an agent without an id":          {agent(func(e *telagent.Agent) { e.ID = "" }), "bad_agent"},
		"an agent named like a user":      {agent(func(e *telagent.Agent) { e.ID = "boss" }), "name_taken"},
		"a number without its country":    {agent(func(e *telagent.Agent) { e.Numbers = []string{"030123456"} }), "bad_number"},
		"a number with letters":           {agent(func(e *telagent.Agent) { e.Numbers = []string{"+49abc"} }), "bad_number"},
		"a number with a leading zero":    {agent(func(e *telagent.Agent) { e.Numbers = []string{"+0123456"} }), "bad_number"},
		"a number that is too long":       {agent(func(e *telagent.Agent) { e.Numbers = []string{"+4912345678901234"} }), "bad_number"},
		"a bad authorised number":         {agent(func(e *telagent.Agent) { e.Authorised = []string{"+"} }), "bad_number"},
		"a queue that is none":            {agent(func(e *telagent.Agent) { e.Queues = map[string]int{"gold": 1} }), "unknown_queue"},
		"a level below the best":          {agent(func(e *telagent.Agent) { e.Queues = map[string]int{"support": 0} }), "bad_agent"},
		"somebody's softphone as desk":    {agent(func(e *telagent.Agent) { e.DeskPhone = "ana" }), "phone_taken"},
		"somebody's desk phone":           {agent(func(e *telagent.Agent) { e.DeskPhone = "ana-desk" }), "phone_taken"},
		"a queue without a name":          {queue(func(q *telagent.Queue) { q.Name = "" }), "bad_queue"},
		"a queue of the system's urgency": {queue(func(q *telagent.Queue) { q.Priority = 11 }), "bad_queue"},
		"a queue of no urgency":           {queue(func(q *telagent.Queue) { q.Priority = 0 }), "bad_queue"},
		"a strategy that is none":         {queue(func(q *telagent.Queue) { q.Strategy = "random" }), "bad_queue"},
		"a number of another queue":       {queue(func(q *telagent.Queue) { q.Numbers = []string{"+800"} }), "number_taken"},
		"a user without a name":           {telagent.PutUser{User: telagent.User{Role: telagent.AdminRole}}, "bad_user"},
		"a role that is none":             {telagent.PutUser{User: telagent.User{Name: "x", Role: 7}}, "bad_user"},
		"an agent who is made a boss":     {telagent.PutUser{User: telagent.User{Name: "ana", Role: telagent.AdminRole}}, "is_agent"},
		"a user who would be an agent":    {telagent.PutUser{User: telagent.User{Name: "x", Role: telagent.AgentRole}}, "bad_user"},
	} {
		f, _ := office(t)
		desk := person("ana", "support")
		desk.DeskPhone = "ana-desk"
		if _, err := f.Do(start, telagent.PutAgent{Entry: desk}); err != nil {
			t.Fatal(err)
		}
		before := f.State()
		if _, err := f.Do(start, c.command); code(err) != c.want || err.Error() == "" {
			t.Errorf("%s: %v, want the refusal %s", name, err, c.want)
		}
		if !reflect.DeepEqual(before, f.State()) {
			t.Errorf("%s is refused and changes something", name)
		}
	}
}

func TestPuttingTheSameEntryAgainChangesNothing(t *testing.T) {
	f, _ := office(t)
	proof := telagent.Credentials{Password: "hash", HA1MD5: "x"}
	user := telagent.User{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support", "sales"}, Credentials: proof}
	q := telagent.Queue{Name: "sales", Numbers: []string{"+801"}, Strategy: "longest_idle", Priority: 5}
	for _, c := range []telagent.Command{
		telagent.PutUser{User: user}, telagent.PutQueue{Queue: q}, telagent.PutAgent{Entry: person("cem", "sales"), Credentials: &proof},
	} {
		first, err := f.Do(start, c)
		if err != nil || news(first) == 0 {
			t.Errorf("%T: %d changes, %v", c, news(first), err)
		}
		again, err := f.Do(start.Add(time.Second), c)
		if err != nil || news(again) != 0 || len(again.Actions) != 0 {
			t.Errorf("%T again: %+v, %v", c, again, err)
		}
	}
}

// news counts the changes that are no audit lines.
func news(out telagent.Outcome) (n int) {
	for _, c := range out.Changes {
		if _, ok := c.(telagent.Audited); !ok {
			n++
		}
	}
	return n
}

func TestAnAgentsUserIsKeptInStepWithHisEntry(t *testing.T) {
	f, _ := office(t)
	user := func() telagent.User {
		for _, u := range f.State().Users {
			if u.Name == "ana" {
				return u
			}
		}
		t.Fatal("ana is no user")
		return telagent.User{}
	}
	put := func(team string, proof *telagent.Credentials) {
		if _, err := f.Do(start, telagent.PutAgent{Entry: person("ana", team), Credentials: proof}); err != nil {
			t.Fatal(err)
		}
	}
	put("support", &telagent.Credentials{PIN: "p"})
	put("sales", nil)
	want := telagent.User{Name: "ana", Role: telagent.AgentRole, Teams: []string{"sales"}, Credentials: telagent.Credentials{PIN: "p"}}
	if got := user(); !reflect.DeepEqual(got, want) {
		t.Errorf("user %+v, want %+v", got, want)
	}
	want.Credentials.Password = "new"
	if _, err := f.Do(start, telagent.PutUser{User: want}); err != nil || user().Credentials.Password != "new" {
		t.Errorf("a new password for an agent: %v, %+v", err, user())
	}
}

func TestAnEntryThatChangesMovesTheAgentBetweenQueuesAndPhones(t *testing.T) {
	f, _ := office(t)
	do := func(c telagent.Command) {
		t.Helper()
		if _, err := f.Do(start, c); err != nil {
			t.Fatal(err)
		}
		if wrong := f.Check(); len(wrong) > 0 {
			t.Fatalf("after %T: %q", c, wrong)
		}
	}
	available := func() (all []int) {
		for _, q := range f.View(start).Queues {
			all = append(all, q.Available)
		}
		return all
	}
	do(telagent.PutQueue{Queue: telagent.Queue{Name: "gold", Numbers: []string{"+801"}, Strategy: "longest_idle", Priority: 9}})
	do(telagent.SignOn{Agent: "ben"})
	do(telagent.SetStatus{Agent: "ben", Status: presence.Available})
	f.Handle(start, call.Bound{AOR: "ben"})
	if got := available(); !reflect.DeepEqual(got, []int{0, 1}) {
		t.Errorf("available in gold and support: %v", got)
	}
	e := person("ben", "support")
	e.Queues = map[string]int{"gold": 1}
	do(telagent.PutAgent{Entry: e})
	if got := available(); !reflect.DeepEqual(got, []int{1, 0}) {
		t.Errorf("available in gold and support after the move: %v", got)
	}
	f.Handle(start, call.Invited{Leg: "new", To: "+800", Source: call.Source{Trunk: "north"}})
	e.Queues["support"] = 1 // what was put is not shared with who put it
	if got := available(); !reflect.DeepEqual(got, []int{1, 0}) {
		t.Errorf("available after the caller wrote to his map: %v", got)
	}
	out, err := f.Do(start, telagent.PutAgent{Entry: e})
	if err != nil || len(out.Actions) != 1 {
		t.Errorf("the waiting caller is not offered to who joins his queue: %+v, %v", out.Actions, err)
	}
}

func TestANumberLeadsToTheQueueThatHasItNow(t *testing.T) {
	f, _ := office(t)
	put := func(name, number string) {
		t.Helper()
		q := telagent.Queue{Name: name, Numbers: []string{number}, Strategy: "longest_idle", Priority: 5}
		if _, err := f.Do(start, telagent.PutQueue{Queue: q}); err != nil {
			t.Fatal(err)
		}
	}
	put("support", "+899")
	put("sales", "+800")
	f.Handle(start, call.Invited{Leg: "x", To: "+800", Source: call.Source{Trunk: "north"}})
	f.Handle(start, call.Invited{Leg: "y", To: "+899", Source: call.Source{Trunk: "north"}})
	waiting := map[string]int{}
	for _, q := range f.View(start).Queues {
		waiting[q.Name] = q.Waiting
	}
	if waiting["sales"] != 1 || waiting["support"] != 1 {
		t.Errorf("waiting: %v", waiting)
	}
}
