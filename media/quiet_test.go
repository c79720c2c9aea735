package media

import (
	"bytes"
	"testing"
	"time"

	"telagent-gateway/call"
)

// hushes sends what RFC 3389 asks of a phone whose agent listens, once, and then nothing.
func (s *stage) hushes(id call.LegID, f *feed) {
	f.quiet = true
	s.receive(id, farAt(id), rtpPacket(comfortType, false, f.seq, f.ts, f.ssrc, []byte{70}))
	f.seq++
}

func TestAPhoneThatSaysThatItIsSilentIsNotTakenForCutOff(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	f := s.talks("a", 0x33)
	s.talks("c", 0x44)
	s.run(time.Second)
	s.hushes("a", f)
	s.run(20 * time.Second)
	s.hushes("a", f) // an update
	s.run(20 * time.Second)
	s.expectSaid()
	packets, at := s.rtp("c")
	expectOneStream(t, packets)
	if gap := longestGap(at); gap > 80*time.Millisecond {
		t.Errorf("the customer heard nothing for %v", gap)
	}
	if heard := s.hears("c"); heard != silentBytes[pcmu] {
		t.Errorf("the customer hears %x while the agent is silent", heard)
	}
	if stats, _ := s.w.Stats("a"); stats.Unknown != 0 {
		t.Errorf("%d packets of comfort noise are unknown", stats.Unknown)
	}
	f.quiet = false
	s.run(100 * time.Millisecond)
	if heard := s.hears("c"); heard != 0x33 {
		t.Errorf("the customer hears %x when the agent talks again", heard)
	}
	packets, _ = s.rtp("c")
	expectOneStream(t, packets)
	s.expectSaid()
}

func TestAnAnnouncedSilenceEndsWithAudioAndHasABound(t *testing.T) {
	s := newStage(t)
	s.arrives("a", "0 101")
	f := s.talks("a", 0x33)
	s.run(time.Second)
	s.hushes("a", f)
	s.run(time.Second)
	f.quiet = false
	s.run(time.Second)
	f.quiet = true // no announcement: silent after the usual time
	s.run(1500 * time.Millisecond)
	s.expectSaid("3980 Silent a")
	s.hushes("a", f)
	s.run(31 * time.Second)
	s.expectSaid("3980 Silent a", "4500 Heard a", "34500 Silent a")
}

func TestReportsKeepAnAnnouncedSilenceAndTheirEndEndsIt(t *testing.T) {
	s := newStage(t)
	s.arrives("a", "0 101")
	f := s.talks("a", 0x33)
	s.run(time.Second)
	s.hushes("a", f)
	for range 20 {
		s.reports("a")
		s.run(5 * time.Second)
	}
	s.expectSaid()
	s.run(20 * time.Second)
	s.expectSaid("111000 Silent a", "111000 Missed reports a")
}

func TestWhatAFarSideAnnouncedDoesNotHoldForTheOneThatFollowsIt(t *testing.T) {
	s := newStage(t)
	s.arrives("a", "0 101")
	f := s.talks("a", 0x33)
	s.run(time.Second)
	s.hushes("a", f)
	s.run(5 * time.Second)
	moved := bytes.Replace(description("a", "0 101"), []byte("audio 4000"), []byte("audio 5000"), 1)
	if _, err := s.w.Answer("a", moved, Terms{}); err != nil {
		t.Fatal(err)
	}
	s.run(2 * time.Second)
	s.expectSaid("7000 Silent a")
}
