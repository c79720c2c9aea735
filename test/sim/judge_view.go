package sim

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// shown is what a page knows that has seen every Change and never asks for the View again.
type shown struct {
	agents map[string]telagent.AgentView
	calls  map[call.ID]telagent.CallView
	queues map[string]telagent.QueueView

	batches map[string]telagent.BatchView
}

func newShown() shown {
	return shown{
		agents: map[string]telagent.AgentView{}, calls: map[call.ID]telagent.CallView{}, queues: map[string]telagent.QueueView{},
		batches: map[string]telagent.BatchView{},
	}
}

// look judges what is shown at the end of a step against the picture, and against what pages were told.
func (j *judge) look(v *telagent.View) {
	seats := map[call.LegID]call.ID{}
	for i := range v.Calls {
		j.lookAtCall(&v.Calls[i], seats)
	}
	for _, p := range j.living {
		_, seated := seats[p.id]
		switch {
		case p.ordered || p.leaving:
		case !seated && (j.isLine(v, p) || p.menu):
		case !seated && (p.answered || !p.inbound):
			j.say("leg %s of %s is in no call", p.id, word("agent ", p.agent))
		}
	}
	for i := range v.Agents {
		j.lookAtAgent(v, &v.Agents[i])
	}
	for _, t := range v.Trunks {
		if used := j.used(t.Name); used != t.InUse {
			j.say("trunk %s shows %d channels in use, and %d legs hold one", t.Name, t.InUse, used)
		}
	}
	for _, q := range v.Queues {
		if told := j.shown.queues[q.Name]; !sameQueue(told, q) {
			j.say("queue %s is not what pages were told: %s", q.Name, difference(told, q))
		}
	}
	for id := range j.shown.calls {
		if callIn(v, id) == nil {
			j.say("call %s is gone without a CallEnded", id)
		}
	}
}

// used counts the legs that hold a channel of a trunk.
func (j *judge) used(trunk string) (n int) {
	for _, p := range j.living {
		if p.trunk == trunk {
			n++
		}
	}
	return n
}

func (j *judge) lookAtCall(c *telagent.CallView, seats map[call.LegID]call.ID) {
	if told, ok := j.shown.calls[c.ID]; !ok || !sameCall(told, *c) {
		j.say("call %s is not what pages were told: %s", c.ID, difference(told, *c))
	}
	customers := 0
	if j.helps(c) && (c.State == "waiting" || c.State == "offering") {
		j.say("call %s for help is %s", c.ID, c.State)
	}
	for _, l := range c.Legs {
		p := j.legs[l.Leg]
		if p == nil || p.over {
			j.say("call %s shows leg %s, which is over", c.ID, l.Leg)
			continue
		}
		if other, twice := seats[l.Leg]; twice {
			j.say("leg %s is in two calls, %s and %s", l.Leg, other, c.ID)
		}
		seats[l.Leg] = c.ID
		if p.customer {
			customers++
		}
	}
	if c.Kind == "internal" && len(c.Legs) < 2 && c.State != "dialling" {
		j.say("call %s of colleagues is %s, and one of them is left alone", c.ID, c.State)
	}
	if (customers == 1) != (c.Kind != "internal") {
		j.say("call %s has %d customers", c.ID, customers)
	}
}

