package telagent

import (
	"time"

	"telagent-gateway/call"
)

// endCall ends a customer's visit with everything that belongs to it, and writes its one final record.
func (f *Floor) endCall(v *visit, cause call.Cause, by string) {
	f.unline(v)
	f.withdraw(v, call.Cancelled)
	if a := v.owner; a != nil {
		if a.move != nil {
			f.hang(a.move.leg, call.Cancelled, "")
			f.moveOver(a.move, "call_ended")
		}
		f.hang(v.seat, call.Normal, "")
		if !v.cut.IsZero() {
			f.say(AlarmCleared{Time: f.now, Code: "cut_off", Subject: a.ID, Team: a.Team})
		}
		v.line.handled(f.now.Sub(v.taken) + f.wrapUp(a))
		f.talks.remember(v.from.Number, lastTalk{a, f.now})
		v.owner = nil
		f.endWork(a)
	}
	f.hang(v.customer, causeOr(cause, call.Normal), "")
	f.timers.set(&v.timer, time.Time{}, nil)
	v.record.Ended, v.record.Cause, v.record.EndedBy = f.now, causeOr(cause, call.Normal), by
	delete(f.calls, v.id)
	f.say(CallEnded{Record: v.record})
}

func causeOr(c, other call.Cause) call.Cause {
	if c == call.NoCause {
		return other
	}
	return c
}

// endWork ends an agent's part in a call that he handled: after-call work follows, then what is pending.
func (f *Floor) endWork(a *agent) {
	a.visit = nil
	a.Presence.EndWork(f.now, f.wrapUp(a))
	f.settled(a)
}

// settled goes on after an agent's status may have become another.
func (f *Floor) settled(a *agent) {
	f.scheduleAgent(a)
	f.touch(a)
}

func (f *Floor) wrapUp(a *agent) time.Duration {
	switch {
	case a.WrapUp > 0:
		return a.WrapUp
	case a.WrapUp < 0:
		return 0
	default:
		return max(0, f.set.WrapUp)
	}
}

// scheduleAgent sets an agent's timer to whatever of him is due first.
func (f *Floor) scheduleAgent(a *agent) {
	at := soonest(a.rest, a.Presence.WrapUpUntil, a.Presence.Declared.Until)
	f.timers.set(&a.timer, at, func(f *Floor) { f.agentDue(a) })
}

// agentDue ends an agent's countdown, his break, or his rest after a failed offer.
func (f *Floor) agentDue(a *agent) {
	if !a.rest.After(f.now) {
		a.rest = time.Time{}
	}
	if until := a.Presence.WrapUpUntil; !until.IsZero() && !until.After(f.now) {
		a.Presence.EndWrapUp(f.now)
	}
	if a.Presence.Expire(f.now) {
		a.by = ""
	}
	f.settled(a)
}
