package media

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestTheCustomerHearsOneUnbrokenStreamThroughEverySourceThereIs(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.run(100 * time.Millisecond) // comfort
	s.w.Do(call.Park{Leg: "c", Audio: call.Music})
	s.run(333 * time.Millisecond)
	s.answers("a", "c", "0 101")
	s.talks("a", 0x11)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(507 * time.Millisecond)
	s.answers("b", "c", "0 101")
	s.run(13 * time.Millisecond)
	s.talks("b", 0x22)
	s.w.Do(call.Swap{Old: "a", New: "b"})
	s.run(501 * time.Millisecond)
	s.w.Do(call.Say{Leg: "c", Prompt: call.Apology})
	s.run(700 * time.Millisecond)
	s.w.Do(call.Park{Leg: "c", Audio: call.Comfort})
	s.run(209 * time.Millisecond)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(300 * time.Millisecond)
	s.w.Release("a")
	s.run(300 * time.Millisecond)
	s.w.Do(call.Join{A: "c", B: "b"})
	s.run(300 * time.Millisecond)

	packets, at := s.rtp("c")
	expectOneStream(t, packets)
	if gap := longestGap(at); gap > 40*time.Millisecond {
		t.Errorf("longest gap %v", gap)
	}
	passed := at[len(at)-1].Sub(at[0])
	if n, rate := len(packets), int(passed/(20*time.Millisecond)); n < rate-2 || n > rate+8 {
		t.Errorf("%d packets in %v", n, passed)
	}
	// Eight changes of source may each put the stream up to a packet ahead; it comes back to the clock and never runs away.
	first, last := packets[0], packets[len(packets)-1]
	if ahead := int32(last.ts-first.ts) - int32(ticks(passed)); ahead < -320 || ahead > 480 {
		t.Errorf("stream is %d ticks ahead of the clock", ahead)
	}
}

func TestANewSourceBeginsWithAMarker(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.run(100 * time.Millisecond)
	before, _ := s.rtp("c")
	s.talks("a", 0x11)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(100 * time.Millisecond)
	after, _ := s.rtp("c")
	for i, p := range after[1:] {
		if p.marker != (i+1 == len(before)) {
			t.Errorf("packet %d of %d: marker %v", i+1, len(before), p.marker)
		}
	}
}

func TestANewPeerThatIsSlowToSpeakIsFilledInForAndThenHeardWithoutOverlap(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.talks("a", 0x11)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(207 * time.Millisecond)
	s.answers("b", "c", "0 101")
	s.w.Do(call.Swap{Old: "a", New: "b"})
	s.run(103 * time.Millisecond)
	if got := s.hears("c"); got != 0xff {
		t.Errorf("customer hears %x while the new peer is silent", got)
	}
	s.talks("b", 0x22)
	s.run(time.Second)
	packets, at := s.rtp("c")
	expectOneStream(t, packets)
	if gap := longestGap(at); gap > 40*time.Millisecond {
		t.Errorf("longest gap %v", gap)
	}
	if stats, _ := s.w.Stats("c"); stats.Filled < 3 || stats.Filled > 5 || stats.Late != 0 {
		t.Errorf("counters %+v", stats)
	}
	// From its first packet on, the new peer alone is heard, at its own pace.
	spoke, silences := 0, 0
	for _, p := range packets {
		switch {
		case p.payload()[0] == 0x22:
			spoke++
		case spoke > 0:
			silences++
		}
	}
	if spoke != 50 || silences != 0 {
		t.Errorf("%d packets of the new peer, %d of others between", spoke, silences)
	}
}

func TestAPeerThatFallsQuietIsFilledInForAtOnePacketAFrame(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	talker := s.talks("a", 0x11)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(200 * time.Millisecond)
	talker.quiet = true
	s.run(500 * time.Millisecond)
	talker.quiet = false
	s.run(500 * time.Millisecond)
	packets, at := s.rtp("c")
	expectOneStream(t, packets)
	if gap := longestGap(at); gap > 80*time.Millisecond {
		t.Errorf("longest gap %v", gap)
	}
	if n := len(packets); n < 57 || n > 61 {
		t.Errorf("%d packets in 1.2 s", n)
	}
	if stats, _ := s.w.Stats("c"); stats.Late != 0 {
		t.Errorf("counters %+v: packets came back on the grid and must all be heard", stats)
	}
}

func TestOwnAudioIsSentInFramesOfTheLengthThatTheFarSideAsksFor(t *testing.T) {
	for ptime, want := range map[string]int{"10": 80, "20": 160, "30": 240, "40": 320, "60": 480, "25": 160, "x": 160, "-20": 160, "200": 480, "5": 80} {
		s := newStage(t)
		s.arrives("c", "0 101", "a=ptime:"+ptime)
		s.run(time.Second)
		packets, at := s.rtp("c")
		expectOneStream(t, packets)
		if n := len(packets[0].payload()); n != want {
			t.Errorf("ptime %s: %d samples a packet, want %d", ptime, n, want)
		}
		if gap := longestGap(at); ticks(gap) != uint32(want) {
			t.Errorf("ptime %s: a packet every %v", ptime, gap)
		}
	}
}

