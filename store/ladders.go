package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

const (
	putLadder = `INSERT INTO ladders (call_id, ended_us, body) VALUES ($1, $2, $3)
		ON CONFLICT (call_id) DO UPDATE SET ended_us = excluded.ended_us, body = excluded.body`
	pruneOld = `DELETE FROM ladders WHERE call_id IN (SELECT call_id FROM ladders WHERE ended_us < $1 ORDER BY ended_us LIMIT $2)`
	pruneOut = `DELETE FROM ladders WHERE call_id IN (SELECT call_id FROM ladders ORDER BY ended_us LIMIT $1)`
)

// Limits of ladders: how many wait for the database, how many are pruned at once, and how often it is looked.
const (
	laddersWaiting = 1000
	prunedAtOnce   = 500
	pruneEvery     = time.Minute
)

// ErrNoLadder says that nothing is kept of a call, or nothing more.
var ErrNoLadder = errors.New("there is no ladder of this call")

// ladder is one that waits for the database.
type ladder struct {
	id    call.ID
	ended time.Time
	body  []byte
}

// KeepLadder remembers the ladder of a call that ended. It returns at once, but for the compression; while the database is
// away the newest thousand wait.
func (s *Store) KeepLadder(id call.ID, ended time.Time, l call.Ladder) error {
	body, err := pack(l)
	if err != nil {
		return fmt.Errorf("pack the ladder of call %s: %w", id, err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return errClosed
	}
	s.pending.ladders = append(s.pending.ladders, ladder{id, ended, body})
	s.pending.shorten()
	nudge(s.wake)
	return nil
}

// shorten drops the oldest ladders that are too many: the history itself is worth more.
func (p *pending) shorten() {
	if over := len(p.ladders) - laddersWaiting; over > 0 {
		p.ladders = append([]ladder(nil), p.ladders[over:]...)
	}
}

// Ladder returns what is kept of a call; ErrNoLadder: nothing.
func (s *Store) Ladder(ctx context.Context, id call.ID) (call.Ladder, error) {
	bodies, err := list(ctx, s.db, func(rows *sql.Rows) (body []byte, err error) {
		err = rows.Scan(&body)
		return body, err
	}, `SELECT body FROM ladders WHERE call_id = $1`, word(string(id)))
	if err != nil {
		return call.Ladder{}, fmt.Errorf("read the ladder of call %s: %w", id, err)
	}
	if len(bodies) == 0 {
		return call.Ladder{}, ErrNoLadder
	}
	return unpack(bodies[0])
}

func ladderRows(ladders []ladder) (rows []row) {
	for _, l := range ladders {
		rows = append(rows, row{what: "ladder of call " + string(l.id), sql: putLadder, args: []any{word(string(l.id)), micros(l.ended), l.body}})
	}
	return rows
}

// PruneLadders lets no ladder grow older than keep, nor more than most be kept, from now on. Beyond that nothing in the store is
// ever pruned. It is called before the first KeepLadder.
func (s *Store) PruneLadders(keep time.Duration, most int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.keep, s.most = keep, most
	s.pruned = time.Time{}
	nudge(s.wake)
}

// prune deletes what is too old or too many, some at once, so that the writer is never held up. Only the writer calls it; more
// says that there may be more to do.
func (s *Store) prune(now time.Time) (more bool) {
	s.mutex.Lock()
	keep, most, due := s.keep, s.most, s.most > 0 && now.Sub(s.pruned) >= pruneEvery
	s.mutex.Unlock()
	if !due {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limits.attempt)
	defer cancel()
	gone, err := s.pruneSome(ctx, now.Add(-keep), most)
	if err != nil {
		s.log.Warn("old ladders could not be pruned; it is tried again in a minute", zap.Error(err))
	}
	if gone == prunedAtOnce && err == nil {
		return true
	}
	s.mutex.Lock()
	s.pruned = now
	s.mutex.Unlock()
	return false
}

// pruneSome returns how many it deleted.
func (s *Store) pruneSome(ctx context.Context, before time.Time, most int) (gone int64, err error) {
	session, err := s.session(ctx)
	if err != nil {
		return 0, err
	}
	done, err := session.ExecContext(ctx, pruneOld, micros(before), prunedAtOnce)
	if err != nil {
		return 0, err
	}
	if gone, err = done.RowsAffected(); err != nil || gone == prunedAtOnce {
		return gone, err
	}
	var kept int
	if err := session.QueryRowContext(ctx, `SELECT COUNT(*) FROM ladders`).Scan(&kept); err != nil || kept <= most {
		return 0, err
	}
	if done, err = session.ExecContext(ctx, pruneOut, min(kept-most, prunedAtOnce)); err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
