package schedule

import (
	"cmp"
	"slices"
	"time"
)

// Session is a time for which schedules have an agent reached by phone without a pause.
type Session struct {
	Agent      string
	Start, End time.Time
	Parts      []Part // in the order in which they begin
}

// Part is one occurrence of a schedule in a Session.
type Part struct {
	Schedule string
	Number   string // empty: his own phones
	Occurrence
}

// Calendar returns the sessions of all members that are on at some moment from one time to another: by agent, then by
// their start. What overlaps, or follows without a pause, is one session. zones holds the zone of each schedule.
func Calendar(schedules []Schedule, zones []*time.Location, from, to time.Time) (all []Session) {
	parts := map[string][]Part{}
	for i, s := range schedules {
		for _, o := range s.Between(zones[i], from, to) {
			for _, m := range s.Members {
				parts[m.Agent] = append(parts[m.Agent], Part{s.Name, m.Number, o})
			}
		}
	}
	for agent, his := range parts {
		slices.SortFunc(his, func(a, b Part) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Schedule, b.Schedule)) })
		for i, p := range his {
			if i == 0 || p.Start.After(all[len(all)-1].End) {
				all = append(all, Session{Agent: agent, Start: p.Start, End: p.End})
			}
			last := &all[len(all)-1]
			last.Parts = append(last.Parts, p)
			if p.End.After(last.End) {
				last.End = p.End
			}
		}
	}
	slices.SortFunc(all, func(a, b Session) int { return cmp.Or(cmp.Compare(a.Agent, b.Agent), a.Start.Compare(b.Start)) })
	return all
}
