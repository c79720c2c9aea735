package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// switchAgent moves an agent's reach, with the call that he is in.
func (f *Floor) switchAgent(a *agent, c Switch) error {
	if c.Back && a.move != nil && !a.move.back {
		f.remark = "the switch to " + a.move.record.To + " was undone"
		f.undo(a.move)
		return nil
	}
	if c.Back && a.stays() {
		f.letGo(a)
		return nil
	}
	targets, err := f.switchable(a, &c)
	if err != nil {
		return err
	}
	if c.Back {
		f.letGo(a)
	}
	switch a.Presence.Activity {
	case presence.Talking, presence.CutOff:
		return f.beginMove(a, c, targets)
	case presence.Offered:
		if a.guest != nil {
			f.reringGuest(a, c, targets)
		} else {
			f.reringOn(a, c, targets)
		}
	default:
		if a.guest != nil && a.guest.isUp() {
			return f.beginMove(a, c, targets)
		}
		f.moveReach(a, c.Back, c.Number, c.By)
		f.switched(a, SwitchRecord{Agent: a.ID, By: c.By, To: describe(targets), Began: f.now})
	}
	return nil
}

// switchable checks a switch and returns what would be rung, in the order to try. Whoever is cut off may be rung again
// where he was; a Telagent is then rung at the number that was named for him.
func (f *Floor) switchable(a *agent, c *Switch) ([]call.Target, error) {
	cut := a.Presence.Activity == presence.CutOff
	if m := a.move; m != nil {
		return nil, refuse("already_switching", "%s is being switched already, by %s since %s.", a.Name, who(m.record.By), m.record.Began.UTC().Format("15:04:05"))
	}
	if a.Presence.Activity == presence.Dialling {
		return nil, refuse("dialling", "%s is dialling; wait until the call is up.", a.Name)
	}
	if c.Back {
		if a.Presence.Reach == presence.BySoftphone && !cut {
			return nil, refuse("already_on_softphone", "%s is on the softphone already.", a.Name)
		}
		if !f.isThere(a.ID) {
			return nil, refuse("softphone_unreachable", "%s's softphone is not registered.", a.Name)
		}
		return []call.Target{{Device: call.Softphone, AOR: a.ID}}, nil
	}
	if err := f.allowed(a, &c.Number); err != nil {
		return nil, err
	}
	if cut && c.Number == "" {
		c.Number = a.Presence.Number
	}
	if a.Presence.Reach == presence.ByPhone && (c.Number == "" || c.Number == a.Presence.Number) && !cut {
		return nil, refuse("already_telagent", "%s is on the phone already.", a.Name)
	}
	if c.Number == "" {
		if err := f.hasPhone(a); err != nil {
			return nil, err
		}
	}
	targets := f.phones(a, c.Number)
	if len(targets) > 0 {
		return targets, nil
	}
	if a.visit == nil { // no call is made, so nothing need be reachable now
		return []call.Target{a.phone(c.Number, false)}, nil
	}
	if c.Number == "" && len(a.open) == 0 {
		return nil, refuse("phone_unreachable", "%s's desk phone is not registered.", a.Name)
	}
	if _, cause := f.carrier(); cause == call.NoCapacity {
		return nil, refuse("no_trunk_capacity", "No trunk has room for another call.")
	}
	return nil, refuse("no_trunk", "No trunk can carry a call now.")
}

// hasPhone says why an agent can be reached at no phone of his own; nil: there is one.
func (f *Floor) hasPhone(a *agent) error {
	switch {
	case len(a.Numbers) == 0 && a.DeskPhone == "":
		return refuse("no_number", "%s has no number to switch to.", a.Name)
	case len(a.open) == 0 && a.DeskPhone == "":
		_, err := f.listedNumber(a.Numbers[0])
		return err
	}
	return nil
}

// allowed checks a number that was typed, against the dial rules and S14: the agent's own list, and one holder at a
// time. It makes it what is dialled.
func (f *Floor) allowed(a *agent, typed *string) error {
	if *typed == "" {
		return nil
	}
	if err := f.mayName(a, typed); err != nil {
		return err
	}
	return f.heldByNobody(a, *typed)
}

// mayName checks a number for an agent against all that is written about it, and makes it what is dialled.
func (f *Floor) mayName(a *agent, typed *string) error {
	number, err := f.listedNumber(*typed)
	if err == nil && !contains(a.Numbers, number) && !contains(a.Authorised, number) {
		number, err = f.phoneNumber(*typed)
	}
	if err != nil {
		return err
	}
	*typed = number
	if len(a.Authorised) > 0 && !contains(a.Authorised, number) {
		return refuse("number_not_authorised", "%s is not on %s's list of authorised numbers.", number, a.Name)
	}
	for _, other := range f.agents {
		listed := contains(other.Numbers, number) || contains(other.Authorised, number) && !contains(a.Authorised, number)
		if other != a && listed {
			return refuse("number_taken", "%s belongs to another agent.", number)
		}
	}
	return nil
}

