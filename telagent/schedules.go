package telagent

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/schedule"
)

// Schedule is a schedule, and how far it was carried out.
type Schedule struct {
	schedule.Schedule
	Begun time.Time // start of the occurrence that was begun last; zero: none was
}

// ScheduleView is a schedule as readers see it.
type ScheduleView struct {
	Schedule
	On   schedule.Occurrence // the one that is on; zero: none is
	Next schedule.Occurrence // the one after it; zero: there is none
}

// timetable is a Schedule on the Floor.
type timetable struct {
	ScheduleView
	zone    *time.Location
	joining []schedule.Member // who was put into the occurrence that is on already
	refused []*agent          // for whom an alarm stands, until that one is over
}

// putSchedule adds or changes a schedule. One that is on begins at once; of one that was on already only who is new in it
// begins, so that nobody is fetched back who left it.
func (f *Floor) putSchedule(c PutSchedule) error {
	s := c.Schedule
	s.Days, s.Members = slices.Sorted(slices.Values(s.Days)), slices.Clone(s.Members)
	was := f.schedules[s.Name]
	if err := f.checkSchedule(c.By, &s, was); err != nil {
		return err
	}
	t := &timetable{ScheduleView: ScheduleView{Schedule: Schedule{Schedule: s}}, zone: f.zone(s.Zone)}
	on, _ := s.At(t.zone, f.now)
	if was != nil {
		if reflect.DeepEqual(was.Schedule.Schedule, s) {
			return nil
		}
		t.Begun = was.Begun
		if before, is := was.At(was.zone, f.now); is && before.Start.Equal(was.Begun) && !on.End.IsZero() {
			t.Begun = on.Start // it goes on, from another start
		}
		for _, m := range s.Members {
			if !slices.Contains(was.Members, m) || slices.Contains(was.refused, f.agents[m.Agent]) {
				t.joining = append(t.joining, m)
			}
		}
		f.forgetRefused(was)
	}
	f.schedules[s.Name] = t
	f.say(ScheduleChanged{Schedule: t.Schedule})
	f.revise(ScheduleEntry, s.Name, c.By)
	f.changeShifts(s.Name, func(a *agent, shift *presence.Shift) {
		shift.Until = f.now
		if slices.Contains(s.Members, schedule.Member{Agent: a.ID, Number: shift.Number}) && !on.End.IsZero() {
			shift.Until = on.End
		}
	})
	f.edgesDue()
	return nil
}

// checkSchedule checks a schedule and makes its numbers what is dialled. Who may put it: who supervises all its members,
// now and before.
func (f *Floor) checkSchedule(by string, s *schedule.Schedule, was *timetable) error {
	for _, m := range s.Members {
		if _, err := f.supervised(by, m.Agent); err != nil {
			return err
		}
	}
	if was != nil && !f.seesMembers(by, was.Members) {
		return refuse("schedule_taken", "There is a schedule %s of other teams; take another name.", s.Name)
	}
	if err := s.Check(); err != nil {
		return refuse("bad_schedule", "The schedule cannot be followed: %s.", err)
	}
	if f.zone(s.Zone) == nil {
		return refuse("bad_schedule", "There is no time zone %q; write one like Europe/Berlin.", s.Zone)
	}
	for i := range s.Members {
		m := &s.Members[i]
		if err := f.mayBeAt(f.agents[m.Agent], &m.Number); err != nil {
			return err
		}
		if slices.ContainsFunc(s.Members[:i], func(other schedule.Member) bool { return m.Number != "" && other.Number == m.Number }) {
			return refuse("number_taken", "%s is the number of two members.", m.Number)
		}
	}
	return nil
}

// dropSchedule takes a schedule away; who is on by it is signed off as at its end.
func (f *Floor) dropSchedule(c DropSchedule) error {
	t := f.schedules[c.Name]
	if u := f.asker(c.By); c.By != "" && (u == nil || u.Role == AgentRole) {
		return refuse("not_supervisor", "Only a supervisor may do this.")
	}
	if t == nil || !f.seesMembers(c.By, t.Members) {
		return refuse("unknown_schedule", "There is no schedule %s.", c.Name)
	}
	delete(f.schedules, c.Name)
	f.say(ScheduleChanged{Schedule: t.Schedule, Gone: true})
	f.erase(ScheduleEntry, c.Name, c.By)
	f.forgetRefused(t)
	f.changeShifts(c.Name, func(_ *agent, shift *presence.Shift) { shift.Until = f.now })
	f.edgesDue()
	return nil
}

