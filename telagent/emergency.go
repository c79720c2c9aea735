package telagent

import (
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// noEmergency says that a call for help is nobody else's to end or to hand on.
func noEmergency(is bool) error {
	if is {
		return refuse("emergency_call", "This is a call for help; only who made it ends it.")
	}
	return nil
}

// splitHelp makes the emergency call that the agent in the seat made beside this one a call of its own, because his part
// here ends; nil: he made none. He is put into it by joinHelp.
func (f *Floor) splitHelp(v *visit) *visit {
	g := v.asked()
	if g == nil || !g.emergency || g.own == nil || g.leg == nil {
		return nil
	}
	a := v.owner
	v.guests = slices.DeleteFunc(v.guests, func(other *guest) bool { return other == g })
	w := &visit{
		id: call.ID(f.id()), kind: Outbound, emergency: true, from: call.Party{Number: g.number}, to: g.number, team: a.Team,
		tried: map[string]int{}, seat: g.own, customer: g.leg,
	}
	w.caller = queue.Caller{Call: w.id, Priority: fallbackPriority, Since: g.leg.began}
	w.record = Record{ID: w.id, Kind: w.kind.String(), From: call.Party{Number: a.ID, Name: a.Name}, To: w.to, Began: g.leg.began}
	g.own.visit, g.leg.visit, g.leg.seat = w, w, call.CustomerSeat
	g.leg.held, g.leg.silent = false, time.Time{} // of a customer it is not noted
	if g.isUp() {
		w.answered, w.record.Answered, w.taken = g.leg.answered, g.leg.answered, g.leg.answered
	} else {
		w.dialled = g.leg.until
	}
	f.calls[w.id] = w
	return w
}

// joinHelp lets an agent, who is in no call any more, go on with his emergency call. Nobody in it notices anything.
func (f *Floor) joinHelp(a *agent, w *visit) {
	if a.Presence.Activity == presence.WrapUp {
		a.Presence.EndWrapUp(f.now)
	}
	w.owner, a.visit = a, w
	a.Presence.Enter(presence.Dialling)
	if !w.answered.IsZero() {
		a.Presence.Enter(presence.Talking)
	}
	f.mix(w)
	f.schedule(w)
	f.settled(a)
	f.touchCall(w)
}

// asksForHelp says whether the agent in the seat made an emergency call beside this one.
func (v *visit) asksForHelp() bool {
	g := v.asked()
	return g != nil && g.emergency
}
