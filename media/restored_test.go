package media

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestAConferenceMusicAndAHoldAreAfterARestartWhatTheyWere(t *testing.T) {
	s := conference(t)
	s.w.Do(call.Join{A: "a", B: "b"})
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "b"}})
	s.w.Do(call.Park{Leg: "d", Audio: call.Music})
	s.arrives("h", "0 101", "a=sendonly")
	s.run(time.Second)
	s.dies(time.Second, time.Second)
	before := map[call.LegID]int{}
	for _, id := range []call.LegID{"a", "b", "c", "d", "h"} {
		before[id] = s.sentTo(id)
	}
	s.run(time.Second)
	s.expectLevel("after", "a", "b")
	s.expectLevel("after", "b", "a")
	s.expectLevel("after", "c", "a", "b")
	for _, id := range []call.LegID{"a", "b", "c", "d"} {
		s.expectGoesOn(id, 0, before[id])
	}
	if s.sentTo("h") != 0 {
		t.Error("who holds us is sent audio")
	}
	packets, at := s.rtp("d")
	last := len(packets) - 1
	want, _ := s.w.library.loop(call.Music, "").frame(pcma, at[last], 160)
	if !bytes.Equal(packets[last].payload(), want) {
		t.Error("the music is at another place than the clock says")
	}

	// The Floor's orders say again what is so; who heard nobody new does not notice.
	marks := map[call.LegID]int{}
	for _, id := range []call.LegID{"a", "b", "c", "d"} {
		marks[id] = s.sentTo(id)
	}
	s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"b"}})
	s.w.Do(call.Hear{Leg: "b", From: []call.LegID{"a"}})
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "b"}})
	s.w.Do(call.Park{Leg: "d", Audio: call.Music})
	s.run(time.Second)
	for id, mark := range marks {
		packets, _ := s.rtp(id)
		expectOneStream(t, packets[before[id]:])
		if slices.ContainsFunc(packets[mark:], func(p packet) bool { return p.marker }) {
			t.Errorf("%s: a marker after an order that changes nothing", id)
		}
	}
	s.expectLevel("after the orders", "c", "a", "b")
}

func TestALegIsReportedSilentOrHeardAfterARestartAsIfItHadJustBegun(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.arrives("a", "0 101")
	talker := s.talks("c", 0x11)
	s.run(2 * time.Second)
	s.expectSaid("1000 Silent a")
	s.said = nil
	s.dies(0, 10*time.Second)
	s.run(time.Second - time.Millisecond)
	s.expectSaid("12000 Heard c") // and nobody is cut off for the time without us
	s.said = nil
	s.run(50 * time.Millisecond)
	s.expectSaid("13000 Silent a")
	talker.quiet = true
	s.run(time.Second)
	if len(s.said) != 2 {
		t.Errorf("said %q", s.said)
	}
}

func TestAKeyThatWasToldIsNotToldAgainAfterARestart(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	press := func(sequence uint16, duration byte) {
		s.receive("c", farAt("c"), rtpPacket(101, false, sequence, 8000, 5, []byte{1, 0x80, 0, duration}))
	}
	press(1, 160)
	s.dies(0, 200*time.Millisecond)
	press(2, 160) // its end is sent three times
	press(3, 160)
	for _, said := range s.said {
		if said == "200 Digit c 1" {
			t.Errorf("said %q", s.said)
		}
	}
	if !slices.Contains(s.said, "0 Digit c 1") {
		t.Errorf("said %q", s.said)
	}
}

func TestReportsGoOnCountingAfterARestart(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.talks("c", 0x11)
	s.run(10 * time.Second)
	was, _ := s.w.Quality("c")
	s.dies(0, 500*time.Millisecond)
	s.run(10 * time.Second)
	is, _ := s.w.Quality("c")
	if is.Sent.Packets < was.Sent.Packets+490 || is.Received.Packets != was.Received.Packets+500 {
		t.Errorf("%+v after %+v", is, was)
	}
	if lost := is.Received.Lost; lost < 24 || lost > 26 { // what came while nobody listened
		t.Errorf("%d packets lost over half a second", lost)
	}
	if is.Received.JitterMost > was.Received.JitterMost+time.Millisecond {
		t.Errorf("jitter of %v after %v: the restart is none", is.Received.JitterMost, was.Received.JitterMost)
	}
}

func TestALegThatIsRestoredAloneGoesOnWithItsPeerWhenThatComes(t *testing.T) {
	s := conversation(t)
	s.run(time.Second)
	var states []LegState
	for _, l := range *s.w.legs.Load() {
		states = append(states, stateOf(t, s.w, l.id))
	}
	s.restarts(states[:1], 100*time.Millisecond)
	id := states[0].Leg
	l := must(s.w.find(id))
	before := len(s.links[uint16(l.port)].sent)
	s.run(300 * time.Millisecond)
	if sent := len(s.links[uint16(l.port)].sent) - before; sent != 0 {
		t.Errorf("%d packets while its peer is awaited", sent)
	}
	for _, state := range states[1:] {
		if err := s.w.Restore(state); err != nil {
			t.Fatal(err)
		}
	}
	s.run(500 * time.Millisecond)
	if after, _ := s.w.Snapshot(id); after.Offset != states[0].Offset || !after.Mapped {
		t.Errorf("its peer's stream is mapped by %d, was %d", after.Offset, states[0].Offset)
	}
}

func TestChangesOfALegAreToldOnceEachAndOnlyIfThereAreAny(t *testing.T) {
	s := newStage(t)
	s.w.changed = make(chan call.LegID, 100)
	told := func() (ids []call.LegID) {
		for len(s.w.changed) > 0 {
			ids = append(ids, <-s.w.changed)
		}
		return ids
	}
	s.arrives("c", "0 101")
	s.run(20 * time.Millisecond)
	if ids := told(); !slices.Equal(ids, []call.LegID{"c"}) {
		t.Errorf("told %v", ids)
	}
	s.talks("c", 0x11)
	s.run(5 * time.Second)
	if ids := told(); len(ids) != 0 {
		t.Errorf("told %v, and nothing changed but the streams", ids)
	}
	_, _ = s.w.Snapshot("c")
	must(s.w.find("c")).slot.stream.sequence += aheadToTell + 1 // more than any phone makes us send
	s.run(20 * time.Millisecond)
	if ids := told(); !slices.Contains(ids, "c") {
		t.Errorf("told %v though far more was sent than is supposed", ids)
	}
	_, _ = s.w.Snapshot("c")
	s.run(time.Second)
	_ = told()
	s.w.Do(call.Park{Leg: "c", Audio: call.Music})
	s.run(20 * time.Millisecond)
	if ids := told(); !slices.Equal(ids, []call.LegID{"c"}) {
		t.Errorf("told %v", ids)
	}
}
