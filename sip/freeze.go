package sip

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// still is a wire that stands still.
type still struct {
	thaw    chan struct{} // closed when it goes on
	readers sync.WaitGroup
}

// Freeze lets the wire stand still, so that another process can go on with its legs: no datagram is read any more, what
// was read is carried out to its end, and Keep and KeepContact have been told everything when it returns. Nobody is said
// goodbye to. What waits in the sockets waits for who reads them next. Messages on connections, which end with this process,
// are read, and wait for Thaw.
//
// The error is that of ctx, when some leg was not done in time, or says that the wire is closed or stands still already.
// After it the wire must be thawed, too.
func (w *Wire) Freeze(ctx context.Context) error {
	s := &still{thaw: make(chan struct{})}
	w.mu.Lock()
	if w.closed || w.still != nil {
		w.mu.Unlock()
		return errors.New("freeze sip: it is closed, or stands still already")
	}
	w.still = s
	w.mu.Unlock()
	var packets []packetConn
	for _, l := range w.listeners {
		if l.network == "UDP" {
			packets = append(packets, l.packets)
		}
	}
	s.readers.Add(len(packets))
	for _, p := range packets {
		_ = p.SetReadDeadline(time.Now()) // one that cannot be set is closed, and its reader has ended or will see that
	}
	if err := waitFor(ctx, &s.readers); err != nil {
		return fmt.Errorf("freeze sip: sockets are still read: %w", err)
	}
	if err := w.park(ctx, s); err != nil {
		return fmt.Errorf("freeze sip: some legs are not done: %w", err)
	}
	return nil
}

// park lets every owner of an inbox finish what waits there, and then wait itself.
func (w *Wire) park(ctx context.Context, s *still) error {
	var parked sync.WaitGroup
	owners := map[*inbox]bool{w.desk.in: true, w.board.in: true}
	w.mu.Lock()
	for _, in := range w.queues {
		owners[in] = true
	}
	parked.Add(len(owners))
	for in := range owners {
		wait := func() { parked.Done(); w.stand(s) }
		if in == w.desk.in {
			wait = func() { w.desk.remember(contactsTotal); parked.Done(); w.stand(s) }
		}
		if !in.putIfOpen(wait) {
			parked.Done()
		}
	}
	w.mu.Unlock()
	return waitFor(ctx, &parked)
}

// stand waits until the wire goes on, or ends.
func (w *Wire) stand(s *still) {
	select {
	case <-s.thaw:
	case <-w.ctx.Done():
	}
}

// Thaw lets a wire go on that stands still. It does nothing to one that does not.
func (w *Wire) Thaw() {
	w.mu.Lock()
	s := w.still
	w.still = nil
	w.mu.Unlock()
	if s == nil {
		return
	}
	for _, l := range w.listeners {
		if l.network == "UDP" {
			_ = l.packets.SetReadDeadline(time.Time{}) // as in Freeze
		}
	}
	close(s.thaw)
}

// Reclaim says, before Thaw, that another process may have gone on with the legs of a wire that stands still, and does no more:
// requests of ours are numbered behind those that it may have sent, which the far sides would refuse otherwise.
//
// RFC 3261 §12.2.2
func (w *Wire) Reclaim() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, in := range w.queues {
		in.putFirst(reclaimed{})
	}
	w.board.in.putFirst(reclaimed{})
}

// reclaimed lets a queue, or the board, pass over the numbers that another process may have used.
type reclaimed struct{}

func (q *queue) passOver() {
	for _, l := range q.legs {
		if d := l.dialog; d != nil && l.ceiling > 0 {
			d.LocalSeq = max(d.LocalSeq, l.ceiling+spareSeq) // it began at our ceiling
		}
	}
}

func (b *board) passOver() {
	for _, s := range b.watches {
		if s.ceiling > 0 {
			s.dialog.LocalSeq, s.version = s.ceiling+spareSeq, s.version+2*spareSeq
			b.keep(s)
		}
	}
}

// rest is called by the reader of a socket whose deadline came; false: it ends.
func (w *Wire) rest() bool {
	w.mu.Lock()
	s := w.still
	w.mu.Unlock()
	if s == nil {
		return true // it was thawed meanwhile
	}
	s.readers.Done()
	w.stand(s)
	return w.ctx.Err() == nil
}

// Abandon ends everything that Start began without a word to anybody: the legs are left to who takes them up.
func (w *Wire) Abandon() {
	w.mu.Lock()
	w.closed = true
	streams := make([]*stream, 0, len(w.streams))
	for _, s := range w.streams {
		streams = append(streams, s)
	}
	w.mu.Unlock()
	w.halt()
	for _, l := range w.listeners {
		l.close()
	}
	for _, s := range streams {
		s.close("the gateway leaves its calls to another process")
	}
	w.running.Wait()
}

// waitFor waits for all, or for ctx.
func waitFor(ctx context.Context, all *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
