package media

import (
	"net/netip"
	"slices"
	"time"

	"telagent-gateway/call"
)

// place is whom a leg hears, as ordered. It may stand before the leg is described, as orders and descriptions come from
// two sides in no common order, and outlives the leg for a while, so that the place of a leg that died a moment ago can
// still be given away.
type place struct {
	leg      *leg       // nil: not described yet, or over
	over     bool       // the leg was released
	from     []*place   // whom it hears; empty: its audio
	heardBy  []*place   // the other way round
	audio    call.Audio // heard with nobody in from
	music    string     // which, by name; empty: the usual one
	ordered  bool       // audio was ordered
	says     []call.Say // ordered before the leg was described
	tape     *tape      // the recording ordered last; nil: none was
	nat      netip.Addr
	recorded RecordingState // the recording of before a restart; zero: there was none
	expires  time.Time      // without a leg the place is forgotten then
}

// Limits of orders. Places without a leg: how long each is kept, and how many at most; further orders for unknown legs
// are ignored. Sentences that wait at a leg, and legs that one hears: what is more is left out.
const (
	placeKept  = 30 * time.Second
	placesKept = 10_000
	saysKept   = 16
	mixAtMost  = 32
)

// Do carries out Join, Hear, Swap, Park, Say, Ask and Record and ignores every other action. It never blocks. Orders for
// a leg that is not described yet take effect when it is; orders for a leg that is over do nothing.
func (w *Wire) Do(a call.Action) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch a := a.(type) {
	case call.Join:
		w.join(a.A, a.B)
	case call.Hear:
		w.hear(a.Leg, a.From)
	case call.Swap:
		w.swap(a.Old, a.New)
	case call.Park:
		w.park(a.Leg, a.Audio, a.Music)
	case call.Say:
		w.say(a)
	case call.Ask:
		w.park(a.Leg, call.Silence, "")
		w.say(call.Say{Leg: a.Leg, Prompt: a.Prompt, Language: a.Language})
	case call.Record:
		w.record(a)
	case call.Ring, call.Answer, call.Reject, call.Dial, call.Reroute, call.Hangup, call.Progress, call.Verify:
	}
}

// place returns the leg's place, a new one if need be. The caller holds mu.
func (w *Wire) place(id call.LegID) *place {
	p := w.places[id]
	if p == nil {
		p = &place{expires: w.now().Add(placeKept)}
		if len(w.places)-len(*w.legs.Load()) < placesKept {
			w.places[id] = p
		}
	}
	return p
}

func (w *Wire) join(a, b call.LegID) {
	if a == b || a == "" || b == "" {
		return
	}
	pa, pb := w.place(a), w.place(b)
	if pa.over || pb.over {
		return
	}
	for _, p := range [][2]*place{{pa, pb}, {pb, pa}} {
		if p[0].audio == call.Comfort && len(p[0].from) == 0 {
			w.splice(p[1], p[0])
		}
	}
	r := rewiring{w: w}
	r.silence(pa)
	r.silence(pb)
	r.hear(pa, pb)
	r.hear(pb, pa)
	pa.hush()
	pb.hush()
	r.apply()
}

// hear lets a leg hear others; who hears it stays as it was. With nobody left to hear it hears silence.
func (w *Wire) hear(id call.LegID, from []call.LegID) {
	p := w.place(id)
	if p.over {
		return
	}
	var speakers []*place
	for _, other := range from {
		q := w.place(other)
		if q != p && !q.over && !slices.Contains(speakers, q) && len(speakers) < mixAtMost {
			speakers = append(speakers, q)
		}
	}
	p.audio, p.music, p.ordered = call.Silence, "", true
	r := rewiring{w: w}
	r.hear(p, speakers...)
	p.hush()
	r.apply()
}

