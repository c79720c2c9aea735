package sim

import (
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// part is what somebody is in a call, for those who hear him.
type part uint8

const (
	apart part = iota // on hold, or holds
	theCustomer
	theAgent
	theAside // the agent while he talks with whom he asks
	theAsked
	inConference
	monitors
	whispers
	barges
)

var parts = map[string]part{
	"consult": theAsked, "conference": inConference, "monitor": monitors, "whisper": whispers, "barge": barges,
}

// mayHear is whom each may hear, from the scenarios: a customer hears who talks with him and never a supervisor who
// listens or whispers; who listens is heard by nobody, who whispers by the agent alone; what is asked aside is between the
// two, and for a supervisor of the agent.
var mayHear = map[part][]part{
	theCustomer:  {theAgent, inConference, barges},
	theAgent:     {theCustomer, inConference, barges, whispers},
	theAside:     {theAsked, whispers},
	theAsked:     {theAside},
	inConference: {theCustomer, theAgent, inConference, barges},
	barges:       {theCustomer, theAgent, inConference, barges},
	monitors:     {theCustomer, theAgent, theAside, theAsked, inConference, barges},
	whispers:     {theCustomer, theAgent, theAside, theAsked, inConference, barges},
}

// room is who is up in a call, and as what.
func (j *judge) room(c *telagent.CallView) map[*picture]part {
	room := map[*picture]part{}
	asked, second := false, false
	for _, g := range c.Guests {
		asked = asked || g.Mode == "consult"
	}
	for _, l := range c.Legs {
		p := j.legs[l.Leg]
		if !isUp(l) || p == nil || !p.alive() {
			continue
		}
		second = second || p.second == c.ID
		switch {
		case p.held && l.Seat != "customer":
			room[p] = apart
		case l.Seat == "customer":
			room[p] = theCustomer
		case l.Seat == "guest":
			room[p] = parts[guestBy(c, l)]
		case p.second == c.ID:
			room[p] = theAside
		default:
			room[p] = theAgent
		}
	}
	for p, is := range room {
		switch {
		case is != theAgent:
		case j.calls[c.ID] != nil && j.calls[c.ID].paused:
			room[p] = apart
		case asked && !hasSecond(j, c):
			room[p] = theAside
		}
	}
	return room
}

// hasSecond tells whether the agent asks somebody by the second leg of his phone, answered or not.
func hasSecond(j *judge, c *telagent.CallView) bool {
	return slices.ContainsFunc(c.Legs, func(l telagent.LegView) bool {
		p := j.legs[l.Leg]
		return p != nil && p.second == c.ID
	})
}

func isUp(l telagent.LegView) bool {
	return slices.Contains([]string{"talking", "held", "silent", "parked"}, l.State)
}

// guestBy is how the guest takes part whose leg it is.
func guestBy(c *telagent.CallView, l telagent.LegView) string {
	for _, g := range c.Guests {
		if g.Agent != "" && g.Agent == l.Agent || g.Agent == "" && g.Number == l.Target {
			return g.Mode
		}
	}
	return ""
}

// hearing judges who hears whom at the end of a step: nobody hears more than he may, and nobody less.
func (j *judge) hearing(v *telagent.View) {
	for i := range v.Calls {
		c := &v.Calls[i]
		room := j.room(c)
		served := true // the customer, if there is one, hears somebody
		for p, is := range room {
			if is == theCustomer {
				served = len(j.hearable(room, p)) > 0
				j.audio(v, c, room, p)
			}
		}
		for p, is := range room {
			want := j.hearable(room, p)
			if !served {
				want = slices.DeleteFunc(want, func(id call.LegID) bool { return room[j.legs[id]] == theCustomer })
			}
			if !slices.Equal(p.voices(), want) {
				j.say("call %s is %s: leg %s (%s) hears %v and not %v", c.ID, c.State, p.id, partWords[is], p.voices(), want)
			}
		}
	}
	for _, p := range j.living {
		for _, id := range p.voices() {
			if q := j.legs[id]; !q.over && len(v.Calls) > 0 && (p.in != q.in || p.in == "") {
				j.say("leg %s of call %q hears leg %s of call %q", p.id, p.in, id, q.in)
			}
		}
	}
}

var partWords = []string{"apart", "customer", "agent", "aside", "asked", "conference", "monitor", "whisper", "barge"}

// hearable is whom somebody has to hear, sorted. A customer does not listen to an agent who is silent.
func (j *judge) hearable(room map[*picture]part, p *picture) (from []call.LegID) {
	for q, is := range room {
		if q != p && slices.Contains(mayHear[room[p]], is) && !(p.customer && q.silent && !p.help && q.agent != "") {
			from = append(from, q.id)
		}
	}
	slices.Sort(from)
	return from
}

// audio judges what a customer hears who hears nobody: music, or comfort audio while the agent he talked with is gone.
func (j *judge) audio(v *telagent.View, c *telagent.CallView, room map[*picture]part, p *picture) {
	a := agentIn(v, c.Agent)
	gone := c.State == "cut_off" || a != nil && a.Activity == "cut_off"
	for _, l := range c.Legs {
		q := j.legs[l.Leg]
		gone = gone || l.Seat == "agent" && q != nil && q.seated && q.silent
	}
	switch {
	case len(j.hearable(room, p)) > 0 && p.hears != aPeer: // said by hearing
	case len(j.hearable(room, p)) > 0 || p.hears == music && c.State != "cut_off" || p.hears == comfort && gone:
	case p.hears == silence && c.State == "leaving":
	default:
		j.say("call %s is %s, and its customer hears %s", c.ID, c.State, []string{"nothing", "silence", "music", "comfort", "a peer"}[p.hears])
	}
}
