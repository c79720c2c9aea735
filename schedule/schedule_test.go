package schedule

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t interface {
	Helper()
	Fatal(args ...any)
}, name string,
) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func nightly(zone, start, length string) Schedule {
	clock, err := ParseClock(start)
	if err != nil {
		panic(err)
	}
	d, err := time.ParseDuration(length)
	if err != nil {
		panic(err)
	}
	days, err := ParseDays("daily")
	if err != nil {
		panic(err)
	}
	return Schedule{Name: "Nights", From: "2026-01-01", Zone: zone, Days: days, Start: clock, Length: d, Members: []Member{{Agent: "ana"}}}
}

// TestS23EdgesFollowTheClockOnTheWallOverBothChangesOfIt has the whole rule: an edge is the first moment at which the clock
// shows its time, or a later one.
func TestS23EdgesFollowTheClockOnTheWallOverBothChangesOfIt(t *testing.T) {
	for _, c := range []struct {
		zone, day, start, length string
		want                     string // from and to in UTC; empty: it does not take place
	}{
		// Winter and summer: the same times by the clock, an hour apart in UTC.
		{"Europe/Berlin", "2026-01-15", "08:00", "9h", "2026-01-15 07:00 – 2026-01-15 16:00"},
		{"Europe/Berlin", "2026-07-15", "08:00", "9h", "2026-07-15 06:00 – 2026-07-15 15:00"},
		// Spring: at 02:00 it is 03:00. A night is an hour shorter, and its end is at the time that was written.
		{"Europe/Berlin", "2026-03-28", "22:00", "8h", "2026-03-28 21:00 – 2026-03-29 04:00"},
		{"Europe/Berlin", "2026-03-29", "02:30", "2h", "2026-03-29 01:00 – 2026-03-29 02:30"},    // a start that is left out
		{"Europe/Berlin", "2026-03-28", "23:00", "3h30m", "2026-03-28 22:00 – 2026-03-29 01:00"}, // an end that is left out
		{"Europe/Berlin", "2026-03-29", "02:10", "40m", ""},
		{"Europe/Berlin", "2026-03-29", "01:00", "1h", "2026-03-29 00:00 – 2026-03-29 01:00"},
		{"Europe/Berlin", "2026-03-29", "02:00", "1h", ""},
		{"Europe/Berlin", "2026-03-29", "03:00", "1h", "2026-03-29 01:00 – 2026-03-29 02:00"},
		// Autumn: at 03:00 it is 02:00 again. A night is an hour longer; a time that comes twice is the first of both.
		{"Europe/Berlin", "2026-10-24", "22:00", "8h", "2026-10-24 20:00 – 2026-10-25 05:00"},
		{"Europe/Berlin", "2026-10-25", "02:30", "2h", "2026-10-25 00:30 – 2026-10-25 03:30"},
		{"Europe/Berlin", "2026-10-24", "23:00", "3h30m", "2026-10-24 21:00 – 2026-10-25 00:30"},
		{"Europe/Berlin", "2026-10-25", "02:10", "40m", "2026-10-25 00:10 – 2026-10-25 00:50"},
		{"Europe/Berlin", "2026-10-25", "02:00", "1h", "2026-10-25 00:00 – 2026-10-25 02:00"},
		{"America/New_York", "2026-03-07", "22:00", "8h", "2026-03-08 03:00 – 2026-03-08 10:00"},
		{"America/New_York", "2026-03-08", "02:30", "2h", "2026-03-08 07:00 – 2026-03-08 08:30"},
		{"America/New_York", "2026-10-31", "22:00", "8h", "2026-11-01 02:00 – 2026-11-01 11:00"},
		{"America/New_York", "2026-11-01", "01:30", "2h", "2026-11-01 05:30 – 2026-11-01 08:30"},
		// Lord Howe moves its clock by half an hour, at 02:00 of summer and of winter time.
		{"Australia/Lord_Howe", "2026-10-03", "22:00", "8h", "2026-10-03 11:30 – 2026-10-03 19:00"},
		{"Australia/Lord_Howe", "2026-10-04", "02:15", "1h", "2026-10-03 15:30 – 2026-10-03 16:15"},
		{"Australia/Lord_Howe", "2026-04-04", "22:00", "8h", "2026-04-04 11:00 – 2026-04-04 19:30"},
		{"Australia/Lord_Howe", "2026-04-05", "01:45", "30m", "2026-04-04 14:45 – 2026-04-04 15:45"},
		// Samoa had no 30th of December 2011.
		{"Pacific/Apia", "2011-12-30", "09:00", "8h", ""},
		{"Pacific/Apia", "2011-12-29", "22:00", "8h", "2011-12-30 08:00 – 2011-12-30 10:00"},
		{"", "2026-03-29", "02:30", "24h", "2026-03-29 02:30 – 2026-03-30 02:30"},
	} {
		s := nightly(c.zone, c.start, c.length)
		s.From, s.To = c.day, c.day
		got, noon := "", parse(t, c.day+" 12:00")
		for _, o := range s.Between(zone(t, c.zone), noon.Add(-72*time.Hour), noon.Add(72*time.Hour)) {
			got += o.Start.Format("2006-01-02 15:04") + " – " + o.End.Format("2006-01-02 15:04")
		}
		if got != c.want {
			t.Errorf("%s, %s at %s for %s:\n got %s\nwant %s", c.zone, c.day, c.start, c.length, got, c.want)
		}
	}
}

