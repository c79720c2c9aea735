// Package api tests the whole gateway by its API alone: everything that the description names is asked for in every way,
// valid or not, by everybody.
//
// Start with TestNothingThatAnybodyAsksForBreaksTheAPI.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/gateway"
	"telagent-gateway/telagent"
)

// directoryFile is who is there. boss leads ana and ben, sally leads zoe, root may do everything.
const directoryFile = `users:
- {name: root, role: admin, password: root-secret-1}
- {name: spare, role: admin, password: spare-secret-1}
- {name: boss, role: supervisor, teams: [support], password: boss-secret-1}
- {name: sally, role: supervisor, teams: [sales], password: sally-secret-1}
agents:
- {id: ana, name: Ana, team: support, password: ana-secret-1, numbers: ["+49301234567"], queues: {support: 1}, offices: [berlin]}
- {id: ben, name: Ben, team: support, password: ben-secret-1, numbers: ["+49301234568"], queues: {support: 2}, offices: [berlin]}
- {id: zoe, name: Zoe, team: sales, password: zoe-secret-1, numbers: ["+49301234569"], queues: {sales: 1}}
queues:
- {name: support, numbers: ["+18005550100"], office: berlin}
- {name: sales, numbers: ["+18005550101"]}
profiles:
- {name: Lunch, type: away, duration: 30m}
sites:
- {name: berlin, networks: ["192.0.2.0/24"]}
break_reasons: [Lunch, Training]
schedules:
- {name: Nights, from: "2020-01-01", start: "22:00", length: 8h, members: [{agent: zoe, number: "+49301234569"}]}
`

// stage is a running gateway with its directory, and who is signed in.
type stage struct {
	t      testing.TB
	g      *gateway.Gateway
	config *config.Config
	client *http.Client // of who asks
	door   *http.Client // of who signs in: wrong passwords of the others are no matter of his address
	tokens map[string]string
}

func newStage(t testing.TB, host string) *stage {
	c := config.Default()
	c.SIP.Domain = "gw.example.com"
	c.SIP.Listen = []string{"udp:" + host + ":0"}
	c.Media.Listen = host
	c.HTTP.Listen = host + ":0"
	c.Store = config.DSN("sqlite:" + filepath.Join(t.TempDir(), "telagent.db"))
	c.Dialling.Allow, c.Dialling.Region = []string{"DE"}, "DE"
	g, err := gateway.Start(t.Context(), gateway.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, g: g, config: c, client: from("127.32.7.2"), door: from("127.32.7.3"), tokens: map[string]string{}}
	t.Cleanup(s.close)
	s.restore()
	return s
}

// from is a client at an address.
func from(host string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host)}}
	return &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: dialer.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *stage) close() {
	if s.g == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.g.Close(ctx); err != nil {
		s.t.Error(err)
	}
	s.g = nil
}

// restore puts everything back that somebody changed or removed, and signs in who is not.
func (s *stage) restore() {
	if _, err := s.g.Import(context.Background(), "", "directory.yaml", []byte(directoryFile)); err != nil {
		s.t.Fatal(err)
	}
	for _, user := range []string{"ana", "sally", "boss", "root"} {
		if s.tokens[user] != "" {
			if status, _, _ := s.call("GET", "/api/v1/me", s.tokens[user], nil, "", nil); status == http.StatusOK {
				continue
			}
		}
		body, _ := json.Marshal(map[string]string{"user": user, "password": user + "-secret-1"})
		status, _, answer := s.callBy(s.door, "POST", "/api/v1/sign-in", "", body, "application/json", nil)
		var in struct{ Token string }
		if err := json.Unmarshal(answer, &in); status != http.StatusOK || err != nil || in.Token == "" {
			s.t.Fatalf("sign in as %s: %d %s", user, status, answer)
		}
		s.tokens[user] = in.Token
	}
}

// call makes one request. Of an event stream the beginning is read.
func (s *stage) call(method, path, token string, body []byte, contentType string, headers map[string]string) (int, http.Header, []byte) {
	return s.callBy(s.client, method, path, token, body, contentType, headers)
}

func (s *stage) callBy(client *http.Client, method, path, token string, body []byte, contentType string, headers map[string]string) (int, http.Header, []byte) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.g.HTTPAddr()+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatalf("%s %q: %v", method, path, err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w, err := client.Do(r)
	if err != nil {
		s.t.Fatalf("%s %q: %v", method, path, err)
	}
	defer func() { _ = w.Body.Close() }()
	if strings.HasPrefix(w.Header.Get("Content-Type"), "text/event-stream") {
		return w.StatusCode, w.Header, nil
	}
	answer, err := io.ReadAll(io.LimitReader(w.Body, 8<<20))
	if err != nil {
		s.t.Fatalf("%s %q: %v", method, path, err)
	}
	return w.StatusCode, w.Header, answer
}

// shielded is what a caller must not be able to change, as text. What he may change is left out.
func (s *stage) shielded(caller string) string {
	state, err := s.g.Directory(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	own := map[string]string{"boss": "support", "sally": "sales"}[caller] // the team that he leads
	mine := func(a telagent.Agent) bool { return a.ID == caller || own != "" && a.Team == own }
	teams := map[string]bool{}
	for i := range state.Agents {
		if a := &state.Agents[i]; mine(*a) {
			teams[a.ID] = true
			a.Presence = telagent.Presence{} // his entry stays
		}
	}
	for i := range state.Users {
		if state.Users[i].Name == caller {
			state.Users[i].Credentials = telagent.Credentials{} // they are his own
		}
	}
	var policies []telagent.Policy
	for _, p := range state.Policies {
		if p.Team != own {
			policies = append(policies, p)
		}
	}
	var schedules []telagent.Schedule
	for _, one := range state.Schedules {
		foreign := own == ""
		for _, m := range one.Members {
			foreign = foreign || !teams[m.Agent]
		}
		if foreign {
			schedules = append(schedules, one)
		}
	}
	var revisions []telagent.Revision
	for _, r := range state.Revisions {
		if r.Entry.Kind != telagent.ScheduleEntry && r.Entry.Kind != telagent.PolicyEntry { // they are compared themselves
			revisions = append(revisions, r)
		}
	}
	state.Policies, state.Schedules, state.Revisions = policies, schedules, revisions
	state.Live = telagent.Live{} // of calls, and what phones do: not what people set up
	return fmt.Sprintf("%+v", state)
}
