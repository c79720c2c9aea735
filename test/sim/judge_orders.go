package sim

import (
	"slices"

	"telagent-gateway/call"
)

// act judges one order and takes it into the picture.
func (j *judge) act(a call.Action) {
	switch a := a.(type) {
	case call.Answer:
		j.answer(a)
	case call.Reject:
		if p := j.known(a, a.Leg); p != nil {
			j.seen["reject"]++
			if !p.inbound || p.answered {
				j.say("rejects leg %s, which waits for no answer", a.Leg)
			}
			p.ordered = true
		}
	case call.Dial:
		j.dial(a)
	case call.Reroute:
		j.reroute(a)
	case call.Hangup:
		j.hangUp(a)
	case call.Join:
		if p, q := j.heard(a, a.A), j.heard(a, a.B); p != nil && q != nil {
			j.join(p, q)
		}
	case call.Hear:
		j.hear(a)
	case call.Progress:
		j.progress(a)
	case call.Verify:
		j.known(a, a.Leg)
	case call.Record:
		j.record(a)
	case call.Ring:
		if p := j.known(a, a.Leg); p != nil && (!p.inbound || p.answered || p.ordered) {
			j.say("%s: leg %s does not wait", actionLine(a), a.Leg)
		}
	case call.Swap:
		j.swap(a)
	case call.Park:
		if p := j.heard(a, a.Leg); p != nil {
			j.part(p)
			p.hears = []hearing{silence, music, comfort}[a.Audio]
			j.seen["park "+a.Audio.String()]++
		}
	case call.Say:
		j.speak(a)
	case call.Ask:
		if p := j.heard(a, a.Leg); p != nil {
			j.part(p)
			p.byPIN = p.byPIN || asksPIN(a.Prompt)
			if !p.asked || a.Prompt == call.WrongPIN {
				p.asked, p.askedAt = true, j.now
			}
			j.seen["ask"]++
			if p.customer {
				j.say("asks the customer's leg %s", a.Leg)
			}
		}
	}
}

// known returns the leg of an order, which must exist and must not be over as far as was reported.
func (j *judge) known(a call.Action, id call.LegID) *picture {
	p := j.legs[id]
	switch {
	case p == nil:
		j.say("%s: there is no leg %s", actionLine(a), id)
		return nil
	case p.over:
		j.say("%s: leg %s is over", actionLine(a), id)
		return nil
	}
	return p
}

// heard returns the leg of an audio order, which must stand.
func (j *judge) heard(a call.Action, id call.LegID) *picture {
	p := j.known(a, id)
	if p == nil {
		return nil
	}
	if !p.answered {
		j.say("%s: leg %s is not up", actionLine(a), id)
	}
	if p.ordered || p.leaving {
		j.say("%s: the end of leg %s was ordered", actionLine(a), id)
	}
	return p
}

func (j *judge) hangUp(a call.Hangup) {
	p := j.legs[a.Leg]
	if _, late := j.in.event.(call.Answered); late && call.Leg(j.in.event) == a.Leg && p != nil && (p.over || p.ordered) {
		return // a late answer is hung up, once more if need be
	}
	if p = j.known(a, a.Leg); p == nil {
		return
	}
	if p.ordered {
		j.say("hangs up leg %s for the second time", a.Leg)
	}
	if p.customer && p.answered && !j.mayEnd[p.id] && !p.leaving {
		j.say("hangs up the customer's leg %s because of the agent's side", a.Leg)
	}
	j.helped(p)
	if p.referring && !j.restarts {
		j.say("hangs up leg %s, whose phone was not told what became of the transfer it asked for", a.Leg)
	}
	if !p.customer {
		j.seen["hang up "+a.Cause.String()]++
	}
	p.ordered = true
	if j.restarts && a.Cause == call.Lost && !j.stood(p) {
		p.trunk = "" // nobody knows that it holds a channel until its end
	}
	j.part(p)
}

func hangsUp(actions []call.Action, leg call.LegID) bool {
	return slices.ContainsFunc(actions, func(a call.Action) bool {
		h, ok := a.(call.Hangup)
		return ok && h.Leg == leg
	})
}

func (j *judge) join(p, q *picture) {
	j.part(p)
	j.part(q)
	p.hears, p.from, q.hears, q.from = aPeer, []call.LegID{q.id}, aPeer, []call.LegID{p.id}
	j.meet(p, q)
	j.meet(q, p)
}

func (j *judge) swap(a call.Swap) {
	old, next := j.heard(a, a.Old), j.heard(a, a.New)
	if old == nil || next == nil {
		return
	}
	if old.hears != aPeer {
		j.say("%s: leg %s is joined with nobody", actionLine(a), a.Old)
		return
	}
	if old.customer {
		j.say("%s: swaps the customer", actionLine(a))
	}
	j.seen["swap"]++
	j.part(next)
	next.hears, next.from = old.hears, old.from
	old.hears, old.from = nothing, nil
	for _, id := range next.from {
		j.meet(next, j.legs[id])
	}
	for _, p := range j.living {
		if i := slices.Index(p.from, old.id); i >= 0 {
			p.from[i] = next.id
			slices.Sort(p.from)
			j.meet(p, next)
		}
	}
}

// hear judges that a leg hears a mix from now on. Who hears the leg itself stays as it was.
func (j *judge) hear(a call.Hear) {
	if j.early(a) {
		return
	}
	p := j.heard(a, a.Leg)
	if p == nil {
		return
	}
	j.seen["hear"]++
	p.hears, p.from = aPeer, nil
	for _, id := range a.From {
		q := j.heard(a, id)
		if id == a.Leg || slices.Contains(p.from, id) {
			j.say("%s: names leg %s, which it must not", actionLine(a), id)
		}
		p.from = append(p.from, id)
		if q != nil {
			j.meet(p, q)
			j.meet(q, p)
		}
	}
	slices.Sort(p.from)
	if len(p.from) == 0 {
		j.say("%s: of nobody", actionLine(a))
	}
}

// early tells whether a phone that waits for a leg hears what that sends while it rings. What it hears later is ordered anew.
func (j *judge) early(a call.Hear) bool {
	p := j.legs[a.Leg]
	if p == nil || !p.inbound || p.answered || p.ordered || len(a.From) != 1 {
		return false
	}
	q := j.legs[a.From[0]]
	if q == nil || !q.sounds || q.answered || q.over || q.in != p.in {
		return false
	}
	j.seen["heard early"]++
	return true
}

// meet judges that p is about to hear q.
func (j *judge) meet(p, q *picture) {
	if p.customer && q.customer {
		j.say("joins two customers, %s and %s", p.id, q.id)
	}
	if p.customer {
		return
	}
	if p.target.Device == call.PSTN && !p.pressed && !p.outside {
		j.say("joins leg %s, which has not pressed 1: it may be a machine", p.id)
	}
	p.asked = false
	if q.customer && p.agent != "" {
		if p.near == "" || p.inbound || p.line {
			p.near = q.id
		}
		if p.near != q.id {
			j.say("joins leg %s with customer %s, though it was dialled for %s", p.id, q.id, p.near)
		}
	}
}
