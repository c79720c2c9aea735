package telagent

import (
	"fmt"
	"time"

	"telagent-gateway/call"
)

// Do carries out a person's request. The error, if any, is a *Refusal; the Outcome then holds the audit line alone.
func (f *Floor) Do(now time.Time, c Command) (Outcome, error) {
	f.begin(now)
	if as, is := c.(As); is {
		c, f.below = as.Command, &as
		defer func() { f.below = nil }()
	}
	key, asked := requestKey(c)
	if asked {
		if err, done := f.answered.get(key); done {
			return f.end(), err
		}
	}
	err := f.do(c)
	if asked {
		f.keepAnswer(key, err)
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
	case Decline:
		return f.decline(c)
	case Regain:
		return f.regain(c)
	case Switch:
		a, err := f.switcher(c)
		if err != nil {
			return err
		}
		return f.switchAgent(a, c)
	case SwitchMany:
		return f.switchMany(c)
	case UndoSwitch:
		return f.undoSwitch(c)
	case ForceLogout:
		a, err := f.supervised(c.By, c.Agent)
		if err != nil {
			return err
		}
		return f.forceLogout(a, c.By)
	case AddGuest:
		return f.addGuest(c)
	case ChangeGuest:
		return f.changeGuest(c)
	case DropGuest:
		return f.dropGuest(c)
	case Transfer:
		return f.transfer(c)
	case Hold:
		return f.hold(c)
	case RecordCall:
		return f.recordCall(c)
	case RescueCall:
		return f.rescue(c)
	case EndCall:
		return f.endCallCommand(c)
	case Listen:
		return f.listen(c)
	case TestWebhook:
		return f.admin(c.By)
	case LiftBan:
		return f.admin(c.By)
	case SetOffice:
		return f.setOffice(c)
	case NoteActivity:
		return f.noteActivity(c)
	case OpenPage:
		return f.openPage(c)
	case ClosePage:
		return f.closePage(c)
	case Admit:
		return f.mayAdmit(c)
	case SetPassword:
		return f.setPassword(c)
	case Drain, Reload, Upgrade:
		return f.operate(c)
	default:
		return f.doDirectory(c)
	}
}

// doDirectory carries out what changes the directory, or the settings that people make.
func (f *Floor) doDirectory(c Command) error {
	switch c := c.(type) {
	case TestCall:
		return f.testCall(c)
	case ClearMachines:
		return f.clearMachines(c)
	case PutUser:
		return f.putUserCommand(c)
	case PutAgent:
		return f.putAgentCommand(c)
	case PutQueue:
		return f.putQueueCommand(c)
	case PutProfile:
		return f.putProfile(c)
	case PutReasons:
		return f.putReasons(c)
	case PutPolicy:
		return f.putPolicy(c)
	case PutSchedule:
		return f.putSchedule(c)
	case DropSchedule:
		return f.dropSchedule(c)
	case PutSite:
		return f.putSite(c)
	case DropSite:
		return f.dropSite(c)
	case DropUser:
		return f.dropUser(c)
	case DropAgent:
		return f.dropAgent(c)
	case DropQueue:
		return f.dropQueue(c)
	case DropProfile:
		return f.dropProfile(c)
	case Guarded:
		return f.guarded(c)
	default:
		panic(fmt.Sprintf("telagent: unknown command %T", c))
	}
}

func (f *Floor) endCallCommand(c EndCall) error {
	v := f.calls[c.Call]
	if v == nil {
		return refuse("unknown_call", "There is no live call %s.", c.Call)
	}
	if v.owner != nil && v.owner.ID == c.By { // as if he hung up his phone
		cause := call.Normal
		if v.answered.IsZero() {
			cause = call.Cancelled
		}
		f.hungUp(v, cause)
		return nil
	}
	if err := f.seesCall(c.By, v); err != nil {
		return err
	}
	if err := noEmergency(v.emergency); err != nil {
		return err
	}
	by := c.By
	if by == "" {
		by = "system"
	}
	f.toldEnd(v, "call_ended", by+" ended the call.")
	f.endCall(v, call.Forced, by)
	return nil
}

// answers remembers what was answered to a request id, the last ones only.
type answers struct {
	done map[string]answer
	keys []string
	last int
}

// answer is what was answered.
type answer struct {
	seq int
	err error // nil: it was done
}

const answersKept = 4096

func (a *answers) get(key string) (error, bool) {
	is, ok := a.done[key]
	return is.err, ok
}

// put notes an answer, and returns the key of one that is forgotten for it; empty: none is.
func (a *answers) put(key string, is answer) (forgotten string) {
	if len(a.keys) == answersKept {
		forgotten = a.keys[0]
		delete(a.done, forgotten)
		a.keys = append(a.keys[:0], a.keys[1:]...)
	}
	a.last = is.seq
	a.done[key] = is
	a.keys = append(a.keys, key)
	return forgotten
}

func requestKey(c Command) (string, bool) {
	switch c := c.(type) {
	case Switch:
		return "switch\x1f" + c.By + "\x1f" + c.Agent + "\x1f" + c.RequestID, c.RequestID != ""
	case SwitchMany:
		return "switch_many\x1f" + c.By + "\x1f" + c.RequestID, c.RequestID != ""
	case ForceLogout:
		return "force_logout\x1f" + c.By + "\x1f" + c.Agent + "\x1f" + c.RequestID, c.RequestID != ""
	case AddGuest:
		return "add_guest\x1f" + c.By + "\x1f" + string(c.Call) + "\x1f" + c.RequestID, c.RequestID != ""
	case Transfer:
		return "transfer\x1f" + c.By + "\x1f" + string(c.Call) + "\x1f" + c.RequestID, c.RequestID != ""
	default:
		return "", false
	}
}
