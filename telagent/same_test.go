package telagent_test

import (
	"fmt"
	"reflect"
	"slices"

	"telagent-gateway/telagent"
)

// differs says in what a Floor that went on after a restart is another than it was, but for what was being tried: who was
// rung is free or rung anew, a switch under way is over. Empty: in nothing.
func differs(was, is *telagent.View) (what []string) {
	tried := map[string]bool{} // agents and calls of whom something was tried
	alone := map[string]bool{} // agents in calls of which too little stands to go on
	for _, v := range []*telagent.View{was, is} {
		for _, c := range v.Calls {
			for _, l := range c.Legs {
				if slices.Contains([]string{"dialling", "ringing", "asking", "announced"}, l.State) {
					tried[string(c.ID)], tried[l.Agent] = true, true
				}
			}
		}
		for _, a := range v.Agents {
			if a.Switching != nil || a.Status == "ringing" || a.Activity == "dialling" || a.Line == "dialling" || a.Line == "asking" {
				tried[a.ID] = true
			}
		}
	}
	same := func(name string, was, is any) {
		if !reflect.DeepEqual(was, is) {
			what = append(what, fmt.Sprintf("%s\n was %+v\n is  %+v", name, was, is))
		}
	}
	calls := map[string]telagent.CallView{}
	for _, c := range is.Calls {
		calls[string(c.ID)] = c
	}
	for _, c := range was.Calls {
		// nobody had answered, or whoever is left has nobody to talk with
		if up := standing(c, false); c.State == "dialling" || c.Kind == "internal" && len(up.Legs) < 2 {
			for _, l := range c.Legs {
				alone[l.Agent] = true
			}
			continue
		}
		now, there := calls[string(c.ID)]
		if !there {
			what = append(what, fmt.Sprintf("call %s is gone: %+v", c.ID, c))
			continue
		}
		same("call "+string(c.ID), standing(c, tried[string(c.ID)]), standing(now, tried[string(c.ID)]))
	}
	for i, a := range was.Agents {
		now := is.Agents[i]
		if alone[a.ID] {
			continue
		}
		if !tried[a.ID] || a.Pending == "" { // else what he asked for takes effect
			same("the presence of "+a.ID, said(a), said(now))
		}
		if !tried[a.ID] {
			same("agent "+a.ID, settled(a), settled(now))
		}
	}
	for i, b := range was.Batches {
		same("the switch "+b.ID, []any{b.By, b.What, b.Began, b.UndoUntil, len(b.Members)}, []any{
			is.Batches[i].By, is.Batches[i].What, is.Batches[i].Began, is.Batches[i].UndoUntil, len(is.Batches[i].Members),
		})
	}
	return what
}

// standing is what of a call outlives a restart: whoever is up, where, since when.
func standing(c telagent.CallView, tried bool) telagent.CallView {
	up := func(state string) bool {
		return slices.Contains([]string{"talking", "held", "silent", "parked"}, state)
	}
	c.Legs = slices.DeleteFunc(slices.Clone(c.Legs), func(l telagent.LegView) bool { return !up(l.State) })
	c.Guests = slices.DeleteFunc(slices.Clone(c.Guests), func(g telagent.GuestView) bool { return !up(g.State) })
	c.Past, c.Switches = nil, nil
	if c.State == "offering" { // he keeps his place
		c.State = "waiting"
	}
	if c.State == "waiting" {
		c.Agent, c.Team = "", ""
	}
	if tried {
		c.State = ""
		for i := range c.Legs { // the customer may hear music again, or nobody who was asked
			c.Legs[i].State = ""
		}
	}
	if len(c.Legs) == 0 {
		c.Legs = nil
	}
	if len(c.Guests) == 0 {
		c.Guests = nil
	}
	return c
}

// said is what an agent declares, whatever calls do to him.
func said(a telagent.AgentView) []any {
	return []any{a.ID, a.Declared, a.Toggle, a.Profile, a.Reach, a.Offices, a.Strikes, a.Shifts, a.PageClosed, a.Numbers}
}

// settled is an agent with whom nothing is tried.
func settled(a telagent.AgentView) telagent.AgentView {
	a.Version, a.Stations, a.Lost = 0, nil, nil
	return a
}
