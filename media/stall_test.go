package media

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

// stop is a time in which the process does not run: what comes waits in the sockets, the oldest of it. first is who notices
// it, the pacer or a reader.
func (s *stage) stop(d time.Duration, first string) {
	type waiting struct {
		leg    call.LegID
		packet []byte
	}
	const fit = 80 // packets of a socket's buffer
	var jam []waiting
	s.w.awake.ticks(s.now)
	woke := s.now.Add(d)
	for _, f := range s.feeds {
		for n := 0; f.next.Before(woke); n++ {
			if n < fit && !f.quiet {
				jam = append(jam, waiting{f.leg, rtpPacket(0, false, f.seq, f.ts, f.ssrc, f.samples())})
			}
			f.next, f.seq, f.ts = f.next.Add(20*time.Millisecond), f.seq+1, f.ts+160
		}
	}
	s.now = woke
	if first == "pacer" {
		s.w.stalled(s.now)
		s.w.tick(s.now, s.buf)
	}
	for _, one := range jam {
		s.receive(one.leg, farAt(one.leg), one.packet)
	}
	if first == "reader" {
		s.w.stalled(s.now)
		s.w.tick(s.now, s.buf)
	}
	s.w.awake.ticks(s.now)
	s.collect()
}

// live lets time pass with a pacer that runs.
func (s *stage) live(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.w.awake.ticks(s.now)
		s.run(tick)
	}
}

func TestWhatWaitedInSocketsWhileTheGatewayWasStoppedIsNotPlayedInABurst(t *testing.T) {
	for _, first := range []string{"pacer", "reader"} {
		t.Run(first, func(t *testing.T) {
			s := newStage(t)
			s.w.awake.born = start
			s.arrives("c", "0 101")
			s.answers("a", "c", "0 101")
			s.w.Do(call.Join{A: "c", B: "a"})
			s.talks("a", 0x33)
			s.talks("c", 0x44)
			s.live(time.Second)
			before, _ := s.rtp("c")
			s.stop(5*time.Second, first)
			burst, _ := s.rtp("c")
			if n := len(burst) - len(before); n > 2 {
				t.Errorf("%d packets were sent to the customer in a burst", n)
			}
			s.live(time.Second)
			s.expectSaid() // neither is silent
			packets, at := s.rtp("c")
			expectOneStream(t, packets)
			if heard := s.hears("c"); heard != 0x33 {
				t.Errorf("the customer hears %x", heard)
			}
			after, stopped := packets[len(burst):], at[len(before)]
			if gap := longestGap(at[len(burst):]); gap > 80*time.Millisecond {
				t.Errorf("the customer heard nothing for %v after the stop", gap)
			}
			// The stream's clock has gone on, so the far side's player is not late ever after.
			passed := at[len(at)-1].Sub(at[len(before)-1])
			if got := packets[len(packets)-1].ts - before[len(before)-1].ts; time.Duration(got)*time.Second/clock-passed > 40*time.Millisecond ||
				passed-time.Duration(got)*time.Second/clock > 40*time.Millisecond {
				t.Errorf("%v passed and %d ticks, from %v on", passed, got, stopped)
			}
			if n := len(after); n < 45 {
				t.Errorf("%d packets in the second after the stop", n)
			}
		})
	}
}

func TestALegIsNotSilentBecauseWeWereStoppedButWhenItReallyIs(t *testing.T) {
	s := newStage(t)
	s.w.awake.born = start
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	f := s.talks("a", 0x33)
	s.talks("c", 0x44)
	s.live(time.Second)
	f.quiet = true
	s.stop(5*time.Second, "pacer")
	s.live(900 * time.Millisecond)
	s.expectSaid()
	s.live(200 * time.Millisecond)
	s.expectSaid("6980 Silent a")
}

func TestAKeyThatWaitedIsPressedAllTheSame(t *testing.T) {
	s := newStage(t)
	s.w.awake.born = start
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.talks("a", 0x33)
	f := s.talks("c", 0x44)
	s.live(time.Second)
	key := rtpPacket(101, true, f.seq, f.ts, f.ssrc, []byte{5, 0x80, 0, 160})
	f.seq++
	s.stop(3*time.Second, "pacer")
	s.receive("c", farAt("c"), key)
	s.expectSaid("4000 Digit c 5")
}
