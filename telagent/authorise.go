package telagent

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"telagent-gateway/presence"
)

func refuse(code, sentence string, args ...any) error {
	return &Refusal{Code: code, Sentence: fmt.Sprintf(sentence, args...)}
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// sees says whether a user may know of an agent: "" is the system, an admin sees all, a supervisor his teams.
func (f *Floor) sees(by string, a *agent) bool {
	if by == "" || by == a.ID {
		return true
	}
	u := f.asker(by)
	return u != nil && (u.Role == AdminRole || u.Role == SupervisorRole && contains(u.Teams, a.Team))
}

// supervised returns an agent for a command that only his supervisors may give (S02): a foreign team's agent does not
// exist for the others.
func (f *Floor) supervised(by, id string) (*agent, error) {
	if u := f.asker(by); by != "" && (u == nil || u.Role == AgentRole) {
		return nil, refuse("not_supervisor", "Only a supervisor may do this.")
	}
	return f.known(by, id)
}

// selfOrSupervised returns an agent for a command that he himself and his supervisors may give.
func (f *Floor) selfOrSupervised(by, id string) (*agent, error) {
	if by == id {
		return f.known(by, id)
	}
	return f.supervised(by, id)
}

// switcher returns the agent of a switch. He himself may take his call back to his softphone (S12), and nothing else.
func (f *Floor) switcher(c Switch) (*agent, error) {
	if c.Back {
		return f.selfOrSupervised(c.By, c.Agent)
	}
	return f.supervised(c.By, c.Agent)
}

// self returns an agent for a command that nobody else may give.
func (f *Floor) self(by, id string) (*agent, error) {
	if by != id && by != "" {
		return nil, refuse("not_yourself", "Only %s can do this.", id)
	}
	return f.known(by, id)
}

func (f *Floor) known(by, id string) (*agent, error) {
	if a := f.agents[id]; a != nil && f.sees(by, a) {
		return a, nil
	}
	return nil, refuse("unknown_agent", "There is no agent %s.", id)
}

// seesCall says whether a user may end a call: a supervisor of the agent in it, or of nobody while it waits.
func (f *Floor) seesCall(by string, v *visit) error {
	u := f.asker(by)
	switch {
	case by == "" || u != nil && u.Role == AdminRole:
		return nil
	case u == nil || u.Role == AgentRole:
		return refuse("not_supervisor", "Only a supervisor may do this.")
	}
	theirs := v.owner != nil && !f.sees(by, v.owner) && !slices.ContainsFunc(v.guests, func(g *guest) bool { return g.agent != nil && f.sees(by, g.agent) })
	if len(v.offers) > 0 { // one of his own among those who are rung is enough
		theirs = !slices.ContainsFunc(v.offers, func(o *offer) bool { return f.sees(by, o.agent) })
	}
	if theirs {
		return refuse("unknown_call", "There is no live call %s.", v.id)
	}
	return nil
}

// listen lets a supervisor of somebody who was in a call hear its recording.
func (f *Floor) listen(c Listen) error {
	u := f.asker(c.By)
	switch {
	case c.By == "" || u != nil && u.Role == AdminRole:
		return nil
	case u == nil || u.Role == AgentRole:
		return refuse("not_supervisor", "Only a supervisor may do this.")
	}
	for _, id := range c.Agents {
		if a := f.agents[id]; a != nil && f.sees(c.By, a) {
			return nil
		}
	}
	return refuse("unknown_call", "There is no call %s.", c.Call)
}

// admin checks a command that changes the directory.
func (f *Floor) admin(by string) error {
	if u := f.asker(by); by != "" && (u == nil || u.Role != AdminRole) {
		return refuse("not_admin", "Only an administrator may do this.")
	}
	return nil
}

// audit writes the line that every command leaves, refused or not.
func (f *Floor) audit(c Command, err error) {
	e := AuditEntry{Time: f.now, Result: "done"}
	switch c := c.(type) {
	case SignOn:
		e.By, e.Action, e.Subject = c.By, "sign_on", c.Agent
	case SetStatus:
		e.By, e.Action, e.Subject, e.Detail = c.By, "set_status", c.Agent, c.words()
	case CancelPending:
		e.By, e.Action, e.Subject = c.By, "cancel_pending", c.Agent
	case WrapUp:
		e.By, e.Action, e.Subject, e.Detail = c.By, "wrap_up", c.Agent, "end"
		if c.Continue {
			e.Detail = "continue"
		}
	case Decline:
		e.By, e.Action, e.Subject = c.By, "decline", c.Agent
	case Regain:
		e.By, e.Action, e.Subject = c.By, "regain", c.Agent
	case Switch:
		e.By, e.Action, e.Subject, e.Detail = c.By, "switch", c.Agent, "to the phone "+c.Number
		if c.Back {
			e.Detail = "back to the softphone"
		}
	case SwitchMany:
		e.By, e.Action, e.Subject = c.By, "switch_many", c.Who.String()
		if c.Back {
			e.Detail = "back to the softphones"
		}
	case UndoSwitch:
		e.By, e.Action, e.Subject = c.By, "undo_switch", c.Batch
	case ForceLogout:
		e.By, e.Action, e.Subject = c.By, "force_logout", c.Agent
	case AddGuest:
		e.By, e.Action, e.Subject, e.Detail = c.By, "add_guest", string(c.Call), c.Mode.String()+" "+c.Agent+c.Number
	case ChangeGuest:
		e.By, e.Action, e.Subject, e.Detail = c.By, "change_guest", string(c.Call), c.Agent+" "+c.Mode.String()
	case DropGuest:
		e.By, e.Action, e.Subject, e.Detail = c.By, "drop_guest", string(c.Call), c.Agent
	case Transfer:
		e.By, e.Action, e.Subject, e.Detail = c.By, "transfer", string(c.Call), c.To
	case Hold:
		e.By, e.Action, e.Subject, e.Detail = c.By, "hold", string(c.Call), map[bool]string{true: "off", false: "on"}[c.Off]
	case RecordCall:
		e.By, e.Action, e.Subject, e.Detail = c.By, "record", string(c.Call), c.Now.String()
	case RescueCall:
		e.By, e.Action, e.Subject = c.By, "rescue_call", string(c.Call)
	case EndCall:
		e.By, e.Action, e.Subject = c.By, "end_call", string(c.Call)
	case Listen:
		e.By, e.Action, e.Subject = c.By, "listen", string(c.Call)
	case NoteActivity, OpenPage, ClosePage: // an act of a page, not of a person
		return
	default:
		if !e.ofAccess(c) && !e.ofOperation(c) {
			e.ofDirectory(c)
		}
	}
	if e.Detail = strings.TrimSpace(e.Detail); e.Detail != "" && f.remark != "" {
		e.Detail += "; "
	}
	e.Detail += f.remark
	var r *Refusal
	if errors.As(err, &r) {
		e.Result, e.Detail = r.Code, r.Sentence
	}
	f.say(Audited{Entry: e})
}

// ofDirectory fills in the line of a command that changes what people set up.
func (e *AuditEntry) ofDirectory(c Command) {
	switch c := c.(type) {
	case TestWebhook:
		e.By, e.Action, e.Subject = c.By, "test_webhook", c.Webhook
	case LiftBan:
		e.By, e.Action, e.Subject = c.By, "lift_ban", c.Address
	case TestCall:
		e.By, e.Action, e.Subject = c.By, "test_call", c.Agent
	case ClearMachines:
		e.By, e.Action, e.Subject, e.Detail = c.By, "clear_machines", c.Agent, "at "+c.Number
	case PutUser:
		e.By, e.Action, e.Subject = c.By, "put_user", c.User.Name
	case PutAgent:
		e.By, e.Action, e.Subject = c.By, "put_agent", c.Entry.ID
	case PutQueue:
		e.By, e.Action, e.Subject = c.By, "put_queue", c.Queue.Name
	case SetOffice:
		e.By, e.Action, e.Subject, e.Detail = c.By, "set_office", c.Office, "available"
		if c.Away {
			e.Detail = "away"
		}
	case PutProfile:
		e.By, e.Action, e.Subject = c.By, "put_profile", c.Profile.Name
	case PutReasons:
		e.By, e.Action, e.Subject = c.By, "put_reasons", "break_reasons"
	case PutPolicy:
		e.By, e.Action, e.Subject, e.Detail = c.By, "put_policy", c.Policy.Team, c.Policy.words()
	case PutSchedule:
		e.By, e.Action, e.Subject = c.By, "put_schedule", c.Schedule.Name
	case DropSchedule:
		e.By, e.Action, e.Subject = c.By, "drop_schedule", c.Name
	case PutSite:
		e.By, e.Action, e.Subject = c.By, "put_site", c.Site.Name
	case DropSite:
		e.By, e.Action, e.Subject = c.By, "drop_site", c.Name
	default:
		e.ofEntry(c)
	}
}

// ofEntry fills in the line of a command that removes an entry, or that is guarded.
func (e *AuditEntry) ofEntry(c Command) {
	switch c := c.(type) {
	case DropUser:
		e.By, e.Action, e.Subject = c.By, "drop_user", c.Name
	case DropAgent:
		e.By, e.Action, e.Subject = c.By, "drop_agent", c.Agent
	case DropQueue:
		e.By, e.Action, e.Subject = c.By, "drop_queue", c.Name
	case DropProfile:
		e.By, e.Action, e.Subject = c.By, "drop_profile", c.Name
	case Guarded:
		if c.Command != nil {
			e.ofDirectory(c.Command)
			return
		}
		e.By, e.Action, e.Subject = c.By, "put_"+c.Entry.Kind.String(), c.Entry.Name
	default:
		panic(fmt.Sprintf("telagent: no line for the audit trail says a %T", c))
	}
}

// auditMove writes what became of a switch whose command was answered before it ended.
func (f *Floor) auditMove(r SwitchRecord, detail string) {
	f.say(Audited{Entry: AuditEntry{Time: f.now, By: r.By, Action: "switch", Subject: r.Agent, Result: r.Result, Detail: detail}})
}

// auditSystem writes what the system did by itself, and why.
func (f *Floor) auditSystem(action, subject, detail string) {
	f.say(Audited{Entry: AuditEntry{Time: f.now, Action: action, Subject: subject, Result: "done", Detail: detail}})
}

// words says in short what is declared.
func (c SetStatus) words() string {
	words := []string{c.Status.String()}
	if c.Profile != "" {
		words[0] = "profile " + c.Profile
		if c.Status != presence.Offline {
			words = append(words, c.Status.String())
		}
	}
	if c.Office != "" {
		words = append(words, "in "+c.Office)
	}
	return strings.Join(append(words, c.Reason), " ")
}
