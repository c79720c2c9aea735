package sip

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"telagent-gateway/call"
)

// mostBans is how many bans there are at most; a further one takes the place of the one that ends first.
const mostBans = 10_000

// bans are the sources that are not heard, and for a while those that were not.
type bans struct {
	mu      sync.RWMutex
	records map[netip.Prefix]call.Ban
}

// restore takes what was remembered.
func (b *bans) restore(old []call.Ban) {
	b.records = make(map[netip.Prefix]call.Ban)
	slices.SortFunc(old, endsLater)
	for _, o := range old[:min(len(old), mostBans)] {
		b.records[o.Source] = o
	}
}

// holds says whether a source is banned.
func (b *bans) holds(source netip.Prefix, now time.Time) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	old, known := b.records[source]
	return known && now.Before(old.Until)
}

// ban adds a ban, longer than the one before, and returns it and the sources that are forgotten.
func (b *bans) ban(source netip.Prefix, now time.Time, first, longest time.Duration, why string) (call.Ban, []netip.Prefix) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var forgotten []netip.Prefix
	for s, old := range b.records {
		if now.Sub(old.Until) > longest {
			forgotten = append(forgotten, s)
			delete(b.records, s)
		}
	}
	old := b.records[source]
	if old.Times == 0 && len(b.records) >= mostBans {
		s := b.soonest()
		forgotten = append(forgotten, s)
		delete(b.records, s)
	}
	length := first
	for range old.Times {
		if length = min(2*length, longest); length == longest {
			break
		}
	}
	c := call.Ban{Source: source, Since: now, Until: now.Add(length), Times: old.Times + 1, Reason: why}
	b.records[source] = c
	return c, forgotten
}

// soonest is the source whose ban ends first. The lock is held.
func (b *bans) soonest() (source netip.Prefix) {
	var first time.Time
	for s, old := range b.records {
		if first.IsZero() || old.Until.Before(first) {
			source, first = s, old.Until
		}
	}
	return source
}

// lift forgets a ban; false: none holds.
func (b *bans) lift(source netip.Prefix, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.records[source]
	if !known || !now.Before(old.Until) {
		return false
	}
	delete(b.records, source)
	return true
}

// all returns the bans that hold, those that end last first.
func (b *bans) all(now time.Time) []call.Ban {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var held []call.Ban
	for _, c := range b.records {
		if now.Before(c.Until) {
			held = append(held, c)
		}
	}
	slices.SortFunc(held, endsLater)
	return held
}

// endsLater orders bans by their end, the last first.
func endsLater(a, b call.Ban) int {
	if c := b.Until.Compare(a.Until); c != 0 {
		return c
	}
	return a.Source.Addr().Compare(b.Source.Addr())
}
