package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/schedule"
)

// Command is a person's request. It may be refused with a *Refusal, which leaves the Floor unchanged but for the audit
// trail. By names the user who asks; the Floor checks his role and teams. "" is the system itself.
type Command interface{ command() }

// SignOn signs an agent on at the console by his own act. A live Telagent session without a call ends by it.
type SignOn struct{ By, Agent string }

// SetStatus declares a status: one of the declared words available, not_ready, on_break, away, offline.
type SetStatus struct {
	By, Agent string
	Status    presence.Status // beside a profile: offline leaves what is declared, available and not_ready set it too
	Reason    string
	Until     time.Time // zero: without end, or after the profile's duration
	Profile   string    // name of the profile to wear; presence.Default takes it off; empty: as before, where the word allows it
	Office    string    // the office that it is said of, which takes away and available; empty: everywhere
	Seen      uint64    // version of the agent that it was wished at; 0: whatever he says by now
}

// SetOffice sets everybody in an office away in it, or available again.
type SetOffice struct {
	By, Office string
	Away       bool
}

// NoteActivity tells that an agent pressed a key: his idle clock begins anew. It leaves no line in the audit trail.
type NoteActivity struct{ By, Agent string }

// OpenPage tells that a page of an agent opened. It leaves no line in the audit trail.
type OpenPage struct{ By, Agent string }

// ClosePage tells that a page of an agent closed. It leaves no line in the audit trail.
type ClosePage struct{ By, Agent string }

// CancelPending takes back what was asked for while a call was up.
type CancelPending struct {
	By, Agent string
	Seen      uint64 // as in SetStatus
}

// WrapUp ends the after-call work at once, or lets it go on without a countdown.
type WrapUp struct {
	By, Agent string
	Continue  bool
	Seen      uint64 // as in SetStatus
}

// Regain rings an agent's softphone once more for the call that he is in on it: his page was loaded anew, and has it no more.
// He alone may.
type Regain struct{ By, Agent string }

// Decline turns down what rings for an agent: an offer, or a colleague's call. He alone may.
type Decline struct{ By, Agent string }

// Switch moves an agent's reach to his phone (Telagent), or Back to his softphone, with the call that he is in.
type Switch struct {
	By, Agent string
	Back      bool
	Number    string // E.164 to use instead of the agent's own; empty: his numbers in order
	RequestID string // the same id again gets the same answer and does nothing; empty: none
}

// SwitchMany moves the reach of many agents, paced by the channels that are free: View's Batches say how far it is.
type SwitchMany struct {
	By        string
	Who       Selection
	Back      bool
	RequestID string // the same id again gets the same answer and does nothing; empty: none
}

// UndoSwitch takes a mass switch back while its window is open.
type UndoSwitch struct{ By, Batch string }

// ForceLogout signs an agent off whatever he is doing; his customer goes back to the queue on top.
type ForceLogout struct{ By, Agent, RequestID string }

// EndCall hangs up a live call; of the agent in its seat it is what hanging up his phone is, which a nailed-up leg is not.
type EndCall struct {
	By   string
	Call call.ID
}

// AddGuest rings an agent, or a number outside, for a call that is up: to be asked, to join it, or to listen.
type AddGuest struct {
	By        string
	Call      call.ID
	Agent     string // who is rung; empty with Monitor, Whisper and Barge: By himself
	Number    string // E.164, instead of an agent; for Consult and Conference
	Mode      Mode
	RequestID string // the same id again gets the same answer and does nothing; empty: none
}

// ChangeGuest lets a guest take part in another way: Consult becomes Conference; Monitor, Whisper and Barge each other.
type ChangeGuest struct {
	By    string
	Call  call.ID
	Agent string // or the number
	Mode  Mode
}

// DropGuest takes a guest out of a call.
type DropGuest struct {
	By    string
	Call  call.ID
	Agent string // or the number
}

// Transfer hands a call on. With To it rings there while the customer hears music, and the call stays with its agent
// until it is taken; without To it goes to the guest who is asked (Consult).
type Transfer struct {
	By        string
	Call      call.ID
	To        string // an agent, a queue or a number
	RequestID string
}

