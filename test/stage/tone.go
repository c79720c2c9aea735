package stage

import (
	"bytes"
	"math"
	"time"
)

// Rate is how many samples a second of all sound here has.
const Rate = 8000

const wavHeader = 44

// Tone says whether at least a quarter of the samples' power lies at hz.
func Tone(s []float64, hz float64) bool { return Share(s, hz) > 0.25 }

// Share returns the part of the samples' power that lies at hz (Goertzel); 0: there is hardly any power.
func Share(s []float64, hz float64) float64 {
	var s1, s2, power float64
	k := 2 * math.Cos(2*math.Pi*hz/Rate)
	for _, x := range s {
		s1, s2 = x+k*s1-s2, s1
		power += x * x
	}
	n := float64(len(s))
	if power/n <= 1e-5 {
		return 0
	}
	return 2 * (s1*s1 + s2*s2 - k*s1*s2) / n / power // 1 for a pure tone
}

// Loud returns the mean power of samples in -1..1.
func Loud(s []float64) float64 {
	var power float64
	for _, x := range s {
		power += x * x
	}
	return power / float64(max(1, len(s)))
}

func Samples(pcm []byte) []float64 {
	out := make([]float64, len(pcm)/2)
	for i := range out {
		out[i] = float64(int16(uint16(pcm[2*i])|uint16(pcm[2*i+1])<<8)) / 32768
	}
	return out
}

// Wave returns a WAV file with a tone, 8 kHz mono 16 bit.
func Wave(hz float64, d time.Duration) []byte {
	n := int(d.Seconds() * Rate)
	var b bytes.Buffer
	put := func(v uint32, size int) {
		for i := range size {
			b.WriteByte(byte(v >> (8 * i)))
		}
	}
	b.WriteString("RIFF")
	put(uint32(36+2*n), 4)
	b.WriteString("WAVEfmt ")
	put(16, 4)
	put(1, 2)
	put(1, 2)
	put(Rate, 4)
	put(2*Rate, 4)
	put(2, 2)
	put(16, 2)
	b.WriteString("data")
	put(uint32(2*n), 4)
	for i := range n {
		put(uint32(uint16(int16(12000*math.Sin(2*math.Pi*hz*float64(i)/Rate)))), 2)
	}
	return b.Bytes()
}
