package telagent

import (
	"telagent-gateway/presence"
)

// setInOffice sets one agent away, or available again, in one office (S51, S52).
func (f *Floor) setInOffice(c SetStatus) error {
	a := f.agents[c.Agent]
	u := f.asker(c.By)
	led := u != nil && u.Role == SupervisorRole && contains(u.Offices, c.Office) && a != nil && contains(a.Offices, c.Office)
	if !led {
		var err error
		if a, err = f.selfOrSupervised(c.By, c.Agent); err != nil {
			return err
		}
	}
	if err := f.current(a, c.Seen, c.By); err != nil {
		return err
	}
	switch {
	case c.Status != presence.Away && c.Status != presence.Available:
		return refuse("bad_status", "In an office one is away or available, not %s.", c.Status)
	case c.Profile != "" || !c.Until.IsZero():
		return refuse("bad_status", "A profile and an end are for all offices; leave them out.")
	case !contains(a.Offices, c.Office):
		return refuse("unknown_office", "%s is not in an office %s.", a.Name, c.Office)
	case c.Status == presence.Available && !f.mayFree(c.By, a):
		return refuse("may_not_set_available", "You may not set others available.")
	}
	f.putInOffice(a, c.Office, c.Status == presence.Away, c.By)
	a.active = f.now
	return nil
}

// setOffice does the same to everybody in an office whom the user may set so.
func (f *Floor) setOffice(c SetOffice) error {
	u := f.asker(c.By)
	if c.By != "" && (u == nil || u.Role == AgentRole) {
		return refuse("not_supervisor", "Only a supervisor may do this.")
	}
	all := c.By == "" || u.Role == AdminRole || contains(u.Offices, c.Office)
	var agents []*agent
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; contains(a.Offices, c.Office) && (all || f.sees(c.By, a)) {
			agents = append(agents, a)
		}
	}
	switch {
	case len(agents) == 0:
		return refuse("unknown_office", "There is no office %s.", c.Office)
	case !c.Away && !f.mayFree(c.By, nil):
		return refuse("may_not_set_available", "You may not set others available.")
	}
	for _, a := range agents {
		f.putInOffice(a, c.Office, c.Away, c.By)
	}
	return nil
}

func (f *Floor) putInOffice(a *agent, office string, away bool, by string) {
	if a.Presence.SetOffice(f.now, office, away, by) {
		a.hand = by
		f.settled(a)
	}
}

// mayFree says whether a user may set an agent available in an office: himself, or others with a permission of its own.
func (f *Floor) mayFree(by string, a *agent) bool {
	u := f.asker(by)
	return by == "" || a != nil && by == a.ID || u != nil && (u.Role == AdminRole || u.SetsOthers)
}
