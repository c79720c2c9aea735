package sip

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// Trunk is a carrier: where to send calls and whom to take them from.
type Trunk struct {
	Name       string
	URI        string // "sip:host[:port][;transport=udp|tcp]"
	Proxy      string // where its requests are sent instead, written like URI; empty: to URI
	Registrar  string // whom to register with, written like URI; empty: URI
	Username   string // of the account, and for its challenges; empty: none are answered
	AuthUser   string // for its challenges, if it is another one; empty: Username
	Password   string
	Contact    string         // user part of the contact that is registered; empty: Username
	Register   bool           // todo RFC 3261 §10.2: register with the carrier
	Lasting    time.Duration  // how long a registration is asked to last; 0: ten minutes
	AcceptFrom []netip.Prefix // a caller from there is this trunk, whatever his From says; empty: nobody is
	Channels   int            // most calls at once; 0: unlimited
	Ping       time.Duration  // how often OPTIONS asks whether it is there; 0: never, it counts as up
	DownAfter  int            // questions in a row without an answer until it is down; 0: 2
	UpAfter    int            // answers in a row until it is up again; 0: 2

	Timer    time.Duration // how long a call may go without a refresh (RFC 4028), at least 90 s; 0: no session timer
	Reliable Reliable      // whether provisional responses are acknowledged
	Trusted  bool          // what it asserts of a caller is believed
	Shows    Shows         // how it is told who calls
	Rewrite  Rewrite       // of the numbers that it sends and gets
}

// TrunkStatus is a trunk as people look at it.
type TrunkStatus struct {
	Name     string
	Up       bool
	Problem  string // in words; empty: none
	Channels int    // 0: unlimited
	InUse    int    // calls of both directions
}

// trunk is a Trunk at work. Legs and the keeper change it under its lock.
type trunk struct {
	Trunk
	uri sip.Uri

	mu      sync.Mutex
	up      bool
	problem string
	inUse   int
}

func newTrunk(t Trunk) (*trunk, error) {
	uri, err := parseURI(t.URI)
	if err == nil {
		_, err = hopOf(&uri)
	}
	if err != nil {
		return nil, fmt.Errorf("trunk %s: URI %q: %w", t.Name, t.URI, err)
	}
	if t.Name == "" {
		return nil, fmt.Errorf("trunk with URI %q has no name", t.URI)
	}
	return &trunk{Trunk: t, uri: uri, up: true}, nil // until it was asked, as the Floor has it
}

// Trunks returns the state of every trunk, in the order of the options.
func (w *Wire) Trunks() []TrunkStatus {
	list := make([]TrunkStatus, 0, len(w.trunks))
	for _, t := range w.trunks {
		t.mu.Lock()
		list = append(list, TrunkStatus{Name: t.Name, Up: t.up, Problem: t.problem, Channels: t.Channels, InUse: t.inUse})
		t.mu.Unlock()
	}
	return list
}

// trunkAt returns the trunk that an address belongs to; nil: none.
func (w *Wire) trunkAt(addr netip.Addr) *trunk {
	for _, t := range w.trunks {
		for _, p := range t.AcceptFrom {
			if p.Contains(addr) {
				return t
			}
		}
	}
	return nil
}

// trunkNamed returns the trunk of that name; nil: none.
func (w *Wire) trunkNamed(name string) *trunk {
	for _, t := range w.trunks {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// freeTrunk takes a channel of the trunk of that name, or of the first one that has any; nil: none, and why.
func (w *Wire) freeTrunk(name string) (*trunk, call.Cause) {
	cause := call.TrunkFault
	for _, t := range w.trunks {
		if name != "" && t.Name != name {
			continue
		}
		t.mu.Lock()
		free := t.Channels == 0 || t.inUse < t.Channels
		ok := t.up && free
		if ok {
			t.inUse++
		}
		up := t.up
		t.mu.Unlock()
		if ok {
			return t, call.NoCause
		}
		if up {
			cause = call.NoCapacity
		}
	}
	return nil, cause
}

// take counts a call that came in over the trunk; the carrier itself keeps to its limit.
func (t *trunk) take() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inUse++
}

// give frees a channel.
func (t *trunk) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inUse--
}

// faulted notes for people what went wrong last.
func (t *trunk) faulted(status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problem = "a call got no answer"
	if status != 0 {
		t.problem = fmt.Sprintf("a call was refused with %d", status)
	}
}

// announce reports the trunks that are never asked. It is a goroutine of its own because a report may block.
func (w *Wire) announce() {
	defer w.running.Done()
	for _, t := range w.trunks {
		if t.Ping == 0 {
			w.report(call.TrunkUp{Trunk: t.Name})
		}
	}
}
