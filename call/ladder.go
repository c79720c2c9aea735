package call

import (
	"net/netip"
	"time"
)

// Ladder is what is kept of a call for whoever has to find out what went wrong: what was said to each leg and by it in SIP,
// what happened to it, and how its audio fared over the time.
type Ladder struct {
	Strands []Strand
	Notes   []Note // in the order in which they came
}

// Strand is the side of one leg in a Ladder.
type Strand struct {
	Leg      LegID
	Trunk    string    // that carried it last; empty: none, it is a phone's
	Messages []Message // in the order in which they came; of very many the first and the last
	Left     int       // how many more there were
	Course   []Interval
}

// Message is one SIP message of a leg.
type Message struct {
	At      time.Time
	Sent    bool           // by us; false: received
	Network string         // UDP, TCP, TLS, WS or WSS
	Peer    netip.AddrPort // where it went or came from
	Text    string         // without what proves somebody's identity, and without keys
	Cut     int            // bytes that were left out at its end
}

// Note is one thing that happened to a leg and that SIP does not say.
type Note struct {
	At     time.Time
	Leg    LegID
	What   string // stable word: ringing, answered, asked, key, joined, swapped, parked, silent, …
	Other  LegID  // the leg that it happened with; empty: none
	Detail string // more of it: a cause, an audio source, a length of time; empty: nothing
}

// Interval is a part of the time in which a leg had audio, with what was counted in it.
type Interval struct {
	From    time.Time
	Length  time.Duration
	Quality // RoundTrip and Jitter as they were at its end; Reports that came within it
}
