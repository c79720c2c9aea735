package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// endCall ends a customer's visit with everything that belongs to it, and writes its one final record.
func (f *Floor) endCall(v *visit, cause call.Cause, by string) {
	f.unline(v)
	f.withdraw(v, call.Cancelled)
	delete(f.calls, v.id) // from here on nobody takes it up again
	if v.asksForHelp() {
		f.endSeat(v, cause) // that call goes on, so he leaves this one first
	}
	f.clearGuests(v, endOfGuests(cause))
	if v.owner != nil {
		f.endSeat(v, cause)
	}
	if v.customer != nil {
		f.hang(v.customer, causeOr(cause, call.Normal), "")
	}
	if v.emergency {
		f.say(AlarmCleared{Time: f.now, Code: "emergency_call", Subject: v.record.From.Number, Team: v.team})
	}
	if v.recording.alarm {
		f.say(AlarmCleared{Time: f.now, Code: "recording", Subject: string(v.id), Team: v.team})
	}
	f.timers.set(&v.timer, time.Time{}, nil)
	v.record.Ended, v.record.Cause, v.record.EndedBy = f.now, causeOr(cause, call.Normal), by
	f.say(CallEnded{Record: v.record})
}

func causeOr(c, other call.Cause) call.Cause {
	if c == call.NoCause {
		return other
	}
	return c
}

// endSeat ends the part of the agent in the seat, with the call. Whoever dialled and reached nobody hears why.
func (f *Floor) endSeat(v *visit, cause call.Cause) {
	why := call.Normal
	if v.seat != nil && v.seat.phase < up {
		why = causeOr(cause, call.Normal)
	}
	f.cancelMove(v.owner, "call_ended")
	f.leaveSeat(v, why, "")
}

// endOfGuests is what the guests of a call that is over are told.
func endOfGuests(cause call.Cause) call.Cause {
	if cause == call.Forced || cause == call.Cancelled {
		return cause
	}
	return call.Normal
}

// hungUp goes on after the agent in the seat hung up. Who was asked gets the call, or goes on ringing for it; else who
// talks with the customer as well takes the seat; else the call is over.
func (f *Floor) hungUp(v *visit, cause call.Cause) {
	a := v.owner
	g := v.asked()
	if v.asksForHelp() {
		g = nil // nobody is handed over to who helps
	}
	switch {
	case g != nil && g.isUp() && v.customer != nil:
		f.handOver(g)
	case g != nil && g.leg != nil && v.customer != nil:
		f.ringOn(g)
	case v.successor() != nil && (v.customer != nil || v.talkers() > 1):
		next := v.successor()
		f.askedAlone(v)
		f.leaveSeat(v, causeOr(cause, call.Normal), "")
		f.seatGuest(next)
		f.notify(next.agent, "left", "%s left the call.", a.Name)
	case v.customer != nil && v.served(): // somebody outside talks with him
		f.leaveSeat(v, causeOr(cause, call.Normal), "")
		f.mix(v)
		f.schedule(v)
	default:
		f.endCall(v, cause, a.ID)
	}
}

// askedAlone goes on with who is asked, because the one who asked him leaves the others: in a call of colleagues he talks
// with them, from a customer's call he goes.
func (f *Floor) askedAlone(v *visit) {
	g := v.asked()
	switch {
	case g == nil || g.emergency: // see splitHelp
		return
	case v.customer != nil:
		f.guestOut(g, call.Normal)
		return
	}
	if g.referrer != "" {
		f.act(call.Progress{Leg: g.referrer, Done: true, Cause: call.Normal})
	}
	f.hang(g.own, call.Transferred, "")
	g.own, g.mode, g.handOver, g.referrer, v.aside = nil, Conference, false, "", false
}

// ringOn lets the phone of somebody who was to be asked ring on for the customer, whose agent is gone.
func (f *Floor) ringOn(g *guest) {
	v, next := g.visit, g.visit.successor()
	f.leaveSeat(v, call.Transferred, "")
	f.hang(g.own, call.Transferred, "")
	g.handOver, g.mode = next == nil, Conference
	v.aside = false
	if next != nil { // a colleague talks with the customer already
		f.seatGuest(next)
	}
	f.mix(v)
	f.schedule(v)
	f.touchCall(v)
}

// settled goes on after an agent's status may have become another.
func (f *Floor) settled(a *agent) {
	f.station(a, false)
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
	if a.shown == presence.InLine || a.shown == presence.ACW {
		a.active = f.now // in a call and its wrap-up, and when they end: the idle clock does not run
	}
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
