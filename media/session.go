package media

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// defaultEvent is the payload type that we offer telephone-event as.
const defaultEvent = 101

// session is our own side's description of a leg.
type session struct {
	id       uint64 // below 2^31, as the version: some peers refuse 64-bit numbers
	version  uint64
	body     []byte
	rest     string // of body, without the o= line
	formats  []format
	event    uint8 // payload type of telephone-event; 0: not described
	answered bool  // body was an answer

	line      ourLine    // what body says beside the formats
	terms     Terms      // that body was written on
	crypto    []crypto   // our keys in body
	lastTag   uint32     // the highest tag of our keys so far
	proposals []proposal // offers that may be answered, one for each peer that the leg rings at, body's the last
}

// ourLine is what our audio line says beside its formats.
type ourLine struct {
	address   netip.Addr
	profile   profile
	direction direction
	secure    []string // attributes of its encryption; secret
	bundled   bundled
	session   []string // attributes of the whole description
}

// proposal is an offer of ours that may be answered.
type proposal struct {
	terms   Terms
	offered []Way
	crypto  []crypto
	line    ourLine
	version uint64
	body    []byte
	rest    string
}

// mostProposals bounds the offers that a leg may have out at once: a phone has ten contacts at most, and a challenge or
// another transport makes two of one.
const mostProposals = 40

// propose notes that the description in force is an offer that may be answered. The last one makes room.
func (s *session) propose(offered []Way) {
	if len(s.proposals) == mostProposals {
		s.proposals = s.proposals[:mostProposals-1]
	}
	s.proposals = append(s.proposals, proposal{s.terms, offered, s.crypto, s.line, s.version, s.body, s.rest})
}

// adopt makes the proposal that was answered our description.
func (s *session) adopt(p *proposal) {
	s.terms, s.crypto, s.line, s.version, s.body, s.rest = p.terms, p.crypto, p.line, p.version, p.body, p.rest
}

// describe writes our description of an audio line, among lines that we refuse if it answers an offer. The version
// goes up by one if anything changed.
// RFC 3264 §5, §6, §8
func (s *session) describe(port int, o ourLine, lines []mediaLine, line int) []byte {
	address := o.address
	at := "IN IP4 " + address.String()
	if address.Is6() {
		at = "IN IP6 " + address.String()
	}
	rest := []string{at, "s=-", "c=" + at, "t=0 0"}
	for _, a := range append(o.bundled.session(), o.session...) {
		rest = append(rest, "a="+a)
	}
	if lines == nil {
		lines, line = make([]mediaLine, 1), 0
	}
	for i, m := range lines {
		if i == line {
			rest = append(rest, s.audio(port, o)...)
			continue
		}
		rest = append(rest, m.refusal()...)
	}
	body := strings.Join(rest, "\r\n") + "\r\n"
	s.line = o
	if s.body == nil || s.rest != body {
		s.version++
		s.rest, s.body = body, fmt.Appendf(nil, "v=0\r\no=- %d %d %s", s.id, s.version, body)
	}
	return s.body
}

// audio writes the audio line with the session's formats.
func (s *session) audio(port int, o ourLine) []string {
	name := fmt.Sprintf("m=audio %d %s", port, o.profile)
	var maps []string
	list := func(payloadType uint8, format string) {
		name += fmt.Sprintf(" %d", payloadType)
		maps = append(maps, fmt.Sprintf("a=rtpmap:%d %s/%d", payloadType, format, clock))
	}
	for _, f := range s.formats {
		list(f.payloadType, codecNames[f.codec])
	}
	if s.event != 0 {
		// RFC 4733 §7.1.1
		list(s.event, "telephone-event")
		maps = append(maps, fmt.Sprintf("a=fmtp:%d 0-%d", s.event, lastEvent))
	}
	rest := append(append([]string{name}, maps...), "a=ptime:20", "a="+directionWords[o.direction])
	for _, a := range append(o.bundled.lines(), o.secure...) {
		rest = append(rest, "a="+a)
	}
	return rest
}

// offered returns the formats of an offer of ours: of what we speak the given codecs first, then in its order.
func offered(speak []codec, first ...codec) []format {
	formats := make([]format, 0, len(speak))
	add := func(c codec) {
		for _, f := range formats {
			if f.codec == c {
				return
			}
		}
		if slices.Contains(speak, c) {
			formats = append(formats, format{c, staticTypes[c]})
		}
	}
	for _, c := range first {
		add(c)
	}
	for _, c := range speak {
		add(c)
	}
	return formats
}
