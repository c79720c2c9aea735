package media

import (
	"encoding/binary"
	"math"
	"strings"
	"sync"
	"time"

	"telagent-gateway/call"
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

// press is a key press that the slot sends: as telephone-event, or as a tone to a far side that did not agree to that.
type press struct {
	code byte
	ts   uint32 // of its beginning
	sent uint32 // packets
	ends int    // of them, those that say that it is over
}

// Press passes a key on that signalling brought from a leg (INFO), to who hears that leg alone. A leg that agreed to
// telephone-event sends it along its audio as well, which is passed on already. Keys that are no keys are ignored.
func (w *Wire) Press(id call.LegID, key string) {
	code := strings.Index(keyNames, key)
	l, err := w.find(id)
	if err != nil || code < 0 || len(key) != 1 {
		return
	}
	l.mu.Lock()
	l.keys.at = w.now()
	twice := l.far.types.event != 0
	l.mu.Unlock()
	if to := l.to.Load(); to != nil && !twice {
		for _, s := range to.slots {
			if s.takes(l) {
				s.key(byte(code))
			}
		}
	}
}

// key lets the slot send a key press after those before it.
func (s *slot) key(code byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open && len(s.says) < saysKept {
		s.says = append(s.says, newPress(code))
	}
}

func newPress(code byte) *source {
	return &source{frames: &once{sounds: []*sound{keyTones()[code]}}, press: &press{code: code}}
}

// tone plays a bridged leg's key press as sound, once however many packets it comes in. The caller holds mu.
// RFC 4733 §2.1
func (s *slot) tone(p *packet) {
	code, again := p.payload()[0], p.goesOn || s.toned.known && s.toned.in == p.ts
	s.toned = eventOut{in: p.ts, known: true}
	if !again && int(code) < len(keyNames) && len(s.says) < saysKept {
		s.says = append(s.says, newPress(code))
	}
}

// told says whether the slot sends a prompt, which nobody is heard over. A key is none. The caller holds mu.
func (s *slot) told() bool { return len(s.says) > 0 && s.says[0].press == nil }

// pressing makes the next packet of a key press in buf: all of them carry the timestamp of its beginning, and the last
// one is sent three times. The caller holds mu.
// RFC 4733 §2.5.1.2, §2.5.1.4
func (s *slot) pressing(now time.Time, p *press, buf []byte) []byte {
	const repeated = 3
	t := &s.stream
	if p.sent == 0 {
		p.ts = t.next(now)
	}
	p.sent++
	length := min(p.sent*s.frame, ticks(toneLasts))
	payload := buf[rtpHeader : rtpHeader+4]
	payload[0], payload[1] = p.code, 10 // volume in -dBm0
	binary.BigEndian.PutUint16(payload[2:], uint16(length))
	if length == ticks(toneLasts) {
		payload[1] |= 0x80
		if p.ends++; p.ends == repeated {
			s.says = s.says[1:]
		}
	}
	out := buf[:rtpHeader+len(payload)]
	putHeader(out, s.types.event, p.sent == 1, t.sends(now, p.ts, s.frame, p.ts+p.sent*s.frame), p.ts, t.ssrc)
	s.count(uint32(len(payload)), nil, false)
	return out
}
