package sim

import (
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// picture is what the judge knows of a leg from the Events that were delivered and the Actions that were ordered. It
// is what the Floor may know, not what is true out there.
type picture struct {
	id       call.LegID
	inbound  bool
	customer bool // came in over a trunk
	agent    string
	target   call.Target
	trunk    string
	near     call.LegID // the customer it was dialled for
	to       string     // what a customer dialled
	outside  bool       // a number of nobody in the house was dialled
	help     bool       // it was an emergency number
	menu     bool       // it called the access number
	in       call.ID    // the call that it is shown in; empty: none
	second   call.ID    // the call in which an agent asked somebody by this leg, which is not his first; empty: none
	mode     string     // how the guest takes part whose leg it is; empty: nobody's
	line     bool       // its agent had a nailed-up leg while it lived, which calls borrow from each other
	payer    string     // whose call to a number outside it counts as

	referring bool // it asked for a transfer and was not told the end of it

	answered bool // by the far side when dialled, by an Answer when inbound
	sounds   bool // what it sends is to be heard before it is up
	ringing  bool
	over     bool
	ordered  bool // its end was ordered
	leaving  bool // it hears a last sentence, then its end is ordered
	silent   bool
	held     bool
	asked    bool
	pressed  bool // the key 1, or the right PIN
	byPIN    bool // a PIN is asked for
	seated   bool // has ever had the agent's seat of a call

	dialled, askedAt, silentAt, seatedAt, answeredAt, partedAt time.Time

	hears hearing
	from  []call.LegID // whom, when hears is aPeer; sorted
}

// voices is whom a leg hears.
func (p *picture) voices() []call.LegID {
	if p.hears != aPeer {
		return nil
	}
	return p.from
}

// hearing is what a leg hears.
type hearing uint8

const (
	nothing hearing = iota
	silence
	music
	comfort
	aPeer
)

// alive tells whether a leg stands and nobody has ordered its end.
func (p *picture) alive() bool { return p != nil && p.answered && !p.over && !p.ordered && !p.leaving }

// judge looks at every step from outside and says what is wrong with it.
type judge struct {
	settings telagent.Settings
	seen     Coverage
	legs     map[call.LegID]*picture
	living   []*picture // that are not over, oldest first
	agents   map[string]*record
	calls    map[call.ID]*visit
	trunks   map[string]bool // as reported
	tapes    map[string]*tape
	alarms   map[string]string // that stand, by code and subject: what they say
	view     *telagent.View
	shown    shown
	repeated bool // the step at hand asks with a request id for the second time

	// What the step at hand allows and brings.
	now     time.Time
	in      input
	refused bool
	mayEnd  map[call.LegID]bool // customers whose legs may be ended now
	told    map[string]bool     // codes with the agents whose pages were told
	dialled []*picture
	ringWas time.Duration     // the longest that anybody could be rung so far
	ruled   time.Time         // when the rules of a queue changed last
	records []telagent.Record // of calls that are over
	failed  string            // the agent whose switch failed

	resumed  time.Time // when the Floor went on after a restart; zero: it never did
	restarts bool      // the step at hand is that

	forecast *forecast // what a dry run said before this step; nil: there was none
	broken   []string
}

// record is what the judge knows of an agent.
type record struct {
	byPhone   bool      // he was told to be a Telagent
	stations  int       // that ring for him at once: by his schedules, or those when it began
	scheduled time.Time // when a schedule made him one last
	status    string
	wrapUp    time.Duration
	talked    bool // with a customer since he came in line
	call      call.ID
	dialled   []time.Time // numbers outside
	switching bool
	moved     time.Time            // when his last switch ended
	tried     map[call.LegID]int   // how often he was offered a customer
	free      time.Time            // since when he could be offered a call; zero: he could not
	since     time.Time            // when the status began that was shown last
	untold    map[string]time.Time // since when nobody is told what is wrong with his phone, by code
	until     time.Time            // the end of the countdown that was shown last
}

// visit is what the judge knows of a call.
type visit struct {
	began    time.Time
	priority int
	queue    string
	state    string
	lined    time.Time // since when he waits in this line
	cut      time.Time // since when it is shown as cut off; zero: it is not
	ended    bool
	paused   bool // the agent put the customer on hold
	agent    string
	legs     map[call.LegID]bool // that were ever shown in it
}

func newJudge(seen Coverage) *judge {
	return &judge{
		seen: seen, legs: map[call.LegID]*picture{}, agents: map[string]*record{}, calls: map[call.ID]*visit{},
		trunks: map[string]bool{}, view: &telagent.View{}, shown: newShown(), mayEnd: map[call.LegID]bool{},
		tapes: map[string]*tape{}, alarms: map[string]string{}, told: map[string]bool{},
	}
}

// learn takes the fact that a step was given into the picture.
func (j *judge) learn(e call.Event) {
	p := j.legs[call.Leg(e)]
	if e, ok := e.(call.Invited); ok {
		p = &picture{
			id: e.Leg, inbound: true, menu: e.To == accessNumber, customer: e.Source.Trunk != "" && e.To != accessNumber, trunk: e.Source.Trunk, to: e.To, agent: owner(call.Target{AOR: e.Source.AOR}),
		}
		j.legs[e.Leg] = p
		j.living = append(j.living, p)
	}
	switch e := e.(type) {
	case call.TrunkUp:
		j.trunks[e.Trunk] = true
		j.seen["trunk up"]++
	case call.TrunkDown:
		j.trunks[e.Trunk] = false
		j.seen["trunk down"]++
	default:
	}
	if p == nil || p.over {
		if _, late := e.(call.Ended); late && p != nil {
			j.seen["ended twice"]++
		}
		return
	}
	switch e := e.(type) {
	case call.Ringing:
		p.ringing, p.sounds = true, p.sounds || e.Audio
	case call.Answered:
		p.answered, p.answeredAt = true, j.now
	case call.Failed:
		p.over = true
		j.seen["failed "+e.Cause.String()]++
	case call.Ended:
		p.over = true
		j.ended(p, e)
	case call.Silent:
		p.silent, p.silentAt = true, j.now
	case call.Heard:
		p.silent = false
	case call.Held:
		p.held = true
	case call.Resumed:
		p.held, p.silentAt = false, j.now
	case call.Referred:
		p.referring = true
	case call.Digit:
		if p.byPIN {
			p.askedAt = j.now // each key of a PIN gives time for the next
		}
		if e.Key == "1" && !p.byPIN {
			p.pressed, p.asked = true, false
		}
	case call.Verified:
		if e.Right {
			p.pressed, p.asked = true, false
		}
	default:
	}
}

// ended counts how an agent's leg ends.
func (j *judge) ended(p *picture, e call.Ended) {
	switch {
	case p.outside && p.answered && !p.ordered && e.How == call.HungUp:
		j.seen["outside hung up"]++
	case p.customer || p.ordered || !p.seated:
	case e.How == call.LegLost:
		j.seen["agent's leg lost"]++
	case j.agent(p.agent).switching:
		j.seen["hung up while switching"]++
	default:
		j.seen["agent hung up"]++
	}
}

func (j *judge) agent(id string) *record {
	r := j.agents[id]
	if r == nil {
		r = &record{tried: map[call.LegID]int{}, untold: map[string]time.Time{}}
		j.agents[id] = r
	}
	return r
}

// part takes a leg out of every mix; who heard it alone hears nothing then.
func (j *judge) part(p *picture) {
	for _, q := range j.living {
		if i := slices.Index(q.from, p.id); i >= 0 {
			q.from = slices.Delete(q.from, i, i+1)
			if q.hears == aPeer && len(q.from) == 0 {
				q.hears = nothing
			}
		}
	}
	p.hears, p.from = nothing, nil
}

// visit returns what is known of a call.
func (j *judge) visit(c *telagent.CallView) *visit {
	v := j.calls[c.ID]
	if v == nil {
		v = &visit{began: c.Began, priority: c.Priority, queue: c.Queue, legs: map[call.LegID]bool{}}
		j.calls[c.ID] = v
	}
	return v
}
