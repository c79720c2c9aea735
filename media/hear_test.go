package media

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"telagent-gateway/call"
)

// four are legs whose far sides say one constant sample each, such that every sum of them is another one.
var four = []struct {
	id    call.LegID
	level int16
}{{"a", 500}, {"b", 1000}, {"c", 2000}, {"d", 4000}}

// conference is four legs, of both codecs, that talk and hear nobody.
func conference(t *testing.T) *stage {
	s := newStage(t)
	for i, who := range four {
		s.arrives(who.id, []string{"0 101", "8 0 101"}[i%2])
		s.w.Do(call.Park{Leg: who.id, Audio: call.Silence})
		s.talks(who.id, muFromLinear(who.level))
	}
	return s
}

// level is the sample that a leg hears, if the last packet to it is one sample all through.
func (s *stage) level(id call.LegID) (sample int16, steady bool) {
	s.t.Helper()
	l, err := s.w.find(id)
	if err != nil {
		s.t.Fatal(err)
	}
	sent := s.links[uint16(l.port)].sent
	payload := sent[len(sent)-1].datagram[rtpHeader:]
	return linear[l.far.codec][payload[0]], bytes.Count(payload, payload[:1]) == len(payload)
}

// expectLevel checks that a leg hears these others, to within what G.711 rounds.
func (s *stage) expectLevel(when string, id call.LegID, others ...call.LegID) {
	s.t.Helper()
	sum := 0
	for _, who := range four {
		for _, other := range others {
			if who.id == other {
				sum += int(who.level)
			}
		}
	}
	if got, steady := s.level(id); !steady || abs(int(got)-sum) > 200 {
		s.t.Errorf("%s: %s hears %d (steady: %v), want %d: %v", when, id, got, steady, sum, others)
	}
}

func TestEveryMatrixOfFourLegsIsHeardAsOrdered(t *testing.T) {
	s := conference(t)
	for matrix := range 1 << 12 {
		var from [4][]call.LegID
		cell := 0
		for i := range four {
			for j := range four {
				if i == j {
					continue
				}
				if matrix>>cell&1 == 1 {
					from[i] = append(from[i], four[j].id)
				}
				cell++
			}
			if len(from[i]) == 0 {
				s.w.Do(call.Hear{Leg: four[i].id})
				continue
			}
			s.w.Do(call.Hear{Leg: four[i].id, From: from[i]})
		}
		s.run(120 * time.Millisecond)
		for i, who := range four {
			s.expectLevel(fmt.Sprintf("matrix %012b", matrix), who.id, from[i]...)
		}
		if t.Failed() {
			break
		}
	}
	for _, who := range four {
		packets, at := s.rtp(who.id)
		expectOneStream(t, packets)
		if gap := longestGap(at); gap > 60*time.Millisecond {
			t.Errorf("%s: longest gap %v", who.id, gap)
		}
		passed := at[len(at)-1].Sub(at[0])
		if ahead := int32(packets[len(packets)-1].ts-packets[0].ts) - int32(ticks(passed)); ahead < -480 || ahead > 480 {
			t.Errorf("%s: the stream is %d ticks ahead of the clock", who.id, ahead)
		}
	}
}

func TestAMonitorHearsBothSidesWhoseTalkStaysARelay(t *testing.T) {
	s := conference(t)
	s.w.Do(call.Join{A: "a", B: "b"})
	s.run(100 * time.Millisecond)
	before, _ := s.w.Stats("b")
	s.w.Do(call.Hear{Leg: "d", From: []call.LegID{"a", "b"}})
	s.run(time.Second)
	s.expectLevel("monitored", "d", "a", "b")
	s.expectLevel("monitored", "a", "b")
	s.expectLevel("monitored", "b", "a")
	for _, id := range []call.LegID{"a", "b"} {
		if s.w.places[id].leg.slot.source.Load().from == nil {
			t.Errorf("%s is mixed", id)
		}
	}
	s.w.Do(call.Park{Leg: "d"})
	s.run(100 * time.Millisecond)
	s.expectLevel("alone again", "a", "b")
	s.expectLevel("alone again", "d")
	if after, _ := s.w.Stats("b"); after.Filled != before.Filled || after.Late != 0 {
		t.Errorf("the monitor made %d packets of silence, %d late", after.Filled-before.Filled, after.Late)
	}
	if to := s.w.places["a"].leg.to.Load(); to.voice != nil || len(to.slots) != 1 {
		t.Errorf("a's reader still feeds a mix: %+v", to)
	}
}