// lookAtAgent: in line exactly while a call is up, offered exactly while one of his phones rings, and else no leg.
func (j *judge) lookAtAgent(v *telagent.View, a *telagent.AgentView) {
	if told, ok := j.shown.agents[a.ID]; !ok || !sameAgent(told, *a) {
		j.say("agent %s is not what pages were told: %s", a.ID, difference(told, *a))
	}
	if j.agent(a.ID).byPhone != (a.Reach == "phone") {
		j.say("agent %s is reached by %s, and it was told otherwise", a.ID, a.Reach)
	}
	standing, rings, calls := 0, 0, 0
	for _, p := range j.living {
		if p.agent != a.ID || p.ordered || p.leaving || p.in == "" && j.isLine(v, p) {
			continue
		}
		switch {
		case p.answered && p.seated:
			standing++
		case p.inbound:
			calls++
		default:
			rings++
		}
	}
	c := callIn(v, a.Call)
	quiet := a.Part == "monitor" || a.Part == "whisper"
	inLine := a.Activity == "talking" || a.Activity == "cut_off" || a.Activity == "dialling"
	switch {
	case inLine != (a.Status == "in_line"):
		j.say("agent %s is %s and shown as %s", a.ID, a.Activity, a.Status)
	case (inLine || a.Activity == "offered") && (c == nil || !takesPart(c, a)):
		j.say("agent %s is %s, but in no call", a.ID, a.Activity)
	case a.Activity == "talking" && standing == 0:
		j.say("agent %s is talking without a leg", a.ID)
	case a.Activity == "offered" && (rings < 1 || rings > max(1, j.agent(a.ID).stations)):
		j.say("agent %s is offered a call on %d legs", a.ID, rings)
	case a.Activity == "dialling" && calls != 1:
		j.say("agent %s is dialling on %d phones", a.ID, calls)
	case quiet && (inLine || a.Activity == "offered"):
		j.say("agent %s only listens or whispers, and is %s", a.ID, a.Activity)
	case quiet:
	case !inLine && standing > 0:
		j.say("agent %s is %s, but has a leg with a customer", a.ID, a.Activity)
	case !inLine && a.Activity != "offered" && rings > 0:
		j.say("agent %s is %s, but is rung", a.ID, a.Activity)
	case inLine && rings > 0 && a.Switching == nil:
		j.say("agent %s is in line and rung, but nobody switches him", a.ID)
	case (a.Switching != nil) != j.agent(a.ID).switching:
		j.say("agent %s is shown as switching: %v, but pages were told %v", a.ID, a.Switching != nil, j.agent(a.ID).switching)
	}
}

// takesPart tells whether a call shows an agent: in its seat, with a phone that rings, or as a guest.
func takesPart(c *telagent.CallView, a *telagent.AgentView) bool {
	return c.Agent == a.ID || slices.ContainsFunc(c.Legs, func(l telagent.LegView) bool { return l.Agent == a.ID }) ||
		slices.ContainsFunc(c.Guests, func(g telagent.GuestView) bool { return g.Agent == a.ID })
}

// same compares everything that two Views show, but for their time.
func same(a, b *telagent.View) bool {
	return slices.EqualFunc(a.Agents, b.Agents, sameAgent) && slices.EqualFunc(a.Calls, b.Calls, sameCall) &&
		slices.EqualFunc(a.Queues, b.Queues, sameQueue) && slices.Equal(a.Trunks, b.Trunks) && len(a.Users) == len(b.Users)
}

func sameAgent(a, b telagent.AgentView) bool {
	return a.ID == b.ID && a.Status == b.Status && a.Reason == b.Reason && a.Declared == b.Declared &&
		a.Activity == b.Activity && a.Pending == b.Pending && a.Since.Equal(b.Since) && a.Until.Equal(b.Until) &&
		a.Reach == b.Reach && a.Device == b.Device && a.Reachable == b.Reachable && a.Call == b.Call &&
		a.Customer == b.Customer && a.Version == b.Version && a.ChangedBy == b.ChangedBy && a.Strikes == b.Strikes && a.Team == b.Team &&
		a.DeskPhone == b.DeskPhone && a.Line == b.Line && slices.Equal(a.Numbers, b.Numbers) &&
		sameSwitch(a.Switching, b.Switching) && sameSwitch(a.LastSwitch, b.LastSwitch)
}

// difference names the fields in which two structs are not the same, with what they were and what they are.
func difference(was, is any) string {
	var all []string
	a, b := reflect.ValueOf(was), reflect.ValueOf(is)
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			all = append(all, fmt.Sprintf("%s was %+v and is %+v", a.Type().Field(i).Name, x, y))
		}
	}
	return strings.Join(all, ", ")
}

func sameSwitch(a, b *telagent.SwitchRecord) bool {
	return a == b || a != nil && b != nil && *a == *b
}

func sameCall(a, b telagent.CallView) bool {
	return a.ID == b.ID && a.From == b.From && a.To == b.To && a.Queue == b.Queue && a.Priority == b.Priority &&
		a.State == b.State && a.Began.Equal(b.Began) && a.Agent == b.Agent && a.Team == b.Team && slices.Equal(a.Legs, b.Legs)
}

// sameQueue leaves out who is available: that follows from the agents, and pages count them.
func sameQueue(a, b telagent.QueueView) bool {
	return a.Name == b.Name && a.Waiting == b.Waiting && a.LongestAt.Equal(b.LongestAt) &&
		a.Strategy == b.Strategy && a.Priority == b.Priority && a.Office == b.Office && slices.Equal(a.Numbers, b.Numbers) &&
		reflect.DeepEqual(a.Entry, b.Entry)
}
