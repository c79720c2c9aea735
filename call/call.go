// Package call is the vocabulary of telephony that the core and the wires share: legs, seats, targets, causes,
// the Events that a wire reports and the Actions that the core orders.
//
// It is pure: no clock, no goroutine, no I/O. It knows neither SIP headers nor SDP bodies, and it decides nothing:
// decisions are taken in package telagent, protocol is spoken in packages sip and media.
//
// Start with Event (event.go) and Action (action.go): every fact and every order that crosses the wires is there.
package call

import "fmt"

// LegID names one leg: one party's SIP dialog plus its audio. The wire names the legs that come in, the core names the
// legs that it dials; both take names from an injected source, so that no two legs of a gateway's life share one.
type LegID string

// ID names one call: a customer's visit, which outlives every agent leg.
type ID string

// Seat is a place in a call's bridge. A seat holds at most one leg.
type Seat uint8

// The seats of a bridge. The zero value is no seat.
const (
	NoSeat Seat = iota
	CustomerSeat
	AgentSeat
	GuestSeat
)

// String returns the seat's glossary word.
func (s Seat) String() string { return word(s, "none", "customer", "agent", "guest") }

// Device is the kind of thing that an agent is rung on.
type Device uint8

// The devices. The zero value is unknown.
const (
	UnknownDevice Device = iota
	Softphone            // a registered browser or desktop phone: AOR is the agent's id
	DeskPhone            // a registered desk phone with an AOR of its own
	PSTN                 // a number that a trunk carries
)

// String returns the device's glossary word.
func (d Device) String() string { return word(d, "unknown", "softphone", "desk", "pstn") }

// Target is what a Dial rings.
type Target struct {
	Device Device
	AOR    string // user part of the registered address of record; empty for PSTN
	Number string // E.164 with its plus sign; empty unless Device is PSTN
	Trunk  string // the trunk that must carry it; empty: any that is up
}

// String prints the target as scripts and logs write it: "ana@softphone", "ana-desk@desk" or the number.
func (t Target) String() string {
	if t.Device == PSTN {
		return t.Number
	}
	return t.AOR + "@" + t.Device.String()
}

// Party is how one side of a call is shown to the other.
type Party struct {
	Number string // E.164 or a user name; empty: withheld
	Name   string // display name; empty: none
}

// Source says which authenticated side an Invited leg came from. Exactly one field is set.
type Source struct {
	Trunk string // name of the trunk, recognised by its address
	AOR   string // the registered user who proved himself by digest
}

// Cause says why a leg was refused, failed or ended, in words that no protocol owns.
type Cause uint8

// The causes. The zero value is none.
const (
	NoCause      Cause = iota
	Normal             // a party hung up (BYE)
	Busy               // 486, 600
	NoAnswer           // rang out: 480 after ringing, 487 by our own timer, 408 after ringing
	Declined           // the person refused: 603, or 403 by the phone
	Unreachable        // nothing registered, 404, 410, 480 without ringing, flow gone
	TrunkFault         // the trunk's fault: 5xx, connection refused, transaction time-out
	NoCapacity         // every channel of every usable trunk is taken
	Unacceptable       // 488: no common audio
	Cancelled          // the caller gave up before the answer
	NoConfirm          // answered, but nobody pressed the key: a machine
	Lost               // transport gone, 408/481 within the dialog, session timer, media gone
	Moved              // replaced by another leg of the same seat
	Forced             // a supervisor ended it
	Forbidden          // policy refuses it
	Unknown            // no such number or user
	Overload           // a limit was reached
	Broken             // a bug in the gateway was caught and this call had to end
	Transferred        // its person handed the call on to somebody else
	Elsewhere          // another phone took the call
	Draining           // the gateway takes no new calls, see telagent.Drain
)

var causeWords = []string{
	"none", "normal", "busy", "no_answer", "declined", "unreachable", "trunk_fault", "no_capacity", "unacceptable",
	"cancelled", "no_confirm", "lost", "moved", "forced", "forbidden", "unknown", "overload", "broken", "transferred",
	"elsewhere", "draining",
}

// String returns the cause's stable word, used in records, metrics and the API.
func (c Cause) String() string { return word(c, causeWords...) }

// ParseCause returns the cause with that word, as String prints it.
func ParseCause(s string) (Cause, error) {
	for i, w := range causeWords {
		if w == s {
			return Cause(i), nil
		}
	}
	return NoCause, fmt.Errorf("unknown cause %q", s)
}

// How says in what way an established leg ended.
type How uint8

// The ways. HungUp ends what the person was in; LegLost empties the seat and the call lives.
const (
	HungUp  How = iota // BYE by the far side, CANCEL of an unanswered inbound leg, or our own Hangup done
	LegLost            // the wire noticed that the far side is gone: 408, 481, transport, timer
)

// String returns "hung_up" or "lost".
func (h How) String() string { return word(h, "hung_up", "lost") }

func word[T ~uint8](v T, words ...string) string {
	if int(v) < len(words) {
		return words[v]
	}
	return fmt.Sprintf("invalid(%d)", uint8(v))
}
