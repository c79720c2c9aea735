package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"telagent-gateway/report"
)

// BenchmarkReports measures a month's reports over a year of calls: TELAGENT_CALLS says how many, usually 10,000.
func BenchmarkReports(b *testing.B) {
	calls := 10_000
	if n, err := strconv.Atoi(os.Getenv("TELAGENT_CALLS")); err == nil {
		calls = n
	}
	s := opened(b, "sqlite:"+filepath.Join(b.TempDir(), "telagent.db"))
	year := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	fill(b, s, year, calls)
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(b, err)
	from := time.Date(2026, 6, 1, 0, 0, 0, 0, berlin)
	q := report.Query{From: from, To: from.AddDate(0, 1, 0), Zone: berlin, Interval: report.Day, ByAgent: true}
	for name, ask := range map[string]func() error{
		"handled by agent and day": func() error { _, err := s.Work(b.Context(), q); return err },
		"one agent": func() error {
			own := q
			own.Agents = []string{"agent7"}
			_, err := s.Work(b.Context(), own)
			return err
		},
		"service level by queue and hour": func() error {
			of := report.ServiceQuery{Query: q, Target: 20 * time.Second, Short: 5 * time.Second}
			of.Interval, of.ByAgent, of.ByQueue = report.Hour, false, true
			_, err := s.Service(b.Context(), of)
			return err
		},
		"switches": func() error {
			_, err := s.Switches(b.Context(), report.SwitchQuery{Query: q, Limit: 500})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(b, ask())
			}
		})
	}
}

// fill writes a year of calls of 200 agents in 10 queues: of each an offer, a talk and after-call work, of every fifth an offer
// that was missed before, of every fiftieth a switch.
func fill(b *testing.B, s *Store, year time.Time, calls int) {
	b.Helper()
	tx, err := s.db.Begin()
	must(b, err)
	addOne, err := tx.Prepare(addWork)
	must(b, err)
	addTheCall, err := tx.Prepare(`INSERT INTO calls (id, from_number, from_name, dialled, queue, began_us, answered_us, ended_us, cause, ended_by, legs, switches)
		VALUES ($1, '+491701234567', '', '+18005550100', $2, $3, $4, $5, 'normal', 'customer', $6, '[]')`)
	must(b, err)
	move, err := tx.Prepare(putSwitch)
	must(b, err)
	legs := fmt.Sprintf("[%0500d]", 1) // as long as those of a real call
	chance := rand.New(rand.NewPCG(1, 2))
	for n := range calls {
		at := year.Add(365 * 24 * time.Hour / time.Duration(calls) * time.Duration(n))
		agent, queue, id := fmt.Sprint("agent", chance.IntN(200)), fmt.Sprint("queue", chance.IntN(10)), fmt.Sprint("call", n)
		wait := time.Duration(chance.IntN(60)) * time.Second
		taken := at.Add(wait)
		over := taken.Add(time.Duration(chance.IntN(600)) * time.Second)
		for what, span := range map[string][2]time.Time{"offer": {at, taken}, "talk": {taken, over}, "after": {over, over.Add(time.Minute)}} {
			_, err = addOne.Exec(micros(span[0]), agent, what, id, queue, "inbound", "taken", micros(span[1]), 0)
			must(b, err)
		}
		if n%5 == 0 {
			_, err = addOne.Exec(micros(at), agent, "offer", id+"m", queue, "inbound", "no_answer", micros(taken), 0)
			must(b, err)
		}
		if n%50 == 0 {
			_, err = move.Exec(micros(at), agent, id, "boss", "+4930", 0, micros(taken), "done", 30_000, 50_000, 20_000+chance.IntN(5000))
			must(b, err)
		}
		_, err = addTheCall.Exec(id, queue, micros(at), micros(taken), micros(over), legs)
		must(b, err)
	}
	must(b, tx.Commit())
}
