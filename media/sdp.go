package media

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
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

// mediaLine is one m= line of a description with what belongs to it. Pion's parser is not used: it refuses a whole
// description for an m=image line, as gateways that can fax offer it.
type mediaLine struct {
	media, protocol string
	port            int
	formats         []string
	connection      string // c=, the session's if it has none; empty: neither has one
	attributes      []string
}

// attribute returns the value of the first attribute of that name.
func (m *mediaLine) attribute(name string) (value string) {
	for _, a := range m.attributes {
		if key, value, ok := strings.Cut(a, ":"); ok && key == name {
			return value
		}
	}
	return ""
}

// readLines splits a description into its media lines. A session's attributes come after each line's own.
// RFC 8866 §5
func readLines(body string) (lines []mediaLine, err error) {
	var session mediaLine
	part, origin := &session, false
	for i, line := range strings.Split(strings.TrimRight(body, "\r\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if len(line) < 2 || line[1] != '=' || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' }) {
			return nil, fmt.Errorf("line %d is not <type>=<value>", i+1)
		}
		value := line[2:]
		if i == 0 && line != "v=0" {
			return nil, errors.New("it does not begin with v=0")
		}
		switch line[0] {
		case 'o':
			origin = len(strings.Fields(value)) == 6
		case 'c':
			part.connection = value
		case 'a':
			part.attributes = append(part.attributes, strings.TrimSpace(value))
		case 'm':
			m, err := readMediaLine(value)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			if len(lines) == maxLines {
				return nil, fmt.Errorf("it has more than %d media lines", maxLines)
			}
			lines = append(lines, m)
			part = &lines[len(lines)-1]
		}
	}
	if !origin {
		return nil, errors.New("it has no origin (o=) of six fields")
	}
	for i := range lines {
		lines[i].attributes = append(lines[i].attributes, session.attributes...)
		if lines[i].connection == "" {
			lines[i].connection = session.connection
		}
	}
	return lines, nil
}

// readMediaLine reads "audio 4000 RTP/AVP 0 8".
// RFC 8866 §5.14
func readMediaLine(value string) (m mediaLine, err error) {
	fields := strings.Fields(value)
	if len(fields) < 4 {
		return m, errors.New("a media line (m=) has at least four fields")
	}
	number, _, _ := strings.Cut(fields[1], "/")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return m, fmt.Errorf("port %q does not exist", fields[1])
	}
	return mediaLine{media: fields[0], port: int(port), protocol: fields[2], formats: fields[3:]}, nil
}
