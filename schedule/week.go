package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

var dayWords = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // by time.Weekday

// ParseDays reads "mon-fri", "sat,sun" or "daily". The error says what is wrong and what would be right.
func ParseDays(text string) (days []time.Weekday, err error) {
	if text == "daily" {
		text = "sun-sat"
	}
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(dayWords, first), slices.Index(dayWords, last)
		if from < 0 || to < 0 {
			return nil, fmt.Errorf("%q is no day; write days like mon-fri, sat,sun or daily", part)
		}
		for d := from; ; d = (d + 1) % len(dayWords) {
			days = append(days, time.Weekday(d))
			if d == to {
				break
			}
		}
	}
	return days, nil
}

// DaysText writes days as ParseDays reads them, Monday first.
func DaysText(days []time.Weekday) string {
	var words []string
	for i := range dayWords {
		if d := (i + 1) % len(dayWords); slices.Contains(days, time.Weekday(d)) {
			words = append(words, dayWords[d])
		}
	}
	switch text := strings.Join(words, ","); text {
	case "mon,tue,wed,thu,fri,sat,sun":
		return "daily"
	case "mon,tue,wed,thu,fri":
		return "mon-fri"
	default:
		return text
	}
}

// ParseClock reads the time of a day, like "08:00" or, at its end, "24:00". The error says what would be right.
func ParseClock(text string) (time.Duration, error) {
	if text == "24:00" {
		return day, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("%q is no time of a day; write one like 08:00", text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// ClockText writes the time of a day as ParseClock reads it.
func ClockText(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}
