package telagent

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"telagent-gateway/presence"
)

// restore puts an agent on the Floor as the store gave him back. Who is in a call that goes on stays so, see Resume. Who was
// in another one has after-call work to do, which counts from the first Tick.
func (f *Floor) restore(stored Agent, isIn bool) {
	p, handled := &stored.Presence, false
	was := saidOf(p)
	f.leaveDenied(&stored)
	reached := (&agent{Agent: stored}).reached()
	switch act := p.Activity; {
	case isIn, act == presence.Idle, act == presence.WrapUp:
	case act == presence.Offered, act == presence.Dialling:
		p.Leave(p.Since)
	default:
		handled = true
		p.EndWork(p.Since, time.Nanosecond)
	}
	a := &agent{Agent: stored, by: p.Declared.By, shown: p.Status(), gone: !p.PageClosed.IsZero()}
	a.toldReach, a.said = reached, was
	a.count()
	f.agents[a.ID] = a
	f.index(a)
	f.scheduleAgent(a)
	if handled {
		f.timers.set(&a.timer, p.WrapUpUntil, func(f *Floor) { f.resumeWork(a) })
	} else if len(p.Shifts) > 0 { // a call kept him at his softphone
		f.timers.set(&a.timer, p.Since, func(f *Floor) { f.settled(a) })
	}
	f.place(a)
	if a.nailedUp() { // its leg went with the gateway
		f.timers.set(&a.nail.timer, p.Since, func(f *Floor) { f.touch(a) })
	}
}

// resumeWork begins the after-call work of a call that ended with the gateway.
func (f *Floor) resumeWork(a *agent) {
	a.Presence.Since = f.now
	if d := f.wrapUp(a); d > 0 {
		a.Presence.WrapUpUntil = f.now.Add(d)
	} else {
		a.Presence.EndWrapUp(f.now)
	}
	f.settled(a)
}

// index makes an agent found by his phones, and his phones known.
func (f *Floor) index(a *agent) {
	f.owners[a.ID], a.open = a, f.numbersInOrder(a)
	if a.DeskPhone != "" {
		f.owners[a.DeskPhone] = a
	}
	for _, n := range a.Direct {
		f.direct[n] = a
	}
}

func (f *Floor) unindex(a *agent) {
	if a.DeskPhone != "" {
		delete(f.owners, a.DeskPhone)
		f.forgetLife(a.DeskPhone)
	}
	for _, n := range a.Direct {
		delete(f.direct, n)
	}
	f.displace(a)
}

func (f *Floor) putUserCommand(c PutUser) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	u := c.User
	switch {
	case u.Name == "":
		return refuse("bad_user", "A user needs a name.")
	case u.Role > AdminRole:
		return refuse("bad_user", "%s has a role that does not exist.", u.Name)
	case u.Role != AdminRole && f.isLastAdmin(u.Name):
		return refuse("last_admin", "%s is the last administrator who can sign in.", u.Name)
	}
	if a := f.agents[u.Name]; a != nil && (u.Role != a.Role || !slices.Equal(u.Teams, a.teams())) {
		return refuse("is_agent", "%s is an agent; change the agent's entry.", u.Name)
	}
	if a := f.agents[u.Name]; a != nil {
		if err := checkPIN(a.Agent, u.Credentials); err != nil {
			return err
		}
	}
	if a := f.agents[u.Name]; a == nil && u.Role == AgentRole {
		return refuse("bad_user", "%s would be an agent; add an agent's entry.", u.Name)
	}
	if o := f.owners[u.Name]; o != nil && o.ID != u.Name {
		return refuse("name_taken", "%s is the name of a desk phone.", u.Name)
	}
	for _, a := range f.agents {
		if u.PhoneID != "" && a.PhoneID == u.PhoneID {
			return refuse("phone_id_taken", "The phone id %s belongs to %s already.", u.PhoneID, a.Name)
		}
	}
	for _, other := range f.users {
		if u.PhoneID != "" && other.PhoneID == u.PhoneID && other.Name != u.Name {
			return refuse("phone_id_taken", "The phone id %s belongs to %s already.", u.PhoneID, other.Name)
		}
	}
	if f.putUser(u) {
		kind := UserEntry
		if f.agents[u.Name] != nil {
			kind = AgentEntry
		}
		f.revise(kind, u.Name, c.By)
	}
	return nil
}

// putUser says whether it changed anything.
func (f *Floor) putUser(u User) bool {
	if was := f.users[u.Name]; was != nil && reflect.DeepEqual(*was, u) {
		return false
	}
	if was := f.users[u.Name]; was != nil && was.Credentials.PIN != u.Credentials.PIN {
		f.unlock(guesser{user: u.Name})
	}
	f.users[u.Name] = &u
	f.say(UserChanged{User: u})
	return true
}

