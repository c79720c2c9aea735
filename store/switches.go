package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/report"
)

// Switches returns the switches that began in a time, as far as they are over and committed, and their sums. The database
// sorts what is needed to say how a measure is spread.
func (s *Store) Switches(ctx context.Context, q report.SwitchQuery) (out report.Switches, err error) {
	f := asked(q.Query, "began_us")
	f.in("agent", q.Agents)
	switch q.Direction {
	case report.ToPhone:
		f.add("back = $", int64(0))
	case report.ToSoftphone:
		f.add("back = $", int64(1))
	case report.BothWays:
	}
	out.Results, err = list(ctx, s.db, readResult, `SELECT back, CASE WHEN call_id = '' THEN 0 ELSE 1 END, result, COUNT(*)
		FROM switches`+f.clause()+` GROUP BY 1, 2, 3`, f.args...)
	if err != nil {
		return out, fmt.Errorf("count the switches: %w", err)
	}
	slices.SortFunc(out.Results, func(a, b report.Result) int { return a.Compare(b) })
	for _, r := range out.Results {
		out.Total += r.Count
	}
	for _, of := range []struct {
		measure string
		spread  *report.Spread
	}{
		{"cut_over_us", &out.CutOver},
		{"two_way_us", &out.TwoWay},
		{"gap_us", &out.Gap},
		{"(CASE WHEN result = 'done' AND call_id <> '' THEN ended_us - began_us ELSE 0 END)", &out.Took},
	} {
		if err := s.spread(ctx, of.measure, f, of.spread); err != nil {
			return out, fmt.Errorf("measure the switches: %w", err)
		}
	}
	out.List, err = list(ctx, s.db, readSwitch, `SELECT agent, call_id, by_user, target, back, began_us, ended_us, result,
		cut_over_us, two_way_us, gap_us FROM switches`+f.clause()+fmt.Sprintf(` ORDER BY began_us DESC, agent LIMIT %d`, q.Limit), f.args...)
	if err != nil {
		return out, fmt.Errorf("list the switches: %w", err)
	}
	return out, nil
}

// spread says how a measure is spread, without those rows that have none.
func (s *Store) spread(ctx context.Context, measure string, f *filter, out *report.Spread) error {
	from := " FROM switches" + f.clause() + " AND " + measure + " > 0"
	var worst int64
	if err := s.db.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(MAX("+measure+"), 0)"+from, f.args...).Scan(&out.Count, &worst); err != nil {
		return err
	}
	out.Worst = fromLength(worst)
	if out.Count == 0 {
		return nil
	}
	for _, p := range []struct {
		percent int
		value   *time.Duration
	}{{50, &out.Median}, {95, &out.P95}, {99, &out.P99}} {
		var us int64
		before := (out.Count*p.percent+99)/100 - 1 // the nearest rank
		query := "SELECT " + measure + from + fmt.Sprintf(" ORDER BY 1 LIMIT 1 OFFSET %d", before)
		if err := s.db.QueryRowContext(ctx, query, f.args...).Scan(&us); err != nil {
			return err
		}
		*p.value = fromLength(us)
	}
	return nil
}

func readResult(rows *sql.Rows) (r report.Result, err error) {
	var back, live int64
	err = rows.Scan(&back, &live, &r.Result, &r.Count)
	r.Back, r.Live = back != 0, live != 0
	return r, err
}

func readSwitch(rows *sql.Rows) (w report.Switch, err error) {
	var back, began, ended, cutOver, twoWay, gap int64
	err = rows.Scan(&w.Agent, &w.Call, &w.By, &w.To, &back, &began, &ended, &w.Result, &cutOver, &twoWay, &gap)
	w.Back, w.Began, w.Ended = back != 0, fromMicros(began), fromMicros(ended)
	w.CutOver, w.TwoWay, w.Gap = fromLength(cutOver), fromLength(twoWay), fromLength(gap)
	return w, err
}
