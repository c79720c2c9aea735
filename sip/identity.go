package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// believed is who calls, as far as who brings the call is believed.
type believed struct {
	from     call.Party
	diverted call.Diversion
	attested string
}

// identify says who calls; t is the trunk that brings the call, nil: a phone does, which is known by its proof. What a
// stranger or a phone asserts is never read: P-Asserted-Identity and the like count from a trusted trunk alone. A number
// that its owner wants withheld goes no further, whoever says so.
//
// RFC 3325 §5, RFC 3323 §4.2
func identify(req *sip.Request, t *trunk) believed {
	c := believed{from: partyOf(req.From())}
	if t == nil {
		return c
	}
	hides := privacy(req)
	if t.terms().Trusted {
		if a, found := asserted(req); found {
			c.attested = attestation(req, &a.uri)
			// RFC 3325 §9.1: From hides what the header tells the trusted alone
			hides.caller = hides.caller || anonymous(req.From()) || a.private
			name := c.from.Name
			if c.from = (call.Party{Number: numberOf(&a.uri), Name: plainName(a.name)}); c.from.Name == "" {
				c.from.Name = name
			}
		}
		if !hides.history {
			c.diverted = diverted(req)
		}
	}
	if hides.caller {
		c.from = call.Party{}
	}
	c.from.Number = rewritten(t.terms().Rewrite.CallingIn, c.from.Number)
	c.diverted.Number = rewritten(t.terms().Rewrite.CalledIn, c.diverted.Number)
	return c
}

// hidden is what a request asks to hide.
type hidden struct{ caller, history bool }

// privacy reads what a request asks to hide. Whoever asks to hide his number in any way has it hidden altogether; that he
// insists (critical) changes nothing.
//
// RFC 3323 §4.2, RFC 7044 §10.1
func privacy(req *sip.Request) (h hidden) {
	for _, list := range values(req, "Privacy") {
		for word := range strings.SplitSeq(list, ";") {
			switch strings.ToLower(strings.TrimSpace(word)) {
			case "none":
				return hidden{}
			case "id", "user", "header":
				h.caller = true
			case "history":
				h.history = true
			}
		}
	}
	return h
}

// assertion is an address that a trusted trunk vouches for.
type assertion struct {
	address
	private bool
}

// asserted returns the caller whom a trusted trunk asserts, the one with a telephone number if there are two; false: it
// asserts none.
//
// RFC 3325 §9.1; draft-ietf-sip-privacy-04 for Remote-Party-ID, which older switches send
func asserted(req *sip.Request) (best assertion, found bool) {
	for _, text := range values(req, "P-Asserted-Identity") {
		a, err := oneAddress(text)
		if err != nil || a.uri.Scheme != "tel" && !isSIP(&a.uri) || found && !isNumber(numberOf(&a.uri)) {
			continue
		}
		best, found = assertion{address: a}, true
	}
	if found {
		return best, true
	}
	for _, text := range values(req, "Remote-Party-ID") {
		a, err := oneAddress(text)
		if err != nil || !isSIP(&a.uri) || !strings.EqualFold(a.params.GetOr("party", "calling"), "calling") ||
			strings.EqualFold(a.params.GetOr("screen", ""), "no") {
			continue
		}
		return assertion{a, !strings.EqualFold(a.params.GetOr("privacy", "off"), "off")}, true
	}
	return best, false
}

// isNumber says that a user part is a telephone number.
func isNumber(v string) bool {
	digits := strings.TrimPrefix(v, "+")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// attestation says what the trunk found of the caller's signature; empty: nothing.
//
// RFC 8224 §6.2; 3GPP TS 24.229 §7.2A.20 names the parameter and P-Attestation-Indicator
func attestation(req *sip.Request, uri *sip.Uri) string {
	text := plainUser(uri.User)
	if strings.EqualFold(uri.Scheme, "tel") {
		text = uri.Raw()
	}
	_, behind, _ := strings.Cut(text, ";")
	params, err := parseParams(behind)
	if err != nil {
		return ""
	}
	switch v := strings.ToLower(params.GetOr("verstat", uri.UriParams.GetOr("verstat", ""))); {
	case strings.HasPrefix(v, "tn-validation-failed"):
		return "failed"
	case strings.HasPrefix(v, "tn-validation-passed"):
		level, _ := value(req, "P-Attestation-Indicator")
		if level == "" {
			level = strings.TrimPrefix(strings.TrimPrefix(v, "tn-validation-passed"), "-")
		}
		if level = strings.ToUpper(strings.TrimSpace(level)); level == "A" || level == "B" || level == "C" {
			return level
		}
		return "passed"
	}
	return ""
}

// diverted returns who was called first, and why the call was sent on.
//
// RFC 5806 §4.2: the last entry is the first diversion; RFC 7044 §5: the first entry is the first target
func diverted(req *sip.Request) call.Diversion {
	if list := values(req, "Diversion"); len(list) > 0 {
		a, err := oneAddress(list[len(list)-1])
		if err != nil {
			return call.Diversion{}
		}
		d := call.Diversion{Number: numberOf(&a.uri), Name: plainName(a.name), Why: diversionWord(a.params.GetOr("reason", ""))}
		if !strings.EqualFold(a.params.GetOr("privacy", "off"), "off") {
			d.Number, d.Name = "", ""
		}
		return d
	}
	list := values(req, "History-Info")
	if len(list) < 2 {
		return call.Diversion{} // where the call was sent first is where it is
	}
	first, err := oneAddress(list[0])
	next, err2 := oneAddress(list[1])
	if err != nil || err2 != nil || sameTarget(&first.uri, &next.uri) {
		return call.Diversion{}
	}
	d := call.Diversion{Number: numberOf(&first.uri), Name: plainName(first.name), Why: causeWord(next.uri.UriParams.GetOr("cause", ""))}
	for _, h := range first.uri.Headers {
		if strings.EqualFold(h.K, "Privacy") && !strings.EqualFold(h.V, "none") {
			d.Number, d.Name = "", ""
		}
	}
	return d
}

func sameTarget(a, b *sip.Uri) bool { return numberOf(a) == numberOf(b) }

// diversionWords are why a call is diverted.
//
// RFC 5806 §6.4
var diversionWords = []string{
	"unknown", "user-busy", "no-answer", "unavailable", "unconditional", "time-of-day", "do-not-disturb", "deflection",
	"follow-me", "out-of-service", "away",
}

func diversionWord(v string) string {
	v = strings.ToLower(strings.Trim(v, `"`))
	if knows(diversionWords, v) {
		return v
	}
	return ""
}

// causeWord is the same for the number that History-Info has.
//
// RFC 4458 §6.1
func causeWord(v string) string {
	return map[string]string{
		"302": "unconditional", "404": "unknown", "408": "no-answer", "480": "deflection", "486": "user-busy",
		"487": "deflection", "503": "unavailable",
	}[v]
}
