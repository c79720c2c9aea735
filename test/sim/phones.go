package sim

import (
	"time"

	"telagent-gateway/call"
)

// session is when the signalling wire takes a leg as lost whose far side does not answer a refresh of the dialog any more (RFC
// 4028). Of two colleagues who vanished both nobody waits for the other, so nothing else ends their call.
const session = 30 * time.Minute

// dial lets a leg of the Floor ring somewhere.
func (w *world) dial(l *leg) {
	if l.target.Device == call.PSTN {
		w.dialNumber(l)
		return
	}
	if !w.bound[l.target.AOR] {
		w.during(l, w.between(0, 40*time.Millisecond), func() { w.fail(l, call.Unreachable, 480) })
		return
	}
	w.ring(l)
	soon := w.between(200*time.Millisecond, 4*time.Second)
	switch w.pick(80, 7, 4, 3, 2, 2, 2) {
	case 0:
		w.during(l, w.exp(2500*time.Millisecond), func() { w.answer(l) })
	case 1:
		w.during(l, w.between(45*time.Second, 90*time.Second), func() { w.fail(l, call.NoAnswer, 480) })
	case 2:
		w.during(l, soon, func() { w.fail(l, call.Declined, 603) })
	case 3:
		w.during(l, soon, func() { w.fail(l, call.Busy, 486) })
	case 4:
		w.during(l, soon, func() { w.fail(l, call.Unreachable, 404) })
	case 5:
		w.during(l, soon, func() { w.fail(l, call.Unacceptable, 488) })
	case 6:
		w.during(l, soon, func() { w.phoneGoes(l.target.AOR) })
		w.during(l, 40*time.Second, func() { w.fail(l, call.Unreachable, 408) })
	}
}

// dialNumber lets somebody's phone in the telephone network ring: the person, his voicemail, or nobody.
func (w *world) dialNumber(l *leg) {
	l.trunk = l.target.Trunk
	if w.trunkFor(l.target.Trunk) == "" || w.chance(0.04) {
		w.during(l, w.between(0, time.Second), func() { w.turnAway(l) })
		return
	}
	if owner(l.target) == "" {
		w.dialOutside(l)
		return
	}
	w.ring(l)
	soon := w.between(300*time.Millisecond, 5*time.Second)
	answer := func() { w.during(l, w.exp(4*time.Second), func() { w.answer(l) }) }
	switch w.pick(45, 7, 6, 12, 8, 8, 4, 4, 3, 3, 3) {
	case 0: // takes the call
		l.asked = func(p call.Prompt) { w.takes(l, p, w.between(0, 7*time.Second)) }
		answer()
	case 1: // declines by key
		l.asked = func(p call.Prompt) { w.declines(l, p, w.between(0, 7*time.Second)) }
		answer()
	case 2: // mistypes first
		l.asked = func(p call.Prompt) {
			w.press(l, []string{"5", "#", "0"}[w.rng.IntN(3)], time.Second)
			w.takes(l, p, w.between(time.Second, 5*time.Second))
		}
		answer()
	case 3: // voicemail: answers, talks and never presses
		w.seen["voicemail"]++
		w.during(l, w.between(3*time.Second, 12*time.Second), func() { w.answer(l) })
		w.during(l, 70*time.Second, func() { w.end(l, call.HungUp, call.Normal, 0) })
	case 4:
		w.seen["phone busy"]++
		w.during(l, soon, func() { w.fail(l, call.Busy, 486) })
	case 5:
		w.during(l, 90*time.Second, func() { w.fail(l, call.NoAnswer, 480) })
	case 6:
		w.during(l, soon, func() { w.fail(l, call.Declined, 603) })
	case 7: // hangs up while he is asked
		w.seen["hung up in the prompt"]++
		l.asked = func(call.Prompt) { w.during(l, soon, func() { w.end(l, call.HungUp, call.Normal, 0) }) }
		answer()
	case 8:
		w.seen["trunk fault"]++
		w.during(l, soon, func() { w.fail(l, call.TrunkFault, 503) })
	case 9: // so fast that the key comes before the answer, and never again
		w.seen["key before answer"]++
		w.during(l, w.exp(4*time.Second), func() {
			w.answer(l)
			if l.state == up {
				w.press(l, "1", 0)
			}
		})
		w.during(l, 60*time.Second, func() { w.end(l, call.HungUp, call.Normal, 0) })
	case 10: // lost while he is asked
		l.asked = func(call.Prompt) { w.during(l, soon, func() { w.end(l, call.LegLost, call.Lost, 408) }) }
		answer()
	}
}

// turnAway is a trunk that does not take a leg. Until the Floor says which one is next, it holds its channel.
func (w *world) turnAway(l *leg) {
	if !l.ordered {
		w.seen["turned away"]++
		w.tell(l, signalling, call.TurnedAway{Leg: l.id, Status: 503})
	}
}

// reroute lets a leg that was turned away ring over another trunk, or fail.
func (w *world) reroute(a call.Reroute) {
	l := w.legs[a.Leg]
	switch {
	case l == nil || l.state != alerting || l.ordered:
	case a.Trunk == "":
		w.during(l, w.between(0, time.Second), func() { w.fail(l, call.TrunkFault, 503) })
	default:
		w.seen["rerouted"]++
		l.target.Trunk = a.Trunk
		w.dialNumber(l)
	}
}

// trunkFor returns a trunk that can carry one more leg; a named one or any.
func (w *world) trunkFor(name string) string {
	for _, t := range w.settings.Trunks {
		if (name == "" || name == t.Name) && w.up[t.Name] && (t.Channels == 0 || w.carried(t.Name) < t.Channels) {
			return t.Name
		}
	}
	return ""
}

