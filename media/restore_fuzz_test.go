package media

import (
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/call"
)

// FuzzLegState: whatever the store gives back, it is refused or goes on as a leg that can be described, spoken with and kept
// again.
func FuzzLegState(f *testing.F) {
	s := quietStage(&testing.T{})
	for _, id := range []call.LegID{"c", "a", "m"} {
		state, _ := s.w.Snapshot(id)
		f.Add(must(state.Encode()))
	}
	sealed, _, _ := sealedPair(&testing.T{}, gcm128)
	sealed.talks("c", 0x11)
	sealed.run(time.Second)
	state, _ := sealed.w.Snapshot("c")
	f.Add(must(state.Encode()))
	state.Way, state.Path = DTLS, PathState{Fragment: "frag", Password: "password", FarFragment: "farf", FarPassword: "other", Fingerprints: []string{"sha-256 AA"}}
	f.Add(must(state.Encode()))
	f.Fuzz(func(t *testing.T, body []byte) {
		state, err := DecodeLeg(body)
		if err != nil {
			return
		}
		s := newStage(t)
		if s.now = state.Taken; s.now.Year() < 2000 || s.now.Year() > 2100 {
			s.now = start
		}
		if s.w.Restore(state) != nil {
			return
		}
		kept, ok := s.w.Snapshot(state.Leg)
		if !ok {
			t.Fatal("a restored leg has no state")
		}
		if _, err := kept.Encode(); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			s.now = s.now.Add(tick)
			s.w.tick(s.now, s.buf)
		}
		l := must(s.w.find(state.Leg))
		s.w.receive(l, s.now, state.FarRTP, rtpPacket(0, false, 1, 1, 1, make([]byte, 160)))
		s.w.receive(l, s.now, state.Latched, make([]byte, 40))
		s.w.receiveReport(l, s.now, netip.AddrPort{}, make([]byte, 40))
		s.w.Do(call.Join{A: state.Leg, B: "b"})
		_, _ = s.w.Current(state.Leg) // whatever it says
		_, _ = s.w.Answer(state.Leg, description("c", "0 8 101"), Terms{})
		s.w.Release(state.Leg)
	})
}
