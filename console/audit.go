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

type auditAsked struct {
	Subject string    `query:"subject" maxLength:"64" doc:"agent, call, queue or user"`
	By      string    `query:"by" maxLength:"64"`
	Before  time.Time `query:"before" doc:"only lines older than this time"`
	Limit   int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
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
	q := AuditQuery{Before: in.Before, Subject: in.Subject, By: in.By, Limit: in.Limit}
	out := &auditAnswer{}
	out.Body.Entries = []auditShown{}
	for range pagesRead {
		page, err := c.o.Audit(ctx, q)
		if err != nil {
			return nil, c.refused("read the audit trail", err)
		}
		for _, e := range page {
			if len(out.Body.Entries) < in.Limit && (e.By == who.name || who.sees(reachOfEntry(e))) {
				out.Body.Entries = append(out.Body.Entries, auditShown{
					Time: e.Time.UTC(), By: e.By, Action: e.Action, Subject: e.Subject, Result: e.Result, Detail: e.Detail,
				})
			}
		}
		if len(page) < q.Limit || len(out.Body.Entries) >= in.Limit {
			break
		}
		q.Before = page[len(page)-1].Time
	}
	return out, nil
}

// reachOfEntry: what was done to an agent is for his supervisors, what was decided for a team for the team's.
func reachOfEntry(e telagent.AuditEntry) reach {
	if e.Action == "put_policy" {
		return reach{team: e.Subject}
	}
	return reach{agents: []string{e.Subject}}
}
