package telagent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Plan says what a Switch would do, without doing it. The error, if any, is a *Refusal.
func (f *Floor) Plan(now time.Time, c Switch) (SwitchPlan, error) {
	f.begin(now)
	a, err := f.switcher(c)
	if err != nil {
		return SwitchPlan{}, err
	}
	targets, err := f.switchable(a, &c)
	if err != nil {
		return SwitchPlan{}, err
	}
	p := SwitchPlan{Agent: a.ID, Target: targets[0].String(), Reachable: f.reachable(targets[0]), Seen: a.sighting(targets[0]), Free: f.free()}
	if p.Reachable != "unreachable" { // a trunk is up
		p.Reachable = f.seenAt(a, targets[0])
	}
	if targets[0].Device == call.PSTN && a.visit != nil {
		p.Channels = 1
	}
	switch a.Presence.Activity {
	case presence.Talking:
		p.Call = fmt.Sprintf("The talk with %s goes on while %s rings; it moves when it is answered.", shownParty(a.visit.from), p.Target)
	case presence.CutOff:
		p.Call = fmt.Sprintf("%s hears comfort audio until %s is answered.", shownParty(a.visit.from), p.Target)
	case presence.Offered:
		p.Call = fmt.Sprintf("The offer of %s rings at %s instead.", shownParty(a.visit.from), p.Target)
	case presence.Idle, presence.WrapUp, presence.Dialling:
	}
	p.Status = "The status stays " + strings.ReplaceAll(a.Presence.Status().String(), "_", " ") + "."
	if !c.Back && a.Presence.BecomesAvailable() {
		p.Status = "The status becomes available."
	}
	return p, nil
}

// BatchPlan says what a mass switch would do.
type BatchPlan struct {
	What   string // whom it is about, in words
	Now    int    // how many would begin at once
	Later  int    // how many would wait for a channel
	Free   int    // channels now; -1: no limit
	Agents []PlannedSwitch
}

// PlannedSwitch is one agent of a BatchPlan.
type PlannedSwitch struct {
	Agent   string
	Plan    SwitchPlan
	Now     bool     // it would begin at once; else he waits for a channel, or is refused
	Refusal *Refusal // nil: it would be done
}

// PlanMany says what a SwitchMany would do, without doing it: in the order in which it would be done. The error, if any,
// is a *Refusal.
func (f *Floor) PlanMany(now time.Time, c SwitchMany) (BatchPlan, error) {
	f.begin(now)
	ids, err := f.selected(c)
	if err != nil {
		return BatchPlan{}, err
	}
	p := BatchPlan{What: c.Who.String(), Free: f.free()}
	left := p.Free
	for _, id := range f.inOrder(ids) {
		one := f.planOne(Switch{By: c.By, Agent: id, Back: c.Back})
		switch {
		case one.Refusal != nil:
		case one.Now && (left < 0 || one.Plan.Channels <= left):
			p.Now++
			if left > 0 {
				left -= one.Plan.Channels
			}
		default:
			one.Now = false
			p.Later++
		}
		p.Agents = append(p.Agents, one)
	}
	return p, nil
}

// inOrder puts agents in the order in which they would be switched.
func (f *Floor) inOrder(ids []string) []string {
	known, unknown := []*member{}, []string{}
	for _, id := range ids {
		if a := f.agents[id]; a != nil {
			known = append(known, &member{id: id, agent: a})
		} else {
			unknown = append(unknown, id)
		}
	}
	slices.SortStableFunc(known, byUrgency)
	ordered := make([]string, 0, len(ids))
	for _, m := range known {
		ordered = append(ordered, m.id)
	}
	return append(ordered, unknown...)
}

// planOne plans the switch of one of several: who has no channel waits and is not refused.
func (f *Floor) planOne(c Switch) PlannedSwitch {
	if _, err := f.enlistable(c.By, c.Agent); err != nil {
		return PlannedSwitch{Agent: c.Agent, Refusal: refusalOf(err)}
	}
	p, err := f.Plan(f.now, c)
	r := refusalOf(err)
	one := PlannedSwitch{Agent: c.Agent, Plan: p, Now: err == nil, Refusal: r}
	if r != nil && waitsFor(r.Code) {
		a := f.agents[c.Agent]
		target := a.phone("", false)
		one.Refusal, one.Plan = nil, SwitchPlan{
			Agent: a.ID, Target: target.String(), Reachable: f.reachable(target), Channels: 1, Free: f.free(), Call: r.Sentence,
			Status: "The switch waits until it can be done.",
		}
	}
	return one
}

func shownParty(p call.Party) string {
	if p.Number == "" {
		return "the customer"
	}
	return p.Number
}
