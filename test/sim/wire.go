package sim

import (
	"time"

	"telagent-gateway/call"
)

// The two wires. Events of one leg and one wire keep their order; between the wires there is none.
const (
	signalling = iota
	audio
)

// legState is what is true of a leg out there, which the Floor learns later.
type legState uint8

const (
	alerting legState = iota // invited or dialled, not answered
	up
	over
)

// leg is a leg in truth: what the wires and the person at its end know.
type leg struct {
	id      call.LegID
	inbound bool
	target  call.Target
	trunk   string // that carries it; empty: none
	state   legState
	ordered bool // the Floor has ordered its end
	deaf    bool // the far side is gone: it answers nothing any more
	mute    bool // sends no audio, though it should
	held    bool
	caller  *agent            // who calls the access number by it; nil: it is no such call
	round   int               // of the prompt that plays; a later one or a Join ends the earlier
	told    [2]time.Duration  // when the last Event of each wire gets to the Floor
	asked   func(call.Prompt) // what the person does when he is asked; once; nil: nothing
	then    func()            // what the person does when his own call is answered; nil: nothing
	serial  int               // legs are counted

	kept bool // what is needed to go on with it was committed before the gateway ended

	referring bool   // it sent a REFER and was not told how it ended
	tape      string // the file that it is recorded into; empty: none
	taped     bool   // it was recorded once
}

// tell brings an Event of a leg to the Floor after its wire's delay.
func (w *world) tell(l *leg, wire int, e call.Event) {
	at := max(w.now+w.delay(), l.told[wire])
	if w.life == down {
		return // there is no wire
	}
	l.told[wire] = at
	crashes := w.crashes
	w.agenda.add(at, func() {
		if w.crashes == crashes { // else the wire that would have reported it is gone
			w.handle(e)
		}
	})
}

// delay is how long an Event is on its way: mostly short, now and then as long as the seed allows.
func (w *world) delay() time.Duration {
	if w.chance(0.2) {
		return w.between(0, w.jitter)
	}
	return w.between(0, time.Millisecond)
}

// during puts down what happens to a leg after d, if it still lives then.
func (w *world) during(l *leg, d time.Duration, f func()) {
	w.after(d, func() {
		if l.state != over {
			f()
		}
	})
}

// end is the one end of an established or inbound leg. In nasty seeds both sides' BYE are reported now and then.
func (w *world) end(l *leg, how call.How, cause call.Cause, status int) {
	if l.state == over {
		return
	}
	l.state = over
	w.tapeEnds(l, "")
	e := call.Ended{Leg: l.id, How: how, Cause: cause, Status: status}
	w.tell(l, signalling, e)
	if w.mishap(0.05) {
		w.seen["double end"]++
		w.tell(l, signalling, e)
	}
}

// fail is the one end of a dialled leg that came to nothing.
func (w *world) fail(l *leg, cause call.Cause, status int) {
	if l.state != alerting {
		return
	}
	l.state = over
	w.tell(l, signalling, call.Failed{Leg: l.id, Cause: cause, Status: status})
}

// perform is both wires at once.
func (w *world) perform(a call.Action) {
	switch a := a.(type) {
	case call.Dial:
		w.dial(w.newLeg(&leg{id: a.Leg, target: a.Target}))
	case call.Reroute:
		w.reroute(a)
	case call.Answer:
		if l := w.legs[a.Leg]; l != nil && l.state == alerting {
			w.taken(l)
		}
	case call.Reject:
		if l := w.legs[a.Leg]; l != nil && l.state == alerting {
			w.end(l, call.HungUp, a.Cause, 0)
		}
	case call.Hangup:
		if l := w.legs[a.Leg]; l != nil && l.state != over && !l.ordered {
			l.ordered = true
			w.hangUp(l)
		}
	case call.Join:
		w.silencePrompt(a.A)
		w.silencePrompt(a.B)
	case call.Hear:
		w.silencePrompt(a.Leg)
	case call.Record:
		w.record(a)
	case call.Progress:
		if l := w.legs[a.Leg]; l != nil && a.Done {
			l.referring = false
		}
	case call.Verify:
		w.verify(a)
	case call.Ring:
	case call.Swap:
		w.silencePrompt(a.Old)
		w.silencePrompt(a.New)
	case call.Park:
		w.silencePrompt(a.Leg)
	case call.Say:
		w.prompt(a.Leg, a.Prompt)
		if l := w.legs[a.Leg]; l != nil && l.caller != nil {
			w.atMenu(l, a.Prompt)
		}
	case call.Ask:
		w.prompt(a.Leg, a.Prompt)
		if l := w.legs[a.Leg]; l != nil && l.asked != nil {
			does := l.asked
			l.asked = nil
			does(a.Prompt)
		}
	}
}

// newLeg keeps a leg.
func (w *world) newLeg(l *leg) *leg {
	l.serial = len(w.legs)
	w.legs[l.id] = l
	return l
}

// taken is the answer to an inbound leg: an agent's phone that called lives on from here, a customer's does already.
func (w *world) taken(l *leg) {
	l.state = up
	if l.aor() == "" {
		return
	}
	if l.then != nil {
		l.then()
	}
	w.live(l)
}

// hangUp is what the signalling wire and the far side make of a Hangup.
func (w *world) hangUp(l *leg) {
	switch {
	case l.state == alerting && l.inbound:
		w.end(l, call.HungUp, call.Normal, 0)
	case l.state == alerting && w.chance(0.15):
		w.later(300*time.Millisecond, func() { w.answer(l) })
	case l.state == alerting:
		cause := []call.Cause{call.Cancelled, call.NoAnswer}[w.pick(3, 1)]
		wait := w.between(0, 200*time.Millisecond)
		if w.mishap(0.05) {
			wait = 32 * time.Second // nobody answers the CANCEL: our timer ends it
		}
		w.after(wait, func() { w.fail(l, cause, 487) })
	case l.deaf:
		w.during(l, 32*time.Second, func() { w.end(l, call.LegLost, call.Lost, 408) })
	default:
		w.during(l, w.between(0, 200*time.Millisecond), func() { w.end(l, call.HungUp, call.Normal, 0) })
	}
}

func (w *world) silencePrompt(id call.LegID) {
	if l := w.legs[id]; l != nil {
		l.round++
	}
}

// prompt plays a sentence of some seconds and reports its end unless something else is heard by then.
func (w *world) prompt(id call.LegID, p call.Prompt) {
	l := w.legs[id]
	if l == nil || l.state != up {
		return
	}
	l.round++
	round := l.round
	w.during(l, w.between(time.Second, 4*time.Second), func() {
		if l.round == round {
			w.tell(l, audio, call.Played{Leg: l.id, Prompt: p})
		}
	})
}

// carried counts the legs that a trunk carries, in truth.
func (w *world) carried(trunk string) int {
	n := 0
	for _, l := range w.legs {
		if l.state != over && l.trunk == trunk {
			n++
		}
	}
	return n
}
