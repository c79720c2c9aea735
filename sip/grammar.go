package sip

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// What sipgo v1.7.2 reads wrongly and we therefore read ourselves; grammar_test.go holds each as a test:
//   - white space around "/", ";", "=" and ":" in a Via loses its transport, host, port or branch; around a parameter
//     it becomes part of the name, so that a tag is not found (RFC 4475 §3.1.1.1);
//   - names of parameters are compared with their case (RFC 3261 §7.3.1 says without);
//   - a quoted parameter that holds ";", "=" or a space is torn apart or written back with quotes around quotes;
//   - a Via without parameters swallows the one behind its comma;
//   - a bare LF in a value stays in it and is written back as it is, which begins a header of its own;
//   - a display name that needs quotes and has none, and an address with headers but no "<", are taken (RFC 4475
//     §3.1.2.13, §3.1.2.15);
//   - the method of CSeq keeps the white space in front of it;
//   - k, x, r, b, o, u, s, e and d are not known as compact forms (value and values look them up).

// newParser returns sipgo's parser with our own reading of the headers that sipgo misreads. It may be shared.
func newParser() *sip.Parser {
	parsers := make(map[string]sip.HeaderParser)
	for name, parse := range sip.DefaultHeadersParser() {
		parsers[name] = onCleanText(parse)
	}
	maps.Copy(parsers, map[string]sip.HeaderParser{
		"via": onCleanText(viaParser), "v": onCleanText(viaParser),
		"from": onCleanText(fromParser), "f": onCleanText(fromParser),
		"to": onCleanText(toParser), "t": onCleanText(toParser),
		"contact": onCleanText(contactParser), "m": onCleanText(contactParser),
		"cseq": onCleanText(cseqParser(parsers["cseq"])),
	})
	return sip.NewParser(sip.WithHeadersParsers(parsers))
}

// onCleanText refuses a header that holds a control character before parse sees it.
func onCleanText(parse sip.HeaderParser) sip.HeaderParser {
	return func(name []byte, text string) (sip.Header, error) {
		if controls(text) {
			return nil, errors.New("control character in a header")
		}
		return parse(name, text)
	}
}

// controls says that a header's text holds what no header may hold: a control character other than TAB, unless a
// backslash stands before it in a quoted string. A line break is never allowed.
//
// RFC 3261 §25.1: quoted-pair; RFC 4475 §3.1.1.2 has some
func controls(text string) bool {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(text) && text[i+1] != '\r' && text[i+1] != '\n':
			i++
		case c < ' ' && c != '\t' || c == 0x7f:
			return true
		}
	}
	return false
}

func cseqParser(parse sip.HeaderParser) sip.HeaderParser {
	return func(name []byte, text string) (sip.Header, error) {
		if number, method, ok := strings.Cut(text, " "); ok {
			text = number + " " + strings.TrimSpace(method)
		}
		return parse(name, text)
	}
}

func fromParser(_ []byte, text string) (sip.Header, error) {
	a, err := oneAddress(text)
	return &sip.FromHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
}

func toParser(_ []byte, text string) (sip.Header, error) {
	a, err := oneAddress(text)
	return &sip.ToHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
}

func contactParser(_ []byte, text string) (sip.Header, error) {
	a, comma, err := parseAddress(text)
	if err == nil && comma >= 0 {
		err = commaAt(comma)
	}
	return &sip.ContactHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
}

func viaParser(_ []byte, text string) (sip.Header, error) {
	comma := outsideQuotes(text, ",")
	if comma < 0 {
		return parseVia(text)
	}
	via, err := parseVia(text[:comma])
	if err == nil {
		err = commaAt(comma)
	}
	return via, err
}

// sipgo's header parsers tell by an error of an unexported type that a comma follows and where: we learn the type from
// one such error.
var commaType = func() reflect.Type {
	_, err := sip.DefaultHeadersParser()["contact"](nil, "<sip:a@b>,<sip:c@d>")
	return reflect.TypeOf(err)
}()

// commaAt is the error by which sipgo hears that the next value of a list begins after the byte at.
func commaAt(at int) error {
	v := reflect.New(commaType).Elem()
	v.SetInt(int64(at))
	err, ok := v.Interface().(error)
	if !ok {
		return errors.New("sipgo's sign for a comma is no error any more")
	}
	return err
}

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
	at, err := netip.ParseAddr(inside)
	return ok && closed && err == nil && at.Is6() && at.Zone() == ""
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

// address is what From, To and Contact hold.
type address struct {
	name   string // the inside of the quotes, escapes kept
	uri    sip.Uri
	params sip.HeaderParams
}

func oneAddress(text string) (address, error) {
	a, comma, err := parseAddress(text)
	switch {
	case err != nil:
	case comma >= 0:
		err = errors.New("two addresses where one belongs")
	case a.uri.Wildcard:
		err = errors.New("wildcard where an address belongs")
	}
	return a, err
}

