package telagent_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// TestS67RandomOrdersOfSwitchHangUpAndForcedLogoutLeaveNothingBehind plays a talk a hundred times, in which a switch, its
// way back, hang-ups of both sides and forced logouts come in any order, with answers, keys and failures of phones between
// them. After every step the Floor is sound; in the end no call and no leg is left, and each call has one record.
func TestS67RandomOrdersOfSwitchHangUpAndForcedLogoutLeaveNothingBehind(t *testing.T) {
	talks, switches := 0, 0
	for seed := range uint64(100) {
		o := newOrder(t, seed)
		clicks := []func(){o.customerHangsUp, o.agentHangsUp, o.logout("ana"), o.logout("ben"), o.back("ana"), o.toPhone("ana"), o.toPhone("ana"), o.toPhone("ben")}
		o.rng.Shuffle(len(clicks), func(i, j int) { clicks[i], clicks[j] = clicks[j], clicks[i] })
		for _, click := range clicks {
			for range o.rng.IntN(6) {
				o.world()
			}
			click()
		}
		o.close()
		talks += o.talks
		switches += o.moved
	}
	if talks < 100 || switches < 50 {
		t.Errorf("%d talks began and %d switches were done: the orders try too little", talks, switches)
	}
}

// order is one order of things and what the wires know.
type order struct {
	t       *testing.T
	f       *telagent.Floor
	rng     *rand.Rand
	now     time.Time
	ids     int
	legs    []*wireLeg
	records map[call.ID]int
	talks   int
	moved   int
	seed    uint64
}

type wireLeg struct {
	id    call.LegID
	in    bool   // a customer's
	state string // ringing, up, hung_up: by the Floor, over
}

func newOrder(t *testing.T, seed uint64) *order {
	o := &order{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 67)), now: start, records: map[call.ID]int{}}
	o.f = telagent.New(telagent.Settings{AccessNumber: "+4930999", Dial: anything, Trunks: []telagent.Trunk{{Name: "north"}}, WrapUp: 10 * time.Second}, telagent.State{}, o.id)
	o.handle(call.TrunkUp{Trunk: "north"})
	o.do(telagent.PutUser{User: telagent.User{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"}}})
	o.do(telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5}})
	for i, name := range []string{"ana", "ben"} {
		o.do(telagent.PutAgent{Entry: telagent.Agent{
			ID: name, Name: name, Team: "support", Queues: map[string]int{"support": 1}, Numbers: []string{"+49301" + strconv.Itoa(i)},
		}})
		o.handle(call.Bound{AOR: name})
		o.ready(name)
	}
	o.arrives()
	o.answers("ringing", call.NoCause)
	return o
}

func (o *order) id() string {
	o.ids++
	return strconv.Itoa(o.ids)
}

func (o *order) handle(e call.Event) { o.took(o.f.Handle(o.now, e)) }

// do asks; a refusal is an answer too.
func (o *order) do(c telagent.Command) {
	out, err := o.f.Do(o.now, c)
	if err == nil || len(out.Actions) == 0 {
		o.took(out)
		return
	}
	o.t.Fatalf("seed %d: %+v was refused (%v) and did something", o.seed, c, err)
}

func (o *order) took(out telagent.Outcome) {
	for _, a := range out.Actions {
		switch a := a.(type) {
		case call.Dial:
			o.legs = append(o.legs, &wireLeg{id: a.Leg, state: "ringing"})
		case call.Hangup:
			o.hangs(a.Leg)
		case call.Reject:
			o.hangs(a.Leg)
		case call.Answer, call.Ring, call.Reroute, call.Join, call.Swap, call.Park, call.Hear, call.Ask, call.Say, call.Record, call.Progress, call.Verify:
		}
	}
	for _, c := range out.Changes {
		switch c := c.(type) {
		case telagent.CallEnded:
			o.records[c.Record.ID]++
		case telagent.SwitchDone:
			o.moved++
		default: // is not counted
		}
	}
	if wrong := o.f.Check(); len(wrong) > 0 {
		o.t.Fatalf("seed %d: %q", o.seed, wrong)
	}
	for _, c := range o.f.View(o.now).Calls {
		if _, known := o.records[c.ID]; !known {
			o.records[c.ID] = 0
		}
	}
}

func (o *order) hangs(id call.LegID) {
	for _, l := range o.legs {
		if l.id == id && l.state != "over" {
			l.state = "hung_up"
		}
	}
}

