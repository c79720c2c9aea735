package console

import (
	"context"
	"strings"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

type agentAsked struct {
	ID string `path:"id" maxLength:"64"`
}

type agentsAsked struct {
	Vocabulary string `query:"vocabulary" enum:"tencent,sinch,expertflow,intermedia,ocelot" doc:"adds each agent's status in that system's words as word"`
}

type agentWordAsked struct {
	ID         string `path:"id" maxLength:"64"`
	Vocabulary string `query:"vocabulary" enum:"tencent,sinch,expertflow,intermedia,ocelot" doc:"adds the agent's status in that system's words as word"`
}

type agentsAnswer struct {
	Body struct {
		Now    time.Time    `json:"now" doc:"the gateway's clock"`
		Agents []agentShown `json:"agents" doc:"sorted by id"`
	}
}

type agentAnswer struct{ Body agentShown }

type statusAsked struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Status  string     `json:"status,omitempty" enum:"available,not_ready,on_break,away,offline" doc:"beside a profile it may be absent: what is declared stays"`
		Profile string     `json:"profile,omitempty" maxLength:"100" doc:"the profile to wear; default takes it off"`
		Office  string     `json:"office,omitempty" maxLength:"100" doc:"the office that it is said of, away or available; absent: everywhere"`
		Reason  string     `json:"reason,omitempty" maxLength:"64" doc:"of a break or of being away"`
		Until   *time.Time `json:"until,omitempty" doc:"when it ends by itself; absent: never, or after the profile's duration"`
		Version uint64     `json:"version,omitempty" doc:"of the agent as he was seen: refused as stale if something else is said of him by now; absent: whatever he is"`
	}
}

type wrapUpAsked struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Action  string `json:"action" enum:"end,continue" doc:"end it now, or go on without a countdown"`
		Version uint64 `json:"version,omitempty" doc:"as in set-status"`
	}
}

type pendingAsked struct {
	ID      string `path:"id" maxLength:"64"`
	Version uint64 `query:"version" doc:"as in set-status"`
}

func (c *Console) listAgents(ctx context.Context, in *agentsAsked) (*agentsAnswer, error) {
	who := from(ctx)
	out := c.agentsWhere(who.viewer, who.view, func(telagent.AgentView) bool { return true })
	for i := range out.Body.Agents {
		out.Body.Agents[i].speak(in.Vocabulary)
	}
	return out, nil
}

// agentsWhere returns those of the agents whom a user may see.
func (c *Console) agentsWhere(who viewer, view *telagent.View, fits func(telagent.AgentView) bool) *agentsAnswer {
	now := c.now()
	out := &agentsAnswer{}
	out.Body.Now, out.Body.Agents = now.UTC(), []agentShown{}
	for _, a := range view.Agents {
		if fits(a) && who.sees(reach{agents: []string{a.ID}}) {
			out.Body.Agents = append(out.Body.Agents, showAgent(a, now))
		}
	}
	return out
}

func (c *Console) getAgent(ctx context.Context, in *agentWordAsked) (*agentAnswer, error) {
	who := from(ctx)
	out, err := c.agent(who.viewer, who.view, in.ID)
	if err == nil {
		out.Body.speak(in.Vocabulary)
	}
	return out, err
}

func (c *Console) agent(who viewer, view *telagent.View, id string) (*agentAnswer, error) {
	a, ok := agentWithID(view, id)
	if !ok || !who.sees(reach{agents: []string{id}}) {
		return nil, problem("unknown_agent", "There is no agent %q.", id)
	}
	return &agentAnswer{Body: showAgent(a, c.now())}, nil
}

func (c *Console) setStatus(ctx context.Context, in *statusAsked) (*agentAnswer, error) {
	b := in.Body
	cmd := telagent.SetStatus{By: from(ctx).viewer.name, Agent: in.ID, Reason: b.Reason, Profile: b.Profile, Office: b.Office, Seen: b.Version}
	if b.Status != "" || b.Profile == "" {
		status, err := presence.ParseStatus(b.Status)
		if err != nil {
			return nil, problem("bad_status", "There is no status %q.", b.Status)
		}
		cmd.Status = status
	}
	if b.Profile != "" && cmd.Status == presence.Offline && b.Status != "" {
		return nil, problem("bad_status", "Who is offline wears no profile; leave one of the two out.")
	}
	if in.Body.Until != nil {
		cmd.Until = *in.Body.Until
	}
	return c.doToAgent(ctx, in.ID, "set the status of "+in.ID, cmd)
}

func (c *Console) cancelPending(ctx context.Context, in *pendingAsked) (*agentAnswer, error) {
	cmd := telagent.CancelPending{By: from(ctx).viewer.name, Agent: in.ID, Seen: in.Version}
	return c.doToAgent(ctx, in.ID, "cancel what is pending for "+in.ID, cmd)
}

func (c *Console) wrapUp(ctx context.Context, in *wrapUpAsked) (*agentAnswer, error) {
	cmd := telagent.WrapUp{By: from(ctx).viewer.name, Agent: in.ID, Continue: in.Body.Action == "continue", Seen: in.Body.Version}
	return c.doToAgent(ctx, in.ID, in.Body.Action+" the wrap-up of "+in.ID, cmd)
}

func (c *Console) decline(ctx context.Context, in *agentAsked) (*agentAnswer, error) {
	return c.doToAgent(ctx, in.ID, "decline for "+in.ID, telagent.Decline{By: from(ctx).viewer.name, Agent: in.ID})
}

// doToAgent carries a command out and answers with the agent as he is then. Whether the user may is the Floor's to say,
// so that what is refused is audited too.
func (c *Console) doToAgent(ctx context.Context, id, what string, cmd telagent.Command) (*agentAnswer, error) {
	if err := c.o.Do(ctx, cmd); err != nil {
		return nil, c.refused(what, err)
	}
	return c.agent(from(ctx).viewer, c.o.View(), id)
}

// invalidFile tells what is wrong with a directory file, one complaint per line.
func invalidFile(err error) *Problem {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	p := problem("invalid_directory", "%s", lines[0])
	for _, line := range lines {
		p.Errors = append(p.Errors, Complaint{Message: line})
	}
	return p
}
