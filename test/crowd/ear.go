package crowd

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"time"
)

// Ear notes what arrives at a leg. Its methods are safe for concurrent use.
type Ear struct {
	mu      sync.Mutex
	any     stream
	other   stream             // audible, and of no leg of a crowd: music, a prompt, a mix
	voices  map[uint32]*stream // by the leg that said it
	doubled int                // packets of a leg that came twice
	stale   int                // that were on their way for longer than Fresh
	unread  int                // packets that could not be decrypted
	samples []float64          // the last 200 ms of other
}

// Fresh is how old a packet may be when it is heard: what is older was kept somewhere and is of no use to anybody.
const Fresh = 500 * time.Millisecond

// Recently is how long ago at most a packet came of one who is heard now.
const Recently = 200 * time.Millisecond

// stream is the arrival of one kind of packets.
type stream struct {
	first, last time.Time
	packets     int
	silences    []silence
	high        uint32 // the highest number
	seen        uint64 // a bit for each of the 64 numbers up to high
}

type silence struct{ from, to time.Time }

// Silences that are shorter than this are jitter; keepSilences bounds those that are kept, the first are.
const (
	shortSilence = 45 * time.Millisecond
	keepSilences = 4096
	maxVoices    = 64
)

func (s *stream) add(at time.Time) {
	if s.packets == 0 {
		s.first = at
	} else if at.Sub(s.last) > shortSilence && len(s.silences) < keepSilences {
		s.silences = append(s.silences, silence{s.last, at})
	}
	s.last = at
	s.packets++
}

// twice says whether the number was there before, and notes it.
func (s *stream) twice(n uint32) bool {
	if s.packets == 0 {
		s.high, s.seen = n, 1
		return false
	}
	if ahead := int64(n) - int64(s.high); ahead > 0 {
		s.high = n
		if ahead >= 64 {
			s.seen = 1
		} else {
			s.seen = s.seen<<ahead | 1
		}
		return false
	} else if behind := -ahead; behind < 64 {
		was := s.seen&(1<<behind) != 0
		s.seen |= 1 << behind
		return was
	}
	return true
}

// longest returns the longest time without a packet within the window, its edges included.
func (s *stream) longest(from, to time.Time) (d time.Duration) {
	if s.packets == 0 || s.first.After(to) {
		return to.Sub(from)
	}
	within := func(a, b time.Time) {
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		d = max(d, b.Sub(a))
	}
	within(from, s.first)
	for _, q := range s.silences {
		within(q.from, q.to)
	}
	within(s.last, to)
	return d
}

// after returns when the first packet came after t; zero: none did.
func (s *stream) after(t time.Time) time.Time {
	switch {
	case s.packets == 0 || !s.last.After(t):
		return time.Time{}
	case s.first.After(t):
		return s.first
	}
	for _, q := range s.silences {
		if !q.from.After(t) && q.to.After(t) {
			return q.to
		}
	}
	return t // within the usual distance of two packets
}

// heard notes one packet's payload.
func (e *Ear) heard(payload []byte, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.any.add(at)
	if len(payload) < frame || binary.BigEndian.Uint32(payload) != mark {
		e.hearOther(payload, at)
		return
	}
	who, number := binary.BigEndian.Uint32(payload[4:]), binary.BigEndian.Uint32(payload[8:])
	v := e.voices[who]
	if v == nil {
		if len(e.voices) == maxVoices {
			return
		}
		v = &stream{}
		e.voices[who] = v
	}
	if v.twice(number) {
		e.doubled++
	}
	if at.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(payload[12:])))) > Fresh {
		e.stale++
	}
	v.add(at)
}

func (e *Ear) hearOther(payload []byte, at time.Time) {
	power := 0.0
	for _, b := range payload {
		x := float64(linear(b)) / 32768
		power += x * x
		e.samples = append(e.samples, x)
	}
	if extra := len(e.samples) - 10*frame; extra > 0 {
		e.samples = append(e.samples[:0], e.samples[extra:]...)
	}
	if len(payload) > 0 && power/float64(len(payload)) > 1e-5 {
		e.other.add(at)
	}
}

func (e *Ear) failed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unread++
}

// excused takes back one that came before its key.
func (e *Ear) excused() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unread--
}

// voice returns the stream of a leg, by its ID; 0: of anybody, music included. The caller holds mu.
func (e *Ear) voice(who uint32) *stream {
	if who == 0 {
		return &e.any
	}
	if v := e.voices[who]; v != nil {
		return v
	}
	return &stream{}
}

// Hears says whether the leg with that ID is heard now; 0: whether packets come at all.
func (e *Ear) Hears(who uint32) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.voice(who).last) < Recently
}

// HearsOther says whether something audible is heard now that no leg of a crowd says.
func (e *Ear) HearsOther() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.other.last) < 2*Recently
}

// HearsOtherAfter says when something audible that no leg says was first heard after t; zero: it was not.
func (e *Ear) HearsOtherAfter(t time.Time) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.other.after(t)
}

// HearsTone says whether the last 200 ms of what no leg says hold a tone, and came just now.
func (e *Ear) HearsTone(hz float64, share func(samples []float64, hz float64) float64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.other.last) < Recently && len(e.samples) == 10*frame && share(e.samples, hz) > 0.25
}

// String says for errors who was heard, how often, and how long ago.
func (e *Ear) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	text := fmt.Sprintf("%d packets, the last %v ago; %d twice, %d too late, %d unread", e.any.packets, time.Since(e.any.last).Round(time.Millisecond), e.doubled, e.stale, e.unread)
	text += fmt.Sprintf("; others %d times, %v ago", e.other.packets, time.Since(e.other.last).Round(time.Millisecond))
	for who, v := range e.voices {
		text += fmt.Sprintf("; leg %d %d times, %v ago", who, v.packets, time.Since(v.last).Round(time.Millisecond))
	}
	return text
}

// Longest returns the longest time within the window in which the leg with that ID was not heard; 0: nobody.
func (e *Ear) Longest(who uint32, from, to time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.voice(who).longest(from, to)
}

// After returns when the leg with that ID was first heard after t; zero: it was not.
func (e *Ear) After(who uint32, t time.Time) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.voice(who).after(t)
}

// Packets returns how many packets came of the leg with that ID; 0: of anybody.
func (e *Ear) Packets(who uint32) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.voice(who).packets
}

// Odd counts packets that came twice, those that came too late, and those that could not be decrypted.
func (e *Ear) Odd() (doubled, stale, unread int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.doubled, e.stale, e.unread
}

// linear decodes a byte of PCMU by ITU-T G.711 table 2.
func linear(b byte) int {
	b = ^b
	v := (int(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		return -v
	}
	return v
}

// law encodes a sample in PCMU, by search: it is done once for each tone.
func law(v int) byte {
	best, far := byte(0), math.MaxInt
	for b := range 256 {
		d := linear(byte(b)) - v
		if d < 0 {
			d = -d
		}
		if d < far {
			best, far = byte(b), d
		}
	}
	return best
}
