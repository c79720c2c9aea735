package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"telagent-gateway/schedule"
)

// Hours says when a queue is open, by the clock on its wall. The zero value is always open.
type Hours struct {
	week  [7][]span         // by time.Weekday; no span on any day: open on every day that has no date of its own
	dates map[string][]span // "2026-12-24", or "12-24" for every year, to what is open on it instead
}

// span is a time of a day in minutes after midnight, to excluded. One that ends before it begins ends on the next day.
type span struct{ from, to int }

const day = 24 * 60

// ParseHours reads what is open in a week, each like "mon-fri 08:00-18:00", "sat,sun 10:00-14:00" or "daily
// 22:00-06:00", and on what dates it is otherwise, each like "2026-12-24 closed" or, for every year, "12-31
// 08:00-12:00". A span belongs to the day on which it begins. The error says what is wrong and what would be right.
func ParseHours(week, dates []string) (h Hours, err error) {
	for _, text := range week {
		days, hours, _ := strings.Cut(text, " ")
		s, err := parseSpan(hours)
		if err != nil {
			return Hours{}, fmt.Errorf("%q: %w", text, err)
		}
		on, err := schedule.ParseDays(days)
		if err != nil {
			return Hours{}, fmt.Errorf("%q: %w", text, err)
		}
		for _, d := range on {
			h.week[d] = append(h.week[d], s)
		}
	}
	for _, text := range dates {
		date, hours, _ := strings.Cut(text, " ")
		if !isDate(date) {
			return Hours{}, fmt.Errorf("%q: there is no date %q; write one like 2026-12-24, or 12-24 for every year", text, date)
		}
		if h.dates == nil {
			h.dates = map[string][]span{}
		}
		if hours == "closed" {
			h.dates[date] = append(h.dates[date], span{})
			continue
		}
		s, err := parseSpan(hours)
		if err != nil {
			return Hours{}, fmt.Errorf("%q: %w", text, err)
		}
		h.dates[date] = append(h.dates[date], s)
	}
	return h, nil
}

// isDate says whether a text is a date, with a year or without; the 29th of February is one that comes.
func isDate(text string) bool {
	if len(text) == len("12-24") {
		text = "2024-" + text
	}
	_, err := time.Parse("2006-01-02", text)
	return err == nil
}

// parseSpan reads "08:00-18:00"; 24:00 is the end of the day.
func parseSpan(text string) (span, error) {
	from, to, _ := strings.Cut(text, "-")
	s := span{from: minutes(from), to: minutes(to)}
	if s.from < 0 || s.from == day || s.to < 0 || s.from == s.to {
		return span{}, fmt.Errorf("%q is no time of a day; write hours like 08:00-18:00", text)
	}
	return s, nil
}

// minutes reads the time of a day, in minutes after midnight; below 0: it is none.
func minutes(text string) int {
	clock, err := schedule.ParseClock(text)
	if err != nil {
		return -1
	}
	return int(clock / time.Minute)
}

// Open says whether it is open at a time, as the clock shows it in the time's own location.
func (h Hours) Open(local time.Time) bool {
	minute := local.Hour()*60 + local.Minute()
	for _, s := range h.on(local) {
		if minute >= s.from && (minute < s.to || s.to < s.from) {
			return true
		}
	}
	y, m, d := local.Date()
	for _, s := range h.on(time.Date(y, m, d-1, 12, 0, 0, 0, local.Location())) { // what began yesterday
		if s.to < s.from && minute < s.to {
			return true
		}
	}
	return false
}

// on returns the spans that begin on a day.
func (h Hours) on(local time.Time) []span {
	if s, ok := h.dates[local.Format("2006-01-02")]; ok {
		return s
	}
	if s, ok := h.dates[local.Format("01-02")]; ok {
		return s
	}
	if slices.ContainsFunc(h.week[:], func(s []span) bool { return len(s) > 0 }) {
		return h.week[local.Weekday()]
	}
	return []span{{0, day}}
}
