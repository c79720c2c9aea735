package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones by name, also where the machine has none

	"github.com/danielgtaylor/huma/v2"
)

// longestReport bounds the time that one report looks at.
const longestReport = 400 * 24 * time.Hour

type statusTimeAsked struct {
	From   string `query:"from" maxLength:"40" doc:"a day (2026-11-24) or a time (RFC 3339); absent: today"`
	To     string `query:"to" maxLength:"40" doc:"up to the end of this day, or up to this time; absent: now"`
	Agent  string `query:"agent" maxLength:"64" doc:"absent: all whom you may see"`
	Zone   string `query:"tz" maxLength:"64" default:"UTC" doc:"time zone whose midnight ends a day, such as Europe/Berlin"`
	Format string `query:"format" enum:"json,csv" doc:"absent: as Accept says"`
	Accept string `header:"Accept"`
}

type statusTimeShown struct {
	Agent   string `json:"agent"`
	Day     string `json:"day" doc:"in the time zone that was asked for"`
	Status  string `json:"status"`
	Seconds int64  `json:"seconds"`
}

type statusTimesShown struct {
	From time.Time         `json:"from"`
	To   time.Time         `json:"to" doc:"a status that goes on counts up to here"`
	Zone string            `json:"tz"`
	Rows []statusTimeShown `json:"rows" doc:"sorted by agent, day and status; what did not happen is left out"`
}

type reportAnswer struct {
	ContentType string `header:"Content-Type"`
	Vary        string `header:"Vary"`
	Body        []byte
}

// statusTime reports how long the agents whom the user sees were in each status.
func (c *Console) statusTime(ctx context.Context, in *statusTimeAsked) (*reportAnswer, error) {
	q, err := in.query(c.now())
	if err != nil {
		return nil, err
	}
	times, err := c.o.StatusTimes(ctx, q)
	if err != nil {
		return nil, c.refused("report the time in each status", err)
	}
	who := from(ctx).viewer
	out := statusTimesShown{From: q.From.UTC(), To: q.To.UTC(), Zone: in.Zone, Rows: []statusTimeShown{}}
	for _, t := range times {
		if who.sees(reach{agents: []string{t.Agent}}) {
			out.Rows = append(out.Rows, statusTimeShown{t.Agent, t.Day, t.Status, int64(math.Round(t.Time.Seconds()))})
		}
	}
	if in.Format == "csv" || in.Format == "" && strings.Contains(in.Accept, "text/csv") {
		return &reportAnswer{"text/csv; charset=utf-8; header=present", "Accept", out.csv()}, nil
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic(err) // the shown types always encode
	}
	return &reportAnswer{"application/json", "Accept", body}, nil
}

// query reads what is asked for; what is still to come is cut off.
func (in *statusTimeAsked) query(now time.Time) (q StatusTimeQuery, err error) {
	if q.Zone, err = time.LoadLocation(in.Zone); err != nil || in.Zone == "Local" {
		return q, problem("bad_time", "There is no time zone %q; write one like Europe/Berlin.", in.Zone)
	}
	local := now.In(q.Zone)
	q.From, q.To, q.Agent = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, q.Zone), now, in.Agent
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

// csv is the report as a table (RFC 4180).
func (s statusTimesShown) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{{"agent", "day", "status", "seconds"}}
	for _, r := range s.Rows {
		rows = append(rows, []string{r.Agent, r.Day, r.Status, strconv.FormatInt(r.Seconds, 10)})
	}
	if err := w.WriteAll(rows); err != nil {
		panic(err) // memory takes it
	}
	return b.Bytes()
}

// describeReports says what a report looks like: it is written by hand, because it has two forms.
func describeReports(api huma.API) {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[statusTimesShown](), true, "")
	api.OpenAPI().Paths[prefix+"/reports/status-time"].Get.Responses["200"] = &huma.Response{
		Description: "The report",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: schema}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
		},
	}
}
