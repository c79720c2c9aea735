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
	a.visit, a.active = nil, f.now
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
	p := &a.Presence
	at := soonest(a.rest, p.WrapUpUntil, p.Declared.Until, p.Profile.Until, f.idleAt(a), f.leavesAt(a))
	f.timers.set(&a.timer, at, func(f *Floor) { f.agentDue(a) })
}

// agentDue ends an agent's countdown, his break or profile, his rest after a failed offer, or his time without activity.
func (f *Floor) agentDue(a *agent) {
	changed := f.left(a)
	if !a.rest.IsZero() && !a.rest.After(f.now) {
		a.rest, changed = time.Time{}, true
	}
	if until := a.Presence.WrapUpUntil; !until.IsZero() && !until.After(f.now) {
		a.Presence.EndWrapUp(f.now)
		a.active, changed = f.now, true
	}
	if a.Presence.Expire(f.now) {
		a.by, a.active, changed = "", f.now, true // the idle clock did not run meanwhile
	}
	if changed = f.idled(a) || changed; changed {
		f.touch(a)
	}
	f.scheduleAgent(a)
}
