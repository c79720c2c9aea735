package telagent

import (
	"fmt"
	"slices"

	"telagent-gateway/presence"
	"telagent-gateway/schedule"
)

// Check returns every broken invariant, each as a sentence; none: the Floor is sound.
func (f *Floor) Check() (wrong []string) {
	no := func(ok bool, sentence string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(sentence, args...))
		}
	}
	used := map[*trunk]int{}
	for id, l := range f.legs {
		no(l.id == id, "leg %s is kept as %s", l.id, id)
		if l.trunk != nil {
			used[l.trunk]++
		}
		if l.menu != nil {
			f.checkMenu(l.menu, no)
			continue
		}
		if l.trial != nil {
			continue // see checkTrial
		}
		no(l.phase < leaving || l.timer.index > 0, "leg %s is never forgotten", id)
		if l.phase < leaving && l.visit == nil {
			no(l.agent != nil && l.agent.nail.has(l), "leg %s is %s in no call", id, phaseWords[l.phase])
			continue
		}
		no(l.phase >= leaving || f.calls[l.visit.id] == l.visit, "leg %s is %s in a call that is over", id, phaseWords[l.phase])
		if l.phase == up {
			no(l == l.visit.customer || l == l.visit.seat || guestOf(l) != nil, "leg %s is up in no seat", id)
		}
		if l.phase < up {
			no(offerOf(l) != nil || moveOf(l) != nil || guestOf(l) != nil || l == l.visit.customer || l == l.visit.seat, "leg %s is %s for nothing", id, phaseWords[l.phase])
		}
	}
	for _, t := range f.trunks {
		no(t.inUse == used[t], "trunk %s counts %d channels, %d legs hold one", t.Name, t.inUse, used[t])
	}
	waiting := map[*line]int{}
	for _, v := range f.calls {
		f.checkCall(v, no)
		if v.waiting {
			waiting[v.line]++
		}
	}
	for _, a := range f.agents {
		f.checkAgent(a, no)
		f.checkTrouble(a, no)
	}
	for _, q := range f.queues {
		f.checkLine(q, waiting[q], no)
	}
	for _, b := range f.batches {
		f.checkBatch(b, no)
	}
	for number, q := range f.numbers {
		no(slices.Contains(q.Numbers, number), "%s leads to %s, which does not have it", number, q.Name)
	}
	for aor, a := range f.owners {
		no(aor == a.ID || aor == a.DeskPhone, "%s rings for %s, who does not have it", aor, a.ID)
	}
	f.checkTrial(no)
	f.checkProofs(no)
	f.checkKept(no)
	no(len(f.timers) == 0 || !f.timers[0].at.IsZero(), "a timer is set to no time")
	return wrong
}

// checkBatch looks at a mass switch: who waits or moves is known to, and it is over when nobody does.
func (f *Floor) checkBatch(b *batch, no func(bool, string, ...any)) {
	open := 0
	for _, m := range b.members {
		if m.is.goesOn() {
			open++
			no(m.agent != nil && m.agent.member == m, "%s is %s in the switch %s and does not know", m.id, m.is, b.id)
			no((m.is == SwitchMoving) == (m.agent.move != nil) || m.is == SwitchWaiting && m.agent.move != nil && m.code == "already_switching", "%s is %s in the switch %s", m.id, m.is, b.id)
		} else {
			no(m.agent == nil || m.agent.member != m, "%s is %s in the switch %s and kept in it", m.id, m.is, b.id)
		}
	}
	no((open == 0) == !b.ended.IsZero(), "the switch %s has %d to go and ended at %v", b.id, open, b.ended)
	no(!b.isMoved, "the switch %s was not told of", b.id)
}

// checkLine looks at a queue: its line holds exactly who waits, and nobody waits for whom an agent could be rung.
func (f *Floor) checkLine(q *line, waiting int, no func(bool, string, ...any)) {
	no(q.waiting.Len() == waiting, "%d stand in line at %s, %d wait", q.waiting.Len(), q.Name, waiting)
	for _, c := range q.waiting.All() {
		v := f.calls[c.Call]
		no(v != nil && v.waiting && v.line == q && v.caller == c, "call %s stands in line at %s and does not wait there", c.Call, q.Name)
	}
	for id, a := range q.free {
		no(f.agents[id] == a && a.Queues[q.Name] != 0, "%s is free for %s, which he does not serve", id, q.Name)
		early := q.timer.index > 0 && (!q.skilled(a, q.waiting.Longest(), f.now) || !q.timer.at.After(f.now)) // a timer may be late
		no(q.waiting.Len() == 0 || len(f.targets(a)) == 0 || early, "%s is free while somebody waits at %s", id, q.Name)
	}
	for v := range q.ringing {
		no(f.calls[v.id] == v && v.line == q && len(v.offers) > 0, "call %s is kept as rung at %s and is not", v.id, q.Name)
	}
	no(!q.stale && !q.hungry, "%s was not told of or not served", q.Name)
}

