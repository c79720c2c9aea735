package media

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Limits of a description that we read. A longer one is refused.
const (
	maxDescription = 16 << 10
	maxLines       = 32
)

// direction says which way audio flows, seen from the side that describes it.
// RFC 8866 §6.7
type direction uint8

// The directions. The zero value is both ways, as without an attribute.
const (
	sendReceive direction = iota
	sendOnly
	receiveOnly
	inactive
)

var directionWords = [...]string{sendReceive: "sendrecv", sendOnly: "sendonly", receiveOnly: "recvonly", inactive: "inactive"}

// receives says whether the describing side wants our audio.
func (d direction) receives() bool { return d == sendReceive || d == receiveOnly }

// sends says whether the describing side may send audio.
func (d direction) sends() bool { return d == sendReceive || d == sendOnly }

// answer returns our direction for the far side's: what we may send is what it wants, and the other way round.
// RFC 3264 §6.1
func (d direction) answer() direction {
	switch {
	case d.receives() && d.sends():
		return sendReceive
	case d.receives():
		return sendOnly
	case d.sends():
		return receiveOnly
	}
	return inactive
}

// format is an audio format with the payload type that the describing side wants to receive it as.
type format struct {
	codec       codec
	payloadType uint8
}

// far is what the far side's description says: the first audio line that we can use, and all lines for the answer.
type far struct {
	rtp, rtcp netip.AddrPort // invalid: it wants nothing sent (c=0.0.0.0)
	formats   []format       // the audio formats that we know, in its order; never empty
	codec     codec          // the one in use
	types     payloadTypes   // of codec and of telephone-event
	direction direction
	frame     uint32 // ticks in a packet of our own audio; 0: the default
	lines     []*sdp.MediaDescription
	line      int // index of the audio line in lines
}

// use chooses the first of the preferred codecs that the far side knows, or else its own first.
func (f *far) use(preferred ...codec) {
	choice := f.formats[0]
	for i := len(preferred) - 1; i >= 0; i-- {
		for _, has := range f.formats {
			if has.codec == preferred[i] {
				choice = has
			}
		}
	}
	f.codec, f.types.audio = choice.codec, choice.payloadType
}

// readDescription reads an offer or an answer. Whatever in it we cannot use is an error.
func readDescription(body []byte, ours netip.Addr) (*far, error) {
	if len(body) > maxDescription {
		return nil, fmt.Errorf("description of %d bytes is too long", len(body))
	}
	var d sdp.SessionDescription
	if err := d.Unmarshal(body); err != nil {
		return nil, fmt.Errorf("malformed description: %w", err)
	}
	if len(d.MediaDescriptions) > maxLines {
		return nil, fmt.Errorf("description of %d media lines is too long", len(d.MediaDescriptions))
	}
	refusal := errors.New("no audio line")
	for i, m := range d.MediaDescriptions {
		if m.MediaName.Media != "audio" {
			continue
		}
		f, err := readAudio(&d, m, ours)
		if err == nil {
			f.lines, f.line = d.MediaDescriptions, i
			return f, nil
		}
		refusal = err
	}
	return nil, fmt.Errorf("nothing to talk with: %w", refusal)
}

func readAudio(d *sdp.SessionDescription, m *sdp.MediaDescription, ours netip.Addr) (*far, error) {
	// todo RFC 3711 §9: RTP/SAVP
	if protocol := strings.Join(m.MediaName.Protos, "/"); protocol != "RTP/AVP" {
		return nil, fmt.Errorf("audio over %s is not spoken here", protocol)
	}
	port := m.MediaName.Port.Value
	// RFC 3264 §5.1: port 0 in an offer, §6 in an answer.
	if port == 0 {
		return nil, errors.New("audio is switched off (port 0)")
	}
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("port %d does not exist", port)
	}
	f := &far{direction: readDirection(d, m), frame: readFrame(m)}
	if err := f.readFormats(m); err != nil {
		return nil, err
	}
	f.use()
	address, err := readAddress(d, m, ours)
	if err != nil {
		return nil, err
	}
	// RFC 3264 §8.4: c=0.0.0.0 is how RFC 2543 asked for hold.
	if address.IsUnspecified() {
		f.direction = map[direction]direction{
			sendReceive: sendOnly, sendOnly: sendOnly, receiveOnly: inactive, inactive: inactive,
		}[f.direction]
		return f, nil
	}
	f.rtp = netip.AddrPortFrom(address, uint16(port))
	f.rtcp = readReportPort(m, f.rtp)
	return f, nil
}

