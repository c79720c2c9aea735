package call

import (
	"math"
	"testing"
	"time"
)

// The values were computed by hand from the formula of ITU-T G.107, appendix B, for R = 93.2 less both impairments.
func TestTheEstimateFallsWithLossAndDelay(t *testing.T) {
	of := func(lost uint64, trip time.Duration) Quality {
		return Quality{Received: StreamQuality{Packets: 1000 - lost, Lost: lost}, Sent: StreamQuality{Packets: 1000, Lost: lost}, RoundTrip: trip}
	}
	for _, c := range []struct {
		lost uint64
		trip time.Duration
		mos  float64
	}{
		{0, 0, 4.40}, {10, 40 * time.Millisecond, 4.31}, {50, 100 * time.Millisecond, 3.85}, {200, 0, 2.61}, {0, 600 * time.Millisecond, 3.59}, {1000, 0, 1.16},
	} {
		q := of(c.lost, c.trip)
		if got := q.MOS(); math.Abs(got-c.mos) > 0.01 {
			t.Errorf("%d of 1000 lost, %v: %.2f, not %.2f", c.lost, c.trip, got, c.mos)
		}
		if q.FarMOS() != q.MOS() {
			t.Errorf("%d of 1000 lost: the far side judges by another rule, %.2f", c.lost, q.FarMOS())
		}
	}
}

func TestNothingSentIsNothingLost(t *testing.T) {
	if q := (Quality{}); q.Loss() != 0 || q.FarLoss() != 0 {
		t.Errorf("%v and %v are lost of nothing", q.Loss(), q.FarLoss())
	}
}
