package console

import (
	"context"
	"strconv"
)

type statusTimeAsked struct {
	SpanAsked
	Team  string `query:"team" maxLength:"64" doc:"only its agents of today; absent: all that you may see"`
	Agent string `query:"agent" maxLength:"64" doc:"absent: all whom you may see"`
}

type statusTimeShown struct {
	Agent   string `json:"agent"`
	Day     string `json:"day" doc:"in the time zone that was asked for"`
	Status  string `json:"status"`
	Seconds int64  `json:"seconds"`
}

type statusTimesShown struct {
	SpanShown
	Rows []statusTimeShown `json:"rows" doc:"sorted by agent, day and status; what did not happen is left out"`
}

// statusTime reports how long the agents whom the user sees were in each status.
func (c *Console) statusTime(ctx context.Context, in *statusTimeAsked) (*reportAnswer, error) {
	q, err := in.span(c.now())
	if err != nil {
		return nil, err
	}
	about := AboutAsked{Team: in.Team, Agent: in.Agent}
	if q.Agents, err = about.agents(from(ctx).viewer, from(ctx).view); err != nil {
		return nil, err
	}
	times, err := c.o.Reports.StatusTimes(ctx, q)
	if err != nil {
		return nil, c.unreported("the time in each status", err)
	}
	out := statusTimesShown{SpanShown: SpanShown{From: q.From.UTC(), To: q.To.UTC(), Zone: in.Zone}, Rows: []statusTimeShown{}}
	for _, t := range times {
		out.Rows = append(out.Rows, statusTimeShown{t.Agent, t.Day, t.Status, wholeSeconds(t.Time)})
	}
	return in.answer("status-time", q, out, out.table), nil
}

func (s statusTimesShown) table() [][]string {
	rows := [][]string{{"agent", "day", "status", "seconds"}}
	for _, r := range s.Rows {
		rows = append(rows, []string{r.Agent, r.Day, r.Status, strconv.FormatInt(r.Seconds, 10)})
	}
	return rows
}