// pass lets time pass, with every timer in its order.
func (o *order) pass(d time.Duration) {
	end := o.now.Add(d)
	for due, ok := o.f.Next(); ok && !due.After(end); due, ok = o.f.Next() {
		o.now = due
		o.took(o.f.Tick(o.now))
	}
	o.now = end
}

// world is something that happens between two clicks.
func (o *order) world() {
	o.pass(time.Duration(o.rng.IntN(8000)) * time.Millisecond)
	switch o.rng.IntN(12) {
	case 0, 1, 2, 3:
		o.answers("ringing", call.NoCause)
	case 4, 5, 6:
		o.presses()
	case 7:
		o.answers("ringing", call.Busy)
	case 8:
		o.answers("hung_up", call.NoCause) // it crosses our CANCEL
	case 9:
		o.ready([]string{"ana", "ben"}[o.rng.IntN(2)])
	case 10:
		o.arrives()
	default:
		o.reports(false)
	}
}

// some returns a leg in a state, at random; nil: there is none.
func (o *order) some(state string, in bool) *wireLeg {
	var all []*wireLeg
	for _, l := range o.legs {
		if l.state == state && l.in == in {
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[o.rng.IntN(len(all))]
}

func (o *order) arrives() {
	l := &wireLeg{id: call.LegID("in-" + o.id()), in: true, state: "up"}
	o.legs = append(o.legs, l)
	o.handle(call.Invited{Leg: l.id, From: call.Party{Number: "+49170"}, To: "+800", Source: call.Source{Trunk: "north"}})
}

// answers lets a phone be answered, or refuse.
func (o *order) answers(state string, refused call.Cause) {
	l := o.some(state, false)
	switch {
	case l == nil:
	case refused != call.NoCause:
		l.state = "over"
		o.handle(call.Failed{Leg: l.id, Cause: refused})
	default:
		if state == "ringing" {
			l.state = "up"
		}
		o.talks++
		o.handle(call.Answered{Leg: l.id})
	}
}

func (o *order) presses() {
	if l := o.some("up", false); l != nil {
		o.handle(call.Digit{Leg: l.id, Key: "1"})
	}
}

// reports tells the end of a leg that the Floor hung up, or of all of them.
func (o *order) reports(all bool) {
	for _, l := range o.legs {
		if l.state == "hung_up" && (all || o.rng.IntN(2) == 0) {
			l.state = "over"
			o.handle(call.Ended{Leg: l.id, How: call.HungUp, Cause: call.Normal})
		}
	}
}

func (o *order) hangUp(in bool) {
	if l := o.some("up", in); l != nil {
		l.state = "over"
		o.handle(call.Ended{Leg: l.id, How: call.HungUp, Cause: call.Normal})
	}
}

func (o *order) customerHangsUp() { o.hangUp(true) }
func (o *order) agentHangsUp()    { o.hangUp(false) }

func (o *order) logout(agent string) func() {
	return func() { o.do(telagent.ForceLogout{By: "boss", Agent: agent}) }
}

func (o *order) toPhone(agent string) func() {
	return func() { o.do(telagent.Switch{By: "boss", Agent: agent}) }
}

func (o *order) back(agent string) func() {
	return func() { o.do(telagent.Switch{By: "boss", Agent: agent, Back: true}) }
}

func (o *order) ready(agent string) {
	o.do(telagent.SignOn{By: agent, Agent: agent})
	o.do(telagent.SetStatus{By: agent, Agent: agent, Status: presence.Available})
}

// close lets the customers go, and looks for whatever is left.
func (o *order) close() {
	for o.some("up", true) != nil {
		o.hangUp(true)
	}
	o.reports(true)
	o.pass(10 * time.Minute)
	o.reports(true)
	v := o.f.View(o.now)
	if len(v.Calls) > 0 {
		o.t.Errorf("seed %d: %d calls are left", o.seed, len(v.Calls))
	}
	for id, n := range o.records {
		if n != 1 {
			o.t.Errorf("seed %d: call %s has %d records", o.seed, id, n)
		}
	}
	if i := slices.IndexFunc(o.legs, func(l *wireLeg) bool { return l.state != "over" }); i >= 0 {
		o.t.Errorf("seed %d: leg %s is left %s", o.seed, o.legs[i].id, o.legs[i].state)
	}
	for _, a := range v.Agents {
		if a.Activity != "idle" || a.Switching != nil {
			o.t.Errorf("seed %d: %s is left %s", o.seed, a.ID, a.Activity)
		}
	}
}
