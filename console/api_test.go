package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

func TestWhoMayDoWhat(t *testing.T) {
	status := `{"status":"away","reason":"lunch"}`
	cases := []struct {
		user, method, path, body string
		want                     int
		code                     string
	}{
		{"", "GET", "/agents", "", 401, "not_signed_in"},
		{"", "GET", "/events", "", 401, "not_signed_in"},
		{"", "POST", "/switch", `{"agents":["ana"],"to":"telagent"}`, 401, "not_signed_in"},
		{"ana", "GET", "/agents/ana", "", 200, ""},
		{"ana", "GET", "/agents/ben", "", 404, "unknown_agent"},
		{"ana", "PUT", "/agents/ana/status", status, 200, ""},
		{"ana", "PUT", "/agents/ben/status", status, 403, "not_supervisor"},
		{"ana", "POST", "/agents/ana/wrap-up", `{"action":"end"}`, 200, ""},
		{"ana", "DELETE", "/agents/ana/status", "", 200, ""},
		{"ana", "DELETE", "/agents/ana/status/pending", "", 200, ""},
		{"ana", "DELETE", "/agents/ben/status", "", 403, "not_supervisor"},
		{"", "GET", "/colleagues", "", 401, "not_signed_in"},
		{"ana", "GET", "/colleagues", "", 200, ""},
		{"ana", "POST", "/switch", `{"agents":["ana"],"to":"telagent"}`, 403, "not_supervisor"},
		{"ana", "POST", "/force-logout", `{"agents":["ben"]}`, 403, "not_supervisor"},
		{"ana", "GET", "/trunks", "", 403, "not_supervisor"},
		{"ana", "GET", "/audit", "", 403, "not_supervisor"},
		{"ana", "GET", "/calls/c1", "", 200, ""},
		{"ana", "GET", "/calls/c3", "", 404, "unknown_call"},
		{"ana", "POST", "/import", "", 403, "not_admin"},
		{"ana", "POST", "/agents/ana/activity", "", 204, ""},
		{"ana", "POST", "/agents/ben/activity", "", 403, "not_yourself"},
		{"ana", "PUT", "/offices/berlin/status", `{"status":"away"}`, 403, "not_supervisor"},
		{"ana", "PUT", "/agents/ana/status", `{"profile":"Lunch"}`, 200, ""},
		{"ana", "PUT", "/agents/ana/status", `{"status":"away","office":"berlin"}`, 200, ""},
		{"ana", "PUT", "/agents/ana/status", `{"status":"offline","profile":"Lunch"}`, 422, "bad_status"},
		{"ana", "PUT", "/agents/ana/status", `{}`, 422, "bad_status"},
		{"ana", "GET", "/profiles", "", 200, ""},
		{"ana", "GET", "/agents?vocabulary=klingon", "", 422, "invalid"},
		{"ana", "GET", "/reports/status-time?tz=Mars", "", 422, "bad_time"},
		{"ana", "GET", "/reports/status-time?from=yesterday", "", 422, "bad_time"},
		{"ana", "GET", "/reports/status-time?from=2020-01-01", "", 422, "bad_time"},
		{"boss", "PUT", "/offices/berlin/status", `{"status":"away"}`, 200, ""},
		{"boss", "GET", "/agents/ben", "", 200, ""},
		{"boss", "GET", "/agents/zoe", "", 404, "unknown_agent"},
		{"boss", "GET", "/agents/none", "", 404, "unknown_agent"},
		{"boss", "PUT", "/agents/zoe/status", status, 404, "unknown_agent"},
		{"boss", "PUT", "/agents/ana/status", status, 200, ""},
		{"boss", "POST", "/switch", `{"agents":["zoe"],"to":"telagent"}`, 404, "unknown_agent"},
		{"boss", "POST", "/switch", `{"agents":["zoe"],"to":"telagent","dry_run":true}`, 404, "unknown_agent"},
		{"boss", "POST", "/switch", `{"agents":["ana"],"to":"telagent"}`, 200, ""},
		{"boss", "POST", "/force-logout", `{"agents":["ana"]}`, 200, ""},
		{"boss", "GET", "/trunks", "", 200, ""},
		{"boss", "GET", "/calls/c2", "", 404, "unknown_call"},
		{"boss", "DELETE", "/calls/c2", "", 404, "unknown_call"},
		{"boss", "DELETE", "/calls/c1", "", 204, ""},
		{"boss", "POST", "/import", "", 403, "not_admin"},
		{"root", "POST", "/switch", `{"agents":["zoe"],"to":"softphone"}`, 200, ""},
		{"root", "GET", "/calls/c2", "", 200, ""},
		{"root", "POST", "/import", "agents: []", 200, ""},
	}
	for _, of := range cases {
		t.Run(strings.Join([]string{of.user, of.method, of.path}, " "), func(t *testing.T) {
			c := newConsole(t, newFloor().options())
			var headers []string
			if of.user != "" {
				headers = as(tokenFor(t, c, of.user))
			}
			if of.path == "/import" {
				headers = append(headers, "Content-Type", "application/yaml")
				if of.body == "" {
					of.body = "x: 1"
				}
			}
			w := ask(c, of.method, prefix+of.path, of.body, headers...)
			if w.Code != of.want {
				t.Fatalf("answer %d %s, want %d", w.Code, w.Body, of.want)
			}
			if of.code != "" {
				if p := problemOf(t, w); p.Code != of.code {
					t.Fatalf("code %q, want %q", p.Code, of.code)
				}
			}
		})
	}
}

