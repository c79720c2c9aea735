package sim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// epoch is when the virtual clock starts: a Monday morning.
var epoch = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// berlin is the time zone of the opening hours, in winter.
var berlin = time.FixedZone("Europe/Berlin", 3600)

// The stages of the end of a day, each of which lets everything come to rest: the shift is over and who lingers in
// wrap-up is called off; then a last crash and restore; then nothing may be left.
const (
	shift = iota
	calledOff
	closed
)

// world is everything that a seed decides, and the Floor in the middle of it.
type world struct {
	rng      *rand.Rand
	now      time.Duration // since epoch
	agenda   agenda
	floor    *telagent.Floor
	settings telagent.Settings
	store    telagent.State // what a store would hold, kept up by Changes alone
	ids      int

	// What the seed chose for the whole day.
	length  time.Duration // of the day; nobody calls or clicks after it
	horizon time.Duration // timers beyond it are not waited for
	gap     time.Duration // mean time between customers
	jitter  time.Duration // longest delay of an Event on its way to the Floor
	nasty   float64       // 0..1, how much goes wrong

	agents  []*agent
	bosses  []telagent.User
	queues  []telagent.Queue
	bound   map[string]bool          // whether an AOR is registered, in truth
	told    map[string]time.Duration // when the last Event about an AOR gets to the Floor
	up      map[string]bool          // whether a trunk works, in truth
	legs    map[call.LegID]*leg
	invites int
	request int
	crashes int
	life    life    // of the gateway's process
	fragile float64 // chance of a step to be the last one of its process

	due, late time.Duration // the Floor's next timer, and by how much the loop will miss it
	closing   int

	judge  *judge
	seen   Coverage
	trace  trace
	steps  int
	digest uint64
	each   func(string)
	broken []string
}

// agent is one person with his devices and his directory entry as it was put last.
type agent struct {
	entry telagent.Agent
	index int
}

var names = []string{"ana", "ben", "cem", "dora", "eva", "finn", "gil", "hana"}

// number is the k-th phone of an agent; owner turns it back.
func number(index, k int) string { return fmt.Sprintf("+4930%02d%02d", index, k) }

// owner returns the agent whom a target rings; "" for nobody's.
func owner(t call.Target) string {
	if t.Device != call.PSTN {
		for _, name := range names {
			if t.AOR == name || t.AOR == name+"-desk" {
				return name
			}
		}
		return ""
	}
	var index, k int
	if _, err := fmt.Sscanf(t.Number, "+4930%02d%02d", &index, &k); err != nil || index >= len(names) {
		return ""
	}
	return names[index]
}

