package call

import "time"

// Quality is how the audio of one leg fared: what came from its far side, as counted here, and what was sent there, as
// the far side reports it (RTCP).
type Quality struct {
	Received StreamQuality
	Sent     StreamQuality // without Reports only its Packets are known
	Reports  uint64        // that the far side sent about what it gets; 0: it sends none

	Encryption string // rtp: none; sdes, dtls; empty: not agreed on yet, or not known
	Forged     uint64 // packets and reports of an encrypted leg that its key did not prove: in the clear, changed, repeated; dropped

	RoundTrip     time.Duration // between the gateway and the far side, measured last; 0: not measured
	RoundTripMost time.Duration
}

// StreamQuality is how the audio of one direction of a leg fared.
type StreamQuality struct {
	Packets    uint64 // that came, or of the direction to the far side that were sent
	Lost       uint64 // that were sent and did not come
	Jitter     time.Duration
	JitterMost time.Duration
}

// Loss is the share of the packets that were lost on the way to us, from 0 to 1.
func (q Quality) Loss() float64 { return share(q.Received.Lost, q.Received.Packets+q.Received.Lost) }

// FarLoss is the share of our packets that were lost on the way to the far side, from 0 to 1.
func (q Quality) FarLoss() float64 { return share(q.Sent.Lost, q.Sent.Packets) }

func share(part, of uint64) float64 {
	if of == 0 {
		return 0
	}
	return min(float64(part)/float64(of), 1)
}

// MOS estimates how people would judge what came from the far side, from 1 to 4.5.
func (q Quality) MOS() float64 { return estimate(q.Loss(), q.delay(q.Received)) }

// FarMOS estimates how people at the far side would judge what we sent, from 1 to 4.5.
func (q Quality) FarMOS() float64 { return estimate(q.FarLoss(), q.delay(q.Sent)) }

// delay is from mouth to ear, as far as it is known: half the way there and back, twice the jitter for the buffer that
// evens it out, and a packet.
func (q Quality) delay(s StreamQuality) time.Duration {
	return q.RoundTrip/2 + 2*s.Jitter + 20*time.Millisecond
}

// estimate is the E-model of ITU-T G.107 with its default values, for G.711 with concealment of random loss: no
// impairment by the codec, robustness 25.1 (ITU-T G.113, appendix I), and the usual approximation of the delay's
// impairment, which grows from 177.3 ms on.
func estimate(loss float64, delay time.Duration) float64 {
	ms, percent := float64(delay)/float64(time.Millisecond), loss*100
	r := 93.2 - 0.024*ms - 95*percent/(percent+25.1)
	if ms > 177.3 {
		r -= 0.11 * (ms - 177.3)
	}
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