func TestListsHoldOnlyWhatTheUserMaySee(t *testing.T) {
	f := newFloor()
	f.phones = []Phone{{AOR: "ana"}, {AOR: "zoe"}, {AOR: "lobby"}}
	c := newConsole(t, f.options())
	want := map[string]struct{ agents, calls, queues, phones string }{
		"ana":  {"ana", "c1", "help", "ana"},
		"boss": {"ana ben", "c1 c3", "help", "ana"},
		"root": {"ana ben zoe", "c1 c2 c3", "help shop", "ana zoe lobby"},
	}
	for user, of := range want {
		token := tokenFor(t, c, user)
		var agents, queues, phones []string
		var a agentsAnswer
		decodeInto(t, ask(c, "GET", prefix+"/agents", "", as(token)...).Body.Bytes(), &a.Body)
		for _, one := range a.Body.Agents {
			agents = append(agents, one.ID)
		}
		var s callsAnswer
		decodeInto(t, ask(c, "GET", prefix+"/calls", "", as(token)...).Body.Bytes(), &s.Body)
		var q queuesAnswer
		decodeInto(t, ask(c, "GET", prefix+"/queues", "", as(token)...).Body.Bytes(), &q.Body)
		for _, one := range q.Body.Queues {
			queues = append(queues, one.Name)
		}
		var p phonesAnswer
		decodeInto(t, ask(c, "GET", prefix+"/phones", "", as(token)...).Body.Bytes(), &p.Body)
		for _, one := range p.Body.Phones {
			phones = append(phones, one.AOR)
		}
		got := [4]string{strings.Join(agents, " "), strings.Join(ids(s.Body.Calls), " "), strings.Join(queues, " "), strings.Join(phones, " ")}
		if got != [4]string{of.agents, of.calls, of.queues, of.phones} {
			t.Errorf("%s sees %q, want %q", user, got, of)
		}
	}
}

