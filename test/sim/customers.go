package sim

import (
	"fmt"
	"time"

	"telagent-gateway/call"
)

// arrive lets one customer call, and the next one after a while.
func (w *world) arrive() {
	if w.over() {
		return
	}
	gap := w.exp(w.gap)
	if w.chance(0.05) {
		gap += time.Minute // a quiet time, in which a crash finds nobody
	}
	w.after(gap, w.arrive)
	trunk := w.trunkFor("")
	if trunk == "" {
		return
	}
	w.invites++
	l := w.newLeg(&leg{id: call.LegID(w.id()), inbound: true, trunk: trunk})
	to := w.queues[w.rng.IntN(len(w.queues))].Numbers[0]
	source := call.Source{Trunk: trunk}
	switch w.pick(92, 4, 4) {
	case 1:
		to = "+49800999"
	case 2:
		l.trunk, source = "", call.Source{AOR: names[w.agents[w.rng.IntN(len(w.agents))].index]}
	}
	w.tell(l, signalling, call.Invited{
		Leg: l.id, From: call.Party{Number: fmt.Sprintf("+49170%04d", w.invites)}, To: to, Source: source,
	})
	w.visit(l)
}

// visit decides how long a customer stays, and what he does meanwhile.
func (w *world) visit(l *leg) {
	if w.mishap(0.04) {
		w.seen["cancelled at once"]++
		w.during(l, w.between(0, 30*time.Millisecond), func() { w.leave(l) })
		return
	}
	w.during(l, w.exp(70*time.Second), func() { w.leave(l) })
	for w.mishap(0.4) {
		w.during(l, w.exp(30*time.Second), func() { w.fidget(l) })
	}
}

// leave is the customer's end of the call, wherever it stands.
func (w *world) leave(l *leg) {
	switch {
	case l.state == alerting:
		w.end(l, call.HungUp, call.Cancelled, 0)
	case w.mishap(0.2):
		w.end(l, call.LegLost, call.Lost, 408)
	default:
		w.end(l, call.HungUp, call.Normal, 0)
	}
}

// fidget is something that a customer does and that may change nothing for him.
func (w *world) fidget(l *leg) {
	if l.state != up {
		return
	}
	switch w.pick(2, 2, 3) {
	case 0:
		w.hold(l, w.exp(5*time.Second))
	case 1:
		w.falter(l, w.exp(5*time.Second))
	case 2:
		w.press(l, "1", 0)
	}
}
