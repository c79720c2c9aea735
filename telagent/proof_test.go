package telagent_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// TestAPINIsInNothingThatTheFloorTells lets somebody key in a wrong PIN and a right one. What is told of it, for the
// store, the pages, the log and the audit trail, and what is shown afterwards, holds neither.
func TestAPINIsInNothingThatTheFloorTells(t *testing.T) {
	const wrong, right = "8064297", "7531902"
	ids := 0
	f := telagent.New(telagent.Settings{Dial: anything, Trunks: []telagent.Trunk{{Name: "north"}}}, telagent.State{}, func() string { ids++; return fmt.Sprint("id-", ids) })
	var told strings.Builder
	note := func(out telagent.Outcome, err error) telagent.Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&told, "%+v %+v %+v\n", out.Changes, f.View(start), f.State())
		return out
	}
	asked := map[string]string{} // what was given to be checked
	handle := func(e call.Event) {
		out := note(f.Handle(start.Add(time.Minute), e), nil)
		for _, a := range out.Actions {
			if v, is := a.(call.Verify); is {
				asked[string(v.Secret)] = string(v.Hash)
			}
			fmt.Fprintf(&told, "%v %+v %#v\n", a, a, a)
		}
	}
	note(f.Do(start, telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5}}))
	note(f.Do(start, telagent.PutAgent{
		Entry:       telagent.Agent{ID: "ana", Name: "Ana", Team: "support", Numbers: []string{"+49301234567"}, Queues: map[string]int{"support": 1}, Proof: telagent.ByPIN},
		Credentials: &telagent.Credentials{PIN: "hash"},
	}))
	note(f.Do(start, telagent.Switch{Agent: "ana"}))
	note(f.Do(start, telagent.SetStatus{Agent: "ana", Status: presence.Available}))
	rung, _ := customer(f, start, "in", "+49170")
	if len(rung) != 1 {
		t.Fatalf("%d are rung", len(rung))
	}
	leg := rung[0].Leg
	handle(call.Answered{Leg: leg})
	for _, key := range wrong + "#" {
		handle(call.Digit{Leg: leg, Key: string(key)})
	}
	handle(call.Verified{Leg: leg})
	for _, key := range right + "#" {
		handle(call.Digit{Leg: leg, Key: string(key)})
	}
	handle(call.Verified{Leg: leg, Right: true})
	if asked[wrong] != "hash" || asked[right] != "hash" || len(asked) != 2 {
		t.Errorf("checked: %v", asked)
	}
	for _, pin := range []string{wrong, right} {
		if at := strings.Index(told.String(), pin); at >= 0 {
			t.Errorf("%s is told: …%s…", pin, told.String()[max(0, at-80):at+20])
		}
	}
	if v := f.View(start).Calls; len(v) != 1 || v[0].State != "talking" {
		t.Errorf("calls: %+v", v)
	}
}
