package call

// Action is an order of the core to a wire. It returns nothing: what became of it comes back as an Event. An Action on
// a leg that has meanwhile ended does nothing.
//
// Answer, Reject, Dial and Hangup go to the signalling wire; Join, Swap, Park, Say and Ask to the audio wire.
type Action interface{ action() }

// Answer accepts an inbound leg (200 OK). The leg hears comfort until it is Parked or Joined.
type Answer struct{ Leg LegID }

// Reject refuses an inbound leg that was not answered; the cause becomes a SIP status.
type Reject struct {
	Leg   LegID
	Cause Cause
}

// Dial rings a target with a new leg named by the core. Answered or Failed follows, always. The core bounds the
// ringing itself and sends Hangup when it has rung long enough.
type Dial struct {
	Leg    LegID
	Target Target
	From   Party // what the rung phone shows
	Near   LegID // the leg that it will talk to: its codec is offered first; empty: none
}

// Hangup ends a leg in whatever state it is: CANCEL while ringing, BYE when up, a final refusal when inbound and not
// answered. A late answer is acknowledged and ended again by the wire itself. Failed or Ended follows.
type Hangup struct {
	Leg   LegID
	Cause Cause  // becomes the Reason header (RFC 3326)
	Text  string // a few words for the phone's display; empty: none
}

// Join lets two legs hear each other, wherever they were before. Neither side's RTP stream restarts.
type Join struct{ A, B LegID }

// Swap gives New the place of Old towards the leg that Old is joined with, between two packets. Old hears nothing more.
type Swap struct{ Old, New LegID }

// Park takes a leg out of its conversation and lets it hear an audio source without end. Its former peer, if any,
// hears nothing until it is parked or joined itself.
type Park struct {
	Leg   LegID
	Audio Audio
}

// Say plays a prompt once to a parked leg, over what it hears; Played follows at its end, then what it heard before
// goes on.
type Say struct {
	Leg    LegID
	Prompt Prompt
}

// Ask plays a prompt to a leg that hears nobody and is heard by nobody. Played follows at the end of the prompt, Digit
// at any key press. The core repeats it and bounds it in time.
type Ask struct {
	Leg    LegID
	Prompt Prompt
}

func (Answer) action() {}
func (Reject) action() {}
func (Dial) action()   {}
func (Hangup) action() {}
func (Join) action()   {}
func (Swap) action()   {}
func (Park) action()   {}
func (Say) action()    {}
func (Ask) action()    {}

// Audio names an endless audio source.
type Audio uint8

// The sources. The zero value is silence, sent as packets so that the far side's timers stay calm.
const (
	Silence Audio = iota
	Music         // queue and hold music
	Comfort       // what a customer hears while his agent is cut off
)

// String returns the source's word.
func (a Audio) String() string { return word(a, "silence", "music", "comfort") }

// Prompt names a spoken sentence. Audio files of the same name may replace the built-in ones.
type Prompt string

// The prompts of the product.
const (
	PressOne  Prompt = "press_1"    // to an agent's PSTN leg: "You have a call. Press 1 to take it."
	Apology   Prompt = "apology"    // to a customer whose agent has been cut off for a while
	Requeued  Prompt = "requeued"   // to a customer who goes back to the queue
	LoggedOut Prompt = "logged_out" // to an agent's phone before a forced logout ends it
	Goodbye   Prompt = "goodbye"    // to a caller who cannot be served
)
