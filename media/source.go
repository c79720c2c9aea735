package media

import (
	"bytes"
	"time"

	"telagent-gateway/call"
)

// source is what a slot sends. It is exchanged as a whole by one pointer store and never changed; only a mix changes
// within. Exactly one of from and frames is set.
type source struct {
	from   *leg        // a bridge: that leg's reader pushes packets into the slot, the pacer fills in where none come
	frames frames      // audio of our own, pulled by the pacer
	press  *press      // frames are the tone of this key, which a bridged leg pressed; nil: they are none
	prompt call.Prompt // what to report as Played when frames end; empty: nothing
}

// frames is audio that the pacer pulls: loops, prompts, mixes and silence.
type frames interface {
	// frame returns the n samples that are due at now, encoded, and whether more follow. They must not be written to.
	// One slot's frames are asked for in order, by one goroutine at a time.
	frame(c codec, now time.Time, n int) (samples []byte, more bool)
}

// longestFrame is the most samples that a packet of ours carries: 60 ms.
const longestFrame = 480

// quiet is endless silence.
type quiet struct{}

var quietFrames = func() (frames [len(silentBytes)][]byte) {
	for c, b := range silentBytes {
		frames[c] = bytes.Repeat([]byte{b}, longestFrame)
	}
	return frames
}()

func (quiet) frame(c codec, _ time.Time, n int) ([]byte, bool) { return quietFrames[c][:n], true }

// sound is encoded audio, once per codec, shared by all slots.
type sound struct {
	samples int
	encoded [len(silentBytes)][]byte // longer than samples by longestFrame: the beginning again, or silence
}

// newSound takes µ-law audio. A loop goes on with its beginning where it ends, anything else with silence.
func newSound(ulaw []byte, loop bool) *sound {
	s := &sound{samples: len(ulaw)}
	tail := quietFrames[pcmu]
	if loop {
		tail = bytes.Repeat(ulaw, longestFrame/len(ulaw)+1)[:longestFrame]
	}
	mu := append(append(make([]byte, 0, len(ulaw)+longestFrame), ulaw...), tail...)
	a := bytes.Clone(mu)
	translate(a, pcmu, pcma)
	s.encoded[pcmu], s.encoded[pcma] = mu, a
	s.encoded[noCodec] = mu
	return s
}

// loop plays a sound for ever. All slots hear the same place of it: the wall clock is the shared cursor.
type loop struct{ *sound }

func (l loop) frame(c codec, now time.Time, n int) ([]byte, bool) {
	at := int(uint64(now.UnixNano()) / uint64(time.Second/clock) % uint64(l.samples))
	return l.encoded[c][at : at+n], true
}

// once plays sounds one after the other to the end of the last, for one slot. Each begins with a frame.
type once struct {
	sounds []*sound
	at     int
}

func (o *once) frame(c codec, _ time.Time, n int) (samples []byte, more bool) {
	s := o.sounds[0]
	at := min(o.at, s.samples)
	o.at = at + n
	if o.at >= s.samples {
		o.sounds, o.at = o.sounds[1:], 0
	}
	return s.encoded[c][at : at+n], len(o.sounds) > 0
}