func TestOneLegIsRelayedToSeveralInTheirOwnCodecs(t *testing.T) {
	s := conference(t)
	for _, id := range []call.LegID{"b", "c", "d"} {
		s.w.Do(call.Hear{Leg: id, From: []call.LegID{"a"}})
	}
	s.run(200 * time.Millisecond)
	for _, id := range []call.LegID{"b", "c", "d"} {
		s.expectLevel("fanned out", id, "a")
		packets, _ := s.rtp(id)
		expectOneStream(t, packets)
	}
}

func TestASwapWithinAMixTakesThePlaceOfTheOldLegEverywhere(t *testing.T) {
	s := conference(t)
	hears := func(when string, want map[call.LegID][]call.LegID) {
		t.Helper()
		s.run(200 * time.Millisecond)
		for _, who := range four {
			if others, asked := want[who.id]; asked {
				s.expectLevel(when, who.id, others...)
			}
		}
	}
	s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"b", "c"}})
	s.w.Do(call.Hear{Leg: "b", From: []call.LegID{"a", "c"}})
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "b"}})
	hears("three talk", map[call.LegID][]call.LegID{"a": {"b", "c"}, "b": {"a", "c"}, "c": {"a", "b"}, "d": nil})
	s.w.Do(call.Swap{Old: "b", New: "d"})
	hears("swapped", map[call.LegID][]call.LegID{"a": {"c", "d"}, "b": nil, "c": {"a", "d"}, "d": {"a", "c"}})
	s.w.Do(call.Swap{Old: "d", New: "c"}) // who heard the old one and was heard beside it
	hears("one of them takes over", map[call.LegID][]call.LegID{"a": {"c"}, "b": nil, "c": {"a"}, "d": nil})
	s.w.Do(call.Hear{Leg: "b", From: []call.LegID{"a", "c"}})
	s.w.Release("a")
	hears("one died", map[call.LegID][]call.LegID{"b": {"c"}, "c": nil})
	s.w.Do(call.Swap{Old: "a", New: "d"}) // ordered before its end was known
	hears("its place was taken", map[call.LegID][]call.LegID{"b": {"c", "d"}, "c": {"d"}, "d": {"c"}})
	s.w.Do(call.Join{A: "b", B: "c"})
	hears("two by themselves", map[call.LegID][]call.LegID{"b": {"c"}, "c": {"b"}, "d": nil})
}

func TestWhoIsParkedOrEndsLeavesEveryMix(t *testing.T) {
	s := conference(t)
	all := func() {
		for i := range four {
			var from []call.LegID
			for j := range four {
				if i != j {
					from = append(from, four[j].id)
				}
			}
			s.w.Do(call.Hear{Leg: four[i].id, From: from})
		}
		s.run(200 * time.Millisecond)
	}
	all()
	s.expectLevel("all", "a", "b", "c", "d")
	s.w.Do(call.Park{Leg: "b", Audio: call.Silence})
	s.run(200 * time.Millisecond)
	s.expectLevel("one parked", "a", "c", "d")
	s.expectLevel("one parked", "b")
	s.expectLevel("one parked", "c", "a", "d")
	s.w.Release("d")
	s.run(200 * time.Millisecond)
	s.expectLevel("one ended", "a", "c")
	s.expectLevel("one ended", "c", "a")
	s.w.Release("c")
	s.run(200 * time.Millisecond)
	s.expectLevel("nobody left", "a")
	s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"a", "c", "b", "b"}}) // itself, one that is over, one twice
	s.run(200 * time.Millisecond)
	s.expectLevel("what is left of an order", "a", "b")
}

