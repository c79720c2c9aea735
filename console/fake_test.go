package console

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/argon2"

	"telagent-gateway/telagent"
)

// password of every user in these tests. Its hash asks for little work, which the race detector would make long.
const password = "correct horse"

var passwordHash = sync.OnceValue(func() string {
	salt, b64 := []byte("salt of the tests"), base64.RawStdEncoding
	key := argon2.IDKey([]byte(password), salt, 1, 64, 1, hashLength)
	return fmt.Sprintf("$argon2id$v=%d$m=64,t=1,p=1$%s$%s", argon2.Version, b64.EncodeToString(salt), b64.EncodeToString(key))
})

// floor is an honest fake of the Floor behind the gateway's loop: it checks roles and teams as the real one does and
// notes what it was asked.
type floor struct {
	mu       sync.Mutex
	view     telagent.View
	commands []telagent.Command
	refuse   map[string]*telagent.Refusal // by agent id
	broken   error                        // what Do answers to everything; nil: it works
	records  []telagent.Record
	entries  []telagent.AuditEntry
	phones   []Phone
	trunks   []Trunk
	sounds   fstest.MapFS // recordings
	past     pastFake
	imported string
	planned  string
	wanted   []AuditQuery
	known    []telagent.KnownNumber
	tried    Tried
	rules    DialRules
}

func newFloor() *floor {
	agent := func(id, team, queue string) telagent.AgentView {
		return telagent.AgentView{
			ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Team: team, Status: "available", Declared: "available",
			Activity: "idle", Since: start, Reach: "softphone", Device: id + "@softphone", Reachable: "reachable",
			Numbers: []string{"+49301234567"}, Queues: map[string]int{queue: 1},
		}
	}
	user := func(name string, role telagent.Role, teams ...string) telagent.User {
		return telagent.User{
			Name: name, Role: role, Teams: teams, Credentials: telagent.Credentials{Password: passwordHash()},
		}
	}
	return &floor{
		refuse: make(map[string]*telagent.Refusal),
		view: telagent.View{
			Agents: []telagent.AgentView{agent("ana", "support", "help"), agent("ben", "support", "help"), agent("zoe", "sales", "shop")},
			Calls: []telagent.CallView{
				{ID: "c1", Queue: "help", State: "talking", Agent: "ana", Team: "support", Began: start},
				{ID: "c2", Queue: "shop", State: "waiting", Began: start},
				{ID: "c3", Queue: "help", State: "waiting", Began: start},
			},
			Queues: []telagent.QueueView{{Name: "help", Waiting: 1, LongestAt: start}, {Name: "shop", Waiting: 1}},
			Trunks: []telagent.TrunkView{{Name: "carrier", Up: true, Channels: 30, InUse: 2}},
			Users: []telagent.User{
				user("ana", telagent.AgentRole), user("boss", telagent.SupervisorRole, "support"),
				user("root", telagent.AdminRole), user("sally", telagent.SupervisorRole, "sales"),
				{Name: "mute", Role: telagent.AgentRole},
			},
		},
	}
}

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func (f *floor) View() *telagent.View {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.view
	v.Agents, v.Calls, v.Users = slices.Clone(v.Agents), slices.Clone(v.Calls), slices.Clone(v.Users)
	return &v
}

