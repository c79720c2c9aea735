package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// silent takes the first of three clocks: nothing is heard from an agent's leg. The customer hears comfort audio at
// once, and nothing else changes yet.
func (f *Floor) silent(l *leg) {
	if l.seat == call.CustomerSeat || l.phase >= leaving || !l.silent.IsZero() {
		return
	}
	l.silent, l.muted, l.reports = f.now.Add(-f.set.Silence), false, time.Time{}
	switch v := l.visit; {
	case v == nil: // nobody listens to it
		f.touch(l.agent)
		return
	case v.emergency:
	case l == v.seat && l.phase == up && !l.held && v.customer != nil:
		f.comfort(v)
	case l.phase == up && v.customer != nil && v.customer.phase == up:
		f.mix(v)
	}
	f.touchCall(l.visit)
}

// comfort lets the customer hear comfort audio, from now on until his agent is back.
func (f *Floor) comfort(v *visit) {
	if v.alone.IsZero() {
		v.alone, v.sorry = f.now, v.served() // who talks with somebody else needs no apology
	}
	f.mix(v)
	f.schedule(v)
}

// heard takes a leg that was silent and is heard again: it is joined again, whatever was decided meanwhile.
func (f *Floor) heard(l *leg) {
	if l.silent.IsZero() {
		return
	}
	l.silent, l.muted, l.reports = time.Time{}, false, time.Time{}
	f.alive(l.target.AOR)
	f.reconnect(l)
	f.touchCall(l.visit)
}

// reported takes RTCP of a leg that is silent: it is muted, not lost. The customer goes on hearing comfort audio, without
// an apology, and his agent is cut off no more.
func (f *Floor) reported(l *leg) {
	if l == nil || l.seat == call.CustomerSeat || l.phase != up || l.silent.IsZero() || l.muted {
		return
	}
	l.muted, l.reports = true, time.Time{}
	f.alive(l.target.AOR)
	if l.visit == nil {
		f.touch(l.agent)
	}
	if v := l.visit; v != nil && v.seat == l && !v.cut.IsZero() {
		f.cutOffNoMore(v)
	}
	f.schedule(l.visit)
	f.touchCall(l.visit)
}

// unreported takes the end of the RTCP of a silent leg: it counts as silent again, after a time of its own.
func (f *Floor) unreported(l *leg) {
	if l == nil || !l.muted || f.set.Clocks.Reports < 0 {
		return
	}
	l.muted, l.reports = false, f.now
	if l.visit == nil {
		f.touch(l.agent)
	}
	f.schedule(l.visit)
	f.touchCall(l.visit)
}

// reconnect lets everybody hear what a leg has for them after it changed.
func (f *Floor) reconnect(l *leg) {
	switch v := l.visit; {
	case v == nil:
		f.touch(l.agent)
	case l == v.seat && l.phase == up:
		f.connect(l)
	case l.phase == up:
		f.mix(v)
	}
}

// held takes a hold by the agent's phone: it is alive, and the customer hears music. That it was silent is remembered,
// because the wire reports a silence once.
func (f *Floor) held(l *leg) {
	if l.seat == call.CustomerSeat || l.phase >= leaving || l.held {
		return
	}
	l.held = true
	f.reconnect(l)
	f.touchCall(l.visit)
}

// resumed takes the end of a hold. Silence counts anew: while it held us nothing had to be heard.
func (f *Floor) resumed(l *leg) {
	if !l.held {
		return
	}
	l.held = false
	if !l.silent.IsZero() {
		l.silent, l.muted, l.reports = f.now, false, time.Time{}
	}
	f.reconnect(l)
	f.touchCall(l.visit)
}

// connect lets the customer hear what the leg in the agent's seat has for him: its voice, music while it holds him,
// comfort audio while it is silent.
func (f *Floor) connect(l *leg) {
	v := l.visit
	if !l.held && !l.silent.IsZero() && v.customer != nil && !v.emergency {
		f.comfort(v)
		return
	}
	f.notAlone(v)
	f.mix(v)
}

// notAlone ends the time that a customer was without his agent.
func (f *Floor) notAlone(v *visit) {
	v.alone = time.Time{}
	f.cutOffNoMore(v)
}

// cutOffNoMore ends that an agent counts as cut off.
func (f *Floor) cutOffNoMore(v *visit) {
	v.cut = time.Time{}
	if v.owner.Presence.Activity == presence.CutOff {
		v.owner.Presence.Enter(presence.Talking)
	}
	f.schedule(v)
	f.touch(v.owner)
}

// emptied goes on after the agent's leg died: the seat is empty, the call lives.
func (f *Floor) emptied(v *visit) {
	f.comfort(v)
	f.cutOff(v)
	f.touch(v.owner)
	f.touchCall(v)
}

// cutOff takes the second clock: the agent counts as cut off, which a supervisor must know.
func (f *Floor) cutOff(v *visit) {
	if !v.cut.IsZero() {
		return
	}
	a := v.owner
	v.cut = f.now
	a.Presence.Enter(presence.CutOff)
	f.schedule(v)
	f.touch(a)
	f.touchCall(v)
}

