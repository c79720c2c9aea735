package telagent

import (
	"fmt"
	"maps"
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// StationView is one of the places where an agent can be rung, and what is known of it.
type StationView struct {
	Device    string // softphone, desk or pstn
	Target    string // as call.Target prints it
	Rings     bool   // it is what rings for him now
	Reachable string // reachable, unreachable or unknown, as was learned last; whether a trunk is up is another matter
	presence.Sighting
	Last bool // it is tried after his other numbers, because machines answer there
}

// stations returns where an agent can be rung: softphone, desk phone, his numbers in order, and those that may be, or are,
// named for him.
func (a *agent) stations() []call.Target {
	all := []call.Target{{Device: call.Softphone, AOR: a.ID}}
	if a.DeskPhone != "" {
		all = append(all, call.Target{Device: call.DeskPhone, AOR: a.DeskPhone})
	}
	for _, n := range a.Numbers {
		all = append(all, call.Target{Device: call.PSTN, Number: n})
	}
	for _, n := range append(append(slices.Clone(a.Authorised), a.Presence.Number), a.shiftNumbers()...) {
		if t := (call.Target{Device: call.PSTN, Number: n}); n != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// shiftNumbers returns where his schedules have an agent rung.
func (a *agent) shiftNumbers() (numbers []string) {
	for _, s := range a.Presence.Shifts {
		numbers = append(numbers, s.Number)
	}
	return numbers
}

func (f *Floor) stationViews(a *agent) (views []StationView) {
	rings, _ := f.reachOf(a)
	for _, t := range a.stations() {
		s := a.sighting(t)
		views = append(views, StationView{
			Device: t.Device.String(), Target: t.String(), Rings: t.String() == rings, Reachable: f.seenAt(a, t), Sighting: s, Last: f.isMachine(s),
		})
	}
	return views
}

// sighting is what was learned last about a station; the zero value: nothing.
func (a *agent) sighting(t call.Target) presence.Sighting { return a.Presence.Sightings[t.String()] }

// seenAt says whether a station could be reached when that was learned last; of a registered phone that is now.
func (f *Floor) seenAt(a *agent, t call.Target) string {
	s := a.sighting(t)
	switch {
	case t.Device != call.PSTN && !f.isThere(t.AOR):
		return "unreachable"
	case s.At.IsZero() && t.Device == call.PSTN:
		return "unknown"
	case s.Reached, s.At.IsZero(), t.Device != call.PSTN && s.By == presence.ByRegistration:
		return "reachable"
	}
	return "unreachable"
}

// sight notes that a station could be reached, or could not.
func (f *Floor) sight(a *agent, t call.Target, reached bool, by presence.Means) {
	s := a.sighting(t)
	s.At, s.Reached, s.By = f.now, reached, by
	f.keep(a, t, s)
}

// keep notes what was learned about a station. What is none of his any more is forgotten.
func (f *Floor) keep(a *agent, t call.Target, s presence.Sighting) {
	kept := make(map[string]presence.Sighting, len(a.Presence.Sightings)+1)
	for _, own := range a.stations() {
		if was, is := a.Presence.Sightings[own.String()]; is {
			kept[own.String()] = was
		}
	}
	kept[t.String()] = s
	a.Presence.Sightings = kept
	f.touch(a)
}

// forgetStations forgets what was learned about stations that an agent's entry does not have any more.
func (f *Floor) forgetStations(a *agent) {
	kept := maps.Clone(a.Presence.Sightings)
	own := a.stations()
	for target, s := range a.Presence.Sightings {
		if !slices.ContainsFunc(own, func(t call.Target) bool { return t.String() == target }) {
			delete(kept, target)
			f.noMachine(a, target, s)
		}
	}
	a.Presence.Sightings = kept
}

// askedPhone takes whether a registered phone answered when it was asked whether it is there (OPTIONS).
func (f *Floor) askedPhone(sign call.Sign, aor string, answered bool) {
	a := f.owners[aor]
	if a == nil || sign != call.Answers {
		return
	}
	f.sight(a, a.phoneOf(aor), answered, presence.ByOptions)
}

// sightContact takes whether an address of record has a contact now.
func (f *Floor) sightContact(aor string, has bool) {
	if a := f.owners[aor]; a != nil && f.bound[aor] != has {
		f.sight(a, a.phoneOf(aor), has, presence.ByRegistration)
	}
}

// phoneOf returns the registered phone of an agent that an address of record is.
func (a *agent) phoneOf(aor string) call.Target {
	if aor == a.DeskPhone {
		return call.Target{Device: call.DeskPhone, AOR: aor}
	}
	return call.Target{Device: call.Softphone, AOR: aor}
}

// learn takes what a leg that is over says about its station. That a trunk failed, or the caller gave up, says nothing.
func (f *Floor) learn(l *leg, cause call.Cause) {
	if l.agent == nil || l.inward || l.seat == call.CustomerSeat {
		return
	}
	switch {
	case l.phase == asking:
		if cause == call.NoConfirm && l.proof.pressed == 0 {
			f.machine(l.agent, l.target)
		}
	case l.phase > asking: // it was answered
	case cause == call.Unreachable || cause == call.Unknown:
		f.sight(l.agent, l.target, false, l.means())
	case l.phase == ringing || cause == call.Busy || cause == call.Declined:
		f.sight(l.agent, l.target, true, l.means())
	}
}

func (l *leg) means() presence.Means {
	if l.trial != nil {
		return presence.ByTestCall
	}
	return presence.ByCall
}

// isMachine says whether so many machines in a row answered at a number that it is tried last.
func (f *Floor) isMachine(s presence.Sighting) bool {
	return f.set.Machines > 0 && s.Machines >= f.set.Machines
}

// machine counts an answer at a number that nobody followed by a key.
func (f *Floor) machine(a *agent, t call.Target) {
	s := a.sighting(t)
	s.Machines++
	f.keep(a, t, s)
	if f.isMachine(s) && s.Machines == f.set.Machines {
		f.alarmMachine(a, t.String(), s)
		a.open = f.numbersInOrder(a)
	}
}

// alarmMachine tells that machines answer at a number.
func (f *Floor) alarmMachine(a *agent, target string, s presence.Sighting) {
	f.say(AlarmRaised{
		Time: f.now, Code: "machine_number", Subject: target, Team: a.Team,
		Sentence: fmt.Sprintf("A machine answered at %s of %s %d times in a row; his other numbers are tried first.", target, a.Name, s.Machines),
	})
}

// person notes that a person answered at a number.
func (f *Floor) person(a *agent, t call.Target) {
	s := a.sighting(t)
	if s.Machines == 0 {
		return
	}
	was := s
	s.Machines = 0
	f.keep(a, t, s)
	f.noMachine(a, t.String(), was)
}

// noMachine ends the alarm of a number, if there is one.
func (f *Floor) noMachine(a *agent, target string, was presence.Sighting) {
	if f.isMachine(was) {
		f.say(AlarmCleared{Time: f.now, Code: "machine_number", Subject: target, Team: a.Team})
		a.open = f.numbersInOrder(a)
	}
}

// numbersInOrder returns an agent's numbers that the dial rules allow, in the order to try: those where machines answer come last.
func (f *Floor) numbersInOrder(a *agent) []string {
	last := func(n string) int {
		if f.isMachine(a.sighting(call.Target{Device: call.PSTN, Number: n})) {
			return 1
		}
		return 0
	}
	numbers := f.open(a.Numbers)
	slices.SortStableFunc(numbers, func(x, y string) int { return last(x) - last(y) })
	return numbers
}

// clearMachines lets a number be tried in its place again.
func (f *Floor) clearMachines(c ClearMachines) error {
	a, err := f.supervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	t := call.Target{Device: call.PSTN, Number: c.Number}
	if a.sighting(t).Machines == 0 {
		return refuse("no_machine", "No machine was counted at %s of %s.", c.Number, a.Name)
	}
	f.person(a, t)
	return nil
}

// mayRing says whether the dial rules of now let a number be rung for an agent: one of his lists is a rule of its own.
func (f *Floor) mayRing(a *Agent, number string) bool {
	_, err := f.listedNumber(number)
	if err == nil && !contains(a.Numbers, number) && !contains(a.Authorised, number) {
		_, err = f.phoneNumber(number)
	}
	return err == nil
}

// leaveDenied lets an agent be rung at his own phones instead of a number that was named for him and that the rules of now
// do not let ring.
func (f *Floor) leaveDenied(a *Agent) {
	denied := func(n string) bool { return n != "" && !f.mayRing(a, n) }
	if denied(a.Presence.Number) {
		a.Presence.Number = ""
	}
	if slices.ContainsFunc(a.Presence.Shifts, func(s presence.Shift) bool { return denied(s.Number) }) {
		a.Presence.Shifts = slices.Clone(a.Presence.Shifts)
		for i, s := range a.Presence.Shifts {
			if denied(s.Number) {
				a.Presence.Shifts[i].Number = ""
			}
		}
	}
}

// unheld refuses a new number of an entry at which another agent is rung now (S14).
func (f *Floor) unheld(e Agent) error {
	was := f.agents[e.ID]
	for _, n := range e.Numbers {
		if was != nil && contains(was.Numbers, n) {
			continue
		}
		for _, other := range f.agents {
			if other != was && other.holds(n) {
				return refuse("number_taken", "%s is where %s is rung now; switch him elsewhere first.", n, other.Name)
			}
		}
	}
	return nil
}

// holds says whether an agent is rung at a number as a Telagent, and does not leave it with his work, or is being switched
// to it.
func (a *agent) holds(number string) bool {
	p := a.Presence
	own := p.Number == "" && contains(a.open, number)
	switch m := a.move; {
	case m != nil && !m.back && (m.number == number || m.number == "" && contains(a.open, number)):
		return true
	case p.Reach != presence.ByPhone || p.Then() == presence.Offline:
		return false
	}
	return own || p.Number == number || slices.ContainsFunc(p.Shifts, func(s presence.Shift) bool { return s.Number == number })
}
