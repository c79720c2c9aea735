package telagent

import (
	"net/netip"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
)

// Live is what goes on after a restart, beside the directory: the calls that are up, and what else of the Floor outlives
// its process. It is plain values that encode to JSON and back; enumerations are numbers, to which new ones are only added
// at the end. See Resume.
type Live struct {
	Calls []LiveCall
	Parts []LivePart
}

// Legs returns the legs that are up.
func (l *Live) Legs() (legs []call.LegID) {
	for _, c := range l.Calls {
		for _, leg := range c.Legs {
			legs = append(legs, leg.Leg)
		}
	}
	for _, p := range l.Parts {
		if a := p.Agent; a != nil && a.Line.Leg != "" {
			legs = append(legs, a.Line.Leg)
		}
		if p.Menu != nil {
			legs = append(legs, p.Menu.Leg.Leg)
		}
	}
	return legs
}

// LiveCall is all that is needed to go on with a call whose customer, or of a call of colleagues whose agents, are up. What
// rings or is asked is not in it, because a restart does not take it up; Switches are there to be told as failed.
type LiveCall struct {
	LiveVisit
	Legs     []LiveLeg // that are up: the customer's, the one in the agent's seat, the guests'
	Guests   []LiveGuest
	Switches []LiveSwitch   // under way
	Tried    map[string]int // agent → offers of this caller that came to nothing
	Record   Record         // so far
}

// LiveVisit is what of a call is neither its legs nor its past. It can be compared.
type LiveVisit struct {
	ID        call.ID
	Kind      Kind
	Emergency bool
	From      call.Party
	To        string
	Diverted  call.Diversion
	Attested  string
	Queue     string     // where he waits or came from; empty: by none
	Customer  call.LegID // empty: an internal call
	Owner     string     // agent in the agent's seat, cut off or not; empty: none
	Seat      call.LegID // his leg; empty with an owner: the seat is empty
	Waits     bool       // in line, or being offered
	Aside     bool
	Paused    bool
	Team      string

	Priority int       // 1..11
	Since    time.Time // when his wait began, which is his place among those of his priority
	Lined    time.Time // since when he is in this line
	Hops     int
	Announce time.Time   // when he is told his place next
	Parting  call.Prompt // last sentence, which he hears
	Parts    time.Time   // when the call ends at the latest after it
	Taken    time.Time   // when the present agent took the call
	OnHold   time.Time
	Held     time.Duration

	Answered time.Time
	Alone    time.Time // since when he hears comfort audio
	Cut      time.Time // since when his agent counts as cut off
	Sorry    bool      // the apology was said
	Limit    time.Time // when the call is ended because it lasted for too long

	Recording LiveRecording
}

// LiveRecording is the sound file of a LiveCall.
type LiveRecording struct {
	File  string // empty: nothing was recorded yet
	Now   call.Recording
	Began time.Time
	Rests bool // while the customer waits
	Alarm bool // that it failed was told
}

// LiveLeg is a leg that is up. It can be compared.
type LiveLeg struct {
	Leg      call.LegID
	Seat     call.Seat
	Agent    string // empty: the customer, or somebody outside
	Target   call.Target
	Trunk    string // whose channel it holds; empty: none
	Out      bool   // it counts as dialled over that trunk
	Dialler  string // agent of whom it counts as a call outside; empty: none
	Help     bool   // it calls for help
	Inward   bool   // the phone called us
	Since    time.Time
	Began    time.Time
	Answered time.Time
	Silent   time.Time // since when nothing is heard; zero: it is heard
	Reports  time.Time // since when its RTCP is missed, though it is silent
	Muted    bool      // it is silent and its RTCP comes
	Held     bool      // it put us on hold
	Limit    time.Time // when it is ended because it lasted for too long; zero: never
}

// LiveGuest is somebody who takes part in a call, or is rung for it where no agent has it or a phone asked for it. It can be
// compared.
type LiveGuest struct {
	Agent     string // empty: a number outside
	Number    string
	Mode      Mode
	Leg       call.LegID // that is up; empty: he was rung, and is again if nobody has the call
	Own       call.LegID // second leg of the agent in the seat, by which he asks; empty: none
	HandOver  bool
	Referrer  call.LegID // whose phone asked for it (REFER), while he is rung; empty: none
	Emergency bool
	Helps     string
}

