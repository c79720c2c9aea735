package telagent

import (
	"cmp"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// callee is whom a call or a transfer is for: exactly one field is set.
type callee struct {
	agent  *agent
	line   *line
	number string // E.164, outside
}

// find reads what somebody typed or dialled: an agent, his desk phone, a queue or one of its numbers, or a number outside
// that the agent who asks may call.
func (f *Floor) find(asks *agent, to string) (callee, error) {
	if a := f.owners[to]; a != nil {
		return callee{agent: a}, nil
	}
	if q := f.queues[to]; q != nil {
		return callee{line: q}, nil
	}
	if a := f.direct[to]; a != nil {
		return callee{agent: a}, nil
	}
	if q := f.numbers[to]; q != nil {
		return callee{line: q}, nil
	}
	n, err := f.outside(asks, to)
	return callee{number: n}, err
}

// outside returns a number outside that an agent may call now, as it is dialled.
func (f *Floor) outside(asks *agent, raw string) (string, error) {
	n, err := f.set.Dial.Read(raw)
	if err != nil {
		return "", refuse("unknown_number", "%q is no agent, no queue and no number; write a number with its country code, like +49301234567.", raw)
	}
	v := f.set.Dial.Check(n, f.now, dialplan.Dialler{Name: asks.Name, Limits: f.set.Dial.Limits, Usage: &asks.usage})
	if !v.Allowed {
		return "", refuse("number_not_allowed", "%s", v.Sentence)
	}
	if n.Kind == dialplan.Emergency {
		return n.Dial, nil
	}
	if t, cause := f.carrier(); t == nil && cause == call.NoCapacity {
		return "", refuse("no_trunk_capacity", "No trunk has room for another call.")
	} else if t == nil {
		return "", refuse("no_trunk", "No trunk can carry a call now.")
	}
	return n.Dial, nil
}

// isEmergency says whether a dialled number is one for help.
func (f *Floor) isEmergency(raw string) bool {
	n, err := f.set.Dial.Read(raw)
	return err == nil && n.Kind == dialplan.Emergency
}

// callerID is what somebody outside is shown when an agent calls: what the dial rules name for him, else the number of
// the queue that he serves best, else our access number.
func (f *Floor) callerID(a *agent) call.Party {
	ids := f.set.Dial.CallerID
	var best *line
	for _, name := range sortedKeys(a.Queues) {
		q := f.queues[name]
		if q != nil && cmp.Or(ids.Queues[name], q.CallerID) != "" && (best == nil || a.Queues[name] < a.Queues[best.Name]) {
			best = q
		}
	}
	if best == nil {
		return call.Party{Number: cmp.Or(ids.For(a.ID, ""), f.set.AccessNumber)}
	}
	return call.Party{Number: cmp.Or(ids.Agents[a.ID], ids.Queues[best.Name], best.CallerID), Name: best.CallingName}
}

// transfer hands a call on, as a person at a page asks.
func (f *Floor) transfer(c Transfer) error {
	v, err := f.ledCall(c.By, c.Call, Primary)
	if err != nil {
		return err
	}
	if err := noEmergency(v.emergency || v.asksForHelp()); err != nil {
		return err
	}
	if c.To == "" {
		return f.completeTransfer(v)
	}
	return f.beginTransfer(v, c.To, "")
}

// completeTransfer gives the call to who was asked.
func (f *Floor) completeTransfer(v *visit) error {
	g := v.asked()
	if g == nil || !g.isUp() {
		return refuse("nobody_asked", "There is nobody on the line who could take the call.")
	}
	f.remark = "the call went to " + g.name()
	f.handOver(g)
	return nil
}

// beginTransfer rings whoever is to have the call; a queue has it at once. referrer is the leg whose phone asked.
func (f *Floor) beginTransfer(v *visit, to string, referrer call.LegID) error {
	if v.asked() != nil {
		return refuse("already_consulting", "Somebody is asked already.")
	}
	who, err := f.find(v.owner, to)
	if err != nil {
		return err
	}
	if who.line != nil {
		return f.transferToQueue(v, who.line, referrer)
	}
	g := &guest{visit: v, mode: Consult, handOver: true, referrer: referrer}
	id := ""
	if who.agent != nil {
		id = who.agent.ID
	}
	if err := f.invitable(g, v.owner, id, who.number); err != nil {
		return err
	}
	v.aside = true
	f.remark = "the call goes to " + g.name() + " when it is taken"
	f.invite(g)
	f.mix(v)
	return nil
}

// transferToQueue lets the customer wait in another queue. His wait there begins now.
func (f *Floor) transferToQueue(v *visit, q *line, referrer call.LegID) error {
	if v.customer == nil {
		return refuse("no_customer", "A colleague cannot be put into a queue.")
	}
	switch {
	case !q.open(f.now):
		return refuse("queue_closed", "The queue %s is closed now.", q.Name)
	case q.waiting.Len() >= q.most():
		return refuse("queue_full", "The queue %s is full.", q.Name)
	case referrer != "":
		f.act(call.Progress{Leg: referrer, Done: true, Cause: call.Normal})
	}
	f.remark = "the call went to the queue " + q.Name
	f.clearGuests(v, call.Normal)
	f.leaveSeat(v, call.Transferred, "")
	v.caller.Priority, v.caller.Since = q.Priority, f.now
	v.tried, v.hops = map[string]int{}, 0
	f.admit(v, q)
	return nil
}

// handOver gives the call to a guest who took it: the agent in the seat leaves, and nobody else notices.
func (f *Floor) handOver(g *guest) {
	v := g.visit
	if g.referrer != "" {
		f.act(call.Progress{Leg: g.referrer, Done: true, Cause: call.Normal})
		g.referrer = ""
	}
	own := g.own
	g.own, g.handOver, v.aside = nil, false, false
	g.mode = Conference
	f.hang(own, call.Transferred, "")
	if v.owner != nil {
		f.leaveSeat(v, call.Transferred, "")
	}
	if v.customer == nil {
		v.kind = Internal
	}
	if g.agent == nil {
		g = v.successor() // a colleague who talks with the customer too
	}
	if g != nil {
		f.seatGuest(g)
		return
	}
	f.mix(v) // somebody outside has no seat: he is joined with the customer, and no agent is in the call any more
	f.schedule(v)
	f.touchCall(v)
}

// leaveSeat ends the part of the agent in the seat, whoever goes on with the call.
func (f *Floor) leaveSeat(v *visit, cause call.Cause, text string) *agent {
	a := v.owner
	help := f.splitHelp(v)
	f.cancelMove(a, cause.String())
	if !v.cut.IsZero() {
		f.leftInCall(a, v.seat)
	}
	f.talked(v, cause)
	if v.customer != nil && !v.emergency && !v.answered.IsZero() {
		if v.line != nil {
			v.line.handled(f.now.Sub(v.taken) + f.wrapUp(a))
			f.keepLater(v.line)
		}
		f.talks.remember(v.from.Number, lastTalk{a, f.now})
	}
	f.hang(v.seat, cause, text)
	v.owner, v.seat, v.alone, v.cut, v.paused = nil, nil, time.Time{}, time.Time{}, false
	f.release(a, v.customer != nil && !v.emergency)
	if help != nil {
		f.joinHelp(a, help)
	}
	f.touchCall(v)
	return a
}

// cancelMove ends a switch under way of an agent whose part in the call is over.
func (f *Floor) cancelMove(a *agent, why string) {
	if m := a.move; m != nil {
		f.hangAll(&m.rung, call.Cancelled)
		f.moveOver(m, why)
	}
}

// clearGuests sends every guest away.
func (f *Floor) clearGuests(v *visit, cause call.Cause) {
	for len(v.guests) > 0 {
		g := v.guests[0]
		f.unseat(g, cause)
		f.referrerTold(g, cause)
	}
}

// referrerTold tells the phone that asked for a transfer by REFER that it came to nothing.
func (f *Floor) referrerTold(g *guest, cause call.Cause) {
	if g.referrer == "" {
		return
	}
	if cause == call.Normal {
		cause = call.Cancelled
	}
	f.act(call.Progress{Leg: g.referrer, Done: true, Cause: cause})
	g.referrer = ""
}

// outsideGone goes on after somebody outside, to whom a customer was handed, is gone.
func (f *Floor) outsideGone(v *visit, cause call.Cause) {
	switch {
	case cause == call.Normal:
		f.endCall(v, cause, "outside")
		return
	case v.line != nil && v.answered.IsZero() && v.caller.Priority != queue.Requeued && !v.line.open(f.now): // nobody would take him there either
		f.turnAway(v, call.Closed)
		return
	}
	f.back(v, call.Requeued)
}

// back gives a customer whom nobody serves any more back to his queue, on top and with his original wait (S31, S40). One
// who came by no queue waits in the fallback queue of the team.
func (f *Floor) back(v *visit, prompt call.Prompt) {
	q := v.line
	if q == nil {
		q = f.fallback(v.team)
	}
	if v.emergency { // who helps does not wait in a queue
		f.endCall(v, call.Normal, "system")
		return
	}
	if q == nil {
		f.endCall(v, call.NoCapacity, "system")
		return
	}
	f.clearGuests(v, call.Forced)
	v.line = q
	v.caller.Priority, v.lined = queue.Requeued, time.Time{}
	f.mix(v)
	f.speak(v.customer, prompt, 0)
	f.schedule(v)
	f.wait(v, q)
}

// fallback returns the queue that takes a team's customers who came by no queue: the one that says so, else the first of
// all: a customer is never hung up on while somebody could take him.
func (f *Floor) fallback(team string) *line {
	names := sortedKeys(f.queues)
	for _, name := range names {
		if contains(f.queues[name].FallbackFor, team) {
			return f.queues[name]
		}
	}
	if len(names) > 0 {
		return f.queues[names[0]]
	}
	return nil
}

// queueName is where a customer waits or came from; empty: by no queue.
func (v *visit) queueName() string {
	if v.line == nil {
		return ""
	}
	return v.line.Name
}

// referred takes a phone's own wish for a transfer (REFER), as if its agent had asked for it at the page.
func (f *Floor) referred(l *leg, e call.Referred) {
	a := l.agent
	subject := e.To
	if l.visit != nil {
		subject = string(l.visit.id)
	}
	err := f.refer(l, e)
	entry := AuditEntry{Time: f.now, Action: "transfer", Subject: subject, Result: "done", Detail: f.remark}
	if a != nil {
		entry.By = a.ID
	}
	if r := refusalOf(err); r != nil {
		entry.Result, entry.Detail = r.Code, r.Sentence
		f.act(call.Progress{Leg: e.Leg, Done: true, Cause: causeOfRefusal(r.Code)})
	}
	f.say(Audited{Entry: entry})
}

func (f *Floor) refer(l *leg, e call.Referred) error {
	v := l.visit
	if v == nil || l.phase != up || l.agent == nil {
		return refuse("not_talking", "This leg cannot be transferred.")
	}
	g := guestOf(l)
	if g == nil || g.leg != l || v.customer != nil || v.owner == nil || v.asked() != nil {
		return f.referSeat(v, l, e)
	}
	f.takeLead(g) // of two colleagues either may hand the other on
	err := f.referSeat(v, l, e)
	if err != nil {
		f.takeLead(g)
	}
	return err
}

// referSeat takes the wish of the phone in the agent's seat.
func (f *Floor) referSeat(v *visit, l *leg, e call.Referred) error {
	if v.owner != l.agent || v.owner.Presence.Activity != presence.Talking {
		return refuse("not_in_seat", "Only the agent who serves the customer can transfer him.")
	}
	if err := noEmergency(v.emergency || v.asksForHelp()); err != nil {
		return err
	}
	if e.With == "" {
		return f.beginTransfer(v, e.To, e.Leg)
	}
	g := v.asked()
	if g == nil || g.own == nil || !g.isUp() || g.own.id != e.With && g.own != l {
		return refuse("nobody_asked", "There is nobody on the line who could take the call.")
	}
	g.referrer, f.remark = e.Leg, "the call went to "+g.name()
	f.handOver(g)
	return nil
}

// takeLead changes the places of the two agents of an internal call.
func (f *Floor) takeLead(g *guest) {
	v := g.visit
	was, leg := v.owner, v.seat
	v.owner, v.seat = g.agent, g.leg
	v.seat.seat, leg.seat = call.AgentSeat, call.GuestSeat
	g.agent.guest, was.guest = nil, g
	g.agent, g.leg = was, leg
	f.touch(was)
	f.touchCall(v)
}
