package console

import (
	"context"
	"errors"
	"slices"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

type usersListed struct {
	Body struct {
		Users []keptUser `json:"users" doc:"sorted by name; agents are entries of their own"`
	}
}

type agentsListed struct {
	Body struct {
		Agents []keptAgent `json:"agents" doc:"sorted by id"`
	}
}

// entryRefused turns what is wrong with an entry into a Problem; nil: nothing is.
func (c *Console) entryRefused(what string, err error) error {
	var bad *BadEntry
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		p := problem("invalid_entry", "%s", bad.Error())
		p.Errors = bad.Complaints
		return p
	}
	return c.refused(what, err)
}

func (c *Console) userEntries(ctx context.Context) ([]keptUser, error) {
	return entries(c, ctx, func(s telagent.State) []telagent.User { return s.Users },
		func(u telagent.User, s telagent.State, r map[telagent.EntryName]telagent.Revision) (keptUser, bool) {
			if u.Role == telagent.AgentRole || slices.ContainsFunc(s.Agents, func(a telagent.Agent) bool { return a.ID == u.Name }) {
				return keptUser{}, false
			}
			e := UserEntry{u.Name, roleWord(u.Role), u.Teams, u.Offices, u.SetsOthers, u.PhoneID}
			return keptUser{u.Name, e, showSecrets(u), showRevision(r[e.entry()])}, true
		})
}

func showSecrets(u telagent.User) SecretsKept {
	return SecretsKept{u.Credentials.Password != "", u.Credentials.PIN != ""}
}

func (c *Console) listUserEntries(ctx context.Context, _ *struct{}) (*usersListed, error) {
	all, err := c.userEntries(ctx)
	out := &usersListed{}
	out.Body.Users = all
	return out, err
}

func (c *Console) userEntry(ctx context.Context, name string) (*entryAnswer[keptUser], error) {
	all, err := c.userEntries(ctx)
	return one(all, err, "unknown_user", "user "+name, func(u keptUser) bool { return u.Name == name })
}

func (c *Console) getUserEntry(ctx context.Context, in *entryAsked) (*entryAnswer[keptUser], error) {
	return c.userEntry(ctx, in.Name)
}

func (c *Console) putUserEntry(ctx context.Context, in *entryPut[userPut]) (*entryAnswer[keptUser], error) {
	in.Body.Name = in.Name
	if err := c.put(ctx, in.Body.UserEntry, in.Body.Secrets, in.Guard); err != nil {
		return nil, err
	}
	return c.userEntry(ctx, in.Name)
}

func (c *Console) dropUserEntry(ctx context.Context, in *entryDrop) (*struct{}, error) {
	e := telagent.EntryName{Kind: telagent.UserEntry, Name: in.Name}
	return c.drop(ctx, e, in.Guard, telagent.DropUser{By: from(ctx).viewer.name, Name: in.Name})
}

func (c *Console) agentEntries(ctx context.Context) ([]keptAgent, error) {
	proofs := map[string]telagent.User{}
	return entries(c, ctx, func(s telagent.State) []telagent.Agent {
		for _, u := range s.Users {
			proofs[u.Name] = u
		}
		return s.Agents
	}, func(a telagent.Agent, _ telagent.State, r map[telagent.EntryName]telagent.Revision) (keptAgent, bool) {
		e := agentEntryOf(a)
		return keptAgent{a.ID, e, showSecrets(proofs[a.ID]), showRevision(r[e.entry()])}, true
	})
}

func agentEntryOf(a telagent.Agent) AgentEntry {
	e := AgentEntry{
		ID: a.ID, Name: a.Name, Team: a.Team, Role: roleWord(a.Role), Supervises: a.Supervises, Numbers: a.Numbers, Authorised: a.Authorised,
		Direct: a.Direct, DeskPhone: a.DeskPhone, Queues: a.Queues, Offices: a.Offices, PhoneID: a.PhoneID, Proof: a.Proof.String(),
		Language: a.Language, NailedUp: a.NailedUp,
	}
	if a.WrapUp != 0 {
		s := max(0, a.WrapUp.Seconds()) // below 0 is none
		e.WrapUpS = &s
	}
	if a.SignsOnAs != presence.Offline {
		e.SignsOnAs = a.SignsOnAs.String()
	}
	for word, has := range map[string]bool{"chat": a.Channels.Chat, "mail": a.Channels.Mail, "video": a.Channels.Video} {
		if has {
			e.Channels = append(e.Channels, word)
		}
	}
	slices.Sort(e.Channels)
	return e
}

func (c *Console) listAgentEntries(ctx context.Context, _ *struct{}) (*agentsListed, error) {
	all, err := c.agentEntries(ctx)
	out := &agentsListed{}
	out.Body.Agents = all
	return out, err
}

func (c *Console) agentEntry(ctx context.Context, id string) (*entryAnswer[keptAgent], error) {
	all, err := c.agentEntries(ctx)
	return one(all, err, "unknown_agent", "agent "+id, func(a keptAgent) bool { return a.ID == id })
}

func (c *Console) getAgentEntry(ctx context.Context, in *entryAsked) (*entryAnswer[keptAgent], error) {
	return c.agentEntry(ctx, in.Name)
}

func (c *Console) putAgentEntry(ctx context.Context, in *entryPut[agentPut]) (*entryAnswer[keptAgent], error) {
	in.Body.AgentEntry.ID = in.Name
	if err := c.put(ctx, in.Body.AgentEntry, in.Body.Secrets, in.Guard); err != nil {
		return nil, err
	}
	return c.agentEntry(ctx, in.Name)
}

func (c *Console) dropAgentEntry(ctx context.Context, in *entryDrop) (*struct{}, error) {
	e := telagent.EntryName{Kind: telagent.AgentEntry, Name: in.Name}
	return c.drop(ctx, e, in.Guard, telagent.DropAgent{By: from(ctx).viewer.name, Agent: in.Name})
}
