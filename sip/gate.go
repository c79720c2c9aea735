package sip

import (
	"net/netip"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

// Security bounds what strangers may ask for, and says when one is banned. The zero value bounds and bans nobody.
type Security struct {
	Allow   []netip.Prefix // never banned and never bounded, like the networks of trunks
	After   int            // wrong proofs of one source that ban it; 0: nobody is banned
	Within  time.Duration  // in which they are counted
	For     time.Duration  // how long the first ban lasts; each further one lasts twice as long
	Longest time.Duration  // the longest ban; for so long a ban that is over is remembered, too
	PerHost int            // messages a second that are read of one source that has not proved itself; 0: all
	InAll   int            // messages a second that are read of all of them together; 0: all
	Ledger  Ledger         // remembers bans while we are down; nil: nobody does
	Banned  []call.Ban     // what it remembered
}

// Ledger remembers bans. Its methods do not block.
type Ledger interface {
	KeepBan(b call.Ban)
	DropBan(source netip.Prefix)
}

// friendly is how many times more is read of a source that has proved itself than of a stranger.
const friendly = 10

// gate decides whether a sender is heard, by his address alone and before anything of his message is read. What it
// keeps does not grow with the number of senders.
type gate struct {
	rules   atomic.Pointer[Security] // as they are now
	log     *zap.Logger
	now     func() time.Time
	bans    bans
	friends generations[netip.Prefix, struct{}] // who proved himself, or was asked something by us
	suspect generations[netip.Prefix, suspicion]
	paces   *paces
	all     pace
	expel   func(netip.Prefix)      // ends the connections of who is banned; nil: there are none
	phone   func(netip.Prefix) bool // says whether a phone is registered from there; nil: none is
	carrier func(netip.Addr) bool   // whether the name of a trunk leads there; nil: no name does

	banned, hurried, crowded atomic.Uint64 // messages and connections that were not taken, by why
}

func newGate(s Security, log *zap.Logger, now func() time.Time) *gate {
	g := &gate{log: log, now: now, paces: newPaces()}
	g.rules.Store(&s)
	g.bans.restore(s.Banned)
	return g
}

// sourceOf is what counts as one sender: who has an IPv6 address has 2^64 of them.
func sourceOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // an address that is none gives a prefix that is none
	return p
}

// hears says whether a message from there is read. A connection counts as a message.
func (g *gate) hears(from netip.Addr) bool {
	if g.allowed(from) {
		return true
	}
	source, now := sourceOf(from), g.now()
	if g.bans.holds(source, now) {
		g.banned.Add(1)
		return false
	}
	friend := g.friends.has(source)
	rate := g.rules.Load().PerHost
	if friend {
		rate *= friendly
	}
	if rate > 0 && !g.paces.of(source).takes(rate, now) {
		g.hurried.Add(1)
		return false
	}
	// A flood of forged senders uses up what all strangers have together, and nothing of those who are known.
	if !friend && g.rules.Load().InAll > 0 && !g.all.takes(g.rules.Load().InAll, now) {
		g.crowded.Add(1)
		return false
	}
	return true
}

// knows says whether somebody there proved himself, or is never banned: he is not kept waiting by strangers.
func (g *gate) knows(from netip.Addr) bool { return g.friends.has(sourceOf(from)) || g.allowed(from) }

// allowed says whether a source is never banned and never bounded.
func (g *gate) allowed(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range g.rules.Load().Allow {
		if p.Contains(a) {
			return true
		}
	}
	return g.carrier != nil && g.carrier(a)
}

// befriend notes that somebody there proved himself, or that we sent a request there.
func (g *gate) befriend(a netip.Addr) {
	source := sourceOf(a)
	g.friends.put(source, struct{}{})
	g.suspect.drop(source)
}

// The weights of what speaks against a source. A wrong proof is a whole one.
const (
	wholeFault = 10
	smallFault = 1 // what somebody may do by mistake for hours
)

// suspicion is what speaks against a source.
type suspicion struct {
	since  time.Time
	weight int
}

// blame notes what a source did, and bans it when that was too much. The caller knows that it was that source and not
// one that forges its address: it was over a connection, or answered what we sent to that very address.
func (g *gate) blame(a netip.Addr, weight int, what string) {
	source, now := sourceOf(a), g.now()
	if g.rules.Load().After <= 0 || g.allowed(a) || g.bans.holds(source, now) {
		return
	}
	s := g.suspect.change(source, func(s suspicion) suspicion {
		if now.Sub(s.since) > g.rules.Load().Within {
			s = suspicion{since: now}
		}
		s.weight += weight
		return s
	})
	if s.weight < g.rules.Load().After*wholeFault || g.phone != nil && g.phone(source) {
		return
	}
	g.suspect.drop(source)
	b, forgotten := g.bans.ban(source, now, g.rules.Load().For, g.rules.Load().Longest, what)
	if g.rules.Load().Ledger != nil {
		for _, old := range forgotten {
			g.rules.Load().Ledger.DropBan(old)
		}
		g.rules.Load().Ledger.KeepBan(b)
	}
	g.log.Warn("a source of SIP is banned", zap.Stringer("source", source), zap.String("reason", what), zap.Time("until", b.Until),
		zap.Int("times", b.Times))
	if g.expel != nil {
		g.expel(source)
	}
}

// lift ends a ban and forgets it; false: there is none.
func (g *gate) lift(source netip.Prefix) bool {
	if !g.bans.lift(source, g.now()) {
		return false
	}
	g.suspect.drop(source)
	if g.rules.Load().Ledger != nil {
		g.rules.Load().Ledger.DropBan(source)
	}
	return true
}

// Bans returns the bans that hold, those that end last first.
func (w *Wire) Bans() []call.Ban { return w.gate.bans.all(w.gate.now()) }

// Lift ends the ban of a source, given by any address of it; false: there is none.
func (w *Wire) Lift(a netip.Addr) bool { return w.gate.lift(sourceOf(a)) }

// Unheard returns how many messages and connections were not taken since the start: those of banned sources, those of
// sources that sent too many, and those of strangers when all of them together sent too many.
func (w *Wire) Unheard() (banned, hurried, crowded uint64) {
	return w.gate.banned.Load(), w.gate.hurried.Load(), w.gate.crowded.Load()
}
