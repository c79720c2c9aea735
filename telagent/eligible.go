package telagent

// eligible says whether a queue's calls may be offered to an agent who can be offered calls: he is not away in its
// office (S51), and his profile, if it has a queue group, joins it (S47).
func (f *Floor) eligible(a *agent, q *line) bool {
	if q.Office != "" && a.Presence.AwayIn(q.Office) {
		return false
	}
	group := f.profiles[a.Presence.Profile.Name].Queues
	return len(group) == 0 || contains(group, q.Name)
}

// placeServing places everybody who serves a queue anew, after it became another.
func (f *Floor) placeServing(q *line) {
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; a.Queues[q.Name] != 0 {
			f.place(a)
		}
	}
}
