package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// Most and fewest rows that one question is answered with.
const (
	mostRows    = 1000
	defaultRows = 100
)

// HistoryQuery selects records of ended calls. The zero value of a field selects all.
type HistoryQuery struct {
	Call   string
	Before time.Time
	Agent  string
	Queue  string
	Limit  int
	After  time.Time // ended then or later
	Number string    // part of the caller's or the dialled one
	Cause  string

	LastEnded time.Time // with LastID: only what comes after that record in the list
	LastID    string
}

// escaped takes their meaning from the signs of LIKE.
var escaped = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// AuditQuery selects lines of the audit trail. The zero value of a field selects all.
type AuditQuery struct {
	From    time.Time
	Before  time.Time
	Subject string
	By      string
	Action  string
	Result  string // "refused": all that was refused, or failed
	Limit   int
	Skip    int // so many of those that fit, the first ones
}

// filter builds the end of a query.
type filter struct {
	where []string
	args  []any
}

// add takes a condition with one $ for its argument.
func (f *filter) add(condition string, arg any) {
	f.args = append(f.args, arg)
	f.where = append(f.where, strings.Replace(condition, "$", fmt.Sprintf("$%d", len(f.args)), 1))
}

func (f *filter) clause() string {
	if len(f.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.where, " AND ")
}

func limit(asked int) int {
	if asked <= 0 {
		return defaultRows
	}
	return min(asked, mostRows)
}

// History returns records of ended calls as far as they are committed, newest first; times are UTC, in microseconds.
// Without a limit it returns 100, never more than 1000.
func (s *Store) History(ctx context.Context, q HistoryQuery) ([]telagent.Record, error) {
	var f filter
	from, ended := "calls c", "c.ended_us"
	if q.Agent != "" {
		from, ended = "call_agents a JOIN calls c ON c.id = a.call_id", "a.ended_us"
		f.add("a.agent = $", word(q.Agent))
	}
	if q.Call != "" {
		f.add("c.id = $", word(q.Call))
	}
	if q.Queue != "" {
		f.add("c.queue = $", word(q.Queue))
	}
	if q.Cause != "" {
		f.add("c.cause = $", word(q.Cause))
	}
	if q.Number != "" {
		f.add(`c.from_number || ' ' || c.dialled LIKE $ ESCAPE '!'`, "%"+escaped.Replace(word(q.Number))+"%")
	}
	if !q.After.IsZero() {
		f.add(ended+" >= $", micros(q.After))
	}
	if !q.Before.IsZero() {
		f.add(ended+" < $", micros(q.Before))
	}
	if at := fmt.Sprint(micros(q.LastEnded)); !q.LastEnded.IsZero() { // others may have ended in the same microsecond
		f.add("("+ended+" < "+at+" OR "+ended+" = "+at+" AND c.id < $)", word(q.LastID))
	}
	query := `SELECT c.id, c.from_number, c.from_name, c.dialled, c.queue, c.began_us, c.answered_us, c.ended_us, c.cause, c.ended_by,
		c.legs, c.switches, c.kind, c.recordings, c.diverted, c.attested FROM ` + from + f.clause() + ` ORDER BY ` + ended + fmt.Sprintf(` DESC, c.id DESC LIMIT %d`, limit(q.Limit))
	records, err := list(ctx, s.db, readRecord, query, f.args...)
	if err == nil {
		err = s.endRecordings(ctx, records)
	}
	if err == nil {
		err = s.addQualities(ctx, records)
	}
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return records, nil
}

// endRecordings adds what became of the sound files, which may be known later than the calls' ends.
func (s *Store) endRecordings(ctx context.Context, records []telagent.Record) error {
	var f filter
	files := make(map[string]*telagent.Recording)
	for i := range records {
		for j := range records[i].Recordings {
			r := &records[i].Recordings[j]
			files[r.File] = r
			f.add("$", word(r.File))
		}
	}
	if len(files) == 0 {
		return nil
	}
	rows, err := list(ctx, s.db, func(rows *sql.Rows) (r telagent.Recording, err error) {
		var length int64
		err = rows.Scan(&r.File, &length, &r.Problem)
		r.Length = fromLength(length)
		return r, err
	}, "SELECT file, length_us, problem FROM recordings WHERE file IN ("+strings.Join(f.where, ", ")+")", f.args...)
	for _, r := range rows {
		if of := files[r.File]; of != nil {
			of.Length, of.Problem = r.Length, r.Problem
		}
	}
	return err
}

