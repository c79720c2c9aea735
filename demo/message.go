package demo

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// message is one SIP request or response, read and written by hand.
type message struct {
	method, uri string // of a request
	status      int    // of a response; 0: a request
	reason      string
	headers     []header
	body        []byte
}

type header struct{ name, value string }

// compact is RFC 3261 §7.3.3 and the registry that grew from it.
var compact = map[string]string{
	"i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type", "f": "From", "t": "To", "v": "Via",
	"k": "Supported", "s": "Subject", "e": "Content-Encoding", "x": "Session-Expires", "o": "Event", "r": "Refer-To",
}

// parse reads one datagram. It is as strict as a good peer: what it refuses the gateway should not have sent.
func parse(datagram []byte) (*message, error) {
	head, body, ok := bytes.Cut(datagram, []byte("\r\n\r\n"))
	if !ok {
		return nil, errors.New("no empty line after the headers")
	}
	lines := strings.Split(string(head), "\r\n")
	m := &message{body: body}
	if err := m.start(lines[0]); err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		if (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) && len(m.headers) > 0 { // RFC 3261 §7.3.1: folded
			m.headers[len(m.headers)-1].value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(line, "\r\n") {
			return nil, fmt.Errorf("not a header: %q", line)
		}
		name = strings.TrimSpace(name)
		if long := compact[strings.ToLower(name)]; long != "" {
			name = long
		}
		m.headers = append(m.headers, header{name, strings.TrimSpace(value)})
	}
	// RFC 3261 §18.3: over UDP what is beyond Content-Length is discarded, less is an error.
	if s := m.get("Content-Length"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > len(body) {
			return nil, fmt.Errorf("Content-Length %q with a body of %d bytes", s, len(body))
		}
		m.body = body[:n]
	}
	return m, nil
}

func (m *message) start(line string) error {
	part := strings.SplitN(line, " ", 3)
	if len(part) < 3 {
		return fmt.Errorf("not a start line: %q", line)
	}
	if part[0] == "SIP/2.0" {
		status, err := strconv.Atoi(part[1])
		if err != nil || status < 100 || status > 699 {
			return fmt.Errorf("not a status: %q", line)
		}
		m.status, m.reason = status, part[2]
		return nil
	}
	if part[2] != "SIP/2.0" {
		return fmt.Errorf("not a start line: %q", line)
	}
	m.method, m.uri = part[0], part[1]
	return nil
}

// bytes writes the message, Content-Length last.
func (m *message) bytes() []byte {
	var b bytes.Buffer
	if m.status != 0 {
		fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", m.status, m.reason)
	} else {
		fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", m.method, m.uri)
	}
	for _, h := range m.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(m.body))
	b.Write(m.body)
	return b.Bytes()
}

// add appends a header.
func (m *message) add(name, value string) { m.headers = append(m.headers, header{name, value}) }

// get returns the first header of that name, or "".
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

// all returns the values of every header of that name, lists taken apart at their commas.
func (m *message) all(name string) (values []string) {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			values = append(values, list(h.value)...)
		}
	}
	return values
}

// cseq returns the number and the method of CSeq.
func (m *message) cseq() (n uint32, method string) {
	number, method, _ := strings.Cut(m.get("CSeq"), " ")
	v, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return 0, ""
	}
	return uint32(v), strings.TrimSpace(method)
}

// branch returns what names the transaction (RFC 3261 §17.1.3).
func (m *message) branch() string { return param(m.get("Via"), "branch") }

// list splits a value at the commas outside quotes and angle brackets.
func list(value string) (parts []string) {
	quoted, angle, from := false, false, 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			parts = append(parts, strings.TrimSpace(value[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(value[from:]))
}

// param returns a parameter behind the address of a From, To, Via or Contact value, or "".
func param(value, name string) string {
	if i := strings.LastIndexByte(value, '>'); i >= 0 {
		value = value[i:]
	}
	for _, p := range strings.Split(value, ";")[1:] {
		n, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return ""
}

// address returns the URI of a From, To or Contact value.
func address(value string) string {
	if _, rest, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

// userOf returns the user part of a SIP URI, and hostOf its host and port (5060 where it says none).
func userOf(uri string) string {
	user, _, ok := strings.Cut(bare(uri), "@")
	if !ok {
		return ""
	}
	return user
}

func hostOf(uri string) string {
	host := bare(uri)
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if !strings.Contains(host, ":") {
		host += ":5060"
	}
	return host
}

func bare(uri string) string {
	uri = strings.TrimPrefix(uri, "sip:")
	if i := strings.IndexAny(uri, ";?"); i >= 0 {
		uri = uri[:i]
	}
	return uri
}
