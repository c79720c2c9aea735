package telagent

import (
	"slices"

	"telagent-gateway/call"
)

// other is whom an agent talks with, as his page shows it: the customer, or the other agent.
func (v *visit) other(a *agent) call.Party {
	if v.customer == nil && v.owner == a {
		for _, g := range v.guests {
			if g.agent != nil && g.mode.serves() {
				return call.Party{Number: g.agent.ID, Name: g.agent.Name}
			}
		}
	}
	return v.from
}

// state is the word for what happens to a call.
func (v *visit) state() string {
	asked := v.asked()
	switch {
	case len(v.offers) > 0:
		return "offering"
	case v.waiting:
		return "waiting"
	case v.parting != "":
		return "leaving"
	case v.isOutside() && v.rung() || asked != nil && asked.handOver:
		return "transferring"
	case v.isOutside():
		return "outside"
	case v.answered.IsZero():
		return "dialling"
	case !v.cut.IsZero():
		return "cut_off"
	case asked != nil && (v.aside || asked.own != nil):
		return "consulting"
	case v.paused || v.seat != nil && v.seat.held:
		return "held"
	}
	return "talking"
}

// isOutside says whether a customer is with somebody outside, or is rung through to one, and no agent is in the call.
func (v *visit) isOutside() bool {
	return v.owner == nil && !v.waiting && len(v.offers) == 0 && v.served()
}

// rung says whether the phone of somebody rings who is to have the call, and nobody has it.
func (v *visit) rung() bool {
	return !slices.ContainsFunc(v.guests, func(g *guest) bool { return g.isUp() })
}

func (g *guest) view() GuestView {
	v := GuestView{Number: g.number, Mode: g.mode.String(), Gets: g.handOver}
	if g.agent != nil {
		v.Agent = g.agent.ID
	}
	if g.leg != nil {
		v.State = g.leg.view().State
	}
	return v
}

func (l *leg) view() LegView {
	v := LegView{
		Leg: l.id, Seat: l.seat.String(), Target: l.target.String(), State: phaseWords[l.phase], Since: l.since,
		Device: l.target.Device.String(), Began: l.began, Answered: l.answered,
	}
	if g := guestOf(l); g != nil && g.own != l {
		v.Mode = g.mode.String()
	}
	if l.agent != nil {
		v.Agent = l.agent.ID
	}
	switch {
	case l.phase != up:
	case l.held:
		v.State = "held"
	case !l.silent.IsZero():
		v.State = "silent"
	case l.seat == call.CustomerSeat && len(l.hears.from) == 0:
		v.State = "parked"
	}
	return v
}
