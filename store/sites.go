package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"telagent-gateway/telagent"
)

const (
	putSite   = `INSERT INTO sites (name, networks) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET networks = excluded.networks`
	dropSite  = `DELETE FROM sites WHERE name = $1`
	putPolicy = `INSERT INTO policies (team, entry) VALUES ($1, $2) ON CONFLICT (team) DO UPDATE SET entry = excluded.entry`
)

type policyEntry struct {
	CutOff      string `json:"cut_off"`
	GraceNS     int64  `json:"grace_ns,omitempty"`
	PhoneSignOn bool   `json:"phone_sign_on,omitempty"`
	SetBy       string `json:"set_by,omitempty"`
	SetUS       int64  `json:"set_us,omitempty"`
}

func policyOf(p telagent.Policy) policyEntry {
	return policyEntry{p.CutOff.String(), int64(p.Grace), p.PhoneSignOn, p.SetBy, micros(p.Set)}
}

func readPolicy(rows *sql.Rows) (telagent.Policy, error) {
	var team, entry string
	if err := rows.Scan(&team, &entry); err != nil {
		return telagent.Policy{}, err
	}
	var e policyEntry
	if err := json.Unmarshal([]byte(entry), &e); err != nil {
		return telagent.Policy{}, fmt.Errorf("policy of %s: %w", team, err)
	}
	rule, err := telagent.ParseCutOffRule(e.CutOff)
	if err != nil {
		return telagent.Policy{}, fmt.Errorf("policy of %s: %w", team, err)
	}
	return telagent.Policy{
		Team: team, CutOff: rule, Grace: time.Duration(e.GraceNS), PhoneSignOn: e.PhoneSignOn, SetBy: e.SetBy, Set: fromMicros(e.SetUS),
	}, nil
}

func readSite(rows *sql.Rows) (s telagent.Site, err error) {
	var networks string
	if err := rows.Scan(&s.Name, &networks); err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(networks), &s.Networks); err != nil {
		return s, fmt.Errorf("site %s: %w", s.Name, err)
	}
	return s, nil
}
