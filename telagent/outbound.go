package telagent

import (
	"slices"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// fromPhone takes a call that a registered phone begins. What is refused is refused to the phone and audited.
func (f *Floor) fromPhone(e call.Invited) {
	a := f.owners[e.Source.AOR]
	if a == nil {
		f.reject(e, call.Forbidden)
		return
	}
	f.remark, a.active = "", f.now
	err := f.dialled(a, e)
	entry := AuditEntry{Time: f.now, By: a.ID, Action: "dial", Subject: e.To, Result: "done", Detail: f.remark}
	if r := refusalOf(err); r != nil {
		entry.Result, entry.Detail = r.Code, r.Sentence
		f.reject(e, causeOfRefusal(r.Code))
	}
	f.say(Audited{Entry: entry})
}

// dialled does what an agent dialled for.
func (f *Floor) dialled(a *agent, e call.Invited) error {
	if e.Replaces != "" {
		return f.replaces(a, e)
	}
	if feature, ok := f.featureOf(e.To); ok && feature.Does != "hang_up" {
		f.useFeature(a, e, feature)
		return nil
	}
	if f.isEmergency(e.To) {
		return f.emergency(a, e)
	}
	if a.visit != nil && !f.isAccess(e.To) {
		return f.askByPhone(a, e)
	}
	if err := f.takesNew(); err != nil {
		return err
	}
	if f.isAccess(e.To) {
		return f.openMenu(e)
	}
	if err := f.mayDial(a); err != nil {
		return err
	}
	who, err := f.find(a, e.To)
	if err != nil {
		return err
	}
	switch {
	case who.agent == a:
		return refuse("yourself", "This is your own number.")
	case who.agent != nil:
		return f.callColleague(a, e, who.agent)
	case who.line != nil:
		return refuse("is_queue", "%s is a queue; only customers wait there.", e.To)
	}
	f.callOutside(a, e, who.number, false)
	return nil
}

// mayDial says why an agent cannot dial now, as far as his status goes (S41, S45, S55, S56).
func (f *Floor) mayDial(a *agent) error {
	if a.Presence.May(presence.DialOut) {
		return nil
	}
	return refuse("may_not_dial", "%s cannot dial out while %s.", a.Name, strings.ReplaceAll(a.Presence.Status().String(), "_", " "))
}

// inward makes the leg of a phone that called us; it rings there until somebody is there to talk with.
func (f *Floor) inward(v *visit, a *agent, e call.Invited, seat call.Seat) *leg {
	t := call.Target{Device: call.Softphone, AOR: e.Source.AOR}
	if e.Source.AOR == a.DeskPhone {
		t.Device = call.DeskPhone
	}
	l := &leg{id: e.Leg, visit: v, seat: seat, agent: a, target: t, inward: true, since: f.now, began: f.now}
	f.legs[l.id] = l
	return l
}

// begin puts an agent who dials into the seat of a new call.
func (f *Floor) beginCall(a *agent, e call.Invited, kind Kind, other call.Party) *visit {
	v := &visit{id: call.ID(f.id()), kind: kind, from: other, to: e.To, team: a.Team, tried: map[string]int{}}
	v.owner, v.seat = a, f.inward(v, a, e, call.AgentSeat)
	v.caller = queue.Caller{Call: v.id, Priority: fallbackPriority, Since: f.now}
	v.record = Record{ID: v.id, Kind: kind.String(), From: call.Party{Number: a.ID, Name: a.Name}, To: e.To, Began: f.now}
	f.calls[v.id] = v
	a.visit = v
	a.Presence.Enter(presence.Dialling)
	f.settled(a)
	f.place(a)
	f.touchCall(v)
	return v
}

// fallbackPriority is what a customer counts as who came by no queue, until he is requeued.
const fallbackPriority = 5

// callColleague rings another agent. A call between two agents has no customer, and no after-call work.
func (f *Floor) callColleague(a *agent, e call.Invited, b *agent) error {
	if err := f.mayJoin(b, Conference); err != nil {
		return err
	}
	v := f.beginCall(a, e, Internal, call.Party{Number: a.ID, Name: a.Name})
	f.invite(&guest{visit: v, agent: b, mode: Conference})
	return nil
}

// callOutside rings somebody outside for an agent.
func (f *Floor) callOutside(a *agent, e call.Invited, number string, emergency bool) {
	v := f.beginCall(a, e, Outbound, call.Party{Number: number})
	v.emergency = emergency
	v.customer = f.dial(v, call.CustomerSeat, nil, call.Target{Device: call.PSTN, Number: number}, f.callerID(a))
	if v.customer == nil {
		f.endCall(v, call.NoCapacity, "system")
		return
	}
	v.dialled = f.now.Add(f.set.DialTime)
	v.customer.dialler = a
	v.customer.count(f.now, &a.usage)
	f.schedule(v)
}

// outsideAnswers joins an agent with whom he called.
func (f *Floor) outsideAnswers(l *leg) {
	v := l.visit
	l.phase, l.since, l.answered = up, f.now, f.now
	v.dialled = time.Time{}
	v.answered, v.record.Answered, v.taken = f.now, f.now, f.now
	f.pickUp(v.seat)
	if longest := f.longest(l); longest > 0 && !v.emergency {
		v.limit = f.now.Add(longest)
	}
	v.owner.Presence.Enter(presence.Talking)
	v.owner.handled++
	f.connect(v.seat)
	f.recordServed(v)
	f.schedule(v)
	f.settled(v.owner)
	f.touchCall(v)
}

// emergency lets a call for help go out first: whatever the agent was doing, past rules and limits (S58).
func (f *Floor) emergency(a *agent, e call.Invited) error {
	f.remark = "an emergency call"
	v := a.visit
	if v != nil && v.owner == a && v.asksForHelp() {
		f.guestOut(v.asked(), call.Cancelled) // he tries again; the alarm of the first call ends before that of this one
	}
	f.say(AlarmRaised{Time: f.now, Code: "emergency_call", Subject: a.ID, Team: a.Team, Sentence: a.Name + " calls " + e.To + "."})
	switch {
	case v == nil:
	case v.owner == a && a.Presence.Activity != presence.Dialling && v.asked() == nil && v.customer != nil:
		v.paused = v.seat != nil && !v.seat.held // the customer waits
		g := &guest{visit: v, number: e.To, mode: Consult, emergency: true}
		g.own = f.inward(v, a, e, call.AgentSeat)
		f.invite(g)
		f.mix(v)
		return nil
	default:
		f.pullOut(a, call.Cancelled)
	}
	if a.Presence.Activity == presence.WrapUp {
		a.Presence.EndWrapUp(f.now)
	}
	f.callOutside(a, e, e.To, true)
	return nil
}

// askByPhone takes the second call of an agent's phone, which holds the first: he asks somebody for advice.
func (f *Floor) askByPhone(a *agent, e call.Invited) error {
	v := a.visit
	switch {
	case v.owner != a || a.Presence.Activity != presence.Talking || v.seat == nil || !v.seat.held && !v.paused:
		return refuse("agent_busy", "%s is in a call; hold it first to ask somebody.", a.Name)
	case v.asked() != nil:
		return refuse("already_consulting", "Somebody is asked already.")
	}
	who, err := f.find(a, e.To)
	if err != nil {
		return err
	}
	g := &guest{visit: v, mode: Consult}
	id := ""
	switch {
	case who.line != nil:
		return refuse("is_queue", "%s is a queue; transfer the call there.", e.To)
	case who.agent != nil:
		id = who.agent.ID
	}
	if err := f.invitable(g, a, id, who.number); err != nil {
		return err
	}
	g.own = f.inward(v, a, e, call.AgentSeat)
	f.remark = "asks " + g.name() + " while the customer waits"
	f.invite(g)
	return nil
}

// replaces lets a phone take the place of another leg (RFC 3891): of its own agent's in a talk, or of one that rings for
// a colleague of his team.
func (f *Floor) replaces(a *agent, e call.Invited) error {
	old := f.legs[e.Replaces]
	if old == nil || old.visit == nil || old.agent == nil {
		return refuse("no_such_leg", "There is no such call.")
	}
	v := old.visit
	switch {
	case old.agent == a && old == v.seat && old.phase == up && a.move == nil:
		l := f.inward(v, a, e, call.AgentSeat)
		f.pickUp(l)
		v.seat = l
		f.succeed(old, l)
		f.hang(old, call.Moved, "")
		f.touch(a)
	case old.phase <= ringing && offerOf(old) != nil && old.agent.Team == a.Team && (f.mayJoin(a, Conference) == nil || old.agent == a):
		f.pickUpOffer(a, old, e)
	default:
		return refuse("may_not_replace", "%s may not take this call.", a.Name)
	}
	f.touchCall(v)
	return nil
}

// pickUpOffer gives an agent the caller who rings at a colleague, or at another phone of his own.
func (f *Floor) pickUpOffer(a *agent, old *leg, e call.Invited) {
	v := old.visit
	o := offerOf(old)
	if o.agent != a {
		b := o.agent
		f.dropOffer(v, o, call.Elsewhere.String())
		o.agent, o.began, a.visit = a, f.now, v
		a.Presence.Enter(presence.Offered)
		v.offers = append(v.offers, o)
		f.place(a)
		f.touch(b)
	}
	rang := o.rung
	o.rung = rung{}
	f.hangAll(&rang, call.Elsewhere)
	l := f.inward(v, a, e, call.AgentSeat)
	o.add(l)
	f.pickUp(l)
	f.take(l)
}

// callsForHelp says whether a leg that is dialled for a seat is an emergency call.
func (v *visit) callsForHelp(seat call.Seat) bool {
	return v != nil && (v.emergency && seat == call.CustomerSeat ||
		seat == call.GuestSeat && slices.ContainsFunc(v.guests, func(g *guest) bool { return g.emergency || g.helps != "" && g.leg == nil }))
}

// inEmergency says whether an agent is in an emergency call here.
func (v *visit) inEmergency(a *agent) bool {
	return v.owner == a && (v.emergency || v.callsForHelp(call.GuestSeat))
}

// count counts a leg as a call that was dialled, until it is over.
func (l *leg) count(now time.Time, u *dialplan.Usage) {
	u.Begin(now)
	l.counts = append(l.counts, u)
}

// longest is how long a call to a number may last by the dial rules and its trunk's; 0: for ever.
func (f *Floor) longest(l *leg) time.Duration {
	d := f.set.Dial.Limits.MaxDuration
	if t := l.trunk; t != nil && t.Limits.MaxDuration > 0 && (d == 0 || t.Limits.MaxDuration < d) {
		d = t.Limits.MaxDuration
	}
	return d
}
