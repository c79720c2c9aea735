package call

import (
	"net/netip"
	"time"
)

// Event is a fact that a wire reports. It cannot be refused. Events of one leg come from two wires in no common order;
// the core accepts every order and ignores facts about legs that it does not know or that have ended.
//
// Every leg ends with exactly one Failed or Ended, whoever caused it, also after a Hangup of ours.
type Event interface{ event() }

// Invited reports a new inbound leg, authenticated by its source. The core answers with Answer or Reject, and with Ring
// before that if it takes a while.
type Invited struct {
	Leg    LegID
	From   Party  // as the caller shows himself: a claim, not a proof
	To     string // the number or user that was dialled, as received
	Source Source
	// Replaces is the leg whose place the caller's phone asks for (RFC 3891); empty: none. The wire has made sure that the
	// leg lives and is a phone's, perhaps another one of the same user.
	Replaces LegID
	// Diverted is who was called first, where the call was sent on to us, and why; zero: nobody, or who asks not to be
	// shown. It is what a trusted trunk says; of others and of phones it is zero.
	Diverted Diversion
	// Attested says what a trusted trunk found of the caller's number (RFC 8588): "A", "B" or "C" if its signature is
	// right, "passed" where its level is not told, "failed" if it is wrong; empty: nothing is known.
	Attested string
}

// Diversion is who was called before a call was sent on.
type Diversion struct {
	Number string // empty: nobody, or withheld
	Name   string // empty: none
	Why    string // a word of RFC 5806, like no-answer or unconditional; empty: not known
}

// Ringing reports that the far end of a dialled leg alerts somebody (180, or early media in 183). It comes at most twice: as
// soon as that is known, and once more when there is Audio.
type Ringing struct {
	Leg   LegID
	Audio bool // it sends what is to be heard until the answer: its ringing tone, or an announcement
}

// Answered reports that a dialled leg was answered and its dialog stands.
type Answered struct{ Leg LegID }

// TurnedAway reports that the trunk of a dialled leg does not take it, before anybody was rung there. The leg lives: the core
// answers with Reroute, or Hangup.
type TurnedAway struct {
	Leg    LegID
	Status int // the SIP status that said so; 0: none came
}

// Failed reports that a dialled leg came to nothing; the leg is over.
type Failed struct {
	Leg    LegID
	Cause  Cause
	Status int // the SIP status that said so; 0: none came
}

// Ended reports that an established leg, or an inbound leg not yet answered, is over.
type Ended struct {
	Leg    LegID
	How    How
	Cause  Cause
	Status int // the SIP status that said so; 0: none came
}

// Silent reports that no RTP came from a leg for the first silence limit (1 s), though it should be talking: it is not
// on hold, not ringing, and it was heard before or had its full time to start. It is evidence, not death.
type Silent struct{ Leg LegID }

// Heard reports RTP from a leg that was Silent.
type Heard struct{ Leg LegID }

// Held reports that the far side put us on hold (its SDP no longer wants our audio).
type Held struct{ Leg LegID }

// Resumed reports that the far side took us off hold.
type Resumed struct{ Leg LegID }

// Digit reports one key press (RFC 4733 or INFO), each key once.
type Digit struct {
	Leg LegID
	Key string // one of 0-9 * # A-D
}

// Played reports that a Say or one round of an Ask came to its end by itself.
type Played struct {
	Leg    LegID
	Prompt Prompt
}

// Referred reports that the phone of an established leg asks for a transfer (RFC 3515) of whoever it talks with. The core
// answers with Progress, always, and with a last one that is Done.
type Referred struct {
	Leg  LegID
	To   string // the number or user to transfer to, as received
	With LegID  // the phone's other leg, whose far side is to be met (Replaces in Refer-To); empty: a blind transfer
}

// Recorded reports the end of a recording.
type Recorded struct {
	Leg     LegID
	File    string
	Length  time.Duration // of the sound; 0: nothing was written
	Problem string        // why it ended early or is not whole, in words for a person; empty: nothing is missing
}

// Measured reports how the audio of a leg that is over fared. It may come before or after the leg's end.
type Measured struct {
	Leg     LegID
	Quality Quality
	Course  []Interval // the same over the time
}

// Spliced reports how it went, for who hears it, that a leg took another's place (Swap), or came to who heard comfort (Join). It
// comes a second after that, if both legs live for so long.
type Spliced struct {
	Leg     LegID         // that came in
	To      LegID         // who hears it
	Gap     time.Duration // longest time between two packets that To was sent, whatever was in them
	CutOver time.Duration // from the last packet of the leg before, or of comfort, to the first one of Leg; 0: Leg was not heard, or in a mix
	TwoWay  time.Duration // from the key that Leg accepted with until both hear each other; 0: no key was pressed, or they do not
}

