package sip

import (
	"github.com/emiago/sipgo/sip"
)

// Reliable says whether the provisional responses of a trunk's calls are acknowledged (RFC 3262).
type Reliable uint8

// The ways. The zero value leaves it to the trunk.
const (
	ReliableOffered  Reliable = iota
	ReliableRequired          // calls that cannot do it are refused
	ReliableOff
)

// ShownIn says where a trunk is told the number of who calls, besides From.
type ShownIn uint8

// The headers. The zero value is P-Asserted-Identity.
const (
	AssertedIdentity  ShownIn = iota // RFC 3325
	PreferredIdentity                // RFC 3325
	RemoteParty                      // draft-ietf-sip-privacy-04, as older switches want it
	FromAlone
)

// History says how a trunk is told whom a caller dialled first.
type History uint8

// The ways. The zero value does not tell it.
const (
	NoHistory   History = iota
	Diverted            // Diversion, RFC 5806
	HistoryInfo         // RFC 7044
)

// Shows is how a trunk is told who calls.
type Shows struct {
	In      ShownIn
	Account string // stands there instead of the shown number; empty: the shown one
	History History
}

// Rewrite changes numbers between the trunk's form and ours. What is nil changes nothing; none is asked about a withheld
// number.
type Rewrite struct {
	CalledIn   func(number string) string // the number that a caller dialled
	CallingIn  func(number string) string // the caller's
	CalledOut  func(number string) string // the number that is dialled
	CallingOut func(number string) string // the one that is shown
}

// rewritten is what a rule makes of a number.
func rewritten(rule func(string) string, number string) string {
	if rule == nil || number == "" {
		return number
	}
	return rule(number)
}

// shown is how a party appears on a rung phone, or is told to a trunk: the From, and what asserts or withholds it. Only what
// the core orders is told, never what a phone wrote into a header.
//
// RFC 3325 §9.1, RFC 3323 §4.1.1.3
func (b *branch) shown() (*sip.FromHeader, []sip.Header) {
	w, number, how := b.l.q.w, b.from.Number, Shows{}
	if b.trunk != nil {
		how = b.trunk.terms().Shows
		number = rewritten(b.trunk.terms().Rewrite.CallingOut, number)
	}
	from := &sip.FromHeader{DisplayName: scrubName(b.from.Name), Address: w.named(number)}
	if number == "" {
		from.Address = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
	}
	var headers []sip.Header
	if how.Account != "" {
		headers = assertedAs(how.In, &sip.FromHeader{Address: w.named(how.Account)}, number == "")
	} else if number != "" {
		headers = assertedAs(how.In, from, false)
	}
	if number == "" {
		headers = append(headers, sip.NewHeader("Privacy", "id"))
	}
	if b.trunk == nil {
		return from, headers
	}
	headers = append(headers, b.history(how.History)...)
	return from, append(headers, w.signatures(b.l.near, b.from.Number, b.trunk)...)
}

// named is the address of a number in our domain.
func (w *Wire) named(number string) sip.Uri {
	return sip.Uri{Scheme: "sip", User: scrubUser(number), Host: w.o.Domain}
}

// assertedAs vouches for a number in the header that the trunk wants.
//
// RFC 3325 §9.1, §9.2; draft-ietf-sip-privacy-04 §5.1
func assertedAs(in ShownIn, who *sip.FromHeader, private bool) []sip.Header {
	switch in {
	case AssertedIdentity:
		return []sip.Header{sip.NewHeader("P-Asserted-Identity", who.Value())}
	case PreferredIdentity:
		return []sip.Header{sip.NewHeader("P-Preferred-Identity", who.Value())}
	case RemoteParty:
		privacy := "off"
		if private {
			privacy = "full"
		}
		return []sip.Header{sip.NewHeader("Remote-Party-ID", who.Value()+";party=calling;screen=yes;privacy="+privacy)}
	case FromAlone:
	}
	return nil
}

// history tells the trunk whom the caller dialled first.
//
// RFC 5806 §4.2; RFC 7044 §5, RFC 4458 §6.1
func (b *branch) history(in History) []sip.Header {
	if b.l.diverted == "" {
		return nil
	}
	first := b.l.q.w.named(rewritten(b.trunk.terms().Rewrite.CallingOut, b.l.diverted))
	switch in {
	case Diverted:
		return []sip.Header{sip.NewHeader("Diversion", "<"+first.String()+">;reason=unconditional")}
	case HistoryInfo:
		next := b.target
		next.UriParams = nil
		return []sip.Header{sip.NewHeader("History-Info", "<"+first.String()+">;index=1, <"+next.String()+";cause=302>;index=1.1;mp=1")}
	case NoHistory:
	}
	return nil
}
