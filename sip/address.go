package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

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
	text, headers := cutHeaders(text)
	if err := sip.ParseUri(text, &uri); err != nil {
		return uri, fmt.Errorf("parse URI: %w", err)
	}
	uri.Headers = headers
	if uri.Scheme == "" && !uri.Wildcard {
		return uri, errors.New("URI without a scheme")
	}
	if isSIP(&uri) && (!isHost(uri.Host) && !isIPv6(uri.Host) || uri.Port < 0 || uri.Port > 65535) {
		return uri, errors.New("broken host or port in a URI")
	}
	// RFC 3261 §25.1: the one colon stands between user and password; sipgo takes others for the user's, and writes one less.
	if isSIP(&uri) && strings.IndexByte(uri.User, ':') >= 0 {
		return uri, errors.New("colon in the user of a URI")
	}
	// An empty user is taken, as peers send it, and not written again: another @ would make what follows the user.
	if isSIP(&uri) && uri.User == "" && strings.Count(text, "@") > 1 {
		return uri, errors.New("two @ in a URI")
	}
	if inside, bracketed := strings.CutPrefix(uri.Host, "["); bracketed {
		uri.Host = "[" + twoColons(strings.TrimSuffix(inside, "]")) + "]"
	}
	for i := range uri.UriParams {
		uri.UriParams[i].K = sip.ASCIIToLower(uri.UriParams[i].K)
	}
	return uri, nil
}

// cutHeaders takes the headers off a SIP URI. sipgo v1.7.2 takes those behind a parameter without a value for a part of it,
// and writes them twice.
//
// RFC 3261 §25.1: a user may hold "?", nothing behind the host may hold "@"
func cutHeaders(text string) (uri string, headers sip.HeaderParams) {
	host := strings.LastIndexByte(text, '@') + 1
	if scheme, _, _ := strings.Cut(text, ":"); !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
		return text, nil
	}
	before, after, has := strings.Cut(text[host:], "?")
	if !has {
		return text, nil
	}
	for h := range strings.SplitSeq(after, "&") {
		name, v, _ := strings.Cut(h, "=")
		headers = append(headers, sip.HeaderKV{K: name, V: v})
	}
	return text[:host] + before, headers
}

func isSIP(uri *sip.Uri) bool { return uri.Scheme == "sip" || uri.Scheme == "sips" }

// sameURI compares two SIP URIs.
//
// RFC 3261 §19.1.4
func sameURI(a, b *sip.Uri) bool {
	if a.Scheme != b.Scheme || plainUser(a.User) != plainUser(b.User) || plainUser(a.Password) != plainUser(b.Password) ||
		!strings.EqualFold(a.Host, b.Host) || a.Port != b.Port {
		return false
	}
	for _, name := range []string{"user", "ttl", "method", "maddr", "transport"} {
		mine, has := a.UriParams.Get(name)
		theirs, hasToo := b.UriParams.Get(name)
		if has != hasToo || !strings.EqualFold(mine, theirs) {
			return false
		}
	}
	for _, p := range a.UriParams {
		if theirs, ok := b.UriParams.Get(p.K); ok && !strings.EqualFold(p.V, theirs) {
			return false
		}
	}
	return true
}

// elsewhere says that a URI does not name the address that a message came from, as behind a NAT. A host name always
// counts as elsewhere: the source is known to work.
func elsewhere(uri *sip.Uri, from netip.AddrPort) bool {
	at, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	port := uri.Port
	if port == 0 {
		port = 5060
		if uri.IsEncrypted() {
			port = 5061
		}
	}
	return err != nil || at.Unmap() != from.Addr().Unmap() || port != int(from.Port())
}
