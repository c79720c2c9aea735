package console

import (
	"context"
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

type guestAsked struct {
	ID   string `path:"id" maxLength:"128"`
	Body struct {
		Agent     string `json:"agent,omitempty" maxLength:"64" doc:"who is rung; absent with monitor, whisper and barge: you"`
		Number    string `json:"number,omitempty" maxLength:"64" doc:"outside, instead of an agent; to consult or for a conference"`
		Mode      string `json:"mode" enum:"consult,conference,monitor,whisper,barge"`
		RequestID string `json:"request_id,omitempty" maxLength:"100" doc:"the same id again gets the same answer and does nothing"`
	}
}

type guestChanged struct {
	ID   string `path:"id" maxLength:"128"`
	Who  string `path:"who" maxLength:"64" doc:"agent or number"`
	Body struct {
		Mode string `json:"mode" enum:"conference,monitor,whisper,barge"`
	}
}

type guestDropped struct {
	ID  string `path:"id" maxLength:"128"`
	Who string `path:"who" maxLength:"64" doc:"agent or number"`
}

func (c *Console) addGuest(ctx context.Context, in *guestAsked) (*struct{}, error) {
	mode, err := telagent.ParseMode(in.Body.Mode)
	if err != nil {
		return nil, problem("invalid", "There is no mode %q.", in.Body.Mode)
	}
	return c.doToCall(ctx, in.ID, in.Body.RequestID, "add a guest to call "+in.ID, telagent.AddGuest{
		By: from(ctx).viewer.name, Call: call.ID(in.ID), Agent: in.Body.Agent, Number: in.Body.Number, Mode: mode, RequestID: in.Body.RequestID,
	})
}

func (c *Console) changeGuest(ctx context.Context, in *guestChanged) (*struct{}, error) {
	mode, err := telagent.ParseMode(in.Body.Mode)
	if err != nil {
		return nil, problem("invalid", "There is no mode %q.", in.Body.Mode)
	}
	return c.doToCall(ctx, in.ID, "", "change a guest of call "+in.ID, telagent.ChangeGuest{
		By: from(ctx).viewer.name, Call: call.ID(in.ID), Agent: in.Who, Mode: mode,
	})
}

func (c *Console) dropGuest(ctx context.Context, in *guestDropped) (*struct{}, error) {
	return c.doToCall(ctx, in.ID, "", "send a guest of call "+in.ID+" away", telagent.DropGuest{
		By: from(ctx).viewer.name, Call: call.ID(in.ID), Agent: in.Who,
	})
}

type guestShown struct {
	Agent  string `json:"agent,omitempty"`
	Number string `json:"number,omitempty" doc:"outside, instead of an agent"`
	Mode   string `json:"mode" doc:"consult, conference, monitor, whisper or barge"`
	State  string `json:"state,omitempty" doc:"of his leg"`
	Gets   bool   `json:"gets,omitempty" doc:"the call is his as soon as he takes it"`
}

// showGuests shows an agent nobody who listens in silence: that is for supervisors to know.
func showGuests(guests []telagent.GuestView, who viewer) []guestShown {
	out := make([]guestShown, 0, len(guests))
	for _, g := range guests {
		if who.leads() || g.Mode != telagent.Monitor.String() {
			out = append(out, guestShown(g))
		}
	}
	return out
}

// listens says whether a leg is one of a supervisor who listens in silence.
func listens(l telagent.LegView, guests []telagent.GuestView) bool {
	return slices.ContainsFunc(guests, func(g telagent.GuestView) bool {
		return g.Agent != "" && g.Agent == l.Agent && g.Mode == telagent.Monitor.String()
	})
}
