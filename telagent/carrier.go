package telagent

import (
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
)

// trunk is a Trunk on the Floor.
type trunk struct {
	Trunk
	up      bool
	problem string
	inUse   int
	lead    int // how far it is behind its share of the calls; below 0: before it
	usage   dialplan.Usage
}

// take counts a channel that is in use; nil: a leg that came over none.
func (t *trunk) take() {
	if t != nil {
		t.inUse++
	}
}

func (t *trunk) free() int {
	if t.Channels == 0 {
		return -1
	}
	return max(0, t.Channels-t.inUse)
}

// carrier returns the trunk for one more call, or why there is none.
func (f *Floor) carrier() (*trunk, call.Cause) { return f.carrierBut(nil) }

// carrierBut is carrier without the trunks that were tried.
func (f *Floor) carrierBut(tried []*trunk) (*trunk, call.Cause) {
	cause := call.TrunkFault
	var best *trunk
	for _, t := range f.trunks {
		switch {
		case slices.Contains(tried, t):
		case f.carries(t) && (best == nil || t.before(best)):
			best = t
		case t.up:
			cause = call.NoCapacity
		}
	}
	if best != nil {
		return best, call.NoCause
	}
	return nil, cause
}

// before says whether a trunk gets the next call rather than one that stands before it in the list: by priority, then by
// how far each is behind its share.
func (t *trunk) before(other *trunk) bool {
	if t.Priority != other.Priority {
		return t.Priority < other.Priority
	}
	return t.lead+t.Weight > other.lead+other.Weight
}

// carries says whether a trunk can carry one more call that is none for help.
func (f *Floor) carries(t *trunk) bool { return t.up && t.room(f.now, f.set.EmergencyReserve) != 0 }

// anyCarrier returns the trunk for an emergency call: one that is up with a channel free, else one that is up, whatever
// our own count of its channels says, else any. One that was tried before is none.
func (f *Floor) anyCarrier(tried []*trunk) *trunk {
	if t, _ := f.carrierBut(tried); t != nil {
		return t
	}
	var any *trunk
	for _, t := range f.trunks {
		if !slices.Contains(tried, t) && (any == nil || t.up && !any.up) {
			any = t
		}
	}
	return any
}

// load puts a leg onto a trunk: it holds a channel from now on, and counts as dialled unless it calls for help.
func (f *Floor) load(l *leg, t *trunk) {
	f.share(t)
	l.trunk = t
	t.take()
	if !l.help {
		l.count(f.now, &t.usage)
		if t.Limits.PerHour > 0 {
			f.say(PartKept{Part: LivePart{Kind: TrunkPart, ID: t.Name, Trunk: &LiveTrunk{t.usage}}})
		}
	}
}

// share counts a call towards the shares of the trunks that it could have gone to: by their weights, smoothly.
func (f *Floor) share(t *trunk) {
	for _, other := range f.trunks {
		if other.Priority == t.Priority && other.Weight > 0 && (other == t || f.carries(other)) {
			other.lead += other.Weight
			t.lead -= other.Weight
		}
	}
}

// unload takes a leg off its trunk; who waited for a channel is told.
func (f *Floor) unload(l *leg) {
	t := l.trunk
	if t == nil {
		return
	}
	could := f.carries(t)
	l.trunk = nil
	t.inUse--
	if i := slices.Index(l.counts, &t.usage); i >= 0 {
		t.usage.End()
		l.counts = slices.Delete(l.counts, i, i+1)
	}
	if !could && f.carries(t) {
		f.feedAll()
		f.paceLater()
		f.feedLines()
	}
}

// turnedAway finds another trunk for a leg that its own did not take. The leg goes on as it was; its channel, and what its
// trunk counts, move with it.
func (f *Floor) turnedAway(l *leg) {
	if l.trunk == nil || l.phase != dialing {
		return // it is being hung up, or the wire should know better
	}
	tried := append(l.tried, l.trunk)
	next, _ := f.carrierBut(tried)
	if l.help {
		next = f.anyCarrier(tried)
	}
	if next == nil {
		f.act(call.Reroute{Leg: l.id})
		return
	}
	l.tried = tried
	f.unload(l)
	f.load(l, next)
	f.act(call.Reroute{Leg: l.id, Trunk: next.Name})
}