func (f *Floor) checkCall(v *visit, no func(bool, string, ...any)) {
	no((v.customer == nil) == (v.kind == Internal), "call %s is %s, with a customer: %t", v.id, v.kind, v.customer != nil)
	if c := v.customer; c != nil {
		no(f.legs[c.id] == c && (c.phase == up || c.phase <= ringing && v.kind == Outbound && !v.dialled.IsZero()), "call %s has no customer", v.id)
	}
	f.checkGuests(v, no)
	no(sameCall(f.callView(v), v.told), "call %s was not told of", v.id)
	states := 0
	for _, is := range []bool{v.waiting, len(v.offers) > 0, v.owner != nil, v.parting != "", v.isOutside()} {
		if is {
			states++
		}
	}
	no(states == 1, "call %s is in %d states: waiting %t, offered %t, taken %t, leaving %t",
		v.id, states, v.waiting, len(v.offers) > 0, v.owner != nil, v.parting != "")
	due := v.lineDue()
	no(due.IsZero() || v.timer.index > 0 && !v.timer.at.After(due), "call %s is due at %v and has no timer for it", v.id, due)
	no(v.seat == nil || v.owner != nil && v.seat.agent == v.owner, "call %s has a leg in its seat and no owner of it", v.id)
	for _, o := range v.offers {
		no(o.leg != nil && !o.due().IsZero() && v.timer.index > 0, "call %s is offered without end", v.id)
		no(f.know(o.legs()), "a leg that rings for an offer of call %s is forgotten", v.id)
		no(o.agent.visit == v && v.offerTo(o.agent) == o, "call %s is offered to %s, who is in another or rung twice", v.id, o.agent.ID)
	}
	if v.owner != nil && v.customer == nil {
		no(v.owner.visit == v && v.seat != nil, "call %s has no agent in its seat", v.id)
	} else if v.owner != nil {
		no(v.owner.visit == v, "%s owns call %s and is in another", v.owner.ID, v.id)
		no(v.seat != nil || !v.cut.IsZero() && !v.alone.IsZero(), "call %s has an empty seat and no comfort", v.id)
		no(!v.seat.counting() || v.seat.phase < up || !v.alone.IsZero() || v.emergency, "call %s has a silent agent and no comfort", v.id)
	}
	for _, p := range v.room() {
		no(p.leg.visit == v, "leg %s is up in call %s and belongs to another", p.leg.id, v.id)
		no(p.leg.hears.same(v.wanted(v.room(), p)), "leg %s of call %s hears %+v, not %+v", p.leg.id, v.id, p.leg.hears, v.wanted(v.room(), p))
	}
	no(v.alone.IsZero() || v.timer.index > 0 || v.seat != nil && v.seat.muted, "call %s is on comfort audio without end", v.id)
}

// know says whether all of some legs are on the Floor.
func (f *Floor) know(legs []*leg) bool {
	return !slices.ContainsFunc(legs, func(l *leg) bool { return f.legs[l.id] != l })
}

// checkGuests looks at whoever else is in a call.
func (f *Floor) checkGuests(v *visit, no func(bool, string, ...any)) {
	asked := 0
	for _, g := range v.guests {
		if g.mode == Consult {
			asked++
		}
		no(g.leg != nil && f.know(g.legs()), "guest %s of call %s has no leg", g.name(), v.id)
		no(g.isUp() && len(g.beside) == 0 || !g.due().IsZero() && v.timer.index > 0, "guest %s of call %s is rung without end", g.name(), v.id)
		no((g.agent == nil) != (g.number == ""), "a guest of call %s is nobody", v.id)
		if a := g.agent; a != nil {
			no(a.visit == v && a.guest == g && v.owner != a, "%s is a guest of call %s and in another", a.ID, v.id)
		}
	}
	no(asked <= 1, "%d are asked in call %s", asked, v.id)
	no(!v.aside || asked == 1, "the agent of call %s talks aside with nobody", v.id)
	no(v.customer != nil || v.served(), "call %s is of one agent alone", v.id)
}

