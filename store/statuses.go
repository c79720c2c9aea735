package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/presence"
)

// StatusQuery selects times in a status.
type StatusQuery struct {
	From, To time.Time      // the time that is looked at; To at the latest now, since nothing is known of later
	Agent    string         // empty: all
	Zone     *time.Location // whose midnight ends a day; nil: UTC
}

// StatusTime is how long an agent was in a status on one day.
type StatusTime struct {
	Agent  string
	Day    string // as 2026-11-24
	Status string
	Time   time.Duration
}

// began is a row of the table statuses.
type began struct {
	agent  string
	at     time.Time
	status presence.Status
}

// StatusTimes returns how long agents were in each status, by agent, day and status, as far as that is committed. A
// status that has not ended counts up to To. Nothing is known of the time before an agent's first status.
func (s *Store) StatusTimes(ctx context.Context, q StatusQuery) ([]StatusTime, error) {
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	of, args := "", []any{micros(q.From), micros(q.To)}
	if q.Agent != "" {
		of, args = " AND s.agent = $3", append(args, word(q.Agent))
	}
	// The second half is the status that each agent was in at From, which began before it.
	rows, err := list(ctx, s.db, readBegan, `SELECT s.agent, s.began_us, s.status FROM statuses s
		WHERE s.began_us >= $1 AND s.began_us < $2`+of+`
		UNION ALL SELECT s.agent, s.began_us, s.status FROM agents a JOIN statuses s ON s.agent = a.id AND s.began_us =
		(SELECT MAX(b.began_us) FROM statuses b WHERE b.agent = a.id AND b.began_us < $1)`+of, args...)
	if err != nil {
		return nil, fmt.Errorf("read the statuses: %w", err)
	}
	slices.SortFunc(rows, func(a, b began) int { return cmp.Or(cmp.Compare(a.agent, b.agent), a.at.Compare(b.at)) })
	return sum(rows, q), nil
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

// sum adds up the times of rows, which are in the order of agents and times. What goes past midnight is split there.
func sum(rows []began, q StatusQuery) []StatusTime {
	type slot struct {
		agent, day string
		status     presence.Status
	}
	total := map[slot]time.Duration{}
	for i, r := range rows {
		from, to := r.at, q.To
		if from.Before(q.From) {
			from = q.From
		}
		if i+1 < len(rows) && rows[i+1].agent == r.agent {
			to = rows[i+1].at
		}
		for from.Before(to) {
			local := from.In(q.Zone)
			end := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, q.Zone)
			if end.After(to) || !end.After(from) {
				end = to
			}
			total[slot{r.agent, local.Format(time.DateOnly), r.status}] += end.Sub(from)
			from = end
		}
	}
	all := make([]StatusTime, 0, len(total))
	for s, d := range total {
		all = append(all, StatusTime{Agent: s.agent, Day: s.day, Status: s.status.String(), Time: d})
	}
	slices.SortFunc(all, func(a, b StatusTime) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Status, b.Status))
	})
	return all
}
