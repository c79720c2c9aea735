package telagent_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

func TestTheViewShowsALiveSwitchFromEverySide(t *testing.T) {
	f, id := office(t)
	out, err := f.Do(start.Add(time.Minute), telagent.Switch{By: "boss", Agent: "ana"})
	if err != nil || len(out.Actions) != 1 {
		t.Fatalf("switch: %+v, %v", out, err)
	}
	dial, ok := out.Actions[0].(call.Dial)
	if !ok {
		t.Fatalf("switch acts %+v", out.Actions)
	}
	f.Handle(start.Add(62*time.Second), call.Answered{Leg: dial.Leg})
	v := f.View(start.Add(63 * time.Second))

	ana := v.Agents[0]
	begun := &telagent.SwitchRecord{Agent: "ana", Call: "id-b", By: "boss", To: "+493001", Began: start.Add(time.Minute)}
	if ana.Status != "in_line" || ana.Activity != "talking" || ana.Call != id || ana.Customer.Number != "+491701" ||
		ana.Device != "ana@softphone" || ana.Reach != "softphone" || !reflect.DeepEqual(ana.Switching, begun) {
		t.Errorf("ana is shown as %+v, switching %+v", ana, ana.Switching)
	}
	c := v.Calls[0]
	var states []string
	for _, l := range c.Legs {
		states = append(states, l.Seat+" "+l.Agent+" "+l.Target+" "+l.State)
	}
	want := []string{"customer  +491701 talking", "agent ana ana@softphone talking", "agent ana +493001 asking"}
	if c.State != "talking" || c.Agent != "ana" || c.Team != "support" || c.Priority != 5 || !slices.Equal(states, want) {
		t.Errorf("the call is shown as %+v", c)
	}
	trunk := telagent.TrunkView{Name: "north", Up: true, InUse: 2}
	if len(v.Trunks) != 1 || v.Trunks[0] != trunk {
		t.Errorf("trunks %+v, want %+v", v.Trunks, trunk)
	}
	f.Handle(start.Add(64*time.Second), call.Digit{Leg: dial.Leg, Key: "1"})
	ana = f.View(start.Add(65 * time.Second)).Agents[0]
	if ana.Switching != nil || ana.LastSwitch == nil || ana.LastSwitch.Result != "done" || ana.Device != "+493001" || ana.Reach != "phone" {
		t.Errorf("after the switch ana is shown as %+v", ana)
	}
}

