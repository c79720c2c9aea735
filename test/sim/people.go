package sim

import (
	"maps"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// sorted returns the legs that live, oldest first.
func (w *world) sorted() []*leg {
	return slices.DeleteFunc(w.byAge(), func(l *leg) bool { return l.state == over })
}

// byAge returns all legs, oldest first.
func (w *world) byAge() []*leg {
	return slices.SortedFunc(maps.Values(w.legs), func(a, b *leg) int { return a.serial - b.serial })
}

// people is somebody at a page who asks for something about the people in a call; the Floor may refuse.
func (w *world) people() {
	calls := w.judge.view.Calls
	if w.over() || w.life != serving || len(calls) == 0 {
		return
	}
	c := &calls[w.rng.IntN(len(calls))]
	by := w.speaker(c)
	switch w.pick(20, 14, 6, 8, 6, 7, 6, 5, 2, 4) {
	case 0:
		w.bringIn(c, by)
	case 1:
		w.listenIn(c, by)
	case 2:
		w.repeatable(telagent.Transfer{By: by, Call: c.ID, To: w.heir(), RequestID: w.requestID()})
	case 3: // whoever is asked gets the call, if anybody is
		w.repeatable(telagent.Transfer{By: by, Call: c.ID, RequestID: w.requestID()})
	case 4:
		w.try(telagent.ChangeGuest{By: by, Call: c.ID, Agent: w.guestOf(c), Mode: telagent.Mode(w.rng.IntN(6))})
	case 5:
		w.try(telagent.DropGuest{By: by, Call: c.ID, Agent: w.guestOf(c)})
	case 6:
		w.try(telagent.Hold{By: by, Call: c.ID, Off: w.chance(0.4)})
	case 7:
		w.try(telagent.RecordCall{By: by, Call: c.ID, Now: call.Recording(w.rng.IntN(3))})
	case 8:
		w.try(telagent.RescueCall{By: by, Call: c.ID})
	case 9:
		w.logEverybodyOut(c)
	}
}

// speaker is who asks for something about a call: mostly one who may.
func (w *world) speaker(c *telagent.CallView) string {
	switch {
	case w.chance(0.06):
		return names[w.rng.IntN(len(w.agents))]
	case c.Agent != "" && w.chance(0.6):
		return c.Agent
	}
	return w.bosses[w.rng.IntN(len(w.bosses))].Name
}

func (w *world) guestOf(c *telagent.CallView) string {
	if len(c.Guests) == 0 {
		return names[w.rng.IntN(len(w.agents))]
	}
	g := c.Guests[w.rng.IntN(len(c.Guests))]
	return g.Agent + g.Number
}

// bringIn asks somebody for advice, or to join a conference.
func (w *world) bringIn(c *telagent.CallView, by string) {
	add := telagent.AddGuest{
		By: by, Call: c.ID, Agent: names[w.rng.IntN(len(w.agents))], Mode: []telagent.Mode{telagent.Consult, telagent.Conference}[w.pick(3, 2)],
		RequestID: w.requestID(),
	}
	if w.chance(0.2) {
		add.Agent, add.Number = "", w.outside()
	}
	w.repeatable(add)
}

// listenIn is a supervisor who listens, whispers or barges in, and mostly changes his mind later.
func (w *world) listenIn(c *telagent.CallView, by string) {
	modes := []telagent.Mode{telagent.Monitor, telagent.Whisper, telagent.Barge}
	for _, a := range w.agents {
		if a.entry.Role == telagent.SupervisorRole && w.chance(0.7) {
			by = a.entry.ID
		}
	}
	add := telagent.AddGuest{By: by, Call: c.ID, Mode: modes[w.rng.IntN(3)], RequestID: w.requestID()}
	id := c.ID
	w.repeatable(add)
	for range w.rng.IntN(3) {
		w.later(20*time.Second, func() {
			w.try(telagent.ChangeGuest{By: by, Call: id, Agent: by, Mode: modes[w.rng.IntN(3)]})
		})
	}
}

// logEverybodyOut logs everybody in a call out at once, in any order.
func (w *world) logEverybodyOut(c *telagent.CallView) {
	var all []string
	for _, a := range w.judge.view.Agents {
		if a.Call == c.ID {
			all = append(all, a.ID)
		}
	}
	if len(all) > 1 {
		w.seen["everybody logged out at once"]++
	}
	w.rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	for _, id := range all {
		w.try(telagent.ForceLogout{By: "root", Agent: id})
	}
}
