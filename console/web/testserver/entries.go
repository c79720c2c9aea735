package main

import (
	"context"
	"time"

	"telagent-gateway/console"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// directory returns what people set up.
func (o *office) directory(context.Context) (telagent.State, error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	return o.s.floor.State(), nil
}

// putEntry puts an entry without the checks of a directory file: what the Floor refuses is refused, and nothing else.
func (o *office) putEntry(ctx context.Context, by string, e console.Entry, s console.Secrets, guard func(telagent.Command) telagent.Command) error {
	credentials, err := o.credentials(e, s)
	if err != nil {
		return err
	}
	var c telagent.Command
	switch e := e.(type) {
	case console.UserEntry:
		role := map[string]telagent.Role{"admin": telagent.AdminRole, "supervisor": telagent.SupervisorRole}[e.Role]
		c = telagent.PutUser{By: by, User: telagent.User{
			Name: e.Name, Role: role, Teams: e.Teams, Offices: e.Offices, SetsOthers: e.SetsOthers, PhoneID: e.PhoneID, Credentials: credentials,
		}}
	case console.AgentEntry:
		c = telagent.PutAgent{By: by, Entry: agentOf(e), Credentials: &credentials}
	case console.QueueEntry:
		c = telagent.PutQueue{By: by, Queue: queueOf(e)}
	case console.ProfileEntry:
		types := map[string]presence.ProfileType{
			"available": presence.AvailableProfile, "away": presence.AwayProfile, "tentative": presence.TentativeProfile, "conference": presence.ConferenceProfile, "break": presence.BreakProfile,
		}
		c = telagent.PutProfile{By: by, Profile: presence.Profile{
			Name: e.Name, Type: types[e.Type], Duration: span(e.DurationS), Queues: e.Queues, Reason: e.Reason, Order: e.Order,
		}}
	}
	return o.s.Do(ctx, guard(c))
}

func span(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// credentials are those that somebody has, with a new password.
func (o *office) credentials(e console.Entry, s console.Secrets) (c telagent.Credentials, err error) {
	name := ""
	switch e := e.(type) {
	case console.UserEntry:
		name = e.Name
	case console.AgentEntry:
		name = e.ID
	}
	for _, u := range o.s.View().Users {
		if u.Name == name {
			c = u.Credentials
		}
	}
	if s.Password != "" {
		c.Password, err = console.HashPassword(s.Password)
	}
	return c, err
}

func agentOf(e console.AgentEntry) telagent.Agent {
	a := telagent.Agent{
		ID: e.ID, Name: e.Name, Team: e.Team, Numbers: e.Numbers, Authorised: e.Authorised, Direct: e.Direct, DeskPhone: e.DeskPhone,
		Queues: e.Queues, Offices: e.Offices, PhoneID: e.PhoneID, Language: e.Language, NailedUp: e.NailedUp, Supervises: e.Supervises,
	}
	if a.Name == "" {
		a.Name = e.ID
	}
	if e.Role == "supervisor" {
		a.Role = telagent.SupervisorRole
	}
	if e.WrapUpS != nil {
		a.WrapUp = max(span(*e.WrapUpS), -1)
	}
	return a
}

func queueOf(e console.QueueEntry) telagent.Queue {
	q := telagent.Queue{
		Name: e.Name, Numbers: e.Numbers, Strategy: e.Strategy, Priority: 5, Office: e.Office, CallingName: e.CallingName, ShowCaller: e.ShowCaller,
		Record: e.Record, CallerID: e.CallerID, RingTime: span(e.RingS), Widen: span(e.WidenS), MaxWait: span(e.MaxWaitS),
	}
	if e.Priority != nil {
		q.Priority = *e.Priority
	}
	if e.Hours != nil {
		q.Hours = telagent.Hours{Zone: e.Hours.Zone, Week: e.Hours.Week, Dates: e.Hours.Dates}
	}
	return q
}
