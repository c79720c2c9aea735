package telagent

import (
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Fallback says what becomes of an agent's calls when his softphone is lost, as far as that is known before.
type Fallback struct {
	To        call.Target   // his phone, at which they go on; the zero target: he has none, and customers go back to their queues
	Automatic bool          // his team's policy moves them; else somebody has to
	After     time.Duration // from the loss in a call until the policy does, or until the customer goes back to his queue
}

// fallbackOf foresees the loss of an agent's softphone; nil: he is on a phone.
func (f *Floor) fallbackOf(a *agent) *Fallback {
	if a.Presence.Reach != presence.BySoftphone {
		return nil
	}
	p := f.policy(a.Team)
	b := &Fallback{To: a.phone("", f.bound[a.DeskPhone]), After: f.set.CutOff + f.set.RequeueAfter}
	if b.Automatic = p.CutOff == SwitchRule && b.To != (call.Target{}); b.Automatic {
		b.After = f.set.CutOff + p.Grace
	}
	return b
}