func (f *floor) Do(_ context.Context, c telagent.Command) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = append(f.commands, c)
	if as, is := c.(telagent.As); is {
		c = as.Command
	}
	if f.broken != nil {
		return f.broken
	}
	switch c := c.(type) {
	case telagent.SetStatus:
		return f.may(c.By, c.Agent, c.By == c.Agent)
	case telagent.CancelPending:
		return f.may(c.By, c.Agent, c.By == c.Agent)
	case telagent.WrapUp:
		return f.may(c.By, c.Agent, c.By == c.Agent)
	case telagent.Switch:
		return f.may(c.By, c.Agent, false)
	case telagent.SwitchMany:
		return f.many(c)
	case telagent.UndoSwitch:
		for i := range f.view.Batches {
			if b := &f.view.Batches[i]; b.ID == c.Batch {
				b.UndoUntil, b.Members[0].Progress = time.Time{}, telagent.SwitchUndone
				return nil
			}
		}
		return &telagent.Refusal{Code: "unknown_switch", Sentence: "There is no such switch."}
	case telagent.ForceLogout:
		return f.may(c.By, c.Agent, false)
	case telagent.Listen:
		if u, _ := userNamed(&f.view, c.By); u.Role == telagent.AgentRole {
			return &telagent.Refusal{Code: "not_supervisor", Sentence: "Only supervisors may do this."}
		}
	case telagent.LiftBan:
		if u, _ := userNamed(&f.view, c.By); u.Role != telagent.AdminRole {
			return &telagent.Refusal{Code: "not_admin", Sentence: "Only an administrator may do this."}
		}
	case telagent.Upgrade:
		if u, _ := userNamed(&f.view, c.By); u.Role != telagent.AdminRole {
			return &telagent.Refusal{Code: "not_admin", Sentence: "Only an administrator may do this."}
		}
	case telagent.Reload:
		if u, _ := userNamed(&f.view, c.By); u.Role != telagent.AdminRole {
			return &telagent.Refusal{Code: "not_admin", Sentence: "Only an administrator may do this."}
		}
	case telagent.TestWebhook:
		if u, _ := userNamed(&f.view, c.By); u.Role != telagent.AdminRole {
			return &telagent.Refusal{Code: "not_admin", Sentence: "Only an administrator may do this."}
		}
	case telagent.Admit:
		if u, _ := userNamed(&f.view, c.By); c.By != "" && c.By != c.User && u.Role != telagent.AdminRole {
			return &telagent.Refusal{Code: "not_admin", Sentence: "Only an administrator may do this."}
		}
	case telagent.SetPassword:
		for i := range f.view.Users {
			if f.view.Users[i].Name == c.User {
				f.view.Users[i].Credentials = c.Credentials
			}
		}
	case telagent.SignOn:
		return f.may(c.By, c.Agent, true)
	case telagent.PutUser:
		f.view.Users = append(f.view.Users, c.User)
	case telagent.EndCall:
		f.view.Calls = slices.DeleteFunc(f.view.Calls, func(s telagent.CallView) bool { return s.ID == c.Call })
	case telagent.NoteActivity:
		if c.By != c.Agent {
			return &telagent.Refusal{Code: "not_yourself", Sentence: "Only he can do this."}
		}
	case telagent.SetOffice:
		if user, _ := userNamed(&f.view, c.By); user.Role == telagent.AgentRole {
			return &telagent.Refusal{Code: "not_supervisor", Sentence: "Only supervisors may do this."}
		}
	default:
	}
	return nil
}

func (f *floor) may(by, agent string, own bool) error {
	user, _ := userNamed(&f.view, by)
	a, known := agentWithID(&f.view, agent)
	switch {
	case own && known, user.Role == telagent.AdminRole && known:
	case user.Role == telagent.AgentRole:
		return &telagent.Refusal{Code: "not_supervisor", Sentence: "Only supervisors may do this."}
	case !known || !slices.Contains(user.Teams, a.Team):
		return &telagent.Refusal{Code: "unknown_agent", Sentence: "There is no such agent."}
	}
	if r := f.refuse[agent]; r != nil {
		return r
	}
	return nil
}

func (f *floor) Plan(_ context.Context, s telagent.Switch) (telagent.SwitchPlan, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.may(s.By, s.Agent, false); err != nil {
		return telagent.SwitchPlan{}, err
	}
	return telagent.SwitchPlan{
		Agent: s.Agent, Target: "+49301234567", Reachable: "unknown", Channels: 1, Free: 28, Status: "Stays available.",
	}, nil
}

// many plays a switch of several by name: the first who may be switched moves, the others wait.
func (f *floor) many(c telagent.SwitchMany) error {
	plan, err := f.planMany(c)
	if err != nil {
		return err
	}
	b := telagent.BatchView{ID: "b1", By: c.By, RequestID: c.RequestID, What: plan.What, Back: c.Back, Began: start, UndoUntil: start.Add(time.Minute)}
	for _, one := range plan.Agents {
		m := telagent.MemberView{Agent: one.Agent, Progress: telagent.SwitchWaiting, Code: "no_trunk_capacity", Sentence: "No channel.", Since: start}
		if one.Refusal != nil {
			m.Progress, m.Code, m.Sentence = telagent.SwitchRefused, one.Refusal.Code, one.Refusal.Sentence
		} else if one.Now {
			m.Progress, m.Code, m.Sentence = telagent.SwitchMoving, "", ""
		}
		b.Members = append(b.Members, m)
	}
	f.view.Batches = append(f.view.Batches, b)
	return nil
}

func (f *floor) PlanMany(_ context.Context, c telagent.SwitchMany) (telagent.BatchPlan, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.planMany(c)
}

