package telagent

import (
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// forceLogout signs an agent off whatever he is doing (S30, S31, S38, S39).
func (f *Floor) forceLogout(a *agent, by string) error {
	if err := mayBeLoggedOut(a); err != nil {
		return err
	}
	v, wrapsUp := a.visit, a.Presence.Activity == presence.WrapUp
	switch {
	case v != nil && v.offerTo(a) != nil:
		o := v.offerTo(a)
		f.hangAll(&o.rung, call.Forced)
		f.dropOffer(v, o, call.Forced.String())
		if len(v.offers) == 0 { // others who are rung may still take the call
			v.caller.Priority = queue.Requeued
			f.wait(v, v.line)
		}
	case a.guest != nil:
		f.sendAway(a.guest, by)
	case v != nil:
		f.takeOut(v, by)
	}
	if wrapsUp {
		f.remark = strings.TrimPrefix(f.remark+"; the after-call work was cut and is incomplete", "; ")
	}
	f.logOutLine(a)
	a.Presence.Activity, a.Presence.WrapUpUntil, a.Presence.Pending = presence.Idle, time.Time{}, nil
	a.Presence.Declare(f.now, presence.Declaration{Status: presence.Offline, Reason: presence.ReasonForcedOff, By: by})
	a.by, a.hand = by, by
	f.notify(a, "forced_logout", "%s logged you out.", who(by))
	f.settled(a)
	return nil
}

func mayBeLoggedOut(a *agent) error {
	if a.Presence.Declared.Status == presence.Offline && a.visit == nil && a.Presence.Activity == presence.Idle {
		return refuse("signed_off", "%s is signed off already.", a.Name)
	}
	if v := a.visit; v != nil && v.inEmergency(a) {
		return refuse("emergency_call", "%s calls for help; that call is not ended.", a.Name)
	}
	return nil
}

// sendAway takes a guest out who is logged out (S33, S34, S37); the agent in the seat is told.
func (f *Floor) sendAway(g *guest, by string) {
	if a := g.visit.owner; a != nil {
		f.notify(a, "left", "%s was logged out by %s and left the call.", g.agent.Name, who(by))
	}
	f.farewell(g.leg, call.Forced)
	f.guestGone(g, call.Forced, who(by))
}

// takeOut takes the agent in the seat out who is logged out. Who else talks with the customer takes the seat (S34, S37);
// else everybody leaves and the customer goes back to his queue (S31, S32, S35, S36). A call between agents ends.
func (f *Floor) takeOut(v *visit, by string) {
	a := v.owner
	f.cancelMove(a, "forced_logout")
	next := v.successor()
	switch {
	case v.endsWithoutOwner(next):
		for _, g := range v.guests {
			if g.agent != nil {
				f.notify(g.agent, "left", "%s was logged out by %s; the call is over.", a.Name, who(by))
			}
			f.goodbye(g.leg)
		}
		f.farewell(v.seat, call.Forced)
		f.endCall(v, call.Forced, who(by))
		f.remark = "the call " + string(v.id) + " ended by it"
	case next != nil:
		f.askedAlone(v)
		f.farewell(v.seat, call.Forced)
		f.leaveSeat(v, call.Forced, "Logged out by a supervisor")
		f.seatGuest(next)
		f.notify(next.agent, "left", "%s was logged out by %s; the call is yours.", a.Name, who(by))
		f.remark = next.agent.ID + " goes on with call " + string(v.id)
	default:
		f.clearGuests(v, call.Forced)
		f.farewell(v.seat, call.Forced)
		f.leaveSeat(v, call.Forced, "Logged out by a supervisor")
		f.back(v, call.Requeued)
		f.remark = "the customer of call " + string(v.id) + " went back to " + v.queueName()
	}
}

// endsWithoutOwner says whether a call is over when the agent in its seat goes and next, if anybody, takes the seat: one
// between colleagues of whom one is left, or one that is still dialled.
func (v *visit) endsWithoutOwner(next *guest) bool {
	if v.customer == nil {
		return next == nil || v.talkers() < 2
	}
	return v.customer.phase < up
}

// farewell lets a phone whose agent is logged out hear one sentence before it is hung up, because it has no screen. A
// softphone, and a leg that is not up, is left to whoever hangs it up.
func (f *Floor) farewell(l *leg, cause call.Cause) {
	if !l.alive() || l.target.Device == call.Softphone {
		return
	}
	f.lastWords(l, call.LoggedOut, cause)
}

// goodbye lets whoever talked with an agent who is gone hear that.
func (f *Floor) goodbye(l *leg) {
	if l.alive() {
		f.lastWords(l, call.Left, call.Normal)
	}
}

func (f *Floor) lastWords(l *leg, p call.Prompt, cause call.Cause) {
	if v := l.visit; v != nil {
		f.note(l, cause) // his part ends here; the call may be over before the sentence is
		f.unheard(l)
		v.leaves(l)
	}
	if g := guestOf(l); g != nil && g.leg == l {
		g.leg = nil
	}
	l.phase, l.since, l.farewell = leaving, f.now, cause
	f.act(call.Park{Leg: l.id, Audio: call.Silence})
	f.speak(l, p, 0)
	f.timers.set(&l.timer, f.now.Add(leavingTime), func(f *Floor) { f.hang(l, cause, "") })
}
