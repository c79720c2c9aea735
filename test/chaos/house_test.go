//go:build peers || chaos

package chaos

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
	"telagent-gateway/test/stage"
)

// plan is what a house is made from.
type plan struct {
	net    string        // its /24, "127.47.N"
	agents int           // with a softphone each, every second of which speaks SDES alone
	stream int           // how many of their phones, the first, signal over TCP
	policy string        // a line of the configuration; empty: the usual one
	config string        // more of the configuration
	store  string        // empty: SQLite beside the configuration
	wrapUp time.Duration // 0: a second
	debug  bool          // the log is told of each detail, and the gateway checks itself after each step
	rings  time.Duration // how long it rings at an agent
	idle   int           // accounts of more phones, that nobody plays unless the test does
}

// house is a running gateway with a crowd: two trunks with customers behind them, the one plain, the other encrypted, and
// agents at registered phones.
type house struct {
	*stage.Gateway
	t        *testing.T
	clock    *crowd.Clock
	carriers [2]*crowd.Peer // plain, SDES
	phones   []*crowd.Peer  // by agent

	mu      sync.Mutex
	manners map[string]crowd.Manner // of numbers behind the carrier; none: it answers at once
	placed  int                     // customers who called so far
	tokens  map[string]string       // of agents

	loggedOut atomic.Int64 // agents who were, and came back
}

const houseConfig = `
sip: {domain: NET.1, listen: ["udp:NET.1:5060", "tcp:NET.1:5060", "ws:NET.1:5066"]}
media: {listen: NET.1, ports: 20000-24999}
http: {listen: "NET.1:8080"}
store: STORE
trunks:
  - {name: carrier, uri: "sip:NET.2:5060;transport=udp", accept_from: [NET.2/32, NET.5/32, 127.0.0.1/32], channels: 500}
  - {name: secure, uri: "sip:NET.3:5060;transport=udp", accept_from: [NET.3/32], channels: 500, priority: 1, encryption: sdes}
dialling: {region: DE, allow: [DE]}
POLICYlog: {level: info, format: console}
`

var seed = flag.Uint64("seed", 0, "of what is random; 0: another each time, which is printed")

// dice are thrown with a seed that is printed.
func dice(t *testing.T) *rand.Rand {
	n := *seed
	if n == 0 {
		n = uint64(time.Now().UnixNano())
	}
	fmt.Printf("-seed %d\n", n)
	return rand.New(rand.NewPCG(n, n))
}

const (
	queueNumber = "+18005550100"
	quietNumber = "+18005550101"   // of late alone
	aloneNumber = "+18005550102"   // of real alone
	customers   = 1000             // who call again and again
	bound       = 40 * time.Second // how long anything may take that is no matter of time
)

func agentID(i int) string { return fmt.Sprintf("a%03d", i) }

func idleID(i int) string { return fmt.Sprintf("z%04d", i) }

const idlePassword = "a-secret-of-many-1"

// pstnNumber is the telephone of an agent behind the carrier.
func pstnNumber(i int) string { return fmt.Sprintf("+4930100%05d", i) }

// open starts a gateway and brings its crowd on.
func open(t *testing.T, p plan) *house {
	t.Helper()
	h := &house{t: t, clock: crowd.NewClock(), manners: map[string]crowd.Manner{}, tokens: map[string]string{}}
	t.Cleanup(h.clock.Stop)
	if p.store == "" {
		p.store = "sqlite:DIR/telagent.db"
	}
	if p.wrapUp == 0 {
		p.wrapUp = time.Second
	}
	config := strings.NewReplacer("STORE", p.store, "POLICY", cmp.Or(p.policy, "policy: {ring_time: 10s, confirm_time: 10s}\n")).Replace(houseConfig) + p.config
	if p.debug {
		config = strings.Replace(config, "level: info", "level: debug", 1)
	}
	h.Gateway = stage.StartGateway(t, p.net, config, p.directory())
	for i, name := range []string{"carrier", "secure carrier"} {
		h.carriers[i] = h.peer(crowd.Part{
			Name: name, At: netip.MustParseAddrPort(fmt.Sprintf("%s.%d:5060", p.net, i+2)), Tone: 1000, Secure: i == 1, Answers: h.answers,
		})
	}
	for i := range p.agents {
		part := h.part(agentID(i), i%2 == 1)
		part.Answers = func(string) crowd.Manner { return crowd.Manner{Rings: p.rings} }
		if i < p.stream {
			h.phones = append(h.phones, h.over("TCP", ".6", part))
		} else {
			h.phones = append(h.phones, h.peer(part))
		}
	}
	h.together(p.agents, func(ctx context.Context, i int) error { return h.phones[i].Register(ctx) })
	for i := range p.agents {
		h.Available(agentID(i))
	}
	return h
}

