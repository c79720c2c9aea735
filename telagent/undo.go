package telagent

import (
	"slices"
	"time"

	"telagent-gateway/presence"
)

// undoSwitch takes a mass switch back while its window is open (S19): who waits is let go, a call that has not moved stays
// where it is, who was moved without a call goes back at once, and whose call has moved is asked at his softphone.
func (f *Floor) undoSwitch(c UndoSwitch) error {
	b, err := f.batchOf(c.By, c.Batch)
	if err != nil {
		return err
	}
	over := b.undoUntil.IsZero() || b.undoUntil.Before(f.now)
	switch {
	case b.back:
		return refuse("not_undoable", "A switch back is not undone; switch the agents to their phones again.")
	case over && !slices.ContainsFunc(b.members, func(m *member) bool { return m.waits() && f.sees(c.By, m.agent) }):
		return refuse("undo_over", "The time to undo this switch is over; switch the agents back.")
	}
	whole := true
	for _, m := range b.members {
		switch {
		case m.agent == nil || m.undoing || over && !m.waits(): // who waits can be let go at any time
			continue
		case !f.sees(c.By, m.agent):
			whole = false // others may undo it for him
			continue
		}
		switch m.is {
		case SwitchWaiting:
			f.conclude(m, SwitchUndone, nil)
		case SwitchMoving:
			f.undo(m.agent.move)
		case SwitchMade:
			f.takeBack(m, c.By)
		case SwitchRefused, SwitchUnmade, SwitchUndone:
		}
	}
	if whole {
		b.undoUntil = time.Time{}
	}
	f.touchBatch(b)
	f.remark = b.sum()
	return nil
}

// waits says whether one waits to be switched to a phone.
func (m *member) waits() bool { return m.is == SwitchWaiting && !m.undoing && !m.batch.back }

// stays says whether an agent waits to be switched from a softphone that he has: to stay there nothing need be rung.
func (a *agent) stays() bool {
	return a.member != nil && a.member.waits() && a.Presence.Reach == presence.BySoftphone && a.Presence.Activity != presence.CutOff
}

// letGo lets an agent wait for a mass switch to his phone no more.
func (f *Floor) letGo(a *agent) {
	if m := a.member; m != nil && m.waits() {
		f.conclude(m, SwitchUndone, nil)
		f.remark = "he does not wait any more in the switch " + m.batch.id
	}
}

// batchOf returns a mass switch that a user may see: his own, or one with an agent of his.
func (f *Floor) batchOf(by, id string) (*batch, error) {
	i := slices.IndexFunc(f.batches, func(b *batch) bool { return b.id == id })
	if u := f.asker(by); by != "" && (u == nil || u.Role == AgentRole) {
		return nil, refuse("not_supervisor", "Only a supervisor may do this.")
	}
	if i < 0 || by != f.batches[i].by && !slices.ContainsFunc(f.batches[i].members, func(m *member) bool { return m.agent != nil && f.sees(by, m.agent) }) {
		return nil, refuse("unknown_switch", "There is no switch %s.", id)
	}
	return f.batches[i], nil
}

// takeBack brings one back who was moved, unless he has moved on since. What the switch made him is taken back too.
func (f *Floor) takeBack(m *member, by string) {
	a := m.agent
	if a.member != nil || a.move != nil || a.Presence.Reach != presence.ByPhone || a.last == nil || a.last.Ended.Before(m.batch.began) || a.last.To != m.to {
		return
	}
	if len(a.Presence.Shifts) > 0 {
		f.conclude(m, SwitchMade, &Refusal{"scheduled", a.Name + " stays on the phone: the schedule " + a.Presence.Shifts[0].Schedule + " has him there."})
		return
	}
	m.undoing, m.by = true, by
	a.member = m
	m.reach(f, SwitchWaiting, nil)
	f.attempt(m)
}

// restoreDeclared gives one back what he had declared before the switch made him available, and says whether it did.
func (f *Floor) restoreDeclared(m *member) bool {
	a := m.agent
	if m.before == nil || a.Presence.Word() != presence.Available || a.Presence.Declared.By != m.batch.by {
		return false
	}
	a.Presence.DeclareAfterWork(f.now, *m.before)
	a.by, a.hand = m.by, m.by
	f.settled(a)
	return true
}

// offAgain signs one off again who was signed off before the switch and has no softphone to go back to, and says whether
// it did. A call that he is in ends first.
func (f *Floor) offAgain(m *member) bool {
	if !m.undoing || !m.offDuty || !f.restoreDeclared(m) {
		return false
	}
	f.say(Audited{Entry: AuditEntry{
		Time: f.now, By: m.by, Action: "switch", Subject: m.id, Result: "undone", Detail: m.batch.words() + "; signed off again",
	}})
	return true
}
