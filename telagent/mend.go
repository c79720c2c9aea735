package telagent

import (
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Mend is called after a step that panicked, which is a bug: it may have stopped half-way. Every call that it left
// unsound is ended, and whoever is in no call any more is free. What is sound goes on.
func (f *Floor) Mend(now time.Time) Outcome {
	f.begin(now)
	for _, id := range sortedKeys(f.calls) {
		v, sound := f.calls[id], true
		f.checkCall(v, func(ok bool, _ string, _ ...any) { sound = sound && ok })
		if !sound {
			f.endCall(v, call.Broken, "system")
		}
	}
	for _, id := range sortedKeys(f.agents) {
		a := f.agents[id]
		if v := a.visit; v == nil || f.calls[v.id] == v && (v.owner == a || v.offerTo(a) != nil || a.guest != nil && slices.Contains(v.guests, a.guest)) {
			continue
		}
		a.visit, a.guest, a.move, a.Presence.Activity = nil, nil, nil, presence.Idle
		f.settled(a)
	}
	return f.end()
}
