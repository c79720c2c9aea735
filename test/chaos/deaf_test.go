//go:build chaos

package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
)

// deaf are the faults of peers that take nothing any more off their connections.
var deaf = []fault{
	{"deaf", "phones over TCP and WebSocket never read, while they are called and have much to be told of", 200 * time.Millisecond, playDeaf},
}

// The bounds of docs/operations.md for connections that nobody reads, counted from the last thing that there was to send.
const (
	closedIn   = 32*time.Second + 3*time.Second // and what the system's own timers are late by
	alarmedIn  = 45 * time.Second               // 30 s until the phone is asked, 4 s for its answers, 5 s that they are missed, 2 s for others of the site
	toldIn     = 200 * time.Millisecond
	mostMemory = 16 << 20
)

// playDeaf lets 20 calls talk while four phones, over TCP and over WebSocket, never read: two are told of 30 agents who are
// called meanwhile, one of them in a call of its own; two more are called themselves. Who calls those waits until they are
// started anew.
func playDeaf(t *testing.T) judged {
	const talking, called = 20, 30
	h := open(t, plan{net: "127.47.21", agents: talking + called, stream: 1, idle: 4})
	rung := []*crowd.Peer{h.over("TCP", ".8", h.part("late", false)), h.over("WS", ".8", h.part("real", false))}
	h.register(rung...)
	h.Available("late")
	h.Available("real")
	pairs := h.talk(talking)
	free := h.notIn(pairs)
	panels := []*crowd.Peer{h.phones[0], h.over("WS", ".6", h.idlePart(0))}
	watchers := []*crowd.Peer{h.over("TCP", ".7", h.idlePart(1)), h.over("WS", ".7", h.idlePart(2)), h.over("UDP", ".7", h.idlePart(3))}
	h.register(append(watchers, panels[1])...)
	for _, p := range panels {
		h.lamps(p, free)
	}
	told := make([]lamps, len(watchers))
	for i, p := range watchers {
		told[i] = h.lamps(p, free)
	}
	h.commit()
	before := h.metrics()["process_resident_memory_bytes"]

	from := time.Now()
	for _, p := range append(panels, rung...) {
		p.Deafen()
	}
	waiting := []*crowd.Leg{h.dialTo(quietNumber), h.dialTo(aloneNumber)}
	more := h.talkSlowly(called)
	last := time.Now()
	closed := await(time.Until(last.Add(closedIn)), func() bool { return h.connections(".6") == 0 })
	t.Logf("the connections were closed %v after the last call", time.Since(last).Round(time.Millisecond))
	j := h.heal(pairs, from)
	if !closed {
		j.fault("%d connections that nobody reads are open after %v", h.connections(".6"), closedIn)
	}
	for _, p := range rung {
		if !await(time.Until(last.Add(alarmedIn)), func() bool { return h.alarmed("lost", p.User) }) {
			j.fault("no alarm says that the softphone of %s is lost", p.User)
		}
	}
	for i, l := range told {
		late := l.late(more, from)
		t.Logf("over %s it was told within %v", watchers[i].Network, late.Round(time.Millisecond))
		if late > toldIn+j.late {
			j.fault("over %s it was told of a call after %v", watchers[i].Network, late)
		}
	}
	if grown := h.metrics()["process_resident_memory_bytes"] - before; grown > mostMemory {
		j.fault("the gateway took %.0f MB more", grown/(1<<20))
	}
	for i, p := range rung {
		more = append(more, h.comesBack(p, waiting[i]))
	}
	others := h.heal(more, time.Now())
	j.up, j.lost, j.faults = j.up+others.up, j.lost+others.lost, append(j.faults, others.faults...)
	own := slices.IndexFunc(pairs, func(p pair) bool { return p.agent.Number == agentID(0) })
	if status, err := pairs[own].customer.Hangup(h.within()); status != 200 || err != nil { // its agent's phone cannot be told
		j.fault("BYE of the customer of a phone that never reads: %d (%v)", status, err)
	}
	all := append(slices.Delete(pairs, own, own+1), more...)
	j.faults = append(j.faults, h.leave(all)...)
	j.faults = append(j.faults, h.settle(len(all)+1)...)
	return j
}

