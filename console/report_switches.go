package console

import (
	"context"
	"strconv"
	"time"

	"telagent-gateway/report"
)

type switchesAsked struct {
	SpanAsked
	Team  string `query:"team" maxLength:"64" doc:"only its agents of today; absent: all that you may see"`
	Agent string `query:"agent" maxLength:"64" doc:"absent: all whom you may see"`
	To    string `query:"direction" enum:"phone,softphone" doc:"absent: both"`
	Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"500" doc:"of the rows; the sums are of all"`
}

type switchRowShown struct {
	Began   time.Time `json:"began"`
	Agent   string    `json:"agent"`
	To      string    `json:"to" enum:"phone,softphone"`
	Target  string    `json:"target" doc:"what was rung"`
	Call    string    `json:"call,omitempty" doc:"that moved; absent: he was in none"`
	By      string    `json:"by,omitempty" doc:"who asked; absent: a policy or a schedule"`
	Result  string    `json:"result" doc:"done, undone, or the cause"`
	Took    *float64  `json:"took_ms,omitempty" doc:"from the click to the end; absent: there was no call to move"`
	CutOver *float64  `json:"cut_over_ms,omitempty" doc:"absent: not measured"`
	TwoWay  *float64  `json:"two_way_ms,omitempty" doc:"absent: not measured"`
	Gap     *float64  `json:"customer_gap_ms,omitempty" doc:"absent: not measured"`
}

type switchCountShown struct {
	To     string `json:"to" enum:"phone,softphone"`
	Live   bool   `json:"live" doc:"with a call"`
	Result string `json:"result"`
	Count  int    `json:"count"`
}

type spreadShown struct {
	Count  int     `json:"count" doc:"how many were measured"`
	Median float64 `json:"p50_ms"`
	P95    float64 `json:"p95_ms"`
	P99    float64 `json:"p99_ms"`
	Worst  float64 `json:"max_ms"`
}

type switchesReportShown struct {
	SpanShown
	Total   int                `json:"total" doc:"switches that are over"`
	Results []switchCountShown `json:"results"`
	Took    spreadShown        `json:"took"`
	CutOver spreadShown        `json:"cut_over"`
	TwoWay  spreadShown        `json:"two_way"`
	Gap     spreadShown        `json:"customer_gap"`
	Rows    []switchRowShown   `json:"rows" doc:"the newest first"`
}

// switchesReport reports the switches of the agents whom the user sees.
func (c *Console) switchesReport(ctx context.Context, in *switchesAsked) (*reportAnswer, error) {
	who := from(ctx)
	q := report.SwitchQuery{Limit: in.Limit}
	var err error
	if q.Query, err = in.span(c.now()); err != nil {
		return nil, err
	}
	about := AboutAsked{Team: in.Team, Agent: in.Agent}
	if q.Agents, err = about.agents(who.viewer, who.view); err != nil {
		return nil, err
	}
	switch in.To {
	case "phone":
		q.Direction = report.ToPhone
	case "softphone":
		q.Direction = report.ToSoftphone
	}
	all, err := c.o.Reports.Switches(ctx, q)
	if err != nil {
		return nil, c.unreported("the switches", err)
	}
	out := switchesReportShown{
		SpanShown: SpanShown{From: q.From.UTC(), To: q.To.UTC(), Zone: in.Zone}, Total: all.Total,
		Results: []switchCountShown{}, Rows: []switchRowShown{},
		Took: showSpread(all.Took), CutOver: showSpread(all.CutOver), TwoWay: showSpread(all.TwoWay), Gap: showSpread(all.Gap),
	}
	for _, r := range all.Results {
		out.Results = append(out.Results, switchCountShown{directionWord(r.Back), r.Live, r.Result, r.Count})
	}
	for _, s := range all.List {
		row := switchRowShown{
			Began: s.Began.UTC(), Agent: s.Agent, To: directionWord(s.Back), Target: s.To, Call: s.Call, By: s.By, Result: s.Result,
			CutOver: measured(s.CutOver), TwoWay: measured(s.TwoWay), Gap: measured(s.Gap),
		}
		if s.Call != "" {
			row.Took = measured(s.Ended.Sub(s.Began))
		}
		out.Rows = append(out.Rows, row)
	}
	return in.answer("switches", q.Query, out, out.table), nil
}

func directionWord(back bool) string {
	if back {
		return "softphone"
	}
	return "phone"
}

func showSpread(s report.Spread) spreadShown {
	return spreadShown{Count: s.Count, Median: exactly(s.Median), P95: exactly(s.P95), P99: exactly(s.P99), Worst: exactly(s.Worst)}
}

// exactly is a time in milliseconds, as exact as it is kept.
func exactly(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (s switchesReportShown) table() [][]string {
	rows := [][]string{{"began", "agent", "to", "target", "call", "by", "result", "took_ms", "cut_over_ms", "two_way_ms", "customer_gap_ms"}}
	ms := func(of *float64) string {
		if of == nil {
			return ""
		}
		return strconv.FormatFloat(*of, 'f', -1, 64)
	}
	for _, r := range s.Rows {
		rows = append(rows, []string{
			stamp(r.Began), r.Agent, r.To, r.Target, r.Call, r.By, r.Result, ms(r.Took), ms(r.CutOver), ms(r.TwoWay), ms(r.Gap),
		})
	}
	return rows
}
