package store

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// What Healthy's error wraps: what kind of trouble it is.
var (
	ErrAway = errors.New("the store is away")
	ErrFull = errors.New("the store's disk is full")
	ErrSlow = errors.New("the store is slow")
)

// health is how the last commits went. It is guarded by the store's mutex.
type health struct {
	failure error         // of the last commit; nil: it did not fail
	slow    bool          // the last commit took too long, or the one under way does
	begun   time.Time     // when the commit under way began; zero: there is none
	watch   func(error)   // is told; nil: nobody is
	told    error         // what kind of trouble was told last
	telling chan struct{} // holds one: who tells, so that it is told in order
}

// Healthy returns nil while everything can be written, otherwise what is wrong in words for a person. It wraps ErrAway,
// ErrFull or ErrSlow.
func (s *Store) Healthy() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return errClosed
	}
	return s.trouble()
}

// trouble is what is wrong. The caller holds the mutex.
func (s *Store) trouble() error {
	kind := s.kindOfTrouble()
	switch {
	case kind == nil:
		return nil
	case s.health.failure != nil:
		return fmt.Errorf("%w, %d wait in memory: %w", kind, s.pending.rows(), s.health.failure)
	}
	return fmt.Errorf("%w: a commit takes longer than %v", kind, s.limits.slow)
}

func (s *Store) kindOfTrouble() error {
	switch {
	case s.health.failure != nil && s.db.full(s.health.failure):
		return ErrFull
	case s.health.failure != nil:
		return ErrAway
	case s.health.slow:
		return ErrSlow
	}
	return nil
}

// Watch sets who is told whenever Healthy has another kind of answer: it is called with that answer, now if something is
// wrong already, one call after the other. It may wait a moment, but not for the store.
func (s *Store) Watch(told func(trouble error)) {
	s.mutex.Lock()
	s.health.watch, s.health.told = told, nil
	s.mutex.Unlock()
	s.tellHealth()
}

// tellHealth tells the watcher, and the log, if there is something new to tell.
func (s *Store) tellHealth() {
	s.health.telling <- struct{}{}
	defer func() { <-s.health.telling }()
	s.mutex.Lock()
	kind, trouble, watch := s.kindOfTrouble(), s.trouble(), s.health.watch
	news := watch != nil && !errors.Is(kind, s.health.told)
	if news {
		s.health.told = kind
	}
	s.mutex.Unlock()
	if news {
		watch(trouble)
	}
}

// begins notes that a commit begins, and becomes slow if it is not over in time.
func (s *Store) begins() (over func()) {
	begun := time.Now()
	s.mutex.Lock()
	s.health.begun = begun
	s.mutex.Unlock()
	late := time.AfterFunc(s.limits.slow, func() {
		s.mutex.Lock()
		is := s.health.begun.Equal(begun)
		s.health.slow = s.health.slow || is
		s.mutex.Unlock()
		if is {
			s.log.Warn("the store is slow: a commit takes its time", zap.Duration("longer_than", s.limits.slow))
			s.tellHealth()
		}
	})
	return func() {
		late.Stop()
		s.mutex.Lock()
		s.health.begun = time.Time{}
		s.health.slow = time.Since(begun) >= s.limits.slow
		s.mutex.Unlock()
	}
}
