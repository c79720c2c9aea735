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

// perform plays at a puppet in a hurry, at most for that long.
func perform(t *testing.T, flaw string, most time.Duration) (Measured, string, error) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	carrier, err := NewRobot(Part{Name: "carrier", Address: "127.0.20.1", Tone: CustomerTone})
	must(t, err)
	t.Cleanup(carrier.Kill)
	gateway := newPuppet(t, "sip:+49301234567@"+carrier.Addr(), flaw)
	stage := Stage{
		SIP: gateway.robot.Addr(), HTTP: gateway.api.URL, Domain: "gw.test", Boss: Login{"boss", "x"}, Ana: Login{"ana", "x"},
		Queue: "+18005550100", Phone: "+49301234567", Carrier: carrier, Softly: "127.0.30.1", Hurry: 5,
	}
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	var out bytes.Buffer
	m, err := Play(ctx, stage, &out)
	return m, out.String(), err
}

func TestThePlayRunsToItsEndAndMeasures(t *testing.T) {
	m, text, err := perform(t, "", time.Minute)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !slices.Equal(words(m.Presence), expected) {
		t.Errorf("statuses %v", m.Presence)
	}
	if m.CustomerGapMS <= 0 || m.TwoWayMS <= 0 || m.ComfortAfterMS <= 0 || m.Lost.CutOffAfterMS <= 0 {
		t.Errorf("something was not measured: %+v", m)
	}
	if m.CustomerDialogChanged || m.SSRCChanged || m.SequenceBreaks > 0 || m.Cause != "none" {
		t.Errorf("measured what did not happen: %+v", m)
	}
	for _, line := range []string{"customer hears the softphone", "Switch to Telagent", "she presses 1", "gets BYE", "comfort audio", "Measured"} {
		if !strings.Contains(text, line) {
			t.Errorf("the timeline does not say %q:\n%s", line, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("the timeline is coloured, though nobody asked")
	}
	b, err := json.Marshal(m)
	must(t, err)
	for _, name := range []string{"customer_gap_ms", "two_way_ms", "cut_over_ms", "presence", "at_ms", "customer_dialog_changed", "cause", "comfort_after_ms"} {
		if !strings.Contains(string(b), `"`+name+`"`) {
			t.Errorf("%s is missing in %s", name, b)
		}
	}
}

func TestThePlayFindsAReINVITEToTheCustomer(t *testing.T) {
	m, text, err := perform(t, "re-INVITE", time.Minute)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !m.CustomerDialogChanged || !strings.Contains(strings.Join(m.Misses(), "\n"), "dialog") {
		t.Errorf("not found: %+v", m)
	}
}

func TestThePlayFindsAGap(t *testing.T) {
	m, text, err := perform(t, "gap", time.Minute)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if m.CustomerGapMS < 250 || m.CutOverMS < 250 || m.TwoWayMS < 250 || !strings.ContainsAny(text, "✗?") {
		t.Errorf("not found: %+v\n%s", m, text)
	}
}

func TestTheStepThatDoesNotHappenIsNamed(t *testing.T) {
	for flaw, want := range map[string]string{
		"leak":   "act 1: the phone is answered and asked for a key",
		"no BYE": "act 1: the softphone gets BYE",
		"refuse": "act 1: the supervisor switches the agent and her phone rings: POST /switch: 409 Conflict: no_number",
	} {
		t.Run(flaw, func(t *testing.T) {
			_, text, err := perform(t, flaw, 4*time.Second)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q\n%s", err, want, text)
			}
			if strings.Contains(text, "Measured") {
				t.Error("a table was printed for a play that failed")
			}
		})
	}
}