// swap takes the replacement out of wherever it was and gives it the place of the old one, which hears silence.
func (w *Wire) swap(old, replacement call.LegID) {
	p := w.places[old]
	if p == nil || old == replacement || len(p.from)+len(p.heardBy) == 0 {
		return
	}
	q := w.place(replacement)
	if q.over {
		return
	}
	from, listeners := without(p.from, q), without(p.heardBy, q)
	w.splice(q, listeners...)
	r := rewiring{w: w}
	r.silence(q)
	for _, l := range listeners {
		r.hear(l, append(without(l.from, p), q)...)
		l.hush()
	}
	r.hear(p)
	p.audio, p.music, p.ordered = call.Silence, "", true
	r.hear(q, from...)
	p.hush()
	q.hush()
	r.apply()
}

func (w *Wire) park(id call.LegID, audio call.Audio, music string) {
	p := w.place(id)
	r := rewiring{w: w}
	r.silence(p)
	p.audio, p.music, p.ordered = audio, music, true
	r.hear(p)
	p.hush()
	r.apply()
}

// say lets a leg hear a sentence after those that it is told already, and then what it heard before.
func (w *Wire) say(o call.Say) {
	p := w.place(o.Leg)
	switch {
	case p.leg != nil:
		p.leg.slot.say(&source{frames: w.library.say(o.Prompt, o.Number, o.Language), prompt: o.Prompt})
	case !p.over && len(p.says) < saysKept:
		p.says = append(p.says, o)
	}
}

// hush drops the sentences that a leg is told or would be.
func (p *place) hush() {
	p.says = nil
	if p.leg != nil {
		p.leg.slot.hush()
	}
}

// admit gives a new leg its place; false: there is none for it. Until it is told otherwise it hears that audio.
func (w *Wire) admit(l *leg, hears call.Audio) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.places[l.id]
	if w.closed || w.frozen || p != nil && (p.over || p.leg != nil) {
		return false
	}
	if p == nil {
		p = &place{}
		w.places[l.id] = p
	}
	if !p.ordered {
		p.audio = hears
	}
	l.hide(p.nat)
	w.enter(p, l, rewiring{w: w})
	return true
}

// enter puts a leg into its place. The caller holds mu.
func (w *Wire) enter(p *place, l *leg, r rewiring) {
	p.leg = l
	l.tape.Store(p.tape)
	r.listeners = append(append(r.listeners, p), p.heardBy...)
	r.speakers = append(r.speakers, p)
	r.apply()
	for _, o := range p.says {
		w.say(o)
	}
	p.says = nil
	legs := append(make([]*leg, 0, len(*w.legs.Load())+1), *w.legs.Load()...)
	legs = append(legs, l)
	w.legs.Store(&legs)
}

// dismiss takes a leg from its place and returns it; nil: it is unknown or over. Others hear what is left of what they
// heard, and the place is kept for a while.
func (w *Wire) dismiss(id call.LegID) *leg {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.places[id]
	if p == nil || p.leg == nil {
		return nil
	}
	l := p.leg
	p.leg, p.over, p.expires = nil, true, w.now().Add(placeKept)
	w.endTape(id, p, w.now())
	r := rewiring{w: w, listeners: p.heardBy, speakers: p.from}
	r.apply()
	var legs []*leg
	for _, other := range *w.legs.Load() {
		if other != l {
			legs = append(legs, other)
		}
	}
	w.legs.Store(&legs)
	return l
}

// forget drops places whose time is over.
func (w *Wire) forget(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, p := range w.places {
		if p.leg == nil && now.After(p.expires) {
			r := rewiring{w: w}
			r.silence(p)
			r.hear(p)
			r.apply()
			w.endTape(id, p, now)
			delete(w.places, id)
		}
	}
}

// codecNear returns the codec of whom a leg hears first; noCodec: of nobody.
func (w *Wire) codecNear(id call.LegID) codec {
	w.mu.Lock()
	var speakers []*leg
	if p := w.places[id]; p != nil {
		speakers = p.speakers()
	}
	w.mu.Unlock()
	if len(speakers) == 0 {
		return noCodec
	}
	return speakers[0].speaks()
}
