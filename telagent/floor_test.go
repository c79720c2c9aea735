package telagent_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// fragile returns a Floor with a queue and an agent who is signed off, and what makes its source of names panic, once,
// after it gave some more: the loop catches a step that panics, and the Floor goes on.
func fragile(t *testing.T) (f *telagent.Floor, failAfter func(names int)) {
	t.Helper()
	ids, bad := 0, 0
	f = telagent.New(telagent.Settings{Dial: anything}, telagent.State{}, func() string {
		if ids++; ids == bad {
			panic("no more names")
		}
		return "id-" + strconv.Itoa(ids)
	})
	for _, c := range []telagent.Command{
		telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5}},
		telagent.PutAgent{Entry: telagent.Agent{ID: "ana", Name: "Ana", Team: "support", Queues: map[string]int{"support": 1}}},
	} {
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	f.Handle(start, call.Bound{AOR: "ana"})
	return f, func(names int) { bad = ids + names + 1 }
}

func panics(t *testing.T, step func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Fatal("the step did not panic")
		}
	}()
	step()
}

func TestAStepThatPanickedHidesNobodyFromTheNextOnes(t *testing.T) {
	f, failAfter := fragile(t)
	if _, err := f.Do(start, telagent.SetStatus{Agent: "ana", Status: presence.Available}); err != nil {
		t.Fatal(err)
	}
	failAfter(1) // the call gets a name, the leg to ana does not
	panics(t, func() { f.Handle(start, call.Invited{Leg: "in", To: "+800", Source: call.Source{Trunk: "north"}}) })
	out := f.Handle(start, call.Ended{Leg: "in", How: call.HungUp, Cause: call.Broken})
	told := slices.ContainsFunc(out.Changes, func(c telagent.Change) bool {
		a, ok := c.(telagent.AgentChanged)
		return ok && a.Agent.ID == "ana" && a.Shown.Status == "available"
	})
	if wrong := f.Check(); !told || len(wrong) > 0 {
		t.Errorf("after the call's end ana is told of: %t; %v", told, wrong)
	}
}

func TestWhoWasInACallWhenTheGatewayDiedComesBackInWrapUp(t *testing.T) {
	began := start.Add(-time.Hour)
	talking := telagent.Agent{ID: "ana", Name: "Ana", WrapUp: 20 * time.Second, Presence: telagent.Presence{
		Declared: presence.Declaration{Status: presence.Available}, Activity: presence.Talking, Since: began, IdleSince: began,
		Pending: &presence.Declaration{Status: presence.OnBreak, Reason: "lunch"},
	}}
	without := talking
	without.ID, without.Name, without.WrapUp, without.Presence.Activity = "ben", "Ben", -1, presence.CutOff
	f := telagent.New(telagent.Settings{Dial: anything}, telagent.State{Agents: []telagent.Agent{talking, without}}, nil)
	if wrong := f.Check(); len(wrong) > 0 {
		t.Error(wrong)
	}
	if due, ok := f.Next(); !ok || due.After(start) {
		t.Fatalf("the first Tick is due %v (%t)", due, ok)
	}
	f.Tick(start)
	v := f.View(start)
	if a := v.Agents[0]; a.Status != "acw" || !a.Since.Equal(start) || !a.Until.Equal(start.Add(20*time.Second)) || a.Pending != "on_break" {
		t.Errorf("ana comes back as %+v", a)
	}
	if b := v.Agents[1]; b.Status != "on_break" || !b.Since.Equal(start) {
		t.Errorf("ben, who has no after-call work, comes back as %+v", b)
	}
	f.Tick(start.Add(20 * time.Second))
	if a := f.View(start).Agents[0]; a.Status != "on_break" {
		t.Errorf("after her wrap-up ana is %s", a.Status)
	}
}

func TestADeskPhoneAndAUserNeverShareAName(t *testing.T) {
	f := telagent.New(telagent.Settings{Dial: anything}, telagent.State{}, nil)
	put := func(id, desk string) telagent.Command {
		return telagent.PutAgent{Entry: telagent.Agent{ID: id, Name: id, DeskPhone: desk}}
	}
	boss := telagent.PutUser{User: telagent.User{Name: "boss", Role: telagent.AdminRole}}
	for _, c := range []telagent.Command{boss, put("ana", "ana-desk"), put("ana", "ana-desk")} {
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	}
	for _, c := range []telagent.Command{
		put("ana-desk", ""), put("ben", "ben"), put("ben", "boss"), put("ben", "ana"), put("ben", "ana-desk"),
		telagent.PutUser{User: telagent.User{Name: "ana-desk", Role: telagent.AdminRole}},
	} {
		if _, err := f.Do(start, c); err == nil {
			t.Errorf("%+v is let through", c)
		}
	}
}

func TestACallThatAPanicLeftHalfOfferedIsEndedAndTheNextOneIsServed(t *testing.T) {
	f, failAfter := fragile(t)
	for _, leg := range []call.LegID{"first", "second"} {
		f.Handle(start, call.Invited{Leg: leg, To: "+800", Source: call.Source{Trunk: "north"}})
	}
	failAfter(0)
	panics(t, func() { _, _ = f.Do(start, telagent.SetStatus{Agent: "ana", Status: presence.Available}) })
	out := f.Mend(start)
	if wrong := f.Check(); len(wrong) > 0 {
		t.Errorf("mended: %q", wrong)
	}
	if !slices.Contains(out.Actions, call.Action(call.Hangup{Leg: "first", Cause: call.Broken})) {
		t.Errorf("actions %v, want the first caller hung up", out.Actions)
	}
	dialled := slices.ContainsFunc(out.Actions, func(a call.Action) bool { d, ok := a.(call.Dial); return ok && d.Near == "second" })
	if again := f.Mend(start); !dialled || len(again.Actions)+len(again.Changes) > 0 {
		t.Errorf("actions %v, want ana rung for the second; mending again did %+v", out.Actions, again)
	}
}

func TestADrainGoesOnInAnotherProcessThoughWhoAskedForItIsNoAdministratorAnyMore(t *testing.T) {
	f := telagent.New(telagent.Settings{}, telagent.State{Users: []telagent.User{{Name: "root", Role: telagent.AdminRole}, {Name: "boss", Role: telagent.AdminRole}}}, func() string { return "id" })
	now := time.Unix(1000, 0)
	for _, c := range []telagent.Command{telagent.Drain{By: "boss"}, telagent.PutUser{By: "root", User: telagent.User{Name: "boss", Role: telagent.SupervisorRole}}} {
		if _, err := f.Do(now, c); err != nil {
			t.Fatal(err)
		}
	}
	next := telagent.New(telagent.Settings{}, telagent.State{Users: []telagent.User{{Name: "root", Role: telagent.AdminRole}, {Name: "boss", Role: telagent.SupervisorRole}}}, func() string { return "id" })
	if _, err := next.Do(now, *f.DrainAgain(now)); err != nil {
		t.Error(err)
	}
}
