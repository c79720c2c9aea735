package telagent

import (
	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// mostGuests is how many may be in one call beside the customer and the agent in the seat: each of them costs the mixer a
// mix, and a channel or a phone.
const mostGuests = 10

// addGuest rings somebody for a call that is up.
func (f *Floor) addGuest(c AddGuest) error {
	v, err := f.ledCall(c.By, c.Call, c.Mode)
	if err != nil {
		return err
	}
	who := c.Agent
	if who == "" && c.Mode.isSupervision() {
		who = c.By
	}
	g := &guest{visit: v, mode: c.Mode}
	if err := f.invitable(g, v.owner, who, c.Number); err != nil {
		return err
	}
	if c.Mode.isSupervision() {
		if u := f.asker(who); u == nil || u.Role == AgentRole || c.By != "" && c.By != who && !f.sees(c.By, g.agent) {
			return refuse("not_supervisor", "Only a supervisor may listen, whisper or barge in.")
		}
	}
	if c.Mode == Consult {
		if v.asked() != nil {
			return refuse("already_consulting", "Somebody is asked already.")
		}
		v.aside = true
	}
	f.invite(g)
	f.mix(v)
	return nil
}

// invitable checks whom a guest would be, and notes it in g with what would ring.
func (f *Floor) invitable(g *guest, owner *agent, who, number string) error {
	switch {
	case (who == "") == (number == ""):
		return refuse("bad_guest", "Name either an agent or a number.")
	case len(g.visit.guests) >= mostGuests:
		return refuse("too_many_guests", "There are %d guests in this call, and no room for another.", mostGuests)
	}
	if number != "" {
		if g.mode != Consult && g.mode != Conference {
			return refuse("bad_guest", "A number can be consulted or join a conference, nothing else.")
		}
		n, err := f.outside(owner, number)
		if err != nil {
			return err
		}
		g.number = n
		if f.isEmergency(n) {
			g.helps = owner.ID
		}
		return nil
	}
	a := f.agents[who]
	if a == nil {
		return refuse("unknown_agent", "There is no agent %s.", who)
	}
	g.agent = a
	return f.mayJoin(a, g.mode)
}

// mayJoin says why an agent cannot be rung by a colleague, or listen (S50).
func (f *Floor) mayJoin(a *agent, mode Mode) error {
	act := a.Presence.Activity
	switch {
	case a.visit != nil || act != presence.Idle && (mode.talks() || act != presence.WrapUp):
		return refuse("agent_busy", "%s is busy.", a.Name)
	case !mode.isSupervision() && !a.Presence.May(presence.InternalCall):
		return refuse("agent_unavailable", "%s takes no calls now.", a.Name)
	case len(f.targets(a)) == 0:
		return refuse("agent_unreachable", "%s has no phone that can be rung.", a.Name)
	}
	return nil
}

// invite rings a guest who was found invitable.
func (f *Floor) invite(g *guest) { f.inviteAt(g, f.stationsOf(g)) }

func (f *Floor) inviteAt(g *guest, stations [][]call.Target) {
	v := g.visit
	v.guests = append(v.guests, g)
	if g.helps != "" {
		f.say(AlarmRaised{Time: f.now, Code: "emergency_call", Subject: g.helps, Team: v.team, Sentence: g.helps + "'s call is connected with " + g.number + "."})
	}
	if a := g.agent; a != nil {
		a.visit, a.guest = v, g
		if g.mode.talks() {
			a.Presence.Enter(presence.Offered)
		}
		f.settled(a)
		f.place(a)
	}
	if !f.ringGuest(g, stations) {
		f.guestOut(g, call.NoCapacity)
	}
	f.touchCall(v)
}

// stationsOf returns what rings for a guest at once.
func (f *Floor) stationsOf(g *guest) [][]call.Target {
	if g.agent == nil {
		return [][]call.Target{{{Device: call.PSTN, Number: g.number}}}
	}
	return f.stations(g.agent)
}

// ringGuest rings a guest's stations and says whether anything rings.
func (f *Floor) ringGuest(g *guest, stations [][]call.Target) bool {
	until := f.now.Add(f.set.RingTime)
	if g.agent == nil {
		until = f.now.Add(f.set.DialTime)
	} else {
		f.touch(g.agent)
	}
	rings := f.ring(&g.rung, stations, until, func(t call.Target) *leg {
		l := f.dial(g.visit, call.GuestSeat, g.agent, t, f.introduced(g, t))
		if a := g.visit.owner; l != nil && g.agent == nil && a != nil && !g.emergency {
			l.dialler = a
			l.count(f.now, &a.usage)
			f.touch(a) // which is kept
		}
		return l
	})
	f.schedule(g.visit)
	return rings
}

// introduced is what a guest's phone shows: who asks for him, or that it is about listening.
func (f *Floor) introduced(g *guest, target call.Target) call.Party {
	a := g.visit.owner
	switch {
	case a == nil:
		return f.presented(g.visit, target, "")
	case g.agent == nil:
		return f.callerID(a)
	case g.mode.isSupervision():
		return call.Party{Number: f.shownNumber(target, a.ID), Name: modeWords[g.mode] + " " + a.Name}
	}
	return call.Party{Number: f.shownNumber(target, a.ID), Name: a.Name}
}

// shownNumber is a colleague's id on our own phones, and our access number elsewhere.
func (f *Floor) shownNumber(target call.Target, id string) string {
	if target.Device == call.PSTN {
		return f.set.AccessNumber
	}
	return id
}
