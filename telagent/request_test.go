package telagent_test

import (
	"slices"
	"strings"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// command reads a request as scripts write it, behind do.
func (p *play) command(words []string) telagent.Command {
	if len(words) < 2 {
		p.t.Fatalf("%s: a request needs more words", p.where)
	}
	verb, o := words[0], options(words[1:])
	name, by := o.at(0), o.after("by")
	switch verb {
	case "sign_on":
		return telagent.SignOn{By: by, Agent: name}
	case "set_status": // set_status AGENT [WORD] [profile P] [office X] [reason R] [until TIME]
		c := telagent.SetStatus{By: by, Agent: name, Reason: o.after("reason"), Profile: o.after("profile"), Office: o.after("office")}
		if o.at(1) != "profile" {
			c.Status = p.status(o.at(1))
		}
		if d := o.after("until"); d != "" {
			c.Until = start.Add(p.duration(d))
		}
		c.Seen = p.seen(o)
		return c
	case "set_office": // set_office OFFICE away | available
		return telagent.SetOffice{By: by, Office: name, Away: o.at(1) == "away"}
	case "activity":
		return telagent.NoteActivity{By: by, Agent: name}
	case "open_page":
		return telagent.OpenPage{By: by, Agent: name}
	case "close_page":
		return telagent.ClosePage{By: by, Agent: name}
	case "put_profile":
		return telagent.PutProfile{By: by, Profile: p.profile(o)}
	case "cancel_pending":
		return telagent.CancelPending{By: by, Agent: name, Seen: p.seen(o)}
	case "wrap_up": // wrap_up AGENT end | continue
		return telagent.WrapUp{By: by, Agent: name, Continue: o.at(1) == "continue", Seen: p.seen(o)}
	case "regain":
		return telagent.Regain{By: by, Agent: name}
	case "decline":
		return telagent.Decline{By: by, Agent: name}
	case "switch": // switch AGENT [back] [to NUMBER] [request ID]
		return telagent.Switch{
			By: by, Agent: name, Back: slices.Contains(o, "back"), Number: o.after("to"), RequestID: o.after("request"),
		}
	case "switch_many": // switch_many AGENT,… | team T | office O | site S | cut_off … [back] [request ID]
		return telagent.SwitchMany{By: by, Who: p.selection(o), Back: slices.Contains(o, "back"), RequestID: o.after("request")}
	case "undo_switch":
		return telagent.UndoSwitch{By: by, Batch: p.batches.back(name)}
	case "force_logout":
		return telagent.ForceLogout{By: by, Agent: name, RequestID: o.after("request")}
	case "add_guest": // add_guest CALL AGENT|NUMBER MODE
		c := telagent.AddGuest{By: by, Call: call.ID(p.calls.back(name)), Mode: p.mode(o.at(2)), RequestID: o.after("request")}
		if strings.ContainsAny(o.at(1)[:1], "+0123456789") {
			c.Number = o.at(1)
		} else {
			c.Agent = o.at(1)
		}
		return c
	case "change_guest": // change_guest CALL AGENT MODE
		return telagent.ChangeGuest{By: by, Call: call.ID(p.calls.back(name)), Agent: o.at(1), Mode: p.mode(o.at(2))}
	case "drop_guest": // drop_guest CALL AGENT
		return telagent.DropGuest{By: by, Call: call.ID(p.calls.back(name)), Agent: o.at(1)}
	case "transfer": // transfer CALL [to WHOM]
		return telagent.Transfer{By: by, Call: call.ID(p.calls.back(name)), To: o.after("to")}
	case "hold": // hold CALL on | off
		return telagent.Hold{By: by, Call: call.ID(p.calls.back(name)), Off: o.at(1) == "off"}
	case "record": // record CALL on | paused | off
		now := map[string]call.Recording{"on": call.On, "paused": call.Paused, "off": call.Off}[o.at(1)]
		return telagent.RecordCall{By: by, Call: call.ID(p.calls.back(name)), Now: now}
	case "rescue": // rescue CALL
		return telagent.RescueCall{By: by, Call: call.ID(p.calls.back(name))}
	case "end_call":
		return telagent.EndCall{By: by, Call: call.ID(p.calls.back(name))}
	case "test_call", "clear_machines":
		return phoneCommand(verb, by, o)
	case "drain", "undrain", "reload":
		return p.operation(verb, by, o)
	case "put_agent":
		return telagent.PutAgent{By: by, Entry: p.entry(o), Credentials: pinOf(o)}
	case "put_queue":
		return telagent.PutQueue{By: by, Queue: p.queue(o)}
	case "put_user":
		return telagent.PutUser{By: by, User: p.user(o)}
	case "put_policy": // put_policy TEAM alert | switch [after D] [by-phone]
		return telagent.PutPolicy{By: by, Policy: p.policy(o)}
	case "put_schedule":
		return telagent.PutSchedule{By: by, Schedule: p.schedule(o)}
	case "drop_schedule":
		return telagent.DropSchedule{By: by, Name: name}
	case "put_site": // put_site NAME NETWORK…
		return telagent.PutSite{By: by, Site: p.site(o)}
	case "drop_site":
		return telagent.DropSite{By: by, Name: name}
	}
	p.t.Fatalf("%s: no request is called %s", p.where, verb)
	return nil
}

// seen reads the version that a wish was made at: at N, where versions are shown.
func (p *play) seen(o options) uint64 {
	if n := o.after("at"); n != "" {
		return uint64(p.int(n))
	}
	return 0
}
