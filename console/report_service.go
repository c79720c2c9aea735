package console

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"telagent-gateway/report"
	"telagent-gateway/telagent"
)

// usualTarget is within what a call is to be answered where neither the query nor the queue says.
const usualTarget = 20 * time.Second

type serviceAsked struct {
	SpanAsked
	GroupsAsked
	Team   string  `query:"team" maxLength:"64" doc:"only queues that its agents of today serve; absent: all that you may see"`
	Queue  string  `query:"queue" maxLength:"64" doc:"absent: all"`
	Target float64 `query:"target" minimum:"0" maximum:"86400" doc:"seconds in which a call is to be answered; absent or 0: as each queue says (answer_within), else 20"`
	Short  float64 `query:"short" minimum:"0" maximum:"600" default:"5" doc:"seconds; who hung up sooner is left out of the service level"`
}

type serviceRowShown struct {
	KeyShown
	Target         float64  `json:"target_s,omitempty" doc:"seconds; absent in a row of queues with targets of their own"`
	Offered        int      `json:"offered" doc:"calls that came and are over"`
	Answered       int      `json:"answered"`
	Within         int      `json:"answered_within" doc:"within the target"`
	Level          *float64 `json:"service_level,omitempty" doc:"0 to 1; absent: nothing was offered"`
	Abandoned      int      `json:"abandoned" doc:"hung up before they were answered"`
	Short          int      `json:"short" doc:"of those, how many so soon that nobody could have answered"`
	AbandonWithin  int      `json:"abandoned_within" doc:"of those, how many within the target"`
	AbandonedAfter int      `json:"abandoned_after" doc:"of those, how many after it"`
	Lost           int      `json:"lost" doc:"everybody else whom nobody answered"`
	AverageWait    float64  `json:"average_wait_s" doc:"of who was answered (ASA)"`
	LongestWait    float64  `json:"longest_wait_s" doc:"of anybody"`
}

type serviceShown struct {
	SpanShown
	Short float64           `json:"short_s"`
	Rows  []serviceRowShown `json:"rows" doc:"sorted by interval and queue"`
	Total serviceRowShown   `json:"total" doc:"of all rows"`
}

// serviceLevel reports how the callers of queues fared.
func (c *Console) serviceLevel(ctx context.Context, in *serviceAsked) (*reportAnswer, error) {
	who := from(ctx)
	if !who.viewer.leads() {
		return nil, problem("not_supervisor", "Only supervisors may read how queues fared.")
	}
	q := report.ServiceQuery{Target: span(in.Target), Short: span(in.Short)}
	var err error
	if q.Query, err = in.span(c.now()); err != nil {
		return nil, err
	}
	if err = in.group(&q.Query, "queue"); err != nil {
		return nil, err
	}
	q.ByAgent = false // a caller who waits belongs to none
	about := AboutAsked{Team: in.Team, Queue: in.Queue}
	if q.Queues, err = about.queues(who.viewer, who.view); err != nil {
		return nil, err
	}
	if q.Target == 0 {
		q.Target, q.Targets = usualTarget, targets(who.view)
	}
	rows, err := c.o.Reports.Service(ctx, q)
	if err != nil {
		return nil, c.unreported("the service level", err)
	}
	out := serviceShown{Short: in.Short, Rows: []serviceRowShown{}, SpanShown: SpanShown{
		From: q.From.UTC(), To: q.To.UTC(), Zone: in.Zone, Interval: q.Interval.String(),
	}}
	var total report.Service
	for _, r := range rows {
		total.Add(r.Sum)
		out.Rows = append(out.Rows, showService(showKey(q.Query, r.Key), r.Sum, targetOf(q, r.Queue)))
	}
	out.Total = showService(KeyShown{}, total, targetOf(q, in.Queue))
	return in.answer("service-level", q.Query, out, func() [][]string { return out.table(q.Query) }), nil
}

// targets are those of the queues that have one of their own.
func targets(view *telagent.View) map[string]time.Duration {
	of := make(map[string]time.Duration)
	for _, q := range view.Queues {
		if q.Entry.AnswerWithin > 0 {
			of[q.Name] = q.Entry.AnswerWithin
		}
	}
	return of
}

// targetOf returns the target of a row about a queue; 0: it is about several with targets of their own.
func targetOf(q report.ServiceQuery, queue string) time.Duration {
	if own, has := q.Targets[queue]; has {
		return own
	}
	if queue == "" && len(q.Targets) > 0 {
		return 0
	}
	return q.Target
}

func showService(k KeyShown, s report.Service, target time.Duration) serviceRowShown {
	out := serviceRowShown{
		KeyShown: k, Target: target.Seconds(), Offered: s.Offered, Answered: s.Answered, Within: s.Within, Abandoned: s.Abandoned, Short: s.Short,
		AbandonWithin: s.AbandonedWithin, AbandonedAfter: s.Abandoned - s.AbandonedWithin, Lost: s.Losses(),
		AverageWait: tenths(s.AverageWait()), LongestWait: tenths(s.Longest),
	}
	if level, has := s.Level(); has {
		level = math.Round(level*10000) / 10000
		out.Level = &level
	}
	return out
}

func (s serviceShown) table(q report.Query) [][]string {
	rows := [][]string{append(columns(q), "target_s", "offered", "answered", "answered_within", "service_level", "abandoned", "short",
		"abandoned_within", "abandoned_after", "lost", "average_wait_s", "longest_wait_s")}
	for _, r := range s.Rows {
		level, target := "", ""
		if r.Level != nil {
			level = strconv.FormatFloat(*r.Level, 'f', 4, 64)
		}
		if r.Target > 0 {
			target = decimal(r.Target)
		}
		rows = append(rows, slices.Concat(r.cells(q), []string{target}, numbers(r.Offered, r.Answered, r.Within), []string{level},
			numbers(r.Abandoned, r.Short, r.AbandonWithin, r.AbandonedAfter, r.Lost), []string{decimal(r.AverageWait), decimal(r.LongestWait)}))
	}
	return rows
}

// span is a time that is asked for in seconds.
func span(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
