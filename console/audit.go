package console

import (
	"context"
	"time"

	"telagent-gateway/telagent"
)

type auditShown struct {
	Time    time.Time `json:"time"`
	By      string    `json:"by,omitempty" doc:"absent: the system"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Result  string    `json:"result" doc:"done, or the refusal's code"`
	Detail  string    `json:"detail,omitempty"`
}

// AuditWanted says which lines of the audit trail somebody wants. It has a name for huma, which reads no other embedded fields.
type AuditWanted struct {
	Subject string    `query:"subject" maxLength:"64" doc:"agent, call, queue or user"`
	By      string    `query:"by" maxLength:"64"`
	Action  string    `query:"action" maxLength:"64" doc:"such as switch or put_agent"`
	Result  string    `query:"result" maxLength:"64" doc:"done, a refusal's code, or refused: all that was refused or failed"`
	From    time.Time `query:"from" doc:"only lines of this time or younger"`
	Before  time.Time `query:"before" doc:"only lines older than this time"`
}

func (w AuditWanted) query(limit int) AuditQuery {
	return AuditQuery{Subject: w.Subject, By: w.By, Action: w.Action, Result: w.Result, From: w.From, Before: w.Before, Limit: limit}
}

type auditAsked struct {
	AuditWanted
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type auditAnswer struct {
	Body struct {
		Entries []auditShown `json:"entries" doc:"newest first"`
	}
}

// pagesRead bounds how much of the store one request may look through for what its user may see.
const pagesRead = 20

// audit shows an admin everything, and a supervisor what he did and what was done to his agents.
func (c *Console) audit(ctx context.Context, in *auditAsked) (*auditAnswer, error) {
	who := from(ctx).viewer
	if !who.leads() {
		return nil, problem("not_supervisor", "Only supervisors may read the audit trail.")
	}
	out := &auditAnswer{}
	out.Body.Entries = []auditShown{}
	err := c.eachAudited(ctx, who, in.AuditWanted.query(in.Limit), pagesRead, func(e telagent.AuditEntry) bool {
		out.Body.Entries = append(out.Body.Entries, showAudited(e))
		return len(out.Body.Entries) < in.Limit
	})
	if err != nil {
		return nil, c.refused("read the audit trail", err)
	}
	return out, nil
}

// eachAudited gives take the lines that a user may see, newest first, until it wants no more or so many pages were read.
func (c *Console) eachAudited(ctx context.Context, who viewer, q AuditQuery, pages int, take func(telagent.AuditEntry) bool) error {
	var last time.Time
	known := 0 // lines of that time that were taken
	for range pages {
		page, err := c.o.Audit(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range page {
			if !e.Time.Equal(last) {
				last, known = e.Time, 0
			}
			known++
			if (e.By == who.name || who.sees(reachOfEntry(e))) && !take(e) {
				return nil
			}
		}
		if len(page) < q.Limit {
			return nil
		}
		q.Before, q.Skip = last.Add(time.Microsecond), known // others of that time may follow
	}
	return nil
}

func showAudited(e telagent.AuditEntry) auditShown {
	return auditShown{Time: e.Time.UTC(), By: e.By, Action: e.Action, Subject: e.Subject, Result: e.Result, Detail: e.Detail}
}

// reachOfEntry: what was done to an agent is for his supervisors, what was decided for a team for the team's.
func reachOfEntry(e telagent.AuditEntry) reach {
	if e.Action == "put_policy" {
		return reach{team: e.Subject}
	}
	return reach{agents: []string{e.Subject}}
}
