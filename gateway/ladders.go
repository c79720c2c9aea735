package gateway

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

// Limits of ladders: bytes of SIP messages of all legs; notes of one leg, and legs that have some; calls that ended and wait to
// be stored; and for how long, so that the last messages are among theirs.
const (
	ladderBytes   = 64 << 20
	notesKept     = 200
	notedLegs     = 20_000
	laddersEnding = 10_000
	ladderRest    = 5 * time.Second
)

// ladders notes what happens to legs, and gives the store what is kept of a call a while after its end. The wires keep the
// rest. It is an index of what went by and decides nothing.
type ladders struct {
	g    *Gateway
	stop chan struct{}
	done chan struct{}

	storing sync.Mutex // by one at a time

	mu      sync.Mutex
	notes   map[call.LegID][]call.Note
	courses map[call.LegID][]call.Interval // of legs that are over
	order   []call.LegID                   // as their first note came
	ending  []telagent.Record              // as they ended
}

func newLadders(g *Gateway) *ladders {
	return &ladders{
		g: g, stop: make(chan struct{}), done: make(chan struct{}),
		notes: make(map[call.LegID][]call.Note), courses: make(map[call.LegID][]call.Interval),
	}
}

// note writes down what happened to a leg. Of very many things the first and the newest are kept.
func (l *ladders) note(n call.Note) {
	if l == nil || n.Leg == "" {
		return
	}
	n.At = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	have, known := l.notes[n.Leg]
	if !known {
		if len(l.order) >= notedLegs {
			delete(l.notes, l.order[0])
			delete(l.courses, l.order[0])
			l.order = l.order[1:]
		}
		l.order = append(l.order, n.Leg)
	}
	if len(have) == notesKept {
		have = slices.Delete(have, notesKept/2, notesKept/2+1)
	}
	l.notes[n.Leg] = append(have, n)
}

// fared keeps the course of a leg that is over.
func (l *ladders) fared(e call.Measured) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.notes[e.Leg] != nil { // so that they are bounded together
		l.courses[e.Leg] = e.Course
	}
}

// ended takes the calls that are over.
func (l *ladders) ended(changes []telagent.Change) {
	if l == nil {
		return
	}
	for _, c := range changes {
		if e, is := c.(telagent.CallEnded); is {
			l.mu.Lock()
			if len(l.ending) < laddersEnding {
				l.ending = append(l.ending, e.Record)
			}
			l.mu.Unlock()
		}
	}
}

// run stores ladders until stop is closed.
func (l *ladders) run() {
	defer close(l.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.store(time.Now().Add(-ladderRest))
		case <-l.stop:
			return
		}
	}
}

// close stores what is left.
func (l *ladders) close() {
	if l == nil {
		return
	}
	close(l.stop)
	<-l.done
	l.store(time.Now())
}

// storeAll hands over what there is now, because the store is about to be another process's.
func (l *ladders) storeAll() {
	if l != nil {
		l.store(time.Now())
	}
}

// store hands over the ladders of calls that ended before a time.
func (l *ladders) store(before time.Time) {
	l.storing.Lock()
	defer l.storing.Unlock()
	for {
		l.mu.Lock()
		if len(l.ending) == 0 || l.ending[0].Ended.After(before) {
			l.mu.Unlock()
			return
		}
		r := l.ending[0]
		l.mu.Unlock()
		legs := make([]call.LegID, len(r.Legs))
		for i := range r.Legs {
			legs[i] = r.Legs[i].Leg
		}
		if err := l.g.store.KeepLadder(r.ID, r.Ended, l.of(legs)); err != nil {
			l.g.log.Error("a ladder could not be kept", zap.String("call", string(r.ID)), zap.Error(err))
		}
		l.mu.Lock()
		l.ending = l.ending[1:]
		for _, leg := range legs {
			delete(l.notes, leg)
			delete(l.courses, leg)
		}
		if len(l.order) > 2*len(l.notes)+notesKept {
			l.order = slices.DeleteFunc(l.order, func(leg call.LegID) bool { return l.notes[leg] == nil })
		}
		l.mu.Unlock()
		for _, leg := range legs {
			l.g.sip.Forget(leg)
		}
	}
}

// of puts together what is kept of these legs now.
func (l *ladders) of(legs []call.LegID) (out call.Ladder) {
	for _, leg := range legs {
		s, _ := l.g.sip.Strand(leg)
		s.Course = l.g.media.Course(leg)
		l.mu.Lock()
		if s.Course == nil {
			s.Course = l.courses[leg]
		}
		out.Notes = append(out.Notes, l.notes[leg]...)
		l.mu.Unlock()
		out.Strands = append(out.Strands, s)
	}
	slices.SortStableFunc(out.Notes, func(a, b call.Note) int { return a.At.Compare(b.At) })
	return out
}

// waits says whether a call that ended is not stored yet.
func (l *ladders) waits(id call.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.ending, func(r telagent.Record) bool { return r.ID == id })
}

// ladder returns what is kept of a call with these legs. The error wraps console.ErrNoLadder when that is nothing.
func (g *Gateway) ladder(ctx context.Context, id call.ID, legs []call.LegID, live bool) (call.Ladder, error) {
	l := g.ladders
	if l == nil {
		return call.Ladder{}, console.ErrNoLadder
	}
	if live || l.waits(id) {
		return l.of(legs), nil
	}
	found, err := g.store.Ladder(ctx, id)
	if errors.Is(err, store.ErrNoLadder) {
		return found, console.ErrNoLadder
	}
	return found, err
}
