package media

import (
	"encoding/binary"
	"sync"
	"time"

	"telagent-gateway/call"
)

// tape is one recording between the wire and the recorder: the last two seconds of both sides, each sample at its time.
// What nobody puts there is silence. Readers and the pacer put audio in, the recorder takes it out once nothing earlier
// is to be expected. Where the recorder is late by more than the tape holds, what comes is dropped and counted: there is
// silence in its place.
type tape struct {
	leg   call.LegID
	file  string
	began time.Time // position 0
	rest  bool      // nothing is recorded: what is there of the file is brought to its end
	fresh bool      // its file was never there; the recorder's

	// mu is held for the arithmetic of a packet or a few, never over I/O, and nothing else is locked within it.
	mu     sync.Mutex
	first  time.Time // where the file begins, which is earlier if a restart cut it off; zero: not known yet
	paused bool
	ended  time.Time // zero: it goes on
	sides  [2]side
	taken  uint32 // position up to which the recorder took it

	written writing // the recorder's
}

// side is one channel of a tape, by position modulo its length. Positions are samples since the beginning.
type side struct {
	ring   [tapeRing]int16
	known  bool   // offset holds
	offset uint32 // position minus timestamp
	lost   uint32 // samples dropped
}

// The channels.
const (
	left  = 0 // what the leg says
	right = 1 // what the leg is sent
)

// Limits of a tape, in samples.
const (
	tapeRing    = 16384     // two seconds; a power of two
	tapeSettles = clock / 4 // packets may come so late
	tapeEarly   = clock / 8 // a packet from so far ahead is not where it belongs: its sender's clock is faster than ours
	tapeAtMost  = 24 * 3600 * clock
)

// put writes a packet to its place. Timestamps place the packets of a stream to each other, the clock places the stream.
func (t *tape) put(channel int, now time.Time, ts uint32, c codec, payload []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.paused || !t.ended.IsZero() {
		return
	}
	s, n := &t.sides[channel], uint32(len(payload))
	due := max(ticks(now.Sub(t.began)), n) // its end, if it came as soon as it was said
	at := ts + s.offset
	if !s.known || int32(at+n-due) > tapeEarly || int32(at-t.taken) < 0 {
		at = due - n
		s.known, s.offset = true, at-ts
	}
	if room := int32(t.taken + tapeRing - at); room < int32(n) || int32(at-t.taken) < 0 {
		s.lost += n
		return
	}
	table := &linear[c]
	for i, b := range payload {
		s.ring[(at+uint32(i))%tapeRing] = table[b]
	}
}

// set lets the recording go on, pause or end.
func (t *tape) set(now time.Time, to call.Recording) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended.IsZero() {
		return
	}
	t.paused = to == call.Paused
	if to == call.Off {
		t.ended = now
	}
}

// state returns what is needed to go on with the recording; zero: it ended.
func (t *tape) state() RecordingState {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended.IsZero() {
		return RecordingState{}
	}
	if t.first.IsZero() {
		return RecordingState{t.file, t.began}
	}
	return RecordingState{t.file, t.first}
}

// begins notes when a file begins that is gone on with, and returns it: as it was told, or else as is found.
func (t *tape) begins(found time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first.IsZero() {
		t.first = found
	}
	return t.first
}

// take moves the next samples that are settled at now into buf, as stereo frames of 16 bits; none: there are none yet, or
// the tape is at its end. What came within the last settles samples is not settled.
func (t *tape) take(now time.Time, settles uint32, buf []byte) (frames []byte, end bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	till := ticks(now.Sub(t.began))
	if end = !t.ended.IsZero(); end {
		till = ticks(t.ended.Sub(t.began))
	} else {
		till -= min(till, settles)
	}
	frames = buf[:0]
	for len(frames)+4 <= cap(buf) && int32(till-t.taken) > 0 {
		for channel := range t.sides {
			sample := &t.sides[channel].ring[t.taken%tapeRing]
			frames = binary.LittleEndian.AppendUint16(frames, uint16(*sample))
			*sample = 0
		}
		t.taken++
	}
	return frames, end && len(frames) == 0
}

// dropped returns how much of a side the tape could not hold, of the side that misses more.
func (t *tape) dropped() uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(t.sides[left].lost, t.sides[right].lost)
}
