package sim

import (
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// tape is what the judge knows of a recording.
type tape struct {
	leg  call.LegID
	on   bool
	over bool
}

// mayHangUp notes whose customers may be hung up on in the step at hand, before it is judged.
func (j *judge) mayHangUp() {
	switch e := j.in.event.(type) {
	case call.Ended:
		p, c := j.legs[e.Leg], callOf(j.view, e.Leg)
		if p == nil || c == nil || p.customer || !p.seated || p.ordered {
			break
		}
		a := agentIn(j.view, c.Agent)
		alone := !slices.ContainsFunc(c.Guests, func(g telagent.GuestView) bool { return takesOver(c, g) })
		switch {
		case c.State == "outside" && p.outside && e.How == call.HungUp && e.Cause != call.Lost:
			j.allow(c)
		case c.Agent == p.agent && j.isLine(j.view, p) && c.Kind != "internal" && !j.helps(c): // his leg comes back
		case c.Agent == p.agent && p.second != c.ID && alone && e.How == call.HungUp && (a == nil || a.Switching == nil):
			j.allow(c)
		case c.Agent == p.agent && j.helps(c) && alone:
			j.allow(c)
		}
	case call.Digit:
		p, c := j.legs[e.Leg], callOf(j.view, e.Leg)
		if isHangUpCode(e) && p != nil && c != nil && !p.customer && c.Agent == p.agent {
			j.allow(c)
		}
	}
	if e, ok := j.in.event.(call.Invited); ok && e.To == help { // he tries again by another phone
		if a := agentIn(j.view, owner(call.Target{AOR: e.Source.AOR})); a != nil {
			if c := callIn(j.view, a.Call); c != nil && c.Agent == a.ID && j.helps(c) {
				j.allow(c)
			}
		}
	}
	if c, ok := j.in.command.(telagent.EndCall); ok && !j.refused {
		if v := callIn(j.view, c.Call); v != nil && !j.helps(v) {
			j.allow(v)
		}
	}
	for _, p := range j.living {
		max := j.settings.Dial.Limits.MaxDuration
		if p.customer && p.outside && !p.help && max > 0 && j.now.Sub(p.answeredAt) >= max {
			j.mayEnd[p.id] = true
		}
		if c := callIn(j.view, p.in); p.leaving || p.help && c != nil && c.Agent == "" { // whoever called for help is gone
			j.mayEnd[p.id] = true
		}
	}
}

// takesOver tells whether a guest goes on with a call whose agent hangs up.
func takesOver(c *telagent.CallView, g telagent.GuestView) bool {
	switch g.Mode {
	case "conference", "barge":
		return g.Number != "" || g.State == "talking" || g.State == "held" || g.State == "silent"
	case "consult":
		return g.Number != help
	}
	return false
}

func (j *judge) allow(c *telagent.CallView) {
	for _, l := range c.Legs {
		j.mayEnd[l.Leg] = true
	}
}

// helps tells whether a call is one for help.
func (j *judge) helps(c *telagent.CallView) bool {
	p := j.legs[customerOf(c)]
	return p != nil && p.help
}

// helped judges that nobody else ends a call for help.
func (j *judge) helped(p *picture) {
	if !p.help {
		return
	}
	c := callOf(j.view, p.id)
	by := ""
	switch x := j.in.command.(type) {
	case nil:
		return
	case telagent.DropGuest:
		by = x.By
	}
	if c == nil || by != c.Agent {
		j.say("the call for help on leg %s is ended by %s", p.id, commandLine(j.in.command))
	}
}

// progress judges what a phone is told of the transfer that it asked for.
func (j *judge) progress(a call.Progress) {
	p := j.legs[a.Leg]
	switch {
	case p == nil:
		j.say("%s: there is no leg %s", actionLine(a), a.Leg)
	case p.over:
	case !p.referring:
		j.say("leg %s is told of a transfer that it did not ask for, or once too often", a.Leg)
	case a.Done:
		p.referring = false
		j.seen["transfer by phone: "+a.Cause.String()]++
	}
}

// record judges an order about a recording.
func (j *judge) record(a call.Record) {
	p := j.known(a, a.Leg)
	if p == nil {
		return
	}
	t := j.tapes[a.File]
	switch {
	case t == nil && a.Now != call.On:
		j.say("%s: %s was not begun", actionLine(a), a.File)
	case t == nil:
		t = &tape{leg: a.Leg}
		j.tapes[a.File] = t
		for file, other := range j.tapes {
			if other.leg == a.Leg && file != a.File {
				j.say("leg %s is recorded into %s and %s", a.Leg, file, a.File)
			}
		}
	case t.leg != a.Leg:
		j.say("%s: %s is of leg %s", actionLine(a), a.File, t.leg)
	case t.over:
		j.say("%s: %s is over", actionLine(a), a.File)
	}
	if !p.customer {
		j.say("records leg %s, which is no customer's", a.Leg)
	}
	if t != nil {
		t.on, t.over = a.Now != call.Off, a.Now == call.Off
	}
	j.seen["record "+a.Now.String()]++
}

// dials judges the limits of who dials somebody outside, and notes whose calls they are.
func (j *judge) dials(v *telagent.View) {
	for _, p := range j.dialled {
		c := callOf(v, p.id)
		if !p.outside || p.help || c == nil || c.Agent == "" {
			continue
		}
		r, limits := j.agent(c.Agent), j.settings.Dial.Limits
		p.payer, r.dialled = c.Agent, append(r.dialled, j.now)
		lately, living := 0, 0
		for _, at := range r.dialled {
			if j.now.Sub(at) < 59*time.Minute {
				lately++
			}
		}
		for _, q := range j.living {
			if q.payer == c.Agent && !q.over {
				living++
			}
		}
		if limits.Calls > 0 && living > limits.Calls {
			j.say("agent %s has %d calls to numbers outside at once", c.Agent, living)
		}
		if limits.PerHour > 0 && lately > limits.PerHour {
			j.say("agent %s began %d calls to numbers outside within an hour", c.Agent, lately)
		}
	}
}

// learnParts notes at the end of a step who is in which call, and who talks with a customer.
func (j *judge) learnParts(v *telagent.View) {
	were := map[call.LegID]call.ID{}
	for _, p := range j.living {
		were[p.id], p.in = p.in, ""
	}
	for i := range v.Calls {
		c := &v.Calls[i]
		for _, l := range c.Legs {
			p := j.legs[l.Leg]
			if p == nil {
				continue
			}
			if was := were[p.id]; was != "" && was != c.ID { // a call for help that became one of its own
				j.seen["a call for help goes on alone"]++
				delete(j.calls[was].legs, p.id)
			}
			p.in = c.ID
			p.customer = p.customer || l.Seat == "customer"
			if mode := guestBy(c, l); l.Seat == "guest" && (isUp(l) && !p.seated || mode != p.mode) {
				if isUp(l) {
					j.seen["guest "+mode]++
				}
				p.mode = mode
			}
			if isUp(l) && !p.seated {
				p.seated, p.seatedAt = true, j.now
			}
			if e, ok := j.in.event.(call.Invited); ok && e.Leg == l.Leg && e.Source.AOR != "" && e.Replaces == "" {
				if was := agentIn(j.view, p.agent); was != nil && was.Call == c.ID && was.Part == "primary" {
					p.second = c.ID
				}
			}
			j.visit(c).legs[l.Leg] = true
		}
	}
}

// handled notes which agents are with a customer now: after-call work has to follow.
func (j *judge) handled(v *telagent.View) {
	for i := range v.Agents {
		a := &v.Agents[i]
		r, c := j.agent(a.ID), callIn(v, a.Call)
		if a.Call != r.call {
			r.call, r.talked = a.Call, false
		}
		if c == nil || a.Activity != "talking" && a.Activity != "cut_off" || j.helps(c) {
			continue
		}
		p := j.legs[customerOf(c)]
		served := slices.Contains([]string{"primary", "conference", "barge"}, a.Part)
		if !served {
			r.talked = false
		} else if p != nil && p.answered {
			r.talked = true
		}
	}
}

// comesBack judges that whoever dialled and reached nobody, or was rung by a colleague and did not take it, is what he was
// before, or what he asked for meanwhile: a failed call is no new status, and no strike.
func (j *judge) comesBack(v *telagent.View) {
	for i := range v.Agents {
		a := &v.Agents[i]
		was := agentIn(j.view, a.ID)
		if was == nil || a.Activity != "idle" || was.Activity != "dialling" && (was.Activity != "offered" || was.Part == "primary") {
			continue
		}
		_, forced := j.in.command.(telagent.ForceLogout)
		switch {
		case j.agent(a.ID).scheduled.Equal(j.now): // his schedule began meanwhile, and takes hold now
		case undoneNow(v, a.ID, j.now): // what the switch made him is taken back
		case forced || !was.Until.IsZero() && !was.Until.After(j.now): // logged out, or the time of a break was over
		case a.Declared != was.Declared && was.Pending == "":
			j.say("agent %s was %s and reached nobody, or was not reached, and is %s", a.ID, was.Declared, a.Declared)
		case a.Strikes > was.Strikes:
			j.say("agent %s has a strike for a call that no queue offered", a.ID)
		default:
			j.seen["what was before comes back"]++
		}
	}
}

// toldOff judges who is told of a forced logout.
func (j *judge) toldOff(v *telagent.View) {
	c, ok := j.in.command.(telagent.ForceLogout)
	if !ok || j.refused || j.repeated {
		return
	}
	was := agentIn(j.view, c.Agent)
	if !j.told["forced_logout "+c.Agent] {
		j.say("agent %s was logged out and is not told", c.Agent)
	}
	before := callIn(j.view, was.Call)
	if before == nil || before.State == "offering" {
		return
	}
	left := func(id string) {
		if id != "" && id != c.Agent && !j.told["left "+id] {
			j.say("agent %s was logged out of call %s, and %s is not told", c.Agent, before.ID, id)
		}
	}
	now := callIn(v, before.ID)
	switch {
	case was.Part != "primary":
		left(before.Agent)
	case now != nil:
		if taken(now.State) {
			left(now.Agent)
		}
	case before.Kind == "internal":
		for _, g := range before.Guests {
			left(g.Agent)
		}
	}
}

// recorded judges the legs of a final record: every one of the call is in it, once, and a guest's says how he took part.
func (j *judge) recorded(r telagent.Record) {
	seen := map[call.LegID]bool{}
	for _, l := range r.Legs {
		if p := j.legs[l.Leg]; seen[l.Leg] && (p == nil || p.target.Device == call.Softphone) {
			j.say("the record of call %s has leg %s twice", r.ID, l.Leg)
		}
		seen[l.Leg] = true
		if p := j.legs[l.Leg]; p != nil && p.mode != "" && l.Seat == call.GuestSeat && l.Mode == "" {
			j.say("the record of call %s has a guest on leg %s and not how he took part: %s", r.ID, l.Leg, p.mode)
		}
	}
	if v := j.calls[r.ID]; v != nil {
		for leg := range v.legs {
			if p := j.legs[leg]; !seen[leg] && (p.in == r.ID || p.in == "") {
				j.say("the record of call %s has no leg %s", r.ID, leg)
			}
		}
	}
}