// LiveSwitch is a switch of a live call that was under way: it fails with a restart. It can be compared.
type LiveSwitch struct {
	Record SwitchRecord
	Number string // that was named
	Back   bool
	Why    Why
}

// LivePart is something else of the Floor that outlives its process. Kind and ID name it; one other field is set.
type LivePart struct {
	Kind PartKind
	ID   string

	Agent   *LiveAgent   `json:",omitempty"`
	Queue   *LiveQueue   `json:",omitempty"`
	Trunk   *LiveTrunk   `json:",omitempty"`
	Batch   *LiveBatch   `json:",omitempty"`
	Answer  *LiveAnswer  `json:",omitempty"`
	Phone   *LivePhone   `json:",omitempty"`
	Guesses *LiveGuesses `json:",omitempty"`
	Menu    *LiveMenu    `json:",omitempty"`
}

// PartKind is the kind of a LivePart. It is a stable word.
type PartKind string

// The kinds.
const (
	AgentPart   PartKind = "agent"   // ID is the agent's
	QueuePart   PartKind = "queue"   // ID is its name
	TrunkPart   PartKind = "trunk"   // ID is its name
	BatchPart   PartKind = "batch"   // ID is that of the mass switch
	AnswerPart  PartKind = "answer"  // ID is made of the request
	PhonePart   PartKind = "phone"   // ID is its AOR
	GuessesPart PartKind = "guesses" // ID is made of who guesses
	MenuPart    PartKind = "menu"    // ID is that of the leg
)

// LiveAgent is what of an agent outlives the process and is no presence.
type LiveAgent struct {
	Line     LiveLeg // nailed-up leg that stands by, or heard the tone of a call; no Leg: there is none
	Stood    time.Time
	Idle     time.Time
	Again    time.Time
	Failures int
	Rests    bool

	Rest      time.Time // no offers before
	Handled   int
	ChangedBy string
	After     Work // what the after-call work belongs to
	Usage     dialplan.Usage
	Last      *SwitchRecord

	Trouble string // what is wrong with what he talks on; empty: nothing
	Since   time.Time
	Acted   bool
	Stuck   string    // what supervisors were told of why the policy cannot switch him; empty: nothing
	Back    time.Time // when he was offered the way back to his softphone
}

// LiveQueue is what a queue has learned of its calls.
type LiveQueue struct {
	Handling time.Duration // about how long a call takes with the work after it
}

// LiveTrunk is what was dialled over a trunk.
type LiveTrunk struct{ Usage dialplan.Usage }

// LiveBatch is a mass switch, whose undo window stays open.
type LiveBatch struct {
	By, Request, What, Policy string
	Back                      bool
	Began, Ended, UndoUntil   time.Time
	Members                   []LiveMember
}

// LiveMember is one agent of a LiveBatch.
type LiveMember struct {
	Agent             string
	Known             bool // there is such an agent, for who asked
	Progress          Progress
	Code, Why, To, By string
	Since             time.Time
	Before            *presence.Declaration
	OffDuty, Undoing  bool
}

// LiveAnswer is what was answered to a request with an id. No Code: it was done.
type LiveAnswer struct {
	Seq            int // the order in which requests came
	Code, Sentence string
}

// LivePhone is what is known of a registered phone.
type LivePhone struct {
	Bound   bool // it had a contact
	Address netip.Addr
	Missed  map[string]time.Time `json:",omitempty"`
	Lost    time.Time
	Well    time.Time
	Gone    time.Time
	Again   time.Time
	Doubt   bool
	Losses  int

	Status, Reason string `json:",omitempty"` // that it published last; empty: it did not
}

// LiveGuesses are wrong PINs.
type LiveGuesses struct {
	User, Caller string
	Count        int
	Since, Until time.Time
}

// LiveMenu is a caller of the access number. After a restart his dialogue begins anew.
type LiveMenu struct {
	Leg     LiveLeg
	Caller  string
	Phone   bool
	Wrong   int
	Longest time.Time
}

// live.go has the forms, kept.go makes them of the Floor, keep.go tells when they are others, resume.go goes on with them.

// CallKept says what is needed to go on with a call after a restart, as often as that is another; CallEnded says that
// nothing is any more. A call is kept first when its customer's leg is up.
type CallKept struct{ Call LiveCall }

// PartKept says the same of something else of the Floor.
type PartKept struct {
	Part LivePart // of one that is Gone the kind and the id alone
	Gone bool
}

func (CallKept) change() {}
func (PartKept) change() {}