func (f *Floor) seesMembers(by string, members []schedule.Member) bool {
	return !slices.ContainsFunc(members, func(m schedule.Member) bool {
		a := f.agents[m.Agent]
		return a != nil && !f.isAdmin(by) && !f.sees(by, a)
	})
}

// changeShifts changes what agents do by a schedule.
func (f *Floor) changeShifts(name string, change func(*agent, *presence.Shift)) {
	for _, id := range sortedKeys(f.agents) {
		a := f.agents[id]
		for i, shift := range a.Presence.Shifts {
			if shift.Schedule == name {
				a.Presence.Shifts = slices.Clone(a.Presence.Shifts) // others were told of the old ones
				change(a, &a.Presence.Shifts[i])
				f.touch(a)
			}
		}
	}
}

// restoreSchedules puts the schedules on the Floor as the store gave them back. What passed meanwhile is done by the first
// Tick.
func (f *Floor) restoreSchedules(stored []Schedule) {
	for _, s := range stored {
		t := &timetable{ScheduleView: ScheduleView{Schedule: s}, zone: f.zone(s.Zone)}
		if t.zone == nil { // the machine knew more zones when it was put
			t.zone = time.UTC
		}
		f.schedules[s.Name] = t
	}
	if len(stored) > 0 {
		f.timers.set(&f.edges, time.Unix(0, 0), (*Floor).edgesDue)
	}
}

// edgesDue does what is due of all schedules: who is over is signed off unless another one holds him, and what is on and
// was not begun is begun. It looks at what is on now, not at the time that passed, so nothing is done twice, and what
// began and ended while nobody looked is not done at all.
func (f *Floor) edgesDue() {
	over := f.endShifts()
	var begin []*timetable
	held := map[*agent]bool{}
	for _, name := range sortedKeys(f.schedules) {
		t := f.schedules[name]
		on, is := t.At(t.zone, f.now)
		if !is || !on.Start.Equal(t.On.Start) {
			f.forgetRefused(t)
		}
		t.On = on
		t.Next, _ = t.Schedule.Next(t.zone, f.now)
		if is && !on.Start.Equal(t.Begun) {
			t.joining = t.Members
		}
		if is && len(t.joining) > 0 {
			begin = append(begin, t)
			for _, m := range t.joining {
				held[f.agents[m.Agent]] = true
			}
		}
	}
	for _, a := range over {
		if !held[a] {
			f.signOff(a)
		}
	}
	for _, t := range begin {
		f.begins(t)
	}
	for _, a := range over {
		f.signOff(a)
	}
	f.planEdges()
}

// lookAgain is how often the schedules are looked at: the clock may have been set.
const lookAgain = 10 * time.Minute

// planEdges sets the timer to the first edge that is to come.
func (f *Floor) planEdges() {
	var at time.Time
	if len(f.schedules) > 0 {
		at = f.now.Round(0).Add(lookAgain) // by the clock on the wall, as the edges are
	}
	for _, t := range f.schedules {
		at = soonest(at, t.On.End, t.Next.Start)
	}
	for _, a := range f.agents {
		for _, shift := range a.Presence.Shifts {
			at = soonest(at, shift.Until)
		}
	}
	f.timers.set(&f.edges, at, (*Floor).edgesDue)
}

// begins lets the members of a schedule begin who have not yet.
func (f *Floor) begins(t *timetable) {
	joining := t.joining
	t.joining = nil
	if !t.Begun.Equal(t.On.Start) {
		t.Begun = t.On.Start
		f.say(ScheduleChanged{Schedule: t.Schedule})
	}
	for _, m := range joining {
		if a := f.agents[m.Agent]; a != nil {
			f.beginShift(t, a, m.Number)
		}
	}
}

