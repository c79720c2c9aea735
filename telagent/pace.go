package telagent

import (
	"cmp"
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// pace begins the switches that wait, as far as channels go: who was cut off first goes first, then who talks, then the
// others in the order asked (S10).
func (f *Floor) pace() {
	f.isRoomy = false
	var waiting []*member
	for _, b := range f.batches {
		for _, m := range b.members {
			if m.is == SwitchWaiting {
				waiting = append(waiting, m)
			}
		}
	}
	slices.SortStableFunc(waiting, byUrgency)
	for _, m := range waiting {
		if m.is == SwitchWaiting && m.agent.member == m { // those before him may have changed that
			f.attempt(m)
		}
	}
}

// byUrgency compares two agents who wait for their switch.
func byUrgency(a, b *member) int {
	rankA, sinceA := a.urgency()
	rankB, sinceB := b.urgency()
	return cmp.Or(cmp.Compare(rankA, rankB), cmp.Compare(sinceA, sinceB))
}

// urgency is how much a switch presses; of two equal ones the smaller since goes first.
func (m *member) urgency() (rank int, since int64) {
	switch a := m.agent; a.Presence.Activity {
	case presence.CutOff:
		return 0, a.visit.cut.UnixNano()
	case presence.Talking:
		if a.visit.seat.counting() {
			return 1, a.visit.seat.silent.UnixNano() // on his way to be cut off, or muted
		}
		return 2, 0
	case presence.Offered, presence.Dialling:
		return 3, 0
	case presence.Idle, presence.WrapUp:
	}
	return 4, 0
}

// attempt begins one of several switches, or leaves it waiting.
func (f *Floor) attempt(m *member) {
	a, b := m.agent, m.batch
	f.why = ""                       // of what the step began with
	if a.isOffDuty() && !m.offDuty { // nobody is switched on duty who left it meanwhile
		f.leftDuty(m)
		return
	}
	if b.policy != "" && !m.undoing {
		if f.policies[a.Team].CutOff != SwitchRule {
			f.conclude(m, SwitchRefused, &Refusal{"policy_over", "The policy of " + a.Name + "'s team is another one meanwhile."})
			return
		}
		if !f.isLost(a) {
			f.conclude(m, SwitchRefused, &Refusal{"not_lost", a.Name + "'s softphone is there again."})
			return
		}
		f.why = ByPolicy
		defer func() { f.why = "" }()
	}
	before := a.Presence.Declared
	remark := f.remark
	err := f.switchAgent(a, Switch{By: m.by, Agent: a.ID, Back: b.back != m.undoing})
	f.remark = remark
	if err == nil {
		if a.member == m { // else it is done already
			m.to = a.move.record.To
			m.reach(f, SwitchMoving, nil)
			f.say(Audited{Entry: AuditEntry{
				Time: f.now, By: m.by, Action: "switch", Subject: a.ID, Result: "begun", Detail: b.words() + "; the call moves when " + m.to + " takes it",
			}})
			return
		}
		f.auditMove(*a.last, b.words())
		if a.Presence.Declared != before && m.is == SwitchMade {
			m.before = &before
		}
		return
	}
	switch r := refusalOf(err); {
	case waitsFor(r.Code):
		m.reach(f, SwitchWaiting, r)
	case r.Code == "already_telagent" || r.Code == "already_on_softphone":
		if f.now.After(m.since) { // somebody else moved him meanwhile
			f.conclude(m, m.aim(), nil)
			return
		}
		f.giveUp(m, r)
	default:
		f.giveUp(m, r)
	}
}

// words names a mass switch, for the audit trail.
func (b *batch) words() string {
	if b.policy != "" {
		return b.policy + ", in the switch " + b.id
	}
	return "in the switch " + b.id
}

// waitsFor says whether what refuses a switch passes by itself.
func waitsFor(code string) bool {
	return code == "no_trunk_capacity" || code == "no_trunk" || code == "dialling" || code == "already_switching"
}

// aim is what comes out when an agent is where he was to be.
func (m *member) aim() Progress {
	if m.undoing {
		return SwitchUndone
	}
	return SwitchMade
}

// leftDuty ends the switch of one who was logged out, or signed off, before it came to him.
func (f *Floor) leftDuty(m *member) {
	if m.undoing {
		f.conclude(m, SwitchUndone, nil)
		return
	}
	f.conclude(m, SwitchUnmade, &Refusal{"signed_off", m.agent.Name + " signed off meanwhile."})
}

// giveUp ends a switch that did not begin; on the way back he stays on the phone.
func (f *Floor) giveUp(m *member, why *Refusal) {
	if f.offAgain(m) {
		f.conclude(m, SwitchUndone, nil)
		return
	}
	if m.undoing {
		m.undoing = false
		f.conclude(m, SwitchMade, why)
		return
	}
	f.conclude(m, SwitchRefused, why)
}

// paceLater says that a channel came free, or that a trunk is up again.
func (f *Floor) paceLater() { f.isRoomy = true }

// isPacing says whether a switch may begin that waits: there is room, or something happened to who waits.
func (f *Floor) isPacing() bool {
	return f.isRoomy || slices.ContainsFunc(f.dirty, func(a *agent) bool { return a.member != nil && a.member.is == SwitchWaiting })
}

// batchMoved notes that the reach of an agent has moved; he may be one of several.
func (f *Floor) batchMoved(a *agent, r SwitchRecord) {
	m := a.member
	if m == nil {
		return
	}
	m.to = r.To
	if m.undoing {
		f.restoreDeclared(m)
		f.conclude(m, SwitchUndone, nil)
		return
	}
	f.conclude(m, SwitchMade, nil)
}

// batchUnmoved notes that a switch under way came to nothing. Whose call ended meanwhile is moved without one.
func (f *Floor) batchUnmoved(a *agent, result string) {
	m := a.member
	switch {
	case m == nil:
	case m.undoing && result != restarted:
		m.undoing = false
		f.conclude(m, SwitchMade, &Refusal{result, a.Name + " stays on the phone: the softphone did not take the call (" + result + ")."})
	case result == restarted:
		m.reach(f, SwitchWaiting, &Refusal{result, "The gateway was started again meanwhile."})
	case result == "call_ended":
		m.reach(f, SwitchWaiting, &Refusal{result, "The call of " + a.Name + " ended meanwhile."})
	case result == "undone" && m.is == SwitchWaiting: // of somebody who is to be on his softphone
		f.conclude(m, SwitchMade, nil)
	case result == "undone":
		f.conclude(m, SwitchUndone, nil)
	default:
		f.conclude(m, SwitchUnmade, &Refusal{result, a.Name + " could not be reached at " + m.to + " (" + causeWords(result) + ")."})
	}
}

// causeWords is a result's word in plain words.
func causeWords(result string) string {
	if c, err := call.ParseCause(result); err == nil {
		return causeText(c)
	}
	return result
}