func TestAudioIsTranslatedWhereTheLegsSpeakDifferentCodecs(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "8 101")
	s.answers("a", "c", "0 101")
	s.talks("a", 0x80) // loudest positive in µ-law
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(100 * time.Millisecond)
	packets, _ := s.rtp("c")
	last := packets[len(packets)-1]
	if last.payloadType != 8 || last.payload()[0] != 0xaa {
		t.Errorf("customer got type %d, bytes %x", last.payloadType, last.payload()[:4])
	}
}

func TestEverySourceSpeaksTheLegsCodec(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "8 101")
	s.w.Do(call.Park{Leg: "c", Audio: call.Silence})
	s.run(50 * time.Millisecond)
	if got := s.hears("c"); got != 0xd5 {
		t.Errorf("silence is %x in A-law", got)
	}
}

func TestNothingIsSentBeforeTheDialogStandsOrToAFarSideThatDoesNotListen(t *testing.T) {
	s := newStage(t)
	if _, err := s.w.Answer("c", description("c", "0 101"), Terms{}); err != nil {
		t.Fatal(err)
	}
	s.run(100 * time.Millisecond)
	if packets, _ := s.rtp("c"); len(packets) != 0 {
		t.Errorf("%d packets before the dialog stood", len(packets))
	}
	s.w.Established("c")
	s.run(100 * time.Millisecond)
	before, _ := s.rtp("c")
	if len(before) == 0 {
		t.Error("nothing was sent")
	}
	if _, err := s.w.Answer("c", description("c", "0 101", "a=sendonly"), Terms{}); err != nil {
		t.Fatal(err)
	}
	s.run(2 * time.Second)
	if held, _ := s.rtp("c"); len(held) != len(before) {
		t.Errorf("%d packets to a far side on hold", len(held)-len(before))
	}
	if _, err := s.w.Answer("c", description("c", "0 101"), Terms{}); err != nil {
		t.Fatal(err)
	}
	s.run(100 * time.Millisecond)
	after, _ := s.rtp("c")
	expectOneStream(t, after)
	if step := after[len(before)].ts - after[len(before)-1].ts; step < 2*clock {
		t.Errorf("timestamp went on by %d over a hold of 2 s", step)
	}
}

func TestThePacerCatchesUpWithItsSchedule(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.w.Do(call.Park{Leg: "c", Audio: call.Music})
	s.run(100 * time.Millisecond)
	// The pacer was held up for 100 ms and is given the times that it missed.
	for at := s.now; at.Before(s.now.Add(100 * time.Millisecond)); at = at.Add(tick) {
		s.w.tick(at, s.buf)
	}
	packets, _ := s.rtp("c")
	expectOneStream(t, packets)
	if len(packets) != 10 || packets[9].ts-packets[0].ts != 9*160 {
		t.Errorf("%d packets, %d ticks", len(packets), packets[len(packets)-1].ts-packets[0].ts)
	}
}

func TestManySwapsDoNotPutTheStreamAheadOfTheClock(t *testing.T) {
	s := conversation(t)
	for i := range 60 {
		s.run(time.Duration(25+i%20) * time.Millisecond)
		if i%2 == 0 {
			s.w.Do(call.Swap{Old: "a", New: "b"})
		} else {
			s.w.Do(call.Swap{Old: "b", New: "a"})
		}
		s.feeds[1+i%2].next = s.now.Add(time.Duration(1+i%7) * time.Millisecond)
	}
	s.run(100 * time.Millisecond)
	packets, at := s.rtp("c")
	expectOneStream(t, packets)
	first, last := packets[0], packets[len(packets)-1]
	if ahead := int32(last.ts-first.ts) - int32(ticks(at[len(at)-1].Sub(at[0]))); ahead < -320 || ahead > 320 {
		t.Errorf("stream is %d ticks ahead of the clock after 60 swaps", ahead)
	}
}

func TestWhatAFarSideOnHoldPlaysIsStillHeard(t *testing.T) {
	for _, hold := range []string{"a=sendonly", "c=IN IP4 0.0.0.0"} {
		s := conversation(t)
		if _, err := s.w.Answer("a", description("a", "0 101", hold), Terms{}); err != nil {
			t.Fatal(err)
		}
		s.expectOnly("c", 0x11)
		if stats, _ := s.w.Stats("a"); stats.Foreign != 0 {
			t.Errorf("%s: %d packets taken for foreign", hold, stats.Foreign)
		}
	}
}
