package media

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// pressed is one packet of a key press, as its far side sends it.
type pressed struct {
	seq      uint16
	ts       uint32
	key      byte
	end      bool
	duration uint16
	marker   bool
}

func (s *stage) press(id call.LegID, presses ...pressed) {
	for _, p := range presses {
		payload := []byte{p.key, 10, 0, 0}
		if p.end {
			payload[1] |= 0x80
		}
		binary.BigEndian.PutUint16(payload[2:], p.duration)
		s.receive(id, farAt(id), rtpPacket(101, p.marker, p.seq, p.ts, 7, payload))
	}
}

func TestEveryKeyPressIsToldOnceHoweverItsPacketsArrive(t *testing.T) {
	for name, c := range map[string]struct {
		presses []pressed
		want    string
	}{
		"as sent": {[]pressed{
			{1, 1000, 1, false, 160, true},
			{2, 1000, 1, false, 320, false},
			{3, 1000, 1, true, 480, false},
			{4, 1000, 1, true, 480, false},
			{5, 1000, 1, true, 480, false},
		}, "1"},
		"the first ones lost": {[]pressed{{3, 1000, 11, true, 480, false}, {4, 1000, 11, true, 480, false}}, "#"},
		"the last ones lost, the same key again": {[]pressed{
			{1, 1000, 2, false, 160, true}, {2, 1000, 2, false, 320, false}, {6, 3000, 2, false, 160, true}, {7, 3000, 2, true, 320, false},
		}, "2 2"},
		"the last ones lost and the next first too": {[]pressed{{1, 1000, 2, false, 160, true}, {7, 3000, 2, true, 320, false}}, "2 2"},
		"out of order": {[]pressed{
			{2, 1000, 3, false, 320, false}, {1, 1000, 3, false, 160, true}, {4, 1000, 3, true, 480, false}, {3, 1000, 3, false, 400, false},
		}, "3"},
		"late ends of the last key": {[]pressed{
			{1, 1000, 4, false, 160, true}, {4, 3000, 5, false, 160, true}, {2, 1000, 4, true, 480, false}, {3, 1000, 4, true, 480, false}, {5, 3000, 5, true, 160, false},
		}, "4 5"},
		"a key held for longer than the field": {[]pressed{
			{1, 1000, 6, false, 160, true}, {2, 1000, 6, false, 0xffff, false}, {3, 1000 + 0xffff, 6, false, 160, false}, {4, 1000 + 0xffff, 6, true, 400, false},
		}, "6"},
		"all keys": {[]pressed{
			{1, 0, 0, true, 9, true}, {2, 1e3, 9, true, 9, true}, {3, 2e3, 10, true, 9, true}, {4, 3e3, 11, true, 9, true}, {5, 4e3, 12, true, 9, true}, {6, 5e3, 15, true, 9, true},
		}, "0 9 * # A D"},
		"a hook flash is no key":    {[]pressed{{1, 1000, 16, true, 160, true}}, ""},
		"a modem tone is no key":    {[]pressed{{1, 1000, 32, true, 160, true}}, ""},
		"timestamps that go around": {[]pressed{{1, 0xffffff00, 7, true, 160, true}, {2, 0x00000800, 8, true, 160, true}, {3, 0xffffff00, 7, true, 160, false}}, "7 8"},
	} {
		s := newStage(t)
		s.arrives("c", "0 101")
		s.press("c", c.presses...)
		var keys []string
		for _, line := range s.said {
			if key, ok := strings.CutPrefix(line, "0 Digit c "); ok {
				keys = append(keys, key)
			}
		}
		if got := strings.Join(keys, " "); got != c.want {
			t.Errorf("%s: told %q, want %q", name, got, c.want)
		}
	}
}

func TestAFloodOfKeysIsCutOff(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	for i := range uint16(1000) {
		s.press("c", pressed{i, uint32(i) * 10, byte(i % 10), true, 5, true})
	}
	if len(s.said) != keysPerSecond {
		t.Errorf("%d keys told", len(s.said))
	}
	s.now = s.now.Add(time.Second)
	s.press("c", pressed{2000, 50_000, 1, true, 5, true})
	if len(s.said) != keysPerSecond+1 {
		t.Error("a key is not told a second later")
	}
}

