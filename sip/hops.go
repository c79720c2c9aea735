package sip

import (
	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// mostHops is how far a request of ours goes.
//
// RFC 3261 §20.22
const mostHops = 70

// came keeps how many hops a caller's INVITE had left, as long as the leg lives, if it came a long way.
func (l *leg) came(req *sip.Request) {
	if hops := req.MaxForwards(); hops != nil && hops.Val() < mostHops {
		w := l.q.w
		w.mu.Lock()
		defer w.mu.Unlock()
		w.hops[l.id] = hops.Val()
	}
}

// hopsFor is the Max-Forwards of a call that is made for a leg: one less than it came with, so that a call which comes back to
// us again and again ends.
//
// RFC 7332 §4
func (w *Wire) hopsFor(near call.LegID) *sip.MaxForwardsHeader {
	w.mu.Lock()
	defer w.mu.Unlock()
	hops := sip.MaxForwardsHeader(mostHops)
	if left, far := w.hops[near]; far {
		hops = sip.MaxForwardsHeader(max(left, 1) - 1)
	}
	return &hops
}
