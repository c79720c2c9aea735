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
	v, g := a.visit, a.guest
	var r *rung
	if g != nil {
		r = &g.rung
	} else {
		r = &v.offerTo(a).rung
	}
	switch l := r.leg; {
	case !l.stays(call.Declined):
		f.drop(l, call.Declined)
	case g != nil: // a leg that stays up is in no call any more once it was let go
		f.hangAll(r, call.Declined)
		*r = rung{}
		f.guestFailed(g, call.Declined)
	default:
		f.hangAll(r, call.Declined)
		*r = rung{}
		f.offerFailed(v, v.offerTo(a), call.Declined)
	}
	return nil
}
