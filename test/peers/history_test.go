//go:build peers

package peers

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/stage"
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
	s.T.Helper()
	var out struct{ Records []ended }
	s.API("GET", "/history", nil, &out)
	return out.Records
}

func TestARecordedCallIsInTheHistoryAndItsRecordingIsHeardByTheSupervisorAlone(t *testing.T) {
	t.Parallel()
	s := startSite(t, 68, "")
	customer, softphone := talking(s)
	var live struct{ Calls []struct{ ID string } }
	s.API("GET", "/calls", nil, &live)
	s.API("PUT", "/calls/"+live.Calls[0].ID+"/recording", map[string]string{"state": "on"}, nil)
	heard := len(customer.Heard())
	stage.Await(t, "a second is heard meanwhile", 20*time.Second, func() bool { return len(customer.Heard()) > heard+stage.Rate })
	customer.Hangup()
	softphone.WaitFor("CALL_CLOSED", 1)

	stage.Await(t, "the history knows the length of the recording", 20*time.Second, func() bool {
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

	file := s.Path("heard.wav")
	if out, err := s.Telagent("recording", call.ID, "-o", file).CombinedOutput(); err != nil {
		t.Fatalf("telagent recording: %v\n%s", err, out)
	}
	fetched, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(s.Path("recordings/" + call.ID + ".wav"))
	if err != nil || !bytes.Equal(fetched, written) || !bytes.HasPrefix(written, []byte("RIFF")) {
		t.Errorf("fetched %d bytes, written %d (%v)", len(fetched), len(written), err)
	}
	if status, body := s.Call(s.SignIn("ana", "ana-secret-1"), "GET", "/history/"+call.ID+"/recording", nil); status != 403 {
		t.Errorf("ana hears her own call: %d %.100s", status, body)
	}
	var trail struct {
		Entries []struct{ By, Action, Result string }
	}
	s.API("GET", "/audit?subject="+call.ID, nil, &trail)
	listened, _ := json.Marshal(trail.Entries)
	if !strings.Contains(string(listened), `{"By":"boss","Action":"listen","Result":"done"}`) {
		t.Errorf("the audit trail has %s", listened)
	}
	if out, err := s.Telagent("history", "--csv").Output(); err != nil || strings.Count(string(out), "\r\n") != 3 {
		t.Errorf("the table is %q (%v)", out, err)
	}
}
