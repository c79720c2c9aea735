package media

import (
	"math"
	"sync"
	"time"
)

// A key that is played to a far side that knows no telephone-event: so long a tone, and a pause before the next one. Menus
// need 40 ms of each (ITU-T Q.24).
const (
	toneLasts  = 100 * time.Millisecond
	tonePauses = 60 * time.Millisecond
)

// ITU-T Q.23: the keys in their rows and columns.
const keypad = "123A456B789C*0#D"

var (
	lowTones  = [4]float64{697, 770, 852, 941}
	highTones = [4]float64{1209, 1336, 1477, 1633}
)

// Amplitudes of both tones: -9 and -7 dBm0, since lines lose more of the high one.
const (
	lowLevel  = 0.25 * 32768
	highLevel = 0.31 * 32768
)

// keyTones are the sounds of the keys, in the order of keyNames.
var keyTones = sync.OnceValue(func() (all [len(keyNames)]*sound) {
	for i, name := range keyNames {
		all[i] = newTone(name)
	}
	return all
})

func newTone(key rune) *sound {
	place := 0
	for keypad[place] != byte(key) {
		place++
	}
	low, high := 2*math.Pi*lowTones[place/4]/clock, 2*math.Pi*highTones[place%4]/clock
	ulaw := make([]byte, ticks(toneLasts+tonePauses))
	for i := range ulaw {
		ulaw[i] = silentBytes[pcmu]
		if at := float64(i); i < int(ticks(toneLasts)) {
			ulaw[i] = muFromLinear(int16(lowLevel*math.Sin(low*at) + highLevel*math.Sin(high*at)))
		}
	}
	return newSound(ulaw, false)
}

// tone plays a bridged leg's key press as sound, once however many packets it comes in, and after those before it. The
// caller holds mu.
// RFC 4733 §2.1
func (s *slot) tone(p *packet) {
	code, again := int(p.payload()[0]), p.goesOn || s.toned.known && s.toned.in == p.ts
	s.toned = eventOut{in: p.ts, known: true}
	if !again && code < len(keyNames) && len(s.says) < saysKept {
		s.says = append(s.says, &source{frames: &once{sounds: []*sound{keyTones()[code]}}, key: true})
	}
}

// told says that the slot sends a prompt, which nobody is heard over. A key's tone is none. The caller holds mu.
func (s *slot) told() bool { return len(s.says) > 0 && !s.says[0].key }
