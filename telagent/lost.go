package telagent

import (
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// OutageRules say when many lost softphones are one outage, and when it is over for those whom it moved. A zero means the
// default.
type OutageRules struct {
	Least       int           // most of a site's softphones are lost when these many are …
	Percent     int           // … and this share of those signed on there …
	Window      time.Duration // … within this time
	Hold        time.Duration // how long the alarm of one agent waits for those of his site; and at least between two wordings of a site's
	BackAfter   time.Duration // how long a softphone has to be there again before its agent is offered the way back to it
	BackLongest time.Duration // the most that this grows to: it doubles each time that the softphone goes again, and forgets one in such a time
}

func (r OutageRules) withDefaults() OutageRules {
	or := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	or(&r.Window, 10*time.Second)
	or(&r.Hold, 2*time.Second)
	or(&r.BackAfter, time.Minute)
	or(&r.BackLongest, 15*time.Minute)
	if r.Least == 0 {
		r.Least = 3
	}
	if r.Percent == 0 {
		r.Percent = 50
	}
	return r
}

// trouble is what is wrong with what an agent talks, or would be rung, on.
type trouble struct {
	code   string    // of the alarm: cut_off or lost; empty: nothing is wrong that supervisors are told of
	since  time.Time // when that began
	untold bool      // a restart took it up, and nobody was told of it since
	raised bool      // the alarm is raised; else his site's tells it, or it waits for that
	due    time.Time // when the alarm is raised that waits; zero: none does
	acted  bool      // somebody, or his team's policy, began to switch him meanwhile
	stuck  string    // the alarm is raised that the policy cannot switch him, and says this; empty: it is not
	lost   time.Time // since when he has lost his softphone; zero: he has not
	site   string    // where that was
	back   time.Time // when he was offered the way back to his softphone; zero: he is not
	timer  timer
}

// The codes of alarms about what agents talk on.
const (
	cutOffAlarm = "cut_off"   // in a call
	lostAlarm   = "lost"      // available by a softphone that is gone
	stuckAlarm  = "no_number" // the team's policy would switch him, and cannot
)

// troubleOf returns the code for what is wrong with an agent now. Who does not wait for calls may close his softphone.
func (f *Floor) troubleOf(a *agent) string {
	switch {
	case a.Presence.Activity == presence.CutOff:
		return cutOffAlarm
	case f.isLost(a) && a.Presence.Word() == presence.Available:
		return lostAlarm
	}
	return ""
}

// watch looks at an agent who may be another now: is something wrong with what he talks on, whom is that told, and what
// follows by itself. It is the one place where that is decided, whatever it came from.
func (f *Floor) watch(a *agent) {
	t := &a.trouble
	switch lost := f.isLost(a); {
	case lost && t.lost.IsZero():
		t.lost, t.site = f.now, f.siteOf(a)
		f.joinOutage(a)
	case !lost:
		t.lost = time.Time{}
	}
	f.touchGatherings(a)
	if code := f.troubleOf(a); code != t.code {
		f.hush(a)
		f.auditTrouble(a, code)
		if t.code == "" {
			t.since = f.now
		}
		if t.code = code; code == "" {
			f.unstick(a)
			t.acted, t.since = false, time.Time{}
		}
		f.alarm(a)
	} else if t.untold {
		f.alarm(a)
		f.alarmStuck(a)
	}
	t.untold = false
	t.acted = t.acted || t.code != "" && a.move != nil && !a.move.back
	f.watchLater(a)
}

// auditTrouble writes that something is wrong with what an agent talks on from now on, and by what that was noticed, or that
// it is over.
func (f *Floor) auditTrouble(a *agent, code string) {
	e := AuditEntry{Time: f.now, Action: code, Subject: a.ID, Result: "noticed"}
	if code == "" {
		e.Action, e.Result, e.Detail = a.trouble.code, "over", "after "+f.now.Sub(a.trouble.since).Round(time.Second).String()
		f.say(Audited{Entry: e})
		return
	}
	words := []string{}
	for _, m := range f.missing(a) {
		words = append(words, "no "+m.Sign+" since "+m.Since.UTC().Format("15:04:05"))
	}
	if len(words) == 0 {
		words = append(words, "the leg to his phone went")
	}
	e.Detail = strings.Join(words, ", ")
	f.say(Audited{Entry: e})
}

// watchLater sets when an agent is looked at again.
func (f *Floor) watchLater(a *agent) {
	t := &a.trouble
	at := soonest(t.due, f.actsAt(a), f.wayBack(a))
	if !at.IsZero() && !at.After(f.now) { // it was due while he could not be helped; a step of its own does it
		at = f.now.Add(time.Millisecond)
	}
	f.timers.set(&t.timer, at, func(f *Floor) { f.troubleDue(a) })
}

// troubleDue does what the timer of an agent's trouble was set for.
func (f *Floor) troubleDue(a *agent) {
	t := &a.trouble
	if !t.due.IsZero() && !t.due.After(f.now) {
		t.due = time.Time{}
		f.raise(a)
	}
	if at := f.actsAt(a); !at.IsZero() && !at.After(f.now) {
		t.acted = true
		f.forced = append(f.forced, a)
	}
	f.touch(a)
}

// alarm tells supervisors what is wrong with an agent, unless his site's alarm does. Where others of his site are at work it
// waits a little, because they may be lost too.
func (f *Floor) alarm(a *agent) {
	t := &a.trouble
	switch {
	case t.code == "" || t.raised || f.isFolded(a):
	case !t.lost.IsZero() && t.site != "" && f.set.Outage.Hold > 0 && f.staff(t.site) >= f.set.Outage.Least:
		t.due = f.now.Add(f.set.Outage.Hold)
	default:
		f.raise(a)
	}
}

func (f *Floor) raise(a *agent) {
	t := &a.trouble
	t.raised, t.due = true, time.Time{}
	sentence := a.Name + " was cut off; the customer hears comfort audio."
	if t.code == lostAlarm {
		sentence = a.Name + "'s softphone is gone; no calls are offered there."
	}
	f.say(AlarmRaised{Time: f.now, Code: t.code, Subject: a.ID, Team: a.Team, Sentence: sentence})
}

// hush takes back the alarm about an agent, raised or not.
func (f *Floor) hush(a *agent) {
	t := &a.trouble
	if t.raised {
		f.say(AlarmCleared{Time: f.now, Code: t.code, Subject: a.ID, Team: a.Team})
	}
	t.raised, t.due = false, time.Time{}
}

// actsAt returns when an agent's team's policy switches him; zero: it does not, or did.
func (f *Floor) actsAt(a *agent) time.Time {
	t := &a.trouble
	p := f.policies[a.Team]
	if t.code == "" || t.lost.IsZero() || t.acted || p.CutOff != SwitchRule || f.hasQuit(a) {
		return time.Time{}
	}
	return t.since.Add(p.Grace)
}

// hasQuit says whether all that is missed of the softphone of somebody in no call is its registration. An outage shows by
// more; he may have closed it and gone home.
func (f *Floor) hasQuit(a *agent) bool {
	l := f.lives[a.ID]
	if l == nil || a.Presence.Activity == presence.CutOff {
		return false
	}
	_, contact := l.missed[contactMissed]
	return contact && len(l.missed) == 1
}

// actForLost switches those whose teams' policies say so, all of a team at once.
func (f *Floor) actForLost() {
	for len(f.forced) > 0 {
		team, ids, rest := f.forced[0].Team, []string(nil), []*agent(nil)
		for _, a := range f.forced {
			switch {
			case a.Team != team:
				rest = append(rest, a)
			case f.isLost(a) && f.canBeSwitched(a): // else he is moved already
				ids = append(ids, a.ID)
			}
		}
		f.forced = rest
		f.switchByPolicy(f.policies[team], ids)
	}
}

// switchByPolicy switches agents in the name of whoever set their team's policy, as channels are free.
func (f *Floor) switchByPolicy(p Policy, ids []string) {
	if len(ids) > 0 {
		f.enlist(SwitchMany{Who: Selection{Agents: ids}}, ids, p.inWords())
	}
}

// inWords says who set a policy that is followed.
func (p Policy) inWords() string { return "policy set by " + who(p.SetBy) }

// inTheNameOf says who set the policy that a switch followed; empty: it followed none.
func (f *Floor) inTheNameOf(m *move) string {
	if m.why != ByPolicy {
		return ""
	}
	return "; " + f.policies[m.agent.Team].inWords()
}

// canBeSwitched says whether an agent can be switched to a phone at all; if not, his supervisors are told.
func (f *Floor) canBeSwitched(a *agent) bool {
	_, err := f.switchable(a, &Switch{Agent: a.ID})
	r := refusalOf(err)
	if r == nil || r.Code == "no_trunk_capacity" || r.Code == "no_trunk" {
		return true
	}
	if r.Code != "already_switching" && a.trouble.stuck == "" {
		a.trouble.stuck = a.Name + " lost the softphone and is not switched: " + r.Sentence
		f.alarmStuck(a)
		f.say(Audited{Entry: AuditEntry{Time: f.now, Action: "switch", Subject: a.ID, Result: r.Code, Detail: f.policies[a.Team].inWords() + "; " + r.Sentence}})
	}
	return false
}

// alarmStuck tells that an agent's team's policy cannot switch him, if that is so.
func (f *Floor) alarmStuck(a *agent) {
	if s := a.trouble.stuck; s != "" {
		f.say(AlarmRaised{Time: f.now, Code: stuckAlarm, Subject: a.ID, Team: a.Team, Sentence: s})
	}
}

func (f *Floor) unstick(a *agent) {
	if t := &a.trouble; t.stuck != "" {
		if t.stuck = ""; !t.untold {
			f.say(AlarmCleared{Time: f.now, Code: stuckAlarm, Subject: a.ID, Team: a.Team})
		}
	}
}

// isWell says whether an agent's softphone is registered and nothing is missed of it.
func (f *Floor) isWell(a *agent) bool {
	l := f.lives[a.ID]
	return f.bound[a.ID] && (l == nil || len(l.missed) == 0) && !f.isLost(a)
}

// isOn says whether an agent is signed on, or in a call all the same.
func (a *agent) isOn() bool { return a.Presence.Word() != presence.Offline || a.visit != nil }

// hasPhone says whether there is a phone that an agent could be switched to.
func (a *agent) hasPhone() bool { return a.phone("", false) != (call.Target{}) }
