package telagent

import (
	"strings"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// letsIn says why somebody who proved himself at the access number has nothing to do there: an agent needs his team's
// policy, a supervisor the gateway's.
func (f *Floor) letsIn(user string) error {
	if f.worksByPhone(user) || f.supervisesByPhone(user) {
		return nil
	}
	if f.agents[user] == nil {
		return refuse("phone_sign_on_off", "Supervisors have no way by phone here.")
	}
	return refuse("phone_sign_on_off", "The policy of the team does not allow sign-on by phone.")
}

// worksByPhone says whether somebody is an agent whose team allows sign-on by phone.
func (f *Floor) worksByPhone(user string) bool {
	a := f.agents[user]
	return a != nil && f.policy(a.Team).PhoneSignOn
}

func (f *Floor) supervisesByPhone(user string) bool {
	u := f.users[user]
	return u != nil && u.Role >= SupervisorRole && f.set.Access.Supervisors
}

// signOnByPhone makes an agent a Telagent at the phone that he calls from, and returns what he hears first. Who is one
// already, or is in a call, stays where he is.
func (f *Floor) signOnByPhone(m *menu, a *agent) []call.Prompt {
	switch {
	case !f.worksByPhone(a.ID):
		f.auditMenu(m, nil, "the menu of a supervisor")
		return nil
	case a.visit != nil:
		f.auditMenu(m, nil, "the menu alone: a call is up, which stays where it is")
		return nil
	case a.Presence.Reach == presence.ByPhone && a.Presence.Word() != presence.Offline:
		f.auditMenu(m, nil, "the menu alone: signed on by phone already, at "+f.ringsAt(a))
		return nil
	}
	number, why := f.callersNumber(m, a)
	if number == "" && len(a.open) == 0 && a.DeskPhone == "" {
		f.auditMenu(m, refuse("no_number", "%s, and %s has no number to be called at.", why, a.Name), "")
		return []call.Prompt{call.NotDone}
	}
	if a.Presence.Word() == presence.Offline {
		f.comeIn(a, a.ID)
	}
	f.takeCallsAt(a, number)
	if number == "" {
		f.auditMenu(m, nil, "signed on at "+f.ringsAt(a)+": "+why)
		return []call.Prompt{call.SignedOnOwn}
	}
	f.auditMenu(m, nil, "signed on at "+number)
	return []call.Prompt{call.SignedOn}
}

// takeCallsHere moves an agent who is signed on to the phone that he calls from.
func (f *Floor) takeCallsHere(m *menu, a *agent) error {
	number, why := f.callersNumber(m, a)
	switch {
	case a.visit != nil:
		return refuse("agent_busy", "%s is in a call, which stays where it is.", a.Name)
	case a.Presence.Word() == presence.Offline:
		return refuse("signed_off", "%s is signed off.", a.Name)
	case number == "":
		return refuse("number_not_allowed", "%s.", why)
	}
	f.takeCallsAt(a, number)
	return nil
}

// takeCallsAt makes an agent, who is in no call, a Telagent at a number; empty: at his own.
func (f *Floor) takeCallsAt(a *agent, number string) {
	if a.Presence.Reach == presence.ByPhone && a.Presence.Number == number {
		return
	}
	f.why = ByPhone
	f.moveReach(a, false, number, a.ID)
	f.switched(a, SwitchRecord{Agent: a.ID, By: a.ID, To: f.ringsAt(a), Began: f.now})
}

// callersNumber returns the number that somebody calls from, if an agent may be rung there: what a phone shows proves
// nothing, so it must be on his list if he has one, and the dial rules must allow it. Empty: why not.
func (f *Floor) callersNumber(m *menu, a *agent) (number, why string) {
	switch {
	case m.phone:
		return "", "a registered phone has no number"
	case m.caller == "":
		return "", "the number is withheld"
	}
	number = m.caller
	if err := f.allowed(a, &number); err != nil {
		return "", strings.TrimSuffix(err.Error(), ".")
	}
	return number, ""
}

// ringsAt returns what rings for a Telagent first, in words.
func (f *Floor) ringsAt(a *agent) string {
	device, _ := f.reachOf(a)
	return device
}

// onTheLine says whether an agent is at the menu with the phone that would ring for him: it is busy.
func (f *Floor) onTheLine(a *agent) bool {
	if a.menu == nil || a.Presence.Reach != presence.ByPhone {
		return false
	}
	number, _ := f.callersNumber(a.menu, a)
	return number != "" && a.phone(a.Presence.Number, f.bound[a.DeskPhone]).Number == number
}

// pressed does what a key of the menu is for.
func (f *Floor) pressed(m *menu, key string) {
	word := map[string]presence.Status{"1": presence.Available, "2": presence.NotReady, "3": presence.OnBreak, "9": presence.Offline}[key]
	a := m.agent
	switch {
	case strings.Contains("78", key) && f.leadsByPhone(m):
		f.chooseSwitch(m, key == "8")
	case !strings.Contains("123459", key):
		f.menuAsksAgain(m) // the star, and what is no key
	case a == nil || !f.worksByPhone(a.ID):
		f.menuAsks(m, call.NotDone)
	case key == "4":
		f.answerWith(m, f.carryOut(m, WrapUp{By: a.ID, Agent: a.ID}), call.Done)
	case key == "5":
		err := f.takeCallsHere(m, a)
		f.auditMenu(m, err, "takes calls at "+f.ringsAt(a))
		f.answerWith(m, err, call.SignedOn)
	default:
		err := f.carryOut(m, SetStatus{By: a.ID, Agent: a.ID, Status: word})
		if err == nil && key == "9" {
			f.lastSay(m, call.Done)
			return
		}
		f.answerWith(m, err, call.Done)
	}
}

// answerWith says what became of a key, and asks on.
func (f *Floor) answerWith(m *menu, err error, done call.Prompt) {
	if err != nil {
		done = call.NotDone
	}
	f.menuAsks(m, done)
}

// leadsByPhone says whether a caller is a supervisor who may switch his teams here.
func (f *Floor) leadsByPhone(m *menu) bool { return f.supervisesByPhone(m.user) }

// carryOut does for an agent what he would else ask for at his page.
func (f *Floor) carryOut(m *menu, c Command) error {
	err := f.do(c)
	f.remark = strings.TrimPrefix(f.remark+"; by phone from "+m.from(), "; ")
	f.audit(c, err)
	f.remark = ""
	return err
}

// from says where a caller calls from, for the audit trail.
func (m *menu) from() string {
	switch {
	case m.phone:
		return "the phone " + m.caller
	case m.caller == "":
		return "a withheld number"
	}
	return m.caller
}

// auditMenu writes what became of somebody who proves himself at the access number. A wrong PIN is nobody's act.
func (f *Floor) auditMenu(m *menu, err error, detail string) {
	e := AuditEntry{Time: f.now, By: m.user, Action: "sign_on_by_phone", Subject: m.user, Result: "done", Detail: detail}
	if r := refusalOf(err); r != nil {
		e.Result, e.Detail = r.Code, r.Sentence
		if r.Code == "wrong_pin" {
			e.By = ""
		}
	}
	e.Detail = strings.TrimSuffix(e.Detail, ".") + "; from " + m.from()
	f.say(Audited{Entry: e})
}
