package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/telagent"
)

// Passwords of the stage's users, by name.
var passwords = map[string]string{"boss": "boss-password", "ana": "ana-password"}

// stage is the made-up floor.
type stage struct {
	console *console.Console
	now     func() time.Time

	mu   sync.Mutex
	view telagent.View
}

func newStage(now func() time.Time) (*stage, error) {
	s := &stage{now: now}
	t := now()
	ago := func(d time.Duration) time.Time { return t.Add(-d) }
	add := func(id, name, team, status, activity string, since time.Duration, more func(*telagent.AgentView)) {
		a := telagent.AgentView{
			ID: id, Name: name, Team: team, Status: status, Declared: "available", Activity: activity, Since: ago(since),
			Reach: "softphone", Device: id + "@softphone", Reachable: "reachable", Queues: map[string]int{team: 1},
			Numbers: []string{fmt.Sprintf("+4930123450%02d", len(s.view.Agents))},
		}
		if more != nil {
			more(&a)
		}
		s.view.Agents = append(s.view.Agents, a)
	}
	calls := func(id, queue, state, agent, number, name string, priority int, began time.Duration) {
		s.view.Calls = append(s.view.Calls, telagent.CallView{
			ID: call.ID(id), From: call.Party{Number: number, Name: name}, To: "+18005550100", Queue: queue,
			Priority: priority, State: state, Began: ago(began), Agent: agent,
		})
		if i := slices.IndexFunc(s.view.Agents, func(a telagent.AgentView) bool { return a.ID == agent }); i >= 0 {
			s.view.Agents[i].Call, s.view.Agents[i].Customer = call.ID(id), call.Party{Number: number, Name: name}
		}
	}
	people(add, t)
	calls("c1", "support", "talking", "ana", "+491701234567", "Meyer GmbH", 5, 5*time.Minute)
	calls("c2", "support", "cut_off", "jonas", "+33142685300", "", 5, 9*time.Minute)
	calls("c3", "billing", "talking", "mia", "+441632960961", "Harper & Sons", 5, 14*time.Minute)
	calls("c4", "support", "offering", "paul", "+491512345678", "", 5, 40*time.Second)
	calls("c5", "support", "waiting", "", "+498912340", "Autohaus Lenz", 11, 3*time.Minute)
	calls("c6", "support", "waiting", "", "+393331234567", "", 5, 25*time.Second)
	calls("c7", "billing", "waiting", "", "", "", 5, 70*time.Second)
	s.view.Queues = []telagent.QueueView{
		{Name: "billing", Waiting: 1, LongestAt: ago(70 * time.Second), Available: 2},
		{Name: "support", Waiting: 3, LongestAt: ago(3 * time.Minute), Available: 3},
	}
	for name, role := range map[string]telagent.Role{"ana": telagent.AgentRole, "boss": telagent.SupervisorRole} {
		hash, err := console.HashPassword(passwords[name])
		if err != nil {
			return nil, err
		}
		s.view.Users = append(s.view.Users, telagent.User{
			Name: name, Role: role, Teams: []string{"support", "billing"}, Credentials: telagent.Credentials{Password: hash},
		})
	}
	return s, nil
}

