package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// silent takes the first of three clocks: nothing is heard from an agent's leg. The customer hears comfort audio at
// once, and nothing else changes yet.
func (f *Floor) silent(l *leg) {
	if l.seat == call.CustomerSeat || l.phase >= leaving || !l.silent.IsZero() {
		return
	}
	l.silent = f.now.Add(-f.set.Silence)
	if l == l.visit.seat && !l.held {
		f.comfort(l.visit)
	}
	f.touchCall(l.visit)
}

// comfort lets the customer hear comfort audio, from now on until his agent is back.
func (f *Floor) comfort(v *visit) {
	if v.alone.IsZero() {
		v.alone, v.sorry = f.now, false
	}
	f.mix(v)
	f.schedule(v)
}

// heard takes a leg that was silent and is heard again: it is joined again, whatever was decided meanwhile.
func (f *Floor) heard(l *leg) {
	if l.silent.IsZero() {
		return
	}
	l.silent = time.Time{}
	if l == l.visit.seat && !l.held {
		f.connect(l)
	}
	f.touchCall(l.visit)
}

// held takes a hold by the agent's phone: it is alive, and the customer hears music. That it was silent is remembered,
// because the wire reports a silence once.
func (f *Floor) held(l *leg) {
	if l.seat == call.CustomerSeat || l.phase >= leaving || l.held {
		return
	}
	l.held = true
	if l == l.visit.seat {
		f.connect(l)
	}
	f.touchCall(l.visit)
}

// resumed takes the end of a hold. Silence counts anew: while it held us nothing had to be heard.
func (f *Floor) resumed(l *leg) {
	if !l.held {
		return
	}
	l.held = false
	if !l.silent.IsZero() {
		l.silent = f.now
	}
	if l == l.visit.seat {
		f.connect(l)
	}
	f.touchCall(l.visit)
}

// connect lets the customer hear what the leg in the agent's seat has for him: its voice, music while it holds him,
// comfort audio while it is silent.
func (f *Floor) connect(l *leg) {
	v := l.visit
	if !l.held && !l.silent.IsZero() {
		f.comfort(v)
		return
	}
	f.notAlone(v)
	f.mix(v)
}

// notAlone ends the time that a customer was without his agent.
func (f *Floor) notAlone(v *visit) {
	a := v.owner
	if !v.cut.IsZero() {
		f.say(AlarmCleared{Time: f.now, Code: "cut_off", Subject: a.ID, Team: a.Team})
	}
	v.alone, v.cut = time.Time{}, time.Time{}
	if a.Presence.Activity == presence.CutOff {
		a.Presence.Enter(presence.Talking)
	}
	f.schedule(v)
	f.touch(a)
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
	f.say(AlarmRaised{
		Time: f.now, Code: "cut_off", Subject: a.ID, Team: a.Team,
		Sentence: a.Name + " was cut off; the customer hears comfort audio.",
	})
	f.schedule(v)
	f.touch(a)
	f.touchCall(v)
}

// requeue gives a customer back to his queue: on top, with his original wait. The agent's part is over.
func (f *Floor) requeue(v *visit, prompt call.Prompt) {
	if !v.cut.IsZero() {
		f.say(AlarmCleared{Time: f.now, Code: "cut_off", Subject: v.owner.ID, Team: v.owner.Team})
	}
	v.owner, v.alone, v.cut = nil, time.Time{}, time.Time{}
	v.caller.Priority = queue.Requeued
	f.mix(v)
	f.act(call.Say{Leg: v.customer.id, Prompt: prompt})
	f.schedule(v)
	f.wait(v, v.line)
}

// schedule sets a visit's timer to whatever of it is due first.
func (f *Floor) schedule(v *visit) {
	var ring, moving, cut, sorry, back time.Time
	if o := v.firstDue(); o != nil {
		ring = o.until
	}
	if v.owner != nil && v.owner.move != nil {
		moving = v.owner.move.until
	}
	if v.seat.counting() && v.cut.IsZero() {
		cut = v.seat.silent.Add(f.set.CutOff)
	}
	if !v.alone.IsZero() && !v.sorry {
		sorry = v.alone.Add(f.set.SorryAfter)
	}
	if !v.cut.IsZero() && moving.IsZero() {
		back = v.cut.Add(f.set.RequeueAfter)
	}
	f.timers.set(&v.timer, soonest(ring, moving, cut, sorry, back, v.lineDue()), func(f *Floor) { f.due(v) })
}

// due does what a visit's timer was set for; one thing at a time, the timer is set again for the rest.
func (f *Floor) due(v *visit) {
	is := func(at time.Time) bool { return !at.After(f.now) }
	o := v.firstDue()
	switch {
	case o != nil && is(o.until):
		f.rangOut(o)
	case v.owner != nil && v.owner.move != nil && is(v.owner.move.until):
		f.moveRangOut(v.owner.move)
	case v.seat.counting() && v.cut.IsZero() && is(v.seat.silent.Add(f.set.CutOff)):
		f.cutOff(v)
	case !v.alone.IsZero() && !v.sorry && is(v.alone.Add(f.set.SorryAfter)):
		v.sorry = true
		f.act(call.Say{Leg: v.customer.id, Prompt: call.Apology})
	case !v.cut.IsZero() && (v.owner.move == nil) && is(v.cut.Add(f.set.RequeueAfter)):
		f.abandonAgent(v, "he was cut off for too long")
	case !v.lineDue().IsZero() && is(v.lineDue()):
		f.onLineDue(v)
		return
	}
	f.schedule(v)
}

// abandonAgent takes the third clock: nobody brought the agent back, so the customer goes back to his queue.
func (f *Floor) abandonAgent(v *visit, why string) {
	a := v.owner
	f.auditSystem("requeue", a.ID, "the customer of call "+string(v.id)+" went back to "+v.line.Name+": "+why)
	f.hang(v.seat, call.Lost, "")
	f.requeue(v, call.Requeued)
	f.endWork(a)
}
