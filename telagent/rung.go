package telagent

import (
	"slices"
	"time"

	"telagent-gateway/call"
)

// rung is what rings for one offer, switch or guest: one leg at each station of an agent, and at each station one target
// after the other. The first leg that a person takes wins; at the others the call was completed elsewhere (S24).
type rung struct {
	leg    *leg   // that rings, or is up: the first of them; nil: for a moment only
	beside []*leg // that ring with it, at his other stations
}

// legs returns all that ring, or the one that is up.
func (r *rung) legs() []*leg {
	if r.leg == nil {
		return nil
	}
	return append([]*leg{r.leg}, r.beside...)
}

func (r *rung) has(l *leg) bool { return l != nil && slices.Contains(r.legs(), l) }

func (r *rung) add(l *leg) {
	if r.leg == nil {
		r.leg = l
	} else {
		r.beside = append(r.beside, l)
	}
}

// remove takes a leg out that came to nothing; the next one takes its place.
func (r *rung) remove(l *leg) {
	legs := slices.DeleteFunc(r.legs(), func(other *leg) bool { return other == l })
	*r = rung{}
	for _, other := range legs {
		r.add(other)
	}
}

// late returns the leg whose time to ring, or to be asked, ends first; nil: none rings.
func (r *rung) late() (first *leg) {
	for _, l := range r.legs() {
		if l.phase < up && !l.until.IsZero() && (first == nil || l.until.Before(first.until)) {
			first = l
		}
	}
	return first
}

// due returns when that time ends; zero: none rings.
func (r *rung) due() time.Time {
	if l := r.late(); l != nil {
		return l.until
	}
	return time.Time{}
}

// ring rings the first target of each station that dial can ring, and says whether anything rings. A station that no
// channel is free for comes after the first one that rings.
func (f *Floor) ring(r *rung, stations [][]call.Target, until time.Time, dial func(call.Target) *leg) bool {
	var later []call.Target
	for _, targets := range stations {
		var rings *leg
		for i, t := range targets {
			if rings = dial(t); rings != nil {
				rings.rest = targets[i+1:]
				if rings.phase != asking { // who is asked already, at a leg that is to stay up, has his time
					rings.until = until
				}
				r.add(rings)
				break
			}
		}
		if rings == nil {
			later = append(later, targets...)
		}
	}
	if r.leg != nil {
		r.leg.rest = slices.Concat(r.leg.rest, later)
	}
	return r.leg != nil
}

// hangAll hangs up whatever rings or is up of it.
func (f *Floor) hangAll(r *rung, cause call.Cause) {
	for _, l := range r.legs() {
		f.hang(l, cause, "")
	}
}

// win ends the ringing at every other station than that of the leg which was taken.
func (f *Floor) win(r *rung, l *leg) {
	r.remove(l)
	f.hangAll(r, call.Elsewhere)
	*r = rung{leg: l}
}

// ringsOn takes a leg out that came to nothing, and says whether the other stations go on. Who declined did so for all.
func (f *Floor) ringsOn(r *rung, l *leg, cause call.Cause) bool {
	r.remove(l)
	if cause == call.Declined {
		f.hangAll(r, call.Cancelled)
		*r = rung{}
	}
	return r.leg != nil
}

// tooLate hangs up a leg whose time is over, and returns why.
func (f *Floor) tooLate(l *leg) call.Cause {
	cause := call.NoAnswer
	switch {
	case l.phase == asking:
		cause = call.NoConfirm
	case l.trunk != nil && !l.trunk.up: // nobody knows whether it rang
		cause = call.TrunkFault
	case l.target.Device != call.PSTN && !f.isThere(l.target.AOR): // it went away while it rang (S64)
		cause = call.Unreachable
	case f.isSilent(l):
		cause = call.Unreachable
	}
	silent := f.isSilent(l)
	f.hang(l, cause, "")
	if silent {
		f.lacks(l.target.AOR, mediaMissed, f.now) // it is left alone for some time more
	}
	return cause
}
