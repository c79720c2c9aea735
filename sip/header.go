package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// compact maps header names to the compact forms that sipgo does not know.
//
// RFC 3261 §7.3.3, RFC 3265 §7.2, RFC 3515 §2.1, RFC 3892 §6, RFC 4028 §4, RFC 3841 §10, RFC 8224 §4
var compact = map[string]string{
	"content-encoding": "e", "supported": "k", "subject": "s", "event": "o", "allow-events": "u", "refer-to": "r",
	"referred-by": "b", "session-expires": "x", "request-disposition": "d", "accept-contact": "a", "reject-contact": "j",
	"identity": "y",
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
