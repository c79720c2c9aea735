package telagent

import (
	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// decline turns down what rings for an agent, as the key 2 does at a phone: somebody else is rung, and it is no strike.
func (f *Floor) decline(c Decline) error {
	a, err := f.self(c.By, c.Agent)
	if err != nil {
		return err
	}
	if a.visit == nil || a.Presence.Activity != presence.Offered {
		return refuse("not_ringing", "Nothing rings for %s.", a.Name)
	}
	a.active = f.now
	if a.guest != nil {
		f.drop(a.guest.leg, call.Declined)
	} else {
		f.drop(a.visit.offerTo(a).leg, call.Declined)
	}
	return nil
}
