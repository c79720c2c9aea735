package telagent

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// NailedUp is how the legs are kept that stay up between an agent's calls.
type NailedUp struct {
	IdleTimeout time.Duration // time without a call after which it is hung up until the next one; below 0: never
	RedialAfter time.Duration // how soon a leg that was lost is dialled again
	Failures    int           // times in a row that it does not come back before its agent is set away (DEVICE_LOST)
}

func (n NailedUp) withDefaults() NailedUp {
	return NailedUp{
		IdleTimeout: cmp.Or(n.IdleTimeout, time.Hour), RedialAfter: cmp.Or(n.RedialAfter, time.Second), Failures: cmp.Or(n.Failures, 3),
	}
}

const (
	toneTime   = 2 * time.Second // most that the tone of a call may take
	steadyTime = time.Minute     // a leg that stands for so long was no failure
	mostRedial = time.Minute     // the longest time between two attempts
)

// nail keeps an agent's nailed-up leg up (S28). What it holds is in no call: it is dialled, asked, or stands. A call
// borrows the leg and gives it back when the agent's part in it is over.
type nail struct {
	rung
	again    time.Time // it is not dialled before this, after it was lost
	failures int       // in a row
	stood    time.Time // when the last one that was dialled here began to stand
	idle     time.Time // since when the one that stands waits for a call
	rests    bool      // no call came for so long that it was hung up; the next call dials it
	starved  bool      // it is to be dialled and no trunk has a channel
	alarm    bool      // that he was set away (DEVICE_LOST) is told
	timer    timer
}

// nailedUp says whether an agent keeps a leg up between his calls.
func (a *agent) nailedUp() bool { return a.NailedUp && a.Presence.Reach == presence.ByPhone }

// isLine says whether a leg is one that stays up: of a nailed-up agent, and his phone did not call us.
func (l *leg) isLine() bool {
	return l.agent != nil && l.agent.nailedUp() && !l.inward && l.target.Device != call.Softphone
}

// standing returns the leg that waits for an agent's next call; nil: there is none.
func (a *agent) standing() *leg {
	if l := a.nail.leg; l != nil && l.phase == up {
		return l
	}
	return nil
}

// tend lets an agent's nailed-up leg become what it should be, at the end of a step in which something of him changed.
func (f *Floor) tend(a *agent) {
	n := &a.nail
	if n.starved {
		n.starved = false
		delete(f.starved, a.ID)
	}
	if a.Presence.Word() != presence.Available {
		n.rests = false
	}
	if n.leg == nil && f.needsLine(a) && !n.again.After(f.now) && !f.dialLine(a, f.stations(a)) {
		n.starved, f.starved[a.ID] = true, a
	}
	f.scheduleLine(a)
}

// shedLine hangs up the leg of an agent who is no nailed-up Telagent any more, who is leaving while it rings, or who is not
// to be rung there any more.
func (f *Floor) shedLine(a *agent) {
	n := &a.nail
	leaving := a.visit == nil && a.standing() == nil && a.Presence.Then() == presence.Offline
	if n.leg != nil && (leaving || !a.nailedUp()) {
		f.dropLine(a, call.Normal)
	}
	elsewhere := func(t call.Target) bool { return !a.isAt(t) }
	for _, l := range n.legs() {
		l.rest = slices.DeleteFunc(l.rest, elsewhere)
		if elsewhere(l.target) {
			n.remove(l)
			f.hang(l, call.Normal, "")
		}
	}
}

// isAt says whether a phone is one at which an agent is rung as a Telagent.
func (a *agent) isAt(t call.Target) bool {
	return slices.ContainsFunc(append(a.shiftNumbers(), a.Presence.Number), func(named string) bool {
		switch {
		case named != "":
			return t.Number == named
		case t.Device == call.DeskPhone:
			return t.AOR == a.DeskPhone
		}
		return contains(a.open, t.Number)
	})
}

