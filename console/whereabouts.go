package console

import (
	"context"
	"errors"
	"slices"
	"time"

	"telagent-gateway/telagent"
)

type profileShown struct {
	Name      string   `json:"name"`
	Type      string   `json:"type" enum:"available,away,tentative,conference,break"`
	DurationS int      `json:"duration_s,omitempty" doc:"seconds after which the default profile comes back; absent: never"`
	Queues    []string `json:"queues" doc:"the queue group; empty: all queues of the agent"`
	Reason    string   `json:"reason,omitempty" doc:"shown beside the status; absent: the name"`
}

type profilesAnswer struct {
	Body struct {
		Profiles []profileShown `json:"profiles" doc:"in the order of lists; the default one is called default"`
		Reasons  []string       `json:"break_reasons" doc:"what a break may be for; empty: anything"`
	}
}

func (c *Console) profiles(ctx context.Context, _ *struct{}) (*profilesAnswer, error) {
	view := from(ctx).view
	out := &profilesAnswer{}
	out.Body.Profiles, out.Body.Reasons = make([]profileShown, 0, len(view.Profiles)), list(view.Reasons)
	for _, p := range view.Profiles {
		out.Body.Profiles = append(out.Body.Profiles, profileShown{
			Name: p.Name, Type: p.Type.String(), DurationS: int(p.Duration / time.Second), Queues: list(p.Queues), Reason: p.Reason,
		})
	}
	return out, nil
}

type officeAsked struct {
	Office string `path:"office" maxLength:"100"`
	Body   struct {
		Status string `json:"status" enum:"away,available"`
	}
}

// setOffice sets everybody in an office away or available in it, and answers with those whom the user sees.
func (c *Console) setOffice(ctx context.Context, in *officeAsked) (*agentsAnswer, error) {
	who := from(ctx).viewer
	cmd := telagent.SetOffice{By: who.name, Office: in.Office, Away: in.Body.Status == "away"}
	if err := c.o.Do(ctx, cmd); err != nil {
		return nil, c.refused("set the office "+in.Office, err)
	}
	return c.agentsWhere(who, c.o.View(), func(a telagent.AgentView) bool { return slices.Contains(a.Offices, in.Office) }), nil
}

// activity takes a key press of an agent's page.
func (c *Console) activity(ctx context.Context, in *agentAsked) (*struct{}, error) {
	err := c.o.Do(ctx, telagent.NoteActivity{By: from(ctx).viewer.name, Agent: in.ID})
	if err != nil && !errors.Is(err, ErrNotSaved) { // nothing of it is stored
		return nil, c.refused("note the activity of "+in.ID, err)
	}
	return nil, nil
}

// pageTime bounds how long a page that opens or closes waits for the Floor.
const pageTime = 5 * time.Second

// page tells the Floor that a page of an agent is open, and returns what to do when it closes. An open event stream is a
// page. When the server goes down nobody has closed his page.
func (c *Console) page(ctx context.Context, a asked) (closed func()) {
	agent := agentOf(telagent.User{Name: a.viewer.name}, a.view)
	if agent == "" {
		return func() {}
	}
	tell := func(cmd telagent.Command) error { // also when the page is gone already
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pageTime)
		defer cancel()
		return c.o.Do(ctx, cmd)
	}
	var refusal *telagent.Refusal
	if errors.As(tell(telagent.OpenPage{By: agent, Agent: agent}), &refusal) {
		return func() {}
	}
	return func() {
		if !c.hub.after(0).closed {
			_ = tell(telagent.ClosePage{By: agent, Agent: agent}) // nobody is left to tell
		}
	}
}

// signOff signs an agent off who leaves the console, which ends all his sessions (S54). A Telagent stays: he needs no page.
func (c *Console) signOff(ctx context.Context, agent string) error {
	c.sessions.endAll(agent, tokenHash{})
	a, _ := agentWithID(c.o.View(), agent)
	if a.Reach == "phone" || a.Declared == "offline" {
		return nil
	}
	return c.o.Do(ctx, telagent.SetStatus{By: agent, Agent: agent}) // offline; in a call, when it has ended
}