// build makes the Floor and its directory, by commands of the system, as an import does.
func (w *world) build() {
	w.length = w.between(3*time.Minute, 9*time.Minute)
	w.horizon = w.length + 6*time.Hour
	w.gap = w.between(5*time.Second, 40*time.Second)
	w.jitter = []time.Duration{2, 30, 250}[w.pick(4, 4, 2)] * time.Millisecond
	w.nasty = w.rng.Float64()
	w.fragile = []float64{0, 1. / 4000, 1. / 1000, 1. / 200}[w.pick(1, 2, 4, 2)]
	w.settings = telagent.Settings{
		RingTime: w.between(8*time.Second, 20*time.Second), Strikes: 2 + w.rng.IntN(2), CutOff: 5 * time.Second,
		SorryAfter: 10 * time.Second, RequeueAfter: w.between(15*time.Second, 60*time.Second), ConfirmTime: 10 * time.Second,
		WrapUp: w.between(2*time.Second, 20*time.Second), AccessNumber: accessNumber, Zone: func(string) *time.Location { return berlin },
		DialTime: w.between(10*time.Second, 40*time.Second), EmergencyReserve: w.rng.IntN(2),
		Dial: dialplan.Rules{Region: "DE", Allow: []string{"DE"}},
	}
	w.settings.Access.Supervisors = w.chance(0.5)
	if w.chance(0.5) {
		w.settings.Unreachable = w.unreached()
	}
	if w.chance(0.3) {
		w.settings.Dial.Limits = dialplan.Limits{Calls: 1 + w.rng.IntN(2), PerHour: 2 + w.rng.IntN(4), MaxDuration: w.between(10*time.Second, time.Minute)}
	}
	if w.chance(0.3) {
		w.settings.IdleTimeout = w.between(time.Minute, 4*time.Minute)
	}
	for i := range 1 + w.rng.IntN(2) {
		channels := []int{0, 2, 4, 8}[w.pick(2, 3, 3, 2)]
		t := telagent.Trunk{Name: []string{"north", "south"}[i], Channels: channels}
		if w.chance(0.1) {
			t.Limits.Calls = 3
		}
		w.settings.Trunks = append(w.settings.Trunks, t)
	}
	w.floor = telagent.New(w.settings, telagent.State{}, w.id)
	w.judge.settings = w.settings
	w.bosses = []telagent.User{
		{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"}},
		{Name: "carl", Role: telagent.SupervisorRole, Teams: []string{"support", "sales"}},
		{Name: "vera", Role: telagent.SupervisorRole, Teams: []string{"sales"}},
		{Name: "root", Role: telagent.AdminRole},
	}
	for _, u := range w.bosses {
		w.must(telagent.PutUser{User: u})
	}
	for i, name := range []string{"support", "sales", "billing"}[:1+w.rng.IntN(3)] {
		w.queues = append(w.queues, telagent.Queue{
			Name: name, Numbers: []string{fmt.Sprintf("+4980010%d", i)}, Office: offices[i%2], CallingName: name,
		})
	}
	for i := range w.queues {
		w.queues[i] = w.rules(w.queues[i])
		w.must(telagent.PutQueue{Queue: w.queues[i]})
	}
	for _, p := range w.profiles() {
		w.must(telagent.PutProfile{Profile: p})
	}
	for i := range 2 + w.rng.IntN(len(names)-2) {
		a := &agent{index: i}
		w.agents = append(w.agents, a)
		a.entry = w.entryOf(a)
		w.must(telagent.PutAgent{Entry: a.entry, Credentials: &telagent.Credentials{HA1MD5: "d41d8cd98f00b204e9800998ecf8427e", PIN: pin}})
	}
}

// entryOf invents a directory entry for an agent; a second one is another.
func (w *world) entryOf(a *agent) telagent.Agent {
	name := names[a.index]
	e := telagent.Agent{
		ID: name, Name: name, Team: []string{"support", "sales"}[w.pick(2, 1)], Queues: map[string]int{},
		Offices: offices,
	}
	if w.chance(0.25) {
		e.Role, e.Supervises = telagent.SupervisorRole, []string{"support", "sales"}[w.rng.IntN(2):]
	}
	for k := range w.pick(1, 5, 3, 1) {
		e.Numbers = append(e.Numbers, number(a.index, k))
	}
	if w.chance(0.15) {
		e.Authorised = []string{number(a.index, 0), number(a.index, 1)}
	}
	e.PhoneID = fmt.Sprintf("10%02d", a.index)
	if w.chance(0.2) {
		e.Proof = telagent.ByPIN
	}
	e.NailedUp = w.chance(0.2)
	if w.chance(0.25) {
		e.DeskPhone = name + "-desk"
	}
	for i, q := range w.queues {
		if i == 0 || w.chance(0.6) {
			e.Queues[q.Name] = 1 + w.rng.IntN(3)
		}
	}
	switch w.pick(70, 20, 10) {
	case 0:
		e.WrapUp = w.between(time.Second, 15*time.Second)
	case 1: // as the settings say
	case 2:
		e.WrapUp = -1 // none
	}
	return e
}

// open puts down what starts the day.
func (w *world) open() {
	for _, t := range w.settings.Trunks {
		w.later(w.jitter, func() { w.trunkTurns(t.Name) })
	}
	for _, a := range w.agents {
		w.later(2*time.Second, func() { w.phoneTurns(names[a.index]) })
		w.later(2*time.Second, func() { w.phoneTurns(names[a.index] + "-desk") })
		w.later(10*time.Second, func() { w.mind(a) })
		w.later(20*time.Second, func() { w.phone(a) })
	}
	w.later(w.length/2, w.outage)
	w.after(w.length+time.Second, w.goHome)
	w.later(2*time.Minute, w.callIn)
	w.later(w.gap, w.arrive)
	w.later(10*time.Second, w.click)
}

// must carries out a command that nobody may refuse.
func (w *world) must(c telagent.Command) {
	if err := w.do(c); err != nil && !errors.Is(err, errAway) && len(w.broken) == 0 {
		w.fault(fmt.Sprintf("refused without a reason: %s: %v", commandLine(c), err))
	}
}

// busy tells whether a leg or a call lives.
func (w *world) busy() bool {
	for _, l := range w.legs {
		if l.state != over {
			return true
		}
	}
	return len(w.judge.view.Calls) > 0
}

func (w *world) over() bool { return w.now >= w.length }

// close is called when everything is at rest, once for each stage of the end of the day.
func (w *world) close() {
	switch w.closing {
	case calledOff:
		for _, a := range w.judge.view.Agents {
			if a.Status == presence.ACW.String() {
				w.must(telagent.WrapUp{By: a.ID, Agent: a.ID})
			}
		}
	case closed:
		w.doom(0)
	}
}

// later puts f down for some time within d from now.
func (w *world) later(d time.Duration, f func()) { w.agenda.add(w.now+w.between(0, d), f) }

// after puts f down for exactly d from now.
func (w *world) after(d time.Duration, f func()) { w.agenda.add(w.now+d, f) }

func (w *world) chance(p float64) bool { return w.rng.Float64() < p }

// mishap is a chance that grows with how nasty the seed is.
func (w *world) mishap(p float64) bool { return w.chance(p * 2 * w.nasty) }

func (w *world) between(a, b time.Duration) time.Duration {
	if b <= a {
		return a
	}
	return a + time.Duration(w.rng.Int64N(int64(b-a)))
}

// exp is exponentially distributed around a mean, and never longer than six of it.
func (w *world) exp(mean time.Duration) time.Duration {
	return time.Duration(math.Min(w.rng.ExpFloat64(), 6) * float64(mean))
}

// pick returns an index with the chance that its weight gives it.
func (w *world) pick(weights ...int) int {
	sum := 0
	for _, n := range weights {
		sum += n
	}
	at := w.rng.IntN(sum)
	for i, n := range weights {
		if at -= n; at < 0 {
			return i
		}
	}
	return 0
}
