package media

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"telagent-gateway/call"
)

// Packets of any length reach who hears their leg alone as they are, unless he takes only shorter ones; the clock of his
// stream and of the sound is one.
func TestARelayedPacketKeepsItsLengthUnlessItIsTooLongForWhoHearsIt(t *testing.T) {
	for _, c := range []struct {
		sends int // ms in a packet
		wants string
		gets  int // ms in a packet
	}{
		{10, "a=ptime:20", 10},
		{20, "a=ptime:30", 20},
		{30, "a=ptime:20", 30},
		{40, "a=ptime:10", 40},
		{60, "a=ptime:20", 60},
		{120, "a=ptime:20", 120},
		{20, "a=maxptime:10", 10},
		{30, "a=maxptime:20", 20}, // and 10
		{60, "a=maxptime:20", 20},
		{60, "a=maxptime:40", 40}, // and 20
		{60, "a=maxptime:60", 60},
		{20, "a=maxptime:150", 20},
		{20, "a=maxptime:2", 10},
		{20, "a=maxptime:x", 20},
	} {
		name := fmt.Sprintf("%d ms to %s", c.sends, c.wants)
		s := newStage(t)
		s.arrives("c", "0 101", c.wants)
		s.answers("a", "c", "0 101")
		s.w.Do(call.Join{A: "c", B: "a"})
		s.talks("a", 0x33).frame = c.sends * 8
		s.run(500 * time.Millisecond)
		before, _ := s.w.Stats("c")
		was, _ := s.rtp("c")
		s.run(2400 * time.Millisecond)
		after, _ := s.w.Stats("c")
		if after.Filled != before.Filled || after.Late != before.Late {
			t.Errorf("%s: %d packets of silence, %d dropped", name, after.Filled-before.Filled, after.Late-before.Late)
		}
		packets, _ := s.rtp("c")
		expectOneStream(t, packets)
		samples, longest := 0, 0
		for _, p := range packets[len(was):] {
			n := len(p.payload())
			samples, longest = samples+n, max(longest, n)
			for _, b := range p.payload() {
				if b != 0x33 {
					t.Fatalf("%s: heard %x", name, b)
				}
			}
		}
		if samples != 2400*8 || longest != c.gets*8 {
			t.Errorf("%s: %d samples in packets of up to %d", name, samples, longest)
		}
	}
}

func TestOwnAudioIsNoLongerThanTheFarSideTakes(t *testing.T) {
	for attributes, want := range map[string]int{
		"a=maxptime:10": 80, "a=ptime:40\r\na=maxptime:30": 240, "a=ptime:30\r\na=maxptime:240": 240, "a=maxptime:15": 80, "a=maxptime:5": 80,
	} {
		s := newStage(t)
		s.arrives("c", "0 101", attributes)
		s.run(200 * time.Millisecond)
		packets, _ := s.rtp("c")
		if n := len(packets[len(packets)-1].payload()); n != want {
			t.Errorf("%q: %d samples a packet, want %d", attributes, n, want)
		}
	}
}

func TestPacketsOfEveryLengthAreMixedWithoutGaps(t *testing.T) {
	for _, ms := range []int{10, 20, 30, 40, 60, 120} {
		s := newStage(t)
		for _, id := range []call.LegID{"a", "b", "c"} {
			s.arrives(id, "0 101")
		}
		s.talks("a", 0x20).frame = ms * 8
		s.talks("b", 0xff)
		s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "b"}})
		s.run(time.Second)
		was, _ := s.rtp("c")
		s.run(4 * time.Second)
		packets, _ := s.rtp("c")
		for i, p := range packets[len(was):] {
			for _, b := range p.payload() {
				if d := int(linear[pcmu][b]) - int(linear[pcmu][0x20]); d > 200 || d < -200 {
					t.Fatalf("%d ms: packet %d has %x", ms, i, b)
				}
			}
		}
	}
}

func TestAnEventIsNotCutIntoPieces(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101", "a=maxptime:10")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(100 * time.Millisecond)
	was, _ := s.rtp("c")
	s.press("a", pressed{1, 1000, 5, false, 160, true}, pressed{2, 1000, 5, true, 480, false})
	packets, _ := s.rtp("c")
	events := 0
	for _, p := range packets[len(was):] {
		if p.payloadType == 101 && len(p.payload()) == 4 {
			events++
		}
	}
	if events != 2 {
		t.Errorf("%d packets of the event were sent on", events)
	}
}

func TestAPacketIsCutToAnEndAlsoIfTheFarSideTakesAnyLengthMeanwhile(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0", "a=maxptime:20")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(100 * time.Millisecond)
	from, _ := s.w.find("a")
	to, _ := s.w.find("c")
	p, _ := parse(rtpPacket(0, false, 1, 480, 7, bytes.Repeat([]byte{0x33}, 480)))
	p.kind = pcmuKind
	most, fits := to.slot.fits(&p)
	if fits {
		t.Fatal("a packet of 60 ms fits into 20 ms")
	}
	to.slot.most.Store(0) // a re-INVITE, in the middle of the packet
	was, _ := s.rtp("c")
	from.passPieces(s.now, &to.slot, &p, int(most))
	if packets, _ := s.rtp("c"); len(packets) != len(was)+3 {
		t.Errorf("%d pieces", len(packets)-len(was))
	}
}
