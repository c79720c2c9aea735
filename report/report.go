// Package report is the vocabulary of reports: what is asked of the past, the figures that are added up, and the hours, days,
// weeks and months of a time zone into which they are put. It is pure: it reads neither the clock nor the store, which adds
// up by Slot and leaves it to a Table to put the slots together.
//
// It is no place for what happens now: that is telagent.View.
//
// Start with Query, then Table.
package report

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Slot is the grain in which the store adds up. In every time zone of today the hours and the days begin with one.
const Slot = 15 * time.Minute

// MostRows bounds a report.
const MostRows = 20_000

// ErrTooLong says that a report would have more than MostRows rows.
var ErrTooLong = errors.New("the report is too long")

// Interval is how much time one row of a report is about.
type Interval uint8

// The intervals. The zero value is all the time that is asked for.
const (
	Whole Interval = iota
	Quarter
	Hour
	Day
	Week // from Monday on
	Month
)

var intervalWords = []string{"whole", "15m", "hour", "day", "week", "month"}

// String returns the interval's word in the API.
func (i Interval) String() string {
	if int(i) < len(intervalWords) {
		return intervalWords[i]
	}
	return "invalid"
}

// ParseInterval returns the interval with that word; the empty word is Whole.
func ParseInterval(s string) (Interval, error) {
	if i := slices.Index(intervalWords, s); i >= 0 {
		return Interval(i), nil
	}
	if s == "" {
		return Whole, nil
	}
	return Whole, fmt.Errorf("unknown interval %q", s)
}

// Begin returns when the interval began in which a time of a zone lies; Whole has no beginning of its own.
func (i Interval) Begin(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	year, month, day := t.Date()
	switch i {
	case Quarter:
		return lastFull(t, 15*time.Minute)
	case Hour: // by what the clock shows: an hour that a change of the clock repeats is two
		return lastFull(t, time.Hour)
	case Day:
		return time.Date(year, month, day, 0, 0, 0, 0, zone)
	case Week:
		return time.Date(year, month, day-(int(t.Weekday())+6)%7, 0, 0, 0, 0, zone)
	case Month:
		return time.Date(year, month, 1, 0, 0, 0, 0, zone)
	case Whole:
	}
	return time.Time{}
}

// lastFull returns when the clock on the wall last showed a full quarter or hour, or was last changed.
func lastFull(t time.Time, of time.Duration) time.Time {
	past := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	full := t.Add(-(past % of))
	if changed, _ := t.ZoneBounds(); changed.After(full) {
		return changed
	}
	return full
}

// Label is the beginning of an interval as a report shows it: a date from a day on, else a time with its zone's offset.
func (i Interval) Label(begin time.Time) string {
	switch i {
	case Quarter, Hour:
		return begin.Format(time.RFC3339)
	case Day, Week, Month:
		return begin.Format(time.DateOnly)
	case Whole:
	}
	return ""
}

// Query is what a report looks at.
type Query struct {
	From, To time.Time // To is not part of it
	Zone     *time.Location
	Interval Interval
	ByAgent  bool
	ByQueue  bool
	Agents   []string // nil: all; empty: none
	Queues   []string // likewise; a name of "" is what belongs to no queue
}

// Key names a row.
type Key struct {
	Begin        time.Time // in the zone asked for; zero with Whole
	Agent, Queue string    // empty when they are not told apart
}

// StatusTime is how long an agent was in a status on one day.
type StatusTime struct {
	Agent  string
	Day    string // as 2026-11-24
	Status string
	Time   time.Duration
}

// Row is a row of a report.
type Row[T any] struct {
	Key
	Sum T
}

// Table puts slots into the rows that a Query asks for.
type Table[T any] struct {
	query Query
	rows  map[slotKey]*Row[T]
	slot  int64 // that was looked at last
	begin time.Time
}

type slotKey struct {
	begin        int64
	agent, queue string
}

// NewTable returns an empty table for a query.
func NewTable[T any](q Query) *Table[T] {
	return &Table[T]{query: q, rows: make(map[slotKey]*Row[T]), slot: -1}
}

// Row returns the figures to which those of a slot belong. The slot is its number since 1970. The error is ErrTooLong.
func (t *Table[T]) Row(slot int64, agent, queue string) (*T, error) {
	if !t.query.ByAgent {
		agent = ""
	}
	if !t.query.ByQueue {
		queue = ""
	}
	key := slotKey{agent: agent, queue: queue}
	if t.query.Interval != Whole {
		if t.slot != slot {
			t.slot, t.begin = slot, t.query.Interval.Begin(time.Unix(slot*int64(Slot/time.Second), 0), t.query.Zone)
		}
		key.begin = t.begin.Unix()
	}
	row := t.rows[key]
	if row == nil {
		if len(t.rows) == MostRows {
			return nil, ErrTooLong
		}
		row = &Row[T]{Key: Key{Agent: agent, Queue: queue}}
		if t.query.Interval != Whole {
			row.Begin = t.begin
		}
		t.rows[key] = row
	}
	return &row.Sum, nil
}

// Rows returns the rows by time, agent and queue.
func (t *Table[T]) Rows() []Row[T] {
	all := make([]Row[T], 0, len(t.rows))
	for _, key := range slices.SortedFunc(maps.Keys(t.rows), func(a, b slotKey) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.agent, b.agent), cmp.Compare(a.queue, b.queue))
	}) {
		all = append(all, *t.rows[key])
	}
	return all
}