// needsLine says whether an agent's leg has to be dialled: he may get calls, or a customer waits for him to come back.
func (f *Floor) needsLine(a *agent) bool {
	switch {
	case !a.nailedUp() || a.move != nil:
		return false
	case a.visit != nil:
		return a.leftAlone() != nil
	default:
		return a.Presence.Offerable() && a.rest.IsZero() && !a.nail.rests && !f.onTheLine(a)
	}
}

// leftAlone returns the call whose customer waits for an agent whose leg is gone; nil: there is none.
func (a *agent) leftAlone() *visit {
	if v := a.visit; v != nil && v.owner == a && v.seat == nil && v.customer != nil {
		return v
	}
	return nil
}

// dialLine dials an agent's stations for the leg that is to stand, and says whether anything rings.
func (f *Floor) dialLine(a *agent, stations [][]call.Target) bool {
	from := call.Party{Number: f.set.AccessNumber, Name: "SWITCH"}
	rings := f.ring(&a.nail.rung, stations, f.now.Add(f.set.RingTime), func(t call.Target) *leg {
		if v := a.leftAlone(); v != nil {
			from = f.presented(v, t, "")
		}
		return f.dial(nil, call.AgentSeat, a, t, from)
	})
	f.touch(a)
	return rings
}

// scheduleLine sets the timer of an agent's leg to whatever of it is due first.
func (f *Floor) scheduleLine(a *agent) {
	n := &a.nail
	at := n.due()
	switch {
	case a.standing() != nil && f.set.NailedUp.IdleTimeout > 0:
		at = n.idle.Add(f.set.NailedUp.IdleTimeout)
	case n.leg == nil && n.again.After(f.now) && f.needsLine(a):
		at = n.again
	}
	f.timers.set(&n.timer, at, func(f *Floor) { f.lineDue(a) })
}

// lineDue ends the ringing of a leg that rang, or was asked, for long enough, and hangs up one that no call came to.
func (f *Floor) lineDue(a *agent) {
	n := &a.nail
	if l := n.late(); l != nil && !l.until.After(f.now) {
		f.lineLegFailed(l, f.tooLate(l))
	} else if a.standing() != nil && !n.idle.Add(f.set.NailedUp.IdleTimeout).After(f.now) {
		f.dropLine(a, call.Normal)
		n.rests = true
	}
	f.scheduleLine(a) // of two stations the other one may be due as well
	f.touch(a)
}

// dropLine hangs up what stands, or rings, for an agent in no call.
func (f *Floor) dropLine(a *agent, cause call.Cause) {
	n := &a.nail
	old := n.rung
	n.rung, n.again, n.failures, n.rests = rung{}, time.Time{}, 0, false
	f.hangAll(&old, cause)
	f.touch(a)
}

// logOutLine lets the leg that stands hear why it ends.
func (f *Floor) logOutLine(a *agent) {
	if l := a.standing(); l.alive() {
		a.nail.rung = rung{}
		f.lastWords(l, call.LoggedOut, call.Forced)
	}
	f.dropLine(a, call.Forced)
}

// stand takes a leg whose person is there: it goes back to the customer who waits, or stands by for the next one.
func (f *Floor) stand(l *leg) {
	a := l.agent
	n := &a.nail
	f.win(&n.rung, l)
	l.phase, l.since, l.until, l.rest = up, f.now, time.Time{}, nil
	n.stood, n.idle = f.now, f.now
	f.touch(a)
	v := a.leftAlone()
	if v == nil {
		f.park(l, call.Silence, "")
		f.speak(l, call.StandBy, 0)
		return
	}
	n.rung = rung{}
	l.visit, v.seat = v, l
	f.auditSystem("rejoin", a.ID, "back in call "+string(v.id)+" at "+l.target.String())
	f.succeed(nil, l)
	f.touchCall(v)
}

