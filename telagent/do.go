package telagent

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Do carries out a person's request. The error, if any, is a *Refusal; the Outcome then holds the audit line alone.
func (f *Floor) Do(now time.Time, c Command) (Outcome, error) {
	f.begin(now)
	key, asked := requestKey(c)
	if asked {
		if err, done := f.answered.get(key); done {
			return f.end(), err
		}
	}
	err := f.do(c)
	if asked {
		f.answered.put(key, err)
	}
	f.audit(c, err)
	return f.end(), err
}

func (f *Floor) do(c Command) error {
	switch c := c.(type) {
	case SignOn:
		return f.signOn(c)
	case SetStatus:
		return f.setStatus(c)
	case CancelPending:
		return f.cancelPending(c)
	case WrapUp:
		return f.wrapUpCommand(c)
	case Switch:
		a, err := f.switcher(c)
		if err != nil {
			return err
		}
		return f.switchAgent(a, c)
	case ForceLogout:
		a, err := f.supervised(c.By, c.Agent)
		if err != nil {
			return err
		}
		return f.forceLogout(a, c.By)
	case EndCall:
		return f.endCallCommand(c)
	case PutUser:
		return f.putUserCommand(c)
	case PutAgent:
		return f.putAgentCommand(c)
	case PutQueue:
		return f.putQueueCommand(c)
	}
	panic(fmt.Sprintf("telagent: unknown command %T", c))
}

// signOn signs an agent on by his own act. A Telagent without a call goes back to his softphone by it (S11); with one,
// the call stays on the phone until he asks for it (S12). If he wanted to be signed off after it, he no longer does.
func (f *Floor) signOn(c SignOn) error {
	a, err := f.self(c.By, c.Agent)
	if err != nil {
		return err
	}
	if a.Presence.Declared.Status == presence.Offline && a.visit == nil {
		a.Presence.Declare(f.now, presence.Declaration{Status: presence.Away, Reason: presence.ReasonSignOn, By: c.By})
		a.by = c.By
	}
	if p := a.Presence.Pending; p != nil && p.Status == presence.Offline {
		a.Presence.Pending = nil
	}
	if a.Presence.Reach == presence.ByPhone && a.visit == nil {
		f.moveReach(a, true, "", c.By)
		f.switched(a, SwitchRecord{Agent: a.ID, By: c.By, To: a.ID + "@softphone", Began: f.now})
	}
	f.settled(a)
	return nil
}

// setStatus declares a status, at once or for the time after the work.
func (f *Floor) setStatus(c SetStatus) error {
	a, err := f.selfOrSupervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	if !c.Until.IsZero() && !c.Until.After(f.now) {
		return refuse("past", "The end of the status is in the past.")
	}
	if strings.ContainsFunc(c.Reason, unicode.IsControl) {
		return refuse("bad_status", "The reason has a line break or another control character; write plain words.")
	}
	d := presence.Declaration{Status: c.Status, Reason: c.Reason, Until: c.Until, By: c.By}
	switch a.Presence.Declare(f.now, d) {
	case presence.Refused:
		return refuse("bad_status", "%s cannot be declared; take available, not_ready, on_break, away or offline.", c.Status)
	case presence.Later:
		f.remark = "from the end of the call on"
	case presence.EndsACW:
		f.remark = "the after-call work ended by it"
	case presence.Now:
	}
	a.by = c.By
	if c.Status == presence.Available {
		a.Presence.Strikes, a.rest = 0, time.Time{}
	}
	f.settled(a)
	return nil
}

func (f *Floor) cancelPending(c CancelPending) error {
	a, err := f.selfOrSupervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	if a.Presence.Pending == nil {
		return refuse("nothing_pending", "%s has asked for nothing that is still to come.", a.Name)
	}
	a.Presence.Pending = nil
	f.touch(a)
	return nil
}

func (f *Floor) wrapUpCommand(c WrapUp) error {
	a, err := f.selfOrSupervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	if a.Presence.Activity != presence.WrapUp {
		return refuse("not_in_acw", "%s is not in after-call work.", a.Name)
	}
	if c.Continue {
		a.Presence.Continue()
	} else {
		a.Presence.EndWrapUp(f.now)
	}
	f.settled(a)
	return nil
}

func (f *Floor) endCallCommand(c EndCall) error {
	v := f.calls[c.Call]
	if v == nil {
		return refuse("unknown_call", "There is no live call %s.", c.Call)
	}
	if err := f.seesCall(c.By, v); err != nil {
		return err
	}
	by := c.By
	if by == "" {
		by = "system"
	}
	f.endCall(v, call.Forced, by)
	return nil
}

// answers remembers what was answered to a request id, the last ones only.
type answers struct {
	done map[string]error
	keys []string
}

const answersKept = 4096

func (a *answers) get(key string) (error, bool) {
	err, ok := a.done[key]
	return err, ok
}

func (a *answers) put(key string, err error) {
	if len(a.keys) == answersKept {
		delete(a.done, a.keys[0])
		a.keys = append(a.keys[:0], a.keys[1:]...)
	}
	a.done[key] = err
	a.keys = append(a.keys, key)
}

func requestKey(c Command) (string, bool) {
	switch c := c.(type) {
	case Switch:
		return "switch\x00" + c.By + "\x00" + c.Agent + "\x00" + c.RequestID, c.RequestID != ""
	case ForceLogout:
		return "force_logout\x00" + c.By + "\x00" + c.Agent + "\x00" + c.RequestID, c.RequestID != ""
	default:
		return "", false
	}
}