func people(add func(id, name, team, status, activity string, since time.Duration, more func(*telagent.AgentView)), t time.Time) {
	add("ana", "Ana Kovač", "support", "in_line", "talking", 4*time.Minute+12*time.Second, nil)
	add("ben", "Ben Okafor", "support", "available", "idle", 2*time.Minute, func(a *telagent.AgentView) {
		a.Reach, a.Device, a.Reachable = "phone", "+493012345601", "unknown"
		a.LastSwitch = &telagent.SwitchRecord{
			Agent: "ben", By: "boss", To: "+493012345601", Began: t.Add(-130 * time.Second), Ended: t.Add(-2 * time.Minute), Result: "done",
		}
	})
	add("carla", "Carla Rossi", "billing", "acw", "wrap_up", 11*time.Second, func(a *telagent.AgentView) {
		a.Until, a.Pending = t.Add(19*time.Minute), "on_break"
	})
	add("david", "David Lindqvist", "support", "available", "idle", 38*time.Second, func(a *telagent.AgentView) { a.Numbers = nil })
	add("elif", "Elif Yıldız", "support", "on_break", "idle", 12*time.Minute, func(a *telagent.AgentView) {
		a.Declared, a.Reason, a.Until = "on_break", "Lunch", t.Add(18*time.Minute)
	})
	add("farid", "Farid Haddad", "billing", "away", "idle", 7*time.Minute, func(a *telagent.AgentView) {
		a.Declared, a.Reason, a.Strikes = "away", "RNA", 2
	})
	add("greta", "Greta Nowak", "support", "not_ready", "idle", 3*time.Minute, func(a *telagent.AgentView) { a.Declared = "not_ready" })
	add("hugo", "Hugo Fernández", "billing", "available", "idle", 6*time.Minute, nil)
	add("ines", "Inês Carvalho", "billing", "available", "idle", 51*time.Second, func(a *telagent.AgentView) {
		a.DeskPhone, a.Device, a.Reach = "ines-desk", "ines-desk@desk", "phone"
	})
	add("jonas", "Jonas Weber", "support", "in_line", "cut_off", 8*time.Minute, func(a *telagent.AgentView) { a.Reachable = "unreachable" })
	add("kemal", "Kemal Aydın", "support", "available", "idle", time.Minute, func(a *telagent.AgentView) { a.Reachable = "unreachable" })
	add("mia", "Mia Thompson", "billing", "in_line", "talking", 13*time.Minute, func(a *telagent.AgentView) {
		a.Switching = &telagent.SwitchRecord{Agent: "mia", By: "boss", To: "+493012345611", Began: t.Add(-6 * time.Second)}
	})
	add("noor", "Noor Bakker", "support", "offline", "idle", 4*time.Hour, func(a *telagent.AgentView) {
		a.Declared, a.Reachable = "offline", "unreachable"
	})
	add("paul", "Paul Schneider", "support", "ringing", "offered", 7*time.Second, nil)
}

// View returns a copy that nobody changes any more.
func (s *stage) View() *telagent.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.view
	v.Now = s.now()
	v.Agents, v.Calls, v.Queues = slices.Clone(v.Agents), slices.Clone(v.Calls), slices.Clone(v.Queues)
	return &v
}

// Do carries out what the page can ask for.
func (s *stage) Do(_ context.Context, c telagent.Command) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c := c.(type) {
	case telagent.Switch:
		return s.move(c)
	case telagent.ForceLogout:
		return s.logout(c)
	}
	return nil
}

// Plan says what the page shows in its confirm box.
func (s *stage) Plan(_ context.Context, c telagent.Switch) (telagent.SwitchPlan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, refusal := s.may(c)
	if refusal != nil {
		return telagent.SwitchPlan{}, refusal
	}
	a := s.view.Agents[i]
	p := telagent.SwitchPlan{
		Agent: a.ID, Target: a.ID + "@softphone", Reachable: "reachable", Free: 24, Status: "Stays " + a.Status + ".",
	}
	if !c.Back {
		p.Target, p.Reachable, p.Channels = s.number(c, a), "unknown", 1
	}
	if a.Call != "" {
		p.Call = "The phone rings while the talk goes on; it moves when 1 is pressed."
	}
	return p, nil
}

func (s *stage) number(c telagent.Switch, a telagent.AgentView) string {
	if c.Number != "" {
		return c.Number
	}
	return a.Numbers[0]
}

func (s *stage) may(c telagent.Switch) (int, *telagent.Refusal) {
	i := slices.IndexFunc(s.view.Agents, func(a telagent.AgentView) bool { return a.ID == c.Agent })
	switch {
	case i < 0:
		return 0, &telagent.Refusal{Code: "unknown_agent", Sentence: "There is no agent " + c.Agent + "."}
	case s.view.Agents[i].Switching != nil:
		return 0, &telagent.Refusal{Code: "already_switching", Sentence: "boss is switching this agent already."}
	case !c.Back && len(s.view.Agents[i].Numbers) == 0 && c.Number == "":
		return 0, &telagent.Refusal{Code: "no_number", Sentence: s.view.Agents[i].Name + " has no number; type one or add it to the directory."}
	}
	return i, nil
}

