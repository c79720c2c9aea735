package sim

import (
	"fmt"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// input is what a step was given: exactly one field is set.
type input struct {
	event   call.Event
	command telagent.Command
	tick    bool
	note    string // a restart
}

// played is one step as it went.
type played struct {
	at  time.Duration
	in  input
	out telagent.Outcome
	err error

	lost bool // it is not remembered: the process was killed before the commit
}

// trace keeps the last steps.
type trace struct {
	ring [40]played
	n    int
}

func (t *trace) add(p played) {
	t.ring[t.n%len(t.ring)] = p
	t.n++
}

func (t *trace) last() played { return t.ring[(t.n-1)%len(t.ring)] }

func (t *trace) lines() []string {
	var lines []string
	for i := max(0, t.n-len(t.ring)); i < t.n; i++ {
		lines = append(lines, t.ring[i%len(t.ring)].String())
	}
	return lines
}

// String prints a step as the floor scripts do: time, input > actions = changes.
func (p played) String() string {
	in := p.in.note
	switch {
	case p.in.event != nil:
		in = eventLine(p.in.event)
	case p.in.command != nil:
		in = "do " + commandLine(p.in.command)
	case p.in.tick:
		in = "tick"
	}
	if p.lost {
		in += " (lost)"
	}
	s := fmt.Sprintf("%-9s %-42s", p.at.Round(time.Millisecond), in)
	var actions, changes []string
	for _, a := range p.out.Actions {
		actions = append(actions, actionLine(a))
	}
	for _, c := range p.out.Changes {
		if line := changeLine(c); line != "" {
			changes = append(changes, line)
		}
	}
	if len(actions) > 0 {
		s += " > " + strings.Join(actions, "; ")
	}
	if len(changes) > 0 {
		s += " = " + strings.Join(changes, "; ")
	}
	if p.err != nil {
		s += " ! " + refusalCode(p.err) + ": " + p.err.Error()
	}
	return strings.TrimRight(s, " ")
}

func eventLine(e call.Event) string {
	switch e := e.(type) {
	case call.Invited:
		return fmt.Sprintf("invited %s %s %s by %s%s", e.Leg, e.From.Number, e.To, e.Source.Trunk, e.Source.AOR)
	case call.Ringing:
		return "ringing " + string(e.Leg) + audible(e.Audio)
	case call.Answered:
		return "answered " + string(e.Leg)
	case call.Failed:
		return fmt.Sprintf("failed %s %s %d", e.Leg, e.Cause, e.Status)
	case call.Ended:
		return fmt.Sprintf("ended %s %s %s", e.Leg, e.How, e.Cause)
	case call.Silent:
		return "silent " + string(e.Leg)
	case call.Heard:
		return "heard " + string(e.Leg)
	case call.Held:
		return "held " + string(e.Leg)
	case call.Resumed:
		return "resumed " + string(e.Leg)
	case call.Digit:
		return fmt.Sprintf("digit %s %s", e.Leg, e.Key)
	case call.Played:
		return fmt.Sprintf("played %s %s", e.Leg, e.Prompt)
	case call.Located:
		return fmt.Sprintf("located %s %s", e.AOR, e.Address)
	case call.Missed:
		return fmt.Sprintf("missed %s %s%s", e.Sign, e.Leg, e.AOR)
	case call.Seen:
		return fmt.Sprintf("seen %s %s%s", e.Sign, e.Leg, e.AOR)
	case call.Verified:
		return fmt.Sprintf("verified %s %v", e.Leg, e.Right)
	case call.Bound:
		return "bound " + e.AOR
	case call.Unbound:
		return "unbound " + e.AOR
	case call.TurnedAway:
		return fmt.Sprintf("turned_away %s %d", e.Leg, e.Status)
	case call.TrunkUp:
		return "trunk_up " + e.Trunk
	case call.TrunkDown:
		return "trunk_down " + e.Trunk
	case call.Referred:
		return fmt.Sprintf("referred %s %s %s", e.Leg, e.To, e.With)
	case call.Recorded:
		return fmt.Sprintf("recorded %s %s", e.Leg, e.File)
	case call.Spliced:
		return fmt.Sprintf("spliced %s to %s", e.Leg, e.To)
	case call.Measured:
		return "measured " + string(e.Leg)
	case call.Stalled:
		return "stalled " + e.For.String()
	case call.Impaired:
		return "impaired " + e.Part
	case call.Repaired:
		return "repaired " + e.Part
	case call.Published:
		return fmt.Sprintf("published %s %s", e.AOR, e.Status)
	}
	return fmt.Sprintf("%T", e)
}

func actionLine(a call.Action) string {
	switch a := a.(type) {
	case call.Ring:
		return "ring " + string(a.Leg) + audible(a.Audio)
	case call.Answer:
		return "answer " + string(a.Leg)
	case call.Reject:
		return fmt.Sprintf("reject %s %s", a.Leg, a.Cause)
	case call.Dial:
		return fmt.Sprintf("dial %s %s", a.Leg, a.Target) + word(" via ", a.Target.Trunk) + word(" near ", string(a.Near))
	case call.Reroute:
		return fmt.Sprintf("reroute %s %s", a.Leg, a.Trunk)
	case call.Hangup:
		return fmt.Sprintf("hangup %s %s", a.Leg, a.Cause)
	case call.Join:
		return fmt.Sprintf("join %s %s", a.A, a.B)
	case call.Swap:
		return fmt.Sprintf("swap %s %s", a.Old, a.New)
	case call.Park:
		return fmt.Sprintf("park %s %s", a.Leg, a.Audio)
	case call.Say:
		return fmt.Sprintf("say %s %s", a.Leg, a.Prompt)
	case call.Ask:
		return fmt.Sprintf("ask %s %s", a.Leg, a.Prompt)
	}
	return fmt.Sprintf("%T", a)
}

func changeLine(c telagent.Change) string {
	switch c := c.(type) {
	case telagent.AgentChanged:
		return fmt.Sprintf("%s %s/%s by %s", c.Shown.ID, c.Shown.Status, c.Shown.Activity, c.Shown.Reach) +
			word(" pending ", c.Shown.Pending) + word(" ", c.Shown.Reason)
	case telagent.CallChanged:
		return fmt.Sprintf("call %s %s p%d", c.Shown.ID, c.Shown.State, c.Shown.Priority) + word(" ", c.Shown.Agent)
	case telagent.CallEnded:
		return fmt.Sprintf("call %s over, %s by %s", c.Record.ID, c.Record.Cause, c.Record.EndedBy)
	case telagent.SwitchBegun:
		return "switch begun " + c.Switch.Agent
	case telagent.SwitchDone:
		return "switch done " + c.Switch.Agent
	case telagent.SwitchFailed:
		return "switch failed " + c.Switch.Agent + " " + c.Switch.Result
	case telagent.TelagentBegan:
		return "telagent " + c.Reached.Agent + " " + c.Reached.Device
	case telagent.TelagentEnded:
		return "no telagent " + c.Reached.Agent
	case telagent.AlarmRaised:
		return "alarm " + c.Code + " " + c.Subject
	case telagent.AlarmCleared:
		return "alarm over " + c.Code + " " + c.Subject
	case telagent.AgentTold:
		return "told " + c.Agent + " " + c.Code
	case telagent.RecordingEnded:
		return "recording over " + c.File
	case telagent.SwitchMeasured:
		return "switch measured " + c.Switch.Agent
	case telagent.Worked:
		return fmt.Sprintf("worked %s %s %s", c.Work.Agent, c.Work.What, c.Work.Result)
	case telagent.LegMeasured:
		return "measured " + string(c.Leg)
	case telagent.BatchChanged:
		return "batch " + c.Batch.ID
	case telagent.DrainChanged, telagent.Drained:
		return fmt.Sprintf("%T", c)
	case telagent.UserChanged, telagent.QueueChanged, telagent.Audited, telagent.ProfileChanged, telagent.ReasonsChanged,
		telagent.PolicyChanged, telagent.SiteChanged, telagent.ScheduleChanged, telagent.EntryChanged,
		telagent.CallKept, telagent.PartKept:
		return "" // too many to read
	}
	return fmt.Sprintf("%T", c)
}

func commandLine(c telagent.Command) string {
	switch c := c.(type) {
	case telagent.SignOn:
		return fmt.Sprintf("sign_on %s by %s", c.Agent, c.By)
	case telagent.SetStatus:
		return fmt.Sprintf("set_status %s %s", c.Agent, c.Status) + word(" profile ", c.Profile) + word(" office ", c.Office) + " by " + c.By
	case telagent.SetOffice:
		return fmt.Sprintf("set_office %s away %t by %s", c.Office, c.Away, c.By)
	case telagent.Decline:
		return fmt.Sprintf("decline %s by %s", c.Agent, c.By)
	case telagent.Regain:
		return fmt.Sprintf("regain %s by %s", c.Agent, c.By)
	case telagent.CancelPending:
		return fmt.Sprintf("cancel_pending %s by %s", c.Agent, c.By)
	case telagent.WrapUp:
		if c.Continue {
			return fmt.Sprintf("wrap_up %s continue by %s", c.Agent, c.By)
		}
		return fmt.Sprintf("wrap_up %s end by %s", c.Agent, c.By)
	case telagent.Switch:
		s := "switch " + c.Agent
		if c.Back {
			s += " back"
		}
		return s + word(" to ", c.Number) + " by " + c.By + word(" request ", c.RequestID)
	case telagent.SwitchMany:
		return fmt.Sprintf("switch_many %s back %t by %s", c.Who, c.Back, c.By) + word(" request ", c.RequestID)
	case telagent.UndoSwitch:
		return fmt.Sprintf("undo_switch %s by %s", c.Batch, c.By)
	case telagent.ForceLogout:
		return fmt.Sprintf("force_logout %s by %s", c.Agent, c.By) + word(" request ", c.RequestID)
	case telagent.EndCall:
		return fmt.Sprintf("end_call %s by %s", c.Call, c.By)
	case telagent.PutUser:
		return fmt.Sprintf("put_user %s by %s", c.User.Name, c.By)
	case telagent.PutAgent:
		return fmt.Sprintf("put_agent %s %s by %s", c.Entry.ID, strings.Join(c.Entry.Numbers, ","), c.By)
	case telagent.PutQueue:
		return fmt.Sprintf("put_queue %s by %s", c.Queue.Name, c.By)
	}
	return fmt.Sprintf("%T", c)
}

func word(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

func audible(audio bool) string {
	if audio {
		return " audio"
	}
	return ""
}
