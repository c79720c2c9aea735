package media

import (
	"sync/atomic"
	"time"

	"telagent-gateway/call"
)

// splice is a leg that takes another's place, or comes to who heard comfort.
type splice struct {
	leg   *leg
	now   func() time.Time // the pacer's time is when a packet was due, not when it went
	key   time.Time        // when the key began that it accepted with; zero: none was pressed
	hears atomic.Int64     // when it was sent the first packet of who is there, in nanoseconds since 1970; 0: not yet
}

// watch is what a slot notices of a splice. The slot's mu guards it.
type watch struct {
	*splice
	until time.Time
	last  time.Time // when the last packet was sent, of whatever
	voice time.Time // when the last one of the leg before, or of comfort, was
	first time.Time // when the first one of the leg was; zero: none was yet
	gap   time.Duration
}

// How long a splice is watched, and how long before it the key may have been pressed that brought it about.
const (
	watched  = time.Second
	keyFresh = 2 * time.Second
)

// splice lets those who hear a leg from now on notice how it comes in. The caller holds the wire's mu and carries the order
// out after it.
func (w *Wire) splice(in *place, listeners ...*place) {
	if in.leg == nil {
		return
	}
	now, s := w.now(), &splice{leg: in.leg, now: w.now}
	in.leg.mu.Lock()
	if at := in.leg.keys.at; now.Sub(at) <= keyFresh {
		s.key = at
	}
	in.leg.mu.Unlock()
	for _, p := range listeners {
		if p.leg != nil && p != in {
			p.leg.slot.notice(s, now)
		}
	}
	in.leg.slot.mu.Lock()
	defer in.leg.slot.mu.Unlock()
	in.leg.slot.greets = s
}

// notice begins to watch, if anything is sent now.
func (s *slot) notice(of *splice, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.stream
	if !s.open || t.at.IsZero() {
		return
	}
	w := &watch{splice: of, until: now.Add(watched), last: t.at, voice: now}
	if !t.filling {
		w.voice = t.at
	}
	s.watch.Store(w)
}

// passed notes a packet that is sent: a leg's, or of our own audio, which is a voice unless it stands in for missing packets.
// The caller holds the slot's mu.
func (s *slot) passed(from *leg, voice bool) {
	if g := s.greets; g != nil && from != nil {
		g.hears.Store(g.now().UnixNano())
		s.greets = nil
	}
	w := s.watch.Load()
	if w == nil {
		return
	}
	now := w.now()
	w.gap, w.last = max(w.gap, now.Sub(w.last)), now
	switch {
	case !w.first.IsZero():
	case from == w.leg:
		w.first = now
	case voice:
		w.voice = now
	}
}

// spliced returns what was noticed of a splice when its time is over; false: there is none, or it is watched yet.
func (s *slot) spliced() (e call.Spliced, over bool) {
	w := s.watch.Load()
	if w == nil {
		return e, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := w.now()
	if now.Before(w.until) {
		return e, false
	}
	s.watch.Store(nil)
	if !s.open {
		return e, false // on hold meanwhile: a gap is no fault
	}
	e = call.Spliced{Leg: w.leg.id, To: s.owner.id, Gap: max(w.gap, now.Sub(w.last))}
	if !w.first.IsZero() {
		e.CutOver = max(w.first.Sub(w.voice), time.Microsecond) // 0 is: not measured
	}
	if hears := w.hears.Load(); hears != 0 && !w.first.IsZero() && !w.key.IsZero() {
		both := w.first
		if at := time.Unix(0, hears); at.After(both) {
			both = at
		}
		e.TwoWay = max(both.Sub(w.key), time.Microsecond)
	}
	return e, true
}
