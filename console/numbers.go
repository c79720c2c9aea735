package console

import (
	"context"

	"telagent-gateway/telagent"
)

type odditiesShown struct {
	Code     string `json:"code" enum:"no_number,spelling,loop,shared,not_allowed,hidden,shut"`
	Sentence string `json:"sentence"`
}

type numberShown struct {
	Number string          `json:"number,omitempty" doc:"as it was entered; absent: a queue that no number leads to"`
	Dial   string          `json:"dial,omitempty" doc:"in E.164; absent: it cannot be read so"`
	Use    string          `json:"use" enum:"called,access,phone,named,shown" doc:"called: it leads to the queue or agent; access: to sign-on by phone; phone: the agent is rung at it; named: he may be; shown: to whom he, the queue or anybody calls"`
	Agent  string          `json:"agent,omitempty"`
	Queue  string          `json:"queue,omitempty"`
	Order  int             `json:"order,omitempty" doc:"of a phone: its place in the order to try, from 1"`
	Rings  bool            `json:"rings,omitempty" doc:"of a phone: its agent is rung there now"`
	Nailed bool            `json:"nailed_up,omitempty" doc:"of a phone: its agent keeps a leg up between calls"`
	Odd    []odditiesShown `json:"odd" doc:"what somebody should look at"`
}

type numbersAnswer struct {
	Body struct {
		Numbers []numberShown `json:"numbers" doc:"by number"`
	}
}

// listNumbers shows which number leads where: to a supervisor those of his agents and of their queues, and everybody's.
func (c *Console) listNumbers(ctx context.Context, _ *struct{}) (*numbersAnswer, error) {
	who := from(ctx).viewer
	if !who.leads() {
		return nil, problem("not_supervisor", "Only supervisors may see the numbers.")
	}
	known, err := c.o.Numbers(ctx)
	if err != nil {
		return nil, c.refused("list the numbers", err)
	}
	out := &numbersAnswer{}
	out.Body.Numbers = []numberShown{}
	for _, n := range known {
		if common := n.Agent == "" && n.Queue == ""; common || who.sees(reachOfNumber(n)) {
			out.Body.Numbers = append(out.Body.Numbers, showNumber(n, who))
		}
	}
	return out, nil
}

func reachOfNumber(n telagent.KnownNumber) reach {
	r := reach{queue: n.Queue, served: true}
	if n.Agent != "" {
		r.agents = []string{n.Agent}
	}
	return r
}

// showNumber leaves out what is about an agent whom the user does not see.
func showNumber(n telagent.KnownNumber, who viewer) numberShown {
	out := numberShown{
		Number: n.Number, Dial: n.Dial, Use: n.Use, Agent: n.Agent, Queue: n.Queue, Order: n.Order, Rings: n.Rings, Nailed: n.Nailed, Odd: []odditiesShown{},
	}
	for _, o := range n.Odd {
		if o.Agent == "" || who.sees(reach{agents: []string{o.Agent}}) {
			out.Odd = append(out.Odd, odditiesShown{o.Code, o.Sentence})
		}
	}
	return out
}
