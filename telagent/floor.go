// Package telagent is the Floor: all agents, queues and calls together, and everything that is decided about them, the
// Switch to Telagent included.
//
// It is pure: time comes in as an argument, ids come from an injected func. It does no I/O and holds no lock; one
// goroutine owns a Floor (package gateway). It never sees an SDP body or a SIP header.
//
// Start with Floor: Handle takes facts, Do takes requests, Tick lets time pass; each answers with an Outcome. Then the
// verbs in the order of a call: arrive.go, offer.go, legs.go, silence.go, switch.go, logout.go, finish.go. A caller of the access number is in menu.go.
package telagent

import (
	"net/netip"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
)

// Outcome is what a step decided. Actions are carried out first, because people are listening; then Changes are told.
type Outcome struct {
	Actions []call.Action
	Changes []Change
}

// Floor holds every agent, queue and call. It is not safe for concurrent use.
type Floor struct {
	set       Settings
	id        func() string
	users     map[string]*User
	agents    map[string]*agent
	queues    map[string]*line
	profiles  map[string]presence.Profile
	reasons   []string                  // of breaks; none: any
	said      map[string]call.Published // by phones, last, by AOR
	numbers   map[string]*line          // dialled number → queue
	direct    map[string]*agent         // dialled number → the agent whom it reaches
	owners    map[string]*agent         // AOR → whose phone it is
	bound     map[string]bool           // AORs with a contact
	where     map[string]netip.Addr     // that each of them is reached from
	sites     map[string]Site
	policies  map[string]Policy // by team
	revisions map[EntryName]Revision
	revised   []Revision // the same in the order of lists; nil: to be made
	newest    int64      // version that was given last
	schedules map[string]*timetable
	edges     timer // of the schedules
	trunks    []*trunk
	starved   map[string]*agent // whose nailed-up legs wait for a channel
	calls     map[call.ID]*visit
	legs      map[call.LegID]*leg
	menus     map[call.LegID]*menu // of callers of the access number
	guesses   map[guesser]*guesses // wrong PINs
	timers    timers
	answered  answers  // request ids that were carried out
	talks     talks    // who talked with whom last
	batches   []*batch // mass switches, the oldest first

	drain drain
	trial *trial                     // the test call under way; nil: there is none
	tests map[string]*dialplan.Usage // test calls by number

	keeping keeping

	lives      map[string]*life      // of phones that are registered, or were, by AOR
	gatherings map[string]*gathering // alarms about sites, by code and site

	troubles map[string]string // what is wrong with the gateway itself, by part
	woke     time.Time         // when we ran again after a stall; zero: we never stalled

	now    time.Time // of the step under way
	below  *As       // with less than his user may do; nil: with all
	out    Outcome
	why    Why      // why reaches are moved in it; empty: as blame says
	remark string   // what the audit line adds to a command that was carried out
	dirty  []*agent // agents to be told of at the end of the step
	stale  []*line
	moved  []*visit
	hungry []*line  // queues to be served at the end of the step
	forced []*agent // whose teams' policies switch them now
	paced  []*batch // mass switches to be told of at the end of the step

	waiters []*move // switches that wait for a channel for their next number
	isRoomy bool    // a channel came free: who waits for one may go on
}

// New returns the Floor that the store's state describes. id gives a new unique name at each call.
func New(settings Settings, state State, id func() string) *Floor {
	f := &Floor{
		set: settings.withDefaults(), id: id, users: map[string]*User{}, agents: map[string]*agent{}, queues: map[string]*line{},
		profiles: map[string]presence.Profile{}, said: map[string]call.Published{}, reasons: state.Reasons,
		numbers: map[string]*line{}, direct: map[string]*agent{}, owners: map[string]*agent{}, bound: map[string]bool{}, where: map[string]netip.Addr{},
		lives: map[string]*life{}, keeping: keeping{phones: map[string]LivePhone{}, left: state.Live}, gatherings: map[string]*gathering{}, troubles: map[string]string{}, sites: map[string]Site{}, policies: map[string]Policy{}, revisions: map[EntryName]Revision{}, schedules: map[string]*timetable{}, starved: map[string]*agent{}, calls: map[call.ID]*visit{},
		legs: map[call.LegID]*leg{}, menus: map[call.LegID]*menu{}, guesses: map[guesser]*guesses{}, answered: answers{done: map[string]answer{}}, talks: talks{last: map[string]lastTalk{}},
	}
	for _, t := range f.set.Trunks {
		f.trunks = append(f.trunks, &trunk{Trunk: t, up: true})
	}
	for _, u := range state.Users {
		f.users[u.Name] = &u
	}
	for _, q := range state.Queues {
		f.putQueue(q)
	}
	for _, p := range state.Profiles {
		f.profiles[p.Name] = p
	}
	for _, s := range state.Sites {
		f.sites[s.Name] = s
	}
	for _, p := range state.Policies {
		f.policies[p.Team] = p
	}
	for _, r := range state.Revisions {
		f.revisions[r.Entry], f.newest = r, max(f.newest, r.Version)
	}
	in := state.Live.people()
	for _, a := range state.Agents {
		f.restore(a, in[a.ID])
	}
	f.restoreSchedules(state.Schedules)
	f.end() // nobody listens yet
	return f
}

