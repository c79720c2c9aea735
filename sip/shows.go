package sip

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