// directory is who works here: the agents, two more with a queue of their own each, and those of idle.
func (p plan) directory() string {
	var people strings.Builder
	people.WriteString("users:\n  - {name: boss, role: supervisor, teams: [support], password: boss-secret-1}\n  - {name: chief, role: supervisor, teams: [support], password: chief-secret-1}\n  - {name: root, role: admin, password: root-secret-1}\nagents:\n")
	for i := range p.agents {
		fmt.Fprintf(&people, "  - {id: %s, name: Agent %d, team: support, password: %[1]s-secret-1, numbers: [%[3]q], queues: {support: 1}, wrap_up: %[4]s}\n", agentID(i), i, pstnNumber(i), p.wrapUp)
	}
	people.WriteString("  - {id: late, name: Late, team: support, password: late-secret-1, queues: {quiet: 1}, wrap_up: 10m}\n")
	people.WriteString("  - {id: real, name: Real, team: support, password: real-secret-1, queues: {alone: 1}, wrap_up: 10m}\n")
	for i := range p.idle {
		fmt.Fprintf(&people, "  - {id: %s, name: Idle %d, team: others, password: %s}\n", idleID(i), i, idlePassword)
	}
	fmt.Fprintf(&people, "queues:\n  - {name: support, numbers: [%q], strategy: longest_idle, priority: 5, calling_name: Support}\n", queueNumber)
	fmt.Fprintf(&people, "  - {name: quiet, numbers: [%q]}\n  - {name: alone, numbers: [%q]}\n", quietNumber, aloneNumber)
	return people.String()
}

// peer adds one to the crowd, until the test ends.
func (h *house) peer(p crowd.Part) *crowd.Peer {
	h.t.Helper()
	p.Gateway = netip.MustParseAddrPort(h.Net + ".1:5060")
	return h.peerAt(p)
}

// peerAt is peer for one that has another address for the gateway.
func (h *house) peerAt(p crowd.Part) *crowd.Peer {
	h.t.Helper()
	p.Clock = h.clock
	q, err := crowd.New(p)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		for _, fault := range q.Faults() {
			h.t.Errorf("against RFC 3261: %s", fault)
		}
		q.Vanish()
	})
	return q
}

// manner says what the phone of a number behind the carriers does when it is called.
func (h *house) manner(number string, m crowd.Manner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.manners[number] = m
}

func (h *house) answers(number string) crowd.Manner {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.manners[number]
}

// together does something for 0..n-1, 20 at a time, and fails the test when one fails.
func (h *house) together(n int, do func(ctx context.Context, i int) error) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*bound)
	defer cancel()
	var all sync.WaitGroup
	failed, few := make([]error, n), make(chan struct{}, 20)
	for i := range n {
		few <- struct{}{}
		all.Go(func() {
			failed[i] = do(ctx, i)
			<-few
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		h.t.Fatal(err)
	}
}

// within is a context for what may take as long as bound.
func (h *house) within() context.Context {
	ctx, cancel := context.WithTimeout(h.t.Context(), bound)
	h.t.Cleanup(cancel)
	return ctx
}

// dial lets one customer call the agents' queue.
func (h *house) dial() *crowd.Leg {
	h.t.Helper()
	return h.dialTo(queueNumber)
}

// dialTo lets one customer call a number, over the plain trunk and the encrypted one in turn.
func (h *house) dialTo(number string) *crowd.Leg {
	h.t.Helper()
	h.mu.Lock()
	h.placed++
	n := h.placed
	h.mu.Unlock()
	l, err := h.carriers[n/2%2].Call(fmt.Sprintf("+4915%08d", n%customers), number)
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

// pair is a customer and the leg of the agent that he talks with.
type pair struct{ customer, agent *crowd.Leg }

// hear says whether both hear each other now.
func (p pair) hear() bool {
	return p.customer.Ear().Hears(p.agent.ID) && p.agent.Ear().Hears(p.customer.ID)
}

// talk brings n customers to agents, and waits until everybody hears his own.
func (h *house) talk(n int) []pair {
	h.t.Helper()
	pairs := make([]pair, n)
	h.together(n, func(ctx context.Context, i int) (err error) {
		pairs[i].customer = h.dial()
		if err := pairs[i].customer.Wait(ctx, crowd.Up); err != nil {
			return err
		}
		pairs[i].agent, err = h.partner(ctx, pairs[i].customer)
		return err
	})
	return pairs
}

// partner waits for the leg of a phone that hears the customer and that the customer hears.
func (h *house) partner(ctx context.Context, customer *crowd.Leg) (*crowd.Leg, error) {
	for {
		for _, p := range h.everybody() {
			for _, l := range p.Legs() {
				if l != customer && l.State() == crowd.Up && (pair{customer, l}).hear() {
					return l, nil
				}
			}
		}
		if customer.State() == crowd.Over {
			return nil, fmt.Errorf("%s is over: %+v", customer, customer.Ended())
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("%s, who is %s, talks with nobody: %w", customer, customer.State(), ctx.Err())
		}
	}
}

// commit waits until what is true now is kept for sure: a call counts once it has been up for longer than one commit.
func (h *house) commit() { h.pause(time.Second) }

// pause lets time pass.
func (h *house) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-h.t.Context().Done():
	}
}

