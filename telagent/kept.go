package telagent

import (
	"maps"
	"slices"
)

// stands says whether a call has come so far that a restart goes on with it: its customer is up, or of a call of colleagues
// both are, or those whom they left to each other.
func (v *visit) stands() bool {
	if v.customer == nil {
		return v.parties() > 1
	}
	return v.customer.phase == up
}

// parties counts who is up in a call of colleagues and talks.
func (v *visit) parties() (n int) {
	if v.seat != nil && v.seat.phase == up {
		n++
	}
	for _, g := range v.guests {
		if g.isUp() && g.mode.talks() {
			n++
		}
	}
	return n
}

// liveVisit is what of a call is kept beside its legs and its past. What rings, or is asked, is as if it was not tried.
func (v *visit) liveVisit() LiveVisit {
	live := LiveVisit{
		ID: v.id, Kind: v.kind, Emergency: v.emergency, From: v.from, To: v.to, Diverted: v.diverted, Attested: v.attested,
		Queue: v.queueName(), Waits: v.waiting || len(v.offers) > 0, Paused: v.paused, Team: v.team, Priority: v.caller.Priority, Since: v.caller.Since,
		Lined: v.lined, Hops: v.hops, Announce: v.announced, Parting: v.parting, Parts: v.parts, Taken: v.taken, OnHold: v.onHold, Held: v.held,
		Answered: v.answered, Alone: v.alone, Cut: v.cut, Sorry: v.sorry, Limit: v.limit,
		Recording: LiveRecording{File: v.recording.file, Now: v.recording.now, Began: v.recording.began, Rests: v.resting, Alarm: v.recording.alarm},
	}
	if v.customer != nil {
		live.Customer = v.customer.id
	}
	if v.owner != nil {
		live.Owner = v.owner.ID
	}
	if v.seat != nil {
		live.Seat = v.seat.id
	}
	g := v.asked()
	live.Aside = v.aside && g != nil && g.isUp()
	if g != nil && g.emergency && !g.isUp() {
		live.Paused = false // it was for that call alone
	}
	return live
}

// liveLegs appends the legs of a call that are up.
func (v *visit) liveLegs(to []LiveLeg) []LiveLeg {
	add := func(l *leg) {
		if l != nil && l.phase == up {
			to = append(to, l.live())
		}
	}
	add(v.customer)
	add(v.seat)
	for _, g := range v.guests {
		add(g.leg)
		add(g.own)
	}
	return to
}

func (l *leg) live() LiveLeg {
	live := LiveLeg{
		Leg: l.id, Seat: l.seat, Target: l.target, Help: l.help, Inward: l.inward, Since: l.since, Began: l.began, Answered: l.answered,
		Silent: l.silent, Reports: l.reports, Muted: l.muted, Held: l.held, Limit: l.limit,
	}
	if l.agent != nil {
		live.Agent = l.agent.ID
	}
	if l.dialler != nil {
		live.Dialler = l.dialler.ID
	}
	if t := l.trunk; t != nil {
		live.Trunk, live.Out = t.Name, slices.Contains(l.counts, &t.usage)
	}
	return live
}

// liveGuests appends who takes part in a call. Who is rung is one of them only where nobody else has the customer, or to tell a
// phone that asked for it.
func (v *visit) liveGuests(to []LiveGuest) []LiveGuest {
	for _, g := range v.guests {
		if !g.isUp() && v.owner != nil && g.referrer == "" {
			continue
		}
		live := LiveGuest{Number: g.number, Mode: g.mode, HandOver: g.handOver, Referrer: g.referrer, Emergency: g.emergency, Helps: g.helps}
		if g.agent != nil {
			live.Agent = g.agent.ID
		}
		if g.isUp() {
			live.Leg = g.leg.id
		}
		if g.own != nil && g.own.phase == up {
			live.Own = g.own.id
		}
		to = append(to, live)
	}
	return to
}

