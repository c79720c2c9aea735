package telagent

import (
	"cmp"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
)

// trial is a test call: it rings at a number of an agent to learn whether that is reached. There is one at a time.
type trial struct {
	agent  *agent
	by     string
	leg    *leg
	result string // what it told; empty: nothing yet
}

// testCall rings at a number of an agent who is in no call. Ringing for a while is enough; who answers hears a sentence.
func (f *Floor) testCall(c TestCall) error {
	a, err := f.selfOrSupervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	if err := f.takesNew(); err != nil {
		return err
	}
	if a.visit != nil || a.nail.leg != nil {
		return refuse("agent_busy", "%s is on the phone; it is not tested now.", a.Name)
	}
	number, err := f.testable(a, c.Number)
	if err != nil {
		return err
	}
	switch usage := f.tested(number); {
	case f.trial != nil && f.sees(c.By, f.trial.agent):
		return refuse("test_running", "%s is being tested; try again in a moment.", f.trial.leg.target)
	case f.trial != nil:
		return refuse("test_running", "Another number is being tested; try again in a moment.")
	case usage.LastHour(f.now) >= f.set.TestCalls:
		return refuse("too_many_tests", "%s was tested %d times within the hour; that is enough.", number, f.set.TestCalls)
	}
	t, cause := f.carrier()
	if t == nil {
		return f.noCarrier(cause)
	}
	f.beginTrial(a, c.By, number, t)
	return nil
}

// testable returns the number of a test call: one of the agent's, or one that he may be switched to. Without one it is that
// where he is rung, or would be.
func (f *Floor) testable(a *agent, typed string) (string, error) {
	number := cmp.Or(typed, a.Presence.Number)
	if number == "" && len(a.open) > 0 {
		number = a.open[0]
	}
	if number == "" {
		return "", refuse("no_number", "%s has no number that may be rung.", a.Name)
	}
	if own, err := f.listedNumber(number); err == nil && contains(a.Numbers, own) {
		return own, nil
	}
	return number, f.allowed(a, &number)
}

// noCarrier is the refusal of a call that no trunk carries.
func (f *Floor) noCarrier(cause call.Cause) error {
	if cause == call.NoCapacity {
		return refuse("no_trunk_capacity", "No trunk has room for another call.")
	}
	return refuse("no_trunk", "No trunk can carry a call now.")
}

func (f *Floor) beginTrial(a *agent, by, number string, t *trunk) {
	l := &leg{
		id: call.LegID(f.id()), seat: call.AgentSeat, agent: a, target: call.Target{Device: call.PSTN, Number: number}, since: f.now, began: f.now,
	}
	l.trial = &trial{agent: a, by: by, leg: l}
	f.trial, f.legs[l.id] = l.trial, l
	f.load(l, t)
	l.count(f.now, f.tested(number))
	to := l.target
	to.Trunk = t.Name
	f.act(call.Dial{Leg: l.id, Target: to, From: call.Party{Number: f.set.AccessNumber, Name: "TEST"}})
	f.timers.set(&l.timer, f.now.Add(f.set.RingTime), func(f *Floor) { f.endTrial(call.NoAnswer, "did not ring") })
	f.remark = "at " + number
	f.touch(a)
}

// tested counts the test calls to a number. Numbers that were not tested for an hour are forgotten.
func (f *Floor) tested(number string) *dialplan.Usage {
	for n, u := range f.tests {
		if u.Calls() == 0 && u.LastHour(f.now) == 0 {
			delete(f.tests, n)
		}
	}
	if f.tests == nil {
		f.tests = map[string]*dialplan.Usage{}
	}
	if f.tests[number] == nil {
		f.tests[number] = &dialplan.Usage{}
	}
	return f.tests[number]
}

// trialEvent takes a fact about the leg of a test call.
func (f *Floor) trialEvent(t *trial, e call.Event) {
	l := t.leg
	switch e := e.(type) {
	case call.Ringing:
		if l.phase == dialing {
			l.phase, l.since = ringing, f.now
			f.timers.set(&l.timer, f.now.Add(f.set.TestRing), func(f *Floor) { f.endTrial(call.Cancelled, "rang") })
		}
	case call.Answered:
		f.trialAnswered(t)
	case call.Played:
		if l.phase == leaving {
			f.hang(l, call.Normal, "")
		}
	case call.Failed:
		f.trialFailed(t, e.Cause)
	case call.Ended:
		f.trialFailed(t, e.Cause)
	case call.Referred:
		f.act(call.Progress{Leg: e.Leg, Done: true, Cause: call.Forbidden})
	case call.Silent, call.Heard, call.Held, call.Resumed, call.Digit, call.Verified: // of no matter here
	case call.TurnedAway, call.Recorded, call.Measured, call.Spliced, call.Missed, call.Seen, call.Invited, call.Published, call.Bound, call.Unbound, call.Located, call.TrunkUp, call.TrunkDown, call.Impaired, call.Repaired, call.Stalled: // see Handle
	}
}

// trialAnswered says what this call is to whoever, or whatever, answered, and hangs up.
func (f *Floor) trialAnswered(t *trial) {
	l := t.leg
	switch {
	case l.phase == ending:
		f.act(call.Hangup{Leg: l.id, Cause: call.Cancelled}) // answered all the same
		return
	case l.phase == leaving:
		return
	}
	l.phase, l.since, l.answered = leaving, f.now, f.now
	f.sight(t.agent, l.target, true, l.means())
	f.trialTold(t, "answered")
	f.act(call.Park{Leg: l.id, Audio: call.Silence})
	f.speak(l, call.TestCall, 0)
	f.timers.set(&l.timer, f.now.Add(leavingTime), func(f *Floor) { f.hang(l, call.Normal, "") })
}

// endTrial hangs up a test call that has not been answered.
func (f *Floor) endTrial(cause call.Cause, result string) {
	if t := f.trial; t != nil && t.leg.phase < leaving {
		f.hang(t.leg, cause, "")
		f.trialTold(t, result)
	}
}

// trialFailed takes the end of a test call; the next one may begin.
func (f *Floor) trialFailed(t *trial, cause call.Cause) {
	f.forget(t.leg, cause)
	f.trialTold(t, causeText(cause))
}

// trialTold writes what a test call told, once.
func (f *Floor) trialTold(t *trial, result string) {
	if t.result == "" {
		t.result = result
		f.say(Audited{Entry: AuditEntry{
			Time: f.now, By: t.by, Action: "test_call", Subject: t.agent.ID, Result: "done", Detail: t.leg.target.String() + ": " + result,
		}})
	}
}

// giveWay ends the test call to an agent who has something better to do.
func (f *Floor) giveWay(a *agent) {
	if f.trial != nil && f.trial.agent == a {
		f.endTrial(call.Cancelled, "not tried to the end, a call came")
	}
}

// checkTrial looks at the test call under way.
func (f *Floor) checkTrial(no func(bool, string, ...any)) {
	for _, l := range f.legs {
		no(l.trial == nil || l.trial == f.trial && l.visit == nil && l.timer.index > 0, "leg %s tests on without end", l.id)
	}
	if t := f.trial; t != nil {
		no(f.legs[t.leg.id] == t.leg, "a test call has no leg")
		no(t.leg.phase == ending || t.agent.visit == nil, "%s is tested while he is in a call", t.agent.ID)
	}
}

const (
	testRing  = 5 * time.Second
	testCalls = 6
)

func (s *Settings) testDefaults() {
	s.TestRing, s.TestCalls = cmp.Or(s.TestRing, testRing), cmp.Or(s.TestCalls, testCalls)
	s.Machines = cmp.Or(s.Machines, 3)
}
