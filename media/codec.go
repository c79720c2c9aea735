package media

import (
	"math/bits"
	"strings"
)

// codec is an audio format that a leg can speak, at 8000 samples a second, one byte each.
type codec uint8

// The codecs. The zero value is none.
const (
	noCodec codec = iota
	pcmu
	pcma
)

// codecs lists what we speak, in the order in which we offer it when nothing else decides.
var codecs = []codec{pcmu, pcma}

// spoken says which codecs are, in words.
func spoken(speak []codec) string {
	words := make([]string, len(speak))
	for i, c := range speak {
		words[i] = codecNames[c]
	}
	if len(words) == 1 {
		return words[0] + " is spoken"
	}
	return strings.Join(words, " and ") + " are spoken"
}

// comfortType is the payload type of comfort noise at 8000 ticks a second.
// RFC 3551 §6, RFC 3389 §4
const comfortType = 13

// clock is the number of RTP timestamp ticks in a second, the same for all that we speak.
const clock = 8000

// RFC 3551 §6
var (
	codecNames  = [...]string{pcmu: "PCMU", pcma: "PCMA"}
	staticTypes = [...]uint8{pcmu: 0, pcma: 8}
	silentBytes = [...]byte{noCodec: 0xff, pcmu: 0xff, pcma: 0xd5}
)

// translation maps a byte of one codec to the byte of the other that sounds most alike.
var muToA, aToMu = func() (toA, toMu [256]byte) {
	for i := range 256 {
		toA[i] = aFromLinear(linearFromMu(byte(i)))
		toMu[i] = muFromLinear(linearFromA(byte(i)))
	}
	return toA, toMu
}()

// linear maps a byte of a codec to its sample.
var linear = func() (tables [len(silentBytes)][256]int16) {
	for i := range 256 {
		tables[pcmu][i], tables[pcma][i] = linearFromMu(byte(i)), linearFromA(byte(i))
	}
	return tables
}()

// translate rewrites a payload in place from one codec to another.
func translate(payload []byte, from, to codec) {
	table := &muToA
	switch {
	case from == to:
		return
	case from == pcma:
		table = &aToMu
	}
	for i, b := range payload {
		payload[i] = table[b]
	}
}

// ITU-T G.711 §4, µ-law: eight segments of 16 steps, biased by 33 of 8192, all bits inverted.
const muBias = 33 << 2

func linearFromMu(b byte) int16 {
	b = ^b
	v := (int(b&0x0f)<<3+muBias)<<(b>>4&7) - muBias
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

func muFromLinear(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 32767-muBias) + muBias
	segment := bits.Len(uint(v)>>7) - 1
	return ^(sign | byte(segment<<4) | byte(v>>(segment+3)&0x0f))
}

// ITU-T G.711 §4, A-law: eight segments of 16 steps, the lowest two alike, even bits inverted.
func linearFromA(b byte) int16 {
	b ^= 0x55
	v, segment := int(b&0x0f)<<4+8, int(b>>4&7)
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}

func aFromLinear(s int16) byte {
	v, mask := int(s), byte(0xd5)
	if v < 0 {
		v, mask = ^v, 0x55
	}
	segment := bits.Len(uint(v) >> 8)
	return (byte(segment<<4) | byte(v>>max(4, segment+3)&0x0f)) ^ mask
}
