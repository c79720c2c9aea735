package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
	most      uint32 // ticks in the longest packet that it takes; 0: any
	lines     []mediaLine
	line      int  // index of the audio line in lines
	off       bool // every audio line has port 0: nothing but lines holds
	way       Way
	profile   profile
	muxed     bool     // RTP and RTCP come and go on one port
	shakes    *shakes  // with DTLS; nil otherwise
	keys      bool     // it has a=crypto, whatever is made of it
	crypto    []crypto // with SDES: the keys that it sends with, those that we can use; never empty then
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

// readDescription reads an offer or an answer, of which the audio line is taken that we can use and that travels the best
// of the ways. Whatever in it we cannot use is an error.
func readDescription(body []byte, at homes, t Terms, ways []Way) (*far, error) {
	if len(body) > maxDescription {
		return nil, fmt.Errorf("description of %d bytes is too long", len(body))
	}
	lines, err := readLines(string(body))
	if err != nil {
		return nil, fmt.Errorf("malformed description: %w", err)
	}
	refusal := errors.New("no audio line")
	for _, way := range ways {
		for i := range lines {
			if lines[i].media != "audio" || !lines[i].goes(way) {
				continue
			}
			f, err := readAudio(&lines[i], at, t, way)
			if err == nil {
				f.lines, f.line = lines, i
				return f, nil
			}
			refusal = err
		}
	}
	if off(lines) {
		return &far{lines: lines, line: -1, off: true}, nil
	}
	for i := range lines {
		if m := &lines[i]; m.media == "audio" && !slices.ContainsFunc(ways, m.goes) {
			refusal = fmt.Errorf("audio over %s is not agreed to here, but %s", m.protocol, names(ways))
		}
	}
	return nil, fmt.Errorf("nothing to talk with: %w", refusal)
}

var errOff = errors.New("nothing to talk with: audio is switched off (port 0)")

// off says whether there is audio in a description, and all of it is switched off.
// RFC 3264 §5.1: port 0 in an offer, §6 in an answer
func off(lines []mediaLine) (is bool) {
	for i := range lines {
		if lines[i].media == "audio" {
			if is = lines[i].port == 0; !is {
				return false
			}
		}
	}
	return is
}

func readAudio(m *mediaLine, at homes, t Terms, way Way) (*far, error) {
	if m.port == 0 {
		return nil, errOff
	}
	f := &far{direction: readDirection(m), way: way, profile: profile(m.protocol), muxed: m.muxed()}
	f.keys = m.attribute("crypto") != ""
	f.frame, f.most = readFrame(m)
	if err := f.readFormats(m, t.codecs()); err != nil {
		return nil, err
	}
	if err := f.readKeys(m); err != nil {
		return nil, err
	}
	f.use()
	if f.shakes != nil && f.shakes.ice != (iceUser{}) {
		return f, nil // RFC 8445 §12: audio goes where ICE says, whatever the addresses in the description
	}
	address, err := readAddress(m.connection, at)
	if err != nil {
		return nil, err
	}
	// RFC 3264 §8.4: c=0.0.0.0 is how RFC 2543 asked for hold.
	if address.IsUnspecified() {
		if f.direction.sends() {
			f.direction = sendOnly
		} else {
			f.direction = inactive
		}
		return f, nil
	}
	f.rtp = netip.AddrPortFrom(address, uint16(m.port))
	f.rtcp = readReportPort(m, f.rtp)
	return f, nil
}

// readKeys reads how the keys are agreed on, with the way that the line goes.
func (f *far) readKeys(m *mediaLine) (err error) {
	switch f.way {
	case SDES:
		f.crypto, err = readCryptos(m)
	case DTLS:
		f.shakes, err = readShakes(m)
	case RTP:
	}
	return err
}

// readAddress reads "IN IP4 192.0.2.1".
// RFC 8866 §5.7
func readAddress(connection string, at homes) (netip.Addr, error) {
	if connection == "" {
		return netip.Addr{}, errors.New("no connection line (c=) for the audio line")
	}
	fields := strings.Fields(connection)
	if len(fields) != 3 || fields[0] != "IN" {
		return netip.Addr{}, fmt.Errorf("connection %q is not IN, a family and an address", connection)
	}
	// todo RFC 8866 §5.7: host names
	address, err := netip.ParseAddr(fields[2])
	if err != nil || address.Zone() != "" || address.Is4() != (fields[1] == "IP4") {
		return netip.Addr{}, fmt.Errorf("connection address %q is not an %s address", fields[2], fields[1])
	}
	if address.IsMulticast() || address == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return netip.Addr{}, fmt.Errorf("connection address %s is not one party's", address)
	}
	if _, ok := at.of(address); !ok && !address.IsUnspecified() {
		return netip.Addr{}, fmt.Errorf("connection address %s cannot be reached from %s", address, at)
	}
	return address, nil
}

// RFC 3605 §2.1; without the attribute RTCP goes to the next port (RFC 3550 §11).
func readReportPort(m *mediaLine, rtp netip.AddrPort) netip.AddrPort {
	number, _, _ := strings.Cut(m.attribute("rtcp"), " ")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		port = uint64(rtp.Port()) + 1
	}
	if port == 0 || port > 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(rtp.Addr(), uint16(port))
}

// readDirection takes the first attribute that says one: the line's own come first.
func readDirection(m *mediaLine) direction {
	for _, a := range m.attributes {
		for way, word := range directionWords {
			if a == word {
				return direction(way)
			}
		}
	}
	return sendReceive
}

// readFrame returns the length of the packets that the far side asks for, a multiple of the pacer's tick, and of the longest
// that it takes; 0: any.
// RFC 8866 §6.3, §6.4
func readFrame(m *mediaLine) (frame, most uint32) {
	const step = uint32(tick * clock / time.Second)
	if n, err := strconv.ParseUint(m.attribute("maxptime"), 10, 16); err == nil && n > 0 {
		most = max(step, uint32(n)*clock/1000)
	}
	frame = defaultFrame
	if n, err := strconv.ParseUint(m.attribute("ptime"), 10, 16); err == nil && n > 0 {
		frame = max(step, min(uint32(n)*clock/1000, longestFrame)/step*step)
	}
	if most > 0 {
		frame = min(frame, most/step*step)
	}
	return frame, most
}

// readFormats collects what we know of the line's payload types: the static ones of RFC 3551 §6 and what rtpmap names.
func (f *far) readFormats(m *mediaLine, speak []codec) error {
	names := map[uint64]string{0: "PCMU/8000", 8: "PCMA/8000"}
	for _, a := range m.attributes {
		value, mapped := strings.CutPrefix(a, "rtpmap:")
		number, name, ok := strings.Cut(value, " ")
		n, err := strconv.ParseUint(number, 10, 7)
		if mapped && ok && err == nil {
			names[n] = strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(name)), "/1")
		}
	}
	for _, number := range m.formats {
		n, err := strconv.ParseUint(number, 10, 7)
		if err != nil {
			return fmt.Errorf("payload type %q does not exist", number)
		}
		// RFC 4733 §2.1: events count in the clock of the audio that they stand in for
		if names[n] == fmt.Sprintf("TELEPHONE-EVENT/%d", clock) && f.types.event == 0 {
			f.types.event = uint8(n)
		}
		for _, c := range speak {
			if names[n] == fmt.Sprintf("%s/%d", codecNames[c], clock) {
				f.formats = append(f.formats, format{c, uint8(n)})
			}
		}
	}
	if len(f.formats) == 0 {
		return fmt.Errorf("no codec in common: %s here", spoken(speak))
	}
	return nil
}
