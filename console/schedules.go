package console

import (
	"context"
	"slices"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

type scheduleMember struct {
	Agent  string `json:"agent" maxLength:"64"`
	Number string `json:"number,omitempty" maxLength:"64" doc:"that he is reached at; absent: his own phones"`
}

// ScheduleBody is what a schedule has besides its name. It is exported for huma, which describes no other embedded fields.
type ScheduleBody struct {
	Zone      string           `json:"zone,omitempty" maxLength:"64" doc:"time zone, like Europe/Berlin; absent: UTC"`
	From      string           `json:"from" maxLength:"10" doc:"first day on which it begins, like 2026-12-24"`
	To        string           `json:"to,omitempty" maxLength:"10" doc:"last day on which it begins; absent: without end"`
	Days      string           `json:"days" maxLength:"32" doc:"like mon-fri, sat,sun or daily"`
	Start     string           `json:"start" maxLength:"5" doc:"by the clock on the wall, like 08:00"`
	LengthMin int              `json:"length_min" minimum:"1" maximum:"1440" doc:"until the end by the same clock, in minutes"`
	Members   []scheduleMember `json:"members" minItems:"1" maxItems:"500" nullable:"false"`
}

type scheduleShown struct {
	Name string `json:"name"`
	ScheduleBody
	OnUntil *time.Time `json:"on_until,omitempty" doc:"end of the time that is on; absent: none is"`
	Next    *time.Time `json:"next,omitempty" doc:"when it begins next; absent: no more"`
	Version string     `json:"version" doc:"for If-Match, in quotes"`
}

type shiftShown struct {
	Schedule string    `json:"schedule"`
	Number   string    `json:"number,omitempty" doc:"that he is reached at; absent: his own phones"`
	Until    time.Time `json:"until"`
}

func showShifts(shifts []presence.Shift) (out []shiftShown) {
	for _, s := range shifts {
		out = append(out, shiftShown{s.Schedule, s.Number, s.Until.UTC()})
	}
	return out
}

type schedulesAnswer struct {
	Body struct {
		Now       time.Time       `json:"now" doc:"the gateway's clock"`
		Schedules []scheduleShown `json:"schedules" doc:"sorted by name, with those of their members whom you see"`
	}
}

type schedulePut struct {
	Guard
	Name string `path:"name" maxLength:"100"`
	Body ScheduleBody
}

type scheduleNamed struct {
	Guard
	Name string `path:"name" maxLength:"100"`
}

// listSchedules shows the schedules that have somebody whom the user sees.
func (c *Console) listSchedules(ctx context.Context, _ *struct{}) (*schedulesAnswer, error) {
	who := from(ctx)
	out := &schedulesAnswer{}
	out.Body.Now, out.Body.Schedules = c.now().UTC(), []scheduleShown{}
	for _, s := range who.view.Schedules {
		if shown := showSchedule(s, who.viewer); len(shown.Members) > 0 {
			shown.Version = versionOf(who.view, telagent.EntryName{Kind: telagent.ScheduleEntry, Name: s.Name})
			out.Body.Schedules = append(out.Body.Schedules, shown)
		}
	}
	return out, nil
}

// seenSchedule returns a schedule with those of its members whom a user sees.
func seenSchedule(s schedule.Schedule, who viewer) schedule.Schedule {
	s.Members = slices.DeleteFunc(slices.Clone(s.Members), func(m schedule.Member) bool { return !who.sees(reach{agents: []string{m.Agent}}) })
	return s
}

func showSchedule(s telagent.ScheduleView, who viewer) scheduleShown {
	out := scheduleShown{Name: s.Name, OnUntil: moment(s.On.End), Next: moment(s.Next.Start)}
	out.ScheduleBody = ScheduleBody{
		Zone: s.Zone, From: s.From, To: s.To, Days: schedule.DaysText(s.Days), Start: schedule.ClockText(s.Start), LengthMin: int(s.Length / time.Minute),
	}
	for _, m := range seenSchedule(s.Schedule.Schedule, who).Members {
		out.Members = append(out.Members, scheduleMember(m))
	}
	return out
}

func (c *Console) putSchedule(ctx context.Context, in *schedulePut) (*struct{}, error) {
	b := in.Body
	s := schedule.Schedule{Name: in.Name, From: b.From, To: b.To, Zone: b.Zone, Length: time.Duration(b.LengthMin) * time.Minute}
	var err error
	if s.Start, err = schedule.ParseClock(b.Start); err != nil {
		return nil, problem("bad_schedule", "The start cannot be read: %s.", err)
	}
	if s.Days, err = schedule.ParseDays(b.Days); err != nil {
		return nil, problem("bad_schedule", "The days cannot be read: %s.", err)
	}
	for _, m := range b.Members {
		s.Members = append(s.Members, schedule.Member(m))
	}
	by := from(ctx).viewer.name
	put := telagent.PutSchedule{By: by, Schedule: s}
	if err := c.o.Do(ctx, in.guards(by, telagent.EntryName{Kind: telagent.ScheduleEntry, Name: in.Name}, put)); err != nil {
		return nil, c.refused("put the schedule "+in.Name, err)
	}
	return nil, nil
}

func (c *Console) dropSchedule(ctx context.Context, in *scheduleNamed) (*struct{}, error) {
	by := from(ctx).viewer.name
	drop := telagent.DropSchedule{By: by, Name: in.Name}
	if err := c.o.Do(ctx, in.guards(by, telagent.EntryName{Kind: telagent.ScheduleEntry, Name: in.Name}, drop)); err != nil {
		return nil, c.refused("drop the schedule "+in.Name, err)
	}
	return nil, nil
}
