package console

import (
	"context"
	"time"

	"telagent-gateway/telagent"
)

type trunksAnswer struct {
	Body struct {
		Trunks []trunkShown `json:"trunks" doc:"sorted by name"`
	}
}

type phonesAnswer struct {
	Body struct {
		Phones []phoneShown `json:"phones"`
	}
}

type queuesAnswer struct {
	Body struct {
		Now    time.Time    `json:"now" doc:"the gateway's clock"`
		Queues []queueShown `json:"queues" doc:"sorted by name"`
	}
}

type alarmsAnswer struct {
	Body struct {
		Alarms []alarmShown `json:"alarms" doc:"those not cleared yet, oldest first"`
	}
}

// listTrunks: all supervisors share the trunks, and must know when no channel is free.
func (c *Console) listTrunks(ctx context.Context, _ *struct{}) (*trunksAnswer, error) {
	who := from(ctx)
	if !who.viewer.leads() {
		return nil, problem("not_supervisor", "Only supervisors may see the trunks.")
	}
	out := &trunksAnswer{}
	out.Body.Trunks = []trunkShown{}
	known := make(map[string]Trunk)
	if c.o.Trunks != nil {
		for _, t := range c.o.Trunks() {
			known[t.Name] = t
		}
	}
	for _, t := range who.view.Trunks {
		out.Body.Trunks = append(out.Body.Trunks, showTrunk(t, known[t.Name]))
	}
	return out, nil
}

// showTrunk puts together what the Floor and what signalling know of a trunk.
func showTrunk(t telagent.TrunkView, k Trunk) trunkShown {
	s := trunkShown{
		Name: t.Name, Up: t.Up, Problem: t.Problem, Channels: t.Channels, InUse: t.InUse, Since: moment(k.Since),
		Registration: k.Registration, Target: k.Target,
	}
	if s.Problem == "" || s.Problem == k.Problem {
		s.Problem, s.ProblemAt = k.Problem, moment(k.ProblemAt)
	}
	for _, at := range k.Targets {
		s.Targets = append(s.Targets, targetShown(at))
	}
	return s
}

// listPhones shows the contacts of agents, their desk phones included; an admin sees every contact.
func (c *Console) listPhones(ctx context.Context, _ *struct{}) (*phonesAnswer, error) {
	who := from(ctx)
	owner := make(map[string]string)
	for _, a := range who.view.Agents {
		owner[a.ID] = a.ID
		if a.DeskPhone != "" {
			owner[a.DeskPhone] = a.ID
		}
	}
	out := &phonesAnswer{}
	out.Body.Phones = []phoneShown{}
	for _, p := range c.o.Phones() {
		if who.viewer.sees(reach{agents: []string{owner[p.AOR]}}) {
			out.Body.Phones = append(out.Body.Phones, phoneShown{
				AOR: p.AOR, Contact: p.Contact, Transport: p.Transport, Source: p.Source, UserAgent: p.UserAgent,
				Expires: p.Expires.UTC(), Seen: p.Seen.UTC(), Answered: moment(p.Answered), Missed: p.Missed,
			})
		}
	}
	return out, nil
}

func (c *Console) listQueues(ctx context.Context, _ *struct{}) (*queuesAnswer, error) {
	who := from(ctx)
	out := &queuesAnswer{}
	out.Body.Now, out.Body.Queues = c.now().UTC(), []queueShown{}
	for _, q := range who.view.Queues {
		if who.viewer.sees(reachOfQueue(q)) {
			out.Body.Queues = append(out.Body.Queues, showQueue(q))
		}
	}
	return out, nil
}

func (c *Console) listAlarms(ctx context.Context, _ *struct{}) (*alarmsAnswer, error) {
	who := from(ctx)
	out := &alarmsAnswer{}
	out.Body.Alarms = []alarmShown{}
	for _, a := range c.hub.alarms() {
		if who.viewer.sees(reachOfAlarm(a.Team, a.Teams)) {
			out.Body.Alarms = append(out.Body.Alarms, showAlarm(a))
		}
	}
	return out, nil
}

func reachOfQueue(q telagent.QueueView) reach { return reach{queue: q.Name, served: true} }
