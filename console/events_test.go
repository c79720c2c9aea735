package console

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// reader is one open stream, read in the test's goroutine.
type reader struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel func()
	lastID string
}

type told struct{ name, data string }

func open(t *testing.T, server *httptest.Server, token, lastID string) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+prefix+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = answer.Body.Close() })
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("answer %d %s", answer.StatusCode, answer.Header)
	}
	return &reader{t: t, lines: bufio.NewScanner(answer.Body), cancel: cancel}
}

// next returns the next event; an empty one: the stream has ended.
func (r *reader) next() told {
	var e told
	for r.lines.Scan() {
		line := r.lines.Text()
		switch name, value, _ := strings.Cut(line, ": "); name {
		case "id":
			r.lastID = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if line == "" && e.name != "" {
				return e
			}
		}
	}
	return told{}
}

func (r *reader) expect(name, inData string) {
	r.t.Helper()
	if e := r.next(); e.name != name || !strings.Contains(e.data, inData) {
		r.t.Fatalf("told %s %s, want %s with %s", e.name, e.data, name, inData)
	}
}

func served(t *testing.T, f *floor) (*Console, *httptest.Server) {
	t.Helper()
	c := newConsole(t, f.options())
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	t.Cleanup(c.Close)
	return c, server
}

func (f *floor) changed(id string) telagent.AgentChanged {
	a, _ := agentWithID(f.View(), id)
	return telagent.AgentChanged{Agent: telagent.Agent{ID: id, Team: a.Team}, Shown: a, Was: "away"}
}

func TestAStreamTellsWhatItsUserMaySeeAndNothingElse(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	boss, ana, root := open(t, server, tokenFor(t, c, "boss"), ""), open(t, server, tokenFor(t, c, "ana"), ""), open(t, server, tokenFor(t, c, "root"), "")
	for _, r := range []*reader{boss, ana, root} {
		r.expect("ready", "now")
	}
	c.Tell([]telagent.Change{
		f.changed("zoe"), f.changed("ben"), f.changed("ana"),
		telagent.QueueChanged{Shown: telagent.QueueView{Name: "shop"}},
		telagent.QueueChanged{Shown: telagent.QueueView{Name: "help"}},
		telagent.SwitchBegun{Switch: telagent.SwitchRecord{Agent: "zoe"}},
		telagent.SwitchFailed{Switch: telagent.SwitchRecord{Agent: "ben", Result: "busy"}},
		telagent.AlarmRaised{Code: "cut_off", Subject: "ben", Team: "support", Sentence: "Ben is cut off."},
		telagent.AlarmRaised{Code: "trunk_down", Subject: "carrier"},
		telagent.Audited{},
		telagent.AlarmCleared{Code: "cut_off", Subject: "ben", Team: "support"},
		f.changed("ana"),
	})
	for _, want := range []told{
		{"agent.changed", `"ben"`},
		{"agent.changed", `"ana"`},
		{"queue.changed", `"help"`},
		{"switch.failed", `"busy"`},
		{"alarm.raised", `Ben is cut off.`},
		{"alarm.cleared", `"ben"`},
		{"agent.changed", `"ana"`},
	} {
		boss.expect(want.name, want.data)
	}
	ana.expect("agent.changed", `"ana"`)
	ana.expect("queue.changed", `"help"`)
	ana.expect("agent.changed", `"ana"`)
	root.expect("agent.changed", `"zoe"`)
	w := ask(c, "GET", prefix+"/alarms", "", as(tokenFor(t, c, "root"))...)
	if !strings.Contains(w.Body.String(), "trunk_down") || strings.Contains(w.Body.String(), "cut_off") {
		t.Errorf("alarms %s, want the one that is not cleared", w.Body)
	}
	if w := ask(c, "GET", prefix+"/alarms", "", as(tokenFor(t, c, "boss"))...); strings.Contains(w.Body.String(), "trunk_down") {
		t.Errorf("boss reads an alarm for admins: %s", w.Body)
	}
}

func TestACallThatGoesToAnotherTeamLeavesTheStream(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	boss := open(t, server, tokenFor(t, c, "boss"), "")
	boss.expect("ready", "")
	s := telagent.CallView{ID: "c9", Queue: "help", State: "waiting"}
	c.Tell([]telagent.Change{telagent.CallChanged{Shown: s}})
	boss.expect("call.changed", `"waiting"`)
	s.Agent, s.State, s.Legs = "zoe", "offering", []telagent.LegView{{Agent: "zoe"}}
	c.Tell([]telagent.Change{telagent.CallChanged{Shown: s}})
	boss.expect("call.left", `{"id":"c9"}`)
	s.Agent, s.State, s.Legs = "ana", "talking", []telagent.LegView{{Agent: "ana"}}
	c.Tell([]telagent.Change{telagent.CallChanged{Shown: s}})
	boss.expect("call.changed", `"talking"`)
	rec := record("c9", "help", "ana", 0)
	rec.Cause = call.Normal
	c.Tell([]telagent.Change{telagent.CallEnded{Record: rec}})
	boss.expect("call.ended", `"cause":"normal"`)
	if len(c.hub.calls) != 0 {
		t.Errorf("ended calls are kept: %v", c.hub.calls)
	}
}

