package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens a local file in WAL mode: readers never wait for the writer. With synchronous=normal a commit
// outlives the end of the process at once, and a power cut after the next checkpoint.
func openSQLite(file string) (*database, error) {
	if file == "" || strings.HasPrefix(file, ":") || strings.ContainsAny(file, "?#\x00") {
		return nil, fmt.Errorf("sqlite:%s names no file", file)
	}
	// It holds hashes of passwords: for its owner alone.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the store's file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the store's file: %w", err)
	}
	options := url.Values{
		"_pragma": {"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(ON)"},
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open the store's file: %w", err)
	}
	db.SetMaxOpenConns(mostSessions)
	l := &fileLock{name: file + "-lock"}
	return &database{
		DB: db, dialect: goose.DialectSQLite3, snapshot: sql.LevelDefault,
		lock:     func(context.Context, *sql.Conn) error { return l.lock() },
		hopeless: hopelessSQLite, full: fullSQLite, away: awaySQLite,
		unlock: l.unlock,
	}, nil
}

func hopelessSQLite(err error) bool {
	switch classOf(err) {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return false
}

func fullSQLite(err error) bool { return classOf(err) == sqlite3.SQLITE_FULL }

func awaySQLite(err error) bool {
	switch classOf(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL:
		return true
	}
	return false
}

// classOf returns the class of an error of SQLite's; 0: it is none.
func classOf(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff // the lowest byte
}

// fileLock is a lock that ends with the process that holds it. It is not on the database's own file, whose locks
// SQLite would lose when anybody closes another descriptor of it.
type fileLock struct {
	name string
	file *os.File // nil: not held
}

func (l *fileLock) lock() error {
	if l.file != nil {
		return nil
	}
	f, err := os.OpenFile(l.name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the store's lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		l.file = f
		return nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("lock %s: %w", l.name, errHeld)
	} else {
		err = fmt.Errorf("lock %s: %w", l.name, err)
	}
	return errors.Join(err, f.Close())
}

func (l *fileLock) unlock() error {
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}