// heldByNobody says that another agent is reached at a number now; nil: none is.
func (f *Floor) heldByNobody(a *agent, number string) error {
	for _, other := range f.agents {
		if number != "" && other != a && other.holds(number) {
			return refuse("number_taken", "%s belongs to another agent.", number)
		}
	}
	return nil
}

// moveReach changes how an agent is rung. Signed off or set away by the system, he becomes available by it (S18).
func (f *Floor) moveReach(a *agent, back bool, number, by string) {
	f.blame(a, by)
	f.dropLine(a, call.Moved)
	a.Presence.Untold = !back && (a.Presence.Untold || a.Presence.Reach == presence.BySoftphone)
	same := a.Presence.Reach == presence.ByPhone && !back && a.Presence.Number == number
	if !same && f.why != BySchedule && f.why != ByPolicy {
		a.Presence.Shifts = nil // who moves him takes him out of his schedules, until they begin again; a policy does not
	}
	if back {
		a.Presence.Reach, a.Presence.Number, a.Presence.Displaced = presence.BySoftphone, "", time.Time{}
		f.isBack(a)
	} else {
		f.displaced(a)
		a.Presence.Reach, a.Presence.Number = presence.ByPhone, number
	}
	if l := f.lives[a.ID]; l != nil {
		f.weigh(l)
	}
	if !back && a.Presence.BecomesAvailable() {
		d := presence.Declaration{Status: presence.Available, By: by}
		if a.Presence.Activity == presence.WrapUp {
			a.Presence.Pending = &d // the after-call work goes on
		} else {
			a.Presence.Declare(f.now, d)
		}
		a.by, a.hand, f.remark = by, by, "the status became available"
	}
	a.Presence.Strikes, a.rest, a.active = 0, time.Time{}, f.now
	f.settled(a)
}

// switched tells that an agent's reach has moved.
func (f *Floor) switched(a *agent, r SwitchRecord) {
	r.Ended, r.Result, r.Back = f.now, "done", a.Presence.Reach == presence.BySoftphone
	a.last = &r
	if a.visit != nil {
		r.Call = a.visit.id
		a.visit.record.Switches = append(a.visit.record.Switches, r)
		f.touchCall(a.visit)
	}
	f.say(SwitchDone{Switch: r})
	f.batchMoved(a, r)
	f.touch(a)
}

// reringOn cancels a ringing device and offers the same caller to the other one; the caller keeps his place.
func (f *Floor) reringOn(a *agent, c Switch, targets []call.Target) {
	v := a.visit
	o := v.offerTo(a)
	old := o.rung
	o.rung = rung{} // that its phone is gone, as may come to light now, does not end the offer
	f.moveReach(a, c.Back, c.Number, c.By)
	f.hangAll(&old, call.Moved)
	f.switched(a, SwitchRecord{Agent: a.ID, By: c.By, To: describe(targets), Began: f.now})
	if !f.ringOffer(v, o, [][]call.Target{targets}) {
		f.offerFailed(v, o, call.NoCapacity)
	}
	f.touchCall(v)
}

// reringGuest lets a guest who is rung ring on his other device.
func (f *Floor) reringGuest(a *agent, c Switch, targets []call.Target) {
	g := a.guest
	old := g.rung
	g.rung = rung{}
	f.moveReach(a, c.Back, c.Number, c.By)
	f.hangAll(&old, call.Moved)
	f.switched(a, SwitchRecord{Agent: a.ID, By: c.By, To: describe(targets), Began: f.now})
	if !f.ringGuest(g, [][]call.Target{targets}) {
		f.guestFailed(g, call.NoCapacity)
	}
}

// beginMove dials the new device while the talk, or the comfort audio, goes on.
func (f *Floor) beginMove(a *agent, c Switch, targets []call.Target) error {
	m := &move{agent: a, back: c.Back, number: c.Number, why: f.why}
	if m.why == "" {
		m.why = f.whyOf(a, c.By)
	}
	m.record = SwitchRecord{Agent: a.ID, Call: a.visit.id, Back: c.Back, By: c.By, Began: f.now}
	stations := [][]call.Target{targets}
	if !c.Back && a.Presence.Reach == presence.ByPhone && c.Number == a.Presence.Number { // cut off where he was, which may be two
		stations = f.stations(a)
	}
	return f.startMove(m, stations)
}

// startMove rings for a switch, or refuses it.
func (f *Floor) startMove(m *move, stations [][]call.Target) error {
	a := m.agent
	a.move = m
	if !f.ringMove(m, stations) {
		a.move = nil
		return refuse("no_trunk_capacity", "No trunk has room for another call.")
	}
	if a.nail.leg != nil { // which was to bring him back; the switch does now
		f.dropLine(a, call.Moved)
	}
	f.remark = "the call moves when " + m.record.To + " takes it"
	f.say(SwitchBegun{Switch: m.record})
	return nil
}

