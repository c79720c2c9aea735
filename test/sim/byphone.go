package sim

import (
	"fmt"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

const accessNumber = "+4930999999"

// timetable puts a schedule that begins or ends within the day, or drops one.
func (w *world) timetable() {
	name := fmt.Sprintf("duty%d", w.rng.IntN(3))
	if w.chance(0.2) {
		w.try(telagent.DropSchedule{By: "root", Name: name})
		return
	}
	s := schedule.Schedule{
		Name: name, From: "2026-11-23", Days: []time.Weekday{time.Monday}, Start: 8*time.Hour + time.Duration(w.rng.IntN(9))*time.Minute,
		Length: time.Duration(1+w.rng.IntN(5)) * time.Minute,
	}
	for _, a := range w.agents {
		if w.chance(0.4) {
			s.Members = append(s.Members, schedule.Member{Agent: a.entry.ID, Number: []string{"", number(a.index, 0), number(a.index, 7)}[w.rng.IntN(3)]})
		}
	}
	w.try(telagent.PutSchedule{By: "root", Schedule: s})
}

// callIn is somebody who calls the access number: mostly an agent who has his PIN.
func (w *world) callIn() {
	if w.over() {
		return
	}
	w.after(w.between(20*time.Second, 3*time.Minute), w.callIn)
	trunk := w.trunkFor("")
	if trunk == "" {
		return
	}
	a := w.agents[w.rng.IntN(len(w.agents))]
	l := w.newLeg(&leg{id: call.LegID(w.id()), inbound: true, trunk: trunk, caller: a})
	w.seen["calls the access number"]++
	from := []string{number(a.index, 0), number(a.index, 7), "", number(a.index, 8)}[w.pick(5, 2, 1, 1)]
	w.tell(l, signalling, call.Invited{Leg: l.id, From: call.Party{Number: from}, To: accessNumber, Source: call.Source{Trunk: trunk}})
	w.during(l, w.between(time.Second, 90*time.Second), func() { w.leave(l) })
}

// atMenu is what a caller of the access number keys when he is told something.
func (w *world) atMenu(l *leg, told call.Prompt) {
	if w.chance(0.1) {
		return // he was not listening
	}
	keys := ""
	switch told {
	case call.EnterID:
		keys = l.caller.entry.PhoneID + "#"
		if w.chance(0.1) {
			keys = "77#"
		}
	case call.EnterPIN, call.WrongPIN:
		keys = pin + "#"
		if w.chance(0.25) {
			keys = "1234#"
		}
	case call.Menu, call.MenuTeam:
		keys = string("123459*78"[w.rng.IntN(9)])
	case call.SwitchTeam:
		keys = string("1*"[w.rng.IntN(2)])
	default:
		return
	}
	after := w.between(200*time.Millisecond, 3*time.Second)
	for _, key := range keys {
		w.press(l, string(key), after)
		after += w.between(30*time.Millisecond, 400*time.Millisecond)
	}
}

// code is an agent who keys a code in a call on his phone.
func (w *world) code(l *leg) {
	w.seen["code in a call"]++
	after := time.Duration(0)
	for _, key := range []string{"*70", "*73", "*74", "*75", "*71", "*7", "*99"}[w.rng.IntN(7)] {
		w.press(l, string(key), after)
		after += w.between(50*time.Millisecond, 900*time.Millisecond)
	}
}

// isHangUpCode tells whether a key may be the last one of the code that hangs up for an agent.
func isHangUpCode(e call.Event) bool {
	d, ok := e.(call.Digit)
	return ok && d.Key == "0"
}