// notIn are the agents of the queue who are in no call of these.
func (h *house) notIn(pairs []pair) (ids []string) {
	for i := range h.phones {
		if id := agentID(i); !slices.ContainsFunc(pairs, func(p pair) bool { return p.agent.Number == id }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// talkSlowly is talk with a call each 200 ms.
func (h *house) talkSlowly(n int) []pair {
	h.t.Helper()
	pairs := make([]pair, n)
	for i := range pairs {
		pairs[i].customer = h.dial()
		h.pause(200 * time.Millisecond)
	}
	h.together(n, func(ctx context.Context, i int) (err error) {
		pairs[i].agent, err = h.partner(ctx, pairs[i].customer)
		return err
	})
	return pairs
}

// lamps are what a phone is told of agents: for each event package what it shows of whom.
type lamps map[string]map[string]*crowd.Watch

// shown is what a watcher is told of an agent who talks.
var shown = map[string]string{"dialog": "<state>confirmed<", "presence": "on-the-phone"}

// lamps subscribes a phone to agents.
func (h *house) lamps(p *crowd.Peer, agents []string) lamps {
	h.t.Helper()
	l := lamps{}
	for event := range shown {
		l[event] = map[string]*crowd.Watch{}
		for _, id := range agents {
			var err error
			if !await(bound, func() bool { // a busy gateway says 503
				l[event][id], err = p.Watch(h.within(), id, event)
				return err == nil
			}) {
				h.t.Fatal(err)
			}
		}
	}
	return l
}

// late is the longest time from an agent's answer to what the phone is told of it.
func (l lamps) late(calls []pair, from time.Time) (longest time.Duration) {
	for event, text := range shown {
		for _, c := range calls {
			up, at := c.agent.Since(crowd.Up), l[event][c.agent.Number].Told(text, from)
			if at.IsZero() {
				at = time.Now()
			}
			longest = max(longest, at.Sub(up))
		}
	}
	return longest
}

// comesBack starts a phone anew, over TCP, and it is called for who waits for its agent.
func (h *house) comesBack(p *crowd.Peer, customer *crowd.Leg) pair {
	h.t.Helper()
	p.Vanish()
	back := h.over("TCP", ".8", h.part(p.User, false))
	h.register(back)
	h.mu.Lock()
	h.phones = append(h.phones, back)
	h.mu.Unlock()
	agent, err := h.partner(h.within(), customer)
	if err != nil {
		h.t.Fatal(err)
	}
	return pair{customer, agent}
}

// connections counts the gateway's open connections to phones at an address.
func (h *house) connections(host string) int {
	h.t.Helper()
	hex := func(host string) string {
		b := netip.MustParseAddr(h.Net + host).As4()
		return fmt.Sprintf("%02X%02X%02X%02X", b[3], b[2], b[1], b[0])
	}
	table, err := os.ReadFile("/proc/thread-self/net/tcp")
	if err != nil {
		h.t.Error(err)
	}
	return len(regexp.MustCompile(hex(".1")+":[0-9A-F]{4} "+hex(host)+":[0-9A-F]{4} 01").FindAll(table, -1))
}

// alarmed says whether an alarm of that code about somebody is raised.
func (h *house) alarmed(code, subject string) bool {
	h.t.Helper()
	var out struct {
		Alarms []struct{ Code, Subject string }
	}
	if status, body := h.Call(h.Token, "GET", "/alarms", nil); status != 200 || json.Unmarshal(body, &out) != nil {
		h.t.Fatalf("GET /alarms: %d %s", status, body)
	}
	for _, a := range out.Alarms {
		if a.Code == code && a.Subject == subject {
			return true
		}
	}
	return false
}
