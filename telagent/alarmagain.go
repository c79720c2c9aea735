package telagent

import (
	"cmp"
	"slices"
	"strings"

	"telagent-gateway/presence"
)

// Alarms live no longer than the process, so after a restart those are raised again whose cause goes on. What the wires
// report anew, and what is wrong with what agents talk on (see watch), brings its own.

// alarmAgain raises those about an agent.
func (f *Floor) alarmAgain(a *agent) {
	is, to := a.Presence.Reason(), a.Presence.Pending
	if is == presence.ReasonRNA {
		a.missed = true
		f.alarmed(a)
	}
	if is == presence.ReasonDeviceLost || to != nil && to.Reason == presence.ReasonDeviceLost {
		f.alarmDevice(a)
	}
	for _, target := range sortedKeys(a.Presence.Sightings) {
		if s := a.Presence.Sightings[target]; f.isMachine(s) {
			f.alarmMachine(a, target, s)
		}
	}
}

// alarmLocks raises those about too many wrong PINs.
func (f *Floor) alarmLocks() {
	var locked []guesser
	for who := range f.guesses {
		if f.isLocked(who) {
			locked = append(locked, who)
		}
	}
	slices.SortFunc(locked, func(a, b guesser) int { return strings.Compare(a.String(), b.String()) })
	for _, who := range locked {
		f.alarmLocked(who, f.guesses[who])
	}
}

// alarmCall raises those about a call.
func (f *Floor) alarmCall(v *visit) {
	raise := func(code, subject, sentence string) {
		f.say(AlarmRaised{Time: f.now, Code: code, Subject: subject, Team: v.team, Sentence: sentence})
	}
	if from := v.record.From; v.emergency {
		raise("emergency_call", from.Number, cmp.Or(from.Name, from.Number)+" calls "+v.to+".")
	}
	for _, g := range v.guests {
		switch {
		case g.emergency && v.owner != nil:
			raise("emergency_call", v.owner.ID, v.owner.Name+" calls "+g.number+".")
		case g.helps != "":
			raise("emergency_call", g.helps, g.helps+"'s call is connected with "+g.number+".")
		}
	}
	if v.recording.alarm {
		raise("recording", string(v.id), "A call is not recorded.")
	}
}
