package telagent

import (
	"cmp"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// seq is the order in which answers to requests were given; 0: it is none.
func (a *LiveAnswer) seq() int {
	if a == nil {
		return 0
	}
	return a.Seq
}

// people returns the agents who are in a call that goes on.
func (l *Live) people() map[string]bool {
	in := map[string]bool{}
	for _, c := range l.Calls {
		in[c.Owner] = true
		for _, g := range c.Guests {
			in[g.Agent] = in[g.Agent] || g.Leg != ""
		}
	}
	return in
}

// takeUpPart makes a part of the Floor as it was. What it is about and is gone meanwhile is passed over.
func (f *Floor) takeUpPart(p LivePart) {
	switch {
	case p.Agent != nil && f.agents[p.ID] != nil:
		f.takeUpAgent(f.agents[p.ID], *p.Agent)
	case p.Queue != nil && f.queues[p.ID] != nil:
		q := f.queues[p.ID]
		q.handling, q.kept = p.Queue.Handling, *p.Queue
	case p.Trunk != nil:
		if t := f.trunkNamed(p.ID); t != nil {
			t.usage = p.Trunk.Usage
		}
	case p.Batch != nil:
		f.takeUpBatch(p.ID, *p.Batch)
	case p.Answer != nil:
		f.takeUpAnswer(p.ID, *p.Answer)
	case p.Phone != nil:
		f.takeUpPhone(p.ID, *p.Phone)
	case p.Guesses != nil:
		f.takeUpGuesses(*p.Guesses)
	case p.Menu != nil:
		f.takeUpMenu(*p.Menu)
	}
}

func (f *Floor) takeUpAgent(a *agent, is LiveAgent) {
	n, t := &a.nail, &a.trouble
	n.stood, n.idle, n.again, n.failures, n.rests = is.Stood, is.Idle, is.Again, is.Failures, is.Rests
	if l := f.takeUpLeg(is.Line); l != nil && l.agent == a {
		l.seat = call.AgentSeat
		n.rung = rung{leg: l}
	}
	a.rest, a.handled, a.by, a.after, a.usage, a.last = is.Rest, is.Handled, is.ChangedBy, is.After, is.Usage, is.Last
	t.code, t.since, t.acted, t.stuck, t.back, t.untold = is.Trouble, is.Since, is.Acted, is.Stuck, is.Back, is.Trouble != ""
	a.kept, a.isKept = is, true
	if !is.Rest.IsZero() && a.Presence.Activity == presence.Idle && len(a.Presence.Shifts) == 0 { // else it is about to be
		f.scheduleAgent(a)
	}
}

// takeUpLeg makes a leg that was up; nil: there is none, or another of its name.
func (f *Floor) takeUpLeg(is LiveLeg) *leg {
	if is.Leg == "" || f.legs[is.Leg] != nil {
		return nil
	}
	l := &leg{
		id: is.Leg, seat: is.Seat, agent: f.agents[is.Agent], target: is.Target, trunk: f.trunkNamed(is.Trunk), help: is.Help, inward: is.Inward,
		phase: up, since: is.Since, began: is.Began, answered: is.Answered, silent: is.Silent, reports: is.Reports, muted: is.Muted, held: is.Held,
	}
	l.trunk.take()
	if t := l.trunk; t != nil && is.Out {
		t.usage.Again()
		l.counts = append(l.counts, &t.usage)
	}
	if a := f.agents[is.Dialler]; a != nil {
		a.usage.Again()
		l.dialler, l.counts = a, append(l.counts, &a.usage)
	}
	f.legs[l.id] = l
	f.keeping.taken = append(f.keeping.taken, l)
	return l
}

func (f *Floor) takeUpBatch(id string, is LiveBatch) {
	b := &batch{
		id: id, by: is.By, request: is.Request, what: is.What, policy: is.Policy, back: is.Back, began: is.Began, ended: is.Ended, undoUntil: is.UndoUntil,
	}
	for _, one := range is.Members {
		m := &member{
			batch: b, id: one.Agent, is: one.Progress, code: one.Code, why: one.Why, to: one.To, by: one.By, since: one.Since, before: one.Before,
			offDuty: one.OffDuty, undoing: one.Undoing,
		}
		b.members = append(b.members, m)
		if one.Known {
			m.agent = f.agents[one.Agent]
		}
		switch {
		case !m.is.goesOn():
		case m.agent == nil || m.agent.member != nil:
			m.is = SwitchUnmade
		default:
			m.agent.member = m
		}
	}
	f.batches = append(f.batches, b)
	slices.SortFunc(f.batches, func(a, b *batch) int { return cmp.Or(a.began.Compare(b.began), cmp.Compare(a.id, b.id)) })
	f.touchBatch(b)
}

func (f *Floor) takeUpAnswer(key string, is LiveAnswer) {
	one := answer{seq: is.Seq}
	if is.Code != "" {
		one.err = &Refusal{is.Code, is.Sentence}
	}
	f.answered.put(key, one)
}

// takeUpPhone makes a phone as it was known. Whether it is bound the signalling wire says soon.
func (f *Floor) takeUpPhone(aor string, is LivePhone) {
	f.keeping.phones[aor] = is
	if is.Bound {
		f.bound[aor] = true
		f.keeping.unsure = append(f.keeping.unsure, aor)
	}
	if is.Address.IsValid() {
		f.where[aor] = is.Address
	}
	if is.Status != "" {
		f.said[aor] = call.Published{AOR: aor, Status: is.Status, Reason: is.Reason}
	}
	if f.owners[aor] == nil || is.same(LivePhone{Bound: is.Bound, Address: is.Address, Status: is.Status, Reason: is.Reason}) {
		return
	}
	l := f.lifeOf(aor)
	for what, since := range is.Missed {
		l.missed[what] = since
	}
	l.lost, l.well, l.gone, l.again, l.doubt, l.losses = is.Lost, is.Well, is.Gone, is.Again, is.Doubt, is.Losses
}

func (f *Floor) takeUpGuesses(is LiveGuesses) {
	who, g := guesser{user: is.User, caller: is.Caller}, &guesses{count: is.Count, since: is.Since}
	f.guesses[who] = g
	if !is.Until.IsZero() {
		f.lock(who, g, is.Until)
	}
}

func (f *Floor) takeUpMenu(is LiveMenu) {
	l := f.takeUpLeg(is.Leg)
	if l == nil {
		return
	}
	l.phase, l.since = asking, f.now
	l.menu = &menu{leg: l, caller: is.Caller, phone: is.Phone, wrong: is.Wrong, longest: is.Longest, isKept: true}
	f.menus[l.id] = l.menu
}

// takeUpCall makes a call as it was: everybody is in his place again, and nobody hears anything yet. One that cannot go on
// ends, with its record.
func (f *Floor) takeUpCall(c LiveCall) {
	if f.calls[c.ID] != nil {
		return
	}
	legs := map[call.LegID]LiveLeg{}
	for _, l := range c.Legs {
		legs[l.Leg] = l
	}
	v := f.takenUp(c.LiveVisit)
	v.record, v.tried, v.kept, v.isKept = c.Record.copied(), map[string]int{}, c, true
	for id, n := range c.Tried {
		v.tried[id] = n
	}
	f.calls[v.id] = v
	if v.customer = f.takeUpLeg(legs[c.Customer]); v.customer != nil {
		v.customer.visit = v
	}
	f.takeUpOwner(v, f.agents[c.Owner], legs[c.Seat])
	for _, g := range c.Guests {
		f.takeUpGuest(v, g, legs)
	}
	if v.asked() == nil {
		v.aside = false
	}
	switch {
	case (v.customer == nil) != (v.kind == Internal), v.customer == nil && v.parties() < 2:
		f.endCall(v, call.Lost, "system")
	case c.Waits && v.owner == nil && v.line != nil:
		v.waiting = true
		v.line.waiting.Add(v.caller)
		f.touchQueue(v.line)
		f.feed(v.line)
	}
}

// takenUp makes what of a call is neither its legs nor its past.
func (f *Floor) takenUp(is LiveVisit) *visit {
	return &visit{
		id: is.ID, kind: is.Kind, emergency: is.Emergency, from: is.From, to: is.To, diverted: is.Diverted, attested: is.Attested,
		line: f.queues[is.Queue], aside: is.Aside, paused: is.Paused, team: is.Team, limit: is.Limit,
		caller: queue.Caller{Call: is.ID, Priority: is.Priority, Since: is.Since},
		stay: stay{
			lined: is.Lined, hops: is.Hops, announced: is.Announce, parting: is.Parting, parts: is.Parts, taken: is.Taken, onHold: is.OnHold, held: is.Held,
		},
		answered: is.Answered, alone: is.Alone, cut: is.Cut, sorry: is.Sorry, resting: is.Recording.Rests,
		recording: recording{file: is.Recording.File, now: is.Recording.Now, began: is.Recording.Began, alarm: is.Recording.Alarm},
	}
}

// takeUpOwner puts an agent into the seat of a call, with his leg if he had one.
func (f *Floor) takeUpOwner(v *visit, a *agent, seat LiveLeg) {
	if a == nil || a.visit != nil {
		v.alone, v.cut = time.Time{}, time.Time{}
		return
	}
	v.owner, a.visit = a, v
	if l := f.takeUpLeg(seat); l != nil && l.agent == a {
		v.seat, l.visit, l.seat = l, v, call.AgentSeat
	}
	if v.seat == nil && v.cut.IsZero() {
		v.alone, v.cut = f.now, f.now
	}
	if l := v.seat; l.counting() && v.cut.IsZero() {
		l.silent = f.now // nobody could hear it meanwhile
	}
	is := presence.Talking
	if !v.cut.IsZero() {
		is = presence.CutOff
	}
	f.partTakenUp(a, is)
}

// partTakenUp gives an agent the activity that his part in a call is.
func (f *Floor) partTakenUp(a *agent, is presence.Activity) {
	if a.Presence.Activity != is {
		a.Presence.Activity, a.Presence.WrapUpUntil = is, time.Time{}
	}
	f.touch(a)
}

// takeUpGuest lets somebody take part in a call who did.
func (f *Floor) takeUpGuest(v *visit, is LiveGuest, legs map[call.LegID]LiveLeg) {
	a := f.agents[is.Agent]
	if is.Leg == "" || (a == nil) != (is.Agent == "") || a == nil && is.Number == "" || a != nil && a.visit != nil || v.owner != nil && v.owner == a {
		return
	}
	l := f.takeUpLeg(legs[is.Leg])
	if l == nil {
		return
	}
	g := &guest{visit: v, agent: a, number: is.Number, mode: is.Mode, rung: rung{leg: l}, handOver: is.HandOver, emergency: is.Emergency, helps: is.Helps}
	l.visit = v
	v.guests = append(v.guests, g)
	if own := f.takeUpLeg(legs[is.Own]); own != nil {
		g.own, own.visit = own, v
	}
	if limit := legs[is.Leg].Limit; !limit.IsZero() && a == nil {
		f.limitGuest(g, limit)
	}
	if a == nil {
		return
	}
	a.visit, a.guest = v, g
	switch act := a.Presence.Activity; {
	case is.Mode.talks():
		f.partTakenUp(a, presence.Talking)
	case act != presence.Idle && act != presence.WrapUp:
		f.partTakenUp(a, presence.Idle)
	}
	f.touch(a)
}