func TestAMixOrderedBeforeItsLegsAreDescribedTakesEffectWhenTheyAre(t *testing.T) {
	s := newStage(t)
	s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"b", "c"}})
	for i, who := range four[:3] {
		s.arrives(who.id, "0 101")
		s.talks(who.id, muFromLinear(who.level))
		s.run(200 * time.Millisecond)
		s.expectLevel(fmt.Sprint(i+1, " described"), "a", []call.LegID{"b", "c"}[:i]...)
	}
}

func TestASentenceIsHeardOverAMixWhichThenGoesOn(t *testing.T) {
	s := conference(t)
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "b"}})
	s.run(200 * time.Millisecond)
	s.w.Do(call.Say{Leg: "c", Prompt: call.Goodbye})
	s.run(10 * time.Second)
	s.expectPlayed("goodbye")
	s.expectLevel("afterwards", "c", "a", "b")
}

func TestASentenceIsHeardByItsLegAloneWhoeverHearsItOrIsHeardByIt(t *testing.T) {
	s := conference(t)
	s.w.Do(call.Join{A: "a", B: "b"})                         // an agent and his customer
	s.w.Do(call.Hear{Leg: "d", From: []call.LegID{"a", "b"}}) // who listens
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "b"}}) // who takes part, and is told something
	s.w.Do(call.Hear{Leg: "b", From: []call.LegID{"a", "c"}}) // so that the customer hears a mix
	for _, told := range []call.LegID{"a", "c"} {
		s.run(200 * time.Millisecond)
		before, _ := s.w.Stats("b")
		s.w.Do(call.Say{Leg: told, Prompt: call.Apology})
		words := 0
		for range 20 {
			s.run(100 * time.Millisecond)
			if level, steady := s.level(told); !steady {
				words++
			} else if abs(int(level)) > 50 { // a pause between words is silent
				t.Errorf("%s hears %d while it is told something", told, level)
			}
			s.expectLevel("while "+string(told)+" is told", "b", "a", "c")
			s.expectLevel("while "+string(told)+" is told", "d", "a", "b")
		}
		if words < 10 {
			t.Errorf("%s hears %d frames of words", told, words)
		}
		s.run(10 * time.Second)
		s.expectLevel("afterwards", "b", "a", "c")
		if after, _ := s.w.Stats("b"); after.Filled != before.Filled || after.Late != before.Late {
			t.Errorf("the customer's stream was mended: %+v, before %+v", after, before)
		}
	}
	s.expectLevel("afterwards", "a", "b")
	s.expectLevel("afterwards", "c", "a", "b")
	for _, who := range four {
		packets, at := s.rtp(who.id)
		expectOneStream(t, packets)
		if gap := longestGap(at); gap > 60*time.Millisecond {
			t.Errorf("%s: longest gap %v", who.id, gap)
		}
	}
}

func TestAKeyOfASpeakerIsToldOnceAndReachesRelaysButNoMix(t *testing.T) {
	s := conference(t)
	s.w.Do(call.Join{A: "a", B: "b"})
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a"}})
	s.w.Do(call.Hear{Leg: "d", From: []call.LegID{"a", "b"}})
	s.run(200 * time.Millisecond)
	for i := range 5 {
		payload := []byte{5, 0x0a, 0, byte(160 * min(i, 1))}
		if i > 2 {
			payload[1] |= 0x80
		}
		s.receive("a", farAt("a"), rtpPacket(101, i == 0, uint16(1000+i), 777_000, 7, payload))
		s.run(20 * time.Millisecond)
	}
	s.expectSaid("200 Digit a 5")
	for id, want := range map[call.LegID]int{"a": 0, "b": 5, "c": 5, "d": 0} {
		events := 0
		packets, _ := s.rtp(id)
		for _, p := range packets {
			if p.payloadType == 101 {
				events++
			}
		}
		if events != want {
			t.Errorf("%s got %d packets of the key, want %d", id, events, want)
		}
	}
}

