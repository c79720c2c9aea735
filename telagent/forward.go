package telagent

import "telagent-gateway/call"

// forward gives a customer, who is with no agent and in no line, to whoever answers at a number; he hears music until
// then. If nobody does, he goes back to his queue on top.
func (f *Floor) forward(v *visit, number string) {
	f.mix(v)
	f.forwardTo(&guest{visit: v, number: number, mode: Conference})
}

// forwardTo rings a number outside for a customer, as far as it may be rung now.
func (f *Floor) forwardTo(g *guest) {
	var targets []call.Target
	for _, n := range f.open([]string{g.number}) {
		targets = append(targets, call.Target{Device: call.PSTN, Number: n})
	}
	f.inviteAt(g, [][]call.Target{targets})
}
