package console

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// busyFloor is a floor where ana talks in c1 while ben is asked and boss and sally listen.
func busyFloor() *floor {
	f := newFloor()
	f.view.Agents = append(f.view.Agents, telagent.AgentView{ID: "sally", Name: "Sally", Team: "leads", Part: "whisper", Call: "c1"})
	c := &f.view.Calls[0]
	c.Kind, c.State, c.Recording = "inbound", "consulting", "paused"
	c.Guests = []telagent.GuestView{
		{Agent: "ben", Mode: "consult", State: "ringing", Gets: true},
		{Number: "+4930", Mode: "conference", State: "talking"},
		{Agent: "boss", Mode: "monitor", State: "talking"},
		{Agent: "sally", Mode: "whisper"},
	}
	c.Legs = []telagent.LegView{{Leg: "l1", Agent: "ana"}, {Leg: "l2", Agent: "ben"}, {Leg: "l3"}, {Leg: "l4", Agent: "boss"}}
	return f
}

func TestWhatIsAskedOfACallReachesTheFloorAsItsCommand(t *testing.T) {
	for _, of := range []struct {
		method, path, body string
		want               telagent.Command
	}{
		{"POST", "/guests", `{"agent":"ben","mode":"consult","request_id":"r"}`, telagent.AddGuest{By: "boss", Call: "c1", Agent: "ben", Mode: telagent.Consult, RequestID: "r"}},
		{"POST", "/guests", `{"number":"+4930","mode":"conference"}`, telagent.AddGuest{By: "boss", Call: "c1", Number: "+4930", Mode: telagent.Conference}},
		{"POST", "/guests", `{"mode":"monitor"}`, telagent.AddGuest{By: "boss", Call: "c1", Mode: telagent.Monitor}},
		{"PATCH", "/guests/boss", `{"mode":"barge"}`, telagent.ChangeGuest{By: "boss", Call: "c1", Agent: "boss", Mode: telagent.Barge}},
		{"DELETE", "/guests/+4930", "", telagent.DropGuest{By: "boss", Call: "c1", Agent: "+4930"}},
		{"POST", "/transfer", `{"to":"shop","request_id":"r"}`, telagent.Transfer{By: "boss", Call: "c1", To: "shop", RequestID: "r"}},
		{"POST", "/transfer", `{}`, telagent.Transfer{By: "boss", Call: "c1"}},
		{"PUT", "/hold", `{"on":true}`, telagent.Hold{By: "boss", Call: "c1"}},
		{"PUT", "/hold", `{"on":false}`, telagent.Hold{By: "boss", Call: "c1", Off: true}},
		{"PUT", "/recording", `{"state":"on"}`, telagent.RecordCall{By: "boss", Call: "c1", Now: call.On}},
		{"PUT", "/recording", `{"state":"paused"}`, telagent.RecordCall{By: "boss", Call: "c1", Now: call.Paused}},
		{"PUT", "/recording", `{"state":"off"}`, telagent.RecordCall{By: "boss", Call: "c1", Now: call.Off}},
		{"POST", "/rescue", "", telagent.RescueCall{By: "boss", Call: "c1"}},
		{"DELETE", "", "", telagent.EndCall{By: "boss", Call: "c1"}},
	} {
		f := newFloor()
		c := newConsole(t, f.options())
		w := ask(c, of.method, prefix+"/calls/c1"+of.path, of.body, as(tokenFor(t, c, "boss"))...)
		if did := f.did(); w.Code != http.StatusNoContent || len(did) != 1 || !reflect.DeepEqual(did[0], of.want) {
			t.Errorf("%s %s %s: answer %d %s, asked %+v, want %+v", of.method, of.path, of.body, w.Code, w.Body, did, of.want)
		}
	}
}

func TestWhatIsNoWordOfACallIsRefusedBeforeTheFloorIsAsked(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	for _, of := range [][3]string{
		{"POST", "/guests", `{"agent":"ben","mode":"primary"}`},
		{"POST", "/guests", `{"agent":"ben"}`},
		{"PATCH", "/guests/ben", `{"mode":"consult"}`},
		{"PUT", "/hold", `{}`},
		{"PUT", "/recording", `{"state":"loud"}`},
	} {
		w := ask(c, of[0], prefix+"/calls/c1"+of[1], of[2], as(tokenFor(t, c, "boss"))...)
		if p := problemOf(t, w); w.Code != http.StatusUnprocessableEntity || p.Code != "invalid" || len(f.did()) != 0 {
			t.Errorf("%v: answer %+v, asked %v", of, p, f.did())
		}
	}
}

