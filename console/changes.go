package console

import (
	"slices"
	"strconv"
	"time"

	"telagent-gateway/telagent"
)

// changeShown says that an entry of what people set up is new, another now, or gone.
type changeShown struct {
	Kind    string    `json:"kind" enum:"user,agent,queue,profile,reasons,site,policy,schedule"`
	Name    string    `json:"name" doc:"of the entry; of a policy: its team; of the reasons: empty"`
	Version string    `json:"version,omitempty" doc:"that it has now; absent: it is gone"`
	Gone    bool      `json:"gone,omitempty"`
	By      string    `json:"by,omitempty" doc:"who did it; absent: the system"`
	At      time.Time `json:"at"`
}

func showChange(c telagent.EntryChanged) changeShown {
	r := c.Revision
	s := changeShown{Kind: r.Entry.Kind.String(), Name: r.Entry.Name, Gone: c.Gone, By: r.By, At: r.At.UTC()}
	if !c.Gone {
		s.Version = strconv.FormatInt(r.Version, 10)
	}
	return s
}

// reachOfChange says whom a change of an entry is about. What everybody chooses from is about everybody.
func (h *hub) reachOfChange(c telagent.EntryChanged) (r reach) {
	switch e := c.Revision.Entry; e.Kind {
	case telagent.AgentEntry:
		r.agents = []string{e.Name}
		if c.Gone {
			delete(h.agents, e.Name)
			h.epoch++
		}
	case telagent.UserEntry:
		if c.Gone {
			h.epoch++ // his streams end
		}
	case telagent.QueueEntry:
		r.queue = e.Name
	case telagent.ProfileEntry, telagent.ReasonsEntry:
		r.everybody = true
	case telagent.PolicyEntry:
		r.team = e.Name
	case telagent.ScheduleEntry:
		r.agents = h.planned
	case telagent.SiteEntry:
		r.leaders = true
	}
	return r
}

// plan keeps whom a schedule is about, and was until now: what is told of it next is for their supervisors.
func (h *hub) plan(c telagent.ScheduleChanged) {
	name := c.Schedule.Name
	h.planned = slices.Clone(h.members[name])
	if c.Gone {
		delete(h.members, name)
		return
	}
	h.members[name] = nil
	for _, m := range c.Schedule.Members {
		h.members[name] = append(h.members[name], m.Agent)
	}
	h.planned = append(h.planned, h.members[name]...)
}
