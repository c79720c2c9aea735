package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

const (
	putSchedule  = `INSERT INTO schedules (name, entry) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry`
	dropSchedule = `DELETE FROM schedules WHERE name = $1`
)

type scheduleEntry struct {
	From    string        `json:"from"`
	To      string        `json:"to,omitempty"`
	Zone    string        `json:"zone,omitempty"`
	Days    string        `json:"days"`
	StartNS int64         `json:"start_ns"`
	LongNS  int64         `json:"length_ns"`
	Members []memberEntry `json:"members"`
	BegunUS int64         `json:"begun_us,omitempty"`
}

type memberEntry struct {
	Agent  string `json:"agent"`
	Number string `json:"number,omitempty"`
}

func scheduleOf(s telagent.Schedule) scheduleEntry {
	e := scheduleEntry{
		From: s.From, To: s.To, Zone: s.Zone, Days: schedule.DaysText(s.Days), StartNS: int64(s.Start), LongNS: int64(s.Length), BegunUS: micros(s.Begun),
	}
	for _, m := range s.Members {
		e.Members = append(e.Members, memberEntry(m))
	}
	return e
}

func readSchedule(rows *sql.Rows) (s telagent.Schedule, err error) {
	var entry string
	if err := rows.Scan(&s.Name, &entry); err != nil {
		return s, err
	}
	var e scheduleEntry
	if err := json.Unmarshal([]byte(entry), &e); err != nil {
		return s, fmt.Errorf("schedule %s: %w", s.Name, err)
	}
	s.From, s.To, s.Zone, s.Start, s.Length, s.Begun = e.From, e.To, e.Zone, time.Duration(e.StartNS), time.Duration(e.LongNS), fromMicros(e.BegunUS)
	if s.Days, err = schedule.ParseDays(e.Days); err != nil {
		return s, fmt.Errorf("schedule %s: %w", s.Name, err)
	}
	for _, m := range e.Members {
		s.Members = append(s.Members, schedule.Member(m))
	}
	return s, nil
}