// readAddress returns the line's address, or the session's.
// RFC 8866 §5.7
func readAddress(d *sdp.SessionDescription, m *sdp.MediaDescription, ours netip.Addr) (netip.Addr, error) {
	c := m.ConnectionInformation
	if c == nil {
		c = d.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return netip.Addr{}, errors.New("no connection line (c=) for the audio line")
	}
	// todo RFC 8866 §5.7: host names
	address, err := netip.ParseAddr(c.Address.Address)
	if err != nil || c.NetworkType != "IN" || address.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("connection address %q is not an IP address", c.Address.Address)
	}
	if address.IsMulticast() || address == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return netip.Addr{}, fmt.Errorf("connection address %s is not one party's", address)
	}
	if address.Is4() != ours.Is4() || address.Is4() != (c.AddressType == "IP4") {
		return netip.Addr{}, fmt.Errorf("connection address %s cannot be reached from %s", address, ours)
	}
	return address, nil
}

// RFC 3605 §2.1; without the attribute RTCP goes to the next port (RFC 3550 §11).
func readReportPort(m *sdp.MediaDescription, rtp netip.AddrPort) netip.AddrPort {
	port := rtp.Port() + 1
	if value, ok := m.Attribute("rtcp"); ok {
		first, _, _ := strings.Cut(value, " ")
		if n, err := strconv.ParseUint(first, 10, 16); err == nil && n != 0 {
			port = uint16(n)
		}
	}
	if port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(rtp.Addr(), port)
}

// readDirection takes the line's attribute before the session's.
func readDirection(d *sdp.SessionDescription, m *sdp.MediaDescription) direction {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		for _, a := range attributes {
			for way, word := range directionWords {
				if a.Key == word {
					return direction(way)
				}
			}
		}
	}
	return sendReceive
}

// readFrame returns the length of the packets that the far side asks for: a multiple of the pacer's tick.
// RFC 8866 §6.4
func readFrame(m *sdp.MediaDescription) uint32 {
	value, _ := m.Attribute("ptime")
	n, err := strconv.Atoi(value)
	if err != nil || n <= 0 || n%10 != 0 || n > longestFrame*1000/clock {
		return defaultFrame
	}
	return uint32(n) * clock / 1000
}

// readFormats collects what we know of the line's payload types: the static ones of RFC 3551 §6 and what rtpmap names.
func (f *far) readFormats(m *sdp.MediaDescription) error {
	names := map[uint64]string{0: "PCMU/8000", 8: "PCMA/8000"}
	for _, a := range m.Attributes {
		number, name, ok := strings.Cut(a.Value, " ")
		n, err := strconv.ParseUint(number, 10, 7)
		if a.Key == "rtpmap" && ok && err == nil {
			names[n] = strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(name)), "/1")
		}
	}
	for _, number := range m.MediaName.Formats {
		n, err := strconv.ParseUint(number, 10, 7)
		if err != nil {
			return fmt.Errorf("payload type %q does not exist", number)
		}
		switch names[n] {
		case "PCMU/8000":
			f.formats = append(f.formats, format{pcmu, uint8(n)})
		case "PCMA/8000":
			f.formats = append(f.formats, format{pcma, uint8(n)})
		case "TELEPHONE-EVENT/8000":
			if f.types.event == 0 {
				f.types.event = uint8(n)
			}
		}
	}
	if len(f.formats) == 0 {
		return errors.New("no codec in common: PCMU and PCMA are spoken here")
	}
	return nil
}
