package telagent_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// TestS26WhateverCallersKeyNobodyComesInWithoutHisPINAndEveryCallEnds plays callers of the access number who key ids,
// PINs, choices and nonsense in any order, while agents are called, switched and logged out. After every step the Floor is
// sound, and no PIN is in what it tells. In the end every caller has been hung up.
func TestS26WhateverCallersKeyNobodyComesInWithoutHisPINAndEveryCallEnds(t *testing.T) {
	in, refused := 0, 0
	for seed := range uint64(60) {
		c := newCallers(t, seed)
		for range 250 {
			c.step()
		}
		c.leave()
		in += c.in
		refused += c.refused
	}
	if in < 20 || refused < 40 {
		t.Errorf("%d came in and %d PINs were wrong: the callers try too little", in, refused)
	}
}

const fuzzedPIN = "866311"

// callers are who calls the access number, and what the wires know.
type callers struct {
	t           *testing.T
	f           *telagent.Floor
	rng         *rand.Rand
	now         time.Time
	ids         int
	seed        uint64
	up          []call.LegID // legs that are not over
	hungUp      map[call.LegID]bool
	atMenu      map[call.LegID]bool
	verifies    []call.Verify
	proved      bool // a PIN was right in this step
	in, refused int
}

func newCallers(t *testing.T, seed uint64) *callers {
	c := &callers{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 26)), now: start, hungUp: map[call.LegID]bool{}, atMenu: map[call.LegID]bool{}}
	c.f = telagent.New(telagent.Settings{
		AccessNumber: "+4930999", Dial: anything, Trunks: []telagent.Trunk{{Name: "north", Channels: 8}}, WrapUp: 10 * time.Second,
		Access: telagent.Access{Supervisors: true, Legs: 4, WrongPINs: telagent.WrongPINs{Agent: 4, Caller: 6, All: 12, Within: time.Hour, Lock: 10 * time.Minute}},
	}, telagent.State{}, func() string { c.ids++; return strconv.Itoa(c.ids) })
	pin := &telagent.Credentials{PIN: "hash of " + fuzzedPIN}
	c.handle(call.TrunkUp{Trunk: "north"})
	c.do(telagent.PutUser{User: telagent.User{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"}, PhoneID: "9", Credentials: *pin}})
	c.do(telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5}})
	for i, name := range []string{"ana", "ben", "cem"} {
		c.do(telagent.PutAgent{Credentials: pin, Entry: telagent.Agent{
			ID: name, Name: name, Team: "support", Queues: map[string]int{"support": 1}, Numbers: []string{"+49301" + strconv.Itoa(i)},
			PhoneID: strconv.Itoa(i + 1), NailedUp: i == 1, WrapUp: 20 * time.Second,
		}})
		c.handle(call.Bound{AOR: name})
	}
	c.do(telagent.PutPolicy{Policy: telagent.Policy{Team: "support", PhoneSignOn: true}})
	return c
}

func pickOf[T any](c *callers, all ...T) T { return all[c.rng.IntN(len(all))] }

// leg is one that is not over, or none.
func (c *callers) leg() call.LegID {
	if len(c.up) == 0 {
		return "none"
	}
	return pickOf(c, c.up...)
}