// Handle takes a fact. Facts about unknown or ended legs are ignored, but for a late answer, which is hung up.
func (f *Floor) Handle(now time.Time, e call.Event) Outcome {
	f.begin(now)
	switch e := e.(type) {
	case call.Invited:
		f.arrive(e)
	case call.Bound:
		f.sightContact(e.AOR, true)
		f.reached(e.AOR, true)
	case call.Unbound:
		f.sightContact(e.AOR, false)
		f.reached(e.AOR, false)
	case call.TrunkUp:
		f.trunkState(e.Trunk, true, "")
	case call.TrunkDown:
		f.trunkState(e.Trunk, false, e.Problem)
	case call.Impaired:
		f.impaired(e)
	case call.Repaired:
		f.repaired(e.Part)
	case call.Stalled:
		f.stalled(e.For)
	case call.Published:
		f.published(e)
	case call.Recorded:
		f.recorded(e)
	case call.Measured:
		f.say(LegMeasured{Leg: e.Leg, Quality: e.Quality})
	case call.Located:
		f.located(e)
	case call.Missed:
		f.askedPhone(e.Sign, e.AOR, false)
		f.missed(e)
	case call.Seen:
		f.askedPhone(e.Sign, e.AOR, true)
		f.seen(e)
	default:
		f.legEvent(e)
	}
	return f.end()
}

// legEvent gives a fact to the leg that it is about.
func (f *Floor) legEvent(e call.Event) {
	l := f.legs[call.Leg(e)]
	if l == nil {
		if late, ok := e.(call.Answered); ok {
			f.act(call.Hangup{Leg: late.Leg, Cause: call.Cancelled})
		}
		return
	}
	if _, is := e.(call.TurnedAway); is {
		f.turnedAway(l)
		return
	}
	if l.menu != nil {
		f.menuEvent(l.menu, e)
		return
	}
	if l.trial != nil {
		f.trialEvent(l.trial, e)
		return
	}
	switch e := e.(type) {
	case call.Ringing:
		f.ringing(l, e.Audio)
	case call.Answered:
		f.answer(l)
	case call.Failed:
		f.failed(l, e.Cause)
	case call.Ended:
		f.ended(l, e.How, e.Cause)
	case call.Silent:
		f.silent(l)
	case call.Heard:
		f.heard(l)
	case call.Held:
		f.held(l)
	case call.Resumed:
		f.resumed(l)
	case call.Digit:
		f.digit(l, e.Key)
	case call.Played:
		f.played(l, e.Prompt)
	case call.Referred:
		f.referred(l, e)
	case call.Verified:
		f.verified(l, e.Right)
	case call.Spliced:
		f.spliced(l, e)
	case call.Recorded, call.Measured, call.Missed, call.Seen: // see Handle
	case call.TurnedAway: // see above
	case call.Invited, call.Published, call.Bound, call.Unbound, call.Located, call.TrunkUp, call.TrunkDown, call.Impaired, call.Repaired, call.Stalled: // about no leg of the Floor, see Handle
	}
}

// Tick lets everything happen that is due by now.
func (f *Floor) Tick(now time.Time) Outcome {
	f.begin(now)
	if f.isDrowsy(now) {
		return f.end()
	}
	if f.edges.index > 0 && f.edges.at.Sub(now) > lookAgain {
		f.edgesDue() // the clock was set back
	}
	for {
		due, ok := f.timers.next()
		if !ok || due.After(now) {
			return f.end()
		}
		f.timers.pop().fire(f)
	}
}

// Next returns when Tick has to be called next; false: there is nothing to wait for.
func (f *Floor) Next() (due time.Time, ok bool) {
	due, ok = f.timers.next()
	if ok && f.isDrowsy(due) {
		due = f.woke.Add(drowsy)
	}
	return due, ok
}

// begin opens a step. Marks of the last one are still there if it panicked; who keeps one would never be told of again.
func (f *Floor) begin(now time.Time) {
	for _, a := range f.dirty {
		a.isDirty = false
	}
	for _, q := range f.stale {
		q.stale = false
	}
	for _, v := range f.moved {
		v.isMoved = false
	}
	for _, q := range f.hungry {
		q.hungry = false
	}
	for _, b := range f.paced {
		b.isMoved = false
	}
	f.now, f.out, f.remark, f.why, f.forced = now, Outcome{}, "", "", f.forced[:0]
	f.dirty, f.stale, f.moved, f.hungry = f.dirty[:0], f.stale[:0], f.moved[:0], f.hungry[:0]
	f.paced = f.paced[:0]
	f.keeping.begin()
}

// end closes a step: whoever waits for a channel to be switched goes on, waiting callers are served, then everybody who changed is told of, once.
func (f *Floor) end() Outcome {
	if f.isRoomy {
		f.goOn()
	}
	f.actForLost()
	if f.isPacing() {
		f.pace()
	}
	for i := 0; i < len(f.dirty); i++ { // more may come
		f.watch(f.dirty[i])
		f.shedLine(f.dirty[i])
		f.place(f.dirty[i])
	}
	f.tellGatherings()
	f.serveAll()
	for _, a := range f.dirty {
		f.tend(a)
	}
	if t := f.trial; t != nil && t.agent.visit != nil {
		f.giveWay(t.agent)
	}
	f.tell()
	f.drains()
	return f.out
}

func (f *Floor) act(a ...call.Action) { f.out.Actions = append(f.out.Actions, a...) }

func (f *Floor) say(c Change) { f.out.Changes = append(f.out.Changes, c) }
