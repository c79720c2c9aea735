package demo

import (
	"testing"
	"time"
)

var epoch = time.Now()

func at(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }

// stream is an undisturbed second of one tone: 50 packets from 0 ms to 980 ms.
func stream(tone Sound) []packet {
	ps := make([]packet, 50)
	for i := range ps {
		ps[i] = packet{
			at: at(20 * i), seq: uint16(65530 + i), ts: uint32(4294967000 + 160*i), ssrc: 7, samples: frameSamples, mix: bit(tone),
		}
	}
	return ps
}

func traced(ps ...packet) *Trace {
	t := &Trace{}
	for _, p := range ps {
		t.add(p)
	}
	return t
}

func TestAnUndisturbedStreamHasNoBreaks(t *testing.T) {
	tr := traced(stream(PhoneTone)...)
	from, to := at(0), at(1000)
	if got := tr.LongestGap(from, to); got != packetTime {
		t.Errorf("longest gap %v, want %v", got, packetTime)
	}
	if got := tr.LongestWithout(from, to, PhoneTone); got != 0 {
		t.Errorf("without the tone for %v, want none", got)
	}
	if n := tr.SequenceBreaks(from, to) + tr.TimestampBreaks(from, to) + tr.SSRCChanges(from, to); n != 0 {
		t.Errorf("%d breaks, want none: wrapping around is no break", n)
	}
	if got := tr.Packets(at(100), at(200)); got != 5 {
		t.Errorf("%d packets in 100 ms, want 5", got)
	}
}

func TestAGapIsFoundInTheMiddleAndAtTheEdges(t *testing.T) {
	ps := stream(PhoneTone)
	tr := traced(append(ps[:10:10], ps[13:]...)...) // 180 ms to 260 ms
	for _, c := range []struct{ from, to, want int }{
		{0, 1000, 80}, {0, 200, 20}, {200, 1000, 60}, {0, 250, 70}, {-100, 100, 100}, {2000, 2300, 300},
	} {
		if got := tr.LongestGap(at(c.from), at(c.to)); got != time.Duration(c.want)*time.Millisecond {
			t.Errorf("longest gap from %d to %d: %v, want %d ms", c.from, c.to, got, c.want)
		}
	}
}

func TestALostPacketIsASequenceBreakAndNoTimestampBreak(t *testing.T) {
	ps := stream(PhoneTone)
	tr := traced(append(ps[:10:10], ps[11:]...)...)
	if got := tr.SequenceBreaks(at(0), at(1000)); got != 1 {
		t.Errorf("%d sequence breaks, want 1", got)
	}
	if got := tr.TimestampBreaks(at(0), at(1000)); got != 0 {
		t.Errorf("%d timestamp breaks, want 0", got)
	}
}

func TestABreakAtTheFirstPacketOfAWindowCounts(t *testing.T) {
	ps := stream(PhoneTone)
	ps[20].ssrc, ps[20].seq = 8, 1
	tr := traced(ps[:21]...)
	if got := tr.SSRCChanges(at(400), at(1000)); got != 1 {
		t.Errorf("%d SSRC changes, want 1", got)
	}
	if got := tr.SequenceBreaks(at(400), at(1000)); got != 1 {
		t.Errorf("%d sequence breaks, want 1", got)
	}
}

func TestAnotherSSRCIsCountedForthAndBack(t *testing.T) {
	ps := stream(PhoneTone)
	for i := 20; i < 30; i++ {
		ps[i].ssrc = 8
	}
	if got := traced(ps...).SSRCChanges(at(0), at(1000)); got != 2 {
		t.Errorf("%d SSRC changes, want 2", got)
	}
}

func TestATimestampThatStandsGoesBackOrRunsAwayIsABreak(t *testing.T) {
	for name, change := range map[string]int32{"stands": -160, "goes back": -1600, "runs away": 1601 + 160} {
		ps := stream(PhoneTone)
		for i := 25; i < len(ps); i++ {
			ps[i].ts += uint32(change)
		}
		if got := traced(ps...).TimestampBreaks(at(0), at(1000)); got != 1 {
			t.Errorf("%s: %d timestamp breaks, want 1", name, got)
		}
	}
}

func TestAToneIsHeardFromTheFirstOfThreeFrames(t *testing.T) {
	ps := stream(SoftphoneTone)
	for i := 10; i < 12; i++ { // two frames only
		ps[i].mix = bit(PhoneTone)
	}
	for i := 30; i < 50; i++ {
		ps[i].mix = bit(PhoneTone)
	}
	tr := traced(ps...)
	if got, ok := tr.FirstHeard(PhoneTone, at(0)); !ok || !got.Equal(at(600)) {
		t.Errorf("heard at %v (%v), want 600 ms", got.Sub(epoch), ok)
	}
	if got, ok := tr.FirstHeard(PhoneTone, at(700)); !ok || !got.Equal(at(700)) {
		t.Errorf("heard again at %v (%v), want 700 ms", got.Sub(epoch), ok)
	}
	if _, ok := tr.FirstHeard(PhoneTone, at(960)); ok {
		t.Error("two frames are no sound yet")
	}
	if !tr.Heard(PhoneTone, at(0), at(300)) || tr.Heard(PhoneTone, at(300), at(600)) {
		t.Error("the strict question counts single frames, and only those in its window")
	}
}

func TestTheTimeWithoutEitherToneIsFound(t *testing.T) {
	ps := stream(SoftphoneTone)
	for i := 20; i < 25; i++ { // music for 100 ms
		ps[i].mix = otherBit
	}
	for i := 25; i < 50; i++ {
		ps[i].mix = bit(PhoneTone)
	}
	if got := traced(ps...).LongestWithout(at(0), at(1000), SoftphoneTone, PhoneTone); got != 100*time.Millisecond {
		t.Errorf("without either tone for %v, want 100 ms", got)
	}
}

func TestAKeyIsCountedOnceAndInterruptsNoSound(t *testing.T) {
	var ps []packet
	for i, p := range stream(PhoneTone)[:4] {
		ps = append(ps, p, packet{at: p.at, seq: p.seq, ts: 1, ssrc: 7, key: true})
		if i == 3 {
			ps = append(ps, packet{at: p.at, ts: 2, ssrc: 7, key: true})
		}
	}
	tr := traced(ps...)
	if got := tr.Keys(at(0), at(1000)); got != 2 {
		t.Errorf("%d keys, want 2", got)
	}
	if got, ok := tr.FirstHeard(PhoneTone, at(0)); !ok || !got.Equal(at(0)) {
		t.Errorf("heard at %v (%v), want at once", got.Sub(epoch), ok)
	}
}

func TestATraceForgetsItsOlderHalfWhenItIsFull(t *testing.T) {
	tr := &Trace{}
	for i := range keepPackets + 1 {
		tr.add(packet{at: at(20 * i)})
	}
	if got := tr.Packets(epoch, at(20*keepPackets+1)); got != keepPackets/2+1 {
		t.Errorf("%d packets are kept, want %d", got, keepPackets/2+1)
	}
}