// liveSwitches appends the switches under way in a call.
func (v *visit) liveSwitches(to []LiveSwitch) []LiveSwitch {
	for _, m := range v.moves() {
		to = append(to, LiveSwitch{Record: m.record, Number: m.number, Back: m.back, Why: m.why})
	}
	return to
}

// triedOf is how many offers of a caller to an agent came to nothing.
func (v *visit) triedOf(id string) int {
	n := v.tried[id]
	for _, o := range v.offers {
		if o.agent.ID == id {
			n--
		}
	}
	return n
}

// sameTried says whether as many offers came to nothing as were told of.
func (v *visit) sameTried(told map[string]int) bool {
	n := 0
	for id := range v.tried {
		switch tried := v.triedOf(id); {
		case tried > 0 && told[id] != tried:
			return false
		case tried > 0:
			n++
		}
	}
	return n == len(told)
}

// liveTried returns how many offers came to nothing, by agent.
func (v *visit) liveTried() map[string]int {
	tried := map[string]int{}
	for id := range v.tried {
		if n := v.triedOf(id); n > 0 {
			tried[id] = n
		}
	}
	return tried
}

// sameRecord says whether the record of a call is as it was told. Its legs are only added to, the oldest may go.
func sameRecord(a, b *Record) bool {
	lastA, lastB := len(a.Legs)-1, len(b.Legs)-1
	return a.Queue == b.Queue && a.Answered == b.Answered && lastA == lastB && (lastA < 0 || a.Legs[lastA] == b.Legs[lastB]) &&
		slices.Equal(a.Switches, b.Switches) && slices.Equal(a.Recordings, b.Recordings)
}

// copied returns a record so far that shares nothing which the Floor will write to.
func (r Record) copied() Record {
	r.Legs, r.Switches, r.Recordings = slices.Clip(r.Legs), slices.Clip(r.Switches), slices.Clone(r.Recordings)
	return r
}

// keeping is how what has to outlive the process is told of.
type keeping struct {
	left    Live                 // by the process before, to be gone on with; empty: it is
	phones  map[string]LivePhone // by AOR, as told last
	learned []*line              // of which that may be another
	sighted []string             // AORs likewise
	taken   []*leg               // up with the restart
	unsure  []string             // AORs of which it is not said since then that they are bound
	timer   timer

	// Room for what of a call is compared with what was told, so that a call which is the same costs no memory.
	legs     []LiveLeg
	guests   []LiveGuest
	switches []LiveSwitch
}

// isKeptAs says whether a call is kept as it is now.
func (f *Floor) isKeptAs(v *visit) bool {
	if !v.isKept {
		return !v.stands()
	}
	k, told := &f.keeping, &v.kept
	k.legs, k.guests = v.liveLegs(k.legs[:0]), v.liveGuests(k.guests[:0])
	if !slices.Equal(k.legs, told.Legs) || !slices.Equal(k.guests, told.Guests) || !v.sameTried(told.Tried) || !sameRecord(&v.record, &told.Record) {
		return false
	}
	k.switches = v.liveSwitches(k.switches[:0])
	return slices.Equal(k.switches, told.Switches) && v.liveVisit() == told.LiveVisit
}

// live is the whole of what is kept of a call.
func (v *visit) live() LiveCall {
	return LiveCall{
		LiveVisit: v.liveVisit(), Legs: v.liveLegs(nil), Guests: v.liveGuests(nil), Switches: v.liveSwitches(nil), Tried: v.liveTried(),
		Record: v.record.copied(),
	}
}

// liveAgent is what of an agent is kept beside his presence.
func (f *Floor) liveAgent(a *agent) LiveAgent {
	n, t := &a.nail, &a.trouble
	live := LiveAgent{
		Stood: n.stood, Idle: n.idle, Again: n.again, Failures: n.failures, Rests: n.rests, Rest: a.rest, Handled: a.handled, ChangedBy: a.by, After: a.after,
		Last: a.last, Trouble: t.code, Since: t.since, Acted: t.acted, Stuck: t.stuck, Back: t.back,
	}
	if l := a.line(); l != nil {
		live.Line = l.live()
	}
	if f.set.Dial.Limits.PerHour > 0 {
		live.Usage = a.usage
	}
	return live
}