// borrow gives a call the leg that stands, or rings, at a target of an agent; nil: there is none. Who stands by hears a
// tone, and is in the call after it; nobody asks him again.
func (f *Floor) borrow(v *visit, seat call.Seat, a *agent, t call.Target) *leg {
	if a == nil || v == nil {
		return nil
	}
	n := &a.nail
	i := slices.IndexFunc(n.legs(), func(l *leg) bool { return l.target == t })
	if i < 0 {
		return nil
	}
	l := n.legs()[i]
	n.remove(l)
	l.visit, l.seat, l.since, l.began = v, seat, f.now, f.now
	if l.phase == up {
		l.phase, l.answered = announced, f.now
		f.speak(l, call.Tone, 0)
		f.timers.set(&l.timer, f.now.Add(toneTime), func(f *Floor) { f.announced(l) })
	}
	f.touch(a)
	return l
}

// announced lets who heard the tone into the call.
func (f *Floor) announced(l *leg) {
	f.timers.set(&l.timer, time.Time{}, nil)
	f.accept(l)
}

// stays says whether a leg whose part in a call is over stays up, or goes on ringing, for the next one.
func (l *leg) stays(cause call.Cause) bool {
	if l.visit == nil || !l.isLine() || l.agent.nail.leg != nil || l.agent.Presence.Then() == presence.Offline {
		return false
	}
	switch l.phase {
	case announced, up:
		return cause != call.Moved && cause != call.Lost
	case dialing, ringing, asking: // the customer is gone before his agent took the phone
		return l.agent.visit != l.visit && l.agent.Presence.Offerable() && (cause == call.Cancelled || cause == call.Elsewhere)
	case leaving, ending:
	}
	return false
}

// giveBack takes a leg out of its call; it stands by, or rings on, for the next one.
func (f *Floor) giveBack(l *leg, cause call.Cause) {
	v, n := l.visit, &l.agent.nail
	f.note(l, cause)
	f.lastWord(l, cause)
	f.timers.set(&l.timer, time.Time{}, nil)
	if l.phase == announced || l.phase == up { // else it rings on, or is asked, for as long as before
		l.phase, l.since, l.until, l.rest = up, f.now, time.Time{}, nil
		f.park(l, call.Silence, "")
	}
	v.leaves(l)
	f.touchCall(v)
	l.visit, l.seat = nil, call.AgentSeat
	n.rung, n.idle, n.rests = rung{leg: l}, f.now, false
	f.touch(l.agent)
}

// lineLegFailed goes on after a leg that was dialled to stand came to nothing: with the next number, or it is tried again.
func (f *Floor) lineLegFailed(l *leg, cause call.Cause) {
	a := l.agent
	n := &a.nail
	f.touch(a)
	if f.ringsOn(&n.rung, l, cause) || isNext(cause) && f.dialLine(a, [][]call.Target{l.rest}) {
		return
	}
	if cause == call.TrunkFault || cause == call.NoCapacity || f.isInUse(a, l.target.Number) { // not his failure
		n.again = f.now.Add(max(f.set.NailedUp.RedialAfter, f.unreached(nil, cause).Delay))
		return
	}
	n.failures++
	f.redial(a)
}

// lineLost goes on after a leg that stood, or was in a call, is gone: it is dialled again.
func (f *Floor) lineLost(a *agent) {
	n := &a.nail
	n.rung = rung{}
	if n.stood.Add(steadyTime).After(f.now) {
		n.failures++
	} else {
		n.failures = 0
	}
	f.redial(a)
}

// redial lets a leg be dialled again, each time after twice the time, unless that was tried too often.
func (f *Floor) redial(a *agent) {
	n := &a.nail
	if n.failures >= f.set.NailedUp.Failures && a.move == nil { // else a switch may bring him back
		f.deviceLost(a)
		return
	}
	wait := f.set.NailedUp.RedialAfter
	for range n.failures {
		wait = min(2*wait, mostRedial)
	}
	n.again = f.now.Add(wait)
	f.touch(a)
}

