package sim

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// pin is everybody's. What would be its hash is itself here.
const pin = "4711"

// asksPIN tells whether a prompt asks for a PIN.
func asksPIN(p call.Prompt) bool {
	return p == call.EnterPIN || p == call.EnterPINFirst || p == call.WrongPIN
}

// takes is a person who wants the call: he presses the key, or keys in his PIN, sometimes a wrong one first, or too many of
// them.
func (w *world) takes(l *leg, asked call.Prompt, after time.Duration) {
	if !asksPIN(asked) {
		w.press(l, "1", after)
		return
	}
	digits := pin + "#"
	switch w.pick(8, 2, 1, 1) {
	case 1:
		digits = "0815#"
		l.asked = func(again call.Prompt) { w.takes(l, again, time.Second) }
	case 2:
		digits = "0#1#2#"
	case 3:
		digits = "99*" + digits // he takes the first two back
	}
	for _, key := range digits {
		after += w.between(50*time.Millisecond, 600*time.Millisecond)
		w.press(l, string(key), after)
	}
}

// declines is a person who does not want it.
func (w *world) declines(l *leg, asked call.Prompt, after time.Duration) {
	if asksPIN(asked) {
		w.press(l, "*", after)
		return
	}
	w.press(l, "2", after)
}

// verify checks a PIN, after a while; by then the leg may be gone.
func (w *world) verify(v call.Verify) {
	w.seen["verify"]++
	crashes := w.crashes
	w.agenda.add(w.now+w.between(20*time.Millisecond, 300*time.Millisecond), func() {
		if w.crashes == crashes {
			w.handle(call.Verified{Leg: v.Leg, Right: v.Hash == v.Secret && v.Hash != ""})
		}
	})
}

// policy is a supervisor who decides beforehand what becomes of a team in an outage.
func (w *world) policy() {
	w.try(telagent.PutPolicy{By: w.bosses[w.rng.IntN(len(w.bosses))].Name, Policy: telagent.Policy{
		Team: []string{"support", "sales"}[w.rng.IntN(2)], CutOff: telagent.CutOffRule(w.pick(1, 3)), Grace: w.between(0, 10*time.Second),
		PhoneSignOn: w.chance(0.6),
	}})
}
