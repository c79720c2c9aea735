package media

import (
	"net/netip"
	"time"

	"telagent-gateway/call"
)

// place is who a leg talks with and what it hears otherwise, as ordered. It may stand before the leg is described, as
// orders and descriptions come from two sides in no common order, and outlives the leg for a while, so that the place
// of a leg that died a moment ago can still be given away.
type place struct {
	leg     *leg        // nil: not described yet, or over
	over    bool        // the leg was released
	peer    call.LegID  // joined with it; empty: with nobody
	audio   call.Audio  // heard when joined with nobody
	ordered bool        // audio was ordered
	prompt  call.Prompt // asked for before the leg was described; empty: none
	nat     netip.Addr
	expires time.Time // without a leg the place is forgotten then
}

// Places without a leg: how long each is kept, and how many at most; further orders for unknown legs are ignored.
const (
	placeKept  = 30 * time.Second
	placesKept = 10_000
)

// Do carries out Join, Swap, Park, Say and Ask and ignores every other action. It never blocks. Orders for a leg that is
// not described yet take effect when it is; orders for a leg that is over do nothing.
func (w *Wire) Do(a call.Action) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch a := a.(type) {
	case call.Join:
		w.join(a.A, a.B)
	case call.Swap:
		w.swap(a.Old, a.New)
	case call.Park:
		w.park(a.Leg, a.Audio)
	case call.Say:
		w.say(a.Leg, a.Prompt)
	case call.Ask:
		w.park(a.Leg, call.Silence)
		w.say(a.Leg, a.Prompt)
	case call.Hear, call.Record: // until the mixer stands, whoever is alone hears silence and nothing is recorded
	case call.Ring, call.Answer, call.Reject, call.Dial, call.Hangup, call.Progress:
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
	if pa.peer != b {
		w.part(pa, a)
	}
	if pb.peer != a {
		w.part(pb, b)
	}
	pa.peer, pb.peer = b, a
	pa.prompt, pb.prompt = "", ""
	w.connect(pa, pb)
	w.connect(pb, pa)
}

func (w *Wire) swap(old, replacement call.LegID) {
	p := w.places[old]
	if p == nil || p.peer == "" || old == replacement {
		return
	}
	w.join(p.peer, replacement)
}

// part leaves a leg's former peer with silence. The caller gives the leg itself something else to hear.
func (w *Wire) part(p *place, id call.LegID) {
	former := w.places[p.peer]
	p.peer = ""
	if former == nil || former.peer != id {
		return
	}
	former.peer, former.audio, former.ordered = "", call.Silence, true
	w.hear(former)
}

func (w *Wire) park(id call.LegID, audio call.Audio) {
	p := w.place(id)
	w.part(p, id)
	p.audio, p.ordered, p.prompt = audio, true, ""
	w.hear(p)
}

// say lets a leg hear a prompt and then what it heard before. A prompt that is said over another one replaces it.
func (w *Wire) say(id call.LegID, prompt call.Prompt) {
	p := w.place(id)
	if p.leg == nil {
		p.prompt = prompt
		return
	}
	then := p.leg.slot.source.Load()
	if then.then != nil {
		then = then.then
	}
	p.leg.slot.source.Store(&source{frames: w.library.say(prompt), prompt: prompt, then: then})
}

// connect lets a's leg hear b's. Where b has no leg, a's hears silence.
func (w *Wire) connect(a, b *place) {
	if a.leg == nil {
		return
	}
	if b.leg == nil {
		a.leg.slot.source.Store(&source{frames: quiet{}})
		return
	}
	b.leg.to.Store(&a.leg.slot)
	if s := a.leg.slot.source.Load(); s.from != b.leg {
		a.leg.slot.source.Store(&source{from: b.leg})
	}
}

// hear lets a leg without a peer hear its audio, and nobody hear it.
func (w *Wire) hear(p *place) {
	if p.leg == nil {
		return
	}
	p.leg.to.Store(nil)
	p.leg.slot.source.Store(&source{frames: w.library.loop(p.audio)})
}

// admit gives a new leg its place; false: there is none for it. Until it is told otherwise it hears that audio.
func (w *Wire) admit(l *leg, hears call.Audio) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.places[l.id]
	if w.closed || p != nil && (p.over || p.leg != nil) {
		return false
	}
	if p == nil {
		p = &place{}
		w.places[l.id] = p
	}
	p.leg = l
	if !p.ordered {
		p.audio = hears
	}
	l.hide(p.nat)
	w.hear(p)
	if peer := w.places[p.peer]; peer != nil && peer.peer == l.id {
		w.connect(p, peer)
		w.connect(peer, p)
	}
	if p.prompt != "" {
		w.say(l.id, p.prompt)
		p.prompt = ""
	}
	legs := append(make([]*leg, 0, len(*w.legs.Load())+1), *w.legs.Load()...)
	legs = append(legs, l)
	w.legs.Store(&legs)
	return true
}

// dismiss takes a leg from its place and returns it; nil: it is unknown or over. Its peer hears silence, and the place
// is kept for a while.
func (w *Wire) dismiss(id call.LegID) *leg {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.places[id]
	if p == nil || p.leg == nil {
		return nil
	}
	l := p.leg
	p.leg, p.over, p.expires = nil, true, w.now().Add(placeKept)
	if peer := w.places[p.peer]; peer != nil && peer.peer == id && peer.leg != nil {
		peer.leg.to.Store(nil)
		w.connect(peer, p)
	}
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
			delete(w.places, id)
		}
	}
}

// peerOf returns the leg that a leg is joined with; empty: none.
func (w *Wire) peerOf(id call.LegID) call.LegID {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.places[id]; p != nil {
		return p.peer
	}
	return ""
}
