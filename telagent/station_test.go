package telagent_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// TestS16WhatIsKnownOfStationsSurvivesARestart lets a machine answer and a number be missing, then starts anew from what
// the store would give back.
func TestS16WhatIsKnownOfStationsSurvivesARestart(t *testing.T) {
	set := telagent.Settings{Dial: anything, Machines: 1, Trunks: []telagent.Trunk{{Name: "north"}}}
	ids := 0
	id := func() string { ids++; return fmt.Sprint("id", ids) }
	f := telagent.New(set, telagent.State{}, id)
	for _, c := range []telagent.Command{
		telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5}},
		telagent.PutAgent{Entry: telagent.Agent{ID: "ana", Name: "Ana", Team: "support", Numbers: []string{"+49301234567", "+49301234568"}, Queues: map[string]int{"support": 1}}},
		telagent.Switch{Agent: "ana"},
	} {
		if _, err := f.Do(start, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	later := start.Add(time.Minute)
	rung, _ := customer(f, later, "in", "+49170")
	f.Handle(later, call.Answered{Leg: rung[0].Leg})
	out := f.Handle(later, call.Ended{Leg: rung[0].Leg, How: call.HungUp, Cause: call.Normal}) // nobody pressed a key
	f.Handle(later.Add(time.Minute), call.Failed{Leg: out.Actions[0].(call.Dial).Leg, Cause: call.Unreachable})

	state := f.State()
	stored, err := json.Marshal(state.Agents[0].Presence)
	if err != nil {
		t.Fatal(err)
	}
	state.Agents[0].Presence = presence.State{}
	if err := json.Unmarshal(stored, &state.Agents[0].Presence); err != nil {
		t.Fatal(err)
	}
	was, is := f.View(start).Agents[0], telagent.New(set, state, id).View(start).Agents[0]
	if !reflect.DeepEqual(was.Stations, is.Stations) {
		t.Errorf("after a restart: %+v, before: %+v", is.Stations, was.Stations)
	}
	if s := is.Stations; len(s) != 3 || !s[1].Last || s[1].Machines != 1 || !s[1].At.Equal(later) || s[2].Reachable != "unreachable" || !s[2].At.Equal(later.Add(time.Minute)) {
		t.Errorf("stations: %+v", s)
	}
	if is.Device != "+49301234568" {
		t.Errorf("%s is tried first", is.Device)
	}
}