// schedule sets a visit's timer to whatever of it is due first.
func (f *Floor) schedule(v *visit) {
	if v == nil {
		return
	}
	var cut, sorry, back time.Time
	ring, moving := v.guestDue(), v.moveDue()
	if o := v.firstDue(); o != nil {
		ring = soonest(ring, o.due())
	}
	if v.mayBeCutOff() {
		cut = f.cutOffAt(v.seat)
	}
	if v.isSorry() {
		sorry = v.alone.Add(f.set.SorryAfter)
	}
	if !v.cut.IsZero() && v.owner.move == nil {
		back = v.cut.Add(f.set.RequeueAfter)
	}
	f.timers.set(&v.timer, soonest(ring, moving, cut, sorry, back, v.lineDue(), v.dialled, v.limit), func(f *Floor) { f.due(v) })
}

// due does what a visit's timer was set for; one thing at a time, the timer is set again for the rest.
func (f *Floor) due(v *visit) {
	is := func(at time.Time) bool { return !at.After(f.now) }
	o := v.firstDue()
	f.touchCall(v)
	switch {
	case o != nil && is(o.due()):
		f.rangOut(o)
	case !v.guestDue().IsZero() && is(v.guestDue()):
		f.guestRangOut(v)
	case !v.moveDue().IsZero() && is(v.moveDue()):
		f.moveRangOut(v)
	case !v.dialled.IsZero() && is(v.dialled):
		v.dialled = time.Time{}
		f.endCall(v, call.NoAnswer, "customer")
	case !v.limit.IsZero() && is(v.limit):
		v.limit = time.Time{}
		f.auditSystem("end_call", string(v.id), "the call lasted for as long as the dial rules allow")
		f.endCall(v, call.Overload, "system")
	case v.mayBeCutOff() && is(f.cutOffAt(v.seat)):
		f.cutOff(v)
	case v.isSorry() && is(v.alone.Add(f.set.SorryAfter)):
		v.sorry = true
		if len(v.customer.hears.from) == 0 { // else somebody talks with him meanwhile
			f.speak(v.customer, call.Apology, 0)
		}
	case !v.cut.IsZero() && (v.owner.move == nil) && is(v.cut.Add(f.set.RequeueAfter)):
		f.abandonAgent(v, "he was cut off for too long")
	case !v.lineDue().IsZero() && is(v.lineDue()):
		f.onLineDue(v)
		return
	}
	if f.calls[v.id] == v {
		f.schedule(v)
	}
}

// mayBeCutOff says whether the agent's silence is on its way to count as cut off: somebody waits for him meanwhile.
func (v *visit) mayBeCutOff() bool {
	return v.seat.counting() && !v.seat.muted && v.cut.IsZero() && v.customer != nil && !v.emergency && v.owner.Presence.Activity == presence.Talking
}

// cutOffAt returns when a silent leg counts as cut off.
func (f *Floor) cutOffAt(l *leg) time.Time {
	at := l.silent.Add(f.set.CutOff)
	if !l.reports.IsZero() && l.reports.Add(f.set.Clocks.Reports).After(at) {
		at = l.reports.Add(f.set.Clocks.Reports)
	}
	return at
}

// isSorry says whether a customer on comfort audio is yet to hear an apology. Whose agent has only muted himself is not.
func (v *visit) isSorry() bool {
	return !v.alone.IsZero() && !v.sorry && (v.seat == nil || !v.seat.muted && (v.seat.reports.IsZero() || !v.cut.IsZero()))
}

// guestDue returns when the first of the guests who are rung has rung for long enough; zero: none is.
func (v *visit) guestDue() (at time.Time) {
	for _, g := range v.guests {
		at = soonest(at, g.due())
	}
	return at
}

// moveDue returns when the first switch in the call is given up; zero: there is none.
func (v *visit) moveDue() (at time.Time) {
	for _, m := range v.moves() {
		at = soonest(at, m.due())
	}
	return at
}

// moves returns the switches under way of everybody in the call.
func (v *visit) moves() (all []*move) {
	if v.owner != nil && v.owner.move != nil {
		all = append(all, v.owner.move)
	}
	for _, g := range v.guests {
		if g.agent != nil && g.agent.move != nil {
			all = append(all, g.agent.move)
		}
	}
	return all
}

// abandonAgent takes the third clock: nobody brought the agent back, so whoever else talks with the customer takes the
// seat, or he goes back to his queue.
func (f *Floor) abandonAgent(v *visit, why string) {
	if next := v.successor(); next != nil {
		f.askedAlone(v)
		a := f.leaveSeat(v, call.Lost, "")
		f.seatGuest(next)
		f.notify(next.agent, "left", "%s was cut off; the call is yours.", a.Name)
		return
	}
	a := f.leaveSeat(v, call.Lost, "")
	f.back(v, call.Requeued)
	f.auditSystem("requeue", a.ID, "the customer of call "+string(v.id)+" went back to "+v.queueName()+": "+why)
}
