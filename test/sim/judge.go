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
	j.begin(now, in, err)
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
	j.orders(out.Actions)
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
	j.outcome(out.Changes, err, view)
	return j.broken
}

// begin forgets what the last step allowed and brought.
func (j *judge) begin(now time.Time, in input, err error) {
	j.now, j.in, j.refused, j.broken, j.dialled = now, in, err != nil, nil, j.dialled[:0]
	clear(j.mayEnd)
	clear(j.told)
	j.failed, j.records = "", j.records[:0]
}

func (j *judge) orders(actions []call.Action) {
	for _, a := range actions {
		j.act(a)
	}
}

// outcome judges what a step told, and how everything stands at its end.
func (j *judge) outcome(changes []telagent.Change, err error, view *telagent.View) {
	for _, c := range changes {
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
