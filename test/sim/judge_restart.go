package sim

import (
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// restarted judges how a Floor goes on that was made of what the last one remembered: legs are those that the wires have
// taken up. What was judged last is what was committed last.
func (j *judge) restarted(now time.Time, legs []call.LegID, out telagent.Outcome, view *telagent.View) []string {
	j.begin(now, input{note: "# resume"}, nil)
	j.resumed, j.restarts = now, true
	was := j.view
	j.lose(legs)
	for i := range was.Calls {
		if c := &was.Calls[i]; j.helps(c) && j.gone(c) {
			j.allow(c) // who helps is not kept waiting for who is gone
		}
	}
	j.resync(view)
	j.orders(out.Actions)
	j.outcome(out.Changes, nil, view)
	for i := range was.Calls {
		j.goesOn(&was.Calls[i], view)
	}
	for _, c := range view.Calls {
		if callIn(was, c.ID) == nil {
			j.say("call %s begins with a restart", c.ID)
		}
	}
	for i := range was.Agents {
		if is := agentIn(view, was.Agents[i].ID); is == nil {
			j.say("agent %s is lost by a restart", was.Agents[i].ID)
		} else {
			j.comesThrough(&was.Agents[i], is)
		}
	}
	if len(was.Users) != len(view.Users) || len(was.Queues) != len(view.Queues) {
		j.say("users or queues are lost by a restart")
	}
	for _, leg := range legs {
		if p := j.legs[leg]; p != nil && p.in == "" && !p.ordered && !p.menu && !j.isLine(view, p) {
			j.say("leg %s was taken up, is in no call and is not hung up", leg)
		}
	}
	for _, p := range j.living {
		if p.referring && !p.over && !p.ordered {
			j.say("leg %s asked for a transfer that came to nothing with a restart, and is not told", p.id)
		}
	}
	for _, a := range view.Agents {
		r := j.agent(a.ID)
		r.status, r.since, r.until = a.Status, a.Since, a.Until
	}
	j.restarts = false
	return j.broken
}

// lose takes it into the picture that the process ended: only these legs are up, and nobody hears anything.
func (j *judge) lose(legs []call.LegID) {
	for _, p := range j.living {
		p.hears, p.from, p.leaving = nothing, nil, false // a last sentence is said anew
		if !slices.Contains(legs, p.id) {
			p.over = true
		}
		if v := j.calls[p.in]; v != nil && !p.seated {
			delete(v.legs, p.id) // what rang or was asked is given up, and is in no record
		}
	}
	for i := range j.view.Agents {
		a := &j.view.Agents[i]
		c := callIn(j.view, a.Call)
		if a.Activity == "offered" && c != nil && j.agent(a.ID).tried[customerOf(c)] > 0 {
			j.agent(a.ID).tried[customerOf(c)]-- // it comes to nothing, and does not count
		}
		j.agent(a.ID).free = time.Time{}
	}
	clear(j.alarms)
	clear(j.trunks)
	for _, t := range j.tapes {
		t.on = false
	}
}

// stood tells whether a leg had come so far before a restart that its call knows it afterwards.
func (j *judge) stood(p *picture) bool {
	c := callOf(j.view, p.id)
	if c == nil {
		return false
	}
	up := map[string]int{} // legs, by seat
	itself := false
	for _, l := range c.Legs {
		if isUp(l) {
			up[l.Seat]++
			itself = itself || l.Leg == p.id
		}
	}
	if c.Kind == "internal" {
		return itself && up["agent"]+up["guest"] > 1
	}
	return itself && up["customer"] > 0
}

// resync is what pages do that lost their stream: they ask for everything.
func (j *judge) resync(view *telagent.View) {
	j.shown = newShown()
	for _, a := range view.Agents {
		j.shown.agents[a.ID] = a
	}
	for _, q := range view.Queues {
		j.shown.queues[q.Name] = q
	}
	for _, c := range view.Calls {
		j.shown.calls[c.ID] = c
	}
	for _, b := range view.Batches {
		j.shown.batches[b.ID] = b
	}
}

// goesOn judges what became of a call: it is lost with its customer alone.
func (j *judge) goesOn(was *telagent.CallView, view *telagent.View) {
	v, is := j.calls[was.ID], callIn(view, was.ID)
	stood, there := false, was.Kind == "internal" && j.talkers(was) > 1 // who waits for a colleague that rings has nobody
	for _, l := range was.Legs {
		p := j.legs[l.Leg]
		if p == nil {
			continue
		}
		if l.Seat == "customer" {
			stood, there = p.answered, !p.over && !p.leaving
		}
		if was.Kind == "internal" {
			stood = stood || l.Seat == "agent" && isUp(l)
			there = there && (!isUp(l) || !p.over)
		}
	}
	if j.helps(was) && j.gone(was) {
		there = false
	}
	switch {
	case is == nil && !stood:
		v.ended = true // nobody had answered, and nothing was written of it
	case is == nil && there:
		j.say("call %s, which was %s, is lost by a restart", was.ID, was.State)
	case is == nil && !v.ended:
		j.say("call %s is over with a restart, and has no record", was.ID)
	case is == nil:
		j.seen["call over with a restart"]++
	default:
		j.sameCall(was, is)
	}
}

// talkers counts the legs of a call of colleagues by which somebody talks with the others.
func (j *judge) talkers(c *telagent.CallView) (n int) {
	for _, l := range c.Legs {
		if p, mode := j.legs[l.Leg], guestBy(c, l); p != nil && isUp(l) && p.second != c.ID && mode != "monitor" && mode != "whisper" {
			n++
		}
	}
	return n
}

// sameCall judges that a call goes on where it stood.
func (j *judge) sameCall(was, is *telagent.CallView) {
	j.seen["call goes on: "+was.State]++
	if !was.Began.Equal(is.Began) || is.Priority != was.Priority && is.Priority != 11 || was.Queue != "" && was.Queue != is.Queue {
		j.say("call %s has lost its place by a restart: %s", was.ID, difference(*was, *is))
	}
	asks := func(l telagent.LegView) bool { // it is one of the two of a consultation by phone
		p := j.legs[l.Leg]
		return p != nil && (p.second == was.ID || guestBy(was, l) == "consult")
	}
	over := was.Kind == "internal" && j.gone(was) // who asked is out of it with both his legs
	over = over || slices.ContainsFunc(was.Legs, func(l telagent.LegView) bool { return asks(l) && j.legs[l.Leg].over })
	for _, l := range was.Legs {
		p := j.legs[l.Leg]
		if p == nil || p.over || !isUp(l) || p.asked || l.Seat == "agent" && l.Agent != was.Agent || over && asks(l) {
			continue
		}
		if !slices.ContainsFunc(is.Legs, func(n telagent.LegView) bool { return n.Leg == l.Leg && (n.Seat == l.Seat || j.gone(was)) }) {
			j.say("call %s goes on without leg %s of %s, which is up", was.ID, l.Leg, word("agent ", l.Agent))
		}
	}
	if was.Agent != "" && was.State != "offering" && is.Agent != was.Agent && !j.gone(was) {
		j.say("call %s had agent %s and has agent %s after a restart", was.ID, was.Agent, is.Agent)
	}
	if j.gone(was) && is.State == "cut_off" {
		j.seen["agent cut off by a restart"]++
	}
}

// gone tells whether the agent of a call has no leg in it any more.
func (j *judge) gone(c *telagent.CallView) bool {
	return !slices.ContainsFunc(c.Legs, func(l telagent.LegView) bool {
		p := j.legs[l.Leg]
		return l.Seat == "agent" && l.Agent == c.Agent && p != nil && !p.over && isUp(l) && p.second != c.ID
	})
}

// comesThrough judges what became of an agent: who had nothing to do with a call is what he was.
func (j *judge) comesThrough(was, is *telagent.AgentView) {
	if was.Activity != "idle" && was.Activity != "wrap_up" || is.Activity == "offered" {
		return
	}
	if was.Call != "" && is.Call == "" && len(was.Shifts) > 0 {
		return // he listened, and the leg is missing: his schedule takes hold
	}
	if was.Line == "up" && is.Line == "down" && is.Reason == "DEVICE_LOST" {
		j.seen["device lost by a restart"]++
		return
	}
	if was.Status != is.Status || was.Declared != is.Declared || !was.Since.Equal(is.Since) || !was.Until.Equal(is.Until) ||
		was.Reason != is.Reason || was.Strikes != is.Strikes || was.Reach != is.Reach || was.Pending != is.Pending || was.ChangedBy != is.ChangedBy {
		j.say("agent %s comes back from a restart as another: %s", was.ID, difference(*was, *is))
	}
}
