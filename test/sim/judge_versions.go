package sim

import (
	"maps"

	"telagent-gateway/telagent"
)

// versions judges what a page is told that saw something older: a wish is refused as stale exactly when the agent's
// version has moved, and it moves whenever something else is said of him.
func (j *judge) versions(err error, view *telagent.View) {
	if id, seen := wished(j.in.command); seen != 0 && j.view != nil {
		was, stale := agentIn(j.view, id), refusalCode(err) == "stale"
		switch {
		case was == nil:
		case stale && was.Version == seen:
			j.say("agent %s is at version %d, and a wish at it is stale", id, seen)
		case err == nil && was.Version != seen:
			j.say("agent %s is at version %d, and a wish at version %d is carried out", id, was.Version, seen)
		case stale:
			j.seen["stale"]++
		}
	}
	j.moved(view)
}

// moved judges the versions of everybody against what was shown before.
func (j *judge) moved(view *telagent.View) {
	for i := range view.Agents {
		is := &view.Agents[i]
		if is.Version == 0 {
			j.say("agent %s has no version", is.ID)
		}
		if j.view == nil {
			continue
		}
		switch was := agentIn(j.view, is.ID); {
		case was == nil:
		case is.Version < was.Version:
			j.say("the version of agent %s goes back from %d to %d", is.ID, was.Version, is.Version)
		case is.Version == was.Version && !sameSaid(was, is):
			j.say("something else is said of agent %s, and his version stays: %s", is.ID, difference(*was, *is))
		}
	}
}

func sameSaid(a, b *telagent.AgentView) bool {
	return a.Declared == b.Declared && a.Toggle == b.Toggle && a.Profile == b.Profile && a.Pending == b.Pending &&
		a.PendingReason == b.PendingReason && a.PendingProfile == b.PendingProfile && maps.Equal(a.OfficesAway, b.OfficesAway)
}

// wished returns whom a command is about that says at which version it was wished, and that version.
func wished(c telagent.Command) (agent string, seen uint64) {
	switch c := c.(type) {
	case telagent.SetStatus:
		return c.Agent, c.Seen
	case telagent.CancelPending:
		return c.Agent, c.Seen
	case telagent.WrapUp:
		return c.Agent, c.Seen
	default:
		return "", 0
	}
}
