package media

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"
)

// heardFrame is a frame of 20 ms as an ear gave it.
type heardFrame struct {
	at     time.Duration
	packet int // of which packet its last sample is; -1: silence
	delay  int // packets that were sent since
}

// listenTo plays a far side that sends a packet every 20 ms, for so long, and an ear that reads as often. arrives says
// when packet n comes, in milliseconds after it was sent; negative: never.
func listenTo(d time.Duration, arrives func(n int) int) (frames []heardFrame, v *voice) {
	v = &voice{}
	e := newEar(v)
	byArrival := map[int][]int{}
	for n := range int(d.Milliseconds()) / 20 {
		if late := arrives(n); late >= 0 {
			byArrival[n*20+late] = append(byArrival[n*20+late], n)
		}
	}
	sum := make([]int32, 160)
	for ms := range int(d.Milliseconds()) {
		for _, n := range byArrival[ms] {
			p, _ := parse(rtpPacket(0, false, uint16(n), uint32(n)*160, 1, bytes.Repeat([]byte{byte(1 + n%100)}, 160)))
			v.put(&p, pcmu)
		}
		if ms%20 == 7 {
			clear(sum)
			e.add(sum)
			f := heardFrame{at: time.Duration(ms) * time.Millisecond, packet: -1}
			for b := range 100 {
				if sum[159] == int32(linearFromMu(byte(1+b))) {
					f.packet = ms/20 - (ms/20-b+100)%100
					f.delay = ms/20 - f.packet
				}
			}
			frames = append(frames, f)
		}
	}
	return frames, v
}

// count returns how many frames were silent and the longest delay from a time on.
func count(frames []heardFrame, from time.Duration) (silent, delay int) {
	for _, f := range frames {
		if f.at < from {
			continue
		}
		if f.packet < 0 {
			silent++
		}
		delay = max(delay, f.delay)
	}
	return silent, delay
}

func TestAVoiceThatComesEvenlyIsHeardAtOnce(t *testing.T) {
	frames, _ := listenTo(10*time.Second, func(int) int { return 5 })
	if silent, delay := count(frames, 0); silent != 0 || delay != 0 {
		t.Errorf("%d frames of silence, %d packets of delay", silent, delay)
	}
}

func TestAnEarFallsBackByAsMuchAsAVoiceJitters(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	frames, v := listenTo(time.Minute, func(int) int { return random.IntN(60) })
	silent, delay := count(frames, 0)
	late, _ := count(frames, 30*time.Second)
	if silent > 60 || late > 30 || delay > 4 || v.late > 10 {
		t.Errorf("%d frames of silence, %d of them in the second half, %d packets of delay, %d late", silent, late, delay, v.late)
	}
}

func TestAnEarCatchesUpWhenTheJitterIsOver(t *testing.T) {
	frames, _ := listenTo(40*time.Second, func(n int) int {
		if n < 500 && n%50 < 4 { // four that come together
			return 10 + 20*(3-n%50)
		}
		return 5
	})
	if _, delay := count(frames, 0); delay < 3 {
		t.Errorf("the jitter made %d packets of delay: no test", delay)
	}
	if silent, delay := count(frames, 36*time.Second); delay != 0 || silent != 0 {
		t.Errorf("%d packets of delay, %d frames of silence long after the jitter", delay, silent)
	}
}

func TestALostPacketIsSilenceForItsOwnTimeAndDelaysNothing(t *testing.T) {
	frames, _ := listenTo(10*time.Second, func(n int) int {
		if n%20 == 10 || n >= 200 && n < 220 {
			return -1
		}
		return 5
	})
	if silent, delay := count(frames, 0); silent != 25+19 || delay != 0 {
		t.Errorf("%d frames of silence, %d packets of delay", silent, delay)
	}
}

func TestAPacketThatOvertookAnotherIsHeardInItsPlace(t *testing.T) {
	frames, v := listenTo(10*time.Second, func(n int) int {
		switch {
		case n == 10:
			return 25 // an ear that was made to wait has time for what is overtaken
		case n > 10 && n%10 == 0:
			return 22
		}
		return 1
	})
	if silent, _ := count(frames, time.Second); silent != 0 || v.late != 0 {
		t.Errorf("%d frames of silence, %d late", silent, v.late)
	}
	for i := 50; i+1 < len(frames); i++ {
		if frames[i+1].packet < frames[i].packet {
			t.Errorf("packet %d after %d", frames[i+1].packet, frames[i].packet)
		}
	}
}

func TestAJamOnTheWayIsCutShort(t *testing.T) {
	frames, _ := listenTo(10*time.Second, func(n int) int {
		if n >= 100 && n < 200 { // nothing for two seconds, then everything
			return (200 - n) * 20
		}
		return 5
	})
	if _, delay := count(frames, 4500*time.Millisecond); delay*160 > heldAtMost+160 {
		t.Errorf("%d packets of delay after the jam", delay)
	}
	if silent, _ := count(frames, 4500*time.Millisecond); silent != 0 {
		t.Errorf("%d frames of silence after the jam", silent)
	}
}

func TestAVoiceOfAnotherStreamOrAfterAPauseGoesOnAtOnce(t *testing.T) {
	v := &voice{}
	e := newEar(v)
	sum := make([]int32, 160)
	hears := func(ssrc, ts uint32, b byte) {
		t.Helper()
		p, _ := parse(rtpPacket(0, false, 1, ts, ssrc, bytes.Repeat([]byte{b}, 160)))
		v.put(&p, pcmu)
		clear(sum)
		e.add(sum)
		if sum[159] == 0 {
			t.Errorf("nothing heard of stream %d at %d", ssrc, ts)
		}
		clear(sum)
		if e.add(sum); sum[0] != 0 || sum[159] != 0 {
			t.Errorf("more heard than was said of stream %d at %d", ssrc, ts)
		}
	}
	hears(1, 1000, 1)
	hears(2, 5, 2)
	hears(2, 5+160+clock, 3) // a second of silence suppression
	hears(2, 5+100*clock, 4) // a minute and more
	hears(2, 77, 5)          // its clock was set back
	p, _ := parse(rtpPacket(0, false, 1, 77, 2, nil))
	v.put(&p, pcmu)
}

func TestSendersWhoseClocksDifferAreHeardForHours(t *testing.T) {
	for name, period := range map[string]float64{"slow": 160.05, "fast": 159.95} {
		v := &voice{}
		e := newEar(v)
		sum := make([]int32, 160)
		silent, most, due, n := 0, uint32(0), 0.0, uint32(0)
		for tick := range 3600 * 50 {
			for ; due <= float64(tick*160+80); due += period {
				p, _ := parse(rtpPacket(0, false, uint16(n), n*160, 1, bytes.Repeat([]byte{1}, 160)))
				v.put(&p, pcmu)
				n++
			}
			clear(sum)
			if e.add(sum); sum[159] == 0 {
				silent++
			}
			most = max(most, v.end-e.at)
		}
		if silent > 60 || most > 3*160 {
			t.Errorf("%s: %d frames of silence in an hour, at most %d samples behind", name, silent, most)
		}
	}
}