func (s *stage) move(c telagent.Switch) error {
	i, refusal := s.may(c)
	if refusal != nil {
		return refusal
	}
	a := &s.view.Agents[i]
	rec := telagent.SwitchRecord{Agent: a.ID, By: c.By, To: a.ID + "@softphone", Began: s.now()}
	if !c.Back {
		rec.To = s.number(c, *a)
	}
	if a.Call != "" { // it rings until the stage is told to answer
		a.Switching = &rec
		s.console.Tell([]telagent.Change{telagent.SwitchBegun{Switch: rec}, s.changed(i, a.Status)})
		return nil
	}
	s.arrived(i, rec)
	return nil
}

func (s *stage) arrived(i int, rec telagent.SwitchRecord) {
	a := &s.view.Agents[i]
	rec.Ended, rec.Result = s.now(), "done"
	a.Switching, a.LastSwitch, a.Reach, a.Device, a.Reachable = nil, &rec, "phone", rec.To, "unknown"
	if rec.To == a.ID+"@softphone" {
		a.Reach, a.Reachable = "softphone", "reachable"
	}
	s.console.Tell([]telagent.Change{telagent.SwitchDone{Switch: rec}, s.changed(i, a.Status)})
}

func (s *stage) logout(c telagent.ForceLogout) error {
	i := slices.IndexFunc(s.view.Agents, func(a telagent.AgentView) bool { return a.ID == c.Agent })
	if i < 0 {
		return &telagent.Refusal{Code: "unknown_agent", Sentence: "There is no agent " + c.Agent + "."}
	}
	a := &s.view.Agents[i]
	was := a.Status
	if n := slices.IndexFunc(s.view.Calls, func(v telagent.CallView) bool { return a.Call != "" && v.ID == a.Call }); n >= 0 {
		v := &s.view.Calls[n]
		v.State, v.Priority, v.Agent = "waiting", 11, ""
		s.console.Tell([]telagent.Change{telagent.CallChanged{Shown: *v}})
		s.queue(v.Queue, +1)
	}
	a.Status, a.Declared, a.Activity, a.Since, a.Call = "offline", "offline", "idle", s.now(), ""
	a.Reason, a.ChangedBy, a.Customer = "FORCED_LOGOUT_BY_SUPERVISOR", c.By, call.Party{}
	s.console.Tell([]telagent.Change{s.changed(i, was)})
	return nil
}

func (s *stage) queue(name string, more int) {
	i := slices.IndexFunc(s.view.Queues, func(q telagent.QueueView) bool { return q.Name == name })
	s.view.Queues[i].Waiting += more
	s.console.Tell([]telagent.Change{telagent.QueueChanged{Shown: s.view.Queues[i]}})
}

func (s *stage) changed(i int, was string) telagent.AgentChanged {
	a := s.view.Agents[i]
	return telagent.AgentChanged{Agent: telagent.Agent{ID: a.ID, Team: a.Team}, Shown: a, Was: was}
}

// play moves the floor as the test says; false: there is no such act.
func (s *stage) play(act string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch act {
	case "turn": // every idle agent becomes not ready, every not ready one available: other orders, other numbers
		for i := range s.view.Agents {
			a := &s.view.Agents[i]
			was := a.Status
			switch a.Status {
			case "available":
				a.Status, a.Since = "not_ready", s.now()
			case "not_ready":
				a.Status, a.Since = "available", s.now()
			}
			s.console.Tell([]telagent.Change{s.changed(i, was)})
		}
	case "alarm":
		s.console.Tell([]telagent.Change{telagent.AlarmRaised{
			Time: s.now(), Code: "cut_off", Subject: "jonas", Team: "support",
			Sentence: "Jonas Weber is cut off; the customer hears comfort audio.",
		}})
	case "answer": // every phone that rings is answered with 1
		for i := range s.view.Agents {
			if rec := s.view.Agents[i].Switching; rec != nil {
				s.arrived(i, *rec)
			}
		}
	default:
		return false
	}
	return true
}
