package media

import (
	"time"

	"github.com/pion/rtp"
)

// rtpHeader is the length of an RTP header without contributing sources and extensions, the only one that we send.
const rtpHeader = 12

// packet is a received RTP packet. It points into the reader's buffer, where it is rewritten and sent on.
type packet struct {
	buf           []byte
	start, end    int // bounds of the payload in buf; start is never below rtpHeader
	payloadType   uint8
	marker        bool
	sequence      uint16
	ts, ssrc      uint32
	kind          kind
	eventDuration uint32 // of a telephone-event, in ticks
	goesOn        bool   // a telephone-event that began with another timestamp
}

// kind is what a payload type means on a leg.
type kind uint8

// The kinds. The zero value is a payload type that was not agreed on.
const (
	unknownKind kind = iota
	pcmuKind         // as codec pcmu
	pcmaKind         // as codec pcma
	eventKind        // telephone-event
	comfortKind      // comfort noise: the far side says that it is silent
)

// parse reads a datagram as an RTP packet; false: it is none.
// RFC 3550 §5.1
func parse(buf []byte) (p packet, ok bool) {
	var h rtp.Header
	n, err := h.Unmarshal(buf)
	if err != nil || h.Version != 2 {
		return p, false
	}
	p = packet{
		buf: buf, start: n, end: len(buf),
		payloadType: h.PayloadType, marker: h.Marker, sequence: h.SequenceNumber, ts: h.Timestamp, ssrc: h.SSRC,
	}
	if h.Padding {
		padding := int(buf[len(buf)-1])
		if padding == 0 {
			return p, false
		}
		p.end -= padding
	}
	// RFC 3550 §12: RTCP packet types 200 to 204 look like payload types 72 to 76.
	if p.payloadType >= 72 && p.payloadType <= 76 {
		return p, false
	}
	return p, p.start <= p.end
}

// isReport says whether a datagram on an RTP port is RTCP, encrypted or not: its packet type lies where no payload type of
// ours does.
// RFC 5761 §4, RFC 3711 §3.4
func isReport(buf []byte) bool {
	return len(buf) > 1 && buf[0]>>6 == 2 && buf[1] >= 200 && buf[1] <= 207
}

// payload returns the bytes that the packet carries.
func (p *packet) payload() []byte { return p.buf[p.start:p.end] }

// rewrite puts a header of ours right before the payload and returns the datagram.
func (p *packet) rewrite(payloadType uint8, marker bool, sequence uint16, ts, ssrc uint32) []byte {
	out := p.buf[p.start-rtpHeader : p.end]
	putHeader(out, payloadType, marker, sequence, ts, ssrc)
	return out
}

func putHeader(out []byte, payloadType uint8, marker bool, sequence uint16, ts, ssrc uint32) {
	h := rtp.Header{
		Version: 2, PayloadType: payloadType, Marker: marker, SequenceNumber: sequence, Timestamp: ts, SSRC: ssrc,
	}
	if _, err := h.MarshalTo(out); err != nil {
		panic("media: no room for an RTP header: " + err.Error())
	}
}

// ticks converts a length of time to RTP timestamp ticks; what lies in the past is 0.
func ticks(d time.Duration) uint32 {
	if d <= 0 {
		return 0
	}
	return uint32(d / (time.Second / clock))
}
