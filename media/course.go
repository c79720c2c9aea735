package media

import (
	"time"

	"telagent-gateway/call"
)

// course is how a leg's audio fared over the time, in intervals of one length. When there are too many, each two become one
// and the length doubles: so a call of hours takes no more room than one of minutes.
type course struct {
	due   time.Time // end of the interval that runs; zero: none does. The pacer's alone
	step  time.Duration
	from  time.Time // of the interval that runs
	since call.Quality
	list  []call.Interval
}

const (
	courseStep  = 5 * time.Second
	courseParts = 240
)

// follow ends an interval whose time is over. Only the pacer calls it.
func (l *leg) follow(now time.Time) {
	c := &l.course
	if !c.due.IsZero() && now.Before(c.due) || c.due.IsZero() && !l.stands() {
		return
	}
	q := l.quality()
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.due.IsZero() {
		c.step = courseStep
	} else {
		c.list = append(c.list, c.part(q, now, &l.in.counters))
		if len(c.list) == courseParts {
			c.halve()
		}
	}
	c.from, c.since, c.due = now, q, now.Add(c.step)
	l.in.counters.peak = 0
}

// Course returns how a leg's audio fared over the time, the running interval included; nil: it has no audio or is over.
func (w *Wire) Course(id call.LegID) []call.Interval {
	l, err := w.find(id)
	if err != nil {
		return nil
	}
	return l.fared(w.now())
}

func (l *leg) fared(now time.Time) []call.Interval {
	q := l.quality()
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &l.course
	list := append([]call.Interval(nil), c.list...)
	if !c.from.IsZero() && now.Sub(c.from) >= time.Second {
		list = append(list, c.part(q, now, &l.in.counters))
	}
	return list
}

// part is what was counted since the interval began.
func (c *course) part(q call.Quality, now time.Time, in *counters) call.Interval {
	p := call.Interval{From: c.from, Length: now.Sub(c.from), Quality: q}
	p.Received.Packets -= c.since.Received.Packets
	p.Received.Lost = more(q.Received.Lost, c.since.Received.Lost)
	p.Received.JitterMost = lasting(max(in.peak, in.jitter) >> 4)
	p.Sent.Packets -= c.since.Sent.Packets
	p.Sent.Lost = more(q.Sent.Lost, c.since.Sent.Lost)
	p.Sent.JitterMost = q.Sent.Jitter
	p.Reports -= c.since.Reports
	p.Forged -= c.since.Forged
	p.RoundTripMost = q.RoundTrip
	return p
}

// more is by how much a count grew: one of lost packets shrinks when late ones come.
func more(now, before uint64) uint64 {
	if now < before {
		return 0
	}
	return now - before
}

// halve makes one of each two intervals.
func (c *course) halve() {
	half := c.list[:0]
	for i := 0; i+1 < len(c.list); i += 2 {
		half = append(half, joined(c.list[i], c.list[i+1]))
	}
	c.list, c.step = half, 2*c.step
}

func joined(a, b call.Interval) call.Interval {
	b.From, b.Length = a.From, a.Length+b.Length
	for _, s := range []struct{ into, from *call.StreamQuality }{{&b.Received, &a.Received}, {&b.Sent, &a.Sent}} {
		s.into.Packets += s.from.Packets
		s.into.Lost += s.from.Lost
		s.into.Jitter = max(s.into.Jitter, s.from.Jitter)
		s.into.JitterMost = max(s.into.JitterMost, s.from.JitterMost)
	}
	b.Reports += a.Reports
	b.Forged += a.Forged
	b.RoundTrip = max(b.RoundTrip, a.RoundTrip)
	b.RoundTripMost = max(b.RoundTripMost, a.RoundTripMost)
	return b
}
