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
	clear(j.told)
	j.failed, j.records = "", j.records[:0]
	j.mayHangUp()
	if in.event != nil {
		j.learn(in.event)
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
	if c, ok := in.command.(telagent.RescueCall); ok && err == nil {
		if v := callIn(j.view, c.Call); v != nil {
			j.forget(customerOf(v))
		}
	}
	for _, c := range out.Changes {
		j.change(c)
	}
	j.bury()
	j.learnParts(view)
	for _, r := range j.records {
		j.recorded(r)
	}
	j.pauses(view)
	j.listen()
	j.hearing(view)
	j.offers(view)
	j.dials(view)
	j.rungOnce(view)
	j.lines(view)
	j.look(view)
	j.batches(view)
	j.versions(err, view)
	j.clock(view)
	j.forced(view)
	j.toldOff(view)
	j.comesBack(view)
	j.handled(view)
	j.alarming(view)
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
		kept, answer := c.(telagent.PartKept)
		if _, ok := c.(telagent.Audited); !ok && !(answer && kept.Part.Kind == telagent.AnswerPart) {
			j.say("a refused command changes something: %T", c)
		}
	}
	if !same(j.view, view) {
		j.say("a refused command changes what is shown")
	}
}

// pauses notes which customers were put on hold by a page. It ends with the agent's part in the call.
func (j *judge) pauses(view *telagent.View) {
	for i := range view.Calls {
		c := &view.Calls[i]
		v := j.visit(c)
		if c.Agent != v.agent || c.State == "waiting" || c.State == "offering" {
			v.agent, v.paused, v.cut = c.Agent, false, time.Time{}
		}
		if h, ok := j.in.command.(telagent.Hold); ok && !j.refused && h.Call == c.ID {
			v.paused = !h.Off
			j.seen["hold by page"]++
		}
		was := callIn(j.view, c.ID)
		switch asks, asked := j.asksForHelp(c), was != nil && j.asksForHelp(was); {
		case asks && (!asked || dialsHelp(j.in.event, c.Agent)):
			v.paused = slices.ContainsFunc(c.Legs, func(l telagent.LegView) bool {
				p := j.legs[l.Leg]
				return l.Seat == "agent" && isUp(l) && p.second != c.ID && !p.held
			})
		case asked && !asks:
			v.paused = false
		}
	}
}

// dialsHelp tells whether a phone of an agent calls for help in this step, perhaps for the second time.
func dialsHelp(e call.Event, agent string) bool {
	i, ok := e.(call.Invited)
	return ok && owner(call.Target{Device: call.Softphone, AOR: i.Source.AOR}) == agent && i.To == help
}

// asksForHelp tells whether somebody is asked for help beside a call.
func (j *judge) asksForHelp(c *telagent.CallView) bool {
	return slices.ContainsFunc(c.Guests, func(g telagent.GuestView) bool { return g.Number == help })
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
	if p.referring {
		j.say("hangs up leg %s, whose phone was not told what became of the transfer it asked for", a.Leg)
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

// listen judges what everybody hears at the end of a step.
func (j *judge) listen() {
	for _, p := range j.living {
		if p.customer && p.alive() && (p.hears == nothing || p.hears == silence) {
			j.say("customer %s hears nothing", p.id)
		}
		for _, id := range p.voices() {
			switch q := j.legs[id]; {
			case !q.alive():
				j.say("leg %s is joined with leg %s, which is over or ends", p.id, id)
			case q.asked:
				j.say("leg %s hears leg %s being asked", p.id, id)
			case !p.customer:
			case q.silent && !q.held && !p.help && q.agent != "":
				j.say("customer %s listens to leg %s, which is silent, and hears no comfort", p.id, id)
			case q.held:
				j.say("customer %s listens to leg %s, which is on hold, and hears no music", p.id, id)
			}
		}
	}
}
