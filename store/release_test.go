package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

func said(action string) telagent.Change {
	return telagent.Audited{Entry: telagent.AuditEntry{Time: time.Unix(1000, 0), Action: action, Subject: "x", Result: "done"}}
}

func releasedIsAnothers(t *testing.T, on target) {
	ctx, dsn := t.Context(), on.fresh(t)
	first := opened(t, dsn)
	first.Keep("sip.leg", "one", []byte("before"))
	first.Write([]telagent.Change{said("before")}, nil)
	hasty := usual
	hasty.lock = 100 * time.Millisecond
	if _, err := open(ctx, dsn, zap.NewNop(), hasty); !errors.Is(err, errHeld) {
		t.Fatalf("a second gateway on the store: %v", err)
	}
	must(t, first.Release(ctx))
	first.Write([]telagent.Change{said("meanwhile")}, nil) // waits in memory

	second := opened(t, dsn)
	if got := kept(t, second)["sip.leg"]["one"]; string(got) != "before" {
		t.Errorf("what was kept before the release: %q", got)
	}
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if first.Retake(short) == nil {
		t.Fatal("a store was taken back that another gateway holds")
	}
	second.Write([]telagent.Change{said("theirs")}, nil)
	must(t, second.Close())
	must(t, first.Retake(ctx))
	must(t, first.Retake(ctx)) // it is ours: nothing happens
	first.Write([]telagent.Change{said("after")}, nil)
	must(t, first.Release(ctx))
	must(t, first.Abandon())

	last := opened(t, dsn)
	lines, err := last.Audit(ctx, AuditQuery{Limit: 10})
	must(t, err)
	var got []string
	for i := len(lines) - 1; i >= 0; i-- {
		got = append(got, lines[i].Action)
	}
	if want := []string{"before", "theirs", "meanwhile", "after"}; !slices.Equal(got, want) {
		t.Errorf("the audit trail has %v, want %v", got, want)
	}
	if v, err := last.Verify(ctx, Link{}); err != nil || v.Broken != 0 {
		t.Errorf("its chain: %+v %v", v, err)
	}
}

func releasedInTime(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	written(t, s, line(1))
	on.slow(t, dsn)
	s.mutex.Lock()
	s.take(line(2)) // the writer hears of it with the release
	s.mutex.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // a line takes 300 ms now
	defer cancel()
	if err := s.Release(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it was released: %v", err)
	}
	written(t, s, line(3))
	if got := details(t, s, AuditQuery{}); got != "3 2 1" {
		t.Errorf("the audit trail has %s", got)
	}
	must(t, s.Release(t.Context()))
}

func releasedAndClosed(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	must(t, s.Release(t.Context()))
	must(t, s.Close())
	if err := s.Retake(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("it was taken back: %v", err)
	}
}

func releasedAndNotTakenBack(t *testing.T, on target) {
	dsn := on.fresh(t)
	first := opened(t, dsn)
	must(t, first.Release(t.Context()))
	second := opened(t, dsn)
	told := watched(first)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if first.Retake(short) == nil {
		t.Fatal("a store was taken back that another gateway holds")
	}
	if err := first.Healthy(); !errors.Is(err, ErrAway) {
		t.Errorf("it takes nothing and says %v", err)
	}
	must(t, second.Close())
	must(t, first.Retake(t.Context()))
	if trouble := <-told; !errors.Is(trouble, ErrAway) {
		t.Errorf("who watches hears %v", trouble)
	}
	if trouble := <-told; trouble != nil {
		t.Errorf("who watches hears %v when it is back", trouble)
	}
}
