package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
)

// agent is an Agent on the Floor.
type agent struct {
	Agent
	open      []string // of his Numbers, those that the dial rules allow
	visit     *visit   // that he is in, or is offered; nil: none
	guest     *guest   // his part in it, if he is not in the agent seat and not offered it; nil: none
	move      *move    // the switch under way; nil: none
	member    *member  // of a mass switch that has not come to him yet, or moves him; nil: of none
	menu      *menu    // where he is at the access number; nil: he is not
	nail      nail     // what keeps his leg up between calls
	last      *SwitchRecord
	rest      time.Time      // no offers before this, after one that failed; zero: he may be rung
	usage     dialplan.Usage // of numbers outside that he called
	handled   int            // calls that he took since the gateway started
	by        string         // who changed the status last
	said      said           // what his version counts, as last told
	sayer     string         // who changed that last; empty: nobody, it changed by itself
	hand      string         // who changes it in this step
	mover     string         // who moved his reach in this step, see become.go
	why       Why            // for what reason; empty: it was not moved
	toldReach reached
	missed    bool            // the alarm that he was set away (RNA) is raised
	active    time.Time       // when he last did something, see idle.go; zero: not since the gateway started
	pages     int             // open ones
	gone      bool            // his last page has been closed for the grace time
	after     Work            // what the after-call work belongs to
	shown     presence.Status // as last told
	isDirty   bool
	isNew     bool // nobody was told of him yet
	timer     timer
	trouble   trouble
	kept      LiveAgent // as last told
	isKept    bool      // he was told of so
}

// visit is a call on the Floor: a customer's stay.
type visit struct {
	id        call.ID
	kind      Kind
	emergency bool       // goes out before everything else
	from      call.Party // the other side as it is shown: the customer, or the agent who calls a colleague
	to        string
	diverted  call.Diversion // whom the customer called first
	attested  string         // what is known of his number's signature
	line      *line          // where he waits or came from
	customer  *leg           // nil: an internal call
	owner     *agent         // in the agent seat, cut off or not; nil: he waits
	seat      *leg           // the agent's leg; nil with an owner: the seat is empty
	offers    []*offer       // under way: one, or one for each agent who is rung at once; none: nobody is
	waiting   bool
	guests    []*guest
	aside     bool      // the agent talks with whom he asks, or waits for him, while the customer hears music
	paused    bool      // the agent put the customer on hold by the page
	dialled   time.Time // when the outgoing call has rung long enough; zero: it does not ring
	limit     time.Time // when the call is ended because it lasted for too long; zero: never
	recording recording
	resting   bool   // the recording rests while the customer waits
	team      string // of the agent who serves him, or did last
	stay
	caller   queue.Caller   // his place in the line
	tried    map[string]int // agent → offers of this caller so far
	answered time.Time
	alone    time.Time // since when he hears comfort audio; zero: he does not
	cut      time.Time // since when his agent counts as cut off; zero: he does not
	sorry    bool      // the apology was said
	record   Record
	told     CallView // as last told
	kept     LiveCall // likewise
	isKept   bool
	isMoved  bool
	timer    timer
}

// offer is one attempt to give one caller to one agent. Of several for one caller the first that is accepted wins.
type offer struct {
	agent *agent
	rung
	began time.Time
	ring  time.Duration // how long each of his phones rings
}

// move is a switch of a live call: dialing, asking, swapped.
type move struct {
	agent *agent
	rung
	wants  []call.Target // to ring as soon as a channel is free; none: it rings, see hold_out.go
	until  time.Time     // with wants: when it is given up
	back   bool
	again  bool   // to the softphone that he is on: his page lost the call, and takes it without a question
	number string // that the command named
	why    Why
	record SwitchRecord
}

// phase is where a leg is in its life.
type phase uint8

const (
	dialing phase = iota
	ringing
	asking    // answered, asked to press 1
	announced // a nailed-up leg that hears the tone of a call
	up        // in its seat
	leaving   // answered, hears a last sentence, then is hung up
	ending    // hung up, its end has not been reported yet
)

var phaseWords = []string{"dialling", "ringing", "asking", "announced", "talking", "leaving", "ending"}

// leg is one party's side of a call.
type leg struct {
	id       call.LegID
	visit    *visit // nil: a leg that was rejected, or a nailed-up one between calls
	seat     call.Seat
	agent    *agent // nil: the customer
	target   call.Target
	trunk    *trunk            // whose channel it holds; nil: none
	tried    []*trunk          // that did not take it
	help     bool              // it calls for help: no limit keeps it from a trunk
	coding   coding            // keys of a code
	menu     *menu             // of a caller of the access number; nil: he is none
	dialler  *agent            // of whom it counts as a call outside; nil: of nobody
	limit    time.Time         // when it is ended because it lasted for too long, if that is no matter of the call; zero: never
	counts   []*dialplan.Usage // in which it counts as a call that was dialled
	phase    phase
	since    time.Time
	trial    *trial        // it is a test call, in no call; nil: it is none
	proof    proof         // of a person at it
	inward   bool          // the phone called us: it rings there until somebody is there to talk with
	silent   time.Time     // since when nothing is heard; zero: it is heard
	reports  time.Time     // since when its RTCP is missed, though it is silent; zero: it is not
	muted    bool          // it is silent and its RTCP comes: somebody is there
	held     bool          // it put us on hold
	rest     []call.Target // to try at the same station after it
	until    time.Time     // when it has rung, or been asked, long enough; zero: that is no matter of the leg's
	farewell call.Cause    // why it is hung up after its last sentence
	hears    hearing       // as last ordered
	began    time.Time
	answered time.Time
	timer    timer
}

// alive says whether the leg can be heard now.
func (l *leg) alive() bool { return l != nil && l.phase == up && l.silent.IsZero() }

// counting says whether the leg is silent though it should be heard.
func (l *leg) counting() bool { return l != nil && !l.held && !l.silent.IsZero() }

// line is a Queue on the Floor.
type line struct {
	Queue
	waiting queue.Line
	free    map[string]*agent // who could be offered a call now, as far as is known before a trunk is asked for a channel
	turns   map[string]int    // agent → which turn his last offer was
	turn    int               // of the last offer
	rules
	hungry bool
	stale  bool
	kept   LiveQueue // as last told
	isKept bool      // it is among those of which that may be another now
}
