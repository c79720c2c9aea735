package sim

import (
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// remember keeps what a store would keep of a step's Changes.
func (w *world) remember(changes []telagent.Change) {
	for _, c := range changes {
		switch c := c.(type) {
		case telagent.AgentChanged:
			put(&w.store.Agents, c.Agent, func(a telagent.Agent) string { return a.ID })
		case telagent.UserChanged:
			put(&w.store.Users, c.User, func(u telagent.User) string { return u.Name })
		case telagent.QueueChanged:
			put(&w.store.Queues, c.Queue, func(q telagent.Queue) string { return q.Name })
		case telagent.ProfileChanged:
			put(&w.store.Profiles, c.Profile, func(p presence.Profile) string { return p.Name })
		case telagent.PolicyChanged:
			put(&w.store.Policies, c.Policy, func(p telagent.Policy) string { return p.Team })
		case telagent.ScheduleChanged:
			w.store.Schedules = slices.DeleteFunc(w.store.Schedules, func(s telagent.Schedule) bool { return s.Name == c.Schedule.Name })
			if !c.Gone {
				w.store.Schedules = append(w.store.Schedules, c.Schedule)
			}
		case telagent.SiteChanged:
			w.store.Sites = slices.DeleteFunc(w.store.Sites, func(s telagent.Site) bool { return s.Name == c.Site.Name })
			if !c.Gone {
				w.store.Sites = append(w.store.Sites, c.Site)
			}
		case telagent.CallKept:
			put(&w.store.Live.Calls, c.Call, func(l telagent.LiveCall) call.ID { return l.ID })
		case telagent.CallEnded:
			w.store.Live.Calls = slices.DeleteFunc(w.store.Live.Calls, func(l telagent.LiveCall) bool { return l.ID == c.Record.ID })
		case telagent.PartKept:
			key := func(p telagent.LivePart) string { return string(p.Kind) + " " + p.ID }
			if put(&w.store.Live.Parts, c.Part, key); c.Gone {
				w.store.Live.Parts = slices.DeleteFunc(w.store.Live.Parts, func(p telagent.LivePart) bool { return key(p) == key(c.Part) })
			}
		default: // history, not state
		}
	}
}

func put[T any, K comparable](all *[]T, x T, key func(T) K) {
	for i := range *all {
		if key((*all)[i]) == key(x) {
			(*all)[i] = x
			return
		}
	}
	*all = append(*all, x)
}
