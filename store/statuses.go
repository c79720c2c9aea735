package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/report"
)

// began is a row of the table statuses.
type began struct {
	agent  string
	at     time.Time
	status presence.Status
}

// StatusTimes returns how long agents were in each status, by agent, day and status, as far as that is committed. A
// status that has not ended counts up to q.To, which is now at the latest, since nothing is known of later. Nothing is known
// of the time before an agent's first status. The error wraps report.ErrTooLong when the rows are too many.
func (s *Store) StatusTimes(ctx context.Context, q report.Query) ([]report.StatusTime, error) {
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	f := asked(q, "s.began_us")
	f.in("s.agent", q.Agents)
	from := f.mark(micros(q.From))
	// The second half is the status that each agent was in at From, which began before it.
	query := `SELECT s.agent, s.began_us, s.status FROM statuses s` + f.clause() + `
		UNION ALL SELECT s.agent, s.began_us, s.status FROM agents a JOIN statuses s ON s.agent = a.id AND s.began_us =
		(SELECT MAX(b.began_us) FROM statuses b WHERE b.agent = a.id AND b.began_us < ` + from + `)`
	if q.Agents != nil {
		query += " WHERE " + f.where[len(f.where)-1]
	}
	total := statusSum{query: q, total: map[slot]time.Duration{}}
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		b, err := readBegan(rows)
		if err == nil {
			err = total.add(b)
		}
		return err
	}, query+` ORDER BY 1, 2`, f.args...)
	if err == nil {
		err = total.add(began{})
	}
	if err != nil {
		return nil, fmt.Errorf("add up the statuses: %w", err)
	}
	return total.all(), nil
}

func readBegan(rows *sql.Rows) (b began, err error) {
	var at int64
	var status string
	if err := rows.Scan(&b.agent, &at, &status); err != nil {
		return b, err
	}
	b.at = fromMicros(at)
	b.status, err = presence.ParseStatus(status)
	return b, err
}

// statusSum adds up the times of statuses that come in the order of agents and times.
type statusSum struct {
	query report.Query
	last  began // whose end is not known yet
	total map[slot]time.Duration
}

// slot is what the times are told apart by.
type slot struct {
	agent, day string
	status     presence.Status
}

// add takes the next status, which ends the one before; the zero value ends the last one. What goes past midnight is split
// there.
func (s *statusSum) add(next began) error {
	from, to := s.last.at, s.query.To
	if from.Before(s.query.From) {
		from = s.query.From
	}
	if next.agent == s.last.agent {
		to = next.at
	}
	for s.last.agent != "" && from.Before(to) {
		local := from.In(s.query.Zone)
		end := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, s.query.Zone)
		if end.After(to) || !end.After(from) {
			end = to
		}
		s.total[slot{s.last.agent, local.Format(time.DateOnly), s.last.status}] += end.Sub(from)
		from = end
	}
	s.last = next
	if len(s.total) > report.MostRows {
		return report.ErrTooLong
	}
	return nil
}

func (s *statusSum) all() []report.StatusTime {
	all := make([]report.StatusTime, 0, len(s.total))
	for k, d := range s.total {
		all = append(all, report.StatusTime{Agent: k.agent, Day: k.day, Status: k.status.String(), Time: d})
	}
	slices.SortFunc(all, func(a, b report.StatusTime) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Status, b.Status))
	})
	return all
}
