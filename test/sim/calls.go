package sim

import (
	"fmt"
	"time"

	"telagent-gateway/call"
)

const help = "112"

// outside invents a number that is nobody's of the house: mostly one that may be dialled.
func (w *world) outside() string {
	switch w.pick(20, 1, 1) {
	case 1:
		return "+12125550100" // no rule allows it
	case 2:
		return "+499001234567" // costs too much
	}
	return fmt.Sprintf("+49171%07d", 1000000+w.rng.IntN(1000000))
}

// handset is a phone of an agent that he may dial with.
func (w *world) handset(a *agent) string {
	name := names[a.index]
	for _, aor := range []string{name, name + "-desk"}[w.pick(3, 1):] {
		if w.bound[aor] && (aor == name || a.entry.DeskPhone != "") {
			return aor
		}
	}
	return ""
}

// standing returns a leg of an agent that is up, of a phone that is registered with us; nil: none.
func (w *world) standing(a *agent) *leg {
	var best *leg
	for _, l := range w.legs {
		if l.state == up && !l.ordered && l.aor() != "" && owner(l.target) == names[a.index] && (best == nil || l.serial < best.serial) {
			best = l
		}
	}
	return best
}

// aor is the registered phone at the end of a leg; empty: it is none.
func (l *leg) aor() string { return l.target.AOR }

// dials lets a phone of an agent call us.
func (w *world) dials(aor, to string, replaces call.LegID) *leg {
	device := call.Softphone
	if aor != owner(call.Target{AOR: aor}) {
		device = call.DeskPhone
	}
	l := w.newLeg(&leg{id: call.LegID(w.id()), inbound: true, target: call.Target{Device: device, AOR: aor}})
	w.tell(l, signalling, call.Invited{
		Leg: l.id, From: call.Party{Number: aor}, To: to, Source: call.Source{AOR: aor}, Replaces: replaces,
	})
	w.during(l, w.exp(12*time.Second), func() {
		if l.state == alerting {
			w.seen["dialler gave up"]++
			w.end(l, call.HungUp, call.Cancelled, 0)
		}
	})
	return l
}

// phone is an agent who does something with his phone, and the next thing after a while.
func (w *world) phone(a *agent) {
	if w.over() {
		return
	}
	w.after(w.between(4*time.Second, 40*time.Second), func() { w.phone(a) })
	aor := w.handset(a)
	if aor == "" {
		return
	}
	l := w.standing(a)
	switch {
	case w.chance(0.08):
		w.published(aor)
	case l == nil || w.chance(0.1):
		w.dials(aor, w.callee(a), "")
	default:
		w.atWork(a, l)
	}
}

// callee is whom an agent dials.
func (w *world) callee(a *agent) string {
	other := names[w.rng.IntN(len(w.agents))]
	switch w.pick(30, 40, 16, 5, 3, 3, 2) {
	case 0:
		return other
	case 1:
		return w.outside()
	case 2:
		return []string{"*71", "*72", "*73", "*74", "*75", "*76", "*79", "*731"}[w.rng.IntN(8)]
	case 3:
		w.seen["call for help"]++
		return help
	case 4:
		return other + "-desk"
	case 5:
		return w.queues[0].Numbers[0]
	}
	return []string{names[a.index], "nobody", "*99", ""}[w.rng.IntN(4)]
}

// atWork is what somebody does with the phone that he talks on: he asks a colleague, hands the call on, or takes it to
// another phone.
func (w *world) atWork(a *agent, l *leg) {
	switch w.pick(4, 4, 2, 1) {
	case 0:
		w.asksByPhone(a, l)
	case 1:
		w.refer(l, w.heir(), "")
	case 2: // picks up what rings at a colleague
		for _, r := range w.sorted() {
			if r.state == alerting && !r.inbound && owner(r.target) != "" {
				w.dials(l.aor(), "", r.id)
				return
			}
		}
	case 3: // takes his own call to another phone
		if aor := w.handset(a); aor != "" && aor != l.aor() {
			w.dials(aor, "", l.id)
		}
	}
}

