package telagent

import (
	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// regain rings an agent's softphone once more for the call that he is in on it. The leg that he had keeps the seat until the
// new one is answered: nobody knows better than his page that it is worth nothing, and if it is wrong nothing is lost.
func (f *Floor) regain(c Regain) error {
	a, err := f.self(c.By, c.Agent)
	if err != nil {
		return err
	}
	on := a.talksOn()
	switch {
	case a.move != nil:
		return refuse("already_switching", "%s is being switched already, by %s.", a.Name, who(a.move.record.By))
	case a.Presence.Reach != presence.BySoftphone || on == nil && a.Presence.Activity != presence.CutOff || on != nil && on.target.Device != call.Softphone:
		return refuse("not_talking", "%s is in no call on the softphone.", a.Name)
	case !f.isThere(a.ID):
		return refuse("softphone_unreachable", "%s's softphone is not registered.", a.Name)
	}
	m := &move{agent: a, back: true, again: true, why: f.whyOf(a, c.By), record: SwitchRecord{Agent: a.ID, Call: a.visit.id, Back: true, By: c.By, Began: f.now}}
	return f.startMove(m, [][]call.Target{{{Device: call.Softphone, AOR: a.ID}}})
}

// talksOn returns the leg that an agent has in a call that is up; nil: he has none.
func (a *agent) talksOn() *leg {
	switch {
	case a.visit == nil:
		return nil
	case a.guest != nil && a.guest.isUp():
		return a.guest.leg
	case a.guest == nil && a.Presence.Activity == presence.Talking:
		return a.visit.seat
	}
	return nil
}
