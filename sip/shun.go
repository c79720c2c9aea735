package sip

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The bounds of what is held against addresses.
const (
	mostShunned  = 4096
	shunTime     = 30 * time.Second // that an address which failed is tried after the others
	longestShun  = time.Hour        // that an address is left alone, whatever it says
	noTimeToWait = time.Second      // what a Retry-After of 0 comes to
)

// shunned are addresses that failed, which are tried after others for a while, and those that asked to be left alone.
//
// RFC 3263 §4.3
type shunned struct {
	mu sync.Mutex
	at map[place]grudge
}

// place is an address that requests are sent to.
type place struct {
	network string
	remote  netip.AddrPort
}

// String returns the place as people read it.
func (p place) String() string { return strings.ToLower(p.network) + ":" + p.remote.String() }

func (d destination) place() place { return place{d.network, d.remote} }

func (f *flow) place() place { return place{f.network, f.remote} }

// grudge is what is held against an address.
type grudge struct {
	until time.Time
	alone bool // nothing is sent there: it said so itself
}

func newShunned() *shunned { return &shunned{at: make(map[place]grudge)} }

// failed puts an address behind the others for a while.
func (s *shunned) failed(p place) { s.failedFor(p, shunTime) }

// failedFor is failed for a while that the caller knows better.
func (s *shunned) failedFor(p place, d time.Duration) { s.hold(p, grudge{until: time.Now().Add(d)}) }

// refused takes the 503 of an address. With a Retry-After nothing is sent there before.
//
// RFC 3261 §21.5.4, §20.33
func (s *shunned) refused(p place, res *sip.Response) {
	wait := waitOf(res)
	if wait == 0 {
		s.failed(p)
		return
	}
	s.hold(p, grudge{until: time.Now().Add(wait), alone: true})
}

func (s *shunned) hold(p place, g grudge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.at[p]; old.alone && !g.alone && time.Now().Before(old.until) {
		return // what it said itself holds
	}
	if len(s.at) >= mostShunned {
		clear(s.at) // so many failed that the order tells nothing
	}
	s.at[p] = g
}

// answers forgets that an address failed; one that asked to be left alone still is.
func (s *shunned) answers(p place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.at[p]; !g.alone {
		delete(s.at, p)
	}
}

// alone returns until when an address is to be left alone; false: it is not.
func (s *shunned) alone(p place) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.at[p]
	return g.until, g.alone && time.Now().Before(g.until)
}

// order puts addresses that failed behind the others, and those that are to be left alone to the end.
func (s *shunned) order(list []destination) []destination {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	var ranks [3][]destination
	for _, d := range list {
		switch g, held := s.at[d.place()]; {
		case !held || !now.Before(g.until):
			ranks[0] = append(ranks[0], d)
		case g.alone:
			ranks[2] = append(ranks[2], d)
		default:
			ranks[1] = append(ranks[1], d)
		}
	}
	return append(append(ranks[0], ranks[1]...), ranks[2]...)
}

// waitOf returns how long a 503 wants to be left alone; 0: it does not say.
//
// RFC 3261 §20.33
func waitOf(res *sip.Response) time.Duration {
	h := res.GetHeader("Retry-After")
	if h == nil {
		return 0
	}
	seconds, digits := 0, 0
	for _, c := range []byte(strings.TrimSpace(h.Value())) {
		if c < '0' || c > '9' || digits > 9 {
			break
		}
		seconds, digits = seconds*10+int(c-'0'), digits+1
	}
	if digits == 0 {
		return 0
	}
	return min(max(time.Duration(seconds)*time.Second, noTimeToWait), longestShun)
}

// flowTo returns a flow to one address; a connection that cannot be made is held against it.
func (w *Wire) flowTo(ctx context.Context, d destination) (*flow, error) {
	if d.network == "UDP" {
		return w.packetsTo(d.remote)
	}
	f, err := w.connect(ctx, d)
	if err != nil {
		w.shunned.failed(d.place())
	}
	return f, err
}