func (f *Floor) putAgentCommand(c PutAgent) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	entry := c.Entry // the caller may go on writing to what it shares
	if err := f.checkEntry(&entry); err != nil {
		return err
	}
	var creds Credentials
	if was := f.users[entry.ID]; was != nil {
		creds = was.Credentials
	}
	if c.Credentials != nil {
		creds = *c.Credentials
	}
	if err := checkPIN(entry, creds); err != nil {
		return err
	}
	entry.Queues, entry.Offices = maps.Clone(entry.Queues), slices.Clone(entry.Offices)
	a := f.agents[entry.ID]
	changed := a == nil || !sameEntry(a.Agent, entry)
	if a == nil {
		a = &agent{Agent: entry, isNew: true}
		a.Presence = Presence{Since: f.now, IdleSince: f.now}
		f.agents[a.ID] = a
		f.touch(a)
	} else {
		f.unindex(a)
		entry.Presence = a.Presence
		if changed {
			f.touch(a)
			if a.visit != nil {
				f.touchCall(a.visit)
			}
		}
		a.Agent = entry
		f.leaveDenied(&a.Agent)
		f.forgetStations(a)
	}
	f.index(a)
	if f.putUser(User{Name: a.ID, Role: a.Role, Teams: a.teams(), Credentials: creds}) || changed {
		f.revise(AgentEntry, a.ID, c.By)
	}
	f.place(a)
	return nil
}

// checkEntry checks an entry and makes its numbers what is dialled.
func (f *Floor) checkEntry(e *Agent) (err error) {
	if e.ID == "" {
		return refuse("bad_agent", "An agent needs an id.")
	}
	if u := f.users[e.ID]; u != nil && f.agents[e.ID] == nil {
		return refuse("name_taken", "%s is a user who is no agent.", e.ID)
	}
	if e.Role > SupervisorRole || e.Role == AgentRole && len(e.Supervises) > 0 {
		return refuse("bad_agent", "%s is an agent or a supervisor; only a supervisor sees teams.", e.ID)
	}
	if o := f.owners[e.ID]; o != nil && o.ID != e.ID {
		return refuse("name_taken", "%s is the name of a desk phone.", e.ID)
	}
	for _, other := range f.agents {
		if e.PhoneID != "" && other.PhoneID == e.PhoneID && other.ID != e.ID {
			return refuse("phone_id_taken", "The phone id %s belongs to %s already.", e.PhoneID, other.Name)
		}
	}
	for _, u := range f.users {
		if e.PhoneID != "" && u.PhoneID == e.PhoneID {
			return refuse("phone_id_taken", "The phone id %s belongs to %s already.", e.PhoneID, u.Name)
		}
	}
	if e.Proof > ByPIN {
		return refuse("bad_agent", "%s proves himself by a key or by a PIN.", e.ID)
	}
	if e.Numbers, err = f.listedNumbers(e.Numbers); err != nil {
		return err
	}
	if e.Authorised, err = f.listedNumbers(e.Authorised); err != nil {
		return err
	}
	if err := f.unheld(*e); err != nil {
		return err
	}
	e.Direct = slices.Clone(e.Direct)
	for _, n := range e.Direct {
		if q := f.numbers[n]; q != nil {
			return refuse("number_taken", "%s leads to the queue %s already.", n, q.Name)
		}
		if o := f.direct[n]; o != nil && o.ID != e.ID {
			return refuse("number_taken", "%s leads to %s already.", n, o.Name)
		}
	}
	for name, level := range e.Queues {
		if f.queues[name] == nil {
			return refuse("unknown_queue", "There is no queue %s.", name)
		}
		if level < 1 {
			return refuse("bad_agent", "%s's skill level for %s is below 1.", e.ID, name)
		}
	}
	if e.DeskPhone != "" {
		if o := f.owners[e.DeskPhone]; o != nil && o.ID != e.ID {
			return refuse("phone_taken", "The desk phone %s belongs to another agent.", e.DeskPhone)
		}
		if e.DeskPhone == e.ID || f.users[e.DeskPhone] != nil {
			return refuse("phone_taken", "The desk phone %s has the name of a user; both prove themselves by it.", e.DeskPhone)
		}
	}
	return nil
}

// teams returns the teams that an agent sees as a user.
func (a Agent) teams() []string {
	if a.Role == SupervisorRole {
		return a.Supervises
	}
	return []string{a.Team}
}

func sameEntry(a, b Agent) bool {
	return a.Name == b.Name && a.Team == b.Team && a.Role == b.Role && slices.Equal(a.Supervises, b.Supervises) && slices.Equal(a.Direct, b.Direct) &&
		slices.Equal(a.Numbers, b.Numbers) && slices.Equal(a.Authorised, b.Authorised) &&
		a.DeskPhone == b.DeskPhone && maps.Equal(a.Queues, b.Queues) && slices.Equal(a.Offices, b.Offices) && a.WrapUp == b.WrapUp &&
		a.SignsOnAs == b.SignsOnAs && a.Channels == b.Channels &&
		a.PhoneID == b.PhoneID && a.Proof == b.Proof && a.Language == b.Language && a.NailedUp == b.NailedUp
}