// sine lets a feed send a tone that is soft enough to show every jump.
func (f *feed) sine(frequency, level float64) {
	f.sound = func(ts uint32) byte {
		return muFromLinear(int16(level * math.Sin(2*math.Pi*frequency*float64(ts)/clock)))
	}
}

// highestStep returns the biggest difference between two samples that follow each other in what a leg is sent.
func (s *stage) highestStep(id call.LegID) (step int) {
	packets, _ := s.rtp(id)
	last, codec := 0, s.w.places[id].leg.far.codec
	for _, p := range packets {
		for _, b := range p.payload() {
			sample := int(linear[codec][b])
			step, last = max(step, abs(sample-last)), sample
		}
	}
	return step
}

func TestComingToAMixAndLeavingItNeitherClicksNorLeavesAGap(t *testing.T) {
	s := newStage(t)
	for _, who := range four {
		s.arrives(who.id, "0 101")
		s.w.Do(call.Park{Leg: who.id, Audio: call.Silence})
		s.talks(who.id, 0xff).sine(100, 1000) // steps of 79
	}
	s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"b", "c"}})
	s.run(500 * time.Millisecond)
	for i := range 40 {
		s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"b", "c", "d"}})
		s.run(time.Duration(97+i) * time.Millisecond)
		s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"b", "d"}})
		s.run(time.Duration(103+i) * time.Millisecond)
		s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"d", "c", "b"}})
		s.run(time.Duration(71+i) * time.Millisecond)
		s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"c", "b"}})
		s.run(time.Duration(89+i) * time.Millisecond)
	}
	packets, at := s.rtp("a")
	expectOneStream(t, packets)
	if gap := longestGap(at); gap > 20*time.Millisecond {
		t.Errorf("longest gap %v", gap)
	}
	if step := s.highestStep("a"); step > 3*79+230 { // three voices, and what G.711 rounds there
		t.Errorf("a step of %d", step)
	}
	quiet := 0
	for _, p := range packets[5:] {
		if bytes.Count(p.payload(), []byte{0xff}) > 80 {
			quiet++
		}
	}
	if quiet != 0 {
		t.Errorf("%d packets of silence for who stayed", quiet)
	}
}

func TestPacketsThatComeTooLateForAMixAreCounted(t *testing.T) {
	s := conference(t)
	s.w.Do(call.Hear{Leg: "d", From: []call.LegID{"a", "b"}})
	s.run(200 * time.Millisecond)
	f := s.feeds[0]
	s.receive("a", farAt("a"), rtpPacket(0, false, f.seq-5, f.ts-5*160, f.ssrc, f.samples()))
	if stats, _ := s.w.Stats("a"); stats.Unheard != 1 {
		t.Errorf("counters %+v", stats)
	}
	if stats, _ := s.w.Stats("c"); stats.Unheard != 0 {
		t.Errorf("counters of a leg in no mix: %+v", stats)
	}
}

func TestMixesAndVoicesOfEveryPacketLengthFitTogether(t *testing.T) {
	for _, ptime := range []string{"10", "30", "40", "60"} {
		s := conference(t)
		if _, err := s.w.Answer("d", description("d", "8 0 101", "a=ptime:"+ptime), Terms{}); err != nil {
			t.Fatal(err)
		}
		s.w.Do(call.Hear{Leg: "d", From: []call.LegID{"a", "b", "c"}})
		long := s.feeds[0] // a sends 60 ms at a time
		long.quiet = true
		for n := range uint32(100) {
			s.receive("a", farAt("a"), rtpPacket(0, n == 0, uint16(n), n*480, 5, bytes.Repeat([]byte{long.fill}, 480)))
			s.run(60 * time.Millisecond)
			if n > 10 {
				s.expectLevel("ptime "+ptime, "d", "a", "b", "c")
			}
		}
		packets, at := s.rtp("d")
		expectOneStream(t, packets)
		if gap, frame := longestGap(at[10:]), len(packets[len(packets)-1].payload()); ticks(gap) != uint32(frame) {
			t.Errorf("ptime %s: a packet of %d samples every %v", ptime, frame, gap)
		}
	}
}
