package telagent

import (
	"cmp"
	"slices"

	"telagent-gateway/call"
)

// missingLegs hangs up legs that no call knows, and takes as lost what the signalling wire does not have any more: lines that
// stood by before anybody is given back to one, then customers, whose calls are over with them. Nothing is ordered about a leg
// that is not there.
func (f *Floor) missingLegs(has []call.LegID) {
	there := map[call.LegID]bool{}
	for _, id := range slices.Sorted(slices.Values(has)) {
		if there[id] = true; f.legs[id] == nil {
			f.act(call.Hangup{Leg: id, Cause: call.Lost})
		}
	}
	gone := slices.DeleteFunc(f.keeping.taken, func(l *leg) bool { return there[l.id] })
	f.keeping.taken = nil
	slices.SortStableFunc(gone, func(a, b *leg) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.id, b.id))
	})
	for _, l := range gone {
		f.legEvent(call.Ended{Leg: l.id, How: call.LegLost, Cause: call.Lost})
	}
	f.out.Actions = slices.DeleteFunc(f.out.Actions, func(a call.Action) bool {
		return slices.ContainsFunc(about(a), func(id call.LegID) bool {
			return slices.ContainsFunc(gone, func(l *leg) bool { return l.id == id })
		})
	})
}

// rank is the order in which missing legs count as lost.
func (l *leg) rank() int {
	if l.visit == nil {
		return -1
	}
	return int(l.seat)
}

// about returns the legs that an order is about.
func about(a call.Action) []call.LegID {
	switch a := a.(type) {
	case call.Ring:
		return []call.LegID{a.Leg}
	case call.Answer:
		return []call.LegID{a.Leg}
	case call.Reject:
		return []call.LegID{a.Leg}
	case call.Dial:
		return []call.LegID{a.Leg}
	case call.Reroute:
		return []call.LegID{a.Leg}
	case call.Hangup:
		return []call.LegID{a.Leg}
	case call.Join:
		return []call.LegID{a.A, a.B}
	case call.Hear:
		return append([]call.LegID{a.Leg}, a.From...)
	case call.Swap:
		return []call.LegID{a.Old, a.New}
	case call.Park:
		return []call.LegID{a.Leg}
	case call.Say:
		return []call.LegID{a.Leg}
	case call.Ask:
		return []call.LegID{a.Leg}
	case call.Verify:
		return []call.LegID{a.Leg}
	case call.Record:
		return []call.LegID{a.Leg}
	case call.Progress:
		return []call.LegID{a.Leg}
	}
	return nil
}
