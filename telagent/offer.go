package telagent

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// offerable says whether an agent can be offered a queue call now, if a trunk that it needs has a channel.
func (f *Floor) offerable(a *agent) bool {
	if l := a.standing(); l != nil && l.held {
		return false // he put us on hold for something else
	}
	if !a.Presence.Offerable() || a.visit != nil || a.move != nil || !a.rest.IsZero() || a.absent() || f.onTheLine(a) {
		return false
	}
	_, reachable := f.reachOf(a)
	return reachable != "unreachable"
}

// targets returns what rings for an agent, in the order to try, as far as it can be rung now.
func (f *Floor) targets(a *agent) []call.Target { return slices.Concat(f.stations(a)...) }

// stations returns what rings for an agent at once: of each of his stations the targets in the order to try.
func (f *Floor) stations(a *agent) (all [][]call.Target) {
	p := a.Presence
	switch {
	case a.nail.leg != nil:
		for _, l := range a.nail.legs() {
			all = append(all, append([]call.Target{l.target}, l.rest...))
		}
		return all
	case p.Reach == presence.BySoftphone && !f.isThere(a.ID):
		return nil
	case p.Reach == presence.BySoftphone:
		return [][]call.Target{{{Device: call.Softphone, AOR: a.ID}}}
	case len(p.Shifts) < 2:
		return [][]call.Target{f.phones(a, p.Number)}
	}
	var rung []call.Target
	for _, shift := range p.Shifts {
		targets := slices.DeleteFunc(f.phones(a, shift.Number), func(t call.Target) bool { return slices.Contains(rung, t) })
		if len(targets) > 0 {
			all, rung = append(all, targets), append(rung, targets...)
		}
	}
	return all
}

// phones returns an agent's phones that can be rung now: the number that was named, else desk phone and numbers.
func (f *Floor) phones(a *agent, number string) (targets []call.Target) {
	numbers := a.open
	if number != "" {
		numbers = []string{number}
	} else if a.DeskPhone != "" && f.rings(a.DeskPhone) {
		targets = append(targets, call.Target{Device: call.DeskPhone, AOR: a.DeskPhone})
	}
	if t, _ := f.carrier(); t != nil {
		for _, n := range numbers {
			targets = append(targets, call.Target{Device: call.PSTN, Number: n})
		}
	}
	if len(targets) == 0 && number == "" && a.DeskPhone != "" && f.isThere(a.DeskPhone) { // no queue's call rings there
		targets = append(targets, call.Target{Device: call.DeskPhone, AOR: a.DeskPhone})
	}
	return targets
}

// offer rings agents for a waiting customer, all of them at once, each of their phones for a time.
func (f *Floor) offer(v *visit, ring time.Duration, agents ...*agent) {
	v.waiting = false
	v.line.waiting.Remove(v.caller)
	f.touchQueue(v.line)
	rung := len(v.offers)
	for _, a := range agents {
		v.tried[a.ID]++
		a.visit = v
		a.Presence.Enter(presence.Offered)
		v.offers = append(v.offers, &offer{agent: a, began: f.now, ring: ring})
		f.touch(a)
		f.place(a)
	}
	for _, o := range slices.Clone(v.offers[rung:]) {
		switch {
		case f.ringOffer(v, o, f.stations(o.agent)):
		case len(v.offers) > 1: // the others took the last channels: he was not rung, so nothing follows
			v.tried[o.agent.ID]--
			f.dropOffer(v, o, "")
			f.place(o.agent)
		default:
			f.offerFailed(v, o, call.NoCapacity)
		}
	}
	f.touchCall(v)
}

// ringOffer rings an agent's stations for an offer and says whether anything rings.
func (f *Floor) ringOffer(v *visit, o *offer, stations [][]call.Target) bool {
	rings := f.ring(&o.rung, stations, f.now.Add(o.ring), func(t call.Target) *leg {
		return f.dial(v, call.AgentSeat, o.agent, t, f.presented(v, t, ""))
	})
	f.schedule(v)
	return rings
}

// presented is what the rung phone shows (S25, S29): a softphone shows the customer, a phone our access
// number, unless the queue has the customer's shown.
func (f *Floor) presented(v *visit, target call.Target, name string) call.Party {
	if name == "" && v.line != nil {
		name = cmp.Or(v.line.CallingName, v.line.Name)
	}
	if target.Device == call.Softphone {
		return call.Party{Number: v.from.Number, Name: name}
	}
	if v.line != nil && v.line.ShowCaller {
		return call.Party{Number: v.from.Number, Name: name}
	}
	return call.Party{Number: f.set.AccessNumber, Name: name}
}

// dial rings a target with a new leg, or with the nailed-up one that is there; nil when no trunk can carry it.
func (f *Floor) dial(v *visit, seat call.Seat, a *agent, target call.Target, from call.Party) *leg {
	if a != nil {
		f.giveWay(a)
	}
	if l := f.borrow(v, seat, a, target); l != nil {
		return l
	}
	if a != nil && target.Device == call.PSTN && !f.mayRing(&a.Agent, target.Number) {
		return nil // whatever has let it come so far
	}
	l := &leg{visit: v, seat: seat, agent: a, target: target, since: f.now, began: f.now}
	if target.Device == call.PSTN {
		t, _ := f.carrier()
		l.help = a == nil && v.callsForHelp(seat) // no agent's phone is who helps
		if l.help {
			t = f.anyCarrier(nil)
		}
		if t == nil {
			return nil
		}
		f.load(l, t)
		target.Trunk = t.Name
	}
	l.id = call.LegID(f.id())
	f.legs[l.id] = l
	f.act(call.Dial{Leg: l.id, Target: target, From: from, Near: v.near(), Diverted: v.sentOn(target, from), Help: l.help, Auto: a != nil && a.move != nil && a.move.again})
	return l
}

