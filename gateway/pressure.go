package gateway

import (
	"time"

	"telagent-gateway/sip"
)

// pressure decides what is turned away, by how long the loop lets wait and how full shared queues are. It grows by one kind
// of request a look while it is above a mark, and shrinks by one after each easing below half of the mark.
type pressure struct {
	busy, overloaded time.Duration // marks of the delay; 0: that one is never reached
	burden           sip.Burden
	eased            time.Time // since when less would do, or since the last time that it shrank; zero: it would not
}

// The marks of how full a shared queue is, and how long it must be well for.
const (
	busyCrowd       = 0.25
	overloadedCrowd = 0.75
	easing          = 2 * time.Second
)

// The states, by what is turned away in them at most.
const (
	calm       = "calm"       // nothing
	busy       = "busy"       // what can wait: questions, watching, refreshes
	overloaded = "overloaded" // new calls too
)

func (p *pressure) state() string {
	switch {
	case p.burden == sip.Unburdened:
		return calm
	case p.burden <= sip.NoRefreshes:
		return busy
	}
	return overloaded
}

// above says whether a mark is reached, scaled by a share.
func above(delay, mark time.Duration, crowd, full, share float64) bool {
	return mark > 0 && (float64(delay) >= share*float64(mark) || crowd >= share*full)
}

// weigh takes one look.
func (p *pressure) weigh(now time.Time, delay time.Duration, crowd float64) {
	most := sip.Unburdened
	switch {
	case above(delay, p.overloaded, crowd, overloadedCrowd, 1):
		most = sip.NoCalls
	case above(delay, p.busy, crowd, busyCrowd, 1):
		most = sip.NoRefreshes
	}
	mark, full := p.busy, busyCrowd
	if p.burden > sip.NoRefreshes {
		mark, full = p.overloaded, overloadedCrowd
	}
	switch {
	case most > p.burden:
		p.burden++
		p.eased = time.Time{}
	case p.burden == sip.Unburdened, above(delay, mark, crowd, full, 0.5):
		p.eased = time.Time{}
	case p.eased.IsZero():
		p.eased = now
	case now.Sub(p.eased) >= easing:
		p.burden--
		p.eased = now
	}
}