// parseAddress reads ( name-addr / addr-spec ) *( SEMI param ) up to the end or a comma, and tells where that is.
//
// RFC 3261 §25.1, §20.10
func parseAddress(text string) (a address, comma int, err error) {
	uri, rest := "", ""
	spec := strings.TrimLeft(text, " \t")
	if strings.HasPrefix(spec, `"`) {
		end := quoteEnd(spec)
		if end < 0 {
			return a, -1, errors.New("quote that never ends")
		}
		a.name, spec = spec[1:end], strings.TrimLeft(spec[end+1:], " \t")
		if !strings.HasPrefix(spec, "<") {
			return a, -1, errors.New("display name without an address")
		}
	}
	if i := strings.IndexAny(spec, "<,;"); i >= 0 && spec[i] == '<' {
		if i > 0 {
			a.name = strings.TrimSpace(spec[:i])
		}
		if i > 0 && !isTokens(a.name) {
			return a, -1, errors.New("display name that needs quotes")
		}
		var ok bool
		if uri, rest, ok = strings.Cut(spec[i+1:], ">"); !ok {
			return a, -1, errors.New("address without its closing bracket")
		}
	} else {
		if i < 0 {
			i = len(spec)
		}
		uri, rest = strings.TrimRight(spec[:i], " \t"), spec[i:]
		// RFC 3261 §20: an address with a comma, a question mark or a semicolon is put into brackets.
		if strings.IndexByte(uri, '?') >= 0 {
			return a, -1, errors.New("address with headers and no brackets")
		}
	}
	if a.uri, err = parseURI(uri); err != nil {
		return a, -1, err
	}
	comma = outsideQuotes(rest, ",")
	params := rest
	if comma >= 0 {
		params = rest[:comma]
		comma += len(text) - len(rest)
	}
	params = strings.TrimSpace(params)
	if params != "" && params[0] != ';' {
		return a, -1, errors.New("text behind an address")
	}
	a.params, err = parseParams(params)
	return a, comma, err
}

// isTokens says that v is a display name that needs no quotes. Letters beyond ASCII are taken, as phones send them.
func isTokens(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < 0x80 && c != ' ' && c != '\t' && !isToken(v[i:i+1]) {
			return false
		}
	}
	return true
}

// parseURI reads a URI without white space, quotes or brackets in it. The names of its parameters become lower case.
func parseURI(text string) (sip.Uri, error) {
	var uri sip.Uri
	if strings.ContainsAny(text, " \t\"<>") {
		return uri, errors.New("character in a URI that does not belong there")
	}
	if err := sip.ParseUri(text, &uri); err != nil {
		return uri, fmt.Errorf("parse URI: %w", err)
	}
	if uri.Scheme == "" && !uri.Wildcard {
		return uri, errors.New("URI without a scheme")
	}
	if isSIP(&uri) && (!isHost(uri.Host) && !isIPv6(uri.Host) || uri.Port < 0 || uri.Port > 65535) {
		return uri, errors.New("broken host or port in a URI")
	}
	for i := range uri.UriParams {
		uri.UriParams[i].K = strings.ToLower(uri.UriParams[i].K)
	}
	return uri, nil
}

// parseParams reads *( SEMI name [ EQUAL value ] ). Names become lower case. A quoted value keeps its quotes, but for
// one that holds white space: sipgo puts quotes around that one itself when it writes it.
//
// RFC 3261 §25.1: generic-param
func parseParams(text string) (sip.HeaderParams, error) {
	var params sip.HeaderParams
	for text != "" {
		piece := text
		if i := outsideQuotes(text, ";"); i >= 0 {
			piece, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if piece = strings.TrimSpace(piece); piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !isToken(name) || params.Has(name) {
			return nil, fmt.Errorf("broken or repeated parameter %q", name)
		}
		quoted := strings.HasPrefix(value, `"`)
		if quoted && quoteEnd(value) != len(value)-1 {
			return nil, fmt.Errorf("broken quotes in parameter %q", name)
		}
		if strings.ContainsAny(value, " \t") {
			if !quoted {
				return nil, fmt.Errorf("white space in parameter %q", name)
			}
			value = value[1 : len(value)-1]
		}
		params = append(params, sip.HeaderKV{K: name, V: value})
	}
	return params, nil
}

// quoteEnd returns where the quoted string ends that v begins with; -1: nowhere.
func quoteEnd(v string) int {
	for i := 1; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// outsideQuotes returns where the first of the characters stands that is in no quoted string and in no brackets; -1:
// nowhere.
func outsideQuotes(v, chars string) int {
	bracket := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"' && !bracket:
			end := quoteEnd(v[i:])
			if end < 0 {
				return -1
			}
			i += end
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case !bracket && strings.IndexByte(chars, c) >= 0:
			return i
		}
	}
	return -1
}

// compact maps header names to the compact forms that sipgo does not know.
//
// RFC 3261 §7.3.3, RFC 3265 §7.2, RFC 3515 §2.1, RFC 3892 §6, RFC 4028 §4, RFC 3841 §10
var compact = map[string]string{
	"content-encoding": "e", "supported": "k", "subject": "s", "event": "o", "allow-events": "u", "refer-to": "r",
	"referred-by": "b", "session-expires": "x", "request-disposition": "d", "accept-contact": "a", "reject-contact": "j",
}

// value returns a header's first value as it was received, under its name or its compact form; false: there is none.
func value(m sip.Message, name string) (string, bool) {
	name = strings.ToLower(name)
	found := m.GetHeaders(name)
	if short, ok := compact[name]; ok && len(found) == 0 {
		found = m.GetHeaders(short)
	}
	if len(found) == 0 {
		return "", false
	}
	return found[0].Value(), true
}

// values returns the members of a header that is a list, from every line of that name or of its compact form.
//
// RFC 3261 §7.3.1
func values(m sip.Message, name string) []string {
	name = strings.ToLower(name)
	found := m.GetHeaders(name)
	if short, ok := compact[name]; ok {
		found = append(found, m.GetHeaders(short)...)
	}
	var list []string
	for _, h := range found {
		for text, more := h.Value(), true; more; {
			member := text
			i := outsideQuotes(text, ",")
			if more = i >= 0; more {
				member, text = text[:i], text[i+1:]
			}
			if member = strings.TrimSpace(member); member != "" {
				list = append(list, member)
			}
		}
	}
	return list
}
