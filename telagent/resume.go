package telagent

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// restarted is the stable word for why a switch came to nothing that was under way when the gateway ended.
const restarted = "restarted"

// unsureTime is how long after a restart the signalling wire has to say that a phone is bound. It waits for some less long.
const unsureTime = 20 * time.Second

// Resume goes on where State.Live was left, and is called once, before anything else is asked of a Floor that was made
// with it. legs are those that the signalling wire took up, and no others: a leg that no call knows is hung up, one that a
// call misses counts as lost. What everybody hears is ordered anew; what was being tried is tried anew, or has failed; what
// fell due meanwhile happens within the next second or so, once and in its order, as after any stall.
//
// From here on the wires report as if they had just begun: a leg is Heard or Silent whatever was said of it before, and an
// address of record whose contact was taken up is Bound.
func (f *Floor) Resume(now time.Time, legs []call.LegID) Outcome {
	f.begin(now)
	left := f.keeping.left
	f.keeping.left = Live{}
	slices.SortStableFunc(left.Parts, func(a, b LivePart) int { return cmp.Compare(a.Answer.seq(), b.Answer.seq()) })
	for _, p := range left.Parts {
		f.takeUpPart(p)
	}
	for _, c := range left.Calls {
		f.takeUpCall(c)
	}
	for _, c := range left.Calls {
		f.switchesFailed(c)
	}
	f.missingLegs(legs)
	f.resumeAgents()
	for _, c := range left.Calls {
		if v := f.calls[c.ID]; v != nil {
			f.resumeCall(v, c)
		}
	}
	f.resumePhones()
	if n := len(left.Calls); n > 0 {
		f.woke = now
		f.auditSystem("resume", "gateway", fmt.Sprintf("calls that go on after a restart: %d of %d", len(f.calls), n))
	}
	f.paceLater()
	return f.end()
}

// switchesFailed ends the switches that were under way in a call: the old legs, and their seats, are as they were.
func (f *Floor) switchesFailed(c LiveCall) {
	for _, s := range c.Switches {
		a := f.agents[s.Record.Agent]
		if a == nil || a.visit == nil || a.visit.id != c.ID {
			continue
		}
		a.move = &move{agent: a, record: s.Record, number: s.Number, back: s.Back, why: s.Why}
		f.moveOver(a.move, restarted)
	}
}

// resumeAgents goes on with who is in no call: whoever was in one that is gone is free, nailed-up legs stand by, callers of
// the access number are asked anew.
func (f *Floor) resumeAgents() {
	for _, id := range sortedKeys(f.agents) {
		a := f.agents[id]
		if a.trouble.untold {
			f.touch(a)
		}
		if act := a.Presence.Activity; a.visit == nil && act != presence.Idle && act != presence.WrapUp {
			a.Presence.EndWork(f.now, f.wrapUp(a))
			f.settled(a)
		}
		f.alarmAgain(a)
		switch l := a.nail.leg; {
		case l == nil:
		case a.leftAlone() != nil:
			f.stand(l)
		default:
			f.park(l, call.Silence, "")
			f.touch(a)
		}
	}
	for _, id := range sortedKeys(f.menus) {
		f.menuAsks(f.menus[id])
	}
	f.alarmLocks()
}

// resumeCall lets everybody in a call that was taken up hear what he has to hear, and goes on with a customer who has
// nobody: who was rung through to somebody is so again.
func (f *Floor) resumeCall(v *visit, c LiveCall) {
	f.touchCall(v)
	f.alarmCall(v)
	f.transferFailed(c)
	if r := v.recording; r.now != call.Off && v.customer != nil {
		f.act(call.Record{Leg: v.customer.id, File: r.file, Now: r.now})
	}
	f.mix(v)
	switch {
	case v.owner != nil || v.served() || v.waiting || len(v.offers) > 0:
	case c.Parting != "":
		f.speak(v.customer, v.parting, 0)
	case v.parting != "": // he hears it already
	case !slices.ContainsFunc(c.Guests, func(g LiveGuest) bool { return g.Leg == "" && f.ringThrough(v, g) }):
		f.back(v, call.Requeued)
	}
	f.schedule(v)
}

// transferFailed tells a phone that asked for a transfer by REFER that it came to nothing: whoever it named is rung no more.
func (f *Floor) transferFailed(c LiveCall) {
	for _, g := range c.Guests {
		if l := f.legs[g.Referrer]; l != nil && l.phase == up {
			f.act(call.Progress{Leg: l.id, Done: true, Cause: call.Broken})
		}
	}
}

// ringThrough rings somebody anew for whom a customer waits whom nobody else has, and says whether it does.
func (f *Floor) ringThrough(v *visit, is LiveGuest) bool {
	a := f.agents[is.Agent]
	if is.Agent != "" && (a == nil || f.mayJoin(a, is.Mode) != nil) {
		return false
	}
	g := &guest{visit: v, agent: a, number: is.Number, mode: is.Mode, handOver: is.HandOver, helps: is.Helps}
	if a == nil {
		f.forwardTo(g)
	} else {
		f.invite(g)
	}
	return true
}

// resumePhones goes on with what is known of phones. Of which the signalling wire does not say soon that they are bound are
// not.
func (f *Floor) resumePhones() {
	for _, aor := range sortedKeys(f.lives) {
		f.weigh(f.lives[aor])
	}
	for _, aor := range f.keeping.unsure {
		if a := f.owners[aor]; a != nil {
			f.touch(a)
		}
	}
	if len(f.keeping.unsure) > 0 {
		f.timers.set(&f.keeping.timer, f.now.Add(unsureTime), (*Floor).unboundAll)
	}
}

// unboundAll takes it that phones are registered no more of which nothing was heard since the restart.
func (f *Floor) unboundAll() {
	unsure := f.keeping.unsure
	f.keeping.unsure = nil
	for _, aor := range unsure {
		f.sightContact(aor, false)
		f.reached(aor, false)
	}
}

// Connected says whether somebody is in a call, in the menu of the access number, or stands by on a nailed-up leg. Who only hears
// a last sentence is not.
func (f *Floor) Connected() bool {
	if len(f.calls)+len(f.menus) > 0 {
		return true
	}
	for _, a := range f.agents {
		if a.standing() != nil {
			return true
		}
	}
	return false
}
