//go:build !race

// The race detector drops a part of what a sync.Pool keeps, and the library of SRTP keeps its hashes there.

package media

import "testing"

func TestForwardingAPacketAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(1000, forwarder(t)); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	for _, s := range offeredSuites {
		if n := testing.AllocsPerRun(1000, resealer(t, s, 2000)); n != 0 {
			t.Errorf("%v allocations a packet that is opened and sealed with %s", n, s)
		}
	}
}
