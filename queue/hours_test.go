package queue

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAQueueIsOpenByTheClockOnItsWall(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	h, err := ParseHours(
		[]string{"mon-fri 08:00-12:00", "mon-fri 13:00-18:00", "sat,sun 10:00-14:00", "fri 22:00-02:00"},
		[]string{"2026-12-24 08:00-12:00", "12-25 closed", "2027-12-25 10:00-11:00"},
	)
	if err != nil {
		t.Fatal(err)
	}
	for at, open := range map[string]bool{
		"2026-11-23 07:59": false, // a Monday
		"2026-11-23 08:00": true,
		"2026-11-23 11:59": true,
		"2026-11-23 12:00": false,
		"2026-11-23 17:59": true,
		"2026-11-23 18:00": false,
		"2026-11-28 09:00": false, // a Saturday
		"2026-11-28 10:00": true,
		"2026-11-27 22:00": true, // over the midnight of Friday
		"2026-11-28 01:59": true,
		"2026-11-28 02:00": false,
		"2026-11-29 01:00": false,
		"2026-12-24 11:59": true, // Thursday, but a day of its own
		"2026-12-24 13:30": false,
		"2026-12-25 10:30": false, // every year, unless the year has its own rule
		"2026-12-25 23:00": false, // the span of Friday that would begin on it
		"2026-12-26 01:00": false,
		"2027-12-25 10:30": true,
		"2026-10-25 10:00": true, // the clock went back that night
		"2026-03-29 10:00": true, // the clock went forward that night
		"2026-03-29 09:59": false,
	} {
		local, err := time.ParseInLocation("2006-01-02 15:04", at, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if h.Open(local) != open {
			t.Errorf("%s: open is %t", at, !open)
		}
	}
	summer := time.Date(2026, 7, 6, 6, 30, 0, 0, time.UTC)
	if !h.Open(summer.In(berlin)) || h.Open(summer) {
		t.Error("half past six in UTC is half past eight in Berlin in summer")
	}
}

func TestHoursWithoutAWeekAreOpenButForTheirDates(t *testing.T) {
	h, err := ParseHours(nil, []string{"12-25 closed"})
	if err != nil {
		t.Fatal(err)
	}
	christmas := time.Date(2026, 12, 25, 12, 0, 0, 0, time.UTC)
	if h.Open(christmas) || !h.Open(christmas.AddDate(0, 0, 1)) || !(Hours{}).Open(christmas) {
		t.Error("closed on Christmas Day and on no other")
	}
}

func TestHoursSayWhatIsWrongWithThem(t *testing.T) {
	for text, want := range map[string]string{
		"mon-fri":             "write hours like 08:00-18:00",
		"mon-fri 8-18":        "write hours like 08:00-18:00",
		"mon-fri 08:00-08:00": "write hours like 08:00-18:00",
		"mon-fri 24:00-08:00": "write hours like 08:00-18:00",
		"mon-fri 08:00-25:00": "write hours like 08:00-18:00",
		"mo-fr 08:00-18:00":   "write days like mon-fri",
		"":                    "write hours like 08:00-18:00",
	} {
		if _, err := ParseHours([]string{text}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"24.12. closed":     "write one like 2026-12-24",
		"2026-02-29 closed": "write one like 2026-12-24",
		"12-24":             "write hours like 08:00-18:00",
		"12-24 shut":        "write hours like 08:00-18:00",
	} {
		if _, err := ParseHours(nil, []string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestHoursOfADayAreOpenForTheirLength counts the minutes of a day that is open for any span, also one over midnight.
func TestHoursOfADayAreOpenForTheirLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, length := rapid.IntRange(0, day-1).Draw(t, "from"), rapid.IntRange(1, day-1).Draw(t, "length")
		clock := func(m int) string { return time.Date(1, 1, 1, 0, m, 0, 0, time.UTC).Format("15:04") }
		end := clock(from + length)
		if end == "00:00" {
			end = "24:00"
		}
		h, err := ParseHours([]string{"daily " + clock(from) + "-" + end}, nil)
		if err != nil {
			t.Fatal(err)
		}
		open := 0
		for m := range day {
			if h.Open(began.Truncate(24 * time.Hour).Add(time.Duration(m) * time.Minute)) {
				open++
			}
		}
		if open != length {
			t.Fatalf("open for %d minutes, want %d", open, length)
		}
	})
}