func TestAStreamGoesOnAfterItsLastEvent(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	token := tokenFor(t, c, "boss")
	r := open(t, server, token, "")
	r.expect("ready", "")
	c.Tell([]telagent.Change{f.changed("ana")})
	r.expect("agent.changed", `"ana"`)
	r.cancel()
	c.Tell([]telagent.Change{f.changed("zoe"), f.changed("ben")}) // while nobody listens
	r = open(t, server, token, r.lastID)
	r.expect("agent.changed", `"ben"`)
}

func TestAGapIsToldAsResync(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	token := tokenFor(t, c, "boss")
	r := open(t, server, token, "")
	r.expect("ready", "")
	c.Tell([]telagent.Change{f.changed("ana")})
	r.expect("agent.changed", "")
	r.cancel()
	flood := make([]telagent.Change, ringSize+1)
	for i := range flood {
		flood[i] = f.changed("ben")
	}
	c.Tell(flood)
	for name, id := range map[string]string{
		"forgotten events": r.lastID, "another process": "abcdef-1", "junk": "'; drop", "from the future": c.hub.id(1 << 60),
	} {
		r := open(t, server, token, id)
		if e := r.next(); e.name != "resync" {
			t.Errorf("%s: told %s %s, want resync", name, e.name, e.data)
		}
		c.Tell([]telagent.Change{f.changed("ana")})
		r.expect("agent.changed", `"ana"`)
		r.cancel()
	}
}

func TestWhoeverSeesOtherThingsThanBeforeIsToldToResync(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	r := open(t, server, tokenFor(t, c, "boss"), "")
	r.expect("ready", "")
	f.mu.Lock()
	f.view.Agents[2].Team = "support"
	f.mu.Unlock()
	c.Tell([]telagent.Change{f.changed("zoe")})
	r.expect("resync", "")
	c.Tell([]telagent.Change{f.changed("zoe")})
	r.expect("agent.changed", `"zoe"`)
	f.mu.Lock()
	f.view.Users[1].Teams = nil
	f.mu.Unlock()
	c.Tell([]telagent.Change{telagent.UserChanged{}})
	r.expect("resync", "")
	c.Tell([]telagent.Change{f.changed("ana"), telagent.AlarmRaised{Team: "support"}})
	f.mu.Lock()
	f.view.Users = nil
	f.mu.Unlock()
	c.Tell([]telagent.Change{telagent.UserChanged{}})
	if e := r.next(); e != (told{}) {
		t.Fatalf("told %+v after the user was taken away, want the end of the stream", e)
	}
}

func TestSigningOutEndsTheStreamsOfThatSession(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	token := tokenFor(t, c, "boss")
	gone, other := open(t, server, token, ""), open(t, server, tokenFor(t, c, "boss"), "")
	gone.expect("ready", "")
	other.expect("ready", "")
	ask(c, "POST", prefix+"/sign-out", "", as(token)...)
	if e := gone.next(); e != (told{}) {
		t.Fatalf("told %+v", e)
	}
	c.Tell([]telagent.Change{f.changed("ana")})
	other.expect("agent.changed", `"ana"`) // and is not told to read everything again
}

// stuck is a reader that takes nothing until it is let go.
type stuck struct {
	*httptest.ResponseRecorder
	let chan struct{}
}

func (s stuck) Write(b []byte) (int, error) {
	<-s.let
	return s.ResponseRecorder.Write(b)
}

func TestASlowStreamNeverBlocksTheFloorAndResyncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFloor()
		c := newConsole(t, f.options())
		ctx, cancel := context.WithCancel(t.Context())
		r := httptest.NewRequest(http.MethodGet, prefix+"/events", nil).WithContext(ctx)
		r.Header.Set("Authorization", "Bearer "+tokenFor(t, c, "boss"))
		w := stuck{httptest.NewRecorder(), make(chan struct{})}
		done := make(chan struct{})
		go func() { defer close(done); c.ServeHTTP(w, r) }()
		synctest.Wait() // it hangs in its first write
		for range ringSize + 10 {
			c.Tell([]telagent.Change{f.changed("ana")})
		}
		close(w.let)
		synctest.Wait()
		c.Tell([]telagent.Change{f.changed("ben")})
		synctest.Wait()
		cancel()
		<-done
		body := w.Body.String()
		if n := strings.Count(body, "event: agent.changed"); n != 1 || strings.Count(body, "event: resync") != 1 {
			t.Fatalf("%d changes told; want one resync and one change:\n%.2000s", n, body)
		}
		if len(c.hub.streams) != 0 {
			t.Errorf("streams still counted: %v", c.hub.streams)
		}
	})
}

func TestAQuietStreamIsKeptAliveAndClosedWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, newFloor().options())
		r := httptest.NewRequest(http.MethodGet, prefix+"/events", nil).WithContext(t.Context())
		r.Header.Set("Authorization", "Bearer "+tokenFor(t, c, "boss"))
		w := httptest.NewRecorder()
		done := make(chan struct{})
		go func() { defer close(done); c.ServeHTTP(w, r) }()
		timer(3*keepAlive + keepAlive/2)
		c.Close()
		<-done
		if n := strings.Count(w.Body.String(), ": keep-alive\n\n"); n != 3 {
			t.Fatalf("%d keep-alives in %q, want 3", n, w.Body)
		}
	})
}

func TestAUserCannotOpenStreamsWithoutEnd(t *testing.T) {
	h := newHub()
	for range streamsPerUser {
		if !h.enter("boss") {
			t.Fatal("refused early")
		}
	}
	if h.enter("boss") {
		t.Error("one stream too many")
	}
	h.leave("boss")
	if !h.enter("boss") {
		t.Error("a closed stream still counts")
	}
}
