package telagent

import (
	"errors"
	"fmt"
	"strings"

	"telagent-gateway/call"
)

// notify tells an agent's page of something that others did.
func (f *Floor) notify(a *agent, code, sentence string, args ...any) {
	f.say(AgentTold{Agent: a.ID, Code: code, Sentence: fmt.Sprintf(sentence, args...)})
}

// toldEnd tells everybody who is in a call what somebody else did that ends his part in it.
func (f *Floor) toldEnd(v *visit, code, sentence string) {
	if v.owner != nil {
		f.notify(v.owner, code, "%s", sentence)
	}
	for _, g := range v.guests {
		if g.agent != nil && g.mode.talks() {
			f.notify(g.agent, code, "%s", sentence)
		}
	}
}

// refusalOf returns the refusal that an error is; nil: there is none.
func refusalOf(err error) *Refusal {
	var r *Refusal
	errors.As(err, &r)
	return r
}

// causeOfRefusal turns a refusal into what a phone is told.
func causeOfRefusal(code string) call.Cause {
	switch code {
	case "agent_busy", "already_consulting":
		return call.Busy
	case "agent_unavailable", "agent_unreachable":
		return call.Unreachable
	case "no_trunk_capacity":
		return call.NoCapacity
	case "menu_full":
		return call.Overload
	case "draining":
		return call.Draining
	case "no_trunk":
		return call.TrunkFault
	case "unknown_number", "unknown_agent", "no_such_leg", "is_queue":
		return call.Unknown
	}
	return call.Forbidden
}

// causeText is a cause in plain words.
func causeText(c call.Cause) string { return strings.ReplaceAll(c.String(), "_", " ") }

func (f *Floor) isAdmin(by string) bool {
	u := f.asker(by)
	return by == "" || u != nil && u.Role == AdminRole
}
