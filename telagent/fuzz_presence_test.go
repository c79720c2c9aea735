package telagent_test

import (
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// whereabouts is a request that says where an agent is: a profile, an office, a page, a key press.
func (w *fuzzed) whereabouts(op int) telagent.Command {
	agent := pick(w, "ana", "ben", "cem", "xena", "zoe")
	by := pick(w, agent, "boss", "root", "", "ana")
	switch op {
	case 50:
		status := pick(w, presence.Offline, presence.Available, presence.NotReady, presence.Away, presence.InLine)
		until := pick(w, time.Time{}, w.now.Add(time.Second), w.now.Add(-time.Second))
		return telagent.SetStatus{By: by, Agent: agent, Status: status, Profile: pick(w, "Lunch", "Sales", "default", "gone"), Until: until}
	case 51:
		status := pick(w, presence.Away, presence.Available, presence.OnBreak)
		return telagent.SetStatus{By: by, Agent: agent, Status: status, Office: pick(w, "berlin", "rome", "paris")}
	case 52:
		return telagent.SetOffice{By: by, Office: pick(w, "berlin", "rome", "paris"), Away: w.next(2) == 0}
	case 53:
		return telagent.OpenPage{By: by, Agent: agent}
	case 54:
		return telagent.ClosePage{By: by, Agent: agent}
	}
	switch w.next(3) {
	case 0:
		return telagent.NoteActivity{By: by, Agent: agent}
	case 1:
		return telagent.PutReasons{By: by, Reasons: pick(w, nil, []string{"r"}, []string{"s"}, []string{""})}
	}
	return telagent.PutProfile{By: by, Profile: presence.Profile{
		Name: pick(w, "Lunch", "Sales", "", "default"), Type: presence.ProfileType(w.next(7)), Queues: pick(w, nil, []string{"support"}, []string{"gone"}),
	}}
}