func TestACallIsSeenByWhoSeesAnybodyInItAndIsNoneForTheOthers(t *testing.T) {
	f := busyFloor()
	c := newConsole(t, f.options())
	for user, sees := range map[string]bool{"ana": true, "boss": true, "sally": true, "root": true, "zed": false} {
		f.view.Users = append(f.view.Users, telagent.User{Name: "zed", Role: telagent.SupervisorRole, Teams: []string{"sales"}})
		want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[sees]
		if w := ask(c, "GET", prefix+"/calls/c1", "", as(tokenFor(t, c, user))...); w.Code != want {
			t.Errorf("%s: answer %d, want %d", user, w.Code, want)
		}
	}
	for _, of := range [][3]string{
		{"POST", "/guests", `{"mode":"monitor"}`},
		{"PATCH", "/guests/ben", `{"mode":"conference"}`},
		{"DELETE", "/guests/ben", ""},
		{"POST", "/transfer", `{"to":"ben"}`},
		{"PUT", "/hold", `{"on":true}`},
		{"PUT", "/recording", `{"state":"on"}`},
		{"POST", "/rescue", ""},
	} {
		if p := problemOf(t, ask(c, of[0], prefix+"/calls/c1"+of[1], of[2], as(tokenFor(t, c, "zed"))...)); p.Code != "unknown_call" || p.Status != 404 {
			t.Errorf("%v: answer %+v", of, p)
		}
	}
	if did := f.did(); len(did) != 0 {
		t.Errorf("the Floor was asked for %v", did)
	}
}

func TestAWishWithARequestIDIsAskedAgainAfterTheCallLeft(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	path, body := prefix+"/calls/gone/transfer", `{"to":"ben","request_id":"r"}`
	if w := ask(c, "POST", path, body, as(tokenFor(t, c, "ana"))...); w.Code != http.StatusNoContent {
		t.Errorf("answer %d %s to what was done before", w.Code, w.Body)
	}
	f.broken = &telagent.Refusal{Code: "not_supervisor", Sentence: "Only a supervisor may do this."}
	if p := problemOf(t, ask(c, "POST", path, body, as(tokenFor(t, c, "ana"))...)); p.Code != "unknown_call" {
		t.Errorf("answer %+v about a call that the user does not see", p)
	}
}

func TestASupervisorSeesWhoMonitorsAndAnAgentDoesNot(t *testing.T) {
	c := newConsole(t, busyFloor().options())
	for user, want := range map[string]string{"ana": "ben +4930 sally l1 l2 l3", "boss": "ben +4930 boss sally l1 l2 l3 l4"} {
		var s callShown
		decodeInto(t, ask(c, "GET", prefix+"/calls/c1", "", as(tokenFor(t, c, user))...).Body.Bytes(), &s)
		var got []string
		for _, g := range s.Guests {
			got = append(got, g.Agent+g.Number)
		}
		for _, l := range s.Legs {
			got = append(got, l.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s sees %v, want %s", user, got, want)
		}
		if g := s.Guests[0]; !g.Gets || g.Mode != "consult" || g.State != "ringing" || s.Kind != "inbound" || s.Recording != "paused" || s.State != "consulting" {
			t.Errorf("%s sees %+v", user, s)
		}
	}
}

func TestAnAgentsHistoryHasNoLegOfWhoMonitored(t *testing.T) {
	f := newFloor()
	f.records = []telagent.Record{{ID: "old", Legs: []telagent.LegRecord{
		{Leg: "l1"}, {Leg: "l2", Agent: "ana"}, {Leg: "l3", Agent: "boss", Mode: "monitor"}, {Leg: "l4", Agent: "sally", Mode: "barge"},
	}}}
	c := newConsole(t, f.options())
	for user, want := range map[string]int{"ana": 3, "boss": 4} {
		var h historyShown
		decodeInto(t, ask(c, "GET", prefix+"/history", "", as(tokenFor(t, c, user))...).Body.Bytes(), &h)
		if len(h.Records) != 1 || len(h.Records[0].Legs) != want {
			t.Errorf("%s sees %+v, want %d legs", user, h.Records, want)
		}
		table := ask(c, "GET", prefix+"/history?format=csv", "", as(tokenFor(t, c, user))...).Body.String()
		if lines := strings.Count(table, "\r\n"); lines != want+1 {
			t.Errorf("%s has a table of %d lines, want %d legs", user, lines, want)
		}
	}
}

// refusals finds the codes in the sources of a package.
func refusals(t *testing.T, pattern, code string) (codes []string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	find := regexp.MustCompile(code)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range find.FindAllStringSubmatch(string(text), -1) {
			codes = append(codes, m[1])
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func TestEveryCodeOfARefusalHasAStatusOfItsOwn(t *testing.T) {
	all := refusals(t, "../telagent/*.go", `\brefuse\("(\w+)"`)
	if len(all) < 40 {
		t.Fatalf("found %v only", all)
	}
	all = append(all, refusals(t, "*.go", `\bproblem\("(\w+)"`)...)
	for _, code := range all {
		if statusOf[code] == 0 {
			t.Errorf("the code %s has no status; give it one in problem.go", code)
		}
	}
	for code := range statusOf {
		if !slices.Contains(all, code) {
			t.Errorf("nothing has the code %s any more", code)
		}
	}
	if odd := refusals(t, "../telagent/*.go", `\brefuse\(([^"\s][^,]*),`); len(odd) != 1 || odd[0] != "code" {
		t.Errorf("a code that cannot be found by reading: %v", odd)
	}
}
