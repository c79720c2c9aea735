package main

import (
	"time"

	"telagent-gateway/call"
)

// quality is how the audio of a leg fares: well, but for Mia's.
func (s *stage) quality(id call.LegID) (call.Quality, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.legs {
		if l.id != id || !l.answered {
			continue
		}
		q := call.Quality{
			Reports:   3,
			Received:  call.StreamQuality{Packets: 12000, Lost: 4, Jitter: 3 * time.Millisecond, JitterMost: 9 * time.Millisecond},
			Sent:      call.StreamQuality{Packets: 12010, Lost: 6, Jitter: 4 * time.Millisecond, JitterMost: 11 * time.Millisecond},
			RoundTrip: 24 * time.Millisecond, RoundTripMost: 40 * time.Millisecond,
		}
		if l.target.AOR == "mia" {
			q.Received.Lost, q.Received.Jitter = 900, 42*time.Millisecond
		}
		return q, true
	}
	return call.Quality{}, false
}
