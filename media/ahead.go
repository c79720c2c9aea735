package media

import (
	"fmt"
	"time"
)

// steady is a state whose times go on evenly, whoever sets the clock on the wall, and none of which is to come: where the clock
// was set back since, they are as long ago as they were when the state was taken. Else nothing would be sent until then.
func (s LegState) steady(now time.Time) *LegState {
	back := max(0, s.Taken.Sub(now))
	for _, t := range []*time.Time{&s.Taken, &s.Established, &s.LastSent, &s.LastHeard, &s.Reports.Heard, &s.Recording.Began} {
		if !t.IsZero() {
			*t = now.Add(t.Sub(now) - back)
		}
	}
	return &s
}

// Limits of what is supposed to have been sent since a state was taken: packets of 10 ms, half of what is usual, and so many
// more. Where more is sent it is told (outran), so that another state is kept in time. A far side takes a jump below 2^15 for
// loss, and its SRTP goes on; one below 3000 is no new stream to it, which a restart within 15 s stays below.
// RFC 3711 §3.3.1, RFC 3550 appendix A.1
const (
	aheadEvery  = 10 * time.Millisecond
	aheadMargin = 1000
	aheadToTell = 500
	aheadAtMost = 5 * time.Minute
)

// ahead returns by how many sequence numbers our stream goes on. Errors: the state is so old that a key could be used twice
// for one number, which would reveal what was said.
func (s *LegState) ahead(now time.Time) (uint16, error) {
	if s.Exact {
		return 0, nil
	}
	passed := max(0, now.Sub(s.Taken))
	if passed > aheadAtMost && s.Way != RTP {
		return 0, fmt.Errorf("its keys were kept %v ago: too long to use them again", passed.Round(time.Second))
	}
	return uint16(min(passed, aheadAtMost)/aheadEvery) + aheadMargin, nil
}

// taken is where a stream stood when its state was taken last.
type taken struct {
	sequence uint16
	at       time.Time
}

// outran says whether a slot sent so much since its state was taken that another one must be.
func (s *slot) outran(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.taken.at.IsZero() && time.Duration(s.stream.sequence-s.taken.sequence) > max(0, now.Sub(s.taken.at))/aheadEvery+aheadToTell
}
