package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// What the play measures in milliseconds is not judged here: tests assert order and who hears whom.
func TestTheDemoPlaysAtAGatewayOfItsOwnAndTellsJSONAlone(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	err := Run(ctx, Options{Out: &out, JSON: true, Hurry: 5})
	if err != nil && !strings.Contains(err.Error(), "not as promised") { // in time, on a busy machine
		t.Fatal(err)
	}
	var m Measured
	must(t, json.Unmarshal(out.Bytes(), &m))
	for act, passed := range map[string][]Moment{"first": m.Presence, "second": m.Lost.Presence} {
		if !slices.Equal(words(passed), expected) {
			t.Errorf("%s act: statuses %v", act, passed)
		}
	}
	for act, g := range map[string]Gap{"first": m.Gap, "second": m.Lost.Gap} {
		if g.CustomerDialogChanged || g.SSRCChanged || g.SequenceBreaks > 0 {
			t.Errorf("%s act: the customer noticed: %+v", act, g)
		}
	}
	if m.Cause != "none" || m.Lost.Cause != "none" || len(m.Faults) > 0 {
		t.Errorf("causes %q and %q, faults %q", m.Cause, m.Lost.Cause, m.Faults)
	}
}

func TestAPlayThatIsInterruptedEndsAndLeavesNothing(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var out bytes.Buffer
	if err := Run(ctx, Options{Out: &out}); err == nil {
		t.Errorf("no error:\n%s", out.String())
	}
}

func TestTheRobotsStayAtWorkUntilTheyAreSentHome(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	var out bytes.Buffer
	w, err := newWorld(within(t), Options{Out: &out, Hurry: 5})
	must(t, err)
	ctx, home := context.WithCancel(t.Context())
	defer home()
	stayed := make(chan error, 1)
	go func() { stayed <- w.stay(ctx, &out) }()
	boss, err := SignIn(within(t), w.stage.HTTP, w.stage.Boss)
	must(t, err)
	watch, err := boss.Watch(within(t))
	must(t, err)
	talking := map[string]bool{}
	_, err = watch.Wait(within(t), time.Time{}, func(e Event) bool {
		if a, ok := e.Agent(); ok && a.Status == "in_line" {
			talking[a.ID] = true
		}
		return len(talking) == 2
	})
	must(t, err)
	must(t, boss.Switch(within(t), "ana", "telagent"))
	_, _, err = watch.WaitAgent(within(t), "ana", time.Time{}, func(a Agent) bool { return a.Reach == "phone" && a.Activity == "talking" })
	must(t, err)
	watch.Close()
	boss.Close()
	home()
	must(t, <-stayed)
	must(t, w.close())
	if !strings.Contains(out.String(), w.stage.Boss.Password) || !strings.Contains(out.String(), w.stage.HTTP) {
		t.Errorf("it does not say how to get in:\n%s", out.String())
	}
}
