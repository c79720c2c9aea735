package console

import (
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// viewer is a user and what he may see: an admin everything; a supervisor the agents of his teams, their queues and
// calls; an agent himself. What he may do is decided by the Floor.
type viewer struct {
	name   string
	role   telagent.Role
	teams  []string
	agents map[string]bool
	queues map[string]bool // those that his agents serve
}

func newViewer(u telagent.User, view *telagent.View) viewer {
	v := viewer{name: u.Name, role: u.Role, teams: u.Teams, agents: make(map[string]bool), queues: make(map[string]bool)}
	for i := range view.Agents {
		a := &view.Agents[i]
		own := a.ID == u.Name
		led := u.Role == telagent.SupervisorRole && slices.Contains(u.Teams, a.Team)
		if !own && !led {
			continue
		}
		v.agents[a.ID] = true
		for queue := range a.Queues {
			v.queues[queue] = true
		}
	}
	return v
}

func (v viewer) all() bool { return v.role == telagent.AdminRole }

func (v viewer) leads() bool { return v.role >= telagent.SupervisorRole }

// reach says whom a thing is about. The zero value is about nobody: admins alone see it.
type reach struct {
	agents []string // who sees one of them sees it
	queue  string   // whose agents serve this queue: that supervisor sees it; empty: agents decide alone
	served bool     // whoever serves the queue sees it too, supervisor or not
	team   string   // whose supervisors see it; empty: agents and queue decide alone
	teams  []string // likewise

	everybody bool // who is signed in sees it
	leaders   bool // every supervisor sees it
}

func (v viewer) sees(r reach) bool {
	if v.all() || r.everybody || r.leaders && v.leads() {
		return true
	}
	for _, id := range r.agents {
		if v.agents[id] {
			return true
		}
	}
	if !v.leads() {
		return r.served && v.queues[r.queue]
	}
	return r.queue != "" && v.queues[r.queue] || r.team != "" && slices.Contains(v.teams, r.team) ||
		slices.ContainsFunc(r.teams, func(team string) bool { return slices.Contains(v.teams, team) })
}

// reachOfCall: a call belongs to the agents in it, and to its queue as long as nobody is.
func reachOfCall(s telagent.CallView) reach {
	var r reach
	if s.Agent != "" {
		r.agents = append(r.agents, s.Agent)
	}
	for _, g := range s.Guests {
		if g.Agent != "" && !slices.Contains(r.agents, g.Agent) {
			r.agents = append(r.agents, g.Agent)
		}
	}
	for _, leg := range s.Legs {
		if leg.Agent != "" && !slices.Contains(r.agents, leg.Agent) {
			r.agents = append(r.agents, leg.Agent)
		}
	}
	if len(r.agents) == 0 {
		r.queue = s.Queue
	}
	return r
}

// reachOfAlarm: an alarm is for the supervisors of its team, or of any of its teams.
func reachOfAlarm(team string, teams []string) reach { return reach{team: team, teams: teams} }

func reachOfRecord(rec telagent.Record) reach {
	var r reach
	for _, leg := range rec.Legs {
		if leg.Agent != "" && !slices.Contains(r.agents, leg.Agent) {
			r.agents = append(r.agents, leg.Agent)
		}
	}
	if len(r.agents) == 0 {
		r.queue = rec.Queue
	}
	return r
}

func agentWithID(view *telagent.View, id string) (telagent.AgentView, bool) {
	i := slices.IndexFunc(view.Agents, func(a telagent.AgentView) bool { return a.ID == id })
	if i < 0 {
		return telagent.AgentView{}, false
	}
	return view.Agents[i], true
}

func callWithID(view *telagent.View, id call.ID) (telagent.CallView, bool) {
	i := slices.IndexFunc(view.Calls, func(s telagent.CallView) bool { return s.ID == id })
	if i < 0 {
		return telagent.CallView{}, false
	}
	return view.Calls[i], true
}

// roleWord returns the role's word, as directory files write it.
func roleWord(r telagent.Role) string {
	switch r {
	case telagent.AdminRole:
		return "admin"
	case telagent.SupervisorRole:
		return "supervisor"
	case telagent.AgentRole:
	}
	return "agent"
}
