// Package store remembers what became true (telagent.Change) and gives the Floor back: the directory, the declared
// state, the history of calls and the audit trail. It is one implementation on two databases: a local SQLite file and
// PostgreSQL, with the same tables and the same statements.
//
// It decides nothing, and no call waits for it: Write takes Changes into memory and one goroutine commits them in
// groups. While the database is away the newest state of everything is kept and written when it is back.
//
// Start with Open, then Write (pending.go) and its goroutine (writer.go).
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// limits bound what the store keeps in memory and how long anybody waits.
type limits struct {
	lines    int           // history and audit lines that wait for the database
	waiters  int           // commands that wait for their commit
	group    time.Duration // longest time that a change waits for others to be committed with
	patience time.Duration // longest time that a command waits for its commit
	slow     time.Duration // a commit that takes longer makes the store slow
	attempt  time.Duration // longest time for one commit
	retry    time.Duration // longest pause between two attempts
	lock     time.Duration // longest time that Open waits for another gateway's end
	beat     time.Duration // without anything to write, the database is asked so often whether it takes something; 0: never
	farewell time.Duration // longest time that Close waits for the last commit
}

var usual = limits{
	lines: 50_000, waiters: 10_000, group: 20 * time.Millisecond, patience: 5 * time.Second, slow: 2 * time.Second, attempt: 30 * time.Second,
	retry: 2 * time.Second, lock: 3 * time.Second, beat: 10 * time.Second, farewell: 10 * time.Second,
}

// Store is an open store. All methods may be called from many goroutines at once.
type Store struct {
	log    *zap.Logger
	limits limits
	db     *database
	owner  string    // our name in the database; another one there means that another gateway took over
	conn   *sql.Conn // the writer's session, which holds the lock; nil: to be opened. Owned by the writer
	seq    int64     // number of the newest audit line; owned by pending's mutex
	link   Link      // the end of the audit trail in the database; owned by the writer

	mutex   sync.Mutex
	pending pending
	inside  map[key]bool         // what is kept that is, or may be, in the database
	flying  map[key]any          // what is kept that is being written
	since   map[string]time.Time // agent → beginning of his status that was taken last
	closed  bool
	health  health
	lost    uint64        // history and audit lines that had to be dropped
	keep    time.Duration // of ladders
	most    int           // ladders; 0: they are not pruned
	pruned  time.Time     // when it was last looked for ladders to prune

	wake   chan struct{}        // something is pending
	urgent chan struct{}        // somebody waits for it
	holds  chan *hold           // the writer is to let the database go
	held   atomic.Pointer[hold] // it has
	quit   chan struct{}
	life   context.Context // of commits; over some time after quit
	end    context.CancelFunc
	done   chan struct{}
	timers sync.WaitGroup // patience running out
}

// Open opens the store that dsn names, sqlite:FILE or postgres://…, brings its tables up to date and takes its lock:
// the error says so when another gateway holds it, and wraps ErrAway when it may go away by itself. The context bounds the
// opening alone.
func Open(ctx context.Context, dsn string, log *zap.Logger) (*Store, error) {
	return open(ctx, dsn, log, usual)
}

func open(ctx context.Context, dsn string, log *zap.Logger, l limits) (*Store, error) {
	db, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	s, err := prepared(ctx, db, log, l)
	if err != nil && db.away(err) {
		err = fmt.Errorf("%w: %w", ErrAway, err)
	}
	return s, err
}

func prepared(ctx context.Context, db *database, log *zap.Logger, l limits) (*Store, error) {
	s := &Store{
		log: log, limits: l, db: db, owner: rand.Text(), pending: newPending(), since: map[string]time.Time{}, inside: map[key]bool{},
		health: health{telling: make(chan struct{}, 1)}, wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1), holds: make(chan *hold), quit: make(chan struct{}), done: make(chan struct{}),
	}
	s.life, s.end = context.WithCancel(context.Background())
	if err := s.prepare(ctx); err != nil {
		s.end()
		s.hangUp()
		return nil, errors.Join(err, db.close())
	}
	go s.run()
	return s, nil
}

// prepare takes the lock, migrates, and reads where the audit trail ends.
func (s *Store) prepare(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	s.conn = conn
	if err := s.lock(ctx, conn); err != nil {
		return err
	}
	if err := migrate(ctx, s.db); err != nil {
		return err
	}
	if err := s.sign(ctx, conn); err != nil {
		return err
	}
	if s.link, err = tail(ctx, conn); err != nil {
		return err
	}
	if err := s.countInside(ctx, conn); err != nil {
		return err
	}
	s.seq = s.link.Seq
	s.log.Info("the audit trail ends here", zap.Int64("seq", s.link.Seq), zap.String("hash", s.link.Hash))
	return nil
}

// sign says in the database that it is ours.
func (s *Store) sign(ctx context.Context, conn *sql.Conn) error {
	const own = `INSERT INTO meta (name, value) VALUES ('owner', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	if _, err := conn.ExecContext(ctx, own, s.owner); err != nil {
		return fmt.Errorf("sign the store: %w", err)
	}
	return nil
}

// lock waits a moment for the lock: a gateway that was killed may need it to let go.
func (s *Store) lock(ctx context.Context, conn *sql.Conn) error {
	deadline := time.NewTimer(s.limits.lock)
	defer deadline.Stop()
	for {
		err := s.db.lock(ctx, conn)
		if !errors.Is(err, errHeld) {
			return err
		}
		select {
		case <-deadline.C:
			return err
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Close writes what is pending, if the database takes it in some 10 seconds, and lets the lock go. The error says what
// could not be written. A second Close does nothing. It must not be called by a func given to Write.
func (s *Store) Close() error {
	s.mutex.Lock()
	already := s.closed
	s.closed = true
	s.mutex.Unlock()
	if already {
		return nil
	}
	close(s.quit)
	patience := time.AfterFunc(s.limits.farewell, s.end)
	<-s.done
	patience.Stop()
	s.end()
	err := s.giveUp()
	s.timers.Wait()
	s.hangUp()
	return errors.Join(err, s.db.close())
}

// giveUp tells who still waits that nothing more is written.
func (s *Store) giveUp() error {
	s.mutex.Lock()
	left, away := s.pending, s.health.failure
	s.pending = newPending()
	s.mutex.Unlock()
	for _, w := range left.waiters {
		w.done(errClosed)
	}
	if left.rows() == 0 {
		return nil
	}
	return fmt.Errorf("close the store: %d entries, %d lines of history and audit and %d messages of webhooks were not written: %w",
		len(left.latest), len(left.lines), len(left.outbox), away)
}

// Lost returns how many lines of history and audit had to be dropped since Open, because too many waited for a
// database that was away, or because the database refused them for ever. Each time the log says so too.
func (s *Store) Lost() uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.lost
}

// hangUp ends the writer's session for good, and with it a lock that hangs on it.
func (s *Store) hangUp() {
	if s.conn != nil {
		discard(s.conn)
		s.conn = nil
	}
}

// connect opens the database that dsn names.
func connect(dsn string) (*database, error) {
	switch scheme, rest, _ := strings.Cut(dsn, ":"); scheme {
	case "sqlite":
		return openSQLite(rest)
	case "postgres", "postgresql":
		return openPostgres(dsn)
	}
	return nil, errors.New("the store's name begins neither with sqlite: nor with postgres://")
}

var (
	errClosed = errors.New("the store is closed")
	errHeld   = errors.New("another gateway holds the store; stop it first, or give this one a store of its own")
)
