package telagent

import (
	"fmt"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
)

// State is what the store remembers and gives back to New. It holds no SDP, no SIP header and no blob.
type State struct {
	Users  []User
	Agents []Agent
	Queues []Queue

	Profiles []presence.Profile
	Reasons  []string // break reasons to choose from; none: any, or none at all
	Sites    []Site
	Policies []Policy

	Schedules []Schedule
	Revisions []Revision // of the entries that somebody changed

	Live Live // what goes on after a restart
}

// Role says what a user may do.
type Role uint8

// The roles, each including the ones before it.
const (
	AgentRole Role = iota
	SupervisorRole
	AdminRole
)

// String returns the role's word: agent, supervisor or admin.
func (r Role) String() string {
	switch r {
	case AgentRole:
		return "agent"
	case SupervisorRole:
		return "supervisor"
	case AdminRole:
		return "admin"
	default:
		return "invalid"
	}
}

// Credentials prove a user. They are hashes; a password is never kept.
type Credentials struct {
	Password string // argon2id in PHC string format, for the console; empty: cannot sign in
	HA1MD5   string // hex, for SIP digest (RFC 7616 §3.4.2) in the realm of the gateway; empty: cannot register
	HA1SHA   string // hex SHA-256, likewise
	PIN      string // argon2id in PHC string format, for sign-on by phone; empty: none
	DeskMD5  string // as HA1MD5, for the desk phone's AOR; empty: it cannot register
	DeskSHA  string // as HA1SHA, likewise
}

// User is somebody who signs in. Agents are users too: both share one name space.
type User struct {
	Name        string
	Role        Role
	Teams       []string // the teams whose agents a supervisor sees; an admin sees all
	Offices     []string // whose agents a supervisor sets away and available, all of them; none: his teams' agents in theirs
	SetsOthers  bool     // a supervisor who may set others available in an office; an admin always may
	PhoneID     string   // digits that he is known by at the access number; empty: he has no way by phone. Of an agent: see Agent
	Credentials Credentials
}

// Agent is a person who takes calls: his directory entry and his presence.
type Agent struct {
	ID         string // also his user name and his softphone's AOR
	Name       string
	Team       string
	Numbers    []string       // E.164, in the order to try
	Authorised []string       // if not empty, only these numbers may be named in a switch
	Role       Role           // AgentRole, or SupervisorRole for one who takes calls too
	Supervises []string       // with SupervisorRole: the teams whose agents he sees
	Direct     []string       // dialled numbers that lead to him and to no queue, as trunks deliver them
	DeskPhone  string         // AOR of a registered desk phone; empty: none
	Queues     map[string]int // queue name to skill level, 1 best
	Offices    []string
	WrapUp     time.Duration     // length of ACW; 0: as Settings say; below 0: none
	SignsOnAs  presence.Status   // status after sign-in: not_ready, away or available; offline: as Settings say
	Channels   presence.Channels // that he has beside voice
	PhoneID    string            // digits that he is known by at the access number; empty: he cannot sign on by phone
	Proof      Proof             // how he shows at a phone over a trunk that no machine answered
	Language   string            // of what his phones are told, as the audio wire knows it; empty: the usual one
	NailedUp   bool              // as a Telagent he keeps one leg up between his calls
	Presence   Presence
}

// Proof is how somebody shows that a person answered a leg over a trunk.
type Proof uint8

// The proofs.
const (
	ByKey Proof = iota // he presses 1
	ByPIN              // he keys in his PIN
)

// String returns the proof's stable word.
func (p Proof) String() string { return wordOf(proofWords, uint8(p)) }

var proofWords = []string{"key", "pin"}

// ParseProof returns the proof with that word; the empty word is a key.
func ParseProof(s string) (Proof, error) {
	if i := slices.Index(proofWords, s); i >= 0 {
		return Proof(i), nil
	}
	if s == "" {
		return ByKey, nil
	}
	return ByKey, fmt.Errorf("unknown proof %q", s)
}

// Trunk is what the Floor must know of a trunk; set by New's Settings and TrunkUp/TrunkDown.
type Trunk struct {
	Name     string
	Channels int // most calls at once; 0: unlimited
	Priority int // the lowest is tried first
	Weight   int // its share of the calls among those of its priority; 0: it takes what those before it cannot
	Limits   dialplan.Limits
}

// Settings are the policy of one gateway. The zero value of a field means its default, see Defaults.
type Settings struct {
	RingTime         time.Duration // how long an agent is rung before the next one is tried
	Strikes          int           // unanswered offers in a row before an agent is set away (RNA)
	Silence          time.Duration // silence before media reports it, counted back from Silent
	CutOff           time.Duration // silence before a talking agent counts as cut off, from its beginning
	SorryAfter       time.Duration // time on comfort audio before the apology
	RequeueAfter     time.Duration // time cut off before the customer goes back to his queue
	ConfirmTime      time.Duration // how long "press 1" is asked before it counts as a machine
	WrapUp           time.Duration // ACW for agents whose entry says nothing; below 0: none
	UndoTime         time.Duration // how long a mass switch can be undone; below 0: never
	DialTime         time.Duration // how long a call of an agent to somebody outside may ring
	Clocks           Clocks        // of what else is evidence that a phone is lost
	Outage           OutageRules
	EmergencyReserve int                      // channels of each trunk that nothing else may take; a trunk keeps one for other calls
	Features         map[string]Feature       // by the code that an agent dials; nil: the usual ones
	AccessNumber     string                   // shown on a Telagent's phone, and dialled to sign on by phone
	AccessNumbers    []string                 // dialled likewise, as trunks deliver them
	Access           Access                   // how far the access number leads
	Unreachable      map[call.Cause]Unreached // what follows an offer that failed; a cause that is missing: as DefaultUnreached says
	// Zone returns the time zone with an IANA name, nil: there is none. A nil func knows UTC alone.
	Zone   func(name string) *time.Location
	Trunks []Trunk

	IdleTimeout time.Duration       // time without activity before an agent is set away (IDLE_TIMEOUT); below 0: never
	PageGrace   time.Duration       // time after an agent closed his last page before he gets no offers any more; below 0: he goes on
	SignsOnAs   presence.Status     // status after sign-in of agents whose entry does not say: not_ready, away or available
	Thresholds  presence.Thresholds // there are no defaults
	Machines    int                 // answers in a row at a number without a key that put it last; below 0: never
	TestRing    time.Duration       // ringing for so long, a number that is tested counts as reached
	TestCalls   int                 // most test calls to a number within an hour
	Language    string              // that people are spoken to in where neither queue nor agent says; empty: the audio wire's usual one
	// Dial says which numbers may be dialled; zero: emergency numbers alone.
	Dial     dialplan.Rules
	NailedUp NailedUp
	DrainFor time.Duration // how long a drain that ends the gateway waits for the last call; 0: as long as it takes
}

