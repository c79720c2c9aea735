package gateway

import (
	"sync"
	"time"

	"telagent-gateway/call"
)

// keypad lets each key press through once. Some phones send one both as RFC 4733 and as INFO, so both wires report it, in
// either order: of each leg the keys that came each way are counted, and a key passes when it makes the higher count
// higher. Where no key came for a while both counts begin anew, so that a phone may go over from one way to the other, and
// a copy that got lost does no harm for long.
//
// RFC 4733 §2.5.1; RFC 6086 §4.2.2
type keypad struct {
	mu   sync.Mutex
	legs map[call.LegID]*keysOf
}

// keysOf are the latest keys of one leg.
type keysOf struct {
	at    time.Time // of the last one, passed or not
	count [2]int    // by way
}

// way is how a key press came.
type way int

// The ways.
const (
	byAudio  way = iota // RFC 4733, or a tone
	bySignal            // INFO
)

const (
	keyPause   = 2 * time.Second // copies of one key are not so far apart: INFO is sent twice again in that time
	mostKeypad = 20_000          // legs whose keys are counted; a leg that ended and pressed on is forgotten by this at last
)

// press says whether a key that came at now is a new one.
func (k *keypad) press(leg call.LegID, by way, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	of := k.legs[leg]
	if of == nil {
		if k.legs == nil || len(k.legs) >= mostKeypad {
			k.legs = make(map[call.LegID]*keysOf)
		}
		of = &keysOf{}
		k.legs[leg] = of
	}
	if now.Sub(of.at) > keyPause {
		of.count = [2]int{}
	}
	of.at = now
	of.count[by]++
	return of.count[by] > of.count[1-by]
}

// forget drops what is known of a leg that is over.
func (k *keypad) forget(leg call.LegID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.legs, leg)
}