func parse(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestS23WhereOneScheduleEndsTheNextBegins: on the wall they meet, so they do in every zone at every change of the clock.
func TestS23WhereOneScheduleEndsTheNextBegins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC"}).Draw(t, "zone"))
		day := time.Date(rapid.IntRange(1990, 2036).Draw(t, "year"), 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		start := time.Duration(rapid.IntRange(0, 1439).Draw(t, "start")) * time.Minute
		length := time.Duration(rapid.IntRange(1, 1440).Draw(t, "length")) * time.Minute
		s := Schedule{Start: start, Length: length}
		o := s.on(z, day)
		end := day.Add(start + length)
		next := Schedule{Start: end.Sub(end.Truncate(24 * time.Hour)), Length: time.Hour}.on(z, end.Truncate(24*time.Hour))
		if !o.End.Equal(next.Start) {
			t.Fatalf("one ends at %v, the next begins at %v", o.End, next.Start)
		}
		if o.End.Before(o.Start) {
			t.Fatalf("it ends before it begins: %v", o)
		}
		if wall := naive(o.Start.In(z)); wall.Before(day.Add(start)) || naive(o.Start.Add(-time.Second).In(z)).After(day.Add(start)) {
			t.Fatalf("it begins when the clock shows %v, not %v", wall, day.Add(start))
		}
	})
}

