package media

import (
	"slices"

	"telagent-gateway/call"
)

// audience is who gets what a leg says. It is exchanged as a whole by one pointer store and never changed.
type audience struct {
	slots []*slot // of legs that hear this one alone; each takes its packets only while its source says so
	voice *voice  // for those who hear it in a mix; nil: nobody does
}

// rewiring carries out what an order changes in who hears whom: first in the places, then every slot and reader that is
// concerned is changed once, so that no step between is heard.
type rewiring struct {
	w         *Wire
	listeners []*place // who hears others than before
	speakers  []*place // who is heard by others than before
}

// hear lets a place hear these and nothing else; with nobody it hears its audio.
func (r *rewiring) hear(p *place, from ...*place) {
	for _, s := range p.from {
		s.heardBy = without(s.heardBy, p)
	}
	r.speakers = append(r.speakers, p.from...)
	r.listeners = append(r.listeners, p)
	p.from = from
	for _, s := range from {
		s.heardBy = append(s.heardBy, p)
	}
}

// silence takes a place out of all that others hear. Who heard it alone hears silence.
func (r *rewiring) silence(p *place) {
	for _, q := range slices.Clone(p.heardBy) {
		if r.hear(q, without(q.from, p)...); len(q.from) == 0 {
			q.audio, q.music, q.ordered = call.Silence, "", true
		}
	}
}

// apply brings slots and readers in line with the places: who is newly heard is sent on before who hears him looks for
// it, and who is not heard any more is not sent on afterwards.
func (r *rewiring) apply() {
	for _, p := range r.listeners {
		for _, s := range p.from {
			s.address()
		}
	}
	for _, p := range r.listeners {
		r.w.tune(p)
	}
	for _, p := range r.speakers {
		p.address()
	}
}

// address lets a leg's reader send what comes to all who hear it.
func (p *place) address() {
	if p.leg == nil {
		return
	}
	var a audience
	for _, q := range p.heardBy {
		switch {
		case q.leg == nil:
		case len(q.speakers()) == 1:
			a.slots = append(a.slots, &q.leg.slot)
		default:
			a.voice = p.leg.speak()
		}
	}
	if a.slots == nil && a.voice == nil {
		p.leg.to.Store(nil)
		return
	}
	p.leg.to.Store(&a)
}

// tune lets a leg's slot send what the leg hears: one leg's packets as they come, the mix of several, silence where all
// of them are over, or its audio.
func (w *Wire) tune(p *place) {
	if p.leg == nil {
		return
	}
	s, speakers := &p.leg.slot, p.speakers()
	p.leg.stale.Store(true)
	switch {
	case len(p.from) == 0:
		s.play(w.library.loop(p.audio, p.music))
	case len(speakers) == 0:
		s.play(quiet{})
	case len(speakers) > 1:
		s.mix(speakers)
	case s.source.Load().from != speakers[0]:
		s.carry(speakers[0], w.now())
	}
}

// play lets the slot send endless audio, if it does not do so already.
func (s *slot) play(f frames) {
	if s.source.Load().frames != f {
		s.source.Store(&source{frames: f})
	}
}

// mix lets the slot send what these legs say together.
func (s *slot) mix(speakers []*leg) {
	voices := make([]*voice, 0, len(speakers))
	for _, l := range speakers {
		voices = append(voices, l.speak())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, mixes := s.source.Load().frames.(*mix)
	if !mixes {
		m = &mix{}
	}
	if m.change(voices); !mixes {
		s.source.Store(&source{frames: m})
	}
}

// speakers returns the legs that a place hears, without those that are not described yet or over.
func (p *place) speakers() (legs []*leg) {
	for _, s := range p.from {
		if s.leg != nil {
			legs = append(legs, s.leg)
		}
	}
	return legs
}

// speak returns the leg's voice, which it has from the first time on that somebody hears it in a mix. The caller holds
// the wire's mu.
func (l *leg) speak() *voice {
	if l.voice == nil {
		l.voice = &voice{}
	}
	return l.voice
}

// without returns the places but one, in a new slice.
func without(places []*place, p *place) (rest []*place) {
	for _, q := range places {
		if q != p {
			rest = append(rest, q)
		}
	}
	return rest
}