// Published reports what a registered phone says of its user's presence (RFC 3903).
type Published struct {
	AOR    string
	Status string // a declared word: available, not_ready, on_break, away
	Reason string // what the phone says beside it; empty: nothing
}

// Bound reports that an address of record has at least one reachable contact, and had none before.
type Bound struct{ AOR string }

// Unbound reports that an address of record lost its last contact.
type Unbound struct{ AOR string }

// Located reports from which address an address of record is reached: before each Bound, and when it has another one. Of
// several contacts that one counts which came to its address last.
type Located struct {
	AOR     string
	Address netip.Addr // that its REGISTER came from
}

// Sign is a sign of life of a phone.
type Sign uint8

// The signs. RTP has events of its own, Silent and Heard. The zero value is none.
const (
	NoSign       Sign = iota
	Reports           // RTCP of a leg that sent some before and is not held: none for three of its own intervals, or a BYE (RFC 3550 §6.2, §6.6)
	Flow              // the stream connection that a phone registered over (RFC 5626 §4.4): Missed before Unbound, Seen after Bound
	Registration      // the REGISTER that refreshes its contact, of who sends it like a clock, and well before it expires (RFC 3261 §10.2.4)
	Answers           // any to the OPTIONS that we ask its contact with, of who answered before; two in a row were not (RFC 3261 §11)
)

// String returns the sign's stable word.
func (s Sign) String() string { return word(s, "none", "reports", "flow", "registration", "answers") }

// Missed reports that a sign of life did not come though it was due. It is evidence, not death. Of an address of record a
// sign is missed when it is missed of every contact; Bound and Unbound end what was missed. It may be told again, after a
// sign of another kind.
type Missed struct {
	Sign Sign
	Leg  LegID  // with Reports
	AOR  string // with the others
}

// Seen reports a sign of life that was Missed, and Reports of a leg that is Silent.
type Seen struct {
	Sign Sign
	Leg  LegID
	AOR  string
}

// Verified reports what became of a Verify.
type Verified struct {
	Leg   LegID
	Right bool
}

// TrunkUp reports that a trunk can carry calls.
type TrunkUp struct{ Trunk string }

// TrunkDown reports that a trunk cannot carry calls, and why in words for a person.
type TrunkDown struct{ Trunk, Problem string }

// Impaired reports that a part of the gateway itself does not do all that it should. It is told again only with another
// Problem, and ends with Repaired.
type Impaired struct {
	Part    string // a stable word, which is the code of the alarm: overloaded, stalled, store_away, …
	Problem string // a sentence for a person: what is wrong, and what follows from it
}

// Repaired reports that a part of the gateway that was Impaired is well again.
type Repaired struct{ Part string }

// Stalled reports that the gateway did not run for a while: it was stopped, or its machine was. It is told before anything
// else after that. What nobody showed or said in that time was not there to be taken, so it speaks against nobody.
type Stalled struct{ For time.Duration }

func (Invited) event()    {}
func (Ringing) event()    {}
func (Answered) event()   {}
func (TurnedAway) event() {}
func (Failed) event()     {}
func (Ended) event()      {}
func (Silent) event()     {}
func (Heard) event()      {}
func (Held) event()       {}
func (Resumed) event()    {}
func (Digit) event()      {}
func (Played) event()     {}
func (Referred) event()   {}
func (Recorded) event()   {}
func (Measured) event()   {}
func (Spliced) event()    {}
func (Published) event()  {}
func (Bound) event()      {}
func (Unbound) event()    {}
func (Located) event()    {}
func (Missed) event()     {}
func (Seen) event()       {}
func (Verified) event()   {}
func (TrunkUp) event()    {}
func (TrunkDown) event()  {}
func (Impaired) event()   {}
func (Repaired) event()   {}
func (Stalled) event()    {}

// Leg returns the leg that an event is about, or "" when it is about none.
func Leg(e Event) LegID {
	switch e := e.(type) {
	case Invited:
		return e.Leg
	case Ringing:
		return e.Leg
	case Answered:
		return e.Leg
	case TurnedAway:
		return e.Leg
	case Failed:
		return e.Leg
	case Ended:
		return e.Leg
	case Silent:
		return e.Leg
	case Heard:
		return e.Leg
	case Held:
		return e.Leg
	case Resumed:
		return e.Leg
	case Digit:
		return e.Leg
	case Played:
		return e.Leg
	case Referred:
		return e.Leg
	case Recorded:
		return e.Leg
	case Measured:
		return e.Leg
	case Spliced:
		return e.Leg
	case Missed:
		return e.Leg
	case Seen:
		return e.Leg
	case Verified:
		return e.Leg
	case Published, Bound, Unbound, Located, TrunkUp, TrunkDown, Impaired, Repaired, Stalled:
		return ""
	}
	panic("call: unknown event")
}