// Record is one final record of a call, written once at its end.
type Record struct {
	ID         call.ID
	Kind       string // inbound, outbound or internal
	From       call.Party
	To         string
	Diverted   call.Diversion // whom he called first, if his call was sent on to us
	Attested   string         // what his carrier found of his number's signature; empty: nothing
	Queue      string
	Began      time.Time
	Answered   time.Time // first agent joined; zero: never
	Ended      time.Time
	Cause      call.Cause
	EndedBy    string // "customer", an agent's id, a supervisor's name, or "system"
	Legs       []LegRecord
	Switches   []SwitchRecord
	Recordings []Recording
}

// Recording is one sound file of a call.
type Recording struct {
	File    string // name without a path
	Began   time.Time
	Length  time.Duration // 0: not known, or nothing was written
	Paused  bool          // it was paused, and has silence there
	Problem string        // why it is not whole; empty: nothing is missing
}

// LegRecord is one leg of a Record.
type LegRecord struct {
	Leg      call.LegID
	Seat     call.Seat
	Mode     string // how a guest took part; empty: he was none
	Agent    string // empty for the customer
	Device   call.Device
	Target   string // as call.Target prints it; the customer's number for his leg
	Began    time.Time
	Answered time.Time // zero: never
	Ended    time.Time
	Cause    call.Cause
	Fault    Fault         // whose fault that was; empty: nobody's
	Quality  *call.Quality // how its audio fared; nil: not known, or it had none. The store adds it to what it gives back
}

// SwitchRecord is one switch, done or failed, of a live call or without one.
type SwitchRecord struct {
	Agent  string
	Call   call.ID // that moved, or was to; empty: he was in none
	Back   bool    // to the softphone
	By     string  // user who asked; empty: policy
	To     string  // target as call.Target prints it
	Began  time.Time
	Ended  time.Time
	Result string     // "done", or the stable word of what went wrong
	Leg    call.LegID // that came in with it; empty: none did

	// What the audio wire measured for the customer, a second after it; 0: it was not, see call.Spliced.
	Gap     time.Duration // longest time between two packets that he was sent
	CutOver time.Duration // in which he heard neither the old leg, or comfort, nor the new one
	TwoWay  time.Duration // from the key that accepted the call until he and the new leg hear each other
}

// AuditEntry is one line of the audit trail, refusals included.
type AuditEntry struct {
	Time    time.Time
	By      string // user; empty: the system
	Action  string // the command's word: "switch", "force_logout", "set_status", …
	Subject string // agent id, call id, queue or user
	Result  string // "done" or the refusal's code
	Detail  string // one sentence
}

// State returns what the store would give back, for whoever compares a directory file with it.
func (f *Floor) State() State {
	var s State
	for _, name := range sortedKeys(f.users) {
		s.Users = append(s.Users, *f.users[name])
	}
	for _, id := range sortedKeys(f.agents) {
		s.Agents = append(s.Agents, f.agents[id].copied())
	}
	for _, name := range sortedKeys(f.queues) {
		s.Queues = append(s.Queues, f.queues[name].Queue)
	}
	s.Profiles, s.Reasons = f.listedProfiles(), f.reasons
	s.Sites, s.Policies = listed(f.sites), listed(f.policies)
	for _, v := range f.listedSchedules() {
		s.Schedules = append(s.Schedules, v.Schedule)
	}
	s.Revisions = f.listedRevisions()
	s.Live = f.live()
	return s
}

// withDefaults returns the settings with defaults for what is zero.
func (s Settings) withDefaults() Settings {
	or := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	or(&s.RingTime, 20*time.Second)
	or(&s.Silence, time.Second)
	or(&s.CutOff, 5*time.Second)
	or(&s.SorryAfter, 10*time.Second)
	s.Clocks, s.Outage = s.Clocks.withDefaults(), s.Outage.withDefaults()
	or(&s.RequeueAfter, 90*time.Second)
	or(&s.ConfirmTime, 10*time.Second)
	or(&s.WrapUp, 30*time.Second)
	or(&s.IdleTimeout, time.Hour)
	or(&s.PageGrace, 30*time.Second)
	if s.SignsOnAs == presence.Offline {
		s.SignsOnAs = presence.NotReady
	}
	or(&s.DialTime, time.Minute)
	s.Access = s.Access.withDefaults()
	s.NailedUp = s.NailedUp.withDefaults()
	or(&s.UndoTime, time.Minute)
	s.testDefaults()
	if s.Features == nil {
		s.Features = DefaultFeatures()
	}
	if s.Strikes == 0 {
		s.Strikes = 3
	}
	return s
}
