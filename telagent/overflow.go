package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/queue"
)

// mostHops is how often a caller is passed on from queue to queue before he is told that it is full: queues may lead to
// each other.
const mostHops = 10

// stay is what a customer's time in line comes to, beside his place.
type stay struct {
	lined     time.Time     // since when he is in this line for this time; zero: an agent took the call
	hops      int           // how often he was sent on to another queue
	announced time.Time     // when he is told his place next; zero: never
	parting   call.Prompt   // the last sentence, which he hears; empty: the call goes on
	parts     time.Time     // when the call ends at the latest
	taken     time.Time     // when the present agent took the call
	onHold    time.Time     // since when his other side hears music; zero: it does not
	held      time.Duration // how long it did before
}

// rules is what a line knows beside its Queue.
type rules struct {
	hours    queue.Hours
	zone     *time.Location
	handling time.Duration   // about how long a call takes with the work after it; 0: none was handled yet
	ringing  map[*visit]bool // customers for whom all who are free ring, and whoever becomes free too
	timer    timer           // when a free agent becomes skilled enough for who waits longest
}

// admit puts a customer in a queue's line with his wait so far, or sends him where the queue sends those whom it cannot
// take now.
func (f *Floor) admit(v *visit, q *line) {
	v.line, v.lined, v.announced = q, f.now, time.Time{}
	v.record.Queue = q.Name
	if v.caller.Priority != queue.Requeued {
		v.caller.Priority = q.Priority
	}
	switch {
	case !q.open(f.now):
		f.overflow(v, q.Hours.Closed, call.Closed)
	case q.waiting.Len() >= q.most():
		f.overflow(v, q.Overflow, call.Full)
	default:
		f.mix(v)
		f.wait(v, q)
	}
}

// open says whether a queue takes callers at a time.
func (q *line) open(now time.Time) bool { return q.hours.Open(now.In(q.zone)) }

// most is how many callers may stand in line.
func (q *line) most() int {
	if q.MaxWaiting > 0 {
		return q.MaxWaiting
	}
	return DefaultWaiting
}

// overflow sends a customer whom his queue does not take to another queue or to a number; where it names none, he hears
// why and the call ends.
func (f *Floor) overflow(v *visit, to Overflow, why call.Prompt) {
	q := f.queues[to.Queue]
	switch {
	case q != nil && v.hops < mostHops:
		v.hops++
		f.auditSystem("overflow", string(v.id), "from "+v.line.Name+" ("+string(why)+") to the queue "+q.Name)
		f.admit(v, q)
	case to.Number != "":
		f.auditSystem("overflow", string(v.id), "from "+v.line.Name+" ("+string(why)+") to "+to.Number)
		f.forward(v, to.Number)
	case v.caller.Priority == queue.Requeued: // a customer who lost his agent is never turned away
		v.lined = f.now
		f.mix(v)
		f.wait(v, v.line)
	default:
		f.turnAway(v, why)
	}
}

// turnAway says a last sentence to a customer; the call ends with it.
func (f *Floor) turnAway(v *visit, why call.Prompt) {
	v.parting, v.parts = why, f.now.Add(leavingTime)
	f.mix(v)
	f.speak(v.customer, why, 0)
	f.schedule(v)
	f.touchCall(v)
}

// parted ends the call of a customer who heard his last sentence, or should have by now.
func (f *Floor) parted(v *visit) {
	cause := call.Overload
	if v.parting == call.Closed {
		cause = call.Forbidden
	}
	f.endCall(v, cause, "system")
}

// lineDue returns when something is due for a customer who is with no agent; zero: nothing is.
func (v *visit) lineDue() time.Time {
	switch {
	case v.parting != "":
		return v.parts
	case v.waiting:
		return soonest(v.waitsUntil(), v.announced)
	default:
		return time.Time{}
	}
}

// waitsUntil returns when a customer has waited for too long; zero: never. One who lost his agent waits for whoever comes,
// unless the queue names somebody else.
func (v *visit) waitsUntil() time.Time {
	to := v.line.Overflow
	if v.line.MaxWait == 0 || v.caller.Priority == queue.Requeued && to.Queue == "" && to.Number == "" {
		return time.Time{}
	}
	return v.lined.Add(v.line.MaxWait)
}

// waitedOut says whether a customer has waited for too long.
func (f *Floor) waitedOut(v *visit) bool {
	until := v.waitsUntil()
	return !until.IsZero() && !until.After(f.now)
}

// onLineDue does what is due for a customer who is with no agent.
func (f *Floor) onLineDue(v *visit) {
	switch {
	case v.parting != "":
		f.parted(v)
	case f.waitedOut(v):
		f.unline(v)
		f.overflow(v, v.line.Overflow, call.Full)
	default:
		f.announce(v)
	}
}

// unline takes a customer out of his line.
func (f *Floor) unline(v *visit) {
	if v.waiting {
		v.waiting = false
		v.line.waiting.Remove(v.caller)
		f.touchQueue(v.line)
	}
}
