// Package queue says who waits, who is next, and which agent gets the offer.
//
// It is pure and it rings nobody: it orders waiting callers and chooses among the agents that it is given.
//
// Start with Line (queue.go) and Choose (choose.go).
package queue

import (
	"iter"
	"slices"
	"time"

	"telagent-gateway/call"
)

// Requeued is the system's own priority, above every configured one (1..10): a customer who lost his agent.
const Requeued = 11

// Caller is somebody who waits.
type Caller struct {
	Call     call.ID
	Priority int       // 1..11, 11 first
	Since    time.Time // when his wait began; a requeue keeps it
}

// compare orders callers: higher priority first, then who waits longer, then by name so that the order is total.
func compare(a, b Caller) int {
	if a.Priority != b.Priority {
		return b.Priority - a.Priority
	}
	if c := a.Since.Compare(b.Since); c != 0 {
		return c
	}
	if a.Call < b.Call {
		return -1
	}
	if a.Call > b.Call {
		return 1
	}
	return 0
}

// Before says whether a is served before b.
func (a Caller) Before(b Caller) bool { return compare(a, b) < 0 }

// Line is the callers of one queue, who is next first. The zero value is an empty line.
type Line struct{ callers []Caller }

// Add puts a caller in his place. Adding one who waits already changes nothing.
func (l *Line) Add(c Caller) {
	at, found := slices.BinarySearchFunc(l.callers, c, compare)
	if !found {
		l.callers = slices.Insert(l.callers, at, c)
	}
}

// Remove takes a caller out and says whether he was there.
func (l *Line) Remove(c Caller) bool {
	at, found := slices.BinarySearchFunc(l.callers, c, compare)
	if found {
		l.callers = slices.Delete(l.callers, at, at+1)
	}
	return found
}

// First returns who is next.
func (l *Line) First() (Caller, bool) {
	if len(l.callers) == 0 {
		return Caller{}, false
	}
	return l.callers[0], true
}

// Len returns how many wait.
func (l *Line) Len() int { return len(l.callers) }

// Place returns how many are served before a caller, and he himself; 0: he does not wait here.
func (l *Line) Place(c Caller) int {
	at, found := slices.BinarySearchFunc(l.callers, c, compare)
	if !found {
		return 0
	}
	return at + 1
}

// Longest returns since when the longest waits; zero: nobody waits.
func (l *Line) Longest() (since time.Time) {
	for rest := l.callers; len(rest) > 0; { // the first of each priority has waited longest among his own
		first := rest[0]
		if since.IsZero() || first.Since.Before(since) {
			since = first.Since
		}
		next, _ := slices.BinarySearchFunc(rest, first.Priority-1, func(c Caller, p int) int { return p - c.Priority })
		rest = rest[next:]
	}
	return since
}

// All returns the callers, who is next first.
func (l *Line) All() []Caller { return slices.Clone(l.callers) }

// InOrder goes through the callers, who is next first. The line must not change until it is done, or left.
func (l *Line) InOrder() iter.Seq[Caller] { return slices.Values(l.callers) }