func decodeInto(t *testing.T, body []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(body, v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
}

func TestARefusalBecomesAProblemWithItsCodeAndOneStatus(t *testing.T) {
	for code, want := range map[string]int{
		"already_switching": 409, "no_number": 409, "number_not_authorised": 409, "no_trunk_capacity": 409,
		"bad_number": 422, "past": 422, "not_yourself": 403, "unknown_call": 404, "unknown_agent": 404, "not_supervisor": 403, "some_code_of_tomorrow": 409,
	} {
		f := newFloor()
		f.refuse["ana"] = &telagent.Refusal{Code: code, Sentence: "Because 100 % of it is so."}
		o := f.options()
		do := o.Do
		o.Do = func(ctx ctx, cmd telagent.Command) error { return errors.Join(do(ctx, cmd), nil) } // as the loop wraps it
		c := newConsole(t, o)
		w := ask(c, "POST", prefix+"/switch", `{"agents":["ana"],"to":"telagent"}`, as(tokenFor(t, c, "boss"))...)
		p := problemOf(t, w)
		if w.Code != want || p.Code != code || p.Detail != "Because 100 % of it is so." {
			t.Errorf("%s: answer %d %+v, want %d", code, w.Code, p, want)
		}
		if len(p.Results) != 1 || p.Results[0].Agent != "ana" || p.Results[0].OK {
			t.Errorf("%s: results %+v, want ana's", code, p.Results)
		}
	}
}

func TestABatchDoesWhatItCanAndListsEachAgent(t *testing.T) {
	f := newFloor()
	f.view.Agents[1].Activity = "cut_off"
	f.refuse["ana"] = &telagent.Refusal{Code: "no_number", Sentence: "Ana has no number."}
	c := newConsole(t, f.options())
	w := ask(c, "POST", prefix+"/switch", `{"agents":["zoe","ana","ben","ana"],"to":"telagent","request_id":"r1"}`,
		as(tokenFor(t, c, "root"))...)
	if w.Code != 200 {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	var got batchAnswer
	decodeInto(t, w.Body.Bytes(), &got.Body)
	want := []result{
		{Agent: "zoe", OK: true, State: "moving"},
		{Agent: "ana", State: "refused", Code: "no_number", Detail: "Ana has no number."},
		{Agent: "ben", OK: true, State: "waiting", Code: "no_trunk_capacity", Detail: "No channel."},
	}
	if !slices.Equal(got.Body.Results, want) || got.Body.Switch != "b1" {
		t.Fatalf("answer %+v, want the results %+v", got.Body, want)
	}
	if did, is := f.did()[0].(telagent.SwitchMany); !is || did.RequestID != "r1" || !slices.Equal(did.Who.Agents, []string{"zoe", "ana", "ben"}) {
		t.Fatalf("the Floor was asked %+v", f.did())
	}
}

func TestASwitchOfSeveralCanBeFollowedAndUndone(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	root, boss, sally := as(tokenFor(t, c, "root")), as(tokenFor(t, c, "boss")), as(tokenFor(t, c, "sally"))
	if w := ask(c, "POST", prefix+"/switch", `{"agents":["ana","zoe"],"to":"telagent"}`, root...); w.Code != 200 {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	for _, view := range []struct {
		who    string
		header []string
		want   []string
	}{{"root", root, []string{"ana", "zoe"}}, {"boss", boss, []string{"ana"}}, {"sally", sally, []string{"zoe"}}, {"ana", as(tokenFor(t, c, "ana")), nil}} {
		var got massSwitchesAnswer
		decodeInto(t, ask(c, "GET", prefix+"/switches", "", view.header...).Body.Bytes(), &got.Body)
		var agents []string
		for _, s := range got.Body.Switches {
			for _, m := range s.Agents {
				agents = append(agents, m.Agent)
			}
		}
		if !slices.Equal(agents, view.want) {
			t.Errorf("%s sees the switches of %q, want %q", view.who, agents, view.want)
		}
	}
	var got massSwitchShown
	w := ask(c, "POST", prefix+"/switches/b1/undo", "", root...)
	decodeInto(t, w.Body.Bytes(), &got)
	if w.Code != 200 || got.UndoUntil != nil || got.Count["undone"] != 1 || got.Count["waiting"] != 1 {
		t.Errorf("answer %d %s, want one undone", w.Code, w.Body)
	}
	if p := problemOf(t, ask(c, "GET", prefix+"/switches/b2", "", root...)); p.Code != "unknown_switch" {
		t.Errorf("a switch that is none: %+v", p)
	}
}

func TestWhatIsDoneAndNotStoredYetIsNoRefusal(t *testing.T) {
	f := newFloor()
	f.broken = fmt.Errorf("%w: disk full", ErrNotSaved)
	c := newConsole(t, f.options())
	w := ask(c, "POST", prefix+"/switch", `{"agents":["ana"],"to":"telagent"}`, as(tokenFor(t, c, "boss"))...)
	var got batchAnswer
	decodeInto(t, w.Body.Bytes(), &got.Body)
	if r := got.Body.Results; w.Code != 200 || len(r) != 1 || !r[0].OK || r[0].Code != "not_saved" || r[0].Detail == "" {
		t.Errorf("answer %d %s, want that it was done and is not saved", w.Code, w.Body)
	}
	w = ask(c, "POST", prefix+"/agents/ana/wrap-up", `{"action":"end"}`, as(tokenFor(t, c, "boss"))...)
	if p := problemOf(t, w); w.Code != 503 || p.Code != "not_saved" {
		t.Errorf("answer %d %+v, want 503 not_saved", w.Code, p)
	}
}

func TestADryRunPlansAndDoesNothing(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	w := ask(c, "POST", prefix+"/switch", `{"agents":["ana","ben"],"to":"telagent","dry_run":true}`, as(tokenFor(t, c, "boss"))...)
	var got batchAnswer
	decodeInto(t, w.Body.Bytes(), &got.Body)
	if len(got.Body.Results) != 2 || got.Body.Results[0].Plan == nil || got.Body.Results[0].Plan.Later || !got.Body.Results[1].Plan.Later || got.Body.Plan.Now != 1 {
		t.Fatalf("answer %d %s, want two plans", w.Code, w.Body)
	}
	if len(f.did()) != 0 {
		t.Fatalf("a dry run did %+v", f.did())
	}
}

func TestBadInputGetsAClearProblem(t *testing.T) {
	c := newConsole(t, newFloor().options())
	boss := as(tokenFor(t, c, "boss"))
	cases := []struct {
		name, method, path, body string
		headers                  []string
		want                     int
		code, detail             string
	}{
		{"broken JSON", "POST", "/switch", `{"agents":`, nil, 400, "invalid", "body"},
		{"no body", "POST", "/switch", "", []string{"Content-Type", "application/json"}, 400, "invalid", "body is required"},
		{"nobody ticked", "POST", "/switch", `{"agents":[],"to":"telagent"}`, nil, 422, "invalid", "body.agents"},
		{"null for a list", "POST", "/switch", `{"agents":null,"to":"telagent"}`, nil, 422, "bad_selection", "Say whom"},
		{"unknown key", "POST", "/switch", `{"agents":["ana"],"to":"telagent","profile":"x"}`, nil, 422, "invalid", "body.profile"},
		{"wrong word", "POST", "/switch", `{"agents":["ana"],"to":"moon"}`, nil, 422, "invalid", "body.to"},
		{"number for two", "POST", "/switch", `{"agents":["ana","ben"],"to":"telagent","number":"+49301"}`, nil, 422, "invalid", "single agent"},
		{"status in line", "PUT", "/agents/ana/status", `{"status":"in_line"}`, nil, 422, "invalid", "body.status"},
		{"not a time", "PUT", "/agents/ana/status", `{"status":"away","until":"noon"}`, nil, 422, "invalid", "body.until"},
		{"form", "POST", "/switch", `agents=ana`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "wrong_content_type", "application/json"},
		{"JSON as directory", "POST", "/import", `{}`, nil, 415, "wrong_content_type", "application/yaml"},
		{"too large", "POST", "/switch", `{"agents":["` + strings.Repeat("a", bodySize) + `"]}`, nil, 413, "too_large", "too large"},
		{"limit", "GET", "/history?limit=5000", "", nil, 422, "invalid", "query.limit"},
		{"no such call of the API", "GET", "/nothing", "", nil, 404, "not_found", "nothing"},
		{"wrong method", "DELETE", "/switch", "", nil, 405, "method_not_allowed", "POST"},
	}
	for _, of := range cases {
		t.Run(of.name, func(t *testing.T) {
			w := ask(c, of.method, prefix+of.path, of.body, append(slices.Clone(boss), of.headers...)...)
			p := problemOf(t, w)
			if w.Code != of.want || p.Code != of.code || !strings.Contains(p.Detail, of.detail) {
				t.Fatalf("answer %d %s %q, want %d %s %q", w.Code, p.Code, p.Detail, of.want, of.code, of.detail)
			}
		})
	}
}

func TestABrokenFloorIsNoStackTraceOnTheScreen(t *testing.T) {
	f := newFloor()
	f.broken = errors.New("database on fire at 10.0.0.1")
	c := newConsole(t, f.options())
	w := ask(c, "PUT", prefix+"/agents/ana/status", `{"status":"away"}`, as(tokenFor(t, c, "boss"))...)
	if p := problemOf(t, w); w.Code != 503 || p.Code != "unavailable" || strings.Contains(w.Body.String(), "fire") {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	o := f.options()
	o.Phones = func() []Phone { panic("a bug in phones") }
	c = newConsole(t, o)
	w = ask(c, "GET", prefix+"/phones", "", as(tokenFor(t, c, "boss"))...)
	if p := problemOf(t, w); p.Code != "broken" || strings.Contains(w.Body.String(), "bug in") {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
}

func TestHistoryAndAuditShowOnlyTheTeams(t *testing.T) {
	f := newFloor()
	for i := range 300 { // of another team, so that the page must be filled from further back
		f.records = append(f.records, record(fmt.Sprint("s", i), "shop", "zoe", -i))
	}
	f.records = append(f.records, record("h1", "help", "ben", -1000), record("h2", "help", "", -1001), record("s2", "shop", "", -1002))
	f.entries = []telagent.AuditEntry{
		{By: "boss", Action: "switch", Subject: "zoe", Result: "unknown_agent"},
		{By: "sally", Action: "switch", Subject: "zoe"},
		{By: "root", Action: "force_logout", Subject: "ana"},
	}
	c := newConsole(t, f.options())
	var h historyShown
	decodeInto(t, ask(c, "GET", prefix+"/history", "", as(tokenFor(t, c, "boss"))...).Body.Bytes(), &h)
	if len(h.Records) != 2 || h.Records[0].ID != "h1" || h.Records[1].ID != "h2" {
		t.Errorf("boss reads %+v, want h1 and h2", h.Records)
	}
	decodeInto(t, ask(c, "GET", prefix+"/history?limit=5&queue=help", "", as(tokenFor(t, c, "root"))...).Body.Bytes(), &h)
	if len(h.Records) != 2 {
		t.Errorf("root reads %+v of the queue help, want two", h.Records)
	}
	var a auditAnswer
	decodeInto(t, ask(c, "GET", prefix+"/audit", "", as(tokenFor(t, c, "boss"))...).Body.Bytes(), &a.Body)
	if len(a.Body.Entries) != 2 || a.Body.Entries[0].Subject != "zoe" || a.Body.Entries[1].Subject != "ana" {
		t.Errorf("boss reads %+v, want what he tried and what was done to ana", a.Body.Entries)
	}
}

func record(id, queue, agent string, second int) telagent.Record {
	r := telagent.Record{ID: call.ID(id), Queue: queue, Ended: start.Add(seconds(second)), Cause: call.Normal}
	if agent != "" {
		r.Legs = []telagent.LegRecord{{Leg: "l", Seat: call.AgentSeat, Agent: agent}}
	}
	return r
}

func TestAnImportNamesEveryComplaint(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	headers := append(as(tokenFor(t, c, "root")), "Content-Type", "application/yaml")
	w := ask(c, "POST", prefix+"/import", "agents: 1", headers...)
	if w.Code != 200 || f.imported != "root: agents: 1" || !strings.Contains(w.Body.String(), "agent ana is new") {
		t.Fatalf("answer %d %s, imported %q", w.Code, w.Body, f.imported)
	}
	w = ask(c, "POST", prefix+"/import", "wrong: 1", headers...)
	p := problemOf(t, w)
	if w.Code != 422 || p.Code != "invalid_directory" || len(p.Errors) != 2 || !strings.HasPrefix(p.Detail, "agents.yaml:3:") {
		t.Fatalf("answer %d %+v", w.Code, p)
	}
}

func TestTheDescriptionCoversEveryCallAndIsServed(t *testing.T) {
	c := newConsole(t, newFloor().options())
	w := ask(c, "GET", "/api/openapi.json", "")
	var doc struct {
		OpenAPI    string                                `json:"openapi"`
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	decodeInto(t, w.Body.Bytes(), &doc)
	if doc.OpenAPI != "3.1.0" || w.Body.String() != string(OpenAPI()) {
		t.Fatalf("OpenAPI %q; served and exported descriptions must be one", doc.OpenAPI)
	}
	for _, want := range []string{
		"post /sign-in", "post /sign-out", "post /setup", "get /me", "get /agents", "get /agents/{id}", "put /agents/{id}/status",
		"delete /agents/{id}/status", "delete /agents/{id}/status/pending", "get /colleagues", "post /agents/{id}/wrap-up", "post /switch", "post /force-logout", "get /calls",
		"get /calls/{id}", "delete /calls/{id}", "get /trunks", "get /phones", "get /queues", "get /alarms", "get /history",
		"get /history/{id}/recording",
		"get /audit", "post /import", "get /events", "post /agents/{id}/activity", "put /offices/{office}/status", "get /profiles",
		"get /reports/status-time", "get /webhooks", "post /webhooks/test", "get /bans", "delete /bans/{address}", "get /healthz", "get /livez", "get /readyz",
	} {
		method, path, _ := strings.Cut(want, " ")
		if doc.Paths[prefix+path][method] == nil {
			t.Errorf("the description lacks %s", want)
		}
	}
	for path, calls := range doc.Paths {
		for method := range calls {
			r, _ := http.NewRequest(strings.ToUpper(method), strings.NewReplacer("{id}", "x", "{office}", "x").Replace(path), nil)
			if _, pattern := c.mux.Handler(r); pattern != strings.ToUpper(method)+" "+path {
				t.Errorf("%s %s is described but goes to %q", method, path, pattern)
			}
		}
	}
	me := string(doc.Components.Schemas["MeAnswerBody"]) + string(doc.Components.Schemas["SignInAnswerBody"])
	if strings.Count(me, `"role":`) != 2 {
		t.Errorf("the description lacks fields of who is signed in: %s", me)
	}
	for _, name := range []string{"Agent", "Call", "Record", "Queue", "Switch", "Alarm", "Problem", "Clock", "Left"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("the description lacks the schema %s", name)
		}
	}
}

func TestHealthMetricsAndPagesNeedNoSignIn(t *testing.T) {
	f := newFloor()
	o := f.options()
	c := newConsole(t, o)
	c.Tell([]telagent.Change{
		telagent.CallEnded{Record: telagent.Record{Cause: call.Busy}},
		telagent.SwitchDone{},
		telagent.SwitchFailed{Switch: telagent.SwitchRecord{Result: "no_confirm"}},
	})
	body := ask(c, "GET", "/metrics", "").Body.String()
	for _, line := range []string{
		`telagent_agents{status="available"} 3`, `telagent_calls{state="talking"} 1`, `telagent_waiting{queue="help"} 1`,
		`telagent_calls_ended_total{cause="busy"} 1`, `telagent_switches_total{result="done"} 1`,
		`telagent_switches_total{result="no_confirm"} 1`, `telagent_trunk_channels_in_use{trunk="carrier"} 2`, `telagent_trunk_up{trunk="carrier"} 1`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
	for _, path := range []string{"/healthz", "/livez", "/readyz", prefix + "/healthz", prefix + "/livez", prefix + "/readyz"} {
		if w := ask(c, "GET", path, ""); w.Code != 200 {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
	w := ask(c, "GET", "/", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<title>") {
		t.Errorf("the page answers %d %s", w.Code, w.Body)
	}
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
		if w.Header().Get(name) == "" {
			t.Errorf("the page lacks %s", name)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy %q", policy)
	}
	if w := ask(c, "GET", "/assets/../console.go", ""); w.Code == 200 {
		t.Error("a file outside the pages was served")
	}
}
