package report

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestIntervalsBeginByTheClockOnTheWall(t *testing.T) {
	for _, c := range []struct {
		interval        Interval
		zone, at, begin string
	}{
		{Quarter, "Europe/Berlin", "2026-11-24T08:14:59+01:00", "2026-11-24T08:00:00+01:00"},
		{Hour, "Asia/Kathmandu", "2026-11-24T08:14:59+05:45", "2026-11-24T08:00:00+05:45"},
		{Hour, "Europe/Berlin", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+02:00"},
		{Hour, "Europe/Berlin", "2026-10-25T02:30:00+01:00", "2026-10-25T02:00:00+01:00"},       // the same hour again
		{Hour, "Australia/Lord_Howe", "2026-10-04T02:45:00+11:00", "2026-10-04T02:30:00+11:00"}, // the first half was left out
		{Day, "Europe/Berlin", "2026-03-29T23:59:00+02:00", "2026-03-29T00:00:00+01:00"},
		{Week, "Europe/Berlin", "2026-11-01T12:00:00+01:00", "2026-10-26T00:00:00+01:00"}, // a Sunday
		{Week, "Europe/Berlin", "2026-10-25T12:00:00+01:00", "2026-10-19T00:00:00+02:00"},
		{Month, "America/Sao_Paulo", "2026-11-30T23:59:00-03:00", "2026-11-01T00:00:00-03:00"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.interval.Begin(at, zone).Format(time.RFC3339); got != c.begin {
			t.Errorf("the %s of %s in %s begins at %s, want %s", c.interval, c.at, c.zone, got, c.begin)
		}
	}
}

func TestEveryIntervalHasAWordThatIsReadAgain(t *testing.T) {
	for i := Whole; i <= Month; i++ {
		if got, err := ParseInterval(i.String()); err != nil || got != i {
			t.Errorf("%s is read as %v, %v", i, got, err)
		}
	}
	if _, err := ParseInterval("fortnight"); err == nil {
		t.Error("a fortnight is an interval")
	}
}
