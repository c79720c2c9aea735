package telagent_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// staffed is a Floor with two administrators, an agent who is signed off, and a queue that he serves.
func staffed() *telagent.Floor {
	proof := telagent.Credentials{Password: "hash"}
	n := 0
	return telagent.New(telagent.Settings{Trunks: []telagent.Trunk{{Name: "t"}}}, telagent.State{
		Users: []telagent.User{
			{Name: "ana", Credentials: proof},
			{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"}, Credentials: proof},
			{Name: "root", Role: telagent.AdminRole, Credentials: proof},
			{Name: "spare", Role: telagent.AdminRole, Credentials: proof},
		},
		Queues: []telagent.Queue{
			{Name: "help", Numbers: []string{"+1800"}, Strategy: "longest_idle", Priority: 5},
			{Name: "night", Strategy: "longest_idle", Priority: 5},
		},
		Agents:   []telagent.Agent{{ID: "ana", Name: "Ana", Team: "support", DeskPhone: "ana-desk", Queues: map[string]int{"help": 1, "night": 1}}},
		Profiles: []presence.Profile{{Name: "Lunch", Type: presence.AwayProfile}},
	}, func() string { n++; return strconv.Itoa(n) })
}

func refusal(t *testing.T, f *telagent.Floor, c telagent.Command, want string) {
	t.Helper()
	_, err := f.Do(start, c)
	code := ""
	if r := (*telagent.Refusal)(nil); errors.As(err, &r) {
		code = r.Code
	}
	if code != want {
		t.Errorf("%T: %q (%v), want %q", c, code, err, want)
	}
	if broken := f.Check(); len(broken) > 0 {
		t.Errorf("after %T: %q", c, broken)
	}
}

func TestWhatIsInUseIsNotRemoved(t *testing.T) {
	f := staffed()
	refusal(t, f, telagent.DropAgent{By: "boss", Agent: "ana"}, "not_admin")
	refusal(t, f, telagent.DropUser{By: "root", Name: "ana"}, "is_agent")
	refusal(t, f, telagent.DropUser{By: "root", Name: "root"}, "yourself")
	refusal(t, f, telagent.DropUser{By: "root", Name: "nobody"}, "unknown_user")
	refusal(t, f, telagent.DropUser{By: "root", Name: "spare"}, "")
	refusal(t, f, telagent.DropUser{Name: "root"}, "last_admin")
	refusal(t, f, telagent.PutUser{User: telagent.User{Name: "root", Role: telagent.SupervisorRole}}, "last_admin")
	refusal(t, f, telagent.SetStatus{By: "ana", Agent: "ana", Status: presence.NotReady, Profile: "Lunch"}, "")
	refusal(t, f, telagent.DropAgent{By: "root", Agent: "ana"}, "agent_signed_on")
	refusal(t, f, telagent.DropProfile{By: "root", Name: "Lunch"}, "profile_worn")
	f.Handle(start, call.Invited{Leg: "c", From: call.Party{Number: "+49170"}, To: "+1800", Source: call.Source{Trunk: "t"}})
	refusal(t, f, telagent.DropQueue{By: "root", Name: "help"}, "queue_busy")
	over := telagent.Queue{Name: "help", Numbers: []string{"+1800"}, Strategy: "longest_idle", Priority: 5, Overflow: telagent.Overflow{Queue: "night"}}
	refusal(t, f, telagent.PutQueue{By: "root", Queue: over}, "")
	refusal(t, f, telagent.DropQueue{By: "root", Name: "night"}, "queue_used")
}

func TestWhoIsRemovedLeavesNothingAndItsQueueIsTakenFromItsAgents(t *testing.T) {
	f := staffed()
	refusal(t, f, telagent.DropQueue{By: "root", Name: "help"}, "")
	if a := f.State().Agents[0]; len(a.Queues) != 1 || a.Queues["night"] != 1 {
		t.Errorf("ana serves %v", a.Queues)
	}
	out, err := f.Do(start, telagent.DropAgent{By: "root", Agent: "ana"})
	if err != nil {
		t.Fatal(err)
	}
	gone := slices.ContainsFunc(out.Changes, func(c telagent.Change) bool {
		e, is := c.(telagent.EntryChanged)
		return is && e.Gone && e.Revision.Entry == telagent.EntryName{Kind: telagent.AgentEntry, Name: "ana"} && e.Revision.By == "root"
	})
	if !gone {
		t.Errorf("told of %v", out.Changes)
	}
	s := f.State()
	if len(s.Agents) != 0 || slices.ContainsFunc(s.Users, func(u telagent.User) bool { return u.Name == "ana" }) {
		t.Errorf("left are %v and %v", s.Agents, s.Users)
	}
	for _, aor := range []string{"ana", "ana-desk"} { // her phones may still be there
		f.Handle(start, call.Bound{AOR: aor})
		f.Handle(start, call.Unbound{AOR: aor})
	}
	f.Tick(start.Add(time.Hour))
	if broken := f.Check(); len(broken) > 0 {
		t.Error(broken)
	}
	refusal(t, f, telagent.PutAgent{By: "root", Entry: telagent.Agent{ID: "ana", Name: "Ana", Team: "support", DeskPhone: "ana-desk"}}, "")
}

func TestAGuardedChangeOfWhatOthersChangedMeanwhileIsRefused(t *testing.T) {
	f := staffed()
	entry := telagent.EntryName{Kind: telagent.ProfileEntry, Name: "Lunch"}
	put := telagent.PutProfile{By: "root", Profile: presence.Profile{Name: "Lunch", Type: presence.BreakProfile}}
	version := func() (v int64) {
		for _, r := range f.State().Revisions {
			if r.Entry == entry {
				v = r.Version
			}
		}
		return v
	}
	seen := version()
	refusal(t, f, telagent.Guarded{By: "root", Entry: entry, Versions: []int64{seen}, Command: put}, "")
	if version() <= seen {
		t.Errorf("version %d after %d", version(), seen)
	}
	refusal(t, f, telagent.Guarded{By: "spare", Entry: entry, Versions: []int64{seen}, Command: put}, "changed_meanwhile")
	refusal(t, f, telagent.Guarded{By: "boss", Entry: entry, Versions: []int64{seen}}, "not_admin")
	refusal(t, f, telagent.Guarded{By: "root", Entry: entry, Absent: true, Command: put}, "exists")
	before := version()
	refusal(t, f, telagent.DropProfile{By: "root", Name: "Lunch"}, "")
	refusal(t, f, telagent.Guarded{By: "root", Entry: entry, Versions: []int64{before}, Command: put}, "changed_meanwhile")
	refusal(t, f, telagent.Guarded{By: "root", Entry: entry, Absent: true, Command: put}, "")
	if version() <= before {
		t.Errorf("made anew it has the version %d, and had %d", version(), before)
	}
}
