package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// spoken is the greatest number that is said; what is above is left out.
const spoken = 99

// announceFrom sets when a caller who waits is told his place next. An offer that came to nothing does not put it off, but
// for one that is due meanwhile.
func (f *Floor) announceFrom(v *visit) {
	switch every := v.line.Announce; {
	case every == 0:
		v.announced = time.Time{}
	case !v.announced.After(f.now):
		v.announced = f.now.Add(every)
	}
}

// announce tells a waiting customer his place and about how long he will wait.
func (f *Floor) announce(v *visit) {
	v.announced = f.now.Add(v.line.Announce)
	place := v.line.waiting.Place(v.caller)
	if place <= spoken {
		f.speak(v.customer, call.Position, place)
	}
	if minutes := f.estimate(v.line, place); minutes > 0 && minutes <= spoken {
		f.speak(v.customer, call.WaitTime, minutes)
	}
	f.schedule(v)
}

// estimate is about how many minutes the caller in a place of a line will wait: as many calls as there are before him and
// his own, each as long as calls of this queue have lately been, shared by the agents who are there for it. 0: no call
// was handled yet, or nobody is there.
func (f *Floor) estimate(q *line, place int) int {
	agents := 0
	for _, a := range f.agents {
		if a.Queues[q.Name] != 0 && a.Presence.Word() == presence.Available && f.eligible(a, q) {
			agents++
		}
	}
	if q.handling == 0 || agents == 0 {
		return 0
	}
	wait := q.handling * time.Duration(place) / time.Duration(agents)
	return int((wait + time.Minute - 1) / time.Minute)
}

// handled learns from a call that an agent of a queue took, with the work after it: one eighth of what is expected is the
// last call, the rest is what was expected before.
func (q *line) handled(took time.Duration) {
	if q.handling == 0 {
		q.handling = took
		return
	}
	q.handling += (took - q.handling) / 8
}
