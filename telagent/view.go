package telagent

import (
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// View is an immutable snapshot of the Floor for readers. Slices are sorted by id or name.
type View struct {
	Now    time.Time
	Agents []AgentView
	Calls  []CallView
	Queues []QueueView
	Trunks []TrunkView
	Users  []User

	Batches  []BatchView        // mass switches, the oldest first
	Profiles []presence.Profile // in the order of lists
	Reasons  []string           // of breaks, to choose from; none: any
	Sites    []Site
	Policies []Policy // of the teams that have one

	Drain     Draining
	Schedules []ScheduleView
	Revisions []Revision // of the entries that somebody changed; do not write to it
}

// AgentView is an agent as readers see him.
type AgentView struct {
	ID, Name, Team string
	Status         string        // the shown word: offline, not_ready, available, away, on_break, ringing, in_line, acw
	Reason         string        // break reason or RNA, IDLE_TIMEOUT, DEVICE_LOST, FORCED_LOGOUT_BY_SUPERVISOR
	Declared       string        // what the agent says, by word or profile: available, not_ready, on_break, away, offline
	Toggle         string        // what he declares beside a profile, and what comes back after it
	Profile        string        // that he wears; empty: the default one
	ProfileType    string        // of that profile: available, away, tentative, conference or break; empty: the default one
	Activity       string        // what calls do to him: idle, dialling, offered, talking, cut_off, wrap_up
	Pending        string        // declared word that takes effect after the work; empty: none
	PendingReason  string        // of that; empty: none
	PendingProfile string        // that is put on then; empty: none
	PendingBy      string        // who asked for it; empty: the system, or nothing is pending
	Version        uint64        // moves with each change of what is said of him, see SetStatus.Seen; from 1
	Since          time.Time     // when Status began
	Until          time.Time     // end of the countdown (ACW, break); zero: none
	Reach          string        // softphone or phone (a phone makes him a Telagent)
	Device         string        // as call.Target prints it: what would ring, or what he talks on
	Reachable      string        // reachable, unreachable or unknown
	Call           call.ID       // the call he is in or is offered; empty: none
	Part           string        // how he takes part in it: primary, consult, conference, monitor, whisper, barge; empty: none
	Customer       call.Party    // of that call
	ChangedBy      string        // who changed the status last; empty: the system
	Switching      *SwitchRecord // the switch under way; nil: none
	LastSwitch     *SwitchRecord // the last one that ended; nil: none
	Numbers        []string
	DeskPhone      string
	Stations       []StationView // where he can be rung, in order
	Line           string        // nailed-up leg of a Telagent: down, dialling, asking or up; empty: he has none
	Queues         map[string]int
	Offices        []string
	OfficesAway    map[string]presence.OfficeAway // those of his offices that he is away in; do not write to it
	Strikes        int
	Shifts         []presence.Shift // of the schedules that have him a Telagent; do not write to it

	PageClosed     time.Time // when he closed his last page; zero: one is open, or he never had one
	AmberAt, RedAt time.Time // when the timer of Status changes its colour; zero: never
	Words          presence.Words
	Capabilities   presence.Capabilities

	Site string    // where his softphone is, by name or network; empty: not known
	Lost []Missing // what is missed of it; none: nothing, or its time is not over yet
	// Fallback is what becomes of his calls when his softphone is lost; nil: he is on a phone.
	Fallback *Fallback
	// BackOffered is when he was offered the way back to his softphone; zero: he is not.
	BackOffered time.Time
}

// Missing is one piece of evidence that a softphone is gone.
type Missing struct {
	Sign  string // media, reports, flow, registration, answers or contact
	Since time.Time
}

// CallView is a live call as readers see it.
type CallView struct {
	ID        call.ID
	Kind      string     // inbound, outbound or internal
	From      call.Party // the customer, or the agent who calls a colleague
	To        string
	Diverted  call.Diversion // whom the customer called first, if his call was sent on to us
	Attested  string         // what his carrier found of his number's signature: A, B, C, passed, failed; empty: nothing
	Queue     string
	Priority  int       // 1..11
	State     string    // waiting, offering, dialling, talking, held, consulting, transferring, cut_off, outside; leaving: hears a last sentence
	Recording string    // on or paused; empty: it is not recorded
	Began     time.Time // also what his wait counts from
	Agent     string    // in the agent seat, or the first of those who are offered it; empty: none
	Team      string    // of that agent
	Guests    []GuestView
	Legs      []LegView
	Answered  time.Time      // first agent joined; zero: not yet
	Past      []LegRecord    // its legs that are over; do not write to it
	Switches  []SwitchRecord // those that ended; do not write to it
}

// GuestView is somebody in a CallView beside the customer and the agent in the seat.
type GuestView struct {
	Agent  string // empty: a number outside
	Number string
	Mode   string // consult, conference, monitor, whisper, barge
	State  string // as in LegView
	Gets   bool   // the call is his as soon as he takes it: a transfer
}

// LegView is one leg of a CallView.
type LegView struct {
	Leg    call.LegID
	Seat   string
	Agent  string
	Target string
	State  string // dialling, ringing, asking, announced (hears the tone of a call), talking, held, silent, parked
	Since  time.Time

	Mode     string // how a guest takes part; empty: he is none
	Device   string // softphone, desk or pstn
	Began    time.Time
	Answered time.Time // zero: not yet
}

// QueueView is a queue as readers see it.
type QueueView struct {
	Name      string
	Waiting   int
	LongestAt time.Time // since when the longest waits; zero: nobody waits
	Available int       // agents who could be offered a call now
	Entry     Queue     // as it was put
	Numbers   []string
	Strategy  string
	Priority  int
	Office    string
}

// TrunkView is a trunk as readers see it.
type TrunkView struct {
	Name     string
	Up       bool
	Problem  string // in words; empty: none
	Channels int    // 0: unlimited
	InUse    int
}

// SwitchPlan is what a Switch would do now, for the dry run and the confirm box.
type SwitchPlan struct {
	Agent     string
	Target    string // what would be dialled or ring
	Reachable string
	Seen      presence.Sighting // when and how that was learned last
	Channels  int               // channels needed
	Free      int               // channels free; -1: unlimited
	Call      string            // what would happen to the live call, one sentence; empty: no call
	Status    string            // what the status would be, one sentence
}

// View returns a snapshot for readers.
func (f *Floor) View(now time.Time) *View {
	v := &View{Now: now, Agents: make([]AgentView, 0, len(f.agents)), Calls: make([]CallView, 0, len(f.calls))}
	for _, id := range sortedKeys(f.agents) {
		v.Agents = append(v.Agents, f.agentView(f.agents[id]))
	}
	for _, id := range sortedKeys(f.calls) {
		v.Calls = append(v.Calls, f.calls[id].told)
	}
	for _, name := range sortedKeys(f.queues) {
		v.Queues = append(v.Queues, f.queueView(f.queues[name]))
	}
	for _, t := range f.trunks {
		v.Trunks = append(v.Trunks, TrunkView{Name: t.Name, Up: t.up, Problem: t.problem, Channels: t.Channels, InUse: t.inUse})
	}
	for _, name := range sortedKeys(f.users) {
		v.Users = append(v.Users, *f.users[name])
	}
	for _, b := range f.batches {
		v.Batches = append(v.Batches, b.view())
	}
	v.Profiles, v.Reasons = f.listedProfiles(), f.reasons
	v.Sites, v.Policies = listed(f.sites), listed(f.policies)
	v.Schedules, v.Drain = f.listedSchedules(), f.drain.progress(f)
	v.Revisions = f.listedRevisions()
	return v
}

// copied returns the agent as the store keeps him, sharing nothing that the Floor will write to.
func (a *agent) copied() Agent {
	c := a.Agent
	if p := c.Presence.Pending; p != nil {
		d := *p
		c.Presence.Pending = &d
	}
	return c
}

func (f *Floor) agentView(a *agent) AgentView {
	p := a.Presence
	v := AgentView{
		ID: a.ID, Name: a.Name, Team: a.Team, Status: p.Status().String(), Reason: p.Reason(),
		Declared: p.Word().String(), Toggle: p.Declared.Status.String(), Profile: p.Profile.Name, ProfileType: p.Profile.Type.String(),
		Activity: p.Activity.String(), Since: p.Since, Until: p.Until(),
		Reach: p.Reach.String(), ChangedBy: a.by, LastSwitch: a.last, Numbers: a.Numbers, DeskPhone: a.DeskPhone, Queues: a.Queues,
		Offices: a.Offices, OfficesAway: p.Offices, Strikes: a.Presence.Strikes, Version: p.Version, Shifts: p.Shifts, PageClosed: p.PageClosed, Words: presence.Translated(p),
	}
	if p.Activity == presence.WrapUp {
		v.Until = p.WrapUpUntil
	}
	v.AmberAt, v.RedAt = f.set.Thresholds.At(p.Status(), p.Since)
	if p.Pending != nil {
		v.Pending, v.PendingReason, v.PendingProfile, v.PendingBy = p.Then().String(), p.Pending.Reason, p.Pending.Profile, p.Pending.By
	}
	v.Device, v.Reachable = f.reachOf(a)
	v.Site, v.Line = f.siteOf(a), a.lineWord()
	v.Stations = f.stationViews(a)
	v.Fallback = f.fallbackOf(a)
	v.Lost, v.BackOffered = f.missing(a), a.trouble.back
	v.Capabilities = p.Capabilities(a.Channels, v.Reachable != "unreachable")
	if a.visit != nil {
		v.Call, v.Customer, v.Part = a.visit.id, a.visit.other(a), Primary.String()
		l := a.visit.seat
		if a.guest != nil {
			l, v.Part = a.guest.leg, a.guest.mode.String()
		}
		if l != nil && a.visit.offerTo(a) == nil {
			v.Device = l.target.String()
		}
	}
	if a.move != nil {
		r := a.move.record
		v.Switching = &r
	}
	return v
}

// reachOf returns what would ring, and whether it can be rung. What the trunks have free at the moment is no matter of
// this: it changes with every call.
func (f *Floor) reachOf(a *agent) (device, reachable string) {
	if l := a.standing(); l != nil {
		return l.target.String(), "reachable"
	}
	t := call.Target{Device: call.Softphone, AOR: a.ID}
	if a.Presence.Reach == presence.ByPhone {
		t = a.phone(a.Presence.Number, f.rings(a.DeskPhone))
		for _, shift := range a.Presence.Shifts { // of two stations one that can be rung
			if t == (call.Target{}) || f.reachable(t) == "unreachable" {
				t = a.phone(shift.Number, f.rings(a.DeskPhone))
			}
		}
	}
	if t == (call.Target{}) {
		return "", "unreachable"
	}
	return t.String(), f.reachable(t)
}

// phone returns the first of an agent's phones: the number that was named, else the desk phone where it is registered
// or all that there is, else the first number. The zero target: he has none.
func (a *agent) phone(named string, registered bool) call.Target {
	switch {
	case named != "":
		return call.Target{Device: call.PSTN, Number: named}
	case a.DeskPhone != "" && (registered || len(a.open) == 0):
		return call.Target{Device: call.DeskPhone, AOR: a.DeskPhone}
	case len(a.open) > 0:
		return call.Target{Device: call.PSTN, Number: a.open[0]}
	}
	return call.Target{}
}

// reachable says whether a target can be rung, as far as that is known before it is tried.
func (f *Floor) reachable(t call.Target) string {
	switch {
	case t.Device == call.PSTN && f.anyTrunk():
		return "unknown"
	case t.Device != call.PSTN && f.rings(t.AOR):
		return "reachable"
	}
	return "unreachable"
}

func (f *Floor) anyTrunk() bool {
	return slices.ContainsFunc(f.trunks, func(t *trunk) bool { return t.up })
}

func (f *Floor) callView(v *visit) CallView {
	c := CallView{
		ID: v.id, Kind: v.kind.String(), From: v.from, To: v.to, Diverted: v.diverted, Attested: v.attested, Queue: v.queueName(), Priority: v.caller.Priority,
		State: v.state(), Began: v.caller.Since,
	}
	if v.recording.now != call.Off {
		c.Recording = v.recording.now.String()
	}
	a := v.owner
	if len(v.offers) > 0 {
		a = v.offers[0].agent
	}
	if a != nil {
		c.Agent, c.Team = a.ID, a.Team
	}
	for _, g := range v.guests {
		c.Guests = append(c.Guests, g.view())
	}
	for _, l := range v.legs() {
		c.Legs = append(c.Legs, l.view())
	}
	c.Answered, c.Past, c.Switches = v.record.Answered, slices.Clip(v.record.Legs), slices.Clip(v.record.Switches)
	return c
}

// legs returns every leg of a call: the customer's, those that ring for him, the agent's, those of a switch, the guests'.
func (v *visit) legs() []*leg {
	legs := []*leg{v.customer}
	for _, o := range v.offers {
		legs = append(legs, o.legs()...)
	}
	legs = append(legs, v.seat)
	if v.owner != nil && v.owner.move != nil {
		legs = append(legs, v.owner.move.legs()...)
	}
	for _, g := range v.guests {
		legs = append(append(legs, g.legs()...), g.own)
		if g.agent != nil && g.agent.move != nil {
			legs = append(legs, g.agent.move.legs()...)
		}
	}
	return slices.DeleteFunc(legs, func(l *leg) bool { return l == nil })
}

func (f *Floor) queueView(q *line) QueueView {
	return QueueView{
		Name: q.Name, Waiting: q.waiting.Len(), LongestAt: q.waiting.Longest(), Available: len(q.free), Numbers: q.Numbers,
		Strategy: q.Strategy, Priority: q.Priority, Office: q.Office, Entry: q.Queue,
	}
}
