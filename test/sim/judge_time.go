package sim

import (
	"time"

	"telagent-gateway/telagent"
)

const (
	tardy   = 30 * time.Millisecond // the loop may be this late with its timers
	catchUp = 3 * time.Second       // a Floor that went on after a restart has caught up by then
	longest = 31 * time.Second      // an agent rests no longer than this after an offer that failed
)

// clock judges what should have happened by now: nothing rings, is asked, is silent or waits for ever.
func (j *judge) clock(v *telagent.View) {
	for _, p := range j.living {
		if p.inbound || p.ordered || p.leaving {
			continue
		}
		if max := j.settings.Dial.Limits.MaxDuration; max > 0 && p.outside && !p.help && p.answered && j.past(p.answeredAt, max) {
			j.say("leg %s to %s lasts for longer than the dial rules allow", p.id, p.target)
		}
		a := agentIn(v, p.agent)
		switch {
		case !p.answered && j.past(p.dialled, j.longestRing(p)) && (!p.line || j.past(p.dialled, 12*j.longestRing(p))): // a line that rings may ring on for a call
			j.say("leg %s rings for longer than anybody is rung", p.id)
		case p.asked && j.past(p.askedAt, j.settings.ConfirmTime):
			j.say("leg %s is asked for longer than anybody is asked", p.id)
		case p.seated && p.silent && !p.held && j.atWork(v, p) && j.past(later(p.silentAt, p.seatedAt), j.settings.CutOff) && a != nil && a.Activity != "cut_off":
			j.say("leg %s has been silent for long, and agent %s is %s", p.id, p.agent, a.Activity)
		}
	}
	for i := range v.Calls {
		c := &v.Calls[i]
		visit, r := j.calls[c.ID], j.agent(c.Agent)
		if visit == nil {
			continue
		}
		if c.State != "cut_off" {
			visit.cut = time.Time{}
		} else if visit.cut.IsZero() {
			visit.cut = j.now
		}
		if !visit.cut.IsZero() && j.past(visit.cut, j.settings.RequeueAfter) && !r.switching && j.past(r.moved, 0) {
			j.say("customer of call %s has been cut off for long and is not requeued", c.ID)
		}
	}
	j.patience(v)
	for i := range v.Agents {
		j.idle(v, &v.Agents[i])
		if v.Agents[i].ID == j.failed && !j.restarts && v.Agents[i].Activity == "cut_off" {
			j.say("the switch of %s failed, and his customer is left without anybody", j.failed)
		}
	}
}

// atWork tells whether a leg is in the agent's seat of a customer's call.
func (j *judge) atWork(v *telagent.View, p *picture) bool {
	c := callIn(v, p.in)
	return c != nil && c.Kind != "internal" && !j.helps(c) && p.mode == "" && c.Agent == p.agent && p.second != c.ID
}

// forced judges that the caller whom a logged out agent was offered goes first now.
func (j *judge) forced(v *telagent.View) {
	c, ok := j.in.command.(telagent.ForceLogout)
	was := agentIn(j.view, c.Agent)
	if !ok || j.refused || j.repeated || was == nil || was.Activity != "offered" || was.Part != "primary" {
		return
	}
	before := callIn(j.view, was.Call)
	for _, l := range before.Legs {
		if l.Agent != "" && l.Agent != c.Agent { // others are rung too, and have their chance
			return
		}
	}
	if now := callIn(v, was.Call); now == nil || now.Priority != 11 || rungIn(now, c.Agent) {
		j.say("agent %s was logged out while call %s was offered to him, and it does not go first", c.Agent, was.Call)
	}
}

// idle judges that nobody waits for an agent who has nothing to do.
func (j *judge) idle(v *telagent.View, a *telagent.AgentView) {
	r := j.agent(a.ID)
	if a.Call != "" || a.Status != "available" || a.Reachable == "unreachable" || j.holdsLine(v, a.ID) {
		r.free = time.Time{}
		return
	}
	if r.free.IsZero() {
		r.free = j.now
	}
	if !j.past(r.free, longest) || a.Reachable == "unknown" && j.freeTrunk("") == "" {
		return
	}
	for _, c := range v.Calls {
		if c.State == "waiting" && j.joins(v, a, c.Queue) && j.skilled(a, &c) {
			j.say("call %s waits in queue %s, and agent %s has been free for long", c.ID, c.Queue, a.ID)
		}
	}
}

// past tells whether something that began at a time and may take d should be over. What fell due while there was no gateway
// may happen within a while after it is back.
func (j *judge) past(began time.Time, d time.Duration) bool {
	return j.now.Sub(began) > d+tardy && (j.resumed.IsZero() || j.now.Sub(j.resumed) > catchUp)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