func (w *world) ring(l *leg) {
	if w.chance(0.85) {
		w.during(l, w.between(20*time.Millisecond, 400*time.Millisecond), func() {
			if l.state == alerting {
				w.tell(l, signalling, call.Ringing{Leg: l.id})
				if w.chance(0.3) {
					w.tell(l, signalling, call.Ringing{Leg: l.id, Audio: true})
				}
			}
		})
	}
}

func (w *world) answer(l *leg) {
	if l.state != alerting {
		return
	}
	l.state = up
	w.tell(l, signalling, call.Answered{Leg: l.id})
	if l.ordered {
		// RFC 3261 §9.1: the answer crossed the CANCEL; the wire acknowledges it and ends it.
		w.seen["late answer"]++
		w.during(l, w.between(0, 50*time.Millisecond), func() { w.end(l, call.HungUp, call.Normal, 0) })
		return
	}
	if owner(l.target) == "" {
		w.visit(l)
		return
	}
	w.live(l)
}

func (w *world) press(l *leg, key string, after time.Duration) {
	w.during(l, after, func() { w.tell(l, audio, call.Digit{Leg: l.id, Key: key}) })
}

// live lets the next thing happen to an established agent's leg, and then the next.
func (w *world) live(l *leg) {
	w.during(l, w.exp(35*time.Second), func() {
		n := w.pick(40, 15, 12, 12, 12, 9)
		if n > 0 && !w.chance(0.3+w.nasty) {
			n = 6
		}
		switch n {
		case 0:
			w.end(l, call.HungUp, call.Normal, 0)
		case 1: // a bad moment of the network
			w.falter(l, w.exp(4*time.Second))
		case 2: // gone without a word
			w.seen["vanished"]++
			l.deaf = true
			w.mute(l)
			if w.chance(0.6) {
				w.during(l, w.between(5*time.Second, 50*time.Second), func() { w.end(l, call.LegLost, call.Lost, 408) })
			}
			w.during(l, session, func() { w.end(l, call.LegLost, call.Lost, 408) })
			w.phoneGoes(l.target.AOR)
			return
		case 3:
			w.end(l, call.LegLost, call.Lost, 481)
		case 4:
			w.hold(l, w.exp(8*time.Second))
		case 5:
			if l.target.Device != call.Softphone && w.chance(0.5) {
				w.code(l)
			} else {
				w.press(l, []string{"1", "2", "9", "*"}[w.rng.IntN(4)], 0)
			}
		}
		w.live(l)
	})
}

// mute lets a leg fall silent; the wire notices after its second.
func (w *world) mute(l *leg) {
	l.mute = true
	w.during(l, time.Second, func() {
		if l.mute && !l.held {
			w.tell(l, audio, call.Silent{Leg: l.id})
		}
	})
}

// falter is silence that passes.
func (w *world) falter(l *leg, d time.Duration) {
	if l.mute || l.held || l.deaf {
		return
	}
	w.mute(l)
	w.during(l, d, func() {
		l.mute = false
		if d > time.Second {
			w.tell(l, audio, call.Heard{Leg: l.id})
		}
	})
}

// hold is the far side's hold and, mostly, its end.
func (w *world) hold(l *leg, d time.Duration) {
	if l.mute || l.held {
		return
	}
	l.held = true
	w.seen["hold"]++
	w.tell(l, signalling, call.Held{Leg: l.id})
	w.during(l, d, func() {
		l.held = false
		w.tell(l, signalling, call.Resumed{Leg: l.id})
	})
}

// phoneTurns registers a phone, or takes it away for a while, over and over.
func (w *world) phoneTurns(aor string) {
	if w.over() {
		return
	}
	if !w.bound[aor] {
		w.register(aor)
		w.after(w.between(30*time.Second, 10*time.Minute), func() { w.phoneTurns(aor) })
		return
	}
	if w.chance(w.nasty) {
		w.phoneGoes(aor)
	}
	w.later(30*time.Second, func() { w.phoneTurns(aor) })
}

func (w *world) register(aor string) {
	if !w.bound[aor] {
		w.bound[aor] = true
		if a := w.agentNamed(aor); a != nil {
			w.tellPhone(aor, call.Located{AOR: aor, Address: a.address()})
		}
		w.tellPhone(aor, call.Bound{AOR: aor})
	}
}

// agentNamed returns the agent whose softphone an address of record is; nil: nobody's.
func (w *world) agentNamed(aor string) *agent {
	for _, a := range w.agents {
		if a.entry.ID == aor {
			return a
		}
	}
	return nil
}

// tellPhone brings what a registrar noticed to the Floor, in order for each phone.
func (w *world) tellPhone(aor string, e call.Event) {
	at := max(w.now+w.delay(), w.told[aor])
	w.told[aor] = at
	crashes := w.crashes
	w.agenda.add(at, func() {
		if w.crashes == crashes {
			w.handle(e)
		}
	})
}

// phoneGoes takes a registered phone away; legs on it may fall silent, or live on for their flow does.
func (w *world) phoneGoes(aor string) {
	if !w.bound[aor] {
		return
	}
	w.bound[aor] = false
	w.tellPhone(aor, call.Unbound{AOR: aor})
	w.later(30*time.Second, func() { w.register(aor) })
}

// trunkTurns takes a trunk up, or down for a while, over and over.
func (w *world) trunkTurns(name string) {
	if w.over() {
		return
	}
	if w.up[name] {
		w.up[name] = false
		w.handle(call.TrunkDown{Trunk: name, Problem: "no answer to OPTIONS"})
		w.later(20*time.Second, func() { w.trunkTurns(name) })
		return
	}
	w.up[name] = true
	w.handle(call.TrunkUp{Trunk: name})
	w.after(w.between(20*time.Second, 20*time.Minute), func() { w.trunkTurns(name) })
}
