package sim

import (
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// dial judges a Dial by itself: whom it rings, and over what.
func (j *judge) dial(a call.Dial) {
	if j.legs[a.Leg] != nil {
		j.say("dials leg %s, a name that was used before", a.Leg)
	}
	p := &picture{id: a.Leg, target: a.Target, agent: owner(a.Target), near: a.Near, dialled: j.now}
	p.outside = a.Target.Device == call.PSTN && p.agent == ""
	p.help = a.Target.Number == help
	if p.agent == "" && !p.outside {
		j.say("dials %s, which is nobody's", a.Target)
	}
	if near := j.legs[a.Near]; a.Near != "" && (near == nil || near.over || near.ordered) {
		j.say("dials leg %s for customer %s, who is gone", a.Leg, a.Near)
	}
	if a.Target.Device == call.PSTN {
		j.channel(p)
	}
	j.seen["dial "+a.Target.Device.String()]++
	j.legs[a.Leg] = p
	j.living = append(j.living, p)
	j.dialled = append(j.dialled, p)
}

// rungOnce judges at the end of a step that nobody is rung twice at once.
func (j *judge) rungOnce(v *telagent.View) {
	for _, a := range v.Agents { // a station whose schedule ends while it rings rings on
		r, rung := j.agent(a.ID), a.Activity == "offered" || a.Switching != nil
		if r.stations = max(r.stations, len(a.Shifts)); !rung {
			r.stations = len(a.Shifts)
		}
	}
	for _, p := range j.dialled {
		rings := 0
		for _, q := range j.living {
			if p.agent != "" && q.agent == p.agent && !q.inbound && !q.over && !q.ordered && (!q.answered || q.asked) {
				rings++
			}
		}
		if rings > max(1, j.agent(p.agent).stations) {
			j.say("agent %s is rung %d times at once", p.agent, rings)
		}
	}
}

// channel judges that a trunk has a channel free for a leg.
func (j *judge) channel(p *picture) {
	p.trunk = p.target.Trunk
	if j.freeTrunk(p.trunk) == "" && !p.help {
		j.say("dials %s beyond the capacity of the trunks that are up", p.target)
	}
}

// reroute judges that a leg goes to another trunk that has a channel free for it, and that none is left out that has.
func (j *judge) reroute(a call.Reroute) {
	p := j.known(a, a.Leg)
	if p == nil {
		return
	}
	if e, is := j.in.event.(call.TurnedAway); !is || e.Leg != a.Leg || p.answered || p.ordered {
		j.say("%s: nobody turned the leg away", actionLine(a))
	}
	if a.Trunk == "" {
		return
	}
	j.seen["reroute"]++
	if p.trunk == a.Trunk || j.freeTrunk(a.Trunk) == "" && !p.help {
		j.say("%s: it was turned away there, or no channel is free", actionLine(a))
	}
	p.trunk, p.target.Trunk = a.Trunk, a.Trunk
}

// freeTrunk returns a trunk that can carry one more leg, as far as was reported: the one that is named, or any. One
// that nobody has spoken of may be tried.
func (j *judge) freeTrunk(name string) string {
	used, dialled := map[string]int{}, map[string]int{}
	for _, p := range j.living {
		if !p.over {
			used[p.trunk]++
		}
		if !p.over && !p.inbound && !p.help {
			dialled[p.trunk]++
		}
	}
	for _, t := range j.settings.Trunks {
		up, told := j.trunks[t.Name]
		if (name == "" || name == t.Name) && (up || !told) &&
			(t.Channels == 0 || used[t.Name] < t.Channels-min(j.settings.EmergencyReserve, t.Channels-1)) &&
			(t.Limits.Calls == 0 || dialled[t.Name] < t.Limits.Calls) {
			return t.Name
		}
	}
	return ""
}

// offers judges whom the calls of a step were given to: who waits on top is served first, and nobody is offered a call
// who does not want one.
func (j *judge) offers(view *telagent.View) {
	for i, p := range j.dialled {
		if slices.ContainsFunc(j.dialled[:i], func(q *picture) bool { return q.near == p.near && q.agent == p.agent }) {
			continue // the same offer on another of his phones
		}
		a := agentIn(view, p.agent)
		mine := callOf(view, p.near)
		if a == nil || mine == nil || p.ordered || a.Activity != "offered" || mine.State != "offering" {
			continue
		}
		if j.isOffered(a) {
			continue // the same offer on another of his phones
		}
		j.seen["offer"]++
		if mine.Priority == 11 {
			j.seen["offer of a requeued customer"]++
		}
		if a.Declared != "available" {
			j.say("agent %s, who declares %s, is offered a call", a.ID, a.Declared)
		}
		j.misplaced(view, a, mine.Queue)
		for i := range view.Calls {
			if other := &view.Calls[i]; j.joins(view, a, other.Queue) && j.skilled(a, other) && j.passedOver(p.agent, mine, other) {
				j.say("call %s (p%d) is offered to %s before call %s (p%d) of queue %s, which has waited longer or goes first",
					mine.ID, mine.Priority, a.ID, other.ID, other.Priority, other.Queue)
			}
		}
		for i := range view.Agents {
			if b := &view.Agents[i]; j.joins(view, b, mine.Queue) && j.skilled(b, mine) && j.fresher(b, p) {
				j.say("call %s is offered to %s again, though %s has been free for long and was offered it less often", mine.ID, a.ID, b.ID)
			}
		}
		j.agent(p.agent).tried[p.near]++
		for _, q := range j.dialled {
			if q != p && q.near == p.near && q.agent != p.agent {
				j.seen["rung at once"]++
			}
		}
	}
	j.borrowed(view)
}

// isOffered tells whether an agent was offered the call already that he is offered after the step at hand.
func (j *judge) isOffered(a *telagent.AgentView) bool {
	was := agentIn(j.view, a.ID)
	rescue, again := j.in.command.(telagent.RescueCall)
	again = again && !j.refused && rescue.Call == a.Call || j.restarts // whoever had it is offered it anew
	return !again && was != nil && was.Activity == "offered" && was.Call == a.Call && was.Part == a.Part
}

// borrowed notes who is offered a call by a leg that stands by, or is dialled to: nothing is dialled for it.
func (j *judge) borrowed(view *telagent.View) {
	for i := range view.Agents {
		a := &view.Agents[i]
		c := callIn(view, a.Call)
		if c == nil || a.Activity != "offered" || c.State != "offering" || j.isOffered(a) {
			continue
		}
		customer := customerOf(c)
		if !slices.ContainsFunc(j.dialled, func(p *picture) bool { return p.agent == a.ID && p.near == customer }) {
			j.agent(a.ID).tried[customer]++
			j.seen["offer by a leg that stands by"]++
		}
	}
}

// fresher tells whether another agent should have been offered the call that a leg was dialled for.
func (j *judge) fresher(b *telagent.AgentView, p *picture) bool {
	r := j.agent(b.ID)
	return b.ID != p.agent && b.Status == "available" && b.Call == "" && b.Reachable == "reachable" &&
		!r.free.IsZero() && j.past(r.free, longest) && r.tried[p.near] < j.agent(p.agent).tried[p.near]
}

// passedOver tells whether a call that an agent could have been offered was left waiting for one that comes later.
func (j *judge) passedOver(agent string, mine, other *telagent.CallView) bool {
	if other.ID == mine.ID || other.State != "waiting" {
		return false
	}
	before := callIn(j.view, other.ID)
	if before == nil || before.State != "waiting" || before.Priority != other.Priority || before.Queue != other.Queue {
		return false
	}
	if c := customerOf(other); c == "" || j.agent(agent).tried[c] > 0 {
		return false
	}
	if other.Priority != mine.Priority {
		return other.Priority > mine.Priority
	}
	return other.Priority < 11 && other.Queue == mine.Queue && other.Began.Before(mine.Began)
}

func agentIn(v *telagent.View, id string) *telagent.AgentView {
	for i := range v.Agents {
		if v.Agents[i].ID == id {
			return &v.Agents[i]
		}
	}
	return nil
}

func callIn(v *telagent.View, id call.ID) *telagent.CallView {
	for i := range v.Calls {
		if v.Calls[i].ID == id {
			return &v.Calls[i]
		}
	}
	return nil
}

// callOf returns the call that a leg belongs to.
func callOf(v *telagent.View, leg call.LegID) *telagent.CallView {
	for i := range v.Calls {
		for _, l := range v.Calls[i].Legs {
			if l.Leg == leg {
				return &v.Calls[i]
			}
		}
	}
	return nil
}

func customerOf(c *telagent.CallView) call.LegID {
	for _, l := range c.Legs {
		if l.Seat == call.CustomerSeat.String() {
			return l.Leg
		}
	}
	return ""
}
