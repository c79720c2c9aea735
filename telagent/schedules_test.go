package telagent_test

import (
	"strings"
	"testing"
	"time"

	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// TestS23AClockThatIsSetDoesNothingTwice steps the clock over the edges of a schedule, forward and back, by little and by a
// year; whatever it shows, ana works when it says so, and one occurrence begins once.
func TestS23AClockThatIsSetDoesNothingTwice(t *testing.T) {
	p := newPlay(t)
	p.prepare(strings.Fields("idle 99999h"))
	p.prepare(strings.Fields("trunk north"))
	p.prepare(strings.Fields("queue support +18005550100"))
	p.prepare(strings.Fields("agent ana support numbers +4930123456 is offline"))
	p.prepare(strings.Fields("schedule Days ana at 09:00 for 8h"))
	p.open()
	day := func(d int, clock string) time.Time {
		at, err := schedule.ParseClock(clock)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC).Add(at)
	}
	for i, c := range []struct {
		at     time.Time
		begins int
		on     bool
	}{
		{day(23, "08:59"), 0, false},
		{day(23, "09:00"), 1, true},
		{day(23, "08:58"), 0, true}, // what was begun goes on
		{day(23, "09:01"), 0, true},
		{day(23, "16:59"), 0, true},
		{day(23, "17:00"), 0, false},
		{day(23, "16:58"), 0, false}, // nor does she begin again what was over
		{day(25, "10:00"), 1, true},  // two edges at once
		{day(25, "03:00"), 0, true},
		{day(26, "10:00"), 1, true}, // past an end and a start
		{day(390, "10:00"), 1, true},
		{day(26, "11:00"), 1, true}, // back by a year: the schedule is not lost for that time
		{day(26, "17:00"), 0, false},
	} {
		out, begins := p.f.Tick(c.at), 0
		for _, change := range out.Changes {
			if line, is := change.(telagent.Audited); is && line.Entry.Action == "schedule" && strings.Contains(line.Entry.Detail, "begins") {
				begins++
			}
		}
		if begins != c.begins {
			t.Errorf("step %d, %v: she begins %d times, want %d", i, c.at, begins, c.begins)
		}
		if on := p.f.View(c.at).Agents[0].Reach == "phone"; on != c.on {
			t.Errorf("step %d, %v: she is on: %t", i, c.at, on)
		}
		for _, wrong := range p.f.Check() {
			t.Errorf("step %d, %v: %s", i, c.at, wrong)
		}
	}
}
