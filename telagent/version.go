package telagent

import (
	"maps"
	"strings"

	"telagent-gateway/presence"
)

// said is what people say of an agent, as far as they can wish it to be another: what his version counts.
type said struct {
	declared presence.Declaration
	worn     presence.Worn
	pending  presence.Declaration
	isBooked bool // there is something pending
	goesOn   bool // his after-call work has no countdown
	offices  map[string]presence.OfficeAway
}

func saidOf(p *Presence) said {
	s := said{declared: p.Declared, worn: p.Profile, offices: p.Offices, goesOn: p.Activity == presence.WrapUp && p.WrapUpUntil.IsZero()}
	if p.Pending != nil {
		s.pending, s.isBooked = *p.Pending, true
	}
	return s
}

func (s said) same(other said) bool {
	return s.declared == other.declared && s.worn == other.worn && s.pending == other.pending && s.isBooked == other.isBooked &&
		s.goesOn == other.goesOn && maps.Equal(s.offices, other.offices)
}

// count moves an agent's version on when something else is said of him than before. What calls do to him does not move
// it: a wish for the time after the call holds whatever the call does.
func (a *agent) count() {
	if is := saidOf(&a.Presence); a.Presence.Version == 0 || !is.same(a.said) {
		a.said, a.sayer = is, a.hand
		a.Presence.Version++
	}
	a.hand = ""
}

// current says no to a wish that was made at an older version of an agent: who wished saw something else than is true now.
func (f *Floor) current(a *agent, seen uint64, by string) error {
	if seen == 0 || seen == a.Presence.Version {
		return nil
	}
	changed := a.sayer + " changed this meanwhile"
	switch a.sayer {
	case "":
		changed = "this changed meanwhile"
	case by:
		changed = "you changed this meanwhile, in another window or by phone"
	}
	return refuse("stale", "Not done: %s. Now it is: %s.", changed, inWords(a))
}

// inWords says in a few words how an agent is, and what is booked.
func inWords(a *agent) string {
	p := &a.Presence
	plain := func(s presence.Status) string { return strings.ReplaceAll(s.String(), "_", " ") }
	words := plain(p.Status())
	switch reason := p.Reason(); {
	case p.Status() == presence.ACW && p.WrapUpUntil.IsZero():
		words = "after-call work, without a countdown"
	case p.Status() == presence.ACW:
		words = "after-call work"
	case reason != "" && p.Status() == p.Word():
		words += " (" + reason + ")"
	}
	for _, office := range a.Offices {
		if p.AwayIn(office) {
			words += ", away in " + office
		}
	}
	if p.Pending != nil {
		words += ", then " + plain(p.Then())
	}
	return words
}
