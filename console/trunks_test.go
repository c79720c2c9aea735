package console

import "testing"

func TestATrunkShowsItsTargetAndItsLastProblemInWords(t *testing.T) {
	f := newFloor()
	at := start
	f.trunks = []Trunk{{
		Name: "carrier", Since: at, Registration: "registered", Target: "udp:198.51.100.8:5060", ProblemAt: at,
		Problem: "a call was refused with 503 by udp:198.51.100.7:5060",
		Targets: []Target{{Address: "udp:198.51.100.7:5060", Problem: "it does not answer"}, {Address: "udp:198.51.100.8:5060", Up: true}},
	}}
	c := newConsole(t, f.options())
	var got trunksAnswer
	answer := ask(c, "GET", prefix+"/trunks", "", as(tokenFor(t, c, "boss"))...).Body
	if decodeInto(t, answer.Bytes(), &got.Body); len(got.Body.Trunks) != 1 {
		t.Fatalf("answer %s", answer)
	}
	s := got.Body.Trunks[0]
	if s.Registration != "registered" || s.Target != "udp:198.51.100.8:5060" || len(s.Targets) != 2 || s.Targets[0].Up || s.Problem != f.trunks[0].Problem ||
		s.ProblemAt == nil || !s.ProblemAt.Equal(at) || s.Since == nil || !s.Up || s.Channels != 30 {
		t.Errorf("shown %s", answer)
	}
}
