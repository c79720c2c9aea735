package telagent

import (
	"cmp"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Clocks are how long each piece of evidence must last before a phone counts as lost. A zero means the default; below zero
// that evidence never counts. RTP has clocks of its own, Settings.Silence and Settings.CutOff.
type Clocks struct {
	Flow         time.Duration // its stream connection is gone
	Registration time.Duration // its refresh is overdue
	Answers      time.Duration // it does not answer OPTIONS
	Contact      time.Duration // its registration has ended
	Reports      time.Duration // a silent leg, whose RTCP came, sends none any more: it may be cut off
	Media        time.Duration // the other way round: how long a softphone that was lost in a call counts as lost after it
	HoldOff      time.Duration // that a phone which is there again is not rung yet
}

// withDefaults returns the clocks with defaults for what is zero.
func (c Clocks) withDefaults() Clocks {
	for clock, d := range map[*time.Duration]time.Duration{
		&c.Flow: 3 * time.Second, &c.Registration: 5 * time.Second, &c.Answers: 5 * time.Second, &c.Contact: 5 * time.Second,
		&c.Reports: time.Second, &c.Media: time.Minute, &c.HoldOff: 5 * time.Second,
	} {
		if *clock == 0 {
			*clock = d
		}
	}
	return c
}

// The words of what can be missed, beside those of call.Sign.
const (
	mediaMissed   = "media"   // it was lost in a call that is over
	contactMissed = "contact" // it is registered no more
)

// of returns the clock of a piece of evidence.
func (c Clocks) of(what string) time.Duration {
	return map[string]time.Duration{
		call.Flow.String(): c.Flow, call.Registration.String(): c.Registration, call.Answers.String(): c.Answers, contactMissed: c.Contact,
	}[what] // media counts at once
}

// life is what is known of a phone that is registered, or was.
type life struct {
	aor    string
	missed map[string]time.Time // what, since when
	lost   time.Time            // since when it counts as lost; zero: it does not
	well   time.Time            // since when nothing is missed; zero: something is, or nothing ever was
	gone   time.Time            // when something was missed last, after nothing was; zero: never
	doubt  bool                 // something was missed and no sign of life came since
	losses int                  // how often that was, what was long ago forgotten
	again  time.Time            // until when it is not rung, though it is there again; zero: it may be
	timer  timer
}

// lifeOf returns what is known of a phone of somebody.
func (f *Floor) lifeOf(aor string) *life {
	l := f.lives[aor]
	if l == nil {
		l = &life{aor: aor, missed: map[string]time.Time{}}
		f.lives[aor] = l
	}
	return l
}

// forgetLife forgets a phone that is nobody's any more.
func (f *Floor) forgetLife(aor string) {
	if l := f.lives[aor]; l != nil {
		f.timers.set(&l.timer, time.Time{}, nil)
		delete(f.lives, aor)
		f.sightPhone(aor)
	}
}

// isThere says whether somebody who asks for it may have a phone rung: it is registered, and signalling does not say that it
// is gone. What was heard of it in a call does not decide about the next one.
func (f *Floor) isThere(aor string) bool {
	l := f.lives[aor]
	if l == nil || l.lost.IsZero() {
		return f.bound[aor]
	}
	_, media := l.missed[mediaMissed]
	return f.bound[aor] && media && len(l.missed) == 1
}

// rings says whether a phone is rung for a queue's calls: nothing says that it is gone, and it is not only just again.
func (f *Floor) rings(aor string) bool {
	l := f.lives[aor]
	return f.bound[aor] && (l == nil || l.lost.IsZero() && l.again.IsZero())
}

// isSilent says whether a leg's phone has never said that it rings, and shown no sign of life since it was lost before.
func (f *Floor) isSilent(l *leg) bool {
	of := f.lives[l.target.AOR]
	return l.phase == dialing && of != nil && of.doubt
}

// located notes from where an address of record is reached.
func (f *Floor) located(e call.Located) {
	f.where[e.AOR] = e.Address
	f.sightPhone(e.AOR)
	if a := f.agents[e.AOR]; a != nil {
		f.touch(a)
	}
}

// missed takes a sign of life that did not come. In a call only what is heard decides.
func (f *Floor) missed(e call.Missed) {
	switch {
	case e.Sign == call.Reports:
		f.unreported(f.legs[e.Leg])
	case e.Sign != call.NoSign && f.owners[e.AOR] != nil:
		f.lacks(e.AOR, e.Sign.String(), f.now)
	}
}

// seen takes a sign of life. Whatever of it was missed counts no more, because somebody is there.
func (f *Floor) seen(e call.Seen) {
	switch {
	case e.Sign == call.Reports:
		f.reported(f.legs[e.Leg])
	case e.Sign != call.NoSign:
		f.alive(e.AOR)
	}
}

// lacks notes a piece of evidence that a phone is gone.
func (f *Floor) lacks(aor, what string, since time.Time) {
	l := f.lifeOf(aor)
	if _, known := l.missed[what]; known || f.set.Clocks.of(what) < 0 || what == mediaMissed && f.set.Clocks.Media < 0 {
		return
	}
	if len(l.missed) == 0 {
		f.flaps(l)
	}
	f.sightPhone(aor)
	l.missed[what], l.doubt = since, true
	f.weigh(l)
}

// alive takes a sign of life of a phone. That it is registered no more is ended by a registration alone.
func (f *Floor) alive(aor string) {
	l := f.lives[aor]
	if l == nil || !l.doubt {
		return
	}
	f.sightPhone(aor)
	l.doubt = false
	for what := range l.missed {
		if what != contactMissed {
			delete(l.missed, what)
		}
	}
	f.weigh(l)
}

// reached notes that an address of record gained its first or lost its last contact.
func (f *Floor) reached(aor string, yes bool) {
	f.keeping.unsure = slices.DeleteFunc(f.keeping.unsure, func(other string) bool { return other == aor })
	if f.bound[aor] == yes {
		return
	}
	f.sightPhone(aor)
	a := f.owners[aor]
	if !yes {
		delete(f.bound, aor)
		if a != nil {
			f.lacks(aor, contactMissed, f.now)
			f.touch(a)
		}
		return
	}
	f.bound[aor] = true
	if a == nil {
		return
	}
	if l := f.lives[aor]; l != nil {
		if _, was := l.missed[contactMissed]; was {
			l.again = f.now.Add(max(0, f.set.Clocks.HoldOff)) // S64
		}
		clear(l.missed)
		l.doubt = false
		f.weigh(l)
	}
	f.lifeOf(aor).well = f.now
	f.touch(a)
}

// isBack takes somebody's word that an agent's softphone is there: what was lost in a call that is over counts no more, and
// it is rung at once.
func (f *Floor) isBack(a *agent) {
	if l := f.lives[a.ID]; l != nil {
		delete(l.missed, mediaMissed)
		f.weigh(l)
		l.again = time.Time{}
		f.sightPhone(a.ID)
	}
}

// weigh decides by what is missed of a phone whether it is lost, and when that is decided anew.
func (f *Floor) weigh(l *life) {
	f.sightPhone(l.aor)
	if since, lapsed := l.missed[mediaMissed]; lapsed && !since.Add(f.lapse(l.aor)).After(f.now) {
		delete(l.missed, mediaMissed)
	}
	was, due, counts := !l.lost.IsZero(), time.Time{}, false
	for what, since := range l.missed {
		if at := since.Add(f.set.Clocks.of(what)); at.After(f.now) {
			due = soonest(due, at)
		} else {
			counts = true
		}
		if what == mediaMissed {
			due = soonest(due, since.Add(f.lapse(l.aor)))
		}
	}
	switch {
	case counts && !was:
		l.lost, l.again = f.now, time.Time{}
	case !counts && was:
		l.lost, l.again = time.Time{}, f.now.Add(max(0, f.set.Clocks.HoldOff))
	}
	if len(l.missed) == 0 && l.well.IsZero() {
		l.well = f.now
	}
	if !l.again.After(f.now) {
		l.again = time.Time{}
	}
	f.timers.set(&l.timer, soonest(due, l.again), func(f *Floor) { f.weigh(l) })
	a := f.owners[l.aor]
	if a == nil {
		return
	}
	f.touch(a)
	if counts && !was {
		f.ringsInVain(a, l.aor)
	}
	if counts != was {
		f.heldOnly(a, l)
	}
}

// mostRefresh is a little more than the longest time between two REGISTERs: a phone of which signalling missed nothing for
// so long is there.
const mostRefresh = 6 * time.Minute

// lapse returns for how long what was lost in a call says something of a phone. Who waits for calls on it is tried soon;
// who was moved away from it has time.
func (f *Floor) lapse(aor string) time.Duration {
	if a := f.owners[aor]; a != nil && a.Presence.Reach == presence.ByPhone {
		return max(mostRefresh, f.set.Clocks.Media)
	}
	return f.set.Clocks.Media
}

// ringsInVain ends the ringing of a phone that is gone: another agent is tried, and it is no strike (S64).
func (f *Floor) ringsInVain(a *agent, aor string) {
	if a.visit == nil {
		return
	}
	o := a.visit.offerTo(a)
	if o == nil {
		return
	}
	for _, l := range o.legs() {
		if l.target.AOR == aor && l.phase <= ringing {
			f.drop(l, call.Unreachable)
			return
		}
	}
}

// heldOnly looks at an agent whose phone holds his customer: of it nothing has to be heard, so the evidence decides alone
// whether he is cut off.
func (f *Floor) heldOnly(a *agent, l *life) {
	v := a.visit
	if v == nil || v.owner != a || v.seat == nil || !v.seat.held || v.seat.phase != up || v.seat.target.AOR != l.aor || v.customer == nil || v.emergency {
		return
	}
	if l.lost.IsZero() {
		f.reconnect(v.seat)
		f.touchCall(v)
		return
	}
	if v.asked() == nil { // else he may be heard by his other leg
		f.comfort(v)
		f.cutOff(v)
	}
}

// leftInCall notes that an agent's softphone was lost in a call that ends for him now.
func (f *Floor) leftInCall(a *agent, l *leg) {
	if l != nil && l.target.Device == call.Softphone || l == nil && a.Presence.Reach == presence.BySoftphone {
		f.lacks(a.ID, mediaMissed, f.now)
	}
}

// isLost says whether an agent who is signed on by softphone has lost it, as far as the evidence goes: he is cut off in a
// call, or it is gone while he is in none.
func (f *Floor) isLost(a *agent) bool {
	p := &a.Presence
	switch p.Activity {
	case presence.CutOff:
		return p.Reach == presence.BySoftphone
	case presence.Talking, presence.Dialling:
		return false
	case presence.Idle, presence.WrapUp, presence.Offered:
	}
	l := f.lives[a.ID]
	return p.Reach == presence.BySoftphone && p.Word() != presence.Offline && l != nil && !l.lost.IsZero()
}

// missing returns the evidence that an agent's softphone is lost, the oldest first; none: it is not.
func (f *Floor) missing(a *agent) (all []Missing) {
	if !f.isLost(a) {
		return nil
	}
	v := a.visit
	switch {
	case v == nil || a.Presence.Activity != presence.CutOff: // who was cut off has no call until Resume
	case v.seat == nil:
		all = append(all, Missing{mediaMissed, v.cut})
	case v.seat.counting():
		all = append(all, Missing{mediaMissed, v.seat.silent})
	}
	if l := f.lives[a.ID]; l != nil {
		for what, since := range l.missed {
			all = append(all, Missing{what, since})
		}
	}
	slices.SortFunc(all, func(a, b Missing) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Sign, b.Sign)) })
	return all
}
