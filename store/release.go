package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// hold keeps the writer from the database until the store is retaken.
type hold struct {
	within   context.Context // bounds the last commit before it
	decided  atomic.Bool     // by the writer, who releases, or by who asked and waits no more
	released chan error
	retake   chan context.Context
	retaken  chan error
}

// Release writes everything that is pending and lets the lock go, so that another gateway can open the store. What is
// written after it waits in memory until Retake, or is lost with Abandon. Errors: the database did not take everything before
// the context was over; then the store goes on as before. It must not be called twice at once.
func (s *Store) Release(ctx context.Context) error {
	h := &hold{within: ctx, released: make(chan error, 1), retake: make(chan context.Context), retaken: make(chan error, 1)}
	select {
	case s.holds <- h:
	case <-s.done:
		return errClosed
	case <-ctx.Done():
		return fmt.Errorf("release the store: %w", ctx.Err())
	}
	select {
	case err := <-h.released:
		return s.hold(h, err)
	case <-ctx.Done(): // a disk that hangs knows no contexts
		if h.decided.CompareAndSwap(false, true) {
			return fmt.Errorf("release the store: %w", ctx.Err())
		}
		return s.hold(h, <-h.released)
	}
}

// hold notes that the store is released, unless that failed.
func (s *Store) hold(h *hold, err error) error {
	if err != nil {
		return fmt.Errorf("release the store: %w", err)
	}
	s.held.Store(h)
	return nil
}

// Retake takes a released store back: nobody took over. Errors: somebody holds it, or the database is away, and it may be
// called again; or the store is closed.
func (s *Store) Retake(ctx context.Context) error {
	h := s.held.Load()
	if h == nil {
		return nil
	}
	select {
	case h.retake <- ctx:
	case <-s.done:
		return errClosed
	}
	if err := <-h.retaken; err != nil {
		return fmt.Errorf("take the store back: %w", err)
	}
	s.held.CompareAndSwap(h, nil) // it may have been released once more
	return nil
}

// Abandon closes a released store without writing what came after it: another gateway has it.
func (s *Store) Abandon() error {
	s.mutex.Lock()
	already := s.closed
	s.closed = true
	left := s.pending.waiters
	s.pending = newPending()
	s.mutex.Unlock()
	if already {
		return nil
	}
	close(s.quit)
	s.end()
	<-s.done
	for _, w := range left {
		w.done(errClosed)
	}
	s.timers.Wait()
	return s.db.close()
}

// letGo is the writer's part of it. It returns when the store was taken back, or is to be closed.
func (s *Store) letGo(h *hold) {
	if err := s.commit(h.within); err != nil {
		nudge(s.wake)
		h.released <- err
		return
	}
	if !h.decided.CompareAndSwap(false, true) {
		return // it took too long
	}
	s.hangUp()
	if err := s.db.unlock(); err != nil {
		h.released <- err
		return
	}
	was := s.link.Seq
	h.released <- nil
	for {
		select {
		case ctx := <-h.retake:
			err := s.takeBack(ctx, was)
			if err != nil {
				s.mutex.Lock()
				s.health.failure = err // nothing is taken until that succeeds
				s.mutex.Unlock()
			}
			h.retaken <- err
			if s.tellHealth(); err == nil {
				s.probe() // whoever heard of it waits for the news that it is over
				return
			}
		case <-s.quit:
			return
		}
	}
}

// takeBack takes the lock again. What another gateway wrote meanwhile stays, and our lines come after its lines; was is the
// number of the last one when the lock was let go.
func (s *Store) takeBack(ctx context.Context, was int64) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	if err = s.lock(ctx, conn); err == nil {
		if err = s.sign(ctx, conn); err == nil {
			err = s.reclaim(ctx, conn)
		}
	}
	if err != nil {
		discard(conn)
		return errors.Join(err, s.db.unlock())
	}
	s.conn = conn
	s.mutex.Lock()
	defer s.mutex.Unlock()
	theirs := s.link.Seq - was
	s.seq += theirs
	for i := range s.pending.lines {
		if line := &s.pending.lines[i]; line.seq > 0 {
			line.seq += theirs
		}
	}
	nudge(s.wake)
	return nil
}
