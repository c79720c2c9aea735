package demo

import (
	"math"
	"testing"
)

func frameOf(l Law, tones ...float64) []int16 {
	pcm := make([]int16, frameSamples)
	for i := range pcm {
		var v float64
		for _, hz := range tones {
			v += loudness / float64(len(tones)) * math.Sin(2*math.Pi*hz*float64(i)/sampleRate+1)
		}
		pcm[i] = l.decode(l.encode(int16(v)))
	}
	return pcm
}

func TestEveryToneIsHeardThroughBothLawsAndNoOther(t *testing.T) {
	for _, l := range []Law{PCMU, PCMA} {
		for _, tone := range Tones {
			if got := listen(frameOf(l, float64(tone))); got != bit(tone) {
				t.Errorf("%s: %d Hz sounds like %b, want %b", l, tone, got, bit(tone))
			}
		}
	}
}

func TestTwoTonesTogetherAreBothHeard(t *testing.T) {
	got := listen(frameOf(PCMU, float64(CustomerTone), float64(PhoneTone)))
	if got != bit(CustomerTone)|bit(PhoneTone) {
		t.Errorf("the mix sounds like %b", got)
	}
}

func TestMusicIsNoTone(t *testing.T) {
	for _, notes := range [][]float64{{440}, {1174.7}, {261.6, 329.6, 392}, {1108.7}, {1480}, {1864.7, 932.3}} {
		if got := listen(frameOf(PCMU, notes...)); got != otherBit {
			t.Errorf("%v Hz sounds like %b, want other", notes, got)
		}
	}
}

func TestSilenceIsNoSound(t *testing.T) {
	for _, l := range []Law{PCMU, PCMA} {
		if got := listen(frameOf(l)); !got.has(Silence) || got.has(Other) || got.has(PhoneTone) {
			t.Errorf("%s: silence sounds like %b", l, got)
		}
	}
	if !listen(nil).has(Silence) {
		t.Error("an empty frame is not silent")
	}
}

// ITU-T G.711: decision values of the tables, in 16-bit samples.
func TestG711CodesAreThoseOfTheStandard(t *testing.T) {
	for _, c := range []struct {
		law    Law
		sample int16
		code   byte
	}{
		{PCMU, 0, 0xff},
		{PCMU, -1, 0x7f},
		{PCMU, 32767, 0x80},
		{PCMU, -32768, 0x00},
		{PCMU, 1000, 0xce},
		{PCMA, 0, 0xd5},
		{PCMA, -1, 0x55},
		{PCMA, 32767, 0xaa},
		{PCMA, -32768, 0x2a},
		{PCMA, 1000, 0xfa},
	} {
		if got := c.law.encode(c.sample); got != c.code {
			t.Errorf("%s of %d: %#x, want %#x", c.law, c.sample, got, c.code)
		}
	}
}

func TestG711LosesLittle(t *testing.T) {
	for _, l := range []Law{PCMU, PCMA} {
		for s := -32768; s <= 32767; s++ {
			got := int(l.decode(l.encode(int16(s))))
			if off := math.Abs(float64(got - s)); off > 16+math.Abs(float64(s))/16 {
				t.Fatalf("%s: %d comes back as %d", l, s, got)
			}
		}
		for b := range 256 {
			code := byte(b)
			if l == PCMU && code == 0x7f {
				continue // the second zero
			}
			if got := l.encode(l.decode(code)); got != code {
				t.Errorf("%s: code %#x comes back as %#x", l, code, got)
			}
		}
	}
}
