package sim

import (
	"fmt"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// step judges one step of the Floor and returns what is wrong with it, as sentences.
func (j *judge) step(now time.Time, in input, out telagent.Outcome, err error, view *telagent.View) []string {
	j.now, j.in, j.refused, j.broken, j.dialled = now, in, err != nil, nil, j.dialled[:0]
	clear(j.mayEnd)
	j.failed = ""
	if in.event != nil {
		j.learn(in.event)
	}
	if c, ok := in.command.(telagent.EndCall); ok && err == nil {
		j.allowEnd(c.Call)
	}
	if err != nil {
		j.refusal(out, err, view)
	}
	if j.repeated && len(out.Actions) > 0 {
		j.say("the same request id did something again: %s", actionLine(out.Actions[0]))
	}
	for _, a := range out.Actions {
		j.act(a)
	}
	if late, ok := in.event.(call.Answered); ok && !hangsUp(out.Actions, late.Leg) {
		if p := j.legs[late.Leg]; p != nil && p.ordered {
			j.say("leg %s is answered after its hang-up, and is not hung up once more", late.Leg)
		}
	}
	j.seat()
	for _, c := range out.Changes {
		j.change(c)
	}
	j.bury()
	j.listen()
	j.offers(view)
	j.look(view)
	j.clock(view)
	j.forced(view)
	j.view = view
	return j.broken
}

func (j *judge) say(format string, args ...any) {
	j.broken = append(j.broken, fmt.Sprintf(format, args...))
}

// refusal: a refused command changes nothing but the audit trail, and says why.
func (j *judge) refusal(out telagent.Outcome, err error, view *telagent.View) {
	if refusalCode(err) == "" || err.Error() == "" {
		j.say("refused without a code and a sentence: %v", err)
	}
	if len(out.Actions) > 0 {
		j.say("a refused command acts: %s", actionLine(out.Actions[0]))
	}
	for _, c := range out.Changes {
		if _, ok := c.(telagent.Audited); !ok {
			j.say("a refused command changes something: %T", c)
		}
	}
	if !same(j.view, view) {
		j.say("a refused command changes what is shown")
	}
}

// allowEnd allows the customers of a call to be hung up on: somebody entitled asked for it.
func (j *judge) allowEnd(id call.ID) {
	for _, c := range j.view.Calls {
		for _, l := range c.Legs {
			if c.ID == id {
				j.mayEnd[l.Leg] = true
			}
		}
	}
}

// bury forgets the legs that are over from the list of the living.
func (j *judge) bury() {
	n := 0
	for _, p := range j.living {
		if p.over {
			j.part(p)
			continue
		}
		j.living[n] = p
		n++
	}
	j.living = j.living[:n]
}

// act judges one order and takes it into the picture.
func (j *judge) act(a call.Action) {
	switch a := a.(type) {
	case call.Answer:
		if p := j.known(a, a.Leg); p != nil {
			if !p.inbound || p.answered {
				j.say("answers leg %s, which waits for no answer", a.Leg)
			}
			p.answered, p.hears = true, comfort
		}
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
	case call.Hangup:
		j.hangUp(a)
	case call.Join:
		if p, q := j.heard(a, a.A), j.heard(a, a.B); p != nil && q != nil {
			j.join(p, q)
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
		if p := j.heard(a, a.Leg); p != nil {
			j.seen["say "+string(a.Prompt)]++
			if p.hears == aPeer {
				j.say("says something to leg %s, which is in a conversation", a.Leg)
			}
			j.said(a, p)
			p.leaving = p.leaving || a.Prompt == call.LoggedOut || a.Prompt == call.Goodbye
		}
	case call.Ask:
		if p := j.heard(a, a.Leg); p != nil {
			j.part(p)
			if !p.asked {
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
	if !p.customer {
		j.seen["hang up "+a.Cause.String()]++
	}
	p.ordered = true
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
	p.hears, p.peer, q.hears, q.peer = aPeer, q.id, aPeer, p.id
	j.meet(p, q)
	j.meet(q, p)
}

func (j *judge) swap(a call.Swap) {
	old, next := j.heard(a, a.Old), j.heard(a, a.New)
	if old == nil || next == nil {
		return
	}
	peer := j.legs[old.peer]
	if old.hears != aPeer || peer == nil {
		j.say("%s: leg %s is joined with nobody", actionLine(a), a.Old)
		return
	}
	if old.customer {
		j.say("%s: swaps the customer", actionLine(a))
	}
	j.seen["swap"]++
	j.join(next, peer)
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
	if q.customer {
		if p.near == "" {
			p.near = q.id
		}
		if p.near != q.id {
			j.say("joins leg %s with customer %s, though it was dialled for %s", p.id, q.id, p.near)
		}
	}
}

// seat notes who has the agent's seat now: who was answered, by a person where the phone is in the telephone network.
func (j *judge) seat() {
	for _, p := range j.living {
		if !p.inbound && !p.outside && p.alive() && !p.asked && !p.seated {
			p.seated, p.seatedAt = true, j.now
			j.agent(p.agent).talked = true
		}
	}
}

// listen judges what everybody hears at the end of a step.
func (j *judge) listen() {
	for _, p := range j.living {
		if !p.customer || !p.alive() {
			continue
		}
		switch q := j.legs[p.peer]; {
		case p.hears == nothing || p.hears == silence: // but for a last sentence, see suits
			j.say("customer %s hears nothing", p.id)
		case p.hears != aPeer:
		case !q.alive():
			j.say("customer %s is joined with leg %s, which is over or ends", p.id, p.peer)
		case q.silent && !q.held:
			j.say("customer %s listens to leg %s, which is silent, and hears no comfort", p.id, p.peer)
		case q.held:
			j.say("customer %s listens to leg %s, which is on hold, and hears no music", p.id, p.peer)
		case q.asked:
			j.say("customer %s hears leg %s being asked", p.id, p.peer)
		}
	}
}
