package sim

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// longestRing is for how long anybody may be rung: by the settings, or by a queue's own rule.
func (j *judge) longestRing(p *picture) time.Duration {
	if p.outside {
		return j.settings.DialTime
	}
	longest := j.settings.RingTime
	for _, q := range j.shown.queues {
		longest = max(longest, q.Entry.RingTime, q.Entry.Patience, j.ringWas)
	}
	j.ringWas = longest // a rule that is gone holds for who is rung already
	return longest
}

// skilled tells whether a queue's rule lets an agent have a call already, and the loop has had the time to notice.
func (j *judge) skilled(a *telagent.AgentView, c *telagent.CallView) bool {
	widen := j.shown.queues[c.Queue].Entry.Widen
	return widen == 0 || time.Duration(a.Queues[c.Queue]-1)*widen+tardy <= j.now.Sub(c.Began)
}

// said judges a sentence for a customer. A last one must have a rule behind it, and the others are for who waits.
func (j *judge) said(a call.Say, p *picture) {
	var c *telagent.CallView
	if p.customer {
		c = callOf(j.view, p.id)
	}
	switch a.Prompt {
	case call.Requeued: // his longest wait counts anew
		if c != nil && j.calls[c.ID] != nil {
			j.calls[c.ID].lined = j.now
		}
	case call.Full, call.Closed:
		again := j.restarts && !p.partedAt.IsZero() // whatever queues say by now
		p.leaving, p.partedAt = true, j.now
		if !p.customer {
			j.say("says %s to leg %s, which is no customer's", a.Prompt, p.id)
		} else if !again && !j.turnsAway(a.Prompt) {
			j.say("says %s to leg %s, and no queue has a limit", a.Prompt, p.id)
		}
	case call.Position, call.WaitTime:
		if c == nil || c.State != "waiting" {
			j.say("says %s to leg %s, which does not wait", a.Prompt, p.id)
		} else if j.shown.queues[c.Queue].Entry.Announce == 0 {
			j.say("says %s to leg %s, whose queue announces nothing", a.Prompt, p.id)
		}
		if a.Number < 1 || a.Number > 99 {
			j.say("says %s %d to leg %s", a.Prompt, a.Number, p.id)
		}
	default:
	}
}

// turnsAway tells whether a queue has a rule by which a customer may be told so.
func (j *judge) turnsAway(p call.Prompt) bool {
	for _, q := range j.shown.queues {
		e := q.Entry
		if p == call.Closed && len(e.Hours.Week) > 0 || p == call.Full && (e.MaxWait > 0 || e.MaxWaiting > 0) {
			return true
		}
	}
	return false
}

// leadsTo tells whether a queue sends callers on to another, directly or by others.
func (j *judge) leadsTo(from, to string, hops int) bool {
	e := j.shown.queues[from].Entry
	for _, next := range []string{e.Overflow.Queue, e.Hours.Closed.Queue} {
		if next != "" && (next == to || hops > 0 && j.leadsTo(next, to, hops-1)) {
			return true
		}
	}
	return false
}

// patience judges that nobody waits in a line for longer than its rule says, and hears a last sentence for longer than it
// lasts; who lost his agent waits for as long as he likes, and is never turned away.
func (j *judge) patience(v *telagent.View) {
	for i := range v.Calls {
		c := &v.Calls[i]
		visit := j.calls[c.ID]
		if c.State == "leaving" && c.Priority == 11 {
			j.say("call %s is turned away, and had lost its agent", c.ID)
		}
		if visit == nil || c.State != "waiting" || c.Priority == 11 {
			continue
		}
		if longest := j.shown.queues[c.Queue].Entry.MaxWait; longest > 0 && j.past(later(visit.lined, j.ruled), longest) {
			j.say("call %s waits in queue %s for longer than its rule says", c.ID, c.Queue)
		}
	}
	for _, p := range j.living {
		if p.customer && p.leaving && !p.ordered && j.past(p.partedAt, 10*time.Second) {
			j.say("customer %s hears his last sentence for ever", p.id)
		}
	}
}

// lines notes since when a call waits in its line: an offer that came to nothing does not count anew.
func (v *visit) lines(c telagent.CallView, now time.Time) {
	if v.lined.IsZero() || v.queue != c.Queue {
		v.lined = now
	}
}

// rungIn tells whether a phone of an agent has a leg in a call.
func rungIn(c *telagent.CallView, agent string) bool {
	for _, l := range c.Legs {
		if l.Agent == agent {
			return true
		}
	}
	return false
}
