package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"

	"telagent-gateway/telagent"
)

// Link is a place in the audit trail's chain: the number of a line and its hash. The zero value is before the first.
type Link struct {
	Seq  int64
	Hash string // hex; empty: the line is from before there was a chain
}

// next returns the link of the line that follows, whose columns are seq, time, by, action, subject, result, detail.
func (l Link) next(columns []any) Link {
	h := sha256.New()
	piece(h, l.Hash)
	for _, c := range columns {
		piece(h, fmt.Sprint(c))
	}
	return Link{columns[0].(int64), hex.EncodeToString(h.Sum(nil))}
}

// piece adds a text with its length, so that no two lines of different columns give the same bytes.
func piece(h hash.Hash, s string) { _, _ = fmt.Fprintf(h, "%d:%s,", len(s), s) } // a hash never fails

// tail reads where the audit trail ends.
func tail(ctx context.Context, session *sql.Conn) (Link, error) {
	var l Link
	err := session.QueryRowContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&l.Seq, &l.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("find the end of the audit trail: %w", err)
	}
	return l, nil
}

// Verdict says whether the audit trail is as it was written.
type Verdict struct {
	Lines     int64 // that were looked at
	Unchained int64 // of them the first ones, from before there was a chain
	Missing   int64 // numbers left out that the chain itself says were never written: too many waited for a database that was away
	Tail      Link  // the last line; keep it elsewhere, to know later that nothing was cut off
	Broken    int64 // number of the first line that is not as it was written, or before which one is gone; 0: none
	Time      time.Time
	Why       string // in words, with Broken
}

const verifiedAtOnce = 1000 // lines in memory

// Verify reads the whole audit trail and says whether it is as it was written: each line, their order, and that none was
// taken out. What was cut off at its end it finds only with a link of before: known, if not zero, has to be in it.
//
// A line that was left out because it never was written shows as a number that is missing, with a chain that goes on.
func (s *Store) Verify(ctx context.Context, known Link) (Verdict, error) {
	var v Verdict
	met := known == Link{}
	for {
		page, err := list(ctx, s.db, readLink, fmt.Sprintf(`SELECT seq, at_us, by_user, action, subject, result, detail, hash
			FROM audit WHERE seq > $1 ORDER BY seq LIMIT %d`, verifiedAtOnce), v.Tail.Seq)
		if err != nil {
			return v, fmt.Errorf("verify the audit trail: %w", err)
		}
		for _, l := range page {
			if !v.take(l) {
				return v, nil
			}
			met = met || v.Tail == known
		}
		if len(page) < verifiedAtOnce {
			break
		}
	}
	if !met {
		v.Broken, v.Why = known.Seq, "the line that was known is not there any more, or another one: the trail was cut off or written anew"
	}
	return v, nil
}

// chained is a line as Verify reads it.
type chained struct {
	columns []any
	hash    string
}

// take looks at one more line; false: the chain is broken there.
func (v *Verdict) take(l chained) bool {
	seq := l.columns[0].(int64)
	fits := v.Tail.next(l.columns)
	v.Lines++
	switch {
	case l.hash == "" && v.Tail.Hash == "":
		v.Unchained++
		v.Tail = Link{Seq: seq}
		return true
	case l.hash != fits.Hash:
		v.Broken, v.Time = seq, fromMicros(l.columns[1].(int64))
		v.Why = "this line was changed, or the one before it was changed or taken out"
		return false
	}
	v.Missing += seq - v.Tail.Seq - 1
	v.Tail = fits
	return true
}

func readLink(rows *sql.Rows) (l chained, err error) {
	var seq, at int64
	var e telagent.AuditEntry
	err = rows.Scan(&seq, &at, &e.By, &e.Action, &e.Subject, &e.Result, &e.Detail, &l.hash)
	l.columns = []any{seq, at, e.By, e.Action, e.Subject, e.Result, e.Detail}
	return l, err
}
