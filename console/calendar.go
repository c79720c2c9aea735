package console

import (
	"context"
	"time"

	"telagent-gateway/schedule"
)

// weekShown is the time that a calendar shows where its end is not asked for.
const weekShown = 7

type calendarAsked struct {
	From string `query:"from" maxLength:"40" doc:"a day (2026-11-24) or a time (RFC 3339); absent: today"`
	To   string `query:"to" maxLength:"40" doc:"up to the end of this day, or up to this time; absent: a week from then on"`
	Zone string `query:"zone" maxLength:"64" default:"UTC" doc:"time zone in which days are meant and times are written, such as Europe/Berlin"`
}

type partShown struct {
	Schedule string    `json:"schedule"`
	Number   string    `json:"number,omitempty" doc:"that he is reached at; absent: his own phones"`
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
}

type sessionShown struct {
	Agent string      `json:"agent"`
	Name  string      `json:"name" doc:"of the agent"`
	Start time.Time   `json:"start"`
	End   time.Time   `json:"end"`
	Parts []partShown `json:"parts" doc:"the schedules that make it up, by their start"`
}

type calendarAnswer struct {
	Body struct {
		From     time.Time      `json:"from"`
		To       time.Time      `json:"to"`
		Zone     string         `json:"zone"`
		Sessions []sessionShown `json:"sessions" doc:"by agent and start: what overlaps, or follows without a pause, is one"`
	}
}

// calendar shows when schedules have the agents whom the user sees reached by phone. What people do meanwhile is not in it.
func (c *Console) calendar(ctx context.Context, in *calendarAsked) (*calendarAnswer, error) {
	out := &calendarAnswer{}
	at, err := in.read(out, c.now())
	if err != nil {
		return nil, err
	}
	who := from(ctx)
	var schedules []schedule.Schedule
	var zones []*time.Location
	for _, s := range who.view.Schedules {
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			zone = time.UTC // as the Floor does
		}
		schedules, zones = append(schedules, seenSchedule(s.Schedule.Schedule, who.viewer)), append(zones, zone)
	}
	for _, s := range schedule.Calendar(schedules, zones, out.Body.From, out.Body.To) {
		shown := sessionShown{Agent: s.Agent, Start: s.Start.In(at), End: s.End.In(at)}
		if a, is := agentWithID(who.view, s.Agent); is {
			shown.Name = a.Name
		}
		for _, p := range s.Parts {
			shown.Parts = append(shown.Parts, partShown{p.Schedule, p.Number, p.Start.In(at), p.End.In(at)})
		}
		out.Body.Sessions = append(out.Body.Sessions, shown)
	}
	return out, nil
}

// read notes what is asked for in the answer, and returns the zone that it is written in.
func (in *calendarAsked) read(out *calendarAnswer, now time.Time) (*time.Location, error) {
	zone, err := time.LoadLocation(in.Zone)
	if err != nil || in.Zone == "Local" {
		return nil, problem("bad_time", "There is no time zone %q; write one like Europe/Berlin.", in.Zone)
	}
	y, m, d := now.In(zone).Date()
	begin := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if in.From != "" {
		if begin, _, err = instant(in.From, zone); err != nil {
			return nil, err
		}
	}
	end := begin.AddDate(0, 0, weekShown)
	if in.To != "" {
		var isDay bool
		if end, isDay, err = instant(in.To, zone); err != nil {
			return nil, err
		}
		if isDay {
			end = end.AddDate(0, 0, 1)
		}
	}
	if end.Sub(begin) > longestReport {
		return nil, problem("bad_time", "A calendar covers %d days at most.", longestReport/(24*time.Hour))
	}
	b := &out.Body
	b.From, b.To, b.Zone, b.Sessions = begin.In(zone), end.In(zone), in.Zone, []sessionShown{}
	return zone, nil
}
