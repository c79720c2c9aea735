package media

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestTheCourseOfALegHasWhatWasLostWhenItWas(t *testing.T) {
	s := newStage(t)
	s.arrives("a", "0 101")
	s.talks("a", 'x')
	s.run(5100 * time.Millisecond)
	s.feeds[0].seq += 9 // lost
	s.run(5 * time.Second)
	s.run(2 * time.Second)
	course := s.w.Course("a")
	if len(course) != 3 {
		t.Fatalf("%d intervals: %+v", len(course), course)
	}
	for i, lost := range []uint64{0, 9, 0} {
		if course[i].Received.Lost != lost {
			t.Errorf("in interval %d %d packets were lost, not %d", i, course[i].Received.Lost, lost)
		}
	}
	if c := course[1]; c.Length != courseStep || c.Received.Packets < 245 || c.Received.Packets > 255 || c.Sent.Packets < 245 || c.From.Sub(course[0].From) != courseStep {
		t.Errorf("the second interval is %+v", c)
	}
	s.w.Release("a")
	s.collect()
	if told := s.courses["a"]; len(told) != 3 {
		t.Errorf("told at the end: %+v", told)
	}
	if s.w.Course("a") != nil {
		t.Error("a leg that is over still fares")
	}
}

func TestALongCallHasLongerIntervalsAndNotMore(t *testing.T) {
	c := course{step: courseStep}
	for i := range courseParts {
		at := start.Add(time.Duration(i) * courseStep)
		c.list = append(c.list, call.Interval{From: at, Length: courseStep, Quality: call.Quality{
			Received: call.StreamQuality{Packets: 250, Lost: 1, Jitter: time.Duration(i)}, RoundTrip: time.Duration(i),
		}})
	}
	c.halve()
	if len(c.list) != courseParts/2 || c.step != 2*courseStep {
		t.Fatalf("%d intervals of %v", len(c.list), c.step)
	}
	last := c.list[len(c.list)-1]
	if last.Length != 2*courseStep || last.Received.Packets != 500 || last.Received.Lost != 2 || last.RoundTrip != courseParts-1 ||
		!last.From.Equal(start.Add((courseParts-2)*courseStep)) {
		t.Errorf("the last is %+v", last)
	}
}
