package console

import (
	"context"
	"errors"
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

type transferAsked struct {
	ID   string `path:"id" maxLength:"128"`
	Body struct {
		To        string `json:"to,omitempty" maxLength:"64" doc:"an agent, a queue or a number; absent: to who is being consulted"`
		RequestID string `json:"request_id,omitempty" maxLength:"100" doc:"the same id again gets the same answer and does nothing"`
	}
}

type holdAsked struct {
	ID   string `path:"id" maxLength:"128"`
	Body struct {
		On bool `json:"on" doc:"the customer hears music; false: he is talked to again"`
	}
}

type recordingAsked struct {
	ID   string `path:"id" maxLength:"128"`
	Body struct {
		State string `json:"state" enum:"on,paused,off"`
	}
}

func (c *Console) listCalls(ctx context.Context, _ *struct{}) (*callsAnswer, error) {
	who := from(ctx)
	out := &callsAnswer{}
	out.Body.Now, out.Body.Calls = c.now().UTC(), []callShown{}
	for _, s := range who.view.Calls {
		if who.viewer.sees(reachOfCall(s)) {
			out.Body.Calls = append(out.Body.Calls, c.measure(showCall(s, who.viewer)))
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
	return &callAnswer{Body: c.measure(showCall(s, who.viewer))}, nil
}

func (c *Console) endCall(ctx context.Context, in *callAsked) (*struct{}, error) {
	return c.doToCall(ctx, in.ID, "", "end call "+in.ID, telagent.EndCall{By: from(ctx).viewer.name, Call: call.ID(in.ID)})
}

func (c *Console) rescueCall(ctx context.Context, in *callAsked) (*struct{}, error) {
	return c.doToCall(ctx, in.ID, "", "rescue call "+in.ID, telagent.RescueCall{By: from(ctx).viewer.name, Call: call.ID(in.ID)})
}

func (c *Console) transfer(ctx context.Context, in *transferAsked) (*struct{}, error) {
	return c.doToCall(ctx, in.ID, in.Body.RequestID, "transfer call "+in.ID, telagent.Transfer{
		By: from(ctx).viewer.name, Call: call.ID(in.ID), To: in.Body.To, RequestID: in.Body.RequestID,
	})
}

func (c *Console) hold(ctx context.Context, in *holdAsked) (*struct{}, error) {
	return c.doToCall(ctx, in.ID, "", "hold call "+in.ID, telagent.Hold{
		By: from(ctx).viewer.name, Call: call.ID(in.ID), Off: !in.Body.On,
	})
}

var recordings = map[string]call.Recording{"on": call.On, "paused": call.Paused, "off": call.Off}

func (c *Console) record(ctx context.Context, in *recordingAsked) (*struct{}, error) {
	return c.doToCall(ctx, in.ID, "", "record call "+in.ID, telagent.RecordCall{
		By: from(ctx).viewer.name, Call: call.ID(in.ID), Now: recordings[in.Body.State],
	})
}

// doToCall carries a command out on a call that the user sees. Whether he may is the Floor's to say. What becomes of the
// call is told by its events: it may not be his to see any more, so what has a request id is asked again all the same.
func (c *Console) doToCall(ctx context.Context, id, requestID, what string, cmd telagent.Command) (*struct{}, error) {
	who := from(ctx)
	s, seen := callWithID(who.view, call.ID(id))
	seen = seen && who.viewer.sees(reachOfCall(s))
	if !seen && requestID == "" {
		return nil, unknownCall(id)
	}
	err := c.o.Do(ctx, cmd)
	var refusal *telagent.Refusal
	switch {
	case err == nil:
		return nil, nil
	case !seen && errors.As(err, &refusal):
		return nil, unknownCall(id)
	}
	return nil, c.refused(what, err)
}

func unknownCall(id string) *Problem { return problem("unknown_call", "There is no live call %q.", id) }
