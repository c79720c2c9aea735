package telagent

import (
	"time"

	"telagent-gateway/presence"
)

// LogoutPlan is what a forced logout of one agent would do.
type LogoutPlan struct {
	Call string // what becomes of his call, or of his after-call work, in a sentence; empty: he has none
	Next string // id of the agent who gets the customer; empty: nobody does at once
	Ends bool   // the call ends for everybody
}

// PlanLogout says what a ForceLogout would do, without doing it. The error, if any, is a *Refusal.
func (f *Floor) PlanLogout(now time.Time, c ForceLogout) (LogoutPlan, error) {
	f.begin(now)
	a, err := f.supervised(c.By, c.Agent)
	if err != nil {
		return LogoutPlan{}, err
	}
	if err := mayBeLoggedOut(a); err != nil {
		return LogoutPlan{}, err
	}
	v := a.visit
	switch {
	case v == nil && a.Presence.Activity == presence.WrapUp:
		return LogoutPlan{Call: "The after-call work is cut short and its record marked incomplete."}, nil
	case v == nil:
		return LogoutPlan{}, nil
	case v.offerTo(a) != nil:
		return LogoutPlan{Call: "It stops ringing; " + shownParty(v.from) + " keeps the place in the queue and is served first."}, nil
	case a.guest != nil:
		return planSendAway(v, a.guest), nil
	}
	return f.planTakeOut(v), nil
}

// planSendAway says what sendAway would do.
func planSendAway(v *visit, g *guest) LogoutPlan {
	if v.owner == nil && !v.waiting && len(v.offers) == 0 && !v.servedBeside(g) {
		return LogoutPlan{Call: "Leaves the call with " + shownParty(v.from) + ", whom nobody serves then."}
	}
	if v.customer == nil && !v.servedBeside(g) && v.asked() == nil {
		return LogoutPlan{Ends: true, Call: "The call between colleagues ends."}
	}
	return LogoutPlan{Call: "Leaves the call, which goes on without."}
}

// planTakeOut says what takeOut would do.
func (f *Floor) planTakeOut(v *visit) LogoutPlan {
	next := v.successor()
	switch {
	case v.endsWithoutOwner(next), next == nil && v.emergency:
		return LogoutPlan{Ends: true, Call: "The call with " + shownParty(v.from) + " ends."}
	case next != nil:
		return LogoutPlan{Next: next.agent.ID, Call: shownParty(v.from) + " goes on with " + next.agent.Name + "."}
	}
	q := v.line
	if q == nil {
		q = f.fallback(v.team)
	}
	if q == nil {
		return LogoutPlan{Ends: true, Call: "The call with " + shownParty(v.from) + " ends: there is no queue that could take it."}
	}
	return LogoutPlan{Call: shownParty(v.from) + " goes back to the queue " + q.Name + " and is served first."}
}