// beginShift makes an agent a Telagent by a schedule. If his number cannot be rung any more, supervisors are told.
func (f *Floor) beginShift(t *timetable, a *agent, number string) {
	err := f.mayBeAt(a, &number)
	if err == nil {
		err = f.heldByNobody(a, number)
	}
	if r := refusalOf(err); r != nil {
		t.refused = append(t.refused, a)
		f.say(AlarmRaised{
			Time: f.now, Code: "schedule_refused", Subject: a.ID, Team: a.Team,
			Sentence: fmt.Sprintf("%s was not logged on by the schedule %s: %s", a.Name, t.Name, r.Sentence),
		})
		f.say(Audited{Entry: AuditEntry{Time: f.now, Action: "schedule", Subject: a.ID, Result: r.Code, Detail: t.Name + " does not begin: " + r.Sentence}})
		return
	}
	shift := presence.Shift{Schedule: t.Name, Number: number, Until: t.On.End}
	shifts := slices.DeleteFunc(slices.Clone(a.Presence.Shifts), func(s presence.Shift) bool { return s.Schedule == t.Name })
	a.Presence.Shifts = append(shifts, shift)
	if p := a.Presence.Pending; p != nil && p.Reason == presence.ReasonScheduleOver {
		a.Presence.Pending = nil
	}
	f.station(a, true)
	f.touch(a)
	words := t.Name + " begins"
	if device, _ := f.reachOf(a); a.Presence.Reach == presence.ByPhone {
		words += ", at " + cmp.Or(number, device)
	} else {
		words += " after the call"
	}
	f.auditSystem("schedule", a.ID, words+", until "+t.On.End.UTC().Format("2006-01-02 15:04"))
}

// station lets an agent be reached as his schedules say, once he is in no call at his softphone. When one begins he is
// logged on by it, also when he was set away where he is.
func (f *Floor) station(a *agent, begins bool) {
	p := &a.Presence
	if len(p.Shifts) == 0 || a.move != nil || a.visit != nil && p.Reach != presence.ByPhone {
		return
	}
	number := p.Shifts[0].Number
	switch same := p.Number == number; {
	case p.Reach == presence.ByPhone && same && !(begins && p.BecomesAvailable()):
		return
	case p.Reach == presence.ByPhone && !begins: // the older schedule is over
		p.Number, a.mover, a.why = number, "", BySchedule
		f.touch(a)
		return
	}
	remark, why := f.remark, f.why
	f.why = BySchedule
	f.moveReach(a, false, number, "")
	device, _ := f.reachOf(a)
	f.switched(a, SwitchRecord{Agent: a.ID, To: device, Began: f.now})
	f.remark, f.why = remark, why
}

// endShifts takes what is over from all agents, and returns who is held by no schedule any more.
func (f *Floor) endShifts() (over []*agent) {
	for _, id := range sortedKeys(f.agents) {
		a := f.agents[id]
		for _, shift := range a.Presence.Shifts {
			if shift.Until.After(f.now) {
				continue
			}
			a.Presence.Shifts = slices.DeleteFunc(slices.Clone(a.Presence.Shifts), func(s presence.Shift) bool { return s == shift })
			f.auditSystem("schedule", a.ID, shift.Schedule+" is over")
			f.touch(a)
			if len(a.Presence.Shifts) == 0 && a.Presence.Reach == presence.ByPhone {
				over = append(over, a)
			}
		}
		f.station(a, false)
	}
	return over
}

// signOff signs an agent off after his last schedule is over: when his call and its after-call work have ended.
func (f *Floor) signOff(a *agent) {
	if len(a.Presence.Shifts) > 0 || a.Presence.Then() == presence.Offline {
		return
	}
	a.mover, a.why = "", BySchedule
	a.Presence.DeclareAfterWork(f.now, presence.Declaration{Status: presence.Offline, Reason: presence.ReasonScheduleOver})
	a.by = ""
	f.settled(a)
}

// forgetRefused ends the alarms about members of a schedule who could not begin.
func (f *Floor) forgetRefused(t *timetable) {
	for _, a := range t.refused {
		f.say(AlarmCleared{Time: f.now, Code: "schedule_refused", Subject: a.ID, Team: a.Team})
	}
	t.refused = nil
}

// mayBeAt checks a number at which an agent is to be reached, with the dial rules and S14, and makes it what is dialled;
// without one, that he has a phone.
func (f *Floor) mayBeAt(a *agent, number *string) error {
	if *number == "" {
		return f.hasPhone(a)
	}
	return f.mayName(a, number)
}

// listedSchedules returns the schedules as readers see them, by name.
func (f *Floor) listedSchedules() (all []ScheduleView) {
	for _, name := range sortedKeys(f.schedules) {
		all = append(all, f.schedules[name].ScheduleView)
	}
	return all
}