// deviceLost sets an agent away whose leg does not come back; his customer goes back to the queue, on top.
func (f *Floor) deviceLost(a *agent) {
	tries := a.nail.failures
	f.dropLine(a, call.Normal)
	if v := a.leftAlone(); v != nil {
		f.abandonAgent(v, "his leg did not come back")
	}
	if a.Presence.Then() != presence.Available { // he waits for no calls
		return
	}
	a.Presence.DeclareAfterWork(f.now, presence.Declaration{Status: presence.Away, Reason: presence.ReasonDeviceLost})
	a.by = ""
	f.auditSystem("set_status", a.ID, fmt.Sprintf("away %s; times in a row that his leg did not come back: %d", presence.ReasonDeviceLost, tries))
	f.alarmDevice(a)
	f.settled(a)
}

// alarmDevice tells that an agent was set away because his leg does not come back.
func (f *Floor) alarmDevice(a *agent) {
	a.nail.alarm = true
	f.say(AlarmRaised{Time: f.now, Code: "device_lost", Subject: a.ID, Team: a.Team, Sentence: a.Name + "'s phone was lost; he was set away."})
}

// lineFound ends the alarm of an agent who is back.
func (f *Floor) lineFound(a *agent) {
	p := a.Presence
	if to := p.Pending; a.nail.alarm && p.Reason() != presence.ReasonDeviceLost && (to == nil || to.Reason != presence.ReasonDeviceLost) {
		a.nail.alarm = false
		f.say(AlarmCleared{Time: f.now, Code: "device_lost", Subject: a.ID, Team: a.Team})
	}
}

// feedLines lets the legs be dialled that waited for a channel.
func (f *Floor) feedLines() {
	for _, id := range sortedKeys(f.starved) {
		f.touch(f.starved[id])
	}
}

// lineWord is how an agent's nailed-up leg is shown, in a call or not.
func (a *agent) lineWord() string {
	if !a.nailedUp() {
		return ""
	}
	l, v := a.nail.leg, a.visit
	if l == nil && v != nil {
		o := v.offerTo(a)
		switch {
		case a.guest != nil:
			l = a.guest.leg
		case o != nil:
			l = o.leg
		default:
			l = v.seat
		}
	}
	if l == nil || !l.isLine() {
		return "down"
	}
	switch l.phase {
	case dialing, ringing:
		return "dialling"
	case asking:
		return "asking"
	case announced, up:
		return "up"
	case leaving, ending:
	}
	return "down"
}

// checkLeg looks at an agent's nailed-up leg in no call: it rings, or is asked, for a time, or stands alone.
func (f *Floor) checkLeg(a *agent, no func(bool, string, ...any)) {
	n := &a.nail
	no(f.know(n.legs()), "a leg of %s that is to stay up is forgotten", a.ID)
	no(n.leg == nil || a.nailedUp(), "%s has a leg that is to stay up, and is no nailed-up Telagent", a.ID)
	no(a.standing() == nil || len(n.beside) == 0, "%s has a leg that stands, and others ring", a.ID)
	for _, l := range n.legs() {
		no(l.visit == nil && l.agent == a && (l.phase <= asking || l.phase == up), "leg %s of %s stands by and is %s", l.id, a.ID, phaseWords[l.phase])
		no(l.phase == up || !l.until.IsZero() && n.timer.index > 0, "leg %s of %s rings without end", l.id, a.ID)
		no(l.phase != up || len(l.hears.from) == 0 && l.hears.known && l.hears.audio == call.Silence, "leg %s of %s stands by and hears %+v", l.id, a.ID, l.hears)
	}
	waits := n.leg == nil && f.needsLine(a)
	no(!waits || n.starved || n.timer.index > 0, "%s has no leg up, and none is dialled", a.ID)
	no(!n.starved || waits && f.starved[a.ID] == a, "%s waits for a channel that he does not need", a.ID)
}