func (c *callers) step() {
	leg := c.leg()
	switch c.rng.IntN(20) {
	case 0, 1:
		c.ids++
		leg = call.LegID("in" + strconv.Itoa(c.ids))
		from := pickOf(c, "", "+49301", "+493010", "+493012", "+49170")
		to := pickOf(c, "+4930999", "+4930999", "+4930999", "+800")
		c.up, c.atMenu[leg] = append(c.up, leg), to == "+4930999"
		c.handle(call.Invited{Leg: leg, From: call.Party{Number: from}, To: to, Source: call.Source{Trunk: "north"}})
	case 2, 3, 4, 5, 6, 7:
		word := pickOf(c, pickOf(c, "1", "2", "3", "9", "4")+"#", fuzzedPIN+"#", "1#"+fuzzedPIN+"#", "866312#", "1", "5", "9", "71", "81", "*", "#", "*70", "*731")
		for _, key := range word {
			c.handle(call.Digit{Leg: leg, Key: string(key)})
		}
	case 8, 9, 10:
		if len(c.verifies) > 0 {
			v := c.verifies[0]
			c.verifies = c.verifies[1:]
			c.proved = string(v.Hash) == "hash of "+string(v.Secret)
			c.handle(call.Verified{Leg: v.Leg, Right: c.proved})
			c.proved = false
		}
	case 11, 12:
		c.handle(call.Played{Leg: leg, Prompt: pickOf(c, call.EnterID, call.EnterPIN, call.Menu, call.MenuTeam, call.Done, call.NotDone, call.WrongPIN, call.Goodbye, call.SignedOn, call.Tone)})
	case 13:
		c.handle(call.Answered{Leg: leg})
	case 14:
		c.over(leg)
	case 15:
		c.do(telagent.Switch{By: "boss", Agent: pickOf(c, "ana", "ben", "cem"), Back: c.rng.IntN(2) == 0})
	case 16:
		c.do(telagent.ForceLogout{By: "boss", Agent: pickOf(c, "ana", "ben", "cem")})
	case 17:
		c.handle(call.Referred{Leg: leg, To: "+800"})
	default:
		c.pass(time.Duration(c.rng.IntN(20)) * time.Second)
	}
}

// over ends a leg, if it is one.
func (c *callers) over(leg call.LegID) {
	for i, up := range c.up {
		if up == leg {
			c.up = append(c.up[:i], c.up[i+1:]...)
			c.handle(call.Ended{Leg: leg, How: pickOf(c, call.HungUp, call.LegLost), Cause: call.Normal})
			return
		}
	}
}

// leave lets time pass until whoever is at the menu was hung up; nobody else presses a key any more.
func (c *callers) leave() {
	c.pass(15 * time.Minute)
	for _, leg := range c.up {
		if c.atMenu[leg] && !c.hungUp[leg] {
			c.t.Errorf("seed %d: leg %s was never hung up", c.seed, leg)
		}
	}
}

func (c *callers) pass(d time.Duration) {
	to := c.now.Add(d)
	for due, ok := c.f.Next(); ok && !due.After(to); due, ok = c.f.Next() {
		if due.After(c.now) {
			c.now = due
		}
		c.took("tick", c.f.Tick(c.now))
	}
	c.now = to
}

func (c *callers) handle(e call.Event) { c.took(fmt.Sprintf("%T", e), c.f.Handle(c.now, e)) }

func (c *callers) do(command telagent.Command) {
	out, err := c.f.Do(c.now, command)
	c.took(fmt.Sprintf("%T %v", command, err), out)
}

// took looks at what became of a step.
func (c *callers) took(step string, out telagent.Outcome) {
	for _, wrong := range c.f.Check() {
		c.t.Fatalf("seed %d, %s: %s", c.seed, step, wrong)
	}
	for _, a := range out.Actions {
		switch a := a.(type) {
		case call.Verify:
			c.verifies = append(c.verifies, a)
		case call.Dial:
			c.up = append(c.up, a.Leg)
		case call.Hangup:
			c.hungUp[a.Leg] = true
		case call.Reject:
			c.hungUp[a.Leg] = true
		default:
		}
	}
	for _, change := range out.Changes {
		told, is := change.(telagent.Audited)
		if text := fmt.Sprintf("%+v", change); is && strings.Contains(text, fuzzedPIN) {
			c.t.Fatalf("seed %d, %s: a PIN is told: %s", c.seed, step, text)
		}
		switch e := told.Entry; {
		case e.Action != "sign_on_by_phone":
		case e.Result == "wrong_pin":
			c.refused++
		case e.Result == "done" && strings.HasPrefix(e.Detail, "signed on at"):
			c.in++
			if !c.proved {
				c.t.Fatalf("seed %d, %s: %s is in without his PIN", c.seed, step, e.By)
			}
		}
	}
}
