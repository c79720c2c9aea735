package telagent

import (
	"slices"

	"telagent-gateway/call"
)

// role is what a leg is to the others in its call, as far as hearing goes.
type role uint8

// The roles. The zero value hears nobody and is heard by nobody: it holds the call, or waits.
const (
	apart          role = iota
	customerRole        // the customer
	agentRole           // in the agent seat, with the customer
	asideRole           // in the agent seat, with somebody he asks for advice while the customer waits
	consultRole         // who is asked
	conferenceRole      // talks with everybody
	monitorRole         // hears everybody, is heard by nobody
	whisperRole         // hears everybody, is heard by the agent alone
	bargeRole           // hears and is heard by everybody in the talk
)

var roleWords = []string{"apart", "customer", "agent", "agent aside", "consult", "conference", "monitor", "whisper", "barge"}

// heardBy is the hear matrix: who is heard by each role. What is missing is not heard.
var heardBy = map[role][]role{
	customerRole:   {agentRole, conferenceRole, bargeRole},
	agentRole:      {customerRole, conferenceRole, whisperRole, bargeRole},
	asideRole:      {consultRole, whisperRole},
	consultRole:    {asideRole},
	conferenceRole: {customerRole, agentRole, conferenceRole, bargeRole},
	monitorRole:    {customerRole, agentRole, asideRole, consultRole, conferenceRole, bargeRole},
	whisperRole:    {customerRole, agentRole, asideRole, consultRole, conferenceRole, bargeRole},
	bargeRole:      {customerRole, agentRole, conferenceRole, bargeRole},
}

// hearing is what a leg was last ordered to hear. The zero value: nothing was ordered yet.
type hearing struct {
	known bool
	from  []call.LegID // sorted; empty: audio
	audio call.Audio
	music string
}

func (h hearing) same(o hearing) bool {
	return h.known == o.known && slices.Equal(h.from, o.from) && h.audio == o.audio && h.music == o.music
}

// place is a leg in the room of its call.
type place struct {
	leg  *leg
	role role
}

// room returns the legs that are up in a call, and what each is to the others.
func (v *visit) room() (all []place) {
	add := func(l *leg, r role) {
		if l == nil || l.phase != up {
			return
		}
		if l.held {
			r = apart
		}
		all = append(all, place{l, r})
	}
	add(v.customer, customerRole)
	switch g := v.asked(); {
	case v.paused:
		add(v.seat, apart)
	case v.aside && (g == nil || g.own == nil):
		add(v.seat, asideRole)
	default:
		add(v.seat, agentRole)
	}
	for _, g := range v.guests {
		add(g.leg, g.mode.role())
		add(g.own, asideRole)
	}
	return all
}

// wanted returns what a leg in the room has to hear.
func (v *visit) wanted(room []place, p place) hearing {
	h := hearing{known: true}
	if p.role == customerRole {
		if h.from = speakers(room, p, !v.emergency); len(h.from) == 0 {
			h.audio, h.music = v.waitingAudio()
		}
		return h
	}
	at := slices.IndexFunc(room, func(q place) bool { return q.role == customerRole })
	if at >= 0 && len(speakers(room, room[at], !v.emergency)) == 0 {
		room = slices.Delete(slices.Clone(room), at, at+1) // who hears music is out of the talk
	}
	h.from = speakers(room, p, false)
	if len(h.from) == 0 && p.role == consultRole {
		h.audio = call.Music // he waits until the agent is back with him
	}
	return h
}

// speakers returns whom a leg hears. A customer does not listen to an agent's leg that nothing comes from; somebody outside
// may be silent as he likes.
func speakers(room []place, p place, sound bool) (from []call.LegID) {
	for _, q := range room {
		if q.leg != p.leg && slices.Contains(heardBy[p.role], q.role) && (!sound || q.leg.agent == nil || q.leg.silent.IsZero()) {
			from = append(from, q.leg.id)
		}
	}
	slices.Sort(from)
	return from
}

// waitingAudio is what a customer hears who has nobody to talk with.
func (v *visit) waitingAudio() (audio call.Audio, music string) {
	if !v.alone.IsZero() {
		return call.Comfort, ""
	}
	if v.parting != "" {
		return call.Silence, ""
	}
	if v.line == nil {
		return call.Music, ""
	}
	return call.Music, v.line.Music
}

// mix orders what everybody in a call has to hear and does not hear yet. Two who hear each other and whom nobody else
// hears are joined; whoever hears nobody is parked.
func (f *Floor) mix(v *visit) {
	room := v.room()
	wants := make(map[*leg]hearing, len(room))
	for _, p := range room {
		wants[p.leg] = v.wanted(room, p)
	}
	for _, p := range room {
		if w := wants[p.leg]; len(w.from) == 0 && !p.leg.hears.same(w) {
			f.park(p.leg, w.audio, w.music)
		}
	}
	for _, p := range room {
		w := wants[p.leg]
		switch {
		case len(w.from) == 0 || p.leg.hears.same(w):
		case paired(room, wants, p.leg):
			f.join(p.leg, f.legs[w.from[0]])
		default:
			p.leg.hears = w
			f.act(call.Hear{Leg: p.leg.id, From: w.from})
		}
	}
}

// paired says whether a leg and one other hear each other, and nobody else hears either.
func paired(room []place, wants map[*leg]hearing, l *leg) bool {
	other := wants[l].from[0]
	for _, p := range room {
		from := wants[p.leg].from
		switch p.leg.id {
		case l.id, other:
			if len(from) != 1 {
				return false
			}
		default:
			if slices.Contains(from, l.id) || slices.Contains(from, other) {
				return false
			}
		}
	}
	i := slices.IndexFunc(room, func(p place) bool { return p.leg.id == other })
	return i >= 0 && wants[room[i].leg].from[0] == l.id
}

// park takes a leg out of the talk; whoever heard it alone hears silence.
func (f *Floor) park(l *leg, audio call.Audio, music string) {
	f.unheard(l)
	l.hears = hearing{known: true, audio: audio, music: music}
	f.act(call.Park{Leg: l.id, Audio: audio, Music: music})
}

func (f *Floor) join(a, b *leg) {
	f.unheard(a)
	f.unheard(b)
	a.hears = hearing{known: true, from: []call.LegID{b.id}}
	b.hears = hearing{known: true, from: []call.LegID{a.id}}
	if b.visit.customer == b {
		a, b = b, a
	}
	f.act(call.Join{A: a.id, B: b.id})
}

// exchange puts a new leg in the place of an old one, between two packets.
func (f *Floor) exchange(old, new *leg) {
	for _, l := range old.visit.listeners() {
		if i := slices.Index(l.hears.from, old.id); i >= 0 {
			l.hears.from = slices.Clone(l.hears.from)
			l.hears.from[i] = new.id
			slices.Sort(l.hears.from)
		}
	}
	new.hears, old.hears = old.hears, hearing{known: true}
	f.act(call.Swap{Old: old.id, New: new.id})
}

// unheard takes a leg out of what the others in its call hear.
func (f *Floor) unheard(l *leg) {
	if l.visit == nil {
		return
	}
	for _, other := range l.visit.listeners() {
		if i := slices.Index(other.hears.from, l.id); i >= 0 {
			other.hears.from = slices.Delete(slices.Clone(other.hears.from), i, i+1)
		}
	}
}

// listeners returns every leg of a call that may have been ordered to hear somebody.
func (v *visit) listeners() (all []*leg) {
	for _, p := range v.room() {
		all = append(all, p.leg)
	}
	return all
}
