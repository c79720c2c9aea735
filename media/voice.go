package media

import "sync"

// voice is what a leg says, as linear samples, for those who hear it in a mix: the leg's reader writes, and every mix
// that the leg is in reads at a place of its own, its ear. Both together are the jitter buffer. It holds half a second
// and no more: what is overwritten was not wanted in time.
type voice struct {
	// mu is held for the arithmetic of one packet, never over I/O, and nothing else is locked within it.
	mu   sync.Mutex
	ring [voiceRing]int16 // by position in the voice, modulo its length
	end  uint32           // position behind the newest sample
	read uint32           // the farthest that an ear has come
	gap  stretch          // the last one that no packet came for
	late uint64           // packets that came after every ear had passed their place

	known  bool // offset holds, for packets of ssrc
	ssrc   uint32
	offset uint32 // position minus timestamp
}

// stretch is a part of a voice, from a position up to another.
type stretch struct{ from, to uint32 }

const voiceRing = 4096 // samples; a power of two

// put writes what a packet says to its place. A stream that begins anew, or goes on after more than a second, continues
// where the last one ended.
func (v *voice) put(p *packet, c codec) {
	payload := p.payload()
	n := uint32(len(payload))
	if n == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	at := p.ts + v.offset
	ahead := int32(at - v.end)
	if !v.known || v.ssrc != p.ssrc || ahead > jumpAtMost || ahead < -voiceRing/2 {
		v.known, v.ssrc, v.offset = true, p.ssrc, v.end-p.ts
		at, ahead = v.end, 0
	}
	if ahead < 0 && int32(at+n-v.read) <= 0 {
		v.late++
		return
	}
	if at == v.gap.from { // overtaken, and not lost
		v.gap = stretch{}
	}
	if ahead > 0 {
		v.gap = stretch{v.end, at}
		for i := range min(uint32(ahead), voiceRing) {
			v.ring[(at-1-i)%voiceRing] = 0
		}
	}
	table := &linear[c]
	for i, b := range payload {
		v.ring[(at+uint32(i))%voiceRing] = table[b]
	}
	if int32(at+n-v.end) > 0 {
		v.end = at + n
	}
}

// ear reads a voice for one mix. It starts with what comes first and without delay. Where a packet has not come in time
// there is silence, and the ear stays so much farther behind; once it has been too far behind for a while, it catches up
// by one frame. So its delay follows the jitter. One goroutine at a time uses it.
type ear struct {
	voice *voice
	state earState
	at    uint32 // position of the next sample
	owed  uint32 // silence that stood in for what had not come
	least uint32 // the least that was there beyond a frame, since it last caught up or ran dry
	since uint32 // samples since then
}

// earState says how an ear joins its samples to what was heard before.
type earState uint8

// The states. The zero value: its next samples rise from silence, so that they do not click.
const (
	entering earState = iota
	hearing
	leaving // its next samples fade, and are its last
)

// Limits of an ear.
const (
	heldAtMost   = clock / 6 // samples beyond a frame; with more an ear goes on with the newest frame
	catchUpAfter = 3 * clock // samples
)

// newEar hears what comes from now on.
func newEar(v *voice) *ear {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &ear{voice: v, at: v.end, owed: jumpAtMost} // the time before is no gap to hear
}

// add mixes the next samples of the voice into sum.
func (e *ear) add(sum []int32) {
	v, n := e.voice, uint32(len(sum))
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.owed > 0 && e.at == v.gap.from { // silence was heard in place of this gap already
		e.at += min(v.gap.to-v.gap.from, e.owed)
	}
	was, has := e.at, v.end-e.at
	e.catchUp(has, n)
	heard := min(v.end-e.at, n)
	switch {
	case e.state == leaving:
		v.fall(sum[:heard], e.at)
	case e.state == entering || has > voiceRing:
		v.rise(sum[:heard], e.at)
	case was != e.at:
		v.blend(sum, was, e.at)
	default:
		v.add(sum[:heard], e.at)
	}
	e.at += heard
	switch {
	case heard < n:
		e.owed += n - heard
		e.least, e.since = 0, 0
		if e.state == hearing {
			e.state = entering
		}
	case e.state == entering:
		e.state = hearing
		e.owed = 0
	default:
		e.owed = 0
	}
	if int32(e.at-v.read) > 0 {
		v.read = e.at
	}
}

// catchUp moves the ear on where more is there than it needs for its next n samples.
func (e *ear) catchUp(has, n uint32) {
	if has < n {
		return
	}
	spare := has - n
	e.least, e.since = min(e.least, spare), e.since+n
	switch {
	case spare > heldAtMost:
		e.at += spare
	case e.since < catchUpAfter:
		return
	case e.least >= n:
		e.at += n
	}
	e.least, e.since = spare, 0
}

// add adds samples as they are.
func (v *voice) add(sum []int32, at uint32) {
	for i := range sum {
		sum[i] += int32(v.ring[(at+uint32(i))%voiceRing])
	}
}

// rise adds samples that become as loud as they are within the frame.
func (v *voice) rise(sum []int32, at uint32) {
	for i := range sum {
		sum[i] += int32(v.ring[(at+uint32(i))%voiceRing]) * int32(i+1) / int32(len(sum))
	}
}

// fall adds samples that fade within the frame.
func (v *voice) fall(sum []int32, at uint32) {
	for i := range sum {
		sum[i] += int32(v.ring[(at+uint32(i))%voiceRing]) * int32(len(sum)-i) / int32(len(sum))
	}
}

// blend adds a frame that goes over from one position of the voice to a later one, so that leaving out what is between
// does not click.
func (v *voice) blend(sum []int32, from, to uint32) {
	n := len(sum)
	for i := range n {
		earlier, later := v.ring[(from+uint32(i))%voiceRing], v.ring[(to+uint32(i))%voiceRing]
		sum[i] += (int32(earlier)*int32(n-i) + int32(later)*int32(i)) / int32(n)
	}
}
