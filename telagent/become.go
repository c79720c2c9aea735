package telagent

import (
	"time"

	"telagent-gateway/presence"
)

// Why says why an agent became a Telagent, or is none any more. It is a stable word.
type Why string

// The reasons.
const (
	BySupervisor Why = "supervisor" // somebody who supervises him wanted it
	ForOutage    Why = "outage"     // likewise, because he was cut off
	ByPolicy     Why = "policy"     // his team's policy for an outage
	BySchedule   Why = "schedule"
	ByPhone      Why = "phone" // he signed on by phone
	ByHimself    Why = "himself"
	BySystem     Why = "system"
)

// Reached is how an agent is rung from now on, and who wanted it so.
type Reached struct {
	Time     time.Time
	Agent    string
	Name     string
	Team     string
	Language string // as in Agent
	Device   string // what rings first, as call.Target prints it; empty: nothing can
	Number   string // at which a trunk reaches him; empty: it is his desk phone or softphone
	Proof    Proof  // what takes a call there; a desk phone and a softphone need none
	NailedUp bool   // the leg there stays up between his calls
	Off      bool   // he is signed off
	By       string // user; empty: the system
	Why      Why
}

// reached is an agent's reach as it was told last.
type reached struct {
	presence.Reach
	number string
}

func (a *agent) reached() reached { return reached{a.Presence.Reach, a.Presence.Number} }

// blame notes who moves an agent's reach, and why.
func (f *Floor) blame(a *agent, by string) {
	a.mover, a.why = by, f.why
	if a.why == "" {
		a.why = f.whyOf(a, by)
	}
}

// whyOf is the reason of a move that names none.
func (f *Floor) whyOf(a *agent, by string) Why {
	switch {
	case by == "":
		return BySystem
	case by == a.ID:
		return ByHimself
	case a.Presence.Activity == presence.CutOff:
		return ForOutage
	}
	return BySupervisor
}

// tellReach tells that an agent became a Telagent, or one at another number, or is none any more. Whatever moved his
// reach, it is told here.
func (f *Floor) tellReach(a *agent) {
	was, is := a.toldReach, a.reached()
	if was == is {
		return
	}
	a.toldReach = is
	if a.why == "" { // he was signed off
		f.blame(a, a.by)
	}
	r := Reached{Time: f.now, Agent: a.ID, Name: a.Name, Team: a.Team, Language: a.Language, Proof: a.Proof, NailedUp: a.NailedUp, By: a.mover, Why: a.why}
	r.Off = a.Presence.Declared.Status == presence.Offline
	r.Device, _ = f.reachOf(a)
	if is.Reach == presence.ByPhone {
		r.Number = a.phone(is.number, f.rings(a.DeskPhone)).Number
		f.say(TelagentBegan{Reached: r})
	} else {
		f.say(TelagentEnded{Reached: r})
	}
	a.mover, a.why = "", ""
}