// Audit returns lines of the audit trail as far as they are committed, newest first, those of one moment in the
// opposite order of their writing; times are UTC, in microseconds. Without a limit it returns 100, never more than 1000.
func (s *Store) Audit(ctx context.Context, q AuditQuery) ([]telagent.AuditEntry, error) {
	var f filter
	if q.Subject != "" {
		f.add("subject = $", word(q.Subject))
	}
	if q.By != "" {
		f.add("by_user = $", word(q.By))
	}
	if q.Action != "" {
		f.add("action = $", word(q.Action))
	}
	if q.Result == "refused" {
		f.where = append(f.where, "result NOT IN ('done', 'begun', 'noticed', 'undone')")
	} else if q.Result != "" {
		f.add("result = $", word(q.Result))
	}
	if !q.From.IsZero() {
		f.add("at_us >= $", micros(q.From))
	}
	if !q.Before.IsZero() {
		f.add("at_us < $", micros(q.Before))
	}
	query := `SELECT at_us, by_user, action, subject, result, detail FROM audit` + f.clause() +
		fmt.Sprintf(` ORDER BY at_us DESC, seq DESC LIMIT %d OFFSET %d`, limit(q.Limit), max(0, q.Skip))
	entries, err := list(ctx, s.db, readAudit, query, f.args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", err)
	}
	return entries, nil
}

func readRecord(rows *sql.Rows) (r telagent.Record, err error) {
	var began, answered, ended int64
	var cause, legs, switches, recordings, diverted string
	if err := rows.Scan(&r.ID, &r.From.Number, &r.From.Name, &r.To, &r.Queue, &began, &answered, &ended, &cause, &r.EndedBy,
		&legs, &switches, &r.Kind, &recordings, &diverted, &r.Attested); err != nil {
		return r, err
	}
	r.Began, r.Answered, r.Ended = fromMicros(began), fromMicros(answered), fromMicros(ended)
	if r.Cause, err = call.ParseCause(cause); err != nil {
		return r, fmt.Errorf("call %s: %w", r.ID, err)
	}
	var d divertedEntry
	if err := json.Unmarshal([]byte(diverted), &d); err != nil {
		return r, fmt.Errorf("diversion of call %s: %w", r.ID, err)
	}
	r.Diverted = call.Diversion(d)
	var ls []legEntry
	if err := json.Unmarshal([]byte(legs), &ls); err != nil {
		return r, fmt.Errorf("legs of call %s: %w", r.ID, err)
	}
	for _, l := range ls {
		leg, err := l.record()
		if err != nil {
			return r, fmt.Errorf("leg %s of call %s: %w", l.Leg, r.ID, err)
		}
		r.Legs = append(r.Legs, leg)
	}
	var ws []switchEntry
	if err := json.Unmarshal([]byte(switches), &ws); err != nil {
		return r, fmt.Errorf("switches of call %s: %w", r.ID, err)
	}
	for _, w := range ws {
		one := w.record()
		one.Call = r.ID
		r.Switches = append(r.Switches, one)
	}
	var rs []recordingEntry
	if err := json.Unmarshal([]byte(recordings), &rs); err != nil {
		return r, fmt.Errorf("recordings of call %s: %w", r.ID, err)
	}
	for _, one := range rs {
		r.Recordings = append(r.Recordings, one.record())
	}
	return r, nil
}

func readAudit(rows *sql.Rows) (e telagent.AuditEntry, err error) {
	var at int64
	err = rows.Scan(&at, &e.By, &e.Action, &e.Subject, &e.Result, &e.Detail)
	e.Time = fromMicros(at)
	return e, err
}
