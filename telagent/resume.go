package telagent

import (
	"slices"
	"time"

	"telagent-gateway/call"
)

// Resume goes on where State.Live was left, and is called once, before anything else is asked of a Floor that was made
// with it. legs are those that the signalling wire took up: a leg that no call knows is hung up, one that a call misses
// counts as lost. What everybody hears is ordered anew; what was being tried is tried anew or given up; what fell due
// meanwhile happens now, once and in its order.
//
// From here on the wires report as if they had just begun: whose silence is known and who is heard is Heard again, and an
// address of record whose contact was taken up is Bound again.
func (f *Floor) Resume(now time.Time, legs []call.LegID) Outcome {
	f.begin(now)
	for _, id := range slices.Sorted(slices.Values(legs)) {
		if f.legs[id] == nil {
			f.act(call.Hangup{Leg: id, Cause: call.Lost})
		}
	}
	return f.end()
}