// Hold lets the customer of a call hear music, or ends that (Off).
type Hold struct {
	By   string
	Call call.ID
	Off  bool
}

// RecordCall starts, pauses or ends the recording of a call.
type RecordCall struct {
	By   string
	Call call.ID
	Now  call.Recording
}

// RescueCall frees a call that got stuck: whoever serves it is taken out, and its customer goes back to a queue on top.
type RescueCall struct {
	By   string
	Call call.ID
}

// Listen asks whether a user may hear the recording of a call that ended; the audit trail keeps that he asked. Agents are
// those who were in the call.
type Listen struct {
	By     string
	Call   call.ID
	Agents []string
}

// TestWebhook asks whether a user may send a test to a webhook; the audit trail keeps that he asked.
type TestWebhook struct{ By, Webhook string }

// LiftBan asks whether a user may end the ban of a source of signalling; the audit trail keeps that he asked.
type LiftBan struct{ By, Address string }

// TestCall rings at a number of an agent to learn whether it is reached. An answer hears a sentence.
type TestCall struct {
	By, Agent string
	Number    string // empty: the one where he is rung, or would be
}

// ClearMachines lets a number of an agent be tried in its place again, where machines had answered.
type ClearMachines struct{ By, Agent, Number string }

// PutUser adds or changes a console user.
type PutUser struct {
	By   string
	User User
}

// PutAgent adds or changes an agent's directory entry; Entry.Presence is ignored. Without Credentials they stay.
type PutAgent struct {
	By          string
	Entry       Agent
	Credentials *Credentials
}

// PutQueue adds or changes a queue.
type PutQueue struct {
	By    string
	Queue Queue
}

// PutSchedule adds or changes a schedule.
type PutSchedule struct {
	By       string
	Schedule schedule.Schedule
}

// DropSchedule takes a schedule away.
type DropSchedule struct{ By, Name string }

// PutProfile adds or changes a profile.
type PutProfile struct {
	By      string
	Profile presence.Profile
}

// PutReasons says which reasons a break may have; none: any.
type PutReasons struct {
	By      string
	Reasons []string
}

// PutPolicy sets a team's policy for outages; SetBy and Set of it are ignored.
type PutPolicy struct {
	By     string
	Policy Policy
}

// PutSite adds or changes a site.
type PutSite struct {
	By   string
	Site Site
}

// DropSite removes a site.
type DropSite struct{ By, Name string }

func (SignOn) command()        {}
func (SetStatus) command()     {}
func (CancelPending) command() {}
func (WrapUp) command()        {}
func (Decline) command()       {}
func (Regain) command()        {}
func (Switch) command()        {}
func (ForceLogout) command()   {}
func (SwitchMany) command()    {}
func (UndoSwitch) command()    {}
func (EndCall) command()       {}
func (AddGuest) command()      {}
func (ChangeGuest) command()   {}
func (DropGuest) command()     {}
func (Transfer) command()      {}
func (Hold) command()          {}
func (RecordCall) command()    {}
func (RescueCall) command()    {}
func (Listen) command()        {}
func (TestWebhook) command()   {}
func (LiftBan) command()       {}
func (TestCall) command()      {}
func (ClearMachines) command() {}
func (PutUser) command()       {}
func (PutAgent) command()      {}
func (PutQueue) command()      {}
func (SetOffice) command()     {}
func (NoteActivity) command()  {}
func (OpenPage) command()      {}
func (ClosePage) command()     {}
func (PutProfile) command()    {}
func (PutSchedule) command()   {}
func (DropSchedule) command()  {}
func (PutReasons) command()    {}
func (PutPolicy) command()     {}
func (PutSite) command()       {}
func (DropSite) command()      {}

// Refusal is why a Command was not carried out: a stable code and one sentence fit for the screen.
type Refusal struct {
	Code     string // stable: not_supervisor, unknown_agent, no_number, number_not_authorised, already_switching, …
	Sentence string
}

// Error returns the sentence.
func (r *Refusal) Error() string { return r.Sentence }
