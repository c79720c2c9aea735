package sip

import "sync"

// inbox is the queue in front of a goroutine that owns something. Messages from outside are bounded: what does not fit
// is refused, and the peer hears 503 or tries again. What comes from inside (Actions, timers, ends of transactions) is
// always taken: there is never more of it than the owner asked for.
type inbox struct {
	limit   int           // most messages that wait
	wake    chan struct{} // holds one token while something waits
	journal *journal      // keeps the messages of a call; nil: it does not, or it is no call's

	mu       sync.Mutex
	items    []any
	messages int
	closed   bool
}

// verdict is what became of a message that was offered.
type verdict uint8

const (
	taken verdict = iota
	full
	shut // the owner has ended
)

func newInbox(limit int) *inbox {
	return &inbox{limit: limit, wake: make(chan struct{}, 1)}
}

// offer queues a message from outside.
func (in *inbox) offer(m *message) verdict {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.closed:
		return shut
	case in.messages >= in.limit:
		return full
	}
	in.messages++
	in.append(m)
	return taken
}

// put queues something from inside; after the owner's end it goes nowhere.
func (in *inbox) put(item any) { in.putIfOpen(item) }

// putIfOpen is put that says whether the owner will see it.
func (in *inbox) putIfOpen(item any) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		in.append(item)
	}
	return !in.closed
}

func (in *inbox) append(item any) {
	in.items = append(in.items, item)
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// putFirst is put before everything that waits.
func (in *inbox) putFirst(item any) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		in.append(item)
		copy(in.items[1:], in.items)
		in.items[0] = item
	}
}

// take returns what came first; false: nothing waits.
func (in *inbox) take() (any, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.items) == 0 {
		in.items = nil
		return nil, false
	}
	item := in.items[0]
	in.items[0] = nil
	in.items = in.items[1:]
	if _, ok := item.(*message); ok {
		in.messages--
	}
	return item, true
}

// closeIfEmpty ends the inbox, unless something waits.
func (in *inbox) closeIfEmpty() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.items) > 0 {
		return false
	}
	in.closed = true
	return true
}

// close ends the inbox and drops what waits.
func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.items, in.messages, in.closed = nil, 0, true
}