// line returns the leg that stands by for an agent's calls, or did until the offer that it hears the tone of; nil: none.
func (a *agent) line() *leg {
	if l := a.standing(); l != nil || a.visit == nil || !a.NailedUp {
		return l
	}
	for _, l := range a.visit.legs() {
		if l.agent == a && l.phase == announced {
			return l
		}
	}
	return nil
}

func (b *batch) live() *LiveBatch {
	live := &LiveBatch{By: b.by, Request: b.request, What: b.what, Policy: b.policy, Back: b.back, Began: b.began, Ended: b.ended, UndoUntil: b.undoUntil}
	for _, m := range b.members {
		live.Members = append(live.Members, LiveMember{
			Agent: m.id, Known: m.agent != nil, Progress: m.is, Code: m.code, Why: m.why, To: m.to, By: m.by, Since: m.since, Before: m.before,
			OffDuty: m.offDuty, Undoing: m.undoing,
		})
	}
	return live
}

// livePhone is what is known of a phone by its address of record; the zero value: nothing.
func (f *Floor) livePhone(aor string) LivePhone {
	said := f.said[aor]
	p := LivePhone{Bound: f.bound[aor], Address: f.where[aor], Status: said.Status, Reason: said.Reason}
	if l := f.lives[aor]; l != nil {
		if len(l.missed) > 0 {
			p.Missed = l.missed
		}
		p.Lost, p.Well, p.Gone, p.Again, p.Doubt, p.Losses = l.lost, l.well, l.gone, l.again, l.doubt, l.losses
	}
	return p
}

func (p LivePhone) same(o LivePhone) bool {
	return p.Bound == o.Bound && p.Address == o.Address && maps.Equal(p.Missed, o.Missed) && p.Lost == o.Lost && p.Well == o.Well && p.Gone == o.Gone &&
		p.Again == o.Again && p.Doubt == o.Doubt && p.Losses == o.Losses && p.Status == o.Status && p.Reason == o.Reason
}

func (who guesser) id() string { return who.user + "\x1f" + who.caller }

func (m *menu) live() *LiveMenu {
	return &LiveMenu{Leg: m.leg.live(), Caller: m.caller, Phone: m.phone, Wrong: m.wrong, Longest: m.longest}
}

// live returns what would go on after a restart.
func (f *Floor) live() (live Live) {
	for _, id := range sortedKeys(f.calls) {
		if v := f.calls[id]; v.isKept {
			live.Calls = append(live.Calls, v.live())
		}
	}
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; a.kept != (LiveAgent{}) {
			is := a.kept
			live.Parts = append(live.Parts, LivePart{Kind: AgentPart, ID: id, Agent: &is})
		}
	}
	for _, name := range sortedKeys(f.queues) {
		if q := f.queues[name]; q.kept != (LiveQueue{}) {
			is := q.kept
			live.Parts = append(live.Parts, LivePart{Kind: QueuePart, ID: name, Queue: &is})
		}
	}
	for _, t := range f.trunks {
		if t.Limits.PerHour > 0 {
			live.Parts = append(live.Parts, LivePart{Kind: TrunkPart, ID: t.Name, Trunk: &LiveTrunk{t.usage}})
		}
	}
	for _, b := range f.batches {
		live.Parts = append(live.Parts, LivePart{Kind: BatchPart, ID: b.id, Batch: b.live()})
	}
	for _, key := range f.answered.keys {
		live.Parts = append(live.Parts, f.answered.part(key))
	}
	for _, aor := range sortedKeys(f.keeping.phones) {
		is := f.keeping.phones[aor]
		live.Parts = append(live.Parts, LivePart{Kind: PhonePart, ID: aor, Phone: &is})
	}
	for who, g := range f.guesses {
		live.Parts = append(live.Parts, g.part(who))
	}
	for _, id := range sortedKeys(f.menus) {
		if m := f.menus[id]; m.isKept {
			live.Parts = append(live.Parts, m.part())
		}
	}
	return live
}
