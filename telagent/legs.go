package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

const (
	endingTime  = 64 * time.Second // a leg that was hung up is forgotten after it, should its end never be reported
	leavingTime = 10 * time.Second // most that a last sentence may take
	mostLegs    = 500              // most legs in a record: of a caller who waits for days the oldest offers are left out
)

// ringing takes that a dialled leg rings. Whose phone waits for it hears that; with audio, what is sent there until the
// answer: the carrier's own tone, or an announcement. Nobody is heard there yet.
func (f *Floor) ringing(l *leg, audio bool) {
	f.alive(l.target.AOR)
	first := l.phase == dialing
	if first {
		l.phase, l.since = ringing, f.now
	}
	if l.visit == nil || l.phase != ringing || !first && !audio {
		return
	}
	if own := hearerOf(l); own != nil {
		f.act(call.Ring{Leg: own.id, Audio: audio})
		if audio {
			f.act(call.Hear{Leg: own.id, From: []call.LegID{l.id}})
		}
	}
	if first {
		f.touchCall(l.visit)
	}
}

// hearerOf returns the leg of a phone that dialled and waits, unanswered, for a leg that rings; nil: none does.
func hearerOf(l *leg) *leg {
	if s := l.visit.seat; s != nil && s.inward && s.phase < up {
		return s
	}
	if g := guestOf(l); g != nil && g.own != nil && g.own.phase < up {
		return g.own
	}
	return nil
}

// answer takes a dialled leg's answer. Over a trunk an agent has to show that no machine answered.
func (f *Floor) answer(l *leg) {
	f.alive(l.target.AOR)
	switch {
	case l.phase == ending:
		f.act(call.Hangup{Leg: l.id, Cause: call.Cancelled}) // answered all the same: no zombie call
		return
	case l.phase > ringing || l.inward:
		return
	case l.seat == call.CustomerSeat:
		f.outsideAnswers(l)
		return
	}
	l.answered, l.since = f.now, f.now
	if l.agent != nil {
		f.sight(l.agent, l.target, true, presence.ByCall)
	}
	if l.target.Device != call.PSTN || l.agent == nil {
		f.accept(l)
		return
	}
	f.prove(l, (*Floor).proved)
	f.touchCall(l.visit)
}

// deadline sets when a leg that rings, or is asked, is given up. One that is in no call keeps the time itself.
func (f *Floor) deadline(l *leg, at time.Time) {
	switch {
	case l.visit != nil:
		l.until = at
		f.schedule(l.visit)
	case l.agent != nil && l.agent.nail.has(l):
		l.until = at
		f.touch(l.agent)
	default:
		f.timers.set(&l.timer, at, func(f *Floor) { f.shown(l, call.NoConfirm) })
	}
}

// digit takes a key press of an agent's phone. It may come before the answer is reported.
func (f *Floor) digit(l *leg, key string) {
	if l.seat == call.CustomerSeat {
		return
	}
	switch {
	case l.phase <= ringing && len(l.proof.keys) < earlyKeys:
		l.proof.keys += key
	case l.phase == asking:
		f.keyed(l, key)
	case l.phase == up:
		f.codeKey(l, key)
	}
}

// accept takes a leg whose person is there, for an offer or for a switch. While it was asked nothing had to be heard.
func (f *Floor) accept(l *leg) {
	if !l.silent.IsZero() {
		l.silent = f.now
	}
	switch g := guestOf(l); {
	case l.visit == nil:
		f.stand(l)
	case moveOf(l) != nil:
		f.swap(l)
	case g != nil:
		f.win(&g.rung, l)
		f.guestIn(g)
	default:
		f.take(l)
	}
}

// drop hangs up a leg that was tried, and goes on with what it was tried for.
func (f *Floor) drop(l *leg, cause call.Cause) {
	f.hang(l, cause, "")
	f.gaveUp(l, cause)
}

// gaveUp goes on after a dialled leg came to nothing.
func (f *Floor) gaveUp(l *leg, cause call.Cause) {
	if m := moveOf(l); m != nil {
		f.moveLegFailed(m, l, cause)
	} else if o := offerOf(l); o != nil {
		f.offerLegFailed(o, l, cause)
	} else if g := guestOf(l); g != nil && g.has(l) {
		f.guestLegFailed(g, l, cause)
	} else if l.agent != nil && l.agent.nail.has(l) {
		f.lineLegFailed(l, cause)
	}
}

// played takes the end of a prompt: the question is repeated, a last sentence is followed by the hang-up.
func (f *Floor) played(l *leg, p call.Prompt) {
	switch {
	case l.phase == asking:
		f.askAgain(l, p)
	case l.phase == leaving:
		f.hang(l, l.farewell, "")
	case l.phase == announced && p == call.Tone:
		f.announced(l)
	case l.seat == call.CustomerSeat && l.phase == up && l.visit.parting == p && p != "":
		f.parted(l.visit)
	}
}

// failed takes the end of a leg that was never up.
func (f *Floor) failed(l *leg, cause call.Cause) {
	if l.phase >= up || l.inward {
		f.ended(l, call.LegLost, cause)
		return
	}
	f.forget(l, cause)
	if l.seat == call.CustomerSeat {
		f.endCall(l.visit, cause, "customer") // whom an agent called and did not reach
		return
	}
	f.gaveUp(l, cause)
}

