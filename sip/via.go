package sip

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// parseVia reads one via-parm.
//
// RFC 3261 §25.1: via-parm = sent-protocol LWS sent-by *( SEMI via-params ), with white space allowed around every
// slash, colon, semicolon and equals sign.
func parseVia(text string) (*sip.ViaHeader, error) {
	text, params, _ := strings.Cut(text, ";")
	part := strings.SplitN(text, "/", 3)
	if len(part) < 3 {
		return nil, errors.New("via without a protocol")
	}
	transport, sentBy, _ := strings.Cut(strings.Replace(strings.TrimSpace(part[2]), "\t", " ", 1), " ")
	via := &sip.ViaHeader{ProtocolName: strings.TrimSpace(part[0]), ProtocolVersion: strings.TrimSpace(part[1]), Transport: transport}
	if !isToken(via.ProtocolName) || !isToken(via.ProtocolVersion) || !isToken(transport) {
		return nil, errors.New("via with a broken protocol")
	}
	var err error
	if via.Host, via.Port, err = parseSentBy(strings.TrimSpace(sentBy)); err != nil {
		return nil, err
	}
	via.Params, err = parseParams(params)
	return via, err
}

// parseSentBy reads host [ COLON port ]. An IPv6 address loses its brackets, as sipgo keeps it in a Via.
func parseSentBy(text string) (host string, port int, err error) {
	rest := ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']') + 1
		if !isIPv6(text[:end]) {
			return "", 0, errors.New("via with a broken IPv6 address")
		}
		host, rest = text[1:end-1], text[end:]
	} else {
		host, rest = text, ""
		if i := strings.IndexByte(text, ':'); i >= 0 {
			host, rest = strings.TrimSpace(text[:i]), text[i:]
		}
		if !isHost(host) {
			return "", 0, errors.New("via with a broken host")
		}
	}
	if rest = strings.TrimSpace(rest); rest == "" {
		return host, 0, nil
	}
	digits, ok := strings.CutPrefix(rest, ":")
	number, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 16)
	if !ok || err != nil || number == 0 {
		return "", 0, errors.New("via with a broken port")
	}
	return host, int(number), nil
}

// isIPv6 says that v is an IPv6 address in brackets.
func isIPv6(v string) bool {
	inside, ok := strings.CutPrefix(v, "[")
	inside, closed := strings.CutSuffix(inside, "]")
	at, err := netip.ParseAddr(twoColons(inside))
	return ok && closed && err == nil && at.Is6() && at.Zone() == ""
}

// twoColons mends an address that was written by the letter of RFC 3261's grammar: three colons before an IPv4 one.
//
// RFC 5118 §4.10
func twoColons(v string) string {
	before, after, three := strings.Cut(v, ":::")
	if at, err := netip.ParseAddr(after); three && err == nil && at.Is4() {
		return before + "::" + after
	}
	return v
}

// isHost says that v may stand where a host name or an IPv4 address stands. An underscore is taken, as hosts have it.
func isHost(v string) bool {
	for i := range len(v) {
		if !alphanumeric(v[i]) && strings.IndexByte(".-_", v[i]) < 0 {
			return false
		}
	}
	return v != ""
}
