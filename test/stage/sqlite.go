package stage

import (
	"context"
	"database/sql"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// LockSQLite keeps a database's file from being written by anybody else for so long.
func LockSQLite(t *testing.T, file string, length time.Duration) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = conn.Close() }()
	_, err = conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 5000")
	if err == nil {
		_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Errorf("lock %s: %v", file, err)
		return
	}
	select {
	case <-time.After(length):
	case <-t.Context().Done():
	}
	if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK"); err != nil {
		t.Errorf("unlock %s: %v", file, err)
	}
}
