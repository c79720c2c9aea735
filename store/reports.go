package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"telagent-gateway/report"
	"telagent-gateway/telagent"
)

const (
	// A commit whose answer was lost is sent again: the same piece twice stays one.
	addWork = `INSERT INTO work (began_us, agent, what, call_id, queue, kind, result, ended_us, held_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (began_us, agent, what, call_id) DO NOTHING`
	putSwitch = `INSERT INTO switches (began_us, agent, call_id, by_user, target, back, ended_us, result, cut_over_us, two_way_us, gap_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (began_us, agent) DO UPDATE SET call_id = excluded.call_id, by_user = excluded.by_user, target = excluded.target,
		back = excluded.back, ended_us = excluded.ended_us, result = excluded.result, cut_over_us = excluded.cut_over_us,
		two_way_us = excluded.two_way_us, gap_us = excluded.gap_us`
)

func workRow(w telagent.Work) row {
	return row{what: "work of agent " + w.Agent, sql: addWork, args: []any{
		micros(w.Began), word(w.Agent), word(string(w.What)), word(string(w.Call)), word(w.Queue), word(w.Kind), word(w.Result),
		micros(w.Ended), w.Held.Microseconds(),
	}}
}

func switchRow(s telagent.SwitchRecord) row {
	return row{what: "switch of agent " + s.Agent, sql: putSwitch, args: []any{
		micros(s.Began), word(s.Agent), word(string(s.Call)), word(s.By), text(s.To), flag(s.Back), micros(s.Ended), word(s.Result),
		s.CutOver.Microseconds(), s.TwoWay.Microseconds(), s.Gap.Microseconds(),
	}}
}

// slotOf is the number of the slot of a time since 1970. Both databases cut off what is left over.
const slotOf = "%s / 900000000"

// in takes a column that has to have one of some values; nil: any.
func (f *filter) in(column string, values []string) {
	if values == nil {
		return
	}
	if len(values) == 0 {
		f.where = append(f.where, "1 = 0")
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = f.mark(word(v))
	}
	f.where = append(f.where, column+" IN ("+strings.Join(marks, ", ")+")")
}

// mark adds an argument and returns its name in the query.
func (f *filter) mark(arg any) string {
	f.args = append(f.args, arg)
	return fmt.Sprintf("$%d", len(f.args))
}

// asked is a filter for a time and whom it is about.
func asked(q report.Query, began string) *filter {
	f := &filter{}
	f.add(began+" >= $", micros(q.From))
	f.add(began+" < $", micros(q.To))
	return f
}

// columns are what the rows of a report are told apart by, as far as it asks for that.
func columns(q report.Query, began, agent string) string {
	slot, queue := "0", "''"
	if q.Interval != report.Whole {
		slot = fmt.Sprintf(slotOf, began)
	}
	if !q.ByAgent {
		agent = "''"
	}
	if q.ByQueue {
		queue = "queue"
	}
	return slot + ", " + agent + ", " + queue
}

// Work adds up what agents did in the offers, talks and after-call works that began in a time, as far as they are over and
// committed. It holds no more than the rows that it returns; the error wraps report.ErrTooLong when those are too many.
func (s *Store) Work(ctx context.Context, q report.Query) ([]report.Row[report.Work], error) {
	f := asked(q, "began_us")
	f.in("agent", q.Agents)
	f.in("queue", q.Queues)
	table := report.NewTable[report.Work](q)
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var slot, pieces, time, held int64
		var agent, queue, what, kind, result string
		if err := rows.Scan(&slot, &agent, &queue, &what, &kind, &result, &pieces, &time, &held); err != nil {
			return err
		}
		sum, err := table.Row(slot, agent, queue)
		if err == nil {
			addPieces(sum, telagent.Work{What: telagent.Task(what), Kind: kind, Result: result}, int(pieces), fromLength(time), fromLength(held))
		}
		return err
	}, `SELECT `+columns(q, "began_us", "agent")+`, what, kind, result, COUNT(*), CAST(SUM(ended_us - began_us) AS BIGINT), CAST(SUM(held_us) AS BIGINT)
		FROM work`+f.clause()+` GROUP BY 1, 2, 3, what, kind, result`, f.args...)
	if err != nil {
		return nil, fmt.Errorf("add up the work: %w", err)
	}
	return table.Rows(), nil
}

