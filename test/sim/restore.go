package sim

import (
	"encoding/json"
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
		default: // history, not state
		}
	}
}

func put[T any](all *[]T, x T, key func(T) string) {
	for i := range *all {
		if key((*all)[i]) == key(x) {
			(*all)[i] = x
			return
		}
	}
	*all = append(*all, x)
}

// restore kills the Floor and makes a new one from the stored State, which has crossed a disk. The wires are new too:
// they know no leg, report what is registered and which trunks work, and phones come back when they like. Live calls end
// with the wires, for they are not restored yet.
func (w *world) restore() {
	data, err := json.Marshal(w.store)
	if err != nil {
		w.fault("encode the state: " + err.Error())
		return
	}
	var state telagent.State
	if err := json.Unmarshal(data, &state); err != nil {
		w.fault("decode the state: " + err.Error())
		return
	}
	w.crashes++
	w.seen["crash"]++
	if w.busy() {
		w.seen["crash in mid-call"]++
	}
	for _, l := range w.legs {
		l.state = over
	}
	was := w.judge.view
	w.floor = telagent.New(w.settings, state, w.id)
	w.trace.add(played{at: w.now, in: input{note: "# killed and started again"}})
	w.broken = append(w.broken, w.judge.restored(was, w.floor.View(w.time()))...)
	for _, s := range w.floor.Check() {
		w.fault("Check after a restore: " + s)
	}
	for _, t := range w.settings.Trunks {
		w.later(w.jitter, func() {
			if w.up[t.Name] {
				w.handle(call.TrunkUp{Trunk: t.Name})
			} else {
				w.handle(call.TrunkDown{Trunk: t.Name, Problem: "still no answer to OPTIONS"})
			}
		})
	}
	for _, a := range w.agents {
		for _, aor := range []string{names[a.index], names[a.index] + "-desk"} {
			if w.bound[aor] {
				w.bound[aor] = false
				w.later(4*w.jitter, func() { w.register(aor) })
			}
		}
	}
}
