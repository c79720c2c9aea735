package api

import (
	"math/rand/v2"
	"testing"
)

// FuzzAPI is the same without an end, for longer runs: who asks, for what and with which values comes from the fuzzer.
func FuzzAPI(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*13), uint8(seed), seed%2 == 0)
	}
	s, d := newStage(f, "127.32.8.1"), read(f)
	operations, callers := d.operations(), []string{"", "ana", "sally", "boss", "root"}
	f.Fuzz(func(t *testing.T, seed uint64, which, who uint8, twisted bool) {
		s.t = t
		op, caller := operations[int(which)%len(operations)], callers[int(who)%len(callers)]
		m := &maker{d: d, rnd: rand.New(rand.NewPCG(seed, uint64(which)))}
		before := s.shielded(caller)
		s.ask(d, op, m.request(op, twisted), caller, map[string]int{})
		s.restoreAfter(op, caller, before)
	})
}