// checkTrouble looks at what is known of a device that is lost: it is told once, by an alarm about its agent or about his
// site, and who was moved by an outage is offered the way back to a softphone that is there.
func (f *Floor) checkTrouble(a *agent, no func(bool, string, ...any)) {
	t := &a.trouble
	no(t.code == f.troubleOf(a), "%s is told of as %q and is %q", a.ID, t.code, f.troubleOf(a))
	no(t.lost.IsZero() != f.isLost(a), "%s lost the softphone: %t, and is noted otherwise", a.ID, f.isLost(a))
	told := 0
	for _, is := range []bool{t.raised, !t.due.IsZero(), f.isFolded(a)} {
		if is {
			told++
		}
	}
	no(t.code == "" && !t.raised && t.due.IsZero() || t.code != "" && told == 1, "what is wrong with %s is told %d times", a.ID, told)
	no(t.due.IsZero() || t.timer.index > 0, "an alarm about %s waits for ever", a.ID)
	no(t.stuck == "" || t.code != "", "%s cannot be switched, and need not be", a.ID)
	no(t.back.IsZero() || !a.Presence.Displaced.IsZero() && f.isWell(a), "%s is offered the way back to a softphone that is not there", a.ID)
	no(a.Presence.Displaced.IsZero() || a.Presence.Reach == presence.ByPhone, "%s was moved to his phone and is on the softphone", a.ID)
}

func (f *Floor) checkAgent(a *agent, no func(bool, string, ...any)) {
	f.checkShifts(a, no)
	act, v := a.Presence.Activity, a.visit
	inLine := act == presence.Talking || act == presence.CutOff || act == presence.Dialling
	no(inLine == (a.Presence.Status() == presence.InLine), "%s is %s and shown as %s", a.ID, act, a.Presence.Status())
	no(!a.isDirty && a.shown == a.Presence.Status() && a.toldReach == a.reached(), "%s was not told of", a.ID)
	no(act != presence.WrapUp || a.Presence.WrapUpUntil.IsZero() || a.timer.index > 0, "%s wraps up without end", a.ID)
	for name := range a.Queues {
		if q := f.queues[name]; q != nil {
			no((q.free[a.ID] == a) == (f.offerable(a) && f.eligible(a, q)), "%s is free for %s: %t", a.ID, name, q.free[a.ID] == a)
		}
	}
	f.checkLeg(a, no)
	if v == nil {
		no(act == presence.Idle || act == presence.WrapUp, "%s is %s in no call", a.ID, act)
		no(a.move == nil, "%s is switched in no call", a.ID)
		return
	}
	no(f.calls[v.id] == v, "%s is in a call that is over", a.ID)
	f.checkPart(a, no)
	if a.move != nil {
		no((a.move.leg != nil || len(a.move.wants) > 0) && f.know(a.move.legs()), "%s is switched to no leg", a.ID)
		no(v.timer.index > 0, "%s is switched without end", a.ID)
	}
}

// checkShifts looks at what schedules have an agent do.
func (f *Floor) checkShifts(a *agent, no func(bool, string, ...any)) {
	p, late := a.Presence, f.edges.index > 0 && !f.edges.at.After(f.now)
	for i, shift := range p.Shifts {
		t := f.schedules[shift.Schedule]
		member := t != nil && slices.ContainsFunc(t.Members, func(m schedule.Member) bool { return m.Agent == a.ID })
		no(member, "%s works by the schedule %s, which does not have him", a.ID, shift.Schedule)
		no(late || f.edges.index > 0 && !f.edges.at.After(shift.Until), "%s works by %s without end", a.ID, shift.Schedule)
		no(!slices.ContainsFunc(p.Shifts[:i], func(s presence.Shift) bool { return s.Schedule == shift.Schedule }), "%s works by %s twice", a.ID, shift.Schedule)
	}
	if len(p.Shifts) > 0 && !late && !f.now.IsZero() { // before the first step nothing was done yet
		no(p.Reach == presence.ByPhone && p.Number == p.Shifts[0].Number || p.Reach == presence.BySoftphone && a.visit != nil || a.move != nil,
			"%s works by %s and is reached by %s %s", a.ID, p.Shifts[0].Schedule, p.Reach, p.Number)
	}
}

// checkPart looks at what an agent is in his call.
func (f *Floor) checkPart(a *agent, no func(bool, string, ...any)) {
	act, v, g := a.Presence.Activity, a.visit, a.guest
	if g != nil {
		no(slices.Contains(v.guests, g) && g.agent == a, "%s is a guest of a call that does not know him", a.ID)
		quiet := act == presence.Idle || act == presence.WrapUp
		no(quiet == !g.mode.talks(), "%s is a %s guest and %s", a.ID, g.mode, act)
		no(quiet || (act == presence.Talking) == g.isUp(), "%s is a guest and %s", a.ID, act)
		return
	}
	switch act {
	case presence.Offered:
		no(v.offerTo(a) != nil, "%s is offered a call that is not", a.ID)
	case presence.Talking, presence.CutOff:
		no(v.owner == a, "%s is %s in a call that is not his", a.ID, act)
		no((act == presence.CutOff) == !v.cut.IsZero(), "%s is %s and the call says otherwise", a.ID, act)
	case presence.Dialling:
		no(v.owner == a && v.answered.IsZero(), "%s is dialling in a call that is up", a.ID)
	default:
		no(false, "%s is %s and in a call", a.ID, act)
	}
}
