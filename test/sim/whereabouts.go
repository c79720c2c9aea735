package sim

import (
	"fmt"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// profiles are what agents of the simulation choose from.
func (w *world) profiles() []presence.Profile {
	return []presence.Profile{
		{Name: "Lunch", Type: presence.AwayProfile, Duration: 30 * time.Second},
		{Name: "Maybe", Type: presence.TentativeProfile},
		{Name: "Meeting", Type: presence.ConferenceProfile, Duration: time.Minute},
		{Name: "Coffee", Type: presence.BreakProfile},
		{Name: "First", Type: presence.AvailableProfile, Queues: []string{w.queues[0].Name}, Duration: time.Minute},
	}
}

// whereabouts is somebody who says where an agent is: by a profile, in one office, or by his pages.
func (w *world) whereabouts(a *agent) {
	id, by := a.entry.ID, w.entitled(a)
	switch w.pick(4, 4, 2, 2, 2, 1, 1, 1) {
	case 0:
		all := append(w.profiles(), presence.Profile{Name: presence.Default})
		w.try(telagent.SetStatus{By: id, Agent: id, Profile: all[w.rng.IntN(len(all))].Name})
	case 1:
		status := []presence.Status{presence.Away, presence.Available}[w.pick(1, 2)]
		w.try(telagent.SetStatus{By: id, Agent: id, Status: status, Office: offices[w.rng.IntN(len(offices))]})
	case 2:
		w.try(telagent.OpenPage{By: id, Agent: id})
	case 3:
		w.try(telagent.ClosePage{By: id, Agent: id})
	case 4:
		w.try(telagent.NoteActivity{By: id, Agent: id})
	case 6:
		w.must(telagent.PutReasons{By: "root", Reasons: [][]string{nil, {"lunch"}, {"lunch", "tea"}}[w.rng.IntN(3)]})
	case 7:
		p := w.profiles()[w.rng.IntN(5)]
		p.Duration = w.perhaps(0.7, 5*time.Second, time.Minute)
		if w.chance(0.3) {
			p.Queues = []string{w.queues[w.rng.IntN(len(w.queues))].Name}
		}
		w.must(telagent.PutProfile{By: "root", Profile: p})
	case 5:
		w.try(telagent.SetOffice{By: by, Office: offices[w.rng.IntN(len(offices))], Away: w.chance(0.3)})
	}
}

var offices = []string{"berlin", "rome"}

// joins says whether an agent who is free takes a queue's calls: he is not away in its office, his profile joins it, and
// he has a page open or needs none.
func (j *judge) joins(v *telagent.View, a *telagent.AgentView, queue string) bool {
	if a.Queues[queue] == 0 || a.Reach == "softphone" && !a.PageClosed.IsZero() {
		return false
	}
	for _, q := range v.Queues {
		if _, away := a.OfficesAway[q.Office]; away && q.Name == queue {
			return false
		}
	}
	for _, p := range v.Profiles {
		if p.Name != a.Profile || len(p.Queues) == 0 {
			continue
		}
		for _, name := range p.Queues {
			if name == queue {
				return true
			}
		}
		return false
	}
	return true
}

// misplaced judges an offer: the agent was not away in the queue's office and not outside his profile's queue group.
func (j *judge) misplaced(v *telagent.View, a *telagent.AgentView, queue string) {
	open := *a
	open.PageClosed = time.Time{} // he may be within the grace time
	if !j.joins(v, &open, queue) {
		j.say("agent %s is offered a call of %s, which he has left: away in %s, profile %q", a.ID, queue, fmt.Sprint(a.OfficesAway), a.Profile)
	}
}
