//go:build peers

package outage

import (
	"testing"
	"time"
)

func TestS10S63ASmallSiteLosesItsLineAndEveryCustomerIsServed(t *testing.T) {
	rehearse(t, rehearsal{
		title: "A site of four loses its line; two channels are free", agents: 4, free: 2,
		ring: 3 * time.Second, confirm: 3 * time.Second, requeue: 12 * time.Second, every: time.Second,
		ask: 5 * time.Second, back: 3 * time.Second, returns: true,
		phones: func(i int) []manner {
			switch i {
			case 1:
				return []manner{busy, taken(time.Second)}
			case 3:
				return []manner{voicemail}
			}
			return []manner{taken(time.Second)}
		},
	}, behindRelay(t, "127.20.1", 0))
}
