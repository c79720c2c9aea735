package telagent_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

var restarts = flag.Uint64("restarts", 5, "play as many seeds of restarts")

// kept is what a store makes of the Changes: the state that it gives back.
type kept struct {
	state telagent.State
	calls map[call.ID]telagent.LiveCall
	parts map[string]telagent.LivePart
}

// take keeps a Change.
func (k *kept) take(c telagent.Change) {
	if k.calls == nil {
		k.calls, k.parts = map[call.ID]telagent.LiveCall{}, map[string]telagent.LivePart{}
	}
	s := &k.state
	switch c := c.(type) {
	case telagent.AgentChanged:
		keep(&s.Agents, c.Agent, func(a telagent.Agent) string { return a.ID })
	case telagent.UserChanged:
		keep(&s.Users, c.User, func(u telagent.User) string { return u.Name })
	case telagent.QueueChanged:
		keep(&s.Queues, c.Queue, func(q telagent.Queue) string { return q.Name })
	case telagent.ProfileChanged:
		keep(&s.Profiles, c.Profile, func(p presence.Profile) string { return p.Name })
	case telagent.PolicyChanged:
		keep(&s.Policies, c.Policy, func(p telagent.Policy) string { return p.Team })
	case telagent.SiteChanged:
		s.Sites = slices.DeleteFunc(s.Sites, func(site telagent.Site) bool { return site.Name == c.Site.Name })
		if !c.Gone {
			s.Sites = append(s.Sites, c.Site)
		}
	case telagent.ReasonsChanged:
		s.Reasons = c.Reasons
	case telagent.ScheduleChanged:
		s.Schedules = slices.DeleteFunc(s.Schedules, func(s telagent.Schedule) bool { return s.Name == c.Schedule.Name })
		if !c.Gone {
			s.Schedules = append(s.Schedules, c.Schedule)
		}
	case telagent.CallKept:
		k.calls[c.Call.ID] = c.Call
	case telagent.CallEnded:
		delete(k.calls, c.Record.ID)
	case telagent.PartKept:
		key := string(c.Part.Kind) + " " + c.Part.ID
		if k.parts[key] = c.Part; c.Gone {
			delete(k.parts, key)
		}
	default: // history
	}
}

// given returns what the store gives back, over a disk.
func (k *kept) given() (telagent.State, error) {
	state := k.state
	for _, c := range k.calls {
		state.Live.Calls = append(state.Live.Calls, c)
	}
	for _, p := range k.parts {
		state.Live.Parts = append(state.Live.Parts, p)
	}
	var again telagent.State
	data, err := json.Marshal(state)
	if err == nil {
		err = json.Unmarshal(data, &again)
	}
	return again, err
}

// crash kills the Floor and goes on with what it told so far, after a time. If that is none and no leg is missing, what is
// shown is as it was, but for what was being tried.
func (w *fuzzed) crash(after time.Duration, missing, extra int) {
	state, err := w.kept.given()
	if err != nil {
		w.t.Fatal(err)
	}
	legs := state.Live.Legs()
	if len(legs) > 0 && missing > 0 {
		legs = slices.Delete(legs, 0, 1+missing%len(legs))
	}
	if extra > 0 {
		legs = append(legs, w.legs[extra%len(w.legs)])
	}
	was := w.f.View(w.now)
	w.now = w.now.Add(after)
	last := w.last
	w.f = telagent.New(fuzzSettings, state, w.id)
	w.took(w.f.Resume(w.now, legs))
	for _, t := range was.Trunks {
		if !t.Up {
			w.took(w.f.Handle(w.now, call.TrunkDown{Trunk: t.Name, Problem: t.Problem}))
		}
	}
	if after > 0 || missing > 0 {
		return
	}
	for _, what := range differs(was, w.f.View(w.now)) {
		w.t.Fatalf("after a %s: %s", last, what)
	}
}

// TestS66WhateverWasGoingOnAFloorGoesOnAsItWas plays steps by chance, each play with its own seed, and restarts at any of
// them.
func TestS66WhateverWasGoingOnAFloorGoesOnAsItWas(t *testing.T) {
	for seed := range *restarts {
		chance := rand.New(rand.NewPCG(seed, 66))
		w := newFuzzed(t)
		for range 60 {
			w.data = make([]byte, 40)
			for i := range w.data {
				w.data[i] = byte(chance.Uint32())
			}
			for len(w.data) > 0 {
				w.step()
			}
			w.last = fmt.Sprintf("seed %d, restart", seed)
			if chance.IntN(3) > 0 {
				w.crash(0, 0, 0)
			} else { // time passes, legs are gone, and one is there that nobody knows
				w.crash(time.Duration(chance.IntN(100))*time.Second, chance.IntN(4), chance.IntN(9))
			}
		}
	}
}
