package console

import (
	"context"
	"time"

	"telagent-gateway/telagent"
)

type legRecordShown struct {
	ID       string     `json:"id"`
	Seat     string     `json:"seat"`
	Mode     string     `json:"mode,omitempty" doc:"how a guest took part"`
	Agent    string     `json:"agent,omitempty"`
	Device   string     `json:"device" doc:"softphone, desk or pstn"`
	Target   string     `json:"target"`
	Began    time.Time  `json:"began"`
	Answered *time.Time `json:"answered,omitempty"`
	Ended    time.Time  `json:"ended"`
	Cause    string     `json:"cause"`
	Fault    string     `json:"fault,omitempty" doc:"whose fault that was: agent, customer, trunk, network or system; absent: nobody's"`
}

type recordingShown struct {
	Began   time.Time `json:"began"`
	Length  float64   `json:"length" doc:"seconds; 0: not known, or nothing was written"`
	Paused  bool      `json:"paused,omitempty" doc:"it was paused, and has silence there"`
	Problem string    `json:"problem,omitempty" doc:"why it is not whole"`
}

type recordShown struct {
	ID       string           `json:"id"`
	Kind     string           `json:"kind" doc:"inbound, outbound or internal"`
	From     partyShown       `json:"from"`
	To       string           `json:"to"`
	Queue    string           `json:"queue,omitempty"`
	Began    time.Time        `json:"began"`
	Answered *time.Time       `json:"answered,omitempty" doc:"when the first agent joined; absent: never"`
	Ended    time.Time        `json:"ended"`
	Cause    string           `json:"cause"`
	EndedBy  string           `json:"ended_by" doc:"customer, an agent, a supervisor, or system"`
	Legs     []legRecordShown `json:"legs"`
	Switches []switchShown    `json:"switches"`

	Recordings []recordingShown `json:"recordings"`
}

type auditShown struct {
	Time    time.Time `json:"time"`
	By      string    `json:"by,omitempty" doc:"absent: the system"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Result  string    `json:"result" doc:"done, or the refusal's code"`
	Detail  string    `json:"detail,omitempty"`
}

type historyAsked struct {
	Agent  string    `query:"agent" maxLength:"64" doc:"only calls with a leg of this agent"`
	Queue  string    `query:"queue" maxLength:"64"`
	Before time.Time `query:"before" doc:"only calls that ended before this time"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type historyAnswer struct {
	Body struct {
		Records []recordShown `json:"records" doc:"newest first"`
	}
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

func (c *Console) history(ctx context.Context, in *historyAsked) (*historyAnswer, error) {
	who := from(ctx).viewer
	q := HistoryQuery{Before: in.Before, Agent: in.Agent, Queue: in.Queue, Limit: in.Limit}
	out := &historyAnswer{}
	out.Body.Records = []recordShown{}
	for range pagesRead {
		page, err := c.o.History(ctx, q)
		if err != nil {
			return nil, c.refused("read the history", err)
		}
		for _, rec := range page {
			if len(out.Body.Records) < in.Limit && who.sees(reachOfRecord(rec)) {
				out.Body.Records = append(out.Body.Records, showRecord(rec, who))
			}
		}
		if len(page) < q.Limit || len(out.Body.Records) >= in.Limit {
			break
		}
		q.Before = page[len(page)-1].Ended
	}
	return out, nil
}

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
			if len(out.Body.Entries) < in.Limit && (e.By == who.name || who.sees(reach{agents: []string{e.Subject}})) {
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

// showRecord shows an agent no legs of those who monitored.
func showRecord(r telagent.Record, who viewer) recordShown {
	out := recordShown{
		ID: string(r.ID), Kind: r.Kind, From: partyShown{Number: r.From.Number, Name: r.From.Name}, To: r.To, Queue: r.Queue,
		Began: r.Began.UTC(), Answered: moment(r.Answered), Ended: r.Ended.UTC(), Cause: r.Cause.String(), EndedBy: r.EndedBy,
		Legs: make([]legRecordShown, 0, len(r.Legs)), Switches: make([]switchShown, 0, len(r.Switches)),
		Recordings: make([]recordingShown, 0, len(r.Recordings)),
	}
	for _, l := range r.Legs {
		if !who.leads() && l.Mode == telagent.Monitor.String() {
			continue
		}
		out.Legs = append(out.Legs, legRecordShown{
			ID: string(l.Leg), Seat: l.Seat.String(), Mode: l.Mode, Agent: l.Agent, Device: l.Device.String(), Target: l.Target,
			Began: l.Began.UTC(), Answered: moment(l.Answered), Ended: l.Ended.UTC(), Cause: l.Cause.String(), Fault: string(l.Fault),
		})
	}
	for i := range r.Switches {
		out.Switches = append(out.Switches, *showSwitch(&r.Switches[i]))
	}
	for _, f := range r.Recordings {
		out.Recordings = append(out.Recordings, recordingShown{f.Began.UTC(), f.Length.Seconds(), f.Paused, f.Problem})
	}
	return out
}
