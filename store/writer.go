package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

// run is the one goroutine that writes. It commits at once when a command waits for it, otherwise at most every group
// interval; what piled up meanwhile goes into one commit.
func (s *Store) run() {
	defer close(s.done)
	var last time.Time
	for {
		select {
		case h := <-s.holds:
			s.letGo(h)
			continue
		case <-s.wake:
		case <-s.beat():
			s.probe()
			continue
		case <-s.quit:
			s.last()
			return
		}
		s.gather(s.limits.group - time.Since(last))
		for pause := 50 * time.Millisecond; s.commit(s.life) != nil; pause = min(2*pause, s.limits.retry) {
			if !s.rest(pause) {
				break
			}
		}
		last = time.Now()
		if s.prune(last) {
			nudge(s.wake)
		}
	}
}

// last writes what is left before the store is closed, and tries that again for as long as Close waits: a session that broke
// meanwhile is no reason to lose it. What it could not write is told by Close.
func (s *Store) last() {
	var why error // of the last attempt that was not cut off
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, s.limits.retry) {
		err := s.commit(s.life)
		if s.life.Err() == nil {
			why = err
		}
		if err == nil || errors.Is(err, errOvertaken) {
			return
		}
		select {
		case <-time.After(pause):
		case <-s.life.Done():
			if why != nil {
				s.mutex.Lock()
				s.health.failure = why
				s.mutex.Unlock()
			}
			return
		}
	}
}

// gather lets changes pile up for a while, unless somebody waits for them.
func (s *Store) gather(for_ time.Duration) {
	if for_ <= 0 {
		return
	}
	timer := time.NewTimer(for_)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.urgent:
	case <-s.quit:
	}
}

// rest pauses after a failure; false: the store is being closed.
func (s *Store) rest(pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.quit:
		return false
	}
}

// commit writes everything that is pending, and tells who waits for it. On failure, or when the context is over before, all of
// it is pending again.
func (s *Store) commit(within context.Context) error {
	batch := s.takeAll()
	var err error
	if batch.rows() > 0 {
		// A backlog takes its time: a thousand rows a second is what the slowest database does.
		timeout := s.limits.attempt + time.Duration(batch.rows())*time.Millisecond
		ctx, cancel := context.WithTimeout(within, timeout)
		over := s.begins()
		err = s.write(ctx, batch)
		over()
		cancel()
	}
	if err != nil {
		s.failed(batch, err)
		return err
	}
	s.succeeded(batch)
	return nil
}

func (s *Store) failed(batch pending, err error) {
	s.hangUp() // the next attempt has a fresh session, and the lock is asked for again
	s.mutex.Lock()
	first := s.health.failure == nil
	s.mutex.Unlock()
	s.putBack(batch, err) // first, so that whoever reads the log finds it so
	if first {
		s.log.Error("the store does not take changes; they wait in memory", zap.Error(err))
	}
	s.tellHealth()
}

func (s *Store) succeeded(batch pending) {
	if batch.rows() > 0 {
		s.mutex.Lock()
		back := s.health.failure != nil
		s.health.failure = nil
		s.landed(batch.kept)
		s.mutex.Unlock()
		if back {
			s.log.Info("the store takes changes again", zap.Int("rows", batch.rows()))
		}
		s.tellHealth()
	}
	for _, w := range batch.waiters {
		w.done(nil)
	}
}

// beat rings when the database was left alone for so long that it has to be asked whether it takes something.
func (s *Store) beat() <-chan time.Time {
	s.mutex.Lock()
	slow := s.health.slow
	s.mutex.Unlock()
	switch {
	case s.limits.beat == 0:
		return nil
	case slow: // somebody waits for the news that it is not any more
		return time.After(s.limits.beat / 10)
	}
	return time.After(s.limits.beat)
}

// probe writes what is there already, so that it is known how the store is when nobody changes anything.
func (s *Store) probe() { s.Keep(probeKind, "", []byte(s.owner)) }

// write commits a batch. It is encoded when there is a session for it: while there is none, that would be for nothing.
func (s *Store) write(ctx context.Context, batch pending) error {
	session, err := s.session(ctx)
	if err != nil {
		return err
	}
	s.takeOff()
	rows, broken := encode(batch)
	for _, err := range broken {
		s.lose(err)
	}
	return s.writeRows(ctx, session, rows)
}

// writeRows commits rows together. When the database refuses one of them for ever, each is tried by itself, and those
// that are refused are dropped: nothing that a peer or a person sent may stop the rest.
func (s *Store) writeRows(ctx context.Context, session *sql.Conn, rows []row) error {
	err := s.transact(ctx, session, rows)
	if err == nil || !s.db.hopeless(err) {
		return err
	}
	for _, r := range rows {
		err := s.transact(ctx, session, []row{r})
		switch {
		case err == nil:
		case s.db.hopeless(err):
			s.lose(err)
		default:
			return err
		}
	}
	return nil
}

// lose counts and logs a row that can never be written.
func (s *Store) lose(why error) {
	s.log.Error("a row cannot be written; it is dropped", zap.Error(why))
	s.mutex.Lock()
	s.lost++
	s.mutex.Unlock()
}

// transact commits rows together, and the lines of the audit trail among them as the next ones of its chain.
func (s *Store) transact(ctx context.Context, session *sql.Conn, rows []row) (err error) {
	tx, err := session.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a commit: %w", err)
	}
	defer func() {
		if err != nil {
			if e := tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
				err = errors.Join(err, e)
			}
		}
	}()
	prepared, last := make(map[string]*sql.Stmt), s.link
	for _, r := range rows {
		if r.link {
			if r.args[0].(int64) <= last.Seq {
				continue // it was committed, and the answer got lost
			}
			last = last.next(r.args)
			r.args = append(slices.Clip(r.args), last.Hash)
		}
		statement, ok := prepared[r.sql]
		if !ok {
			if statement, err = tx.PrepareContext(ctx, r.sql); err != nil { // ends with tx
				return fmt.Errorf("write %s: %w", r.what, err)
			}
			prepared[r.sql] = statement
		}
		if _, err = statement.ExecContext(ctx, r.args...); err != nil {
			return fmt.Errorf("write %s: %w", r.what, err)
		}
	}
	if err = tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.link = last
	return nil
}

// session returns the writer's session, after a failure a new one: it takes the lock again, and makes sure that no
// other gateway had it meanwhile, whose numbers and states ours would overwrite.
func (s *Store) session(ctx context.Context) (*sql.Conn, error) {
	if s.conn != nil {
		return s.conn, nil
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	if err := s.reclaim(ctx, conn); err != nil {
		discard(conn)
		return nil, err
	}
	s.conn = conn
	return conn, nil
}

var errOvertaken = errors.New("another gateway has used the store meanwhile; stop one of the two and start this one again")

func (s *Store) reclaim(ctx context.Context, conn *sql.Conn) (err error) {
	if err := s.db.lock(ctx, conn); err != nil {
		return err
	}
	var owner string
	if err := conn.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'owner'`).Scan(&owner); err != nil {
		return fmt.Errorf("read who owns the store: %w", err)
	}
	if owner != s.owner {
		return errOvertaken
	}
	// A commit whose answer was lost may have got there.
	if s.link, err = tail(ctx, conn); err != nil {
		return err
	}
	return s.countInside(ctx, conn)
}