// addPieces adds pieces of work of one kind to the figures.
func addPieces(sum *report.Work, of telagent.Work, n int, time, held time.Duration) {
	switch of.What {
	case telagent.OfferTask:
		sum.Offered += n
		if of.Result == "taken" {
			sum.Taken += n
		} else {
			sum.Miss(of.Result, n)
		}
	case telagent.TalkTask:
		switch of.Kind {
		case telagent.Outbound.String():
			sum.Outbound += n
		case telagent.Internal.String():
			sum.Internal += n
		default:
			sum.Handled += n
		}
		if of.Result == "transferred" {
			sum.Transferred += n
		}
		sum.Talk, sum.Hold = sum.Talk+time-held, sum.Hold+held
	case telagent.AfterTask:
		sum.Afters, sum.After = sum.Afters+n, sum.After+time
	}
}

// Service adds up how the callers of queues fared who came in a time, as far as their calls are over and committed. A call
// counts in the queue that it was in last. It holds no more than the rows that it returns; the error wraps
// report.ErrTooLong when those are too many.
func (s *Store) Service(ctx context.Context, q report.ServiceQuery) ([]report.Row[report.Service], error) {
	f := asked(q.Query, "began_us")
	f.where = append(f.where, "kind = 'inbound'", "queue <> ''")
	f.in("queue", q.Queues)
	target, short := f.target(q), f.mark(q.Short.Microseconds())
	const waited = "(CASE WHEN answered_us > 0 THEN answered_us - began_us ELSE ended_us - began_us END)"
	table := report.NewTable[report.Service](q.Query)
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var slot, answered, calls, sum, longest, within, soon int64
		var agent, queue, cause string
		if err := rows.Scan(&slot, &agent, &queue, &answered, &cause, &calls, &sum, &longest, &within, &soon); err != nil {
			return err
		}
		row, err := table.Row(slot, agent, queue)
		if err == nil {
			addCallers(row, answered == 1, cause, int(calls), int(within), int(soon), fromLength(sum))
			row.Longest = max(row.Longest, fromLength(longest))
		}
		return err
	}, `SELECT `+columns(q.Query, "began_us", "''")+`, CASE WHEN answered_us > 0 THEN 1 ELSE 0 END,
		CASE WHEN answered_us > 0 THEN '' WHEN ended_by = 'customer' THEN 'abandoned' ELSE cause END,
		COUNT(*), CAST(SUM(`+waited+`) AS BIGINT), MAX(`+waited+`),
		SUM(CASE WHEN `+waited+` <= `+target+` THEN 1 ELSE 0 END), SUM(CASE WHEN `+waited+` < `+short+` THEN 1 ELSE 0 END)
		FROM calls`+f.clause()+` GROUP BY 1, 2, 3, 4, 5`, f.args...)
	if err != nil {
		return nil, fmt.Errorf("add up the service: %w", err)
	}
	return table.Rows(), nil
}

// target is what an answer has to come within, which may be another for each queue.
func (f *filter) target(q report.ServiceQuery) string {
	usual := "CAST(" + f.mark(q.Target.Microseconds()) + " AS BIGINT)"
	if len(q.Targets) == 0 {
		return usual
	}
	var b strings.Builder
	b.WriteString("CASE queue")
	for queue, target := range q.Targets {
		fmt.Fprintf(&b, " WHEN %s THEN CAST(%s AS BIGINT)", f.mark(word(queue)), f.mark(target.Microseconds()))
	}
	return b.String() + " ELSE " + usual + " END"
}

// addCallers adds callers who fared alike to the figures.
func addCallers(sum *report.Service, answered bool, cause string, n, within, soon int, waited time.Duration) {
	sum.Offered += n
	switch {
	case answered:
		sum.Answered, sum.Within, sum.Waited = sum.Answered+n, sum.Within+within, sum.Waited+waited
	case cause == "abandoned":
		sum.Abandoned, sum.AbandonedWithin, sum.Short = sum.Abandoned+n, sum.AbandonedWithin+within, sum.Short+soon
	default:
		sum.Lose(cause, n)
	}
}

// each reads the rows of a query one by one.
func each(ctx context.Context, q querier, read func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
