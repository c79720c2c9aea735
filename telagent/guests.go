package telagent

import (
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// guest is somebody in a call beside the customer and the agent in the seat.
type guest struct {
	visit  *visit
	agent  *agent // nil: a number outside
	number string // that number; empty: an agent
	mode   Mode
	rung
	own       *leg       // the second leg of the agent in the seat, who asks by his own phone; nil: he asks by the page
	handOver  bool       // the call is his as soon as he takes it: a transfer
	referrer  call.LegID // whose phone asked for it (REFER) and is to be told; empty: none
	emergency bool       // goes out before everything else
	helps     string     // the agent for whom he, an emergency number that was named at a page, was called; empty: he is none
}

// name is the agent's id, or the number.
func (g *guest) name() string {
	if g.agent != nil {
		return g.agent.ID
	}
	return g.number
}

// isUp says whether he has taken the call.
func (g *guest) isUp() bool { return g.leg != nil && g.leg.phase == up }

// ledCall returns the call of a command about the people in it, which must be up: the agent in its seat and his
// supervisors may give it, but listening is for supervisors alone.
func (f *Floor) ledCall(by string, id call.ID, mode Mode) (*visit, error) {
	v := f.calls[id]
	if v == nil || v.owner == nil && !f.isAdmin(by) {
		return nil, refuse("unknown_call", "There is no live call %s with an agent in it.", id)
	}
	if v.owner == nil {
		return nil, refuse("no_agent", "Nobody has taken the call.")
	}
	check := f.selfOrSupervised
	if mode.isSupervision() {
		check = f.supervised
	}
	if _, err := check(by, v.owner.ID); err != nil {
		if r := refusalOf(err); r.Code == "unknown_agent" {
			return nil, refuse("unknown_call", "There is no live call %s with an agent in it.", id)
		}
		return nil, err
	}
	if v.seat == nil || v.seat.phase != up || v.owner.Presence.Activity != presence.Talking {
		return nil, refuse("not_talking", "%s is not talking in this call now.", v.owner.Name)
	}
	return v, nil
}

// guestOf returns the guest for whom a leg rings or is up, also as the second leg of the one who asks; nil: none.
func guestOf(l *leg) *guest {
	if l.visit == nil {
		return nil
	}
	for _, g := range l.visit.guests {
		if g.has(l) || g.own == l {
			return g
		}
	}
	return nil
}

// guestNamed returns the guest that a command is about; nil: the user knows of none of that name. Who listens in silence
// is for supervisors to know.
func (f *Floor) guestNamed(v *visit, by, name string) *guest {
	for _, g := range v.guests {
		if u := f.asker(by); g.name() == name && (g.mode != Monitor || by == "" || u != nil && u.Role != AgentRole) {
			return g
		}
	}
	return nil
}

// asked returns the guest who is asked for advice or is handed the call; nil: none.
func (v *visit) asked() *guest {
	for _, g := range v.guests {
		if g.mode == Consult {
			return g
		}
	}
	return nil
}

// guestIn lets a guest take part whose phone was answered, by a person where that was to be proved.
func (f *Floor) guestIn(g *guest) {
	v, l := g.visit, g.leg
	l.phase, l.since = up, f.now
	if a := g.agent; a != nil {
		if g.mode.talks() {
			a.Presence.Enter(presence.Talking)
		}
		f.settled(a) // a leg that stood by for his calls is in this one
	}
	if longest := f.longest(l); g.agent == nil && !g.emergency && longest > 0 {
		f.limitGuest(g, f.now.Add(longest))
	}
	f.pickUp(v.seat)
	f.pickUp(g.own)
	if v.kind == Internal && v.owner != nil && v.owner.Presence.Activity == presence.Dialling {
		v.owner.Presence.Enter(presence.Talking)
		v.answered, v.record.Answered = f.now, f.now
		f.settled(v.owner)
	}
	f.schedule(v)
	f.touchCall(v)
	if g.handOver || v.owner == nil && v.customer != nil && g.mode.serves() { // nobody else has the customer
		f.handOver(g)
		return
	}
	f.mix(v)
}

// limitGuest sets when somebody outside has been in a call for too long.
func (f *Floor) limitGuest(g *guest, at time.Time) {
	g.leg.limit = at
	f.timers.set(&g.leg.timer, at, func(f *Floor) { f.guestOut(g, call.Overload) })
}

// pickUp answers a leg that an agent's phone began, once somebody is there to talk with.
func (f *Floor) pickUp(l *leg) {
	if l == nil || !l.inward || l.phase >= up {
		return
	}
	l.phase, l.since, l.answered = up, f.now, f.now
	if !l.silent.IsZero() { // while it rang there nothing had to be heard
		l.silent = f.now
	}
	f.act(call.Answer{Leg: l.id})
}

// guestLegFailed goes on after a guest's phone came to nothing: the next one, or he does not come.
func (f *Floor) guestLegFailed(g *guest, l *leg, cause call.Cause) {
	rings := f.ringsOn(&g.rung, l, cause)
	if isNext(cause) {
		rings = f.ringGuest(g, [][]call.Target{l.rest})
	}
	f.touchCall(g.visit)
	if !rings {
		f.guestFailed(g, cause)
		return
	}
	f.schedule(g.visit)
}

// guestFailed takes a guest out whose phones came to nothing.
func (f *Floor) guestFailed(g *guest, cause call.Cause) {
	if a := g.visit.owner; a != nil && !g.mode.isSupervision() {
		f.notify(a, "guest_failed", "%s did not take the call: %s.", g.name(), causeText(cause))
	}
	f.guestOut(g, cause)
}

// guestRangOut ends the ringing of the guests whose time is over.
func (f *Floor) guestRangOut(v *visit) {
	for _, g := range slices.Clone(v.guests) {
		if l := g.late(); l != nil && !l.until.After(f.now) && slices.Contains(v.guests, g) {
			f.guestLegFailed(g, l, f.tooLate(l))
		}
	}
}

// guestOut takes a guest out of the call, who hung up or never came.
func (f *Floor) guestOut(g *guest, cause call.Cause) { f.guestGone(g, cause, g.name()) }

// guestGone takes a guest out of the call, because of somebody. The others talk on; a call that has nobody left to talk
// with ends.
func (f *Floor) guestGone(g *guest, cause call.Cause, by string) {
	v := g.visit
	f.unseat(g, cause)
	f.referrerTold(g, cause)
	if asked := v.asked(); v.customer == nil && !v.served() && asked != nil && asked.isUp() {
		f.askedAlone(v) // they talk already
	}
	switch {
	case v.customer == nil && (!v.served() || v.owner == nil && v.talkers() < 2):
		f.endCall(v, cause, by)
		return
	case v.customer != nil && v.owner == nil && !v.waiting && len(v.offers) == 0 && !v.served():
		f.outsideGone(v, cause)
		return
	}
	f.mix(v)
	f.schedule(v)
	f.touchCall(v)
}

// unseat ends a guest's part: his legs are hung up and he is free for others.
func (f *Floor) unseat(g *guest, cause call.Cause) {
	v := g.visit
	if a := g.agent; a != nil {
		f.cancelMove(a, "call_ended")
	}
	f.hangAll(&g.rung, cause)
	f.hang(g.own, cause, "")
	v.guests = slices.DeleteFunc(v.guests, func(other *guest) bool { return other == g })
	if v.asked() == nil {
		v.aside = false
	}
	switch {
	case g.emergency:
		v.paused = false
		f.say(AlarmCleared{Time: f.now, Code: "emergency_call", Subject: v.owner.ID, Team: v.team})
	case g.helps != "":
		f.say(AlarmCleared{Time: f.now, Code: "emergency_call", Subject: g.helps, Team: v.team})
	}
	if a := g.agent; a != nil {
		f.release(a, v.customer != nil && g.mode.serves() && !v.emergency)
	}
	f.touchCall(v)
}

// release makes an agent free whose part in a call is over; after-call work follows where he served a customer.
func (f *Floor) release(a *agent, served bool) {
	a.visit, a.guest, a.active = nil, nil, f.now
	switch a.Presence.Activity {
	case presence.Offered, presence.Dialling:
		a.Presence.Leave(f.now)
	case presence.Talking, presence.CutOff:
		if served {
			a.Presence.EndWork(f.now, f.wrapUp(a))
		} else {
			a.Presence.EndWork(f.now, 0)
		}
	case presence.Idle, presence.WrapUp:
	}
	f.settled(a)
}

// served says whether somebody is there, or is rung, who talks with the customer or the caller.
func (v *visit) served() bool {
	return slices.ContainsFunc(v.guests, func(g *guest) bool { return g.mode.serves() })
}

// servedBeside says the same without one of the guests.
func (v *visit) servedBeside(g *guest) bool {
	return slices.ContainsFunc(v.guests, func(other *guest) bool { return other != g && other.mode.serves() })
}

// talkers counts the guests who talk, or are rung to: a call of colleagues needs two people.
func (v *visit) talkers() (n int) {
	for _, g := range v.guests {
		if g.mode.talks() {
			n++
		}
	}
	return n
}

// successor returns the guest who takes the agent seat when it becomes free: who barged in before who was invited; nil:
// nobody in the call talks with the customer.
func (v *visit) successor() (next *guest) {
	for _, g := range v.guests {
		if g.agent != nil && g.isUp() && g.mode.serves() && (next == nil || g.mode > next.mode) {
			next = g
		}
	}
	return next
}

// seatGuest gives a guest the agent seat, which is empty. He keeps his leg.
func (f *Floor) seatGuest(g *guest) {
	v, a := g.visit, g.agent
	v.guests = slices.DeleteFunc(v.guests, func(other *guest) bool { return other == g })
	a.guest = nil
	v.owner, v.seat = a, g.leg
	g.leg.seat = call.AgentSeat
	if v.asked() == nil {
		v.aside = false
	}
	a.handled++
	if v.answered.IsZero() {
		v.answered, v.record.Answered = f.now, f.now
	}
	v.team, v.taken, v.lined = a.Team, f.now, time.Time{}
	f.unlisten(v)
	f.connect(v.seat)
	f.recordServed(v)
	f.touch(a)
	f.touchCall(v)
}

// unlisten takes out who listens or whispers, and is no supervisor of the agent who has the call now.
func (f *Floor) unlisten(v *visit) {
	for _, g := range slices.Clone(v.guests) {
		if (g.mode == Monitor || g.mode == Whisper) && !f.sees(g.agent.ID, v.owner) {
			f.guestOut(g, call.Normal)
		}
	}
}

// changeGuest lets a guest take part in another way: from asked to conference, from listening to whispering to barging in.
func (f *Floor) changeGuest(c ChangeGuest) error {
	v, err := f.ledCall(c.By, c.Call, c.Mode)
	if err != nil {
		return err
	}
	g := f.guestNamed(v, c.By, c.Agent)
	switch {
	case g == nil || !g.isUp():
		return refuse("no_guest", "%s is no guest of this call.", c.Agent)
	case g.emergency:
		return noEmergency(true)
	case g.mode == c.Mode:
		return refuse("already_so", "%s takes part so already.", c.Agent)
	case g.mode.isSupervision() != c.Mode.isSupervision() || c.Mode == Primary || c.Mode == Consult:
		return refuse("bad_guest", "A %s guest cannot become %s.", g.mode, c.Mode)
	case v.customer == nil && g.mode.serves() && !c.Mode.serves() && !v.servedBeside(g): // whom he asks is no other side
		return refuse("bad_guest", "%s would talk with nobody.", v.owner.Name)
	}
	a := g.agent
	switch {
	case g.mode.talks() == c.Mode.talks():
	case c.Mode.talks():
		if a.Presence.Activity == presence.WrapUp {
			a.Presence.EndWrapUp(f.now)
		}
		a.Presence.Enter(presence.Talking)
	default:
		a.Presence.EndWork(f.now, 0)
	}
	g.mode = c.Mode
	if v.asked() == nil {
		v.aside = false
		f.hang(g.own, call.Normal, "")
		if v.seat != nil && v.seat.held { // he goes on with the leg that he asked by
			f.remark = "the phone still holds the customer"
		}
	}
	if a != nil {
		f.settled(a)
	}
	f.mix(v)
	f.touchCall(v)
	return nil
}

// dropGuest sends a guest away; he himself, the agent in the seat and his supervisors may; none but supervisors send a
// supervisor away.
func (f *Floor) dropGuest(c DropGuest) error {
	v := f.calls[c.Call]
	if v == nil {
		return refuse("unknown_call", "There is no live call %s.", c.Call)
	}
	g := f.guestNamed(v, c.By, c.Agent)
	if g == nil || c.By != c.Agent {
		mode := Consult
		if g != nil && g.mode.isSupervision() {
			mode = g.mode // no agent sends a supervisor away
		}
		if _, err := f.ledCall(c.By, c.Call, mode); err != nil {
			return err
		}
	}
	if g == nil {
		return refuse("no_guest", "%s is no guest of this call.", c.Agent)
	}
	if err := noEmergency(g.emergency && c.By != v.owner.ID); err != nil {
		return err
	}
	if c.By == c.Agent && !g.isUp() {
		f.guestFailed(g, call.Declined) // he turns the call away, which is no hang-up
		return nil
	}
	f.guestGone(g, call.Normal, who(c.By))
	return nil
}
