package demo

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// description is the part of an SDP body that a robot needs: one audio stream.
type description struct {
	addr      *net.UDPAddr
	laws      []Law // in the order of preference
	keys      uint8 // payload type of telephone-event; 0: none
	direction string
}

// parseSDP reads the first audio stream of an offer or an answer (RFC 8866 §5).
func parseSDP(body []byte) (d description, err error) {
	var host, media string
	var port int
	d.direction = "sendrecv"
	for _, line := range strings.Split(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") {
		kind, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		if kind == "m" && media != "" {
			break // further streams are not ours
		}
		switch kind {
		case "c":
			if f := strings.Fields(value); len(f) == 3 {
				host = f[2]
			}
		case "m":
			media = value
			if port, err = d.media(value); err != nil {
				return d, err
			}
		case "a":
			d.attribute(value)
		}
	}
	if media == "" || port == 0 || len(d.laws) == 0 {
		return d, errors.New("no G.711 audio stream")
	}
	ip := net.ParseIP(host)
	if ip == nil {
		return d, fmt.Errorf("connection address %q", host)
	}
	d.addr = &net.UDPAddr{IP: ip, Port: port}
	return d, nil
}

func (d *description) media(value string) (port int, err error) {
	f := strings.Fields(value)
	if len(f) < 4 || f[0] != "audio" || f[2] != "RTP/AVP" {
		return 0, fmt.Errorf("media %q", value)
	}
	if port, err = strconv.Atoi(f[1]); err != nil || port < 0 || port > 65535 {
		return 0, fmt.Errorf("media port %q", f[1])
	}
	for _, pt := range f[3:] {
		switch pt {
		case "0":
			d.laws = append(d.laws, PCMU)
		case "8":
			d.laws = append(d.laws, PCMA)
		}
	}
	return port, nil
}

func (d *description) attribute(value string) {
	switch value {
	case "sendrecv", "sendonly", "recvonly", "inactive":
		d.direction = value
		return
	}
	if rest, ok := strings.CutPrefix(value, "rtpmap:"); ok {
		pt, name, _ := strings.Cut(rest, " ")
		if n, err := strconv.ParseUint(pt, 10, 7); err == nil && strings.EqualFold(name, "telephone-event/8000") {
			d.keys = uint8(n)
		}
	}
}

// bytes writes the description as a body. version grows whenever the body changes (RFC 3264 §8).
func (d description) bytes(version int) []byte {
	var b strings.Builder
	ip := d.addr.IP
	fmt.Fprintf(&b, "v=0\r\no=robot 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP", version, ip, ip, d.addr.Port)
	for _, l := range d.laws {
		fmt.Fprintf(&b, " %d", l)
	}
	if d.keys != 0 {
		fmt.Fprintf(&b, " %d", d.keys)
	}
	b.WriteString("\r\n")
	for _, l := range d.laws {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", l, l)
	}
	if d.keys != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", d.keys, d.keys)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", d.direction)
	return []byte(b.String())
}

// agree returns our side of an answer to the offer: its first law that we have, its payload type for keys, its
// direction mirrored (RFC 3264 §6.1).
func (d description) agree(offer description) (description, error) {
	for _, l := range offer.laws {
		if slices.Contains(d.laws, l) {
			d.laws = []Law{l}
			d.keys = offer.keys
			d.direction = mirrored(offer.direction)
			return d, nil
		}
	}
	return d, errors.New("no common law")
}

func mirrored(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return direction
}