// everybody is all phones and both ends of trunks.
func (h *house) everybody() []*crowd.Peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append(slices.Clone(h.phones), h.carriers[:]...)
}

// legs counts the legs of everybody that are not over.
func (h *house) legs() (n int) {
	for _, p := range h.everybody() {
		n += len(p.Legs())
	}
	return n
}

// await polls until ok; false: it did not become so within the bound.
func await(bound time.Duration, ok func() bool) bool {
	for end := time.Now().Add(bound); !ok(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// record is a call in the history, as far as it is judged.
type record struct {
	ID, Cause string
	EndedBy   string `json:"ended_by"`
	Ended     time.Time
	From      struct{ Name, Number string }
	Switches  []struct{ Result string }
}

// history returns all calls that ended, with the administrator's eyes.
func (h *house) history() (all []record) {
	h.t.Helper()
	root, cursor := h.SignIn("root", "root-secret-1"), ""
	for {
		status, body := h.Call(root, "GET", "/history?limit=1000&cursor="+cursor, nil)
		var out struct {
			Records []record
			Next    string
		}
		if err := json.Unmarshal(body, &out); status != 200 || err != nil {
			h.t.Fatalf("GET /history: %d %s (%v)", status, body, err)
		}
		all = append(all, out.Records...)
		if cursor = out.Next; cursor == "" {
			return all
		}
	}
}

// agentOf returns whose phone a leg is on.
func (h *house) agentOf(l *crowd.Leg) int { return h.indexOf(l.Number) }

func (h *house) indexOf(id string) int {
	h.t.Helper()
	for i := range h.phones {
		if agentID(i) == id {
			return i
		}
	}
	h.t.Fatalf("%q is no agent with a phone", id)
	return 0
}

// recover brings agents on again who were logged out or sent away, until ctx ends, so that everybody finds somebody.
func (h *house) recover(ctx context.Context) {
	for ctx.Err() == nil {
		var s states
		if status, body, err := h.Try(h.Token, "GET", "/agents", nil); err != nil || status != 200 || json.Unmarshal(body, &s) != nil {
			h.pause(500 * time.Millisecond) // it is away itself
			continue
		}
		for _, a := range s.Agents {
			if (a.Status == "offline" || a.Status == "away" || a.Status == "not_ready") && a.ID[0] == 'a' {
				h.comeBack(a.ID)
			}
		}
		h.pause(200 * time.Millisecond)
	}
}

// comeBack lets an agent say that he is available.
func (h *house) comeBack(id string) {
	available := map[string]string{"status": "available"}
	status, _, err := h.Try(h.tokens[id], "PUT", "/agents/"+id+"/status", available)
	if err == nil && status == 401 {
		var out struct{ Token string }
		_, body, err := h.Try("", "POST", "/sign-in", map[string]string{"user": id, "password": id + "-secret-1"})
		if err != nil || json.Unmarshal(body, &out) != nil {
			return // the next round tries again
		}
		h.tokens[id] = out.Token
		status, _, err = h.Try(out.Token, "PUT", "/agents/"+id+"/status", available)
		if err != nil {
			return
		}
	}
	if err == nil && status < 300 {
		h.loggedOut.Add(1)
	}
}
