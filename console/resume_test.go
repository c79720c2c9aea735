package console

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"telagent-gateway/telagent"
)

// pipe is an answer that is read while it is written.
type pipe struct {
	header http.Header
	*io.PipeWriter
}

func (p pipe) Header() http.Header { return p.header }
func (p pipe) WriteHeader(int)     {}
func (p pipe) Flush()              {}

// follower reads one stream, is cut off and comes back. He is told of agents, and each change has the number of its event.
type follower struct {
	*reader
	c      *Console
	token  string
	told   uint64   // changes in all
	wants  []uint64 // those that he may see and has not read
	last   uint64   // event that he has read
	behind uint64   // changes since then
	hang   func()   // cuts him off; nil: he is
}

func (f *follower) connect(lastID string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	out, in := io.Pipe()
	r := httptest.NewRequest(http.MethodGet, prefix+"/events", nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer "+f.token)
	r.Header.Set("Last-Event-ID", lastID)
	done := make(chan struct{})
	go func() { defer close(done); f.c.ServeHTTP(pipe{http.Header{}, in}, r); _ = in.Close() }()
	f.reader = &reader{t: f.t, lines: bufio.NewScanner(out)}
	f.hang = func() { cancel(); _ = out.Close(); <-done; f.hang = nil }
}

// tell changes n agents, of whom boss does not see zoe.
func (f *follower) tell(n int, random *rand.Rand) {
	changes := make([]telagent.Change, n)
	for i := range changes {
		f.told++
		f.behind++
		agent := []string{"ana", "ben", "zoe"}[random.IntN(3)]
		if agent != "zoe" {
			f.wants = append(f.wants, f.told)
		}
		changes[i] = telagent.AgentTold{Agent: agent, Sentence: fmt.Sprint(f.told)}
	}
	f.c.Tell(changes)
}

// read reads the next n of what he is to be told.
func (f *follower) read(n int) {
	f.t.Helper()
	for range min(n, len(f.wants)) {
		e := f.next()
		var body toldShown
		if err := json.Unmarshal([]byte(e.data), &body); err != nil || e.name != "agent.told" || body.Sentence != fmt.Sprint(f.wants[0]) ||
			f.lastID != f.c.hub.id(f.wants[0]) {
			f.t.Fatalf("read %s %s with id %s, want change %d", e.name, e.data, f.lastID, f.wants[0])
		}
		f.last, f.wants = f.wants[0], f.wants[1:]
		f.behind = f.told - f.last
	}
}

// resume comes back where he was, or at a place that is none; then, and when it is forgotten, he is to read everything again.
func (f *follower) resume(place string) {
	f.t.Helper()
	f.connect(place)
	if place == f.c.hub.id(f.last) && f.behind <= ringSize {
		return
	}
	if e := f.next(); e.name != "resync" || f.lastID != f.c.hub.id(f.told) {
		f.t.Fatalf("told %s %s with id %s at %q, want resync at %d", e.name, e.data, f.lastID, place, f.told)
	}
	f.last, f.wants, f.behind = f.told, nil, 0
}

func (f *follower) step(random *rand.Rand) {
	f.t.Helper()
	switch what := random.IntN(12); {
	case f.hang == nil && what < 5:
		f.tell(1+random.IntN(400), random)
	case f.hang == nil && what == 5:
		f.tell(ringSize-int(min(f.behind, ringSize))+random.IntN(3), random) // just not too much, or just too much
	case f.hang == nil && what == 6:
		f.resume([]string{"0123456789ab-" + fmt.Sprint(f.last), "junk", f.c.hub.id(f.told + 1)}[random.IntN(3)])
	case f.hang == nil:
		f.resume(f.c.hub.id(f.last))
	case what < 5 && f.behind < ringSize/2: // a reader who is too far behind is a test of its own
		f.tell(1+random.IntN(200), random)
	case what < 9:
		f.read(1 + random.IntN(300))
	default:
		f.hang()
	}
}

func TestWhoIsCutOffAndComesBackMissesNothingReadsNothingTwiceAndIsToldOfAGap(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 6))
			c := newConsole(t, newFloor().options())
			f := &follower{c: c, token: tokenFor(t, c, "boss")}
			f.reader = &reader{t: t}
			f.connect("")
			f.expect("ready", "now")
			for range 120 {
				f.step(random)
			}
			if f.hang == nil {
				f.resume(f.c.hub.id(f.last))
			}
			f.read(len(f.wants))
			f.told++
			f.c.Tell([]telagent.Change{telagent.AgentTold{Agent: "ana", Sentence: "the end"}})
			f.expect("agent.told", "the end") // and nothing before it
			f.hang()
			if len(c.hub.streams) != 0 {
				t.Errorf("streams still counted: %v", c.hub.streams)
			}
		})
	}
}

func TestWhoComesBackAndSeesOtherThingsThanBeforeIsToldToResync(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	token := tokenFor(t, c, "boss")
	r := open(t, server, token, "")
	r.expect("ready", "")
	c.Tell([]telagent.Change{f.changed("ana")})
	r.expect("agent.changed", `"ana"`)
	r.cancel()
	f.mu.Lock()
	f.view.Users[1].Teams = nil
	f.mu.Unlock()
	c.Tell([]telagent.Change{telagent.UserChanged{}})
	for range 2 { // and who was told goes on from there
		back := open(t, server, token, r.lastID)
		if e := back.next(); e.name != "resync" || strings.Contains(e.data, "ana") {
			t.Fatalf("told %+v, want resync", e)
		}
		back.cancel()
	}
}