// sentOn returns the number that a customer dialled, where his call goes on to a number that is shown his own; empty: it does
// not.
func (v *visit) sentOn(target call.Target, from call.Party) string {
	if v == nil || v.kind != Inbound || target.Device != call.PSTN || from.Number == "" || from.Number != v.from.Number {
		return ""
	}
	return v.to
}

// near returns the leg whose codec a new leg of the call should have.
func (v *visit) near() call.LegID {
	switch {
	case v == nil:
	case v.customer != nil:
		return v.customer.id
	case v.seat != nil:
		return v.seat.id
	}
	return ""
}

// offerLegFailed goes on after a leg of an offer came to nothing: with the next target of its station, with the other
// stations, or not at all. The leg is over.
func (f *Floor) offerLegFailed(o *offer, l *leg, cause call.Cause) {
	v := l.visit
	rings := f.ringsOn(&o.rung, l, cause)
	if f.unreached(v.line, cause).Next {
		rings = f.ringOffer(v, o, [][]call.Target{l.rest})
	}
	f.touchCall(v)
	if !rings {
		f.offerFailed(v, o, cause)
		return
	}
	f.schedule(v)
}

// offerFailed gives the caller back to his line, in his place, after an offer that came to nothing.
func (f *Floor) offerFailed(v *visit, o *offer, cause call.Cause) {
	rule := f.unreached(v.line, cause)
	a := o.agent
	f.dropOffer(v, o, cause.String())
	a.rest = f.now.Add(rule.Delay)
	if rule.Strike {
		f.strike(a)
	}
	f.setBy(a, rule, cause)
	f.scheduleAgent(a)
	f.touchCall(v)
	if len(v.offers) == 0 {
		f.wait(v, v.line)
	}
}

// dropOffer ends an offer on the agent's side, for a reason, if he was rung: what was before comes back.
func (f *Floor) dropOffer(v *visit, o *offer, why string) {
	if why != "" {
		f.offered(v, o, why)
	}
	v.offers = slices.DeleteFunc(v.offers, func(other *offer) bool { return other == o })
	f.rungOut(v)
	o.agent.visit = nil
	o.agent.Presence.Leave(f.now)
	f.schedule(v)
	f.settled(o.agent)
}

// withdraw ends every offer of a customer that is left: his agents go back to what they were, and it is no strike.
func (f *Floor) withdraw(v *visit, cause call.Cause) {
	for _, o := range slices.Clone(v.offers) {
		f.dropOffer(v, o, cause.String())
		f.hangAll(&o.rung, cause)
	}
}

// offerTo returns the offer of a customer to an agent; nil: there is none.
func (v *visit) offerTo(a *agent) *offer {
	for _, o := range v.offers {
		if o.agent == a {
			return o
		}
	}
	return nil
}

// offerOf returns the offer for which a leg rings; nil: for none.
func offerOf(l *leg) *offer {
	if l.visit == nil {
		return nil
	}
	if o := l.visit.offerTo(l.agent); o != nil && o.has(l) {
		return o
	}
	return nil
}

// firstDue returns the offer that ends first, if nobody answers; nil: nobody is rung.
func (v *visit) firstDue() *offer {
	if len(v.offers) == 0 {
		return nil
	}
	return slices.MinFunc(v.offers, func(a, b *offer) int { return a.due().Compare(b.due()) })
}

// strike counts an unanswered offer; at the limit the agent is set away (S21).
func (f *Floor) strike(a *agent) {
	a.Presence.Strikes++
	if a.Presence.Strikes < f.set.Strikes || a.Presence.Word() != presence.Available {
		return
	}
	a.Presence.Strikes = 0
	a.Presence.Declare(f.now, presence.Declaration{Status: presence.Away, Reason: presence.ReasonRNA})
	a.by, a.missed = "", true
	f.auditSystem("set_status", a.ID, fmt.Sprintf("away %s; offers in a row not answered: %d", presence.ReasonRNA, f.set.Strikes))
	f.alarmed(a)
	f.touch(a)
}

// alarmed tells that an agent was set away because he did not answer.
func (f *Floor) alarmed(a *agent) {
	f.say(AlarmRaised{Time: f.now, Code: "rna", Subject: a.ID, Team: a.Team, Sentence: a.Name + " did not answer and was set away."})
}

// rangOut ends the ringing of the leg of an offer whose time is over.
func (f *Floor) rangOut(o *offer) {
	l := o.late()
	f.offerLegFailed(o, l, f.tooLate(l))
}

// take puts an answered leg into the agent's seat of a visit. Whoever else is rung for it is rung no more.
func (f *Floor) take(l *leg) {
	v, a := l.visit, l.agent
	o := offerOf(l)
	f.offered(v, o, taken)
	v.offers = slices.DeleteFunc(v.offers, func(other *offer) bool { return other == o })
	f.rungOut(v)
	v.owner, v.seat, v.team, v.taken, v.lined = a, l, a.Team, f.now, time.Time{}
	a.handled++
	l.phase, l.since = up, f.now
	a.Presence.Strikes = 0
	a.Presence.Enter(presence.Talking)
	if v.answered.IsZero() {
		v.answered, v.record.Answered = f.now, f.now
	}
	f.connect(l)
	f.recordServed(v)
	f.win(&o.rung, l)
	f.withdraw(v, call.Elsewhere)
	f.schedule(v)
	f.touch(a)
	f.touchCall(v)
}
