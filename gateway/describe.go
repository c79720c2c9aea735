package gateway

import (
	"fmt"
	"strings"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// line prints one input, Action or Change for the log, without secrets.
func line(v any) string {
	switch v := v.(type) {
	case nil:
		return "tick"
	case request:
		return line(v.command)
	case call.Digit:
		return "Digit " + string(v.Leg) // it may be one of a PIN
	case telagent.PutUser:
		return "PutUser " + v.User.Name
	case telagent.SetPassword:
		return "SetPassword " + v.User
	case telagent.Reload:
		return "Reload " + v.Detail
	case telagent.As:
		return line(v.Command) + " as " + v.Role.String()
	case telagent.PutAgent:
		return "PutAgent " + v.Entry.ID
	case telagent.UserChanged:
		return "UserChanged " + v.User.Name
	case telagent.AgentChanged:
		return fmt.Sprintf("AgentChanged %s: %s → %s", v.Agent.ID, v.Was, v.Shown.Status)
	case telagent.QueueChanged:
		return fmt.Sprintf("QueueChanged %s: %d waiting", v.Shown.Name, v.Shown.Waiting)
	case telagent.CallChanged:
		return fmt.Sprintf("CallChanged %s: %s", v.Shown.ID, v.Shown.State)
	case telagent.CallEnded:
		return fmt.Sprintf("CallEnded %s: %s by %s", v.Record.ID, v.Record.Cause, v.Record.EndedBy)
	case telagent.CallKept:
		return "CallKept " + string(v.Call.ID)
	case telagent.PartKept:
		return fmt.Sprintf("PartKept %s %s", v.Part.Kind, v.Part.ID)
	case telagent.Audited:
		return fmt.Sprintf("Audited %s %s by %q: %s", v.Entry.Action, v.Entry.Subject, v.Entry.By, v.Entry.Result)
	}
	name := fmt.Sprintf("%T", v)
	return name[strings.LastIndexByte(name, '.')+1:] + fmt.Sprintf("%+v", v)
}

func lines[T any](vs []T) []string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = line(v)
	}
	return out
}
