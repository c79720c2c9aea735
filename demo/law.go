package demo

import "math/bits"

// Law is a G.711 companding law. Its value is the RTP payload type (RFC 3551 §6).
type Law uint8

// The laws.
const (
	PCMU Law = 0
	PCMA Law = 8
)

// String returns the name that SDP uses.
func (l Law) String() string {
	if l == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

func (l Law) encode(s int16) byte {
	if l == PCMA {
		return encodeA(s)
	}
	return encodeMu(s)
}

func (l Law) decode(b byte) int16 {
	if l == PCMA {
		return decodeA(b)
	}
	return decodeMu(b)
}

// encodeMu compands a 16-bit sample by ITU-T G.711 table 2 (µ-law): sign, three bits of segment, four of step.
func encodeMu(s int16) byte {
	const bias, clip = 0x84, 32635
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, clip) + bias
	segment := bits.Len(uint(v)) - 8
	return ^(sign | byte(segment)<<4 | byte(v>>(segment+3))&0x0f)
}

func decodeMu(b byte) int16 {
	b = ^b
	v := (int(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

// encodeA compands a 16-bit sample by ITU-T G.711 table 1 (A-law), even bits inverted.
func encodeA(s int16) byte {
	v, sign := int(s)>>3, byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	code := byte(v >> 1)
	if segment := bits.Len(uint(v)) - 5; segment > 0 {
		code = byte(segment)<<4 | byte(v>>segment)&0x0f
	}
	return (sign | code) ^ 0x55
}

func decodeA(b byte) int16 {
	b ^= 0x55
	v, segment := int(b&0x0f)<<4+8, b>>4&7
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}
