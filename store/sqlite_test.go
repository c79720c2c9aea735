package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"modernc.org/sqlite"

	"telagent-gateway/telagent"
)

var onSQLite = target{
	fresh: func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a b%c.db") },
	raw: func(t *testing.T, dsn string) *sql.DB {
		db, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:"))
		must(t, err)
		t.Cleanup(func() { must(t, db.Close()) })
		return db
	},
	slow: func(t *testing.T, dsn string) {
		db, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:"))
		must(t, err)
		_, err = db.Exec(`CREATE TRIGGER slow AFTER INSERT ON audit BEGIN SELECT take_your_time(); END`)
		must(t, err)
		must(t, db.Close())
	},
	away: func(t *testing.T, dsn string) (back func()) {
		db, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:"))
		must(t, err)
		conn, err := db.Conn(t.Context())
		must(t, err)
		_, err = conn.ExecContext(t.Context(), `PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE`)
		must(t, err)
		return func() {
			_, err := conn.ExecContext(context.Background(), `ROLLBACK`)
			must(t, err)
			must(t, conn.Close())
			must(t, db.Close())
		}
	},
}

// init adds a function to SQLite that takes its time.
func init() {
	sqlite.MustRegisterScalarFunction("take_your_time", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		<-time.After(300 * time.Millisecond)
		return nil, nil
	})
}

func TestADiskThatHangsKeepsNobodyWaitingWhoReleasesTheStore(t *testing.T) {
	hangs, free := make(chan struct{}), make(chan struct{})
	hang := sync.OnceFunc(func() {
		close(hangs)
		<-free
	})
	name := "hang" + rand.Text() // one is registered for ever
	sqlite.MustRegisterScalarFunction(name, 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		hang()
		return nil, nil
	})
	dsn := onSQLite.fresh(t)
	s := opened(t, dsn)
	_, err := onSQLite.raw(t, dsn).Exec(`CREATE TRIGGER hangs AFTER INSERT ON audit WHEN new.detail = '1' BEGIN SELECT ` + name + `(); END`)
	must(t, err)
	s.mutex.Lock()
	s.take(line(1)) // the writer hears of it with the release
	s.mutex.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-hangs; cancel() }()
	if err := s.Release(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it was released: %v", err)
	}
	close(free)
	written(t, s, line(2))
	if got := details(t, s, AuditQuery{}); got != "2 1" {
		t.Errorf("the audit trail has %s", got)
	}
	must(t, s.Release(t.Context()))
	must(t, s.Retake(t.Context()))
	written(t, s, line(3))
}

func TestTheContractHoldsOnSQLite(t *testing.T) { contract(t, onSQLite) }

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	dsn := onSQLite.fresh(t)
	written(t, opened(t, dsn), line(1))
	files, err := filepath.Glob(strings.TrimPrefix(dsn, "sqlite:") + "*")
	must(t, err)
	if len(files) < 3 {
		t.Errorf("found only %v", files)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", file, info.Mode())
		}
	}
}

func TestARelativeNameCountsFromTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	written(t, opened(t, "sqlite:telagent.db"), line(1))
	if _, err := os.Stat(filepath.Join(dir, "telagent.db")); err != nil {
		t.Error(err)
	}
}

func TestAStoreThatCannotBeOpenedSaysWhy(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "x.db")
	must(t, os.WriteFile(garbage, []byte(strings.Repeat("this is no database. ", 500)), 0o600))
	for dsn, want := range map[string]string{
		"sqlite:":                             "names no file",
		"sqlite::memory:":                     "names no file",
		"sqlite:/nowhere/at/all.db":           "open the store's file",
		"sqlite:" + garbage:                   "not a database",
		"mysql:x":                             "neither with sqlite: nor with postgres:",
		"postgres://u:s3cret@127.0.0.1:1/x":   "reach the database",
		"postgres://u:s3cret@127.0.0.1:bad/x": "read the store's name",
	} {
		_, err := Open(t.Context(), dsn, zap.NewNop())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v", dsn, err)
		}
	}
}

func TestAChangeThatNobodyWaitsForIsCommittedWithinTheGroupInterval(t *testing.T) {
	dsn := onSQLite.fresh(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), dsn, zap.NewNop())
		must(t, err)
		written(t, s, line(1))
		s.Write([]telagent.Change{line(2)}, nil)
		synctest.Wait()
		if got := details(t, s, AuditQuery{}); got != "1" {
			t.Errorf("it was committed by itself: %q", got)
		}
		s.Write([]telagent.Change{line(3)}, nil)
		time.Sleep(usual.group) // of the bubble's clock
		synctest.Wait()
		if got := details(t, s, AuditQuery{}); got != "3 2 1" {
			t.Errorf("after the interval there is %q", got)
		}
		s.Write([]telagent.Change{line(4)}, nil)
		before := time.Now()
		written(t, s, line(5))
		if time.Since(before) != 0 {
			t.Errorf("a command waited %v for the interval", time.Since(before))
		}
		must(t, s.Close())
	})
}

func BenchmarkUpserts(b *testing.B) {
	for _, bench := range []struct {
		name  string
		alone bool
	}{{"each with its own commit", true}, {"as they come", false}} {
		b.Run(bench.name, func(b *testing.B) {
			s := opened(b, "sqlite:"+filepath.Join(b.TempDir(), "bench.db"))
			agents := make([]telagent.Agent, 1000)
			for i := range agents {
				agents[i] = agent("agent" + string(rune('a'+i%26)) + time.Duration(i).String())
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				c := telagent.AgentChanged{Agent: agents[i%len(agents)]}
				if bench.alone {
					written(b, s, c)
				} else {
					s.Write([]telagent.Change{c}, nil)
				}
			}
			written(b, s)
		})
	}
}
