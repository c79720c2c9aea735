package sim

import (
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// goHome is the end of the shift of those whose legs stay up between calls: else their legs would be dialled again for ever.
func (w *world) goHome() {
	for _, a := range w.agents {
		if a.entry.NailedUp {
			w.try(telagent.SetStatus{By: a.entry.ID, Agent: a.entry.ID, Status: presence.Offline})
		}
	}
}

// isLine tells whether a leg may stay up between calls: it was dialled, and is a phone's of an agent who works so.
func (j *judge) isLine(v *telagent.View, p *picture) bool {
	a := agentIn(v, p.agent)
	return a != nil && !p.inbound && p.target.Device != call.Softphone && a.Line != "" && a.Reach == "phone"
}

// holdsLine tells whether an agent put the leg on hold that stands by for his next call, or may be at the menu with the phone
// that would ring.
func (j *judge) holdsLine(v *telagent.View, agent string) bool {
	return slices.ContainsFunc(j.living, func(p *picture) bool {
		return p.menu && p.pressed || p.agent == agent && p.held && p.in == "" && j.isLine(v, p)
	})
}

// lines judges the legs that are in no call at the end of a step: one for each agent that stands, whose person has shown
// that he is one, and who hears nobody.
func (j *judge) lines(v *telagent.View) {
	standing := map[string]int{}
	for _, p := range j.living {
		p.line = p.line || j.isLine(v, p)
		if p.in != "" || p.ordered || p.leaving || p.agent == "" || p.inbound {
			continue
		}
		if !j.isLine(v, p) {
			continue // look says what is wrong with it
		}
		if !p.answered || p.asked {
			continue
		}
		j.seen["a leg stands by"]++
		p.near, p.seated = "", false
		standing[p.agent]++
		switch {
		case p.hears != silence:
			j.say("leg %s of %s stands by and hears %d", p.id, p.agent, p.hears)
		case p.target.Device == call.PSTN && !p.pressed:
			j.say("leg %s of %s stands by, and nobody has shown that he is no machine", p.id, p.agent)
		case slices.ContainsFunc(j.living, func(q *picture) bool { return slices.Contains(q.from, p.id) }):
			j.say("leg %s of %s stands by and is heard", p.id, p.agent)
		}
	}
	for agent, n := range standing {
		if n > 1 {
			j.say("%d legs of %s stand by", n, agent)
		}
	}
}
