package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

func said(action string) telagent.Change {
	return telagent.Audited{Entry: telagent.AuditEntry{Time: time.Unix(1000, 0), Action: action, Subject: "x", Result: "done"}}
}

func TestAReleasedStoreIsAnothersUntilItIsTakenBackAndNothingIsLost(t *testing.T) {
	ctx := context.Background()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "telagent.db")
	l := usual
	l.lock = 100 * time.Millisecond
	first, err := open(ctx, dsn, zap.NewNop(), l)
	if err != nil {
		t.Fatal(err)
	}
	first.Keep("sip.leg", "one", []byte("before"))
	first.Write([]telagent.Change{said("before")}, nil)
	if _, err := open(ctx, dsn, zap.NewNop(), l); !errors.Is(err, errHeld) {
		t.Fatalf("a second gateway on the store: %v", err)
	}
	if err := first.Release(ctx); err != nil {
		t.Fatal(err)
	}
	first.Write([]telagent.Change{said("meanwhile")}, nil) // waits in memory

	second, err := open(ctx, dsn, zap.NewNop(), l)
	if err != nil {
		t.Fatalf("a released store cannot be opened: %v", err)
	}
	if kept, err := second.Kept(ctx); err != nil || string(kept["sip.leg"]["one"]) != "before" {
		t.Errorf("what was kept before the release: %v %v", kept, err)
	}
	if first.Retake(ctx) == nil {
		t.Fatal("a store was taken back that another gateway holds")
	}
	second.Write([]telagent.Change{said("theirs")}, nil)
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Retake(ctx); err != nil {
		t.Fatalf("nobody holds it: %v", err)
	}
	first.Write([]telagent.Change{said("after")}, nil)
	if err := first.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if err := first.Abandon(); err != nil {
		t.Fatal(err)
	}

	last, err := open(ctx, dsn, zap.NewNop(), l)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = last.Close() }()
	lines, err := last.Audit(ctx, AuditQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := len(lines) - 1; i >= 0; i-- {
		got = append(got, lines[i].Action)
	}
	if want := []string{"before", "theirs", "meanwhile", "after"}; len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("the audit trail has %v, want %v", got, want)
	}
	if v, err := last.Verify(ctx, Link{}); err != nil || v.Broken != 0 {
		t.Errorf("its chain: %+v %v", v, err)
	}
}
