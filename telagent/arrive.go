package telagent

import (
	"cmp"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/queue"
)

// arrive takes a new inbound leg: a customer who dialled a queue's number over a trunk, or an agent's own.
func (f *Floor) arrive(e call.Invited) {
	if f.legs[e.Leg] != nil {
		return
	}
	if e.Source.Trunk == "" {
		f.alive(e.Source.AOR)
		f.fromPhone(e)
		return
	}
	if f.turnsAway(e) {
		return
	}
	q, a := f.numbers[e.To], f.direct[e.To]
	if a != nil {
		q = f.fallback(a.Team)
	}
	if q == nil && a == nil && f.isAccess(e.To) {
		if r := refusalOf(f.openMenu(e)); r != nil {
			f.reject(e, causeOfRefusal(r.Code))
		}
		return
	}
	if q == nil {
		f.reject(e, call.Unknown)
		return
	}
	v := &visit{id: call.ID(f.id()), from: e.From, to: e.To, diverted: e.Diverted, attested: e.Attested, tried: map[string]int{}}
	v.customer = &leg{
		id: e.Leg, visit: v, seat: call.CustomerSeat, target: call.Target{Device: call.PSTN, Number: e.From.Number},
		phase: up, since: f.now, began: f.now, answered: f.now, trunk: f.trunkNamed(e.Source.Trunk),
	}
	v.customer.trunk.take()
	v.record = Record{ID: v.id, Kind: v.kind.String(), From: v.from, To: v.to, Diverted: v.diverted, Attested: v.attested, Queue: q.Name, Began: f.now}
	v.caller = queue.Caller{Call: v.id, Priority: q.Priority, Since: f.now}
	f.calls[v.id], f.legs[e.Leg] = v, v.customer
	f.act(call.Answer{Leg: e.Leg})
	if a != nil && f.offerable(a) && len(f.targets(a)) > 0 {
		v.line, v.team = q, a.Team
		f.mix(v)
		f.offer(v, cmp.Or(q.RingTime, f.set.RingTime), a)
		return
	}
	f.admit(v, q) // who dialled an agent who takes no call now waits for his team
}

// reject refuses a leg, which belongs to no call. It holds its trunk's channel until its end is reported.
func (f *Floor) reject(e call.Invited, cause call.Cause) {
	l := &leg{id: e.Leg, seat: call.CustomerSeat, phase: ending, since: f.now, began: f.now, trunk: f.trunkNamed(e.Source.Trunk)}
	l.trunk.take()
	f.legs[l.id] = l
	f.act(call.Reject{Leg: l.id, Cause: cause})
	f.timers.set(&l.timer, f.now.Add(endingTime), func(f *Floor) { f.forget(l, call.Lost) })
}

// wait puts a customer in line, unless he has waited for too long.
func (f *Floor) wait(v *visit, q *line) {
	v.line = q
	if v.lined.IsZero() {
		v.lined, v.announced = f.now, time.Time{}
	}
	if f.waitedOut(v) {
		f.overflow(v, q.Overflow, call.Full)
		return
	}
	v.waiting = true
	f.recordRests(v)
	f.announceFrom(v)
	f.schedule(v)
	q.waiting.Add(v.caller)
	f.touchQueue(q)
	f.touchCall(v)
	f.feed(q)
}

func (f *Floor) trunkNamed(name string) *trunk {
	for _, t := range f.trunks {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// trunkState notes that a trunk can or cannot carry calls.
func (f *Floor) trunkState(name string, up bool, problem string) {
	t := f.trunkNamed(name)
	if t == nil || t.up == up && t.problem == problem {
		return
	}
	was := t.up
	t.up, t.problem = up, problem
	switch {
	case up && !was:
		f.say(AlarmCleared{Time: f.now, Code: "trunk_down", Subject: name})
		f.feedAll()
		f.paceLater()
	case !up && was:
		f.say(AlarmRaised{Time: f.now, Code: "trunk_down", Subject: name, Sentence: "Trunk " + name + " is down: " + problem})
	}
	f.touchTelagents()
}
