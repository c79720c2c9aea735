package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones by name, also where the machine has none

	"github.com/danielgtaylor/huma/v2"

	"telagent-gateway/report"
	"telagent-gateway/telagent"
)

// Reports adds up the past, as far as it is committed. An error wraps report.ErrTooLong when a report has too many rows.
type Reports interface {
	// StatusTimes returns how long agents were in each status, by agent, day and status.
	StatusTimes(ctx context.Context, q report.Query) ([]report.StatusTime, error)
	// Work adds up what agents did, by time, agent and queue.
	Work(ctx context.Context, q report.Query) ([]report.Row[report.Work], error)
	// Service adds up how callers fared, by time and queue.
	Service(ctx context.Context, q report.ServiceQuery) ([]report.Row[report.Service], error)
	// Switches lists switches, the newest first, and adds them up.
	Switches(ctx context.Context, q report.SwitchQuery) (report.Switches, error)
}

// longestReport bounds the time that one report looks at.
const longestReport = 400 * 24 * time.Hour

// SpanAsked is the time that a report is about, and its form.
type SpanAsked struct {
	From   string `query:"from" maxLength:"40" doc:"a day (2026-11-24) or a time (RFC 3339); absent: today"`
	To     string `query:"to" maxLength:"40" doc:"up to the end of this day, or up to this time; absent: now"`
	Zone   string `query:"tz" maxLength:"64" default:"UTC" doc:"time zone whose clock the intervals follow, such as Europe/Berlin"`
	Format string `query:"format" enum:"json,csv" doc:"absent: as Accept says"`
	Accept string `header:"Accept"`
}

// AboutAsked is whom a report is about.
type AboutAsked struct {
	Team  string `query:"team" maxLength:"64" doc:"only its agents of today, and the queues that they serve; absent: all that you may see"`
	Agent string `query:"agent" maxLength:"64" doc:"absent: all whom you may see"`
	Queue string `query:"queue" maxLength:"64" doc:"absent: all"`
}

// GroupsAsked is what the rows of a report are told apart by.
type GroupsAsked struct {
	Interval string   `query:"interval" enum:"whole,15m,hour,day,week,month" default:"whole" doc:"a row for each; weeks begin on Monday. An hour that a change of the clock repeats is two"`
	By       []string `query:"by" enum:"agent,queue,none" maxItems:"2" doc:"agent, queue, both or none; absent: agents in what they did, queues in what callers met"`
}

// SpanShown is what a report was made of.
type SpanShown struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to" doc:"what has not ended counts up to here, or is not in it"`
	Zone     string    `json:"tz"`
	Interval string    `json:"interval,omitempty"`
}

type reportAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Vary        string `header:"Vary"`
	Body        []byte
}

// span reads the time that is asked for; what is still to come is cut off.
func (in *SpanAsked) span(now time.Time) (q report.Query, err error) {
	if q.Zone, err = time.LoadLocation(in.Zone); err != nil || in.Zone == "Local" {
		return q, problem("bad_time", "There is no time zone %q; write one like Europe/Berlin.", in.Zone)
	}
	local := now.In(q.Zone)
	q.From, q.To = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, q.Zone), now
	if in.From != "" {
		if q.From, _, err = instant(in.From, q.Zone); err != nil {
			return q, err
		}
	}
	if in.To != "" {
		var isDay bool
		if q.To, isDay, err = instant(in.To, q.Zone); err != nil {
			return q, err
		}
		if isDay {
			q.To = q.To.AddDate(0, 0, 1)
		}
	}
	if q.To.After(now) {
		q.To = now
	}
	if q.To.Sub(q.From) > longestReport {
		return q, problem("bad_time", "A report covers %d days at most.", longestReport/(24*time.Hour))
	}
	return q, nil
}

// instant reads a day, which begins at midnight, or a time.
func instant(text string, zone *time.Location) (t time.Time, isDay bool, err error) {
	if t, err = time.ParseInLocation(time.DateOnly, text, zone); err != nil {
		t, err = time.Parse(time.RFC3339, text)
	} else {
		isDay = true
	}
	if err == nil && t.Year() >= 1 && t.Year() < 9999 { // what is near them in another zone can be written too
		return t, isDay, nil
	}
	return t, false, problem("bad_time", "%q is neither a day like 2026-11-24 nor a time like 2026-11-24T08:00:00Z.", text)
}

// group tells the rows apart as is asked, or by what is usual for the report.
func (in *GroupsAsked) group(q *report.Query, usual string) error {
	var err error
	if q.Interval, err = report.ParseInterval(in.Interval); err != nil {
		return problem("invalid", "There is no interval %q.", in.Interval)
	}
	by := in.By
	if len(by) == 0 {
		by = []string{usual}
	}
	q.ByAgent, q.ByQueue = slices.Contains(by, "agent"), slices.Contains(by, "queue")
	return nil
}

// agents returns whom of those that the user sees a report is about; nil: everybody, the agents of the past too.
func (in *AboutAsked) agents(who viewer, view *telagent.View) ([]string, error) {
	if in.Team != "" && !who.all() && !slices.Contains(who.teams, in.Team) {
		return nil, problem("unknown_team", "There is no team %s.", in.Team)
	}
	if in.Agent != "" && !who.all() && !who.agents[in.Agent] {
		return nil, problem("unknown_agent", "There is no agent %s.", in.Agent)
	}
	switch {
	case who.all() && in.Team == "" && in.Agent == "":
		return nil, nil
	case who.all() && in.Team == "":
		return []string{in.Agent}, nil
	}
	seen := []string{}
	for _, a := range view.Agents {
		if (who.all() || who.agents[a.ID]) && (in.Team == "" || a.Team == in.Team) && (in.Agent == "" || a.ID == in.Agent) {
			seen = append(seen, a.ID)
		}
	}
	return seen, nil
}

