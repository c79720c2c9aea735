package telagent

import (
	"fmt"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Plan says what a Switch would do, without doing it. The error, if any, is a *Refusal.
func (f *Floor) Plan(now time.Time, c Switch) (SwitchPlan, error) {
	f.begin(now)
	a, err := f.switcher(c)
	if err != nil {
		return SwitchPlan{}, err
	}
	targets, err := f.switchable(a, &c)
	if err != nil {
		return SwitchPlan{}, err
	}
	p := SwitchPlan{Agent: a.ID, Target: targets[0].String(), Reachable: f.reachable(targets[0]), Free: f.free()}
	if targets[0].Device == call.PSTN && a.visit != nil {
		p.Channels = 1
	}
	switch a.Presence.Activity {
	case presence.Talking:
		p.Call = fmt.Sprintf("The talk with %s goes on while %s rings; it moves when it is answered.", shownParty(a.visit.from), p.Target)
	case presence.CutOff:
		p.Call = fmt.Sprintf("%s hears comfort audio until %s is answered.", shownParty(a.visit.from), p.Target)
	case presence.Offered:
		p.Call = fmt.Sprintf("The offer of %s rings at %s instead.", shownParty(a.visit.from), p.Target)
	case presence.Idle, presence.WrapUp, presence.Dialling:
	}
	p.Status = "The status stays " + strings.ReplaceAll(a.Presence.Status().String(), "_", " ") + "."
	if !c.Back && a.Presence.BecomesAvailable() {
		p.Status = "The status becomes available."
	}
	return p, nil
}

func shownParty(p call.Party) string {
	if p.Number == "" {
		return "the customer"
	}
	return p.Number
}
