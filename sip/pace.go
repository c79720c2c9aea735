package sip

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// pace is a leaky bucket in one word: when the sender would be on time again. It lets two seconds' worth through at once.
type pace struct{ due atomic.Int64 } // in nanoseconds

// takes says whether one more may come, at a rate a second.
func (p *pace) takes(rate int, now time.Time) bool {
	each := int64(time.Second) / int64(rate)
	for at := now.UnixNano(); ; {
		due := p.due.Load()
		next := max(due, at) + each
		if next-at > int64(2*time.Second) {
			return false
		}
		if p.due.CompareAndSwap(due, next) {
			return true
		}
	}
}

// paces are the buckets of all sources: as many as there are, whoever sends. Sources that share one by chance share its
// rate; nobody outside can tell which those are.
type paces struct {
	seed  maphash.Seed
	place [1 << 15]pace
}

func newPaces() *paces { return &paces{seed: maphash.MakeSeed()} }

func (p *paces) of(source netip.Prefix) *pace {
	return &p.place[maphash.Comparable(p.seed, source)%uint64(len(p.place))]
}

// generation is how many entries a map of generations takes before the older half is forgotten.
const generation = 8192

// generations are a map of bounded size: what was not touched for a long time is forgotten first. The zero value is
// ready for use, by any goroutine.
type generations[K comparable, V any] struct {
	mu         sync.RWMutex
	young, old map[K]V
}

func (g *generations[K, V]) has(k K) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if _, is := g.young[k]; is {
		return true
	}
	_, is := g.old[k]
	return is
}

func (g *generations[K, V]) put(k K, v V) { g.change(k, func(V) V { return v }) }

// change sets an entry to what f makes of it and returns that.
func (g *generations[K, V]) change(k K, f func(V) V) V {
	g.mu.Lock()
	defer g.mu.Unlock()
	v, is := g.young[k]
	if !is {
		v = g.old[k]
		if len(g.young) >= generation || g.young == nil {
			g.young, g.old = make(map[K]V), g.young
		}
	}
	v = f(v)
	g.young[k] = v
	return v
}

func (g *generations[K, V]) drop(k K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.young, k)
	delete(g.old, k)
}
