package telagent_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// busyOffice is an office where ana talks and asks ben, both supervisors are there as agents too, and ana has asked for a
// break.
func busyOffice(t *testing.T) (*telagent.Floor, call.ID) {
	t.Helper()
	f, id := office(t)
	xena, yara := person("xena", "support"), person("yara", "sales")
	for _, e := range []*telagent.Agent{&xena, &yara} {
		e.Numbers, e.Role, e.Supervises = nil, telagent.SupervisorRole, []string{e.Team}
	}
	ana := person("ana", "support")
	ana.Offices = []string{"berlin"}
	for _, c := range []telagent.Command{
		telagent.PutAgent{Entry: xena},
		telagent.PutAgent{Entry: yara},
		telagent.PutAgent{Entry: ana},
		telagent.SignOn{By: "ben", Agent: "ben"},
		telagent.SetStatus{By: "ana", Agent: "ana", Status: presence.OnBreak},
		telagent.OpenPage{By: "ana", Agent: "ana"},
	} {
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	for _, aor := range []string{"ben", "xena", "yara"} {
		f.Handle(start, call.Bound{AOR: aor})
	}
	out, err := f.Do(start, telagent.AddGuest{By: "ana", Call: id, Agent: "ben", Mode: telagent.Consult})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range out.Actions {
		if d, ok := a.(call.Dial); ok {
			f.Handle(start, call.Answered{Leg: d.Leg})
		}
	}
	return f, id
}

// TestWhoMayDoWhatInACallAndBesideIt walks the commands about people, pages, offices and profiles against every kind of
// user: S02. An agent leads his own call; his supervisors lead it too; for other teams it does not exist.
func TestWhoMayDoWhatInACallAndBesideIt(t *testing.T) {
	users := []string{"", "root", "xena", "yara", "ana", "zoe", "nobody"}
	const mayNot, noCall, noAgent, noAdmin, notSelf = "not_supervisor", "unknown_call", "unknown_agent", "not_admin", "not_yourself"
	leads := []string{"", "", "", noCall, "", mayNot, mayNot}
	above := []string{"", "", "", noCall, mayNot, mayNot, mayNot}
	admins := []string{"", "", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin}
	self := []string{"", notSelf, notSelf, notSelf, "", notSelf, notSelf}
	for name, c := range map[string]struct {
		command func(by string, id call.ID) telagent.Command
		want    []string // for each user, the refusal or ""
	}{
		"add a guest": {func(by string, id call.ID) telagent.Command {
			return telagent.AddGuest{By: by, Call: id, Number: "+491799", Mode: telagent.Conference}
		}, leads},
		"listen to a call": {func(by string, id call.ID) telagent.Command {
			return telagent.AddGuest{By: by, Call: id, Agent: "xena", Mode: telagent.Monitor}
		}, above},
		"change a guest": {func(by string, id call.ID) telagent.Command {
			return telagent.ChangeGuest{By: by, Call: id, Agent: "ben", Mode: telagent.Conference}
		}, leads},
		"drop a guest": {func(by string, id call.ID) telagent.Command {
			return telagent.DropGuest{By: by, Call: id, Agent: "ben"}
		}, leads},
		"transfer": {func(by string, id call.ID) telagent.Command { return telagent.Transfer{By: by, Call: id} }, leads},
		"hold":     {func(by string, id call.ID) telagent.Command { return telagent.Hold{By: by, Call: id} }, leads},
		"record": {func(by string, id call.ID) telagent.Command {
			return telagent.RecordCall{By: by, Call: id, Now: call.On}
		}, leads},
		"rescue":       {func(by string, id call.ID) telagent.Command { return telagent.RescueCall{By: by, Call: id} }, above},
		"take back":    {func(by string, _ call.ID) telagent.Command { return telagent.CancelPending{By: by, Agent: "ana"} }, []string{"", "", "", noAgent, "", mayNot, mayNot}},
		"press a key":  {func(by string, _ call.ID) telagent.Command { return telagent.NoteActivity{By: by, Agent: "ana"} }, self},
		"open a page":  {func(by string, _ call.ID) telagent.Command { return telagent.OpenPage{By: by, Agent: "ana"} }, self},
		"close a page": {func(by string, _ call.ID) telagent.Command { return telagent.ClosePage{By: by, Agent: "ana"} }, self},
		"decline": {
			func(by string, _ call.ID) telagent.Command { return telagent.Decline{By: by, Agent: "ana"} },
			[]string{"not_ringing", notSelf, notSelf, notSelf, "not_ringing", notSelf, notSelf},
		},
		"take a call back": {
			func(by string, _ call.ID) telagent.Command { return telagent.Regain{By: by, Agent: "ana"} },
			self,
		},
		"switch many": {func(by string, _ call.ID) telagent.Command {
			return telagent.SwitchMany{By: by, Who: telagent.Selection{Team: "support"}}
		}, []string{"", "", "", "nobody", mayNot, mayNot, mayNot}},
		"undo a switch": {func(by string, _ call.ID) telagent.Command {
			return telagent.UndoSwitch{By: by, Batch: "none"}
		}, []string{"unknown_switch", "unknown_switch", "unknown_switch", "unknown_switch", mayNot, mayNot, mayNot}},
		"set an office": {func(by string, _ call.ID) telagent.Command {
			return telagent.SetOffice{By: by, Office: "berlin", Away: true}
		}, []string{"", "", "", "unknown_office", mayNot, mayNot, mayNot}},
		"put a profile": {func(by string, _ call.ID) telagent.Command {
			return telagent.PutProfile{By: by, Profile: presence.Profile{Name: "Tea", Type: presence.BreakProfile}}
		}, admins},
		"put a policy": {func(by string, _ call.ID) telagent.Command {
			return telagent.PutPolicy{By: by, Policy: telagent.Policy{Team: "support", CutOff: telagent.SwitchRule}}
		}, []string{"", "", "", "unknown_team", mayNot, mayNot, mayNot}},
		"put a schedule": {func(by string, _ call.ID) telagent.Command {
			return telagent.PutSchedule{By: by, Schedule: schedule.Schedule{
				Name: "Nights", From: "2026-11-23", Days: []time.Weekday{time.Monday}, Length: time.Hour, Members: []schedule.Member{{Agent: "ana"}},
			}}
		}, []string{"", "", "", noAgent, mayNot, mayNot, mayNot}},
		"drop a schedule": {func(by string, _ call.ID) telagent.Command {
			return telagent.DropSchedule{By: by, Name: "Nights"}
		}, []string{"unknown_schedule", "unknown_schedule", "unknown_schedule", "unknown_schedule", mayNot, mayNot, mayNot}},
		"put a site": {func(by string, _ call.ID) telagent.Command {
			return telagent.PutSite{By: by, Site: telagent.Site{Name: "berlin", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}
		}, admins},
		"drop a site": {func(by string, _ call.ID) telagent.Command {
			return telagent.DropSite{By: by, Name: "here"}
		}, []string{"unknown_site", "unknown_site", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin}},
		"put reasons": {func(by string, _ call.ID) telagent.Command {
			return telagent.PutReasons{By: by, Reasons: []string{"lunch"}}
		}, admins},
		"test a phone": {func(by string, _ call.ID) telagent.Command {
			return telagent.TestCall{By: by, Agent: "ana"}
		}, []string{"agent_busy", "agent_busy", "agent_busy", noAgent, "agent_busy", mayNot, mayNot}},
		"clear machines": {func(by string, _ call.ID) telagent.Command {
			return telagent.ClearMachines{By: by, Agent: "ana", Number: "+49301"}
		}, []string{"no_machine", "no_machine", "no_machine", noAgent, mayNot, mayNot, mayNot}},
		"end a wrap-up": {func(by string, _ call.ID) telagent.Command { return telagent.WrapUp{By: by, Agent: "ana"} }, []string{"not_in_acw", "not_in_acw", "not_in_acw", noAgent, "not_in_acw", mayNot, mayNot}},
	} {
		for i, by := range users {
			f, id := busyOffice(t)
			before := f.View(start)
			out, err := f.Do(start, c.command(by, id))
			if code(err) != c.want[i] {
				t.Errorf("%s by %q: %q (%v), want %q", name, by, code(err), err, c.want[i])
			}
			if err != nil && (len(out.Actions) > 0 || !reflect.DeepEqual(before, f.View(start))) {
				t.Errorf("%s by %q is refused and does something: %+v", name, by, out)
			}
		}
	}
}

// TestEveryCommandIsWalkedByATestOfWhoMayDoIt reads which commands there are, and which of them those tests name.
func TestEveryCommandIsWalkedByATestOfWhoMayDoIt(t *testing.T) {
	declared, walked := map[string]bool{}, map[string]bool{}
	each := func(file string, f func(ast.Node)) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool { f(n); return true })
	}
	each("command.go", func(n ast.Node) {
		if fn, ok := n.(*ast.FuncDecl); ok && fn.Name.Name == "command" {
			declared[fmt.Sprint(fn.Recv.List[0].Type)] = true
		}
	})
	for _, file := range []string{"authorise_test.go", "authorise_people_test.go"} {
		each(file, func(n ast.Node) {
			if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
				if lit, ok := r.Results[0].(*ast.CompositeLit); ok {
					if sel, ok := lit.Type.(*ast.SelectorExpr); ok {
						walked[sel.Sel.Name] = true
					}
				}
			}
		})
	}
	for name := range declared {
		if !walked[name] {
			t.Errorf("no test walks who may do %s", name)
		}
	}
	if len(declared) < 20 {
		t.Errorf("found %d commands", len(declared))
	}
}
