package telagent

import "telagent-gateway/call"

// forward gives a customer, who is with no agent and in no line, to whoever answers at a number; he hears music until
// then. If nobody does, he goes back to his queue on top.
func (f *Floor) forward(v *visit, number string) {
	g := &guest{visit: v, number: number, mode: Conference}
	var targets []call.Target
	for _, n := range f.open([]string{number}) {
		targets = append(targets, call.Target{Device: call.PSTN, Number: n})
	}
	f.mix(v)
	f.inviteAt(g, [][]call.Target{targets})
}