// ended takes the end of a leg: a hang-up ends what the person was in, a lost leg leaves an empty seat.
func (f *Floor) ended(l *leg, how call.How, cause call.Cause) {
	was, v := l.phase, l.visit
	inSeat := v != nil && v.seat == l
	var g *guest
	if v != nil {
		g = guestOf(l)
	}
	if was == asking && how == call.HungUp {
		cause = call.NoConfirm // a voicemail that had its say hangs up too: nobody was there (S06)
	}
	f.forget(l, cause)
	if was == up && l.isLine() {
		defer f.lineLost(l.agent) // when his customer waits for him already
	}
	switch {
	case was >= leaving || v == nil && was == up:
	case l.seat == call.CustomerSeat:
		f.endCall(v, cause, "customer")
	case g != nil && (was == up || l.inward):
		f.guestOut(g, endCause(how, cause))
	case inSeat && was < up: // who dialled gave up before anybody answered
		f.endCall(v, call.Cancelled, l.agent.ID)
	// Who hangs up a nailed-up leg did so by mistake (S28), and who is cut off hears nothing: a customer on comfort audio stays.
	case inSeat && how == call.HungUp && v.owner.move == nil && v.cut.IsZero() && !l.isLine():
		f.hungUp(v, cause)
	case inSeat && (v.customer == nil || v.emergency):
		f.hungUp(v, cause) // neither a colleague nor who helps is kept waiting
	case inSeat:
		f.emptied(v)
	case was == asking && how == call.HungUp:
		f.gaveUp(l, cause)
	default:
		f.gaveUp(l, call.Lost)
	}
}

// hang ends a leg. It is forgotten when its end is reported.
func (f *Floor) hang(l *leg, cause call.Cause, text string) {
	if l == nil || l.phase == ending {
		return
	}
	if l.stays(cause) {
		f.giveBack(l, cause)
		return
	}
	if l.visit != nil {
		l.visit.leaves(l)
	}
	if l.phase < leaving {
		f.learn(l, cause)
	}
	if l.phase < leaving && l.visit != nil {
		f.note(l, cause)
		f.lastWord(l, cause)
	}
	if l.menu != nil {
		f.unkeepMenu(l.menu)
	}
	l.phase, l.since = ending, f.now
	f.act(call.Hangup{Leg: l.id, Cause: cause, Text: text})
	if l.visit != nil {
		f.touchCall(l.visit)
	}
	f.timers.set(&l.timer, f.now.Add(endingTime), func(f *Floor) { f.forget(l, call.Lost) })
}

// lastWord tells a phone that is hung up what it will not learn any more of the transfer that it asked for.
func (f *Floor) lastWord(l *leg, cause call.Cause) {
	for _, g := range l.visit.guests {
		if g.referrer == l.id {
			g.referrer = ""
			f.act(call.Progress{Leg: l.id, Done: true, Cause: cause})
		}
	}
}

// forget takes a leg that is over off the Floor; its channel is free again.
func (f *Floor) forget(l *leg, cause call.Cause) {
	delete(f.legs, l.id)
	f.timers.set(&l.timer, time.Time{}, nil)
	carried := l.trunk
	f.unload(l)
	l.trunk = carried // what it was, for whoever asks why it ended
	for _, u := range l.counts {
		u.End()
	}
	if l.phase < leaving {
		f.learn(l, cause)
	}
	if l.trial != nil {
		f.trial = nil
	}
	f.noCode(l)
	if l.menu != nil {
		f.closeMenu(l.menu)
	}
	v := l.visit
	if v == nil {
		return
	}
	v.leaves(l)
	if l.phase < leaving {
		f.note(l, cause)
	}
	l.phase = ending
	f.touchCall(v)
}

// leaves takes a leg out of its place in a call. A guest whose leg is over is taken out himself, see guestOut.
func (v *visit) leaves(l *leg) {
	if v.seat == l {
		v.seat = nil
	}
	for _, g := range v.guests {
		if g.own == l {
			g.own = nil
		}
	}
}

// endCause is how the end of an established leg counts: a lost one is no hang-up.
func endCause(how call.How, cause call.Cause) call.Cause {
	if how == call.LegLost {
		return call.Lost
	}
	return causeOr(cause, call.Normal)
}

// note puts a leg that is over into the record of its call.
func (f *Floor) note(l *leg, cause call.Cause) {
	if cause == call.Moved && l.counting() && !l.silent.Add(f.set.CutOff).After(f.now) {
		cause = call.Lost // it was lost before the call moved away from it
	}
	r := LegRecord{
		Leg: l.id, Seat: l.seat, Device: l.target.Device, Target: l.target.String(), Began: l.began, Answered: l.answered, Ended: f.now,
		Cause: cause, Fault: faultOf(l, cause),
	}
	if l.agent != nil {
		r.Agent = l.agent.ID
	}
	g := guestOf(l)
	if g == nil && l.seat == call.GuestSeat && l.agent != nil && l.agent.guest != nil && l.agent.visit == l.visit {
		g = l.agent.guest // he has another leg already
	}
	if g != nil && g.own != l {
		r.Mode = g.mode.String()
	}
	legs := &l.visit.record.Legs
	if len(*legs) == mostLegs {
		*legs = (*legs)[1:] // a View may have them
	}
	*legs = append(*legs, r)
}

func moveOf(l *leg) *move {
	if l.agent != nil && l.agent.move != nil && l.agent.move.has(l) {
		return l.agent.move
	}
	return nil
}
