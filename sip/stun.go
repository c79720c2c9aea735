package sip

import (
	"encoding/binary"
	"slices"
)

// What STUN looks like.
//
// RFC 8489 §5, §14.2
const (
	stunHeader  = 20
	stunCookie  = 0x2112A442
	stunAsks    = 0x0001
	stunAnswers = 0x0101
	stunMapped  = 0x0020 // XOR-MAPPED-ADDRESS
)

// isSTUN says that a datagram is a STUN message and no SIP: it begins with two zero bits.
func isSTUN(raw []byte) bool {
	return len(raw) >= stunHeader && raw[0] < 0x40 && binary.BigEndian.Uint32(raw[4:]) == stunCookie &&
		int(binary.BigEndian.Uint16(raw[2:])) == len(raw)-stunHeader
}

// mapped tells a phone the address that it seems to be at, by which it finds out that its way to us is alive and still the
// same one. Strangers get nothing: the answer is longer than the question.
//
// RFC 5626 §4.4.2, §8; RFC 8489 §6.3.1
func (w *Wire) mapped(raw []byte, from source) {
	at := from.remote.Addr()
	if binary.BigEndian.Uint16(raw) != stunAsks || !w.gate.friends.has(sourceOf(at)) {
		return
	}
	family, address := byte(1), at.AsSlice()
	if at.Is6() {
		family = 2
	}
	for i := range address {
		address[i] ^= raw[4+i] // with the cookie, and the number of the question behind it
	}
	answer := slices.Clone(raw[:stunHeader])
	binary.BigEndian.PutUint16(answer, stunAnswers)
	binary.BigEndian.PutUint16(answer[2:], uint16(8+len(address)))
	answer = binary.BigEndian.AppendUint16(answer, stunMapped)
	answer = binary.BigEndian.AppendUint16(answer, uint16(4+len(address)))
	answer = append(answer, 0, family)
	answer = binary.BigEndian.AppendUint16(answer, from.remote.Port()^(stunCookie>>16))
	_ = from.flow.send(append(answer, address...)) // its loss brings the question again
}