func TestAViewIsASnapshotThatLaterStepsLeaveAlone(t *testing.T) {
	f, id := office(t)
	old := f.View(start)
	data, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []telagent.Command{
		telagent.SetStatus{Agent: "ana", Status: presence.OnBreak, Reason: "lunch"},
		telagent.Switch{Agent: "ana"},
		telagent.PutAgent{Entry: person("ben", "sales")},
		telagent.EndCall{Call: id},
		telagent.ForceLogout{Agent: "ana"},
	} {
		if _, err := f.Do(start.Add(time.Minute), c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	if again, err := json.Marshal(old); err != nil || string(again) != string(data) {
		t.Errorf("an old View changed (%v):\n%s\n%s", err, data, again)
	}
}

func TestTheRecordOfACallTellsEveryLegAndSwitch(t *testing.T) {
	f, _ := office(t)
	at := start
	var dialled call.LegID
	var record telagent.Record
	took := func(out telagent.Outcome) {
		for _, a := range out.Actions {
			if d, ok := a.(call.Dial); ok {
				dialled = d.Leg
			}
		}
		for _, c := range out.Changes {
			if c, ok := c.(telagent.CallEnded); ok {
				record = c.Record
			}
		}
	}
	later := func() time.Time { at = at.Add(time.Second); return at }
	for _, answer := range []func() call.Event{
		func() call.Event { return call.Failed{Leg: dialled, Cause: call.Busy, Status: 486} },
		func() call.Event { return call.Answered{Leg: dialled} },
	} {
		out, err := f.Do(later(), telagent.Switch{By: "boss", Agent: "ana"})
		if err != nil {
			t.Fatal(err)
		}
		took(out)
		took(f.Handle(later(), answer()))
	}
	took(f.Handle(later(), call.Digit{Leg: dialled, Key: "1"}))
	took(f.Handle(later(), call.Ended{Leg: "in", How: call.HungUp, Cause: call.Normal}))
	var legs, switches []string
	for _, l := range record.Legs {
		legs = append(legs, l.Seat.String()+" "+l.Agent+" "+l.Target+" "+l.Cause.String())
		if l.Ended.IsZero() || l.Began.Before(start) {
			t.Errorf("leg %+v has no end or no beginning", l)
		}
	}
	for _, s := range record.Switches {
		switches = append(switches, s.To+" "+s.Result)
	}
	wantLegs := []string{
		"agent ana +493001 busy", "agent ana ana@softphone moved", "customer  +491701 normal", "agent ana +493001 normal",
	}
	slices.Sort(legs)
	slices.Sort(wantLegs)
	if !slices.Equal(legs, wantLegs) || !slices.Equal(switches, []string{"+493001 busy", "+493001 done"}) {
		t.Errorf("record: legs %q, switches %q", legs, switches)
	}
	if record.EndedBy != "customer" || record.Cause != call.Normal || record.Queue != "support" || !record.Answered.Equal(start) || !record.Ended.Equal(at) {
		t.Errorf("record: %+v", record)
	}
}

// TestAFloorComesBackFromItsStateAsItWas covers what a restart without live calls must keep: the directory,
// who declares what, what is pending, countdowns and breaks.
func TestAFloorComesBackFromItsStateAsItWas(t *testing.T) {
	f, id := office(t)
	do := func(at time.Duration, c telagent.Command) {
		t.Helper()
		if _, err := f.Do(start.Add(at), c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	do(0, telagent.SignOn{Agent: "ben"})
	do(time.Second, telagent.SetStatus{By: "boss", Agent: "ben", Status: presence.OnBreak, Reason: "lunch", Until: start.Add(time.Hour)})
	do(2*time.Second, telagent.Switch{By: "root", Agent: "zoe", Number: "+493099"})
	do(3*time.Second, telagent.SetStatus{By: "ana", Agent: "ana", Status: presence.NotReady})
	do(4*time.Second, telagent.EndCall{By: "boss", Call: id})

	data, err := json.Marshal(f.State())
	if err != nil {
		t.Fatal(err)
	}
	var state telagent.State
	if err := json.Unmarshal(data, &state); err != nil || !reflect.DeepEqual(state, f.State()) {
		t.Fatalf("the state does not come back from JSON: %v\n%+v\n%+v", err, state, f.State())
	}
	again := telagent.New(telagent.Settings{Dial: anything, Trunks: []telagent.Trunk{{Name: "north"}}}, state, func() string { return "x" })
	if wrong := again.Check(); len(wrong) > 0 {
		t.Errorf("restored: %q", wrong)
	}
	now := start.Add(5 * time.Second)
	for i, is := range again.View(now).Agents {
		was := f.View(now).Agents[i]
		if is.Status != was.Status || is.Reason != was.Reason || is.Pending != was.Pending || is.Reach != was.Reach ||
			!is.Since.Equal(was.Since) || !is.Until.Equal(was.Until) || is.ChangedBy != was.ChangedBy && was.ChangedBy != "ana" {
			t.Errorf("restored as %+v, was %+v", is, was)
		}
	}
	due, ok := again.Next()
	if !ok {
		t.Fatal("nothing is due after a restart in wrap-up")
	}
	again.Tick(due)
	again.Tick(start.Add(time.Hour))
	for id, want := range map[string]string{"ana": "not_ready", "ben": "not_ready", "zoe": "available"} {
		for _, a := range again.View(start).Agents {
			if a.ID == id && a.Status != want {
				t.Errorf("%s is %s in the end, want %s", id, a.Status, want)
			}
		}
	}
}

func TestARestartInTheMiddleOfACallLeavesNobodyInLine(t *testing.T) {
	f, _ := office(t)
	if _, err := f.Do(start, telagent.SetStatus{By: "ana", Agent: "ana", Status: presence.OnBreak}); err != nil {
		t.Fatal(err)
	}
	state := f.State()
	state.Live = telagent.Live{} // a crash before the call was kept
	again := telagent.New(telagent.Settings{Dial: anything}, state, func() string { return "x" })
	v := again.View(start)
	if v.Agents[0].Status != "acw" || v.Agents[0].Pending != "on_break" || v.Agents[0].Call != "" || len(v.Calls) != 0 {
		t.Errorf("ana is %+v after a restart", v.Agents[0])
	}
	if wrong := again.Check(); len(wrong) > 0 {
		t.Errorf("restored: %q", wrong)
	}
}

func TestEveryAgentChangedSaysWhatWasBefore(t *testing.T) {
	f, id := office(t)
	was := map[string]string{"ana": "in_line", "ben": "offline", "zoe": "offline"}
	took := func(out telagent.Outcome) {
		t.Helper()
		for _, c := range out.Changes {
			c, ok := c.(telagent.AgentChanged)
			if !ok {
				continue
			}
			if c.Was != was[c.Shown.ID] || c.Agent.ID != c.Shown.ID || c.Agent.Presence.Status().String() != c.Shown.Status {
				t.Errorf("%s was %q: %+v", c.Shown.ID, was[c.Shown.ID], c)
			}
			was[c.Shown.ID] = c.Shown.Status
		}
	}
	for i, c := range []telagent.Command{
		telagent.SignOn{Agent: "ben"},
		telagent.SetStatus{Agent: "ben", Status: presence.NotReady},
		telagent.PutAgent{Entry: person("cem", "sales")},
		telagent.EndCall{Call: id},
		telagent.SetStatus{Agent: "ana", Status: presence.Away},
		telagent.ForceLogout{Agent: "ben"},
	} {
		out, err := f.Do(start.Add(time.Duration(i)*time.Second), c)
		if err != nil {
			t.Fatal(err)
		}
		took(out)
	}
	want := map[string]string{"ana": "away", "ben": "offline", "zoe": "offline", "cem": "offline"}
	if !reflect.DeepEqual(was, want) {
		t.Errorf("in the end %v, want %v", was, want)
	}
}
