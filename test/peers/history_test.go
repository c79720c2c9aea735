//go:build peers

package peers

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// ended is a call as the history has it.
type ended struct {
	ID, Kind        string
	Answered, Ended time.Time
	Legs            []struct{ Seat, Agent, Device, Cause, Fault string }

	Recordings []struct {
		Length  float64
		Paused  bool
		Problem string
	}
}

func (s *site) history() []ended {
	s.t.Helper()
	var out struct{ Records []ended }
	s.api("GET", "/history", nil, &out)
	return out.Records
}

func TestARecordedCallIsInTheHistoryAndItsRecordingIsHeardByTheSupervisorAlone(t *testing.T) {
	t.Parallel()
	s := startSite(t, 68, "")
	customer, softphone := talking(s)
	var live struct{ Calls []struct{ ID string } }
	s.api("GET", "/calls", nil, &live)
	s.api("PUT", "/calls/"+live.Calls[0].ID+"/recording", map[string]string{"state": "on"}, nil)
	heard := len(customer.heard())
	await(t, "a second is heard meanwhile", 20*time.Second, func() bool { return len(customer.heard()) > heard+rate })
	customer.hangup()
	softphone.waitFor("CALL_CLOSED", 1)

	await(t, "the history knows the length of the recording", 20*time.Second, func() bool {
		h := s.history()
		return len(h) == 1 && len(h[0].Recordings) == 1 && h[0].Recordings[0].Length > 0
	})
	call := s.history()[0]
	if call.ID != live.Calls[0].ID || call.Kind != "inbound" || len(call.Legs) != 2 {
		t.Fatalf("the history has %+v", call)
	}
	for _, l := range call.Legs {
		want := map[string]string{"customer": "pstn", "agent": "softphone"}[l.Seat]
		if l.Device != want || l.Cause != "normal" || l.Fault != "" {
			t.Errorf("the leg of the %s is %+v", l.Seat, l)
		}
	}

	file := s.path("heard.wav")
	if out, err := s.telagent("recording", call.ID, "-o", file).CombinedOutput(); err != nil {
		t.Fatalf("telagent recording: %v\n%s", err, out)
	}
	fetched, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(s.path("recordings/" + call.ID + ".wav"))
	if err != nil || !bytes.Equal(fetched, written) || !bytes.HasPrefix(written, []byte("RIFF")) {
		t.Errorf("fetched %d bytes, written %d (%v)", len(fetched), len(written), err)
	}
	if status, body := s.call(s.signIn("ana", "ana-secret-1"), "GET", "/history/"+call.ID+"/recording", nil); status != 403 {
		t.Errorf("ana hears her own call: %d %.100s", status, body)
	}
	var trail struct {
		Entries []struct{ By, Action, Result string }
	}
	s.api("GET", "/audit?subject="+call.ID, nil, &trail)
	listened, _ := json.Marshal(trail.Entries)
	if !strings.Contains(string(listened), `{"By":"boss","Action":"listen","Result":"done"}`) {
		t.Errorf("the audit trail has %s", listened)
	}
	if out, err := s.telagent("history", "--csv").Output(); err != nil || strings.Count(string(out), "\r\n") != 3 {
		t.Errorf("the table is %q (%v)", out, err)
	}
}
