package console

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"telagent-gateway/telagent"
)

type memberShown struct {
	Agent  string    `json:"agent"`
	State  string    `json:"state" enum:"waiting,moving,done,refused,failed,undone" doc:"waiting: for a channel, or for him to stop dialling; moving: his call moves, or his answer is asked for"`
	Code   string    `json:"code,omitempty" doc:"why he waits, was refused or could not be moved, for programs"`
	Detail string    `json:"detail,omitempty" doc:"the same in a sentence"`
	To     string    `json:"to,omitempty" doc:"what rings or rang"`
	Since  time.Time `json:"since" doc:"when he came to that state"`
}

type massSwitchShown struct {
	ID        string         `json:"id"`
	By        string         `json:"by,omitempty" doc:"who asked; absent: a policy"`
	What      string         `json:"what" doc:"whom it is about, in words"`
	To        string         `json:"to" enum:"telagent,softphone"`
	Began     time.Time      `json:"began"`
	Ended     *time.Time     `json:"ended,omitempty" doc:"absent: it goes on"`
	UndoUntil *time.Time     `json:"undo_until,omitempty" doc:"absent: it cannot be undone any more"`
	Count     map[string]int `json:"count" doc:"agents by state"`
	Agents    []memberShown  `json:"agents" doc:"those that you may see"`
}

func showBatch(b telagent.BatchView, who viewer) massSwitchShown {
	s := massSwitchShown{
		ID: b.ID, By: b.By, What: b.What, To: "telagent", Began: b.Began.UTC(), Ended: moment(b.Ended), UndoUntil: moment(b.UndoUntil),
		Count: map[string]int{}, Agents: []memberShown{},
	}
	if b.Back {
		s.To = "softphone"
	}
	for _, m := range b.Members {
		if b.By != who.name && (!who.sees(reach{agents: []string{m.Agent}}) || m.Code == "unknown_agent" && !who.all()) {
			continue // nor is he told of one of his agents whom somebody asked for who may not see him
		}
		s.Count[string(m.Progress)]++
		s.Agents = append(s.Agents, memberShown{
			Agent: m.Agent, State: string(m.Progress), Code: m.Code, Detail: m.Sentence, To: m.To, Since: m.Since.UTC(),
		})
	}
	return s
}

// seenBatch shows a switch of several to whom it is shown: who leads somebody of it.
func seenBatch(b telagent.BatchView, who viewer) (massSwitchShown, bool) {
	s := showBatch(b, who)
	return s, who.leads() && len(s.Agents) > 0
}

type massSwitchesAnswer struct {
	Body struct {
		Switches []massSwitchShown `json:"switches" doc:"the newest first; the last 100 are kept, until the gateway stops"`
	}
}

func (c *Console) listSwitches(ctx context.Context, _ *struct{}) (*massSwitchesAnswer, error) {
	who, out := from(ctx).viewer, &massSwitchesAnswer{}
	out.Body.Switches = []massSwitchShown{}
	for _, b := range slices.Backward(from(ctx).view.Batches) {
		if s, sees := seenBatch(b, who); sees {
			out.Body.Switches = append(out.Body.Switches, s)
		}
	}
	return out, nil
}

type massSwitchAnswer struct{ Body massSwitchShown }

func (c *Console) getSwitch(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"100"`
},
) (*massSwitchAnswer, error) {
	return c.massSwitch(from(ctx).view, from(ctx).viewer, in.ID)
}

func (c *Console) massSwitch(view *telagent.View, who viewer, id string) (*massSwitchAnswer, error) {
	i := slices.IndexFunc(view.Batches, func(b telagent.BatchView) bool { return b.ID == id })
	if i >= 0 {
		if s, sees := seenBatch(view.Batches[i], who); sees {
			return &massSwitchAnswer{s}, nil
		}
	}
	return nil, problem("unknown_switch", "There is no switch %s.", id)
}

func (c *Console) undoSwitch(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"100"`
},
) (*massSwitchAnswer, error) {
	who := from(ctx).viewer
	if err := c.o.Do(ctx, telagent.UndoSwitch{By: who.name, Batch: in.ID}); err != nil {
		return nil, c.refused("undo the switch "+in.ID, err)
	}
	return c.massSwitch(c.o.View(), who, in.ID)
}

// switchMany switches several agents: the answer says how far each is, and switches.changed how it goes on.
func (c *Console) switchMany(ctx context.Context, in *switchAsked) (*batchAnswer, error) {
	who, b := from(ctx).viewer, in.Body
	s := telagent.SwitchMany{
		By: who.name, Back: b.To == "softphone", RequestID: b.RequestID,
		Who: telagent.Selection{Agents: once(b.Agents), Team: b.Team, Office: b.Office, Site: b.Site, CutOff: b.CutOff},
	}
	if b.DryRun {
		return c.planMany(ctx, s)
	}
	if s.RequestID == "" {
		s.RequestID = rand.Text()
	}
	out := &batchAnswer{}
	if err := c.o.Do(ctx, s); errors.Is(err, ErrNotSaved) {
		out.Body.Warning = ErrNotSaved.Error()
	} else if err != nil {
		return nil, c.refused("switch "+s.Who.String(), err)
	}
	for _, b := range c.o.View().Batches {
		if b.By == s.By && b.RequestID == s.RequestID {
			out.Body.Switch = b.ID
			out.Body.Results = resultsOf(showBatch(b, who))
		}
	}
	return out.orRefused(s.Who.Agents)
}

func resultsOf(s massSwitchShown) []result {
	out := make([]result, 0, len(s.Agents))
	for _, m := range s.Agents {
		out = append(out, result{
			Agent: m.Agent, OK: m.State != string(telagent.SwitchRefused), State: m.State, Code: m.Code, Detail: m.Detail,
		})
	}
	return out
}

// planMany says what a mass switch would do.
func (c *Console) planMany(ctx context.Context, s telagent.SwitchMany) (*batchAnswer, error) {
	plan, err := c.o.PlanMany(ctx, s)
	if err != nil {
		return nil, c.refused("plan a switch of "+s.Who.String(), err)
	}
	out := &batchAnswer{}
	out.Body.Plan = &massPlanShown{What: plan.What, Now: plan.Now, Later: plan.Later, Free: plan.Free}
	for _, one := range plan.Agents {
		r := result{Agent: one.Agent, OK: one.Refusal == nil}
		if one.Refusal != nil {
			r.Code, r.Detail = one.Refusal.Code, one.Refusal.Sentence
		} else {
			r.Plan = showPlan(one.Plan)
			r.Plan.Later = !one.Now
		}
		out.Body.Results = append(out.Body.Results, r)
	}
	return out.orRefused(s.Who.Agents)
}

// orRefused puts the results into the order asked; when nothing was done for anybody it is a problem.
func (a *batchAnswer) orRefused(asked []string) (*batchAnswer, error) {
	if len(asked) > 0 {
		slices.SortStableFunc(a.Body.Results, func(x, y result) int {
			return slices.Index(asked, x.Agent) - slices.Index(asked, y.Agent)
		})
	}
	if len(a.Body.Results) == 0 || slices.ContainsFunc(a.Body.Results, func(r result) bool { return r.OK }) {
		return a, nil
	}
	first := a.Body.Results[0]
	p := problem(first.Code, "%s", first.Detail)
	p.Results = a.Body.Results
	return nil, p
}
