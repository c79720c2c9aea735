package store

import (
	"errors"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

// watched returns what the store says of its health, in order.
func watched(s *Store) <-chan error {
	said := make(chan error, 100)
	s.Watch(func(trouble error) { said <- trouble })
	return said
}

func healthIsTold(t *testing.T, on target) {
	dsn := on.fresh(t)
	l := quick
	l.beat = 50 * time.Millisecond
	s, _ := loud(t, dsn, l)
	said := watched(s)
	back := on.away(t, dsn) // nobody changes anything, and it is found out
	if trouble := <-said; !errors.Is(trouble, ErrAway) {
		t.Errorf("it says %v", trouble)
	}
	if err := s.Healthy(); !errors.Is(err, ErrAway) {
		t.Errorf("Healthy says %v", err)
	}
	late := watched(s)
	if trouble := <-late; !errors.Is(trouble, ErrAway) {
		t.Errorf("who watches from now on hears %v", trouble)
	}
	back()
	if trouble := <-late; trouble != nil {
		t.Errorf("it says %v", trouble)
	}
	must(t, s.Healthy())
	if all := kept(t, s); len(all) > 0 {
		t.Errorf("%q is kept", all)
	}
}

func slowIsTold(t *testing.T, on target) {
	dsn := on.fresh(t)
	l := quick
	l.slow, l.attempt, l.patience, l.beat = 50*time.Millisecond, time.Minute, time.Minute, 100*time.Millisecond
	s, _ := loud(t, dsn, l)
	said := watched(s)
	written(t, s, line(1))
	on.slow(t, dsn)
	answer := told(s, line(2))
	if trouble := <-said; !errors.Is(trouble, ErrSlow) {
		t.Errorf("it says %v", trouble)
	}
	s.Write([]telagent.Change{line(3)}, nil) // goes into the next commit
	must(t, <-answer)                        // slow is not away: it gets there
	for trouble := range said {
		if trouble == nil {
			break // the last commits were quick
		}
		if !errors.Is(trouble, ErrSlow) {
			t.Errorf("it says %v", trouble)
		}
	}
	written(t, s)
	if got := details(t, s, AuditQuery{}); got != "3 2 1" {
		t.Errorf("the trail has %q", got)
	}
	if s.Lost() > 0 {
		t.Errorf("%d lost", s.Lost())
	}
}
