package console

import (
	"context"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

type callAsked struct {
	ID string `path:"id" maxLength:"128"`
}

type callsAnswer struct {
	Body struct {
		Now   time.Time   `json:"now" doc:"the gateway's clock"`
		Calls []callShown `json:"calls" doc:"live calls, sorted by id"`
	}
}

type callAnswer struct{ Body callShown }

func (c *Console) listCalls(ctx context.Context, _ *struct{}) (*callsAnswer, error) {
	who := from(ctx)
	out := &callsAnswer{}
	out.Body.Now, out.Body.Calls = c.now().UTC(), []callShown{}
	for _, s := range who.view.Calls {
		if who.viewer.sees(reachOfCall(s)) {
			out.Body.Calls = append(out.Body.Calls, showCall(s))
		}
	}
	return out, nil
}

func (c *Console) getCall(ctx context.Context, in *callAsked) (*callAnswer, error) {
	who := from(ctx)
	s, ok := callWithID(who.view, call.ID(in.ID))
	if !ok || !who.viewer.sees(reachOfCall(s)) {
		return nil, unknownCall(in.ID)
	}
	return &callAnswer{Body: showCall(s)}, nil
}

func (c *Console) endCall(ctx context.Context, in *callAsked) (*struct{}, error) {
	who := from(ctx)
	s, ok := callWithID(who.view, call.ID(in.ID))
	if !ok || !who.viewer.sees(reachOfCall(s)) {
		return nil, unknownCall(in.ID)
	}
	if err := c.o.Do(ctx, telagent.EndCall{By: who.viewer.name, Call: s.ID}); err != nil {
		return nil, c.refused("end call "+in.ID, err)
	}
	return nil, nil
}

func unknownCall(id string) *Problem { return problem("unknown_call", "There is no live call %q.", id) }
