package telagent

import (
	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// located notes from where an address of record is reached.
func (f *Floor) located(e call.Located) {
	f.where[e.AOR] = e.Address
	if a := f.agents[e.AOR]; a != nil {
		f.touch(a)
	}
}

// missed takes a sign of life that did not come.
func (f *Floor) missed(call.Missed) {}

// seen takes a sign of life.
func (f *Floor) seen(call.Seen) {}

// isLost says whether an agent who is signed on by softphone has lost it, as far as the evidence goes: he is cut off in a
// call, or nothing is heard of it while he is in none.
func (f *Floor) isLost(a *agent) bool {
	if a.Presence.Reach != presence.BySoftphone || a.Presence.Then() == presence.Offline {
		return false
	}
	return a.Presence.Activity == presence.CutOff
}
