package sip

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"telagent-gateway/call"
)

// pidfType is the body of the presence package, in NOTIFY and in PUBLISH.
//
// RFC 3856 §6.5, RFC 3863 §4
const pidfType = "application/pidf+xml"

const (
	pidfSpace   = "urn:ietf:params:xml:ns:pidf"
	modelSpace  = "urn:ietf:params:xml:ns:pidf:data-model"
	rpidSpace   = "urn:ietf:params:xml:ns:pidf:rpid"
	dialogSpace = "urn:ietf:params:xml:ns:dialog-info"

	longestReason = 64 // bytes of what stands beside a status
	longestEntity = 128
)

// shownAs is how a status looks to who knows PIDF alone: whether the person can be talked to, and what keeps him.
//
// RFC 3863 §4.1.4; RFC 4480 §3.2. The note tells the rest: our own word, and the reason.
var shownAs = map[string]struct {
	basic      string
	activities []string
}{
	"available": {"open", nil},
	"ringing":   {"open", []string{"busy"}},
	"in_line":   {"open", []string{"on-the-phone"}},
	"acw":       {"open", []string{"busy"}},
	"not_ready": {"open", []string{"busy"}},
	"on_break":  {"open", []string{"away"}}, // and why: see breakActivity
	"away":      {"closed", []string{"away"}},
	"offline":   {"closed", nil},
}

// pidf tells how a person is. The prefix is rpid and the elements have no space in them: baresip looks for that.
//
// RFC 3863 §4, RFC 4479 §3.2, RFC 4480 §3.2
func (b *board) pidf(s *watch, p person) []byte {
	as, known := shownAs[p.Status]
	if !known {
		as.basic = "open"
	}
	reason := cut(p.Reason, longestReason)
	var x strings.Builder
	x.WriteString(xml.Header + `<presence xmlns="` + pidfSpace + `" xmlns:dm="` + modelSpace + `" xmlns:rpid="` + rpidSpace +
		`" entity="` + b.entity(s.aor) + `">` + "\n" + `<tuple id="t1"><status><basic>` + as.basic + `</basic></status><note>` + escaped(p.Status))
	if reason != "" {
		x.WriteString(": " + escaped(reason))
	}
	x.WriteString("</note></tuple>\n")
	if len(as.activities) > 0 {
		x.WriteString(`<dm:person id="p1"><rpid:activities>`)
		for _, a := range as.activities {
			x.WriteString("<rpid:" + a + "/>")
		}
		if p.Status == "on_break" {
			x.WriteString(breakActivity(reason))
		}
		x.WriteString("</rpid:activities></dm:person>\n")
	}
	x.WriteString("</presence>\n")
	return []byte(x.String())
}

// breakActivity says by RPID why a person has a break: its own word where it has one.
//
// RFC 4480 §3.2
func breakActivity(reason string) string {
	word := strings.ToLower(reason)
	if word == "lunch" {
		word = "meal"
	}
	switch {
	case slices.Contains(breakActivities, word):
		return "<rpid:" + word + "/>"
	case reason == "":
		return "<rpid:other/>"
	}
	return "<rpid:other>" + escaped(reason) + "</rpid:other>"
}

// dialogInfo tells whether a person is in a call. Who it is with is told to himself alone: a customer's number is not
// for every lamp on somebody's desk.
//
// RFC 4235 §4.1: each document is whole, and has the next number
func (b *board) dialogInfo(s *watch, p person) []byte {
	var x strings.Builder
	x.WriteString(xml.Header + `<dialog-info xmlns="` + dialogSpace + `" version="` + strconv.Itoa(s.version) + `" state="full" entity="` + b.entity(s.aor) + `">` + "\n")
	s.version++
	if t := p.talk; t.state != "" {
		direction := "recipient"
		if t.dialed {
			direction = "initiator"
		}
		x.WriteString(`<dialog id="` + escaped(cut("d-"+t.id, longestReason)) + `" direction="` + direction + `"><state>` + t.state + "</state>")
		if s.user == p.User && s.aor == p.User {
			x.WriteString(b.identity(t.remote))
		}
		x.WriteString("</dialog>\n")
	}
	x.WriteString("</dialog-info>\n")
	return []byte(x.String())
}

// identity names the other side of a call.
//
// RFC 4235 §4.1.6
func (b *board) identity(who call.Party) string {
	if who.Number == "" {
		return ""
	}
	display := ""
	if who.Name != "" {
		display = ` display="` + escaped(cut(who.Name, longestReason)) + `"`
	}
	return "<remote><identity" + display + ">" + b.entity(who.Number) + "</identity></remote>"
}

// entity is the URI of a user or number of ours, as XML has it.
func (b *board) entity(user string) string {
	return escaped("sip:" + cut(scrubUser(user), longestEntity) + "@" + scrub(b.w.o.Domain))
}

// escaped writes a text into XML.
func escaped(text string) string {
	var x strings.Builder
	_ = xml.EscapeText(&x, []byte(scrub(text))) // a Builder takes everything
	return x.String()
}

// cut keeps the first bytes of a text, whole letters of it.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
