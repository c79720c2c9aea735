package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// forceLogout signs an agent off whatever he is doing (S30, S31, S38, S39).
func (f *Floor) forceLogout(a *agent, by string) error {
	if a.Presence.Declared.Status == presence.Offline && a.visit == nil && a.Presence.Activity == presence.Idle {
		return refuse("signed_off", "%s is signed off already.", a.Name)
	}
	v := a.visit
	switch {
	case v != nil && v.offerTo(a) != nil:
		o := v.offerTo(a)
		f.hang(o.leg, call.Forced, "")
		f.dropOffer(v, o)
		if len(v.offers) == 0 { // others who are rung may still take the call
			v.caller.Priority = queue.Requeued
			f.wait(v, v.line)
		}
	case v != nil:
		if a.move != nil {
			f.hang(a.move.leg, call.Cancelled, "")
			f.moveOver(a.move, "forced_logout")
		}
		f.dismiss(v)
		f.requeue(v, call.Requeued)
		f.remark = "the customer of call " + string(v.id) + " went back to " + v.line.Name
	}
	if a.Presence.Activity == presence.WrapUp {
		f.remark = "the after-call work was cut and is incomplete"
	}
	a.visit = nil
	a.Presence.Activity, a.Presence.WrapUpUntil, a.Presence.Pending = presence.Idle, time.Time{}, nil
	a.Presence.Declare(f.now, presence.Declaration{Status: presence.Offline, Reason: presence.ReasonForcedOff, By: by})
	a.by = by
	f.settled(a)
	return nil
}

// dismiss ends the leg of an agent who is logged out: a phone hears one sentence first, because it has no screen.
func (f *Floor) dismiss(v *visit) {
	l := v.seat
	if l == nil {
		return
	}
	if l.target.Device == call.Softphone || !l.alive() {
		f.hang(l, call.Forced, "Logged out by a supervisor")
		return
	}
	f.note(l, call.Forced) // his part ends here; the call may be over before the sentence is
	v.seat = nil
	l.phase, l.since = leaving, f.now
	f.act(call.Park{Leg: l.id, Audio: call.Silence}, call.Say{Leg: l.id, Prompt: call.LoggedOut})
	f.timers.set(&l.timer, f.now.Add(leavingTime), func(f *Floor) { f.hang(l, call.Forced, "") })
}
