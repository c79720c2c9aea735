package telagent

import "telagent-gateway/call"

// A supervisor who is offline himself switches his teams by phone: it is the mass switch that the page has too, with the
// same pace, the same undo window and the same line in the audit trail.

// mostSpoken is the highest number that can be said.
const mostSpoken = 999

// ledAgents returns the ids of the agents of a supervisor's teams whom a switch would be about, and how many of them can be
// switched now or as soon as a channel is free.
func (f *Floor) ledAgents(m *menu, cutOff bool) (ids []string, movable int) {
	u := f.users[m.user]
	for _, id := range sortedKeys(f.agents) {
		a := f.agents[id]
		if u.Role != AdminRole && !contains(u.Teams, a.Team) || !f.wouldMove(a, false) || cutOff && !f.isCutOff(a) {
			continue
		}
		ids = append(ids, id)
		if _, err := f.switchable(a, &Switch{By: m.user, Agent: id}); err == nil || waitsFor(refusalOf(err).Code) {
			movable++
		}
	}
	return ids, movable
}

// chooseSwitch counts whom a switch of a supervisor's teams would move, and asks whether he wants it.
func (f *Floor) chooseSwitch(m *menu, cutOff bool) {
	_, movable := f.ledAgents(m, cutOff)
	if movable == 0 {
		f.menuAsks(m, call.NotDone)
		return
	}
	m.step, m.cutOff, m.count = confirming, cutOff, min(movable, mostSpoken)
	f.menuAsks(m)
}

// confirm switches his teams, if he wants it and still may.
func (f *Floor) confirm(m *menu, key string) {
	m.step = choosing
	if key != "1" {
		f.menuAsks(m)
		return
	}
	if !f.leadsByPhone(m) {
		f.menuAsks(m, call.NotDone)
		return
	}
	ids, _ := f.ledAgents(m, m.cutOff)
	if len(ids) == 0 || f.carryOut(m, SwitchMany{By: m.user, Who: Selection{Agents: ids}}) != nil {
		f.menuAsks(m, call.NotDone)
		return
	}
	begun := 0
	for _, one := range f.batches[len(f.batches)-1].members {
		if one.is != SwitchRefused {
			begun++
		}
	}
	if begun == 0 {
		f.menuAsks(m, call.NotDone)
		return
	}
	f.menuSays(m, call.Say{Prompt: call.Switched, Number: min(begun, mostSpoken)}, f.menuQuestion(m))
}
