package demo

import "math"

// The audio of every robot: G.711 in packets of 20 ms.
const (
	sampleRate   = 8000
	frameSamples = 160
)

// Sound is what one frame of 20 ms holds: a tone of Tones by its frequency in Hz, or one of Silence and Other.
type Sound int

// The sounds that are no tone of a robot.
const (
	Silence Sound = 0  // nothing audible
	Other   Sound = -1 // audible, but not made of robots' tones: music, a prompt
)

// The tones by which robots are told apart. They are multiples of 50 Hz, so that a frame of 20 ms holds whole periods
// and one tone does not leak into another; none is the ground note of a melody.
const (
	CustomerTone  Sound = 1150
	SoftphoneTone Sound = 1450
	PhoneTone     Sound = 1850
	DeskTone      Sound = 2250
	MachineTone   Sound = 2650 // a voicemail's greeting
	SecondTone    Sound = 3050 // a second customer or agent
)

// Tones are all tones that a frame is searched for.
var Tones = []Sound{CustomerTone, SoftphoneTone, PhoneTone, DeskTone, MachineTone, SecondTone}

const (
	loudness     = 8000.0 // peak of a robot's tone, in 16-bit samples
	audibleLevel = 100.0  // root mean square below which a frame is silence: about -50 dBm0
	pureShare    = 0.85   // share of a frame's energy that must lie in tones, or it is Other
	toneShare    = 0.10   // share of a frame's energy that makes one tone heard in a mix
)

// chord is how a robot makes Other: two notes that are no robot's tone.
var chord = []float64{440, 554}

// oscillator makes one sound, frame after frame without a step between them.
type oscillator struct {
	sound Sound
	n     int
}

// frame fills pcm with the next samples.
func (o *oscillator) frame(pcm []int16) {
	tones := []float64{float64(o.sound)} // Silence is 0 Hz: nothing
	if o.sound == Other {
		tones = chord
	}
	for i := range pcm {
		var v float64
		for _, hz := range tones {
			v += loudness / float64(len(tones)) * math.Sin(2*math.Pi*hz*float64(o.n)/sampleRate)
		}
		pcm[i] = int16(v)
		o.n = (o.n + 1) % sampleRate // whole periods of every whole frequency
	}
}

// mix is the set of sounds of one frame: a bit for each of Tones, and one for Other. Zero is silence.
type mix uint16

const otherBit mix = 1 << 15

func bit(s Sound) mix {
	for i, t := range Tones {
		if t == s {
			return 1 << i
		}
	}
	return otherBit
}

// has says whether s is heard in the frame.
func (m mix) has(s Sound) bool {
	if s == Silence {
		return m == 0
	}
	return m&bit(s) != 0
}

// listen says what a frame of samples holds.
func listen(pcm []int16) mix {
	var energy float64
	for _, s := range pcm {
		energy += float64(s) * float64(s)
	}
	n := float64(len(pcm))
	if n == 0 || math.Sqrt(energy/n) < audibleLevel {
		return 0
	}
	var heard mix
	var pure float64
	for _, t := range Tones {
		share := goertzel(pcm, float64(t)) / (energy * n / 2)
		pure += share
		if share >= toneShare {
			heard |= bit(t)
		}
	}
	if pure < pureShare {
		return otherBit
	}
	return heard
}

// goertzel returns the squared magnitude of one frequency in pcm, by Goertzel's recurrence.
func goertzel(pcm []int16, hz float64) float64 {
	k := 2 * math.Cos(2*math.Pi*hz/sampleRate)
	var s1, s2 float64
	for _, x := range pcm {
		s1, s2 = float64(x)+k*s1-s2, s1
	}
	return s1*s1 + s2*s2 - k*s1*s2
}
