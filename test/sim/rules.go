package sim

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// outside is the number of somebody who is no agent: queues overflow to him.
const outside = "+498912345678"

// rules gives a queue rules at random, most of them seldom. A second time gives others.
func (w *world) rules(q telagent.Queue) telagent.Queue {
	q = telagent.Queue{
		Name: q.Name, Numbers: q.Numbers, Office: q.Office, CallingName: q.CallingName, Priority: 1 + w.rng.IntN(10),
		Strategy: telagent.Strategies()[w.pick(4, 2, 2, 2, 4)], ShowCaller: w.chance(0.2), Music: []string{"", "jazz"}[w.pick(2, 1)],
		RingTime: w.perhaps(0.3, 5*time.Second, 20*time.Second), Widen: w.perhaps(0.25, 3*time.Second, 20*time.Second),
		Sticky: w.perhaps(0.3, time.Minute, time.Hour), Patience: w.perhaps(0.5, 3*time.Second, 10*time.Second),
		Record: w.chance(0.3), MaxWait: w.perhaps(0.4, 10*time.Second, 90*time.Second), Announce: w.perhaps(0.4, 5*time.Second, 30*time.Second),
	}
	if w.chance(0.25) {
		q.MaxWaiting = 1 + w.rng.IntN(4)
	}
	q.Overflow = w.target(q.Name)
	if w.chance(0.15) { // it opens or closes within the day
		at := epoch.Add(w.between(0, w.length)).Add(time.Hour).Format("15:04")
		q.Hours = telagent.Hours{
			Zone: "Europe/Berlin", Week: []string{[]string{"daily 00:00-" + at, "mon " + at + "-24:00"}[w.rng.IntN(2)]}, Closed: w.target(q.Name),
		}
	}
	if w.chance(0.4) {
		q.Unreachable = w.unreached()
	}
	return q
}

// perhaps is a length of time, or none.
func (w *world) perhaps(p float64, from, to time.Duration) time.Duration {
	if !w.chance(p) {
		return 0
	}
	return w.between(from, to)
}

// target is where a queue sends those whom it does not take: another queue, which may lead back, somebody outside, or
// nowhere.
func (w *world) target(name string) telagent.Overflow {
	switch w.pick(3, 3, 2) {
	case 0:
		if other := w.queues[w.rng.IntN(len(w.queues))].Name; other != name {
			return telagent.Overflow{Queue: other}
		}
	case 1:
		return telagent.Overflow{Number: outside}
	}
	return telagent.Overflow{}
}

// unreached invents what follows some of the causes that an offer may fail of.
func (w *world) unreached() map[call.Cause]telagent.Unreached {
	rules := map[call.Cause]telagent.Unreached{}
	for _, cause := range []call.Cause{
		call.Declined, call.Busy, call.NoAnswer, call.NoConfirm, call.Unreachable, call.TrunkFault, call.NoCapacity,
	} {
		if w.chance(0.5) {
			continue
		}
		r := telagent.Unreached{Delay: w.between(time.Second, 30*time.Second), Next: w.chance(0.5)}
		if cause != call.TrunkFault && cause != call.NoCapacity {
			r.Strike = w.chance(0.4)
			r.Status = []string{"", "not_ready", "away"}[w.pick(8, 1, 1)]
		}
		rules[cause] = r
	}
	return rules
}
