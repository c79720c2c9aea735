package demo

import (
	"slices"
	"sync"
	"time"
)

// packetTime is how much speech one packet holds.
const packetTime = 20 * time.Millisecond

// keepPackets bounds a Trace: at 50 packets a second the last five minutes at least. When it is full the older half is
// forgotten.
const keepPackets = 1 << 15

// confirmFrames is how many frames in a row must hold a sound before it counts as heard; it was then heard since the
// first of them. One frame alone may be a step between two sounds.
const confirmFrames = 3

// driftLimit is how far RTP timestamps may run away from the time of arrival before the step is a break.
const driftLimit = 200 * time.Millisecond

// packet is one RTP packet as it arrived.
type packet struct {
	at      time.Time
	seq     uint16
	ts      uint32
	ssrc    uint32
	key     bool // a telephone-event
	samples int  // of speech; 0 for a key
	mix     mix
}

// Trace is everything that arrived at one leg's RTP socket, with what it sounded like. Windows are half open: from is
// in, to is not. It is safe for concurrent use.
type Trace struct {
	mu      sync.Mutex
	packets []packet
}

func (t *Trace) add(p packet) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.packets) == keepPackets {
		t.packets = slices.Delete(t.packets, 0, keepPackets/2)
	}
	t.packets = append(t.packets, p)
}

// window returns the packets that arrived in it, and the last one before it.
func (t *Trace) window(from, to time.Time) (in []packet, before *packet) {
	t.mu.Lock()
	defer t.mu.Unlock()
	byTime := func(p packet, at time.Time) int { return p.at.Compare(at) }
	first, _ := slices.BinarySearchFunc(t.packets, from, byTime)
	last, _ := slices.BinarySearchFunc(t.packets, to, byTime)
	if first > 0 {
		p := t.packets[first-1]
		before = &p
	}
	return slices.Clone(t.packets[first:max(first, last)]), before
}

// Packets returns how many packets arrived in the window.
func (t *Trace) Packets(from, to time.Time) int {
	in, _ := t.window(from, to)
	return len(in)
}

// LongestGap returns the longest time between two packets of the window, its edges counted as packets. An undisturbed
// stream has gaps of 20 ms.
func (t *Trace) LongestGap(from, to time.Time) time.Duration {
	in, _ := t.window(from, to)
	return longest(in, from, to, func(packet) bool { return true })
}

// LongestWithout returns the longest time in the window in which none of the sounds was heard.
func (t *Trace) LongestWithout(from, to time.Time, sounds ...Sound) time.Duration {
	in, _ := t.window(from, to)
	gap := longest(in, from, to, func(p packet) bool {
		return p.samples > 0 && slices.ContainsFunc(sounds, p.mix.has)
	})
	return max(0, gap-packetTime) // a packet is heard for as long as the speech in it lasts
}

func longest(in []packet, from, to time.Time, counts func(packet) bool) time.Duration {
	var gap time.Duration
	last := from
	for _, p := range in {
		if counts(p) {
			gap = max(gap, p.at.Sub(last))
			last = p.at
		}
	}
	return max(gap, to.Sub(last))
}

// SSRCChanges returns how often a packet of the window came with another SSRC than the packet before it.
func (t *Trace) SSRCChanges(from, to time.Time) int {
	return t.count(from, to, func(was, p packet) bool { return was.ssrc != p.ssrc })
}

// SequenceBreaks returns how often a packet's sequence number did not follow that of the packet before it.
func (t *Trace) SequenceBreaks(from, to time.Time) int {
	return t.count(from, to, func(was, p packet) bool { return p.seq != was.seq+1 })
}

func (t *Trace) count(from, to time.Time, breaks func(was, p packet) bool) (n int) {
	in, was := t.window(from, to)
	for i := range in {
		if was != nil && breaks(*was, in[i]) {
			n++
		}
		was = &in[i]
	}
	return n
}

// TimestampBreaks returns how often the timestamp of speech in the window stood still, went back, or ran away from the
// clock by more than 200 ms between two packets.
func (t *Trace) TimestampBreaks(from, to time.Time) (n int) {
	in, _ := t.window(from, to)
	var was *packet
	for i, p := range in {
		if p.key {
			continue
		}
		if was != nil {
			step := time.Duration(int32(p.ts-was.ts)) * time.Second / sampleRate
			if drift := step - p.at.Sub(was.at); step <= 0 || drift.Abs() > driftLimit {
				n++
			}
		}
		was = &in[i]
	}
	return n
}

// Keys returns how many different keys were pressed at the far side in the window (RFC 4733 §2.5.1.2: packets with one
// timestamp are one key).
func (t *Trace) Keys(from, to time.Time) (n int) {
	in, _ := t.window(from, to)
	var last *packet
	for i, p := range in {
		if !p.key {
			continue
		}
		if last == nil || last.ts != p.ts {
			n++
		}
		last = &in[i]
	}
	return n
}

// FirstHeard returns when the sound was first heard since that time: the arrival of the first of three frames in a row
// that hold it.
func (t *Trace) FirstHeard(s Sound, since time.Time) (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first, _ := slices.BinarySearchFunc(t.packets, since, func(p packet, at time.Time) int { return p.at.Compare(at) })
	var began time.Time
	run := 0
	for _, p := range t.packets[first:] {
		switch {
		case p.samples == 0: // a key interrupts nothing
		case !p.mix.has(s):
			run = 0
		case run == 0:
			began, run = p.at, 1
		default:
			if run++; run == confirmFrames {
				return began, true
			}
		}
	}
	return time.Time{}, false
}

// Heard says whether the sound was heard in a single frame of the window: the strict question, for what must not be
// heard at all.
func (t *Trace) Heard(s Sound, from, to time.Time) bool {
	in, _ := t.window(from, to)
	return slices.ContainsFunc(in, func(p packet) bool { return p.samples > 0 && p.mix.has(s) })
}