// queues returns the queues that a report about callers is about; nil: all.
func (in *AboutAsked) queues(who viewer, view *telagent.View) ([]string, error) {
	if in.Team != "" && !who.all() && !slices.Contains(who.teams, in.Team) {
		return nil, problem("unknown_team", "There is no team %s.", in.Team)
	}
	if err := in.seesQueue(who); err != nil {
		return nil, err
	}
	if who.all() && in.Team == "" && in.Agent == "" {
		return in.named(), nil
	}
	seen := []string{}
	for _, a := range view.Agents {
		if !who.all() && !who.agents[a.ID] || in.Team != "" && a.Team != in.Team || in.Agent != "" && a.ID != in.Agent {
			continue
		}
		for queue := range a.Queues {
			if !slices.Contains(seen, queue) && (in.Queue == "" || in.Queue == queue) {
				seen = append(seen, queue)
			}
		}
	}
	slices.Sort(seen)
	return seen, nil
}

func (in *AboutAsked) seesQueue(who viewer) error {
	if in.Queue != "" && !who.all() && !who.queues[in.Queue] {
		return problem("unknown_queue", "There is no queue %s.", in.Queue)
	}
	return nil
}

// named returns the queue that is asked for; nil: none is.
func (in *AboutAsked) named() []string {
	if in.Queue == "" {
		return nil
	}
	return []string{in.Queue}
}

// unreported turns what the store says into a Problem.
func (c *Console) unreported(what string, err error) error {
	if errors.Is(err, report.ErrTooLong) {
		return problem("report_too_long", "The report would have more than %d rows; choose longer intervals, a shorter time, or fewer agents.", report.MostRows)
	}
	return c.refused("report "+what, err)
}

// answer is a report as the user wants it. The table's first row has the names of its columns.
func (in *SpanAsked) answer(name string, q report.Query, shown any, table func() [][]string) *reportAnswer {
	if in.Format == "csv" || in.Format == "" && strings.Contains(in.Accept, "text/csv") {
		last := q.To.Add(-time.Nanosecond) // a report up to midnight is of the day before
		file := fmt.Sprintf("%s-%s-%s.csv", name, q.From.In(q.Zone).Format(time.DateOnly), last.In(q.Zone).Format(time.DateOnly))
		return &reportAnswer{"text/csv; charset=utf-8; header=present", `attachment; filename="` + file + `"`, "Accept", csvOf(table())}
	}
	body, err := json.Marshal(shown)
	if err != nil {
		panic(err) // the shown types always encode
	}
	return &reportAnswer{"application/json", "", "Accept", body}
}

// csvOf writes a table (RFC 4180). No cell of it is taken for a formula.
func csvOf(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
		}
	}
	if err := w.WriteAll(rows); err != nil {
		panic(err) // memory takes it
	}
	return b.Bytes()
}

// wholeSeconds is a time in whole seconds.
func wholeSeconds(d time.Duration) int64 { return int64(math.Round(d.Seconds())) }

// tenths is a time in seconds, with a tenth.
func tenths(d time.Duration) float64 { return math.Round(d.Seconds()*10) / 10 }

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// describeReports says what a report looks like: it is written by hand, because it has two forms.
func describeReports(api huma.API) {
	for name, of := range map[string]struct {
		what  string
		shown any
	}{
		"status-time": {"How long agents were in each status. It ends when the next one begins.", statusTimesShown{}},
		"handled": {
			"What agents did. handled counts each time that one took a customer's call, so a call that is handed on counts for both; a switch " +
				"in mid-call ends nothing. talk_s is without hold_s, the time that the other side heard music. A call and the work after it (after_s) " +
				"count in the interval in which they began, once they are over. average_handling_s = (talk_s + hold_s + after_s) / (handled + outbound + internal).",
			handledShown{},
		},
		"missed": {
			"offers: what rang for agents, and what became of it; missed is without the offers that nobody let pass: the caller gave up " +
				"(cancelled), another took the call (elsewhere), or it was taken away (forced, moved). customers: who left a queue without an answer, for supervisors.",
			missedShown{},
		},
		"service-level": {
			"How callers fared, in the interval in which they came, by the queue that they were in last. They wait from the arrival of the call. " +
				"service_level = answered_within / (offered - short): of all who did not hang up at once, how many were answered within the target.",
			serviceShown{},
		},
		"switches": {
			"Switches of agents from the softphone to a phone and back. customer_gap_ms: the longest time between two packets to the customer " +
				"around the switch; cut_over_ms: in which he heard neither the old leg, or comfort, nor the new one; two_way_ms: from the key that accepted the call until both hear " +
				"each other; took_ms: from the click to the end, of the switches of live calls that were done.",
			switchesReportShown{},
		},
	} {
		schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(of.shown), true, "")
		get := api.OpenAPI().Paths[prefix+"/reports/"+name].Get
		get.Description = of.what
		get.Responses["200"] = &huma.Response{
			Description: "The report",
			Content: map[string]*huma.MediaType{
				"application/json": {Schema: schema}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
			},
		}
	}
}