func TestAKeyIsSentOnWithThePeersNumberAndItsTimestampContinues(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 96", "a=rtpmap:96 telephone-event/8000")
	s.answers("a", "c", "0 101")
	talker := s.talks("a", 0x11)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(200 * time.Millisecond)
	talker.quiet = true
	before, _ := s.rtp("c")
	ts := talker.ts
	for i := range uint16(8) { // 160 ms, then three times its end
		s.pressOf(talker, pressed{talker.seq, ts, 5, i >= 5, min((i+1)*160, 960), i == 0})
		s.run(20 * time.Millisecond)
	}
	talker.quiet = false
	s.run(100 * time.Millisecond)
	packets, _ := s.rtp("c")
	events := 0
	for i, p := range packets[1:] {
		was := packets[i]
		if p.sequence != was.sequence+1 || p.ssrc != was.ssrc || int32(p.ts-was.ts) < 0 {
			t.Errorf("packet %d: %d at %d after %d at %d", i+1, p.sequence, p.ts, was.sequence, was.ts)
		}
		if p.payloadType != 96 {
			continue
		}
		events++
		if want := before[len(before)-1].ts + 160; p.ts != want || p.marker != (events == 1) {
			t.Errorf("event packet %d has timestamp %d (want %d), marker %v", events, p.ts, want, p.marker)
		}
	}
	if events != 8 {
		t.Errorf("%d event packets sent on", events)
	}
	if last := packets[len(packets)-1]; last.payload()[0] != 0x11 || last.ts-before[len(before)-1].ts != 13*160 {
		t.Errorf("after the key: %x, %d ticks on", last.payload()[0], last.ts-before[len(before)-1].ts)
	}
}

// pressOf is press with the SSRC of a feed.
func (s *stage) pressOf(f *feed, p pressed) {
	payload := []byte{p.key, 10, 0, 0}
	if p.end {
		payload[1] |= 0x80
	}
	binary.BigEndian.PutUint16(payload[2:], p.duration)
	s.receive(f.leg, farAt(f.leg), rtpPacket(101, p.marker, p.seq, p.ts, f.ssrc, payload))
}

func TestTheKeyThatTakesACallIsNotHeardByTheCustomer(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.answers("p", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.w.Do(call.Ask{Leg: "p", Prompt: call.PressOne})
	s.run(100 * time.Millisecond)
	s.press("p", pressed{1, 1000, 1, false, 160, true})
	s.expectSaid("100 Digit p 1")
	s.w.Do(call.Swap{Old: "a", New: "p"})
	s.press("p", pressed{2, 1000, 1, false, 320, false}, pressed{3, 1000, 1, true, 480, false}, pressed{4, 1000, 1, true, 480, false})
	s.run(100 * time.Millisecond)
	s.press("p", pressed{5, 1000, 1, true, 480, false})
	s.press("p", pressed{9, 9000, 2, true, 480, true}) // the next one is meant for him
	packets, _ := s.rtp("c")
	var heard []byte
	for _, p := range packets {
		if p.payloadType == 101 {
			heard = append(heard, p.payload()[0])
		}
	}
	if len(heard) != 1 || heard[0] != 2 {
		t.Errorf("customer got keys %v", heard)
	}
}

func TestAKeyGoesToWhoHeardItsBeginningOrToNobody(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.arrives("d", "0 101")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.press("a", pressed{1, 1000, 1, false, 160, true})
	s.w.Do(call.Join{A: "d", B: "a"})
	s.press("a", pressed{2, 1000, 1, true, 320, false})
	s.w.Do(call.Say{Leg: "d", Prompt: call.Requeued})
	s.press("a", pressed{3, 3000, 2, false, 160, true})
	s.run(8 * time.Second) // the sentence is over
	s.press("a", pressed{4, 3000, 2, true, 320, false})
	for id, want := range map[call.LegID]int{"c": 1, "d": 0} {
		packets, _ := s.rtp(id)
		got := 0
		for _, p := range packets {
			if p.payloadType == 101 {
				got++
			}
		}
		if got != want {
			t.Errorf("leg %s got %d event packets, want %d", id, got, want)
		}
	}
}

func TestAKeyForAFarSideWithoutTelephoneEventIsNotSent(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.press("a", pressed{1, 1000, 1, false, 160, true})
	s.run(50 * time.Millisecond)
	packets, _ := s.rtp("c")
	for _, p := range packets {
		if p.payloadType != 0 {
			t.Errorf("sent a packet of type %d", p.payloadType)
		}
	}
	s.expectSaid("0 Digit a 1")
}

func TestAKeyThatGoesOnAcrossAParkDoesNotTurnTheStreamBack(t *testing.T) {
	s := conversation(t)
	s.press("a", pressed{1, 1000, 1, false, 160, true})
	s.w.Do(call.Park{Leg: "c", Audio: call.Music})
	s.run(200 * time.Millisecond)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.press("a", pressed{2, 1000, 1, true, 1600, false})
	packets, _ := s.rtp("c")
	for i := 1; i < len(packets); i++ {
		if step := int32(packets[i].ts - packets[i-1].ts); step < 0 {
			t.Errorf("packet %d: timestamp goes on by %d", i, step)
		}
	}
}
