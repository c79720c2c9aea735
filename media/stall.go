package media

import (
	"sync/atomic"
	"time"
)

// A stall is a time in which the process did not run, though packets came: they wait in the sockets, as many as fit, and are
// read in one burst when it runs again. Who hears them does not get that burst, but silence, and then what is said now.
const (
	stallAfter = 500 * time.Millisecond // the pacer ticks every 10 ms; who is that late was stopped
	jamFor     = 2 * time.Second        // how long after a stall packets may be old
	staleAfter = 200 * time.Millisecond // what comes so much later than the packets before the stall did is old
)

// stall is one such time.
type stall struct {
	woke  time.Time
	slept time.Duration
}

// wakefulness notices stalls. Who does first, the pacer or a reader, sees to it.
type wakefulness struct {
	born  time.Time
	paced atomic.Int64 // when the pacer ticked last, as time since born; 0: it did not yet
	last  atomic.Pointer[stall]
}

// ticks notes that the pacer runs.
func (a *wakefulness) ticks(now time.Time) { a.paced.Store(max(1, int64(now.Sub(a.born)))) }

// stalled looks whether the process was stopped until now; once for each stall.
func (w *Wire) stalled(now time.Time) {
	a := &w.awake
	paced, at := a.paced.Load(), int64(now.Sub(a.born))
	if slept := time.Duration(at - paced); paced != 0 && slept >= stallAfter && a.paced.CompareAndSwap(paced, at) {
		w.woke(now, slept)
	}
}

// woke lets every leg's silence last for as much longer: what it sent meanwhile is only being read.
func (w *Wire) woke(now time.Time, slept time.Duration) {
	w.awake.last.Store(&stall{now, slept})
	for _, l := range *w.legs.Load() {
		l.mu.Lock()
		for _, since := range []*time.Time{&l.in.heard, &l.reports.heard} {
			if !since.IsZero() {
				if *since = since.Add(slept); since.After(now) {
					*since = now
				}
			}
		}
		l.mu.Unlock()
	}
}

// jam is what a leg's packets were like before a stall, to tell which of those that come after it are old.
type jam struct {
	after *stall // the last one that the leg saw; nil: none
	known bool
	ssrc  uint32
	began time.Time // that transit counts from
	fast  int32     // transit of the last packet before it, see counters
}

// isStale says whether a packet waited in the socket while the process was stopped: it comes later than those before did, by its
// own clock. It has to be asked before the packet is counted. The caller holds mu.
func (in *reception) isStale(now time.Time, s *stall, p *packet) bool {
	if s == nil || now.Sub(s.woke) > jamFor {
		return false
	}
	if c := &in.counters; in.jam.after != s {
		in.jam = jam{after: s, known: c.known && !c.began.IsZero(), ssrc: c.ssrc, began: c.began, fast: c.transit}
	}
	if !in.jam.known || in.jam.ssrc != p.ssrc {
		return false
	}
	late := int32(ticks(now.Sub(in.jam.began))-p.ts) - in.jam.fast
	return late > int32(ticks(staleAfter)) && late <= int32(ticks(s.slept+time.Second)) // more is a clock that was set
}
