package call

// Action is an order of the core to a wire. It returns nothing: what became of it comes back as an Event. An Action on
// a leg that has meanwhile ended does nothing.
//
// Ring, Answer, Reject, Dial, Reroute, Hangup and Progress go to the signalling wire; Join, Hear, Swap, Park, Say, Ask and Record
// to the audio wire; Verify to whoever checks secrets.
type Action interface{ action() }

// Ring tells the caller of an inbound leg that somebody is alerted (180), so that his phone plays the ringing tone. It is
// for who has to wait for the answer of another: an agent who dials out. Until then he hears nothing, and a call that is
// refused never rang. With Audio it hears what it is joined with instead of a tone of its own (183), if it can by then.
type Ring struct {
	Leg   LegID
	Audio bool
}

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
	// Diverted is the number that the caller dialled, where From is his own and his call is sent on; empty: it is not.
	Diverted string
	Auto     bool // the phone is to take it without a question: its person is in the call already
	Help     bool // an emergency call: it is tried whatever the wire's own count of channels says
}

// Reroute tells a leg that was TurnedAway which trunk to try instead. Without one the leg has what its own trunk still does,
// and Failed follows if that is nothing.
type Reroute struct {
	Leg   LegID
	Trunk string // empty: there is no other
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

// Hear lets a leg hear the mix of others from now on, and nothing else; who hears the leg itself stays as it was. From
// holds at least one leg, each once, never Leg itself. Its RTP stream does not restart, however often the mix changes. A
// leg that ends, or is parked, is taken out of every mix; whose mix becomes empty by it hears silence.
type Hear struct {
	Leg  LegID
	From []LegID
}

// Swap gives New the place of Old towards the leg that Old is joined with, between two packets. Where Old was
// in a mix, New is in it instead and hears what Old heard. New leaves whatever it was in before, and Old hears nothing more.
type Swap struct{ Old, New LegID }

// Park takes a leg out of its conversation, so that nobody hears it, and lets it hear an audio source without end. Its
// former peer, if any, hears nothing until it is parked or joined itself.
type Park struct {
	Leg   LegID
	Audio Audio
	Music string // with Music: the name of the sound to take instead of the usual one; empty, or a name without a sound: that
}

// Say plays a prompt once to a leg, over what it hears and to nobody else; Played follows at its end, then what it heard
// before goes on. A Say over another one waits for its end. A new order about what the leg hears ends it.
type Say struct {
	Leg      LegID
	Prompt   Prompt
	Number   int    // spoken behind the prompt, 1..999: a place in a queue, minutes, agents; any other: none
	Language string // of the words, as the audio wire knows it (de, en); empty, or one without such a prompt: the usual one
}

// Ask plays a prompt to a leg that hears nobody and is heard by nobody. Played follows at the end of the prompt, Digit
// at any key press. The core repeats it and bounds it in time.
type Ask struct {
	Leg      LegID
	Prompt   Prompt
	Language string // as in Say
}

// Verify checks a secret that a leg's person keyed in against the hash of his entry. It takes a while, so the core does
// not do it: Verified follows, always.
type Verify struct {
	Leg    LegID
	Hash   Secret // argon2id in PHC string format; empty: nothing matches, after the usual time
	Secret Secret
}

// Record writes what a leg says and hears into a sound file, from On until Off or the leg's end. While Paused the file
// goes on with silence. The file stays the same whatever happens to the legs that it talks with. Recorded follows at the
// end, also when nothing could be written.
type Record struct {
	Leg  LegID
	File string // name without a path, unique, the same in every order about one recording
	Now  Recording
}

// Progress answers a phone that asked for a transfer (Referred): NoCause with Done unset while it is tried, the last one
// has Done set. RFC 3515 §2.4.4, §2.4.5
type Progress struct {
	Leg   LegID
	Done  bool
	Cause Cause // why it failed; Normal: it was done
}

func (Ring) action()     {}
func (Answer) action()   {}
func (Reject) action()   {}
func (Dial) action()     {}
func (Reroute) action()  {}
func (Hangup) action()   {}
func (Join) action()     {}
func (Hear) action()     {}
func (Record) action()   {}
func (Progress) action() {}
func (Swap) action()     {}
func (Park) action()     {}
func (Say) action()      {}
func (Ask) action()      {}
func (Verify) action()   {}

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

// Recording is what becomes of a recording.
type Recording uint8

// The orders about a recording. The zero value ends it.
const (
	Off Recording = iota
	On
	Paused
)

// String returns the order's word.
func (r Recording) String() string { return word(r, "off", "on", "paused") }

// Secret is text that nobody reads in a log.
type Secret string

// String hides it.
func (s Secret) String() string { return "[hidden]" }

// GoString hides it as well.
func (s Secret) GoString() string { return s.String() }

// Prompt names a spoken sentence. Audio files of the same name may replace the built-in ones.
type Prompt string

// The prompts of the product.
const (
	PressOne  Prompt = "press_1"    // to an agent's PSTN leg: "You have a call. Press 1 to take it."
	Apology   Prompt = "apology"    // to a customer whose agent has been cut off for a while
	Requeued  Prompt = "requeued"   // to a customer who goes back to the queue
	LoggedOut Prompt = "logged_out" // to an agent's phone before a forced logout ends it
	Goodbye   Prompt = "goodbye"    // to a caller who cannot be served
	Position  Prompt = "position"   // to a waiting caller, with a Number: "You are number … in the queue."
	WaitTime  Prompt = "wait_time"  // to a waiting caller, with a Number: "Your wait is about … minutes."
	Closed    Prompt = "closed"     // to a caller outside of the opening hours
	Full      Prompt = "full"       // to a caller who waited, or would wait, for too long
	Done      Prompt = "done"       // to an agent's phone: what he dialled for was done
	NotDone   Prompt = "not_done"   // to an agent's phone: what he dialled for was refused
	Left      Prompt = "left"       // to an agent: a colleague left the call

	PressOneFirst Prompt = "press_1_first"   // as PressOne, to who became a Telagent and was not called yet: it says so first
	EnterPINFirst Prompt = "enter_pin_first" // as EnterPIN, to who became a Telagent and was not called yet: it says so first
	EnterPIN      Prompt = "enter_pin"       // to an agent's PSTN leg, or a caller of the access number: "Enter your PIN, then the hash key."
	EnterID       Prompt = "enter_id"        // to a caller of the access number: "Enter your number, then the hash key."
	WrongPIN      Prompt = "wrong_pin"       // to either: it was not right
	SignedOn      Prompt = "signed_on"       // to a caller of the access number: "You are signed on at this phone."
	SignedOnOwn   Prompt = "signed_on_own"   // to him, when that is not possible: "You are signed on. Your calls come to your own number."
	Menu          Prompt = "menu"            // to him: what the keys do
	MenuTeam      Prompt = "menu_team"       // to a supervisor: the same, and the key that switches his team
	SwitchTeam    Prompt = "switch_team"     // to him, with a Number: "Press 1 to switch … agents."
	Switched      Prompt = "switched"        // to him, with a Number: so many are switched
	Tone          Prompt = "tone"            // to a nailed-up leg: a call comes
	StandBy       Prompt = "stand_by"        // to a nailed-up leg that was taken: "You are ready; your calls come on this line."
	TestCall      Prompt = "test_call"       // to a phone that is tried: "This is a test call. You need do nothing."
)
