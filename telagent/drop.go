package telagent

import (
	"maps"
	"slices"
	"time"

	"telagent-gateway/presence"
)

// DropUser removes a user who is no agent.
type DropUser struct{ By, Name string }

// DropAgent removes an agent who is signed off. What he did stays in the history.
type DropAgent struct{ By, Agent string }

// DropQueue removes a queue in which nobody is, and takes it from the agents who serve it.
type DropQueue struct{ By, Name string }

// DropProfile removes a profile that nobody wears.
type DropProfile struct{ By, Name string }

func (DropUser) command()    {}
func (DropAgent) command()   {}
func (DropQueue) command()   {}
func (DropProfile) command() {}

func (f *Floor) dropUser(c DropUser) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	u := f.users[c.Name]
	switch {
	case u == nil:
		return refuse("unknown_user", "There is no user %s.", c.Name)
	case f.agents[c.Name] != nil:
		return refuse("is_agent", "%s is an agent; remove the agent's entry.", c.Name)
	case c.Name == c.By:
		return refuse("yourself", "You cannot remove yourself; leave that to another administrator.")
	case f.isLastAdmin(c.Name):
		return refuse("last_admin", "%s is the last administrator who can sign in.", c.Name)
	case f.isInMenu(c.Name):
		return refuse("user_busy", "%s is at the access number now.", c.Name)
	}
	delete(f.users, c.Name)
	f.unlock(guesser{user: c.Name})
	f.erase(UserEntry, c.Name, c.By)
	return nil
}

// isLastAdmin says whether nobody else could do what administrators do.
func (f *Floor) isLastAdmin(name string) bool {
	can := func(u *User) bool { return u != nil && u.Role == AdminRole && u.Credentials.Password != "" }
	if !can(f.users[name]) {
		return false
	}
	for _, u := range f.users {
		if u.Name != name && can(u) {
			return false
		}
	}
	return true
}

func (f *Floor) isInMenu(user string) bool {
	for _, m := range f.menus {
		if m.user == user {
			return true
		}
	}
	return false
}

func (f *Floor) dropAgent(c DropAgent) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	a := f.agents[c.Agent]
	if a == nil {
		return refuse("unknown_agent", "There is no agent %s.", c.Agent)
	}
	if err := f.mayGo(a, c.By); err != nil {
		return err
	}
	f.displace(a)
	f.unindex(a)
	f.hush(a)
	f.unstick(a)
	if a.missed {
		f.say(AlarmCleared{Time: f.now, Code: "rna", Subject: a.ID, Team: a.Team})
	}
	for _, t := range []*timer{&a.timer, &a.trouble.timer, &a.nail.timer} {
		f.timers.set(t, time.Time{}, nil)
	}
	for _, g := range f.gatherings {
		if g.members[a.ID] {
			delete(g.members, a.ID)
			g.stale = true
		}
	}
	for _, b := range f.batches {
		for _, m := range b.members {
			if m.agent == a {
				m.agent = nil // there is nothing to take back any more
			}
		}
	}
	for _, t := range f.schedules {
		t.refused = slices.DeleteFunc(t.refused, func(r *agent) bool { return r == a })
	}
	f.forgetLife(a.ID)
	f.unlock(guesser{user: a.ID})
	delete(f.owners, a.ID)
	f.forgetSaid(a.ID)
	f.forgetSaid(a.DeskPhone)
	delete(f.starved, a.ID)
	delete(f.users, a.ID)
	delete(f.agents, a.ID)
	if a.kept != (LiveAgent{}) {
		f.say(PartKept{Part: LivePart{Kind: AgentPart, ID: a.ID}, Gone: true})
	}
	a.isDirty = false
	f.dirty = slices.DeleteFunc(f.dirty, func(d *agent) bool { return d == a })
	f.erase(AgentEntry, a.ID, c.By)
	return nil
}

// mayGo says why an agent cannot be removed now.
func (f *Floor) mayGo(a *agent, by string) error {
	p := &a.Presence
	rings := f.trial != nil && f.trial.agent == a
	for _, l := range f.legs {
		rings = rings || l.agent == a
	}
	switch {
	case by == a.ID:
		return refuse("yourself", "You cannot remove yourself; leave that to an administrator.")
	case a.visit != nil:
		return refuse("agent_busy", "%s is in a call.", a.Name)
	case rings || a.move != nil || a.menu != nil || a.member != nil || f.isInMenu(a.ID):
		return refuse("agent_busy", "A phone of %s is in use.", a.Name)
	case p.Then() != presence.Offline || p.Activity != presence.Idle || len(p.Shifts) > 0:
		return refuse("agent_signed_on", "%s is signed on; log him out first.", a.Name)
	}
	for _, name := range sortedKeys(f.schedules) {
		for _, m := range f.schedules[name].Members {
			if m.Agent == a.ID {
				return refuse("in_schedule", "%s is in the schedule %s; take him out of it first.", a.Name, name)
			}
		}
	}
	return nil
}

func (f *Floor) dropQueue(c DropQueue) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	q := f.queues[c.Name]
	if q == nil {
		return refuse("unknown_queue", "There is no queue %s.", c.Name)
	}
	if err := f.mayClose(q); err != nil {
		return err
	}
	for _, id := range sortedKeys(f.agents) {
		a := f.agents[id]
		if a.Queues[q.Name] == 0 {
			continue
		}
		a.Queues = maps.Clone(a.Queues) // others were told of the old ones
		delete(a.Queues, q.Name)
		f.touch(a)
		f.revise(AgentEntry, id, c.By)
	}
	f.timers.set(&q.timer, time.Time{}, nil)
	for _, n := range q.Numbers {
		delete(f.numbers, n)
	}
	delete(f.queues, q.Name)
	if q.kept != (LiveQueue{}) {
		f.say(PartKept{Part: LivePart{Kind: QueuePart, ID: q.Name}, Gone: true})
	}
	f.hungry = slices.DeleteFunc(f.hungry, func(l *line) bool { return l == q })
	f.stale = slices.DeleteFunc(f.stale, func(l *line) bool { return l == q })
	f.erase(QueueEntry, q.Name, c.By)
	return nil
}

// mayClose says why a queue cannot be removed now.
func (f *Floor) mayClose(q *line) error {
	if n := q.waiting.Len(); n > 0 {
		return refuse("queue_busy", "%d wait in %s.", n, q.Name)
	}
	for _, v := range f.calls {
		if v.line == q {
			return refuse("queue_busy", "A call of %s is up; it may come back to the queue.", q.Name)
		}
	}
	for _, name := range sortedKeys(f.queues) {
		if other := f.queues[name]; other != q && (other.Overflow.Queue == q.Name || other.Hours.Closed.Queue == q.Name) {
			return refuse("queue_used", "The queue %s sends its callers to %s; change that first.", name, q.Name)
		}
	}
	for _, p := range f.listedProfiles() {
		if contains(p.Queues, q.Name) {
			return refuse("queue_used", "The profile %s is for calls of %s; change that first.", p.Name, q.Name)
		}
	}
	return nil
}

func (f *Floor) dropProfile(c DropProfile) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	if _, is := f.profiles[c.Name]; !is {
		return refuse("unknown_profile", "There is no profile %s.", c.Name)
	}
	for _, id := range sortedKeys(f.agents) {
		p := f.agents[id].Presence
		if p.Profile.Name == c.Name || p.Pending != nil && p.Pending.Profile == c.Name {
			return refuse("profile_worn", "%s wears the profile %s.", f.agents[id].Name, c.Name)
		}
	}
	delete(f.profiles, c.Name)
	f.erase(ProfileEntry, c.Name, c.By)
	return nil
}
