package telagent

import (
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// codeTime is how long the next key of a code is awaited.
const codeTime = 3 * time.Second

// coding are the keys of a code that an agent presses on his phone, in a call or between calls (S27).
type coding struct {
	keys  string // so far, the star first; empty: none
	timer timer
}

// takesCodes says whether keys on a leg may be a code: of a Telagent, in the agent's seat or standing by. On a softphone
// keys are for whom he talks with, and its page has buttons; nothing is to come between him and who helps.
func (l *leg) takesCodes() bool {
	a := l.agent
	if a == nil || l.phase != up || l.target.Device == call.Softphone || a.Presence.Reach != presence.ByPhone {
		return false
	}
	if v := l.visit; v != nil {
		return v.seat == l && !v.inEmergency(a)
	}
	return a.standing() == l
}

// codeKey takes a key on such a leg. The star begins a code; what is no code is nothing.
func (f *Floor) codeKey(l *leg, key string) {
	c := &l.coding
	switch {
	case !l.takesCodes():
		f.noCode(l)
		return
	case c.keys == "" && key != "*":
		return
	case key == "#":
		f.codeOver(l)
		return
	}
	if c.keys += key; !f.isCode(c.keys) && !f.goesOn(c.keys) {
		if c.keys = ""; key == "*" {
			c.keys = key
		}
	}
	switch {
	case c.keys == "":
		f.noCode(l)
	case f.isCode(c.keys) && !f.goesOn(c.keys):
		f.codeOver(l)
	default:
		f.timers.set(&c.timer, f.now.Add(codeTime), func(f *Floor) { f.codeOver(l) })
	}
}

func (f *Floor) isCode(keys string) bool {
	_, is := f.featureOf(keys)
	return is
}

// goesOn says whether keys may become a code that is longer: one of a list, or the number of a reason behind one of a
// break.
func (f *Floor) goesOn(keys string) bool {
	for code, feature := range f.set.Features {
		if len(code) > len(keys) && strings.HasPrefix(code, keys) {
			return true
		}
		more := len(keys) - len(code)
		plain := feature.Status == presence.OnBreak && feature.Reason == "" && strings.HasPrefix(keys, code)
		if plain && (more == 0 && len(f.reasons) > 0 || more == 1 && len(f.reasons) >= 10) {
			return true
		}
	}
	return false
}

// noCode forgets the keys of a code.
func (f *Floor) noCode(l *leg) {
	l.coding.keys = ""
	f.timers.set(&l.coding.timer, time.Time{}, nil)
}

// codeOver does what a code is for, and lets its leg alone hear whether it was done.
func (f *Floor) codeOver(l *leg) {
	feature, is := f.featureOf(l.coding.keys)
	f.noCode(l)
	if !is || !l.takesCodes() {
		return
	}
	a := l.agent
	a.active = f.now
	var err error
	if feature.Does == "hang_up" {
		err = f.hangUpFor(l)
	} else {
		c := feature.command(a)
		err = f.do(c)
		f.remark = strings.TrimPrefix(f.remark+"; by keys on the phone", "; ")
		f.audit(c, err)
	}
	f.remark = ""
	switch {
	case l.phase != up: // it was hung up by it
	case err != nil:
		f.speak(l, call.NotDone, 0)
	default:
		f.speak(l, call.Done, 0)
	}
}

// hangUpFor ends an agent's part in his call as if he had hung up; a leg that stays up between calls stays.
func (f *Floor) hangUpFor(l *leg) error {
	v, a := l.visit, l.agent
	e := AuditEntry{Time: f.now, By: a.ID, Action: "hang_up", Subject: a.ID, Result: "done", Detail: "by keys on the phone"}
	var err error
	switch {
	case v == nil:
		err = refuse("not_talking", "%s is in no call.", a.Name)
	case a.move != nil:
		err = refuse("already_switching", "%s is being switched; hang up the phone.", a.Name)
	default:
		e.Subject = string(v.id)
		f.hungUp(v, call.Normal)
	}
	if r := refusalOf(err); r != nil {
		e.Result, e.Detail = r.Code, r.Sentence
	}
	f.say(Audited{Entry: e})
	return err
}
