package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Work is a piece of what an agent did for a call, told when it is over: reports add these up.
type Work struct {
	Agent  string
	Call   call.ID // empty: not known, as the gateway was started meanwhile
	Kind   string  // of the call: inbound, outbound or internal
	Queue  string  // of the call then; empty: none
	What   Task
	Result string // of an offer: taken, or why not; of a talk: why he left; both in the words of call.Cause
	Began  time.Time
	Ended  time.Time
	Held   time.Duration // of a talk: how long the other side heard music meanwhile
}

// Task is what an agent did.
type Task string

// The tasks.
const (
	OfferTask Task = "offer" // a queue's call rang for him
	TalkTask  Task = "talk"  // he had a call that was answered, by whatever device
	AfterTask Task = "after" // after-call work
)

// taken is the result of an offer that was.
const taken = "taken"

// offered tells of an offer that is over.
func (f *Floor) offered(v *visit, o *offer, result string) {
	f.say(Worked{v.work(o.agent, OfferTask, result, o.began, f.now)})
}

// talked tells of an agent's time in the seat of a call, and that the work after it belongs to that.
func (f *Floor) talked(v *visit, cause call.Cause) {
	a := v.owner
	f.timeHold(v, false)
	if !v.answered.IsZero() && !v.taken.IsZero() {
		w := v.work(a, TalkTask, causeOr(cause, call.Normal).String(), v.taken, f.now)
		w.Held = v.held
		f.say(Worked{w})
		a.after = v.work(a, AfterTask, "", time.Time{}, time.Time{})
	}
	v.held = 0
}

func (v *visit) work(a *agent, what Task, result string, began, ended time.Time) Work {
	return Work{Agent: a.ID, Call: v.id, Kind: v.kind.String(), Queue: v.record.Queue, What: what, Result: result, Began: began, Ended: ended}
}

// timeHold notes that the other side of a call begins or ceases to hear music while an agent has it.
func (f *Floor) timeHold(v *visit, holds bool) {
	switch {
	case holds && v.onHold.IsZero():
		v.onHold = f.now
	case !holds && !v.onHold.IsZero():
		v.held += f.now.Sub(v.onHold)
		v.onHold = time.Time{}
	}
}

// holds says whether the other side of a call hears music while an agent has it: it is on hold, or he asks somebody.
func (v *visit) holds() bool {
	return v.owner != nil && !v.answered.IsZero() && v.cut.IsZero() && (v.paused || v.aside || v.seat != nil && v.seat.held)
}

// workedAfter tells of after-call work that is over with a status that began at a time.
func (f *Floor) workedAfter(a *agent, was, is presence.Status, began time.Time) {
	if was != presence.ACW || was == is {
		return
	}
	w := a.after
	a.after = Work{}
	w.Agent, w.What, w.Began, w.Ended = a.ID, AfterTask, began, f.now
	f.say(Worked{w})
}
