package media

import (
	"net/netip"
	"strconv"

	"github.com/pion/sdp/v3"
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
}

// describe writes our description of an audio line, among lines that we refuse if it answers an offer. The version
// goes up by one if anything changed.
// RFC 3264 §5, §6, §8
func (s *session) describe(address netip.Addr, port int, d direction, lines []*sdp.MediaDescription, line int) ([]byte, error) {
	family := "IP4"
	if address.Is6() {
		family = "IP6"
	}
	if lines == nil {
		lines, line = make([]*sdp.MediaDescription, 1), 0
	}
	out := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: s.id, SessionVersion: s.version,
			NetworkType: "IN", AddressType: family, UnicastAddress: address.String(),
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: address.String()},
		},
		TimeDescriptions: []sdp.TimeDescription{{}},
	}
	for i, m := range lines {
		if i == line {
			out.MediaDescriptions = append(out.MediaDescriptions, s.audio(port, d))
			continue
		}
		// RFC 3264 §6: a refused line keeps its place, with port 0.
		name := m.MediaName
		name.Port = sdp.RangedPort{}
		out.MediaDescriptions = append(out.MediaDescriptions, &sdp.MediaDescription{MediaName: name})
	}
	origin := out.Origin
	out.Origin = sdp.Origin{Username: "-", NetworkType: "IN", AddressType: family, UnicastAddress: "-"}
	rest, err := out.Marshal()
	if err != nil {
		return nil, err
	}
	if s.body != nil && s.rest == string(rest) {
		return s.body, nil
	}
	origin.SessionVersion++
	out.Origin = origin
	body, err := out.Marshal()
	if err != nil {
		return nil, err
	}
	s.version, s.rest, s.body = origin.SessionVersion, string(rest), body
	return body, nil
}

// audio writes the audio line with the session's formats.
func (s *session) audio(port int, d direction) *sdp.MediaDescription {
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: port}, Protos: []string{"RTP", "AVP"},
	}}
	list := func(payloadType uint8, name string) {
		number := strconv.Itoa(int(payloadType))
		m.MediaName.Formats = append(m.MediaName.Formats, number)
		m.WithValueAttribute("rtpmap", number+" "+name+"/8000")
	}
	for _, f := range s.formats {
		list(f.payloadType, codecNames[f.codec])
	}
	if s.event != 0 {
		// RFC 4733 §7.1.1
		list(s.event, "telephone-event")
		m.WithValueAttribute("fmtp", strconv.Itoa(int(s.event))+" 0-"+strconv.Itoa(lastEvent))
	}
	return m.WithValueAttribute("ptime", "20").WithPropertyAttribute(directionWords[d])
}

// offered returns the formats of an offer of ours, those of the given codecs first.
func offered(first ...codec) []format {
	formats := make([]format, 0, len(codecs))
	add := func(c codec) {
		for _, f := range formats {
			if f.codec == c {
				return
			}
		}
		if c != noCodec {
			formats = append(formats, format{c, staticTypes[c]})
		}
	}
	for _, c := range first {
		add(c)
	}
	for _, c := range codecs {
		add(c)
	}
	return formats
}
