// Package schedule says when an agent works from a phone: schedules of weekdays, times of day and members, in time zones
// with their changes of the clock.
//
// It is pure: time comes in as an argument, and a time zone from whoever knows them. It knows no agents and no calls, and
// does nothing at an edge: package telagent does.
//
// Start with Schedule; edge.go has the rule for the change of the clock, calendar.go what a calendar shows.
package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Schedule says when its members are reached by phone.
type Schedule struct {
	Name    string
	From    string         // first day on which it begins, like "2026-12-24"
	To      string         // last day on which it begins; empty: without end
	Zone    string         // IANA name of the time zone whose clock on the wall counts; empty: UTC
	Days    []time.Weekday // on which it begins, each once
	Start   time.Duration  // after midnight, by the clock on the wall; whole minutes below a day
	Length  time.Duration  // until its end, by the same clock; whole minutes, a day at most
	Members []Member       // each agent once
}

// Member is an agent in a Schedule.
type Member struct {
	Agent  string
	Number string // E.164 that he is reached at; empty: his own phones
}

// Occurrence is one time of a schedule, from one edge to the other.
type Occurrence struct {
	Start time.Time // the first moment
	End   time.Time // the first moment after it
}

// day is the longest that an occurrence may be.
const day = 24 * time.Hour

// Check returns what is wrong with a schedule as a sentence; nil: it can be followed. The zone and the members are for
// those to check who know them.
func (s Schedule) Check() error {
	from, err := time.Parse(time.DateOnly, s.From)
	switch {
	case strings.TrimSpace(s.Name) == "" || !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, unicode.IsControl) || strings.Contains(s.Name, "/"):
		return errors.New("a schedule needs a name in plain words, without a slash")
	case err != nil || !isDated(from):
		return fmt.Errorf("%q is no day; write the first day like 2026-12-24", s.From)
	case len(s.Days) == 0:
		return errors.New("it begins on no day; write days like mon-fri")
	case s.Start < 0 || s.Start >= day || s.Start%time.Minute != 0:
		return errors.New("its start is no time of a day; write one like 08:00")
	case s.Length <= 0 || s.Length > day || s.Length%time.Minute != 0:
		return errors.New("its length is out of range; take whole minutes up to 24 hours")
	case len(s.Members) == 0:
		return errors.New("it has no members; name at least one agent")
	}
	if s.To != "" {
		to, err := time.Parse(time.DateOnly, s.To)
		switch {
		case err != nil || !isDated(to):
			return fmt.Errorf("%q is no day; write the last day like 2026-12-24, or none", s.To)
		case to.Before(from):
			return errors.New("its last day is before the first one; exchange them")
		}
	}
	for i, d := range s.Days {
		if d < time.Sunday || d > time.Saturday || slices.Contains(s.Days[:i], d) {
			return errors.New("a day is named twice, or does not exist")
		}
	}
	for i, m := range s.Members {
		if slices.ContainsFunc(s.Members[:i], func(other Member) bool { return other.Agent == m.Agent }) {
			return fmt.Errorf("%s is a member twice; make a second schedule for a second number", m.Agent)
		}
	}
	return nil
}

// Between returns the occurrences that are on at some moment from one time to another, in their order. One whose whole
// time the clock jumps over does not take place.
func (s Schedule) Between(zone *time.Location, from, to time.Time) (all []Occurrence) {
	for d := s.firstDay(zone, from); !d.After(to.Add(day)) && (s.To == "" || d.Format(time.DateOnly) <= s.To); d = d.AddDate(0, 0, 1) {
		o := s.on(zone, d)
		if slices.Contains(s.Days, d.Weekday()) && o.Start.Before(o.End) && o.Start.Before(to) && o.End.After(from) {
			all = append(all, o)
		}
	}
	return all
}

// At returns the occurrence that is on at a time; of several the one that began last.
func (s Schedule) At(zone *time.Location, t time.Time) (o Occurrence, on bool) {
	if all := s.Between(zone, t, t.Add(1)); len(all) > 0 {
		return all[len(all)-1], true
	}
	return Occurrence{}, false
}

// Next returns the first occurrence that begins after a time; false: there is none any more.
func (s Schedule) Next(zone *time.Location, after time.Time) (Occurrence, bool) {
	d := s.firstDay(zone, after)
	// Of the weeks that follow a day one has an occurrence that the clock does not jump over.
	for _, o := range s.Between(zone, after, d.AddDate(0, 0, 30)) {
		if o.Start.After(after) {
			return o, true
		}
	}
	return Occurrence{}, false
}

// isDated says whether a day is one that people mean. Beyond the year 9999 no time can be written as RFC 3339, and an edge
// may be on the day after in another zone.
func isDated(day time.Time) bool { return day.Year() >= 1970 && day.Year() < 9999 }

// firstDay returns the first day, as midnight in UTC, on which an occurrence may begin that is on at a time or later.
func (s Schedule) firstDay(zone *time.Location, t time.Time) time.Time {
	y, m, d := t.In(zone).Date()
	before := time.Date(y, m, d-2, 0, 0, 0, 0, time.UTC) // it may last into the next day, and that may be one which does not exist
	if from, err := time.Parse(time.DateOnly, s.From); err == nil && from.After(before) {
		return from
	}
	return before
}

// on returns the occurrence that begins on a day.
func (s Schedule) on(zone *time.Location, d time.Time) Occurrence {
	return Occurrence{Start: edge(zone, d.Add(s.Start)), End: edge(zone, d.Add(s.Start+s.Length))}
}