// ringMove rings an agent's stations for a switch and says whether anything rings.
func (f *Floor) ringMove(m *move, stations [][]call.Target) bool {
	v := m.agent.visit
	rings := f.ring(&m.rung, stations, f.now.Add(f.set.RingTime), func(t call.Target) *leg {
		return f.dial(v, seatOf(m.agent), m.agent, t, f.presented(v, t, "SWITCH"))
	})
	if rings {
		m.record.To = m.leg.target.String()
		f.touch(m.agent)
		f.touchCall(v)
	}
	f.schedule(v)
	return rings
}

// swap puts the new leg into the seat: by one pointer swap when the old one is heard, else into the empty seat.
func (f *Floor) swap(l *leg) {
	m, v, a := l.agent.move, l.visit, l.agent
	l.phase, l.since, l.seat = up, f.now, seatOf(a) // he may have got another seat meanwhile
	m.record.To, m.record.Leg = l.target.String(), l.id
	a.move = nil
	old := a.changeLeg(l)
	if !m.back && v.owner == a && (!v.cut.IsZero() || old.counting()) {
		f.leftInCall(a, old)
	}
	f.succeed(old, l)
	f.hang(old, call.Moved, "")
	f.win(&m.rung, l)
	f.schedule(v)
	f.why = m.why
	f.moveReach(a, m.back, m.number, m.record.By)
	f.switched(a, m.record)
	f.auditMove(*a.last, "the call moved to "+m.record.To+f.inTheNameOf(m))
	f.touchCall(v)
}

// succeed lets a new leg hear and be heard in the place of an old one, which it was given.
func (f *Floor) succeed(old, l *leg) {
	v := l.visit
	switch {
	case old.alive() && !old.held && len(old.hears.from) > 0 && l.alive() && !l.held:
		f.exchange(old, l)
		f.mix(v)
	case v.seat == l:
		f.notAlone(v) // whoever took the call is there; the clocks of silence begin anew with him
		f.connect(l)
	default:
		f.mix(v)
	}
}

// moveLegFailed tries the next number of the station whose leg came to nothing.
func (f *Floor) moveLegFailed(m *move, l *leg, cause call.Cause) {
	rings := f.ringsOn(&m.rung, l, cause)
	if cause != call.Declined {
		rings = f.ringMove(m, [][]call.Target{l.rest})
	}
	f.touchCall(l.visit)
	if !rings && (cause == call.Declined || !f.holdOut(m, l.rest)) {
		f.moveFailed(m, cause)
	}
}

// moveFailed leaves everything as it was. A customer whose agent is cut off goes back to his queue, because nobody else
// will bring the agent back.
func (f *Floor) moveFailed(m *move, cause call.Cause) {
	f.moveOver(m, cause.String())
	if v := m.agent.visit; v.owner == m.agent && !v.cut.IsZero() {
		f.abandonAgent(v, "the switch to "+m.record.To+" failed")
	}
}

// moveRangOut ends the attempts whose time is over.
func (f *Floor) moveRangOut(v *visit) {
	for _, m := range v.moves() {
		if l := m.late(); l != nil && !l.until.After(f.now) && m.agent.move == m {
			f.moveLegFailed(m, l, f.tooLate(l))
		} else if !m.until.IsZero() && !m.until.After(f.now) && m.agent.move == m {
			f.moveFailed(m, call.NoCapacity)
		}
	}
}

// seatOf returns the seat of an agent in his call.
func seatOf(a *agent) call.Seat {
	if a.guest != nil {
		return call.GuestSeat
	}
	return call.AgentSeat
}

// changeLeg puts a new leg into an agent's place in his call and returns the one that was there; nil: it was empty.
func (a *agent) changeLeg(l *leg) (old *leg) {
	if g := a.guest; g != nil {
		old, g.leg = g.leg, l
		return old
	}
	old, a.visit.seat = a.visit.seat, l
	return old
}

// undo takes a switch back that has not swapped yet (S19). A customer who meanwhile was cut off for long enough goes
// back to his queue.
func (f *Floor) undo(m *move) {
	f.hangAll(&m.rung, call.Cancelled)
	f.moveOver(m, "undone")
	if v := m.agent.visit; v.owner == m.agent && !v.cut.IsZero() && !v.cut.Add(f.set.RequeueAfter).After(f.now) {
		f.abandonAgent(v, "he was cut off for too long")
	}
}

// moveOver ends a switch that did not come to its end.
func (f *Floor) moveOver(m *move, result string) {
	a := m.agent
	a.move = nil
	r := m.record
	r.Ended, r.Result = f.now, result
	a.last = &r
	if v := a.visit; v != nil {
		v.record.Switches = append(v.record.Switches, r)
		f.schedule(v)
		f.touchCall(v)
	}
	f.say(SwitchFailed{Switch: r})
	f.auditMove(r, "the call did not move to "+r.To+f.inTheNameOf(m))
	f.batchUnmoved(a, result)
	f.station(a, false) // a schedule may have begun meanwhile
	f.touch(a)
}

func describe(targets []call.Target) string { return targets[0].String() }

func who(user string) string {
	if user == "" {
		return "the system"
	}
	return user
}