// naive is what the clock on the wall shows, as if it were UTC.
func naive(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func TestAScheduleIsOnBetweenItsEdgesOnItsDaysOnly(t *testing.T) {
	s := nightly("", "22:00", "8h")
	s.Days = []time.Weekday{time.Friday, time.Saturday}
	s.From, s.To = "2026-11-06", "2026-11-14"
	for _, c := range []struct {
		at string
		on bool
	}{
		{"2026-11-06 21:59", false},
		{"2026-11-06 22:00", true},
		{"2026-11-07 05:59", true},
		{"2026-11-07 06:00", false},
		{"2026-11-07 23:00", true},
		{"2026-11-08 23:00", false}, // a Sunday
		{"2026-11-15 05:00", true},  // began on its last day
		{"2026-11-20 23:00", false},
		{"2026-10-30 23:00", false},
	} {
		if _, on := s.At(time.UTC, parse(t, c.at)); on != c.on {
			t.Errorf("at %s it is on: %t", c.at, on)
		}
	}
}

func TestTheNextOccurrenceIsTheFirstThatBeginsLater(t *testing.T) {
	s := nightly("", "22:00", "8h")
	s.Days = []time.Weekday{time.Friday}
	s.From, s.To = "2026-11-06", "2026-11-13"
	for at, want := range map[string]string{
		"2025-01-01 00:00": "2026-11-06 22:00",
		"2026-11-06 21:59": "2026-11-06 22:00",
		"2026-11-06 22:00": "2026-11-13 22:00",
		"2026-11-13 22:00": "",
		"2030-01-01 00:00": "",
	} {
		got := ""
		if o, is := s.Next(time.UTC, parse(t, at)); is {
			got = o.Start.Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("after %s it begins at %q, want %q", at, got, want)
		}
	}
}

// TestAWeekWhoseOccurrenceTheClockJumpsOverIsPassed: the next one is in the week after it.
func TestAWeekWhoseOccurrenceTheClockJumpsOverIsPassed(t *testing.T) {
	s := nightly("Europe/Berlin", "02:10", "40m")
	s.Days = []time.Weekday{time.Sunday}
	o, is := s.Next(zone(t, "Europe/Berlin"), parse(t, "2026-03-23 00:00"))
	if !is || !o.Start.Equal(parse(t, "2026-04-05 00:10")) {
		t.Errorf("it begins at %v", o.Start)
	}
}

func TestOfADayThatIsLongerThanItsHoursTheLaterOccurrenceCounts(t *testing.T) {
	s := nightly("Europe/Berlin", "02:30", "24h")
	for _, at := range []string{"2026-10-25 00:30", "2026-10-25 01:30"} {
		if o, on := s.At(zone(t, "Europe/Berlin"), parse(t, at)); !on || !o.Start.Equal(parse(t, "2026-10-25 00:30")) {
			t.Errorf("at %s it is on since %v", at, o.Start)
		}
	}
}

func TestACalendarMergesWhatOverlapsOrMeets(t *testing.T) {
	early, late, other := nightly("", "06:00", "8h"), nightly("", "14:00", "8h"), nightly("Europe/Berlin", "12:00", "2h")
	early.Name, late.Name, other.Name = "early", "late", "other"
	other.Members = []Member{{Agent: "ana", Number: "+4930111"}, {Agent: "bob"}}
	got := ""
	for _, s := range Calendar([]Schedule{late, early, other}, []*time.Location{time.UTC, time.UTC, zone(t, "Europe/Berlin")}, parse(t, "2026-12-01 00:00"), parse(t, "2026-12-02 00:00")) {
		got += s.Agent + " " + s.Start.Format("02 15:04") + "-" + s.End.Format("02 15:04")
		for _, p := range s.Parts {
			got += " " + p.Schedule + p.Number
		}
		got += "\n"
	}
	if want := "ana 01 06:00-01 22:00 early other+4930111 late\nbob 01 11:00-01 13:00 other\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWhatIsWrongWithAScheduleIsSaid(t *testing.T) {
	for want, spoil := range map[string]func(*Schedule){
		"":                        func(*Schedule) {},
		"needs a name":            func(s *Schedule) { s.Name = "a/b" },
		"the first day":           func(s *Schedule) { s.From = "2026-02-30" },
		`"9999-12-31" is no day`:  func(s *Schedule) { s.From = "9999-12-31" },
		`"0001-01-01" is no day`:  func(s *Schedule) { s.From = "0001-01-01" },
		`"9999-01-01" is no day`:  func(s *Schedule) { s.To = "9999-01-01" },
		"in plain words":          func(s *Schedule) { s.Name = "night\xff" },
		"name in plain words":     func(s *Schedule) { s.Name = " " },
		"the last day":            func(s *Schedule) { s.To = "tomorrow" },
		"before the first one":    func(s *Schedule) { s.To = "2025-12-31" },
		"begins on no day":        func(s *Schedule) { s.Days = nil },
		"named twice":             func(s *Schedule) { s.Days = append(s.Days, time.Monday) },
		"no time of a day":        func(s *Schedule) { s.Start = 24 * time.Hour },
		"its length":              func(s *Schedule) { s.Length = 25 * time.Hour },
		"has no members":          func(s *Schedule) { s.Members = nil },
		"ana is a member twice":   func(s *Schedule) { s.Members = append(s.Members, s.Members[0]) },
		"length is out of range":  func(s *Schedule) { s.Length = 90 * time.Second },
		"its start is no time":    func(s *Schedule) { s.Start = time.Second },
		"does not exist":          func(s *Schedule) { s.Days = []time.Weekday{7} },
		"a schedule needs a name": func(s *Schedule) { s.Name = "" },
	} {
		s := nightly("", "22:00", "8h")
		spoil(&s)
		switch err := s.Check(); {
		case err == nil && want != "":
			t.Errorf("nothing is wrong, want %q", want)
		case err != nil && (want == "" || !strings.Contains(err.Error(), want)):
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestDaysAndTimesAreWrittenAsTheyAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"daily": "daily", "mon-fri": "mon-fri", "sat,sun": "sat,sun", "sun,sat": "sat,sun", "fri-mon": "mon,fri,sat,sun", "wed": "wed", "mon-sun": "daily",
	} {
		days, err := ParseDays(text)
		if got := DaysText(days); err != nil || got != want {
			t.Errorf("%s is written %q (%v)", text, got, err)
		}
	}
	for _, bad := range []string{"", "monday", "mon-", "mon fri", "daily,mon"} {
		if days, err := ParseDays(bad); err == nil {
			t.Errorf("%q was read as %v", bad, days)
		}
	}
	for _, text := range []string{"00:00", "08:05", "23:59", "24:00"} {
		clock, err := ParseClock(text)
		if got := ClockText(clock); err != nil || got != text {
			t.Errorf("%s is written %q (%v)", text, got, err)
		}
	}
	for _, bad := range []string{"8:00", "24:01", "08:60", "", "noon"} {
		if clock, err := ParseClock(bad); err == nil {
			t.Errorf("%q was read as %v", bad, clock)
		}
	}
}