func (f *floor) planMany(c telagent.SwitchMany) (telagent.BatchPlan, error) {
	if c.Who.String() == "" {
		return telagent.BatchPlan{}, &telagent.Refusal{Code: "bad_selection", Sentence: "Say whom."}
	}
	p := telagent.BatchPlan{What: c.Who.String(), Free: 1}
	for _, id := range c.Who.Agents {
		one := telagent.PlannedSwitch{Agent: id, Plan: telagent.SwitchPlan{Agent: id, Target: "+49301234567", Channels: 1, Free: 1}}
		switch err := f.may(c.By, id, false); {
		case err != nil:
			errors.As(err, &one.Refusal)
		case p.Now == 0:
			one.Now = true
			p.Now++
		default:
			p.Later++
		}
		p.Agents = append(p.Agents, one)
	}
	return p, nil
}

func (f *floor) did() []telagent.Command {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.commands)
}

// PlanLogout foresees that somebody else takes the call.
func (f *floor) PlanLogout(_ context.Context, c telagent.ForceLogout) (telagent.LogoutPlan, error) {
	if err := f.may(c.By, c.Agent, false); err != nil {
		return telagent.LogoutPlan{}, err
	}
	return telagent.LogoutPlan{Call: "+4917012 goes on with Zoe.", Next: "zoe"}, nil
}

func (f *floor) options() Options {
	return Options{
		View: f.View, Do: f.Do, Plan: f.Plan, PlanMany: f.PlanMany, PlanLogout: f.PlanLogout,
		History: func(_ context.Context, q HistoryQuery) ([]telagent.Record, error) {
			var page []telagent.Record
			for _, r := range f.records {
				if len(page) < q.Limit && (q.Before.IsZero() || r.Ended.Before(q.Before)) && (q.Queue == "" || q.Queue == r.Queue) &&
					(q.Call == "" || q.Call == string(r.ID)) && q.follows(r) {
					page = append(page, r)
				}
			}
			return page, nil
		},
		Recording: func(file string) (fs.File, error) { return f.sounds.Open(file) },
		Audit: func(_ context.Context, q AuditQuery) ([]telagent.AuditEntry, error) {
			f.wanted = append(f.wanted, q)
			rest := slices.DeleteFunc(slices.Clone(f.entries), func(e telagent.AuditEntry) bool { return !q.Before.IsZero() && !e.Time.Before(q.Before) })
			rest = rest[min(len(rest), q.Skip):]
			return rest[:min(len(rest), q.Limit)], nil
		},
		Phones:  func() []Phone { return f.phones },
		Trunks:  func() []Trunk { return f.trunks },
		Reports: &f.past,
		Import: func(_ context.Context, by string, file []byte) (Report, error) {
			f.imported = by + ": " + string(file)
			if bytes.Contains(file, []byte("wrong")) {
				return Report{}, errorString("agents.yaml:3: unknown key \"wrong\"; right would be one of: id, name\nagents.yaml:4: again")
			}
			return Report{Changes: []string{"agent ana is new"}, Unchanged: 2}, nil
		},
		PlanImport: func(_ context.Context, by string, file []byte) (Report, error) {
			f.planned = by + ": " + string(file)
			return Report{Changes: []string{"agent ana is new"}, Unchanged: 2}, nil
		},
		Numbers:   func(context.Context) ([]telagent.KnownNumber, error) { return f.known, nil },
		DialRules: func() DialRules { return f.rules },
		TryNumber: f.tryNumber,
		Ready:     func() []Reason { return nil },
	}
}

func (f *floor) tryNumber(_ context.Context, by, agent, number string) (Tried, error) {
	if agent != "" {
		if err := f.may(by, agent, false); err != nil {
			return Tried{}, err
		}
	}
	t := f.tried
	t.To = number
	return t, nil
}

type errorString string

func (e errorString) Error() string { return string(e) }

func newConsole(t *testing.T, o Options) *Console {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends one request; headers come as name, value, name, value.
func ask(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// tokenFor signs a user in, past the password.
func tokenFor(t *testing.T, c *Console, user string) string {
	t.Helper()
	u, ok := userNamed(c.o.View(), user)
	if !ok {
		t.Fatalf("no user %q", user)
	}
	token, _, ok := c.sessions.open(session{User: u.Name, Mark: markOf(u.Credentials.Password), Way: "password"})
	if !ok {
		t.Fatal("no room for a session")
	}
	return token
}

func as(token string) []string { return []string{"Authorization", "Bearer " + token} }

func problemOf(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("status %d with content type %q and body %q, want a problem", w.Code, got, w.Body)
	}
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != w.Code || p.Code == "" || p.Detail == "" {
		t.Fatalf("problem %+v in an answer %d: it needs its status, a code and a sentence", p, w.Code)
	}
	return p
}

func decode[T any](t *testing.T, r io.Reader) T {
	t.Helper()
	var v T
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func ids(calls []callShown) []string {
	out := []string{}
	for _, c := range calls {
		out = append(out, c.ID)
	}
	return out
}
