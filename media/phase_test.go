package media

import (
	"fmt"
	"testing"
	"time"

	"telagent-gateway/call"
)

// TestWhoIsJoinedIsHeardAtOnceHoweverTheTwoClocksStand lets the customer talk with one, hear two mixed, and then the other
// alone, with the packets of both at every millisecond of a frame.
func TestWhoIsJoinedIsHeardAtOnceHoweverTheTwoClocksStand(t *testing.T) {
	for first := range 20 {
		for second := range 20 {
			t.Run(fmt.Sprintf("%d and %d ms", first, second), func(t *testing.T) {
				s := newStage(t)
				s.arrives("c", "0 101")
				s.answers("a", "c", "0 101")
				s.answers("b", "c", "0 101")
				s.run(100*time.Millisecond + time.Duration(first)*time.Millisecond)
				s.talks("a", 0x11)
				s.w.Do(call.Join{A: "c", B: "a"})
				s.run(200*time.Millisecond + time.Duration(second)*time.Millisecond)
				s.talks("b", 0x22)
				s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "b"}})
				s.run(300 * time.Millisecond)
				s.w.Release("a")
				s.w.Do(call.Join{A: "c", B: "b"})
				s.run(time.Second)
				packets, at := s.rtp("c")
				expectOneStream(t, packets)
				if gap := longestGap(at); gap > 60*time.Millisecond {
					t.Errorf("longest gap %v", gap)
				}
				quiet := 0
				for _, p := range packets[len(packets)-45:] {
					if p.payload()[0] != 0x22 {
						quiet++
					}
				}
				if quiet > 0 {
					t.Errorf("%d of the last 45 packets are not of who is joined", quiet)
				}
			})
		}
	}
}