// asksByPhone is the second call of a phone, which holds the first; then it is left to itself, handed over, or given up.
func (w *world) asksByPhone(a *agent, l *leg) {
	w.hold(l, w.between(10*time.Second, 40*time.Second))
	w.during(l, w.between(0, time.Second), func() {
		to := w.callee(a)
		if to == help {
			return
		}
		second := w.dials(l.aor(), to, "")
		w.seen["second call"]++
		second.then = func() {
			w.during(second, w.exp(8*time.Second), func() {
				switch w.pick(3, 2, 2, 1, 1) {
				case 0:
					w.refer(l, "", second.id)
				case 1:
					w.refer(second, "", l.id)
				case 2:
					w.end(second, call.HungUp, call.Normal, 0)
				case 3:
					w.end(l, call.HungUp, call.Normal, 0)
				}
			})
		}
	})
}

// heir is to whom a call is handed on.
func (w *world) heir() string {
	switch w.pick(5, 4, 3, 1) {
	case 0:
		return names[w.rng.IntN(len(w.agents))]
	case 1:
		q := w.queues[w.rng.IntN(len(w.queues))]
		return []string{q.Name, q.Numbers[0]}[w.rng.IntN(2)]
	case 2:
		return w.outside()
	}
	return "nobody"
}

// refer is a phone's REFER. It sends no second one before the first is done (the wire refuses it).
func (w *world) refer(l *leg, to string, with call.LegID) {
	if l.state != up || l.deaf || l.referring {
		return
	}
	if with != "" {
		if other := w.legs[with]; other == nil || other.state != up {
			return
		}
	}
	l.referring = true
	w.tell(l, signalling, call.Referred{Leg: l.id, To: to, With: with})
}

// published is what a phone says of its user.
func (w *world) published(aor string) {
	w.seen["published"]++
	e := call.Published{AOR: aor, Status: []string{"available", "not_ready", "on_break", "away", "asleep"}[w.pick(5, 2, 2, 1, 1)]}
	if e.Status == "on_break" {
		e.Reason = "tea"
	}
	w.tellPhone(aor, e)
}

// dialOutside lets the phone of somebody outside ring: most answer, stay for a while and are customers like others.
func (w *world) dialOutside(l *leg) {
	w.ring(l)
	soon := w.between(300*time.Millisecond, 5*time.Second)
	switch w.pick(70, 8, 8, 6, 3) {
	case 0:
		w.during(l, w.exp(4*time.Second), func() { w.answer(l) })
	case 1:
		w.during(l, soon, func() { w.fail(l, call.Busy, 486) })
	case 2:
		w.during(l, 90*time.Second, func() { w.fail(l, call.NoAnswer, 480) })
	case 3:
		w.during(l, soon, func() { w.fail(l, call.Declined, 603) })
	case 4:
		w.during(l, soon, func() { w.fail(l, call.TrunkFault, 503) })
	}
}

// record is what the audio wire makes of an order about a recording.
func (w *world) record(a call.Record) {
	l := w.legs[a.Leg]
	if l == nil || l.state != up {
		if l == nil || l.tape != "" {
			return
		}
		w.tell(l, audio, call.Recorded{Leg: a.Leg, File: a.File}) // the leg is over: nothing is written
		return
	}
	switch {
	case a.Now == call.Off:
		w.tapeEnds(l, "")
	case l.tape == "" && a.Now == call.On && !l.taped:
		l.tape, l.taped = a.File, true
		if w.mishap(0.1) {
			w.during(l, w.exp(20*time.Second), func() { w.tapeEnds(l, "the disk is full") })
		}
	}
}

// tapeEnds reports the end of a leg's recording, once.
func (w *world) tapeEnds(l *leg, problem string) {
	if l.tape == "" {
		return
	}
	e := call.Recorded{Leg: l.id, File: l.tape, Length: time.Second, Problem: problem}
	l.tape = ""
	w.tell(l, audio, e)
}
