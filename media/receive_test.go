package media

import (
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestALegThatFallsSilentIsReportedOnceAndWhenItIsHeardAgain(t *testing.T) {
	s := newStage(t)
	s.answers("a", "", "0 101")
	talker := s.talks("a", 0x11)
	s.run(500 * time.Millisecond)
	talker.quiet = true
	s.run(5 * time.Second)
	talker.quiet = false
	s.run(500 * time.Millisecond)
	talker.quiet = true
	s.run(2 * time.Second)
	s.expectSaid("1480 Silent a", "5500 Heard a", "6980 Silent a")
}

func TestRingTimeAndTheTimeBeforeTheFirstPacketAreNotSilence(t *testing.T) {
	s := newStage(t)
	if _, err := s.w.Offer("a", "", Terms{}); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Accept("a", description("a", "0 101")); err != nil { // early media
		t.Fatal(err)
	}
	talker := s.talks("a", 0x11)
	s.run(200 * time.Millisecond)
	talker.quiet = true
	s.run(25 * time.Second)
	s.expectSaid()
	s.w.Established("a")
	s.run(990 * time.Millisecond)
	s.expectSaid()
	s.run(20 * time.Millisecond)
	s.expectSaid("26200 Silent a")
}

func TestALegOnHoldIsNotSilentAndHasItsFullTimeAfterwards(t *testing.T) {
	for _, hold := range []string{"a=sendonly", "a=inactive", "a=recvonly", "c=IN IP4 0.0.0.0"} {
		s := newStage(t)
		s.answers("a", "", "0 101")
		talker := s.talks("a", 0x11)
		s.run(500 * time.Millisecond)
		talker.quiet = true
		if _, err := s.w.Answer("a", description("a", "0 101", hold), Terms{}); err != nil {
			t.Fatal(err)
		}
		s.run(time.Minute)
		if _, err := s.w.Answer("a", description("a", "0 101"), Terms{}); err != nil {
			t.Fatal(err)
		}
		s.run(1100 * time.Millisecond)
		if hold == "a=recvonly" { // it does not talk but listens: no hold
			s.expectSaid("61500 Silent a")
			continue
		}
		s.expectSaid("500 Held a", "60500 Resumed a", "61500 Silent a")
	}
}

func TestHoldIsReportedWhenItChangesAndOnlyThen(t *testing.T) {
	s := newStage(t)
	for _, way := range []string{"a=sendrecv", "a=sendonly", "a=sendonly", "a=inactive", "a=recvonly", "a=inactive", "a=sendrecv"} {
		if _, err := s.w.Answer("a", description("a", "0 101", way), Terms{}); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Second)
		s.collect()
	}
	s.expectSaid("2000 Held a", "5000 Resumed a", "6000 Held a", "7000 Resumed a")
}

func TestPacketsFromElsewhereAreDroppedAndCounted(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.talks("a", 0x11)
	s.run(100 * time.Millisecond)
	for i, from := range []string{"10.0.0.97:4001", "10.0.0.96:4000", "127.0.0.1:4000"} {
		for n := range uint16(10) {
			s.receive("a", netip.MustParseAddrPort(from), tonePacket(400, uint32(n)+uint32(i)*100))
		}
	}
	s.run(10 * time.Millisecond)
	s.receive("a", farAt("a"), []byte("no RTP at all"))
	s.receive("a", farAt("a"), rtpPacket(33, false, 1, 1, 1, make([]byte, 160)))
	if s.hears("c") != 0x11 {
		t.Errorf("customer hears %x", s.hears("c"))
	}
	stats, _ := s.w.Stats("a")
	if stats.Foreign != 30 || stats.Broken != 1 || stats.Unknown != 1 {
		t.Errorf("counters %+v", stats)
	}
}

func TestALegBehindANATIsLatchedOntoItsSignallingAddressAlone(t *testing.T) {
	outside := netip.MustParseAddr("203.0.113.5")
	port := func(n uint16) netip.AddrPort { return netip.AddrPortFrom(outside, n) }
	latched := func(told bool, wait time.Duration, from ...netip.AddrPort) netip.AddrPort {
		s := newStage(t)
		if told {
			s.w.Behind("c", outside)
		}
		s.arrives("c", "0 101")
		s.run(wait)
		for i, a := range from {
			s.receive("c", a, tonePacket(400, uint32(i)))
			s.run(20 * time.Millisecond)
		}
		state, _ := s.w.Snapshot("c")
		return state.Latched
	}
	nobody := netip.AddrPort{}
	stranger := netip.MustParseAddrPort("198.51.100.1:6000")
	for name, c := range map[string]struct{ got, want netip.AddrPort }{
		"three packets":             {latched(true, 0, port(6000), port(6000), port(6000)), port(6000)},
		"two packets":               {latched(true, 0, port(6000), port(6000)), nobody},
		"two sources in turn":       {latched(true, 0, port(6000), port(6001), port(6000), port(6001), port(6000)), nobody},
		"not told":                  {latched(false, 0, port(6000), port(6000), port(6000)), nobody},
		"a stranger":                {latched(true, 0, stranger, stranger, stranger, stranger), nobody},
		"too late":                  {latched(true, 6*time.Second, port(6000), port(6000), port(6000)), nobody},
		"two of which neither goes": {latched(true, 0, port(6000), port(6000), port(6000), port(6001), port(6000), port(6001), port(6000), port(6001)), nobody},
		"the port described":        {latched(true, 0, port(6000), port(6000), port(6000), port(4000), port(6000), port(4000), port(4000), port(4000)), port(4000)},
		"it stays":                  {latched(true, 0, port(4000), port(4000), port(4000), port(6001), port(6001), port(6001)), port(4000)},
		"a stranger in the midst":   {latched(true, 0, port(6000), stranger, port(6000), stranger, port(6000)), port(6000)},
	} {
		if c.got != c.want {
			t.Errorf("%s: latched onto %v, want %v", name, c.got, c.want)
		}
	}
}

func TestALatchedLegIsSentItsAudioAndReportsWhereItIs(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.w.Behind("c", netip.MustParseAddr("203.0.113.5"))
	from := netip.MustParseAddrPort("203.0.113.5:6000")
	for i := range uint32(3) {
		s.receive("c", from, tonePacket(400, i))
		s.run(20 * time.Millisecond)
	}
	s.run(8 * time.Second)
	rtp, rtcp := s.links[30000].sent, s.links[30001].sent
	if to := rtp[len(rtp)-1].to; to != from {
		t.Errorf("audio goes to %s", to)
	}
	if to := rtcp[len(rtcp)-1].to; to != netip.MustParseAddrPort("203.0.113.5:6001") {
		t.Errorf("reports go to %s", to)
	}
	if _, err := s.w.Answer("c", []byte(head+"m=audio 7000 RTP/AVP 0\r\n"), Terms{}); err != nil {
		t.Fatal(err)
	}
	if state, _ := s.w.Snapshot("c"); state.Latched.IsValid() {
		t.Errorf("still latched onto %s after it moved", state.Latched)
	}
}
