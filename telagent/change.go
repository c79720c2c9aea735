package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Change is what became true: for the store, the consoles, the event stream and the log. It carries values, never
// pointers into the Floor.
type Change interface{ change() }

// AgentChanged says that an agent's entry or presence is another now.
type AgentChanged struct {
	Agent Agent     // the whole of it, for the store
	Shown AgentView // the same for readers
	Was   string    // the status word before; empty: the agent is new
}

// UserChanged says that a user is new or another now.
type UserChanged struct{ User User }

// QueueChanged says that a queue's entry or the callers in it are others now.
type QueueChanged struct {
	Queue Queue
	Shown QueueView
}

// ProfileChanged says that a profile is new or another now.
type ProfileChanged struct{ Profile presence.Profile }

// ReasonsChanged says which reasons a break may have now; none: any.
type ReasonsChanged struct{ Reasons []string }

// PolicyChanged says that a team's policy for outages is another now.
type PolicyChanged struct{ Policy Policy }

// ScheduleChanged says that a schedule is new, another now, was begun, or is gone.
type ScheduleChanged struct {
	Schedule Schedule
	Gone     bool
}

// SiteChanged says that a site is new, another now, or gone.
type SiteChanged struct {
	Site Site
	Gone bool
}

// EntryChanged says who made or changed an entry of what people set up, or removed it (Gone). What it is now the change of
// its own kind says; of a user, an agent, a queue or a profile that is gone this is the only word.
type EntryChanged struct {
	Revision Revision
	Gone     bool
}

// CallChanged says that a live call began or is another now.
type CallChanged struct{ Shown CallView }

// CallEnded says that a call is over, once for each call.
type CallEnded struct{ Record Record }

// SwitchBegun says that a switch started that needs a call to the phone.
type SwitchBegun struct{ Switch SwitchRecord }

// SwitchDone says that an agent's reach moved.
type SwitchDone struct{ Switch SwitchRecord }

// SwitchFailed says that everything stays as it was, or that the customer went back to his queue.
type SwitchFailed struct{ Switch SwitchRecord }

// SwitchMeasured says how the customer heard a switch that is done: it carries what was measured.
type SwitchMeasured struct{ Switch SwitchRecord }

// TelagentBegan says that an agent is rung by phone from now on, or by phone at another number.
type TelagentBegan struct{ Reached Reached }

// TelagentEnded says that an agent is rung at his softphone again, or signed off.
type TelagentEnded struct{ Reached Reached }

// BatchChanged says how far a mass switch is.
type BatchChanged struct{ Batch BatchView }

// AlarmRaised tells supervisors of something that needs a person.
type AlarmRaised struct {
	Time     time.Time
	Code     string   // "cut_off", "rna", "trunk_down", …
	Subject  string   // agent, trunk or call
	Team     string   // whose supervisors see it; empty: admins
	Teams    []string // likewise, where it is about several
	Sentence string
}

// AlarmCleared says that what AlarmRaised told is over.
type AlarmCleared struct {
	Time          time.Time
	Code, Subject string
	Team          string
	Teams         []string
}

// AgentTold says something to an agent's page that others did and that concerns his call.
type AgentTold struct {
	Agent    string
	Code     string // stable: forced_logout, left, guest_failed, …
	Sentence string
}

// RecordingEnded says what became of a sound file. It may come after the CallEnded of its call.
type RecordingEnded struct {
	File    string        // its name begins with the id of the call
	Length  time.Duration // 0: nothing was written
	Problem string        // why it is not whole; empty: nothing is missing
}

// LegMeasured says how the audio of a leg fared. It may come before or after the CallEnded of its call.
type LegMeasured struct {
	Leg     call.LegID
	Quality call.Quality
}

// Worked says that an agent has done a piece of work, for reports.
type Worked struct{ Work Work }

// Audited is one line for the audit trail.
type Audited struct{ Entry AuditEntry }

func (AgentChanged) change()    {}
func (UserChanged) change()     {}
func (QueueChanged) change()    {}
func (CallChanged) change()     {}
func (CallEnded) change()       {}
func (SwitchBegun) change()     {}
func (SwitchDone) change()      {}
func (SwitchFailed) change()    {}
func (SwitchMeasured) change()  {}
func (TelagentBegan) change()   {}
func (TelagentEnded) change()   {}
func (BatchChanged) change()    {}
func (AlarmRaised) change()     {}
func (AlarmCleared) change()    {}
func (Audited) change()         {}
func (AgentTold) change()       {}
func (RecordingEnded) change()  {}
func (LegMeasured) change()     {}
func (Worked) change()          {}
func (ProfileChanged) change()  {}
func (ReasonsChanged) change()  {}
func (PolicyChanged) change()   {}
func (SiteChanged) change()     {}
func (ScheduleChanged) change() {}
func (EntryChanged) change()    {}
