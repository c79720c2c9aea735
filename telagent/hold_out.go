package telagent

import (
	"slices"
	"time"

	"telagent-gateway/call"
)

// A switch whose first number came to nothing goes on to the next one, which may have to wait until the channel of the
// first is free again.

// due returns when the switch is given up, or goes on to the next target.
func (m *move) due() time.Time { return soonest(m.rung.due(), m.until) }

// holdOut lets a switch wait for a channel for the targets that are left, and says whether it does.
func (f *Floor) holdOut(m *move, targets []call.Target) bool {
	if _, cause := f.carrier(); len(targets) == 0 || cause != call.NoCapacity {
		return false
	}
	m.wants, m.until = targets, f.now.Add(f.set.RingTime)
	f.waiters = append(f.waiters, m)
	f.schedule(m.agent.visit)
	f.touch(m.agent)
	return true
}

// goOn rings what a switch waited for a channel for.
func (f *Floor) goOn() {
	for _, m := range slices.Clone(f.waiters) {
		if m.agent.move != m || len(m.wants) == 0 {
			continue
		}
		if f.ringMove(m, [][]call.Target{m.wants}) {
			m.wants, m.until = nil, time.Time{}
			f.schedule(m.agent.visit)
		}
	}
	f.waiters = slices.DeleteFunc(f.waiters, func(m *move) bool { return m.agent.move != m || len(m.wants) == 0 })
}
