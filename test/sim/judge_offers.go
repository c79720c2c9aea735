package sim

import (
	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// dial judges a Dial by itself: whom it rings, and over what.
func (j *judge) dial(a call.Dial) {
	if j.legs[a.Leg] != nil {
		j.say("dials leg %s, a name that was used before", a.Leg)
	}
	p := &picture{id: a.Leg, target: a.Target, agent: owner(a.Target), near: a.Near}
	if p.agent == "" {
		j.say("dials %s, which is nobody's", a.Target)
	}
	if near := j.legs[a.Near]; a.Near != "" && !near.alive() {
		j.say("dials leg %s for customer %s, who is gone", a.Leg, a.Near)
	}
	if a.Target.Device == call.PSTN {
		j.channel(p)
	}
	j.seen["dial "+a.Target.Device.String()]++
	j.legs[a.Leg] = p
	j.living = append(j.living, p)
	j.dialled = append(j.dialled, p)
	rings := 0
	for _, q := range j.living {
		if q.agent == p.agent && !q.inbound && !q.over && !q.ordered && (!q.answered || q.asked) {
			rings++
		}
	}
	if rings > 1 {
		j.say("agent %s is rung %d times at once", p.agent, rings)
	}
}

// channel judges that a trunk has a channel free for a leg.
func (j *judge) channel(p *picture) {
	p.trunk = p.target.Trunk
	used := map[string]int{}
	for _, q := range j.living {
		if !q.over {
			used[q.trunk]++
		}
	}
	for _, t := range j.settings.Trunks {
		if up, told := j.trunks[t.Name]; p.trunk != "" && p.trunk != t.Name || told && !up {
			continue // a trunk that nobody has spoken of may be tried
		}
		if t.Channels == 0 || used[t.Name] < t.Channels {
			p.trunk = t.Name
			return
		}
	}
	j.say("dials %s beyond the capacity of the trunks that are up", p.target)
}

// offers judges whom the calls of a step were given to: who waits on top is served first, and nobody is offered a call
// who does not want one.
func (j *judge) offers(view *telagent.View) {
	for _, p := range j.dialled {
		a := agentIn(view, p.agent)
		mine := callOf(view, p.near)
		if a == nil || mine == nil || p.ordered || a.Activity != "offered" {
			continue
		}
		if was := agentIn(j.view, p.agent); was != nil && was.Activity == "offered" && was.Call == mine.ID {
			continue // the same offer on another of his phones
		}
		j.seen["offer"]++
		if mine.Priority == 11 {
			j.seen["offer of a requeued customer"]++
		}
		if a.Declared != "available" {
			j.say("agent %s, who declares %s, is offered a call", a.ID, a.Declared)
		}
		for i := range view.Calls {
			if other := &view.Calls[i]; j.passedOver(p.agent, a, mine, other) {
				j.say("call %s (p%d) is offered to %s before call %s (p%d) of queue %s, which has waited longer or goes first",
					mine.ID, mine.Priority, a.ID, other.ID, other.Priority, other.Queue)
			}
		}
		j.agent(p.agent).tried[p.near] = true
	}
}

// passedOver tells whether a call that an agent could have been offered was left waiting for one that comes later.
func (j *judge) passedOver(agent string, a *telagent.AgentView, mine, other *telagent.CallView) bool {
	if other.ID == mine.ID || other.State != "waiting" || a.Queues[other.Queue] == 0 {
		return false
	}
	before := callIn(j.view, other.ID)
	if before == nil || before.State != "waiting" || before.Priority != other.Priority || before.Queue != other.Queue {
		return false
	}
	if c := customerOf(other); c == "" || j.agent(agent).tried[c] {
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
