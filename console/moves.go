package console

import (
	"cmp"
	"context"
	"slices"
	"time"

	"telagent-gateway/telagent"
)

type switchAsked struct {
	Body struct {
		Agents    []string `json:"agents,omitempty" minItems:"1" maxItems:"500" nullable:"false" doc:"by name; instead of them, everybody who fits all the rest that is given:"`
		Team      string   `json:"team,omitempty" maxLength:"100"`
		Office    string   `json:"office,omitempty" maxLength:"100"`
		Site      string   `json:"site,omitempty" maxLength:"100" doc:"where the softphones are: a site's name, or a network as 192.0.2.0/24"`
		CutOff    bool     `json:"cut_off,omitempty" doc:"who lost his softphone, in a call or without one"`
		To        string   `json:"to" enum:"telagent,softphone"`
		Number    string   `json:"number,omitempty" maxLength:"32" doc:"E.164 to ring instead of the agent's own; for one agent only"`
		DryRun    bool     `json:"dry_run,omitempty" doc:"say what would happen and do nothing"`
		RequestID string   `json:"request_id,omitempty" maxLength:"100" doc:"the same id again gets the same answer and does nothing"`
	}
}

type forceLogoutAsked struct {
	Body struct {
		Agents    []string `json:"agents" minItems:"1" maxItems:"500" nullable:"false"`
		DryRun    bool     `json:"dry_run,omitempty" doc:"say what would happen and do nothing"`
		RequestID string   `json:"request_id,omitempty" maxLength:"100" doc:"the same id again gets the same answer and does nothing"`
	}
}

type planShown struct {
	Target    string     `json:"target" doc:"what would ring"`
	Reachable string     `json:"reachable" doc:"reachable, unreachable or unknown, as was learned last; unreachable too when no trunk is up"`
	SeenAt    *time.Time `json:"seen_at,omitempty" doc:"when that was learned last; absent: it never was"`
	SeenBy    string     `json:"seen_by,omitempty" enum:"registration,options,call,test_call" doc:"what by"`
	Channels  int        `json:"channels" doc:"trunk channels that it needs"`
	Free      int        `json:"free" doc:"trunk channels that are free; -1: unlimited"`
	Call      string     `json:"call,omitempty" doc:"what would happen to the live call; absent: no call"`
	Status    string     `json:"status" doc:"what the status would be"`
	Later     bool       `json:"later,omitempty" doc:"it waits for a channel"`
}

type massPlanShown struct {
	What  string `json:"what" doc:"whom it is about, in words"`
	Now   int    `json:"now" doc:"how many would begin at once"`
	Later int    `json:"later" doc:"how many would wait for a channel"`
	Free  int    `json:"free" doc:"trunk channels that are free; -1: unlimited"`
}

type result struct {
	Agent  string     `json:"agent"`
	OK     bool       `json:"ok" doc:"accepted; a live call's move goes on and ends with switch.done or switch.failed"`
	State  string     `json:"state,omitempty" enum:"waiting,moving,done,refused,failed,undone" doc:"how far it is, of several; switches.changed tells how it goes on"`
	Code   string     `json:"code,omitempty" doc:"why not, or why not yet, for programs"`
	Detail string     `json:"detail,omitempty" doc:"why not, in a sentence"`
	Plan   *planShown `json:"plan,omitempty" doc:"of a dry run of a switch"`

	Logout *logoutShown `json:"logout,omitempty" doc:"of a dry run of a forced logout"`
}

type logoutShown struct {
	Call string `json:"call,omitempty" doc:"what would become of the call, or of after-call work, in a sentence; absent: there is none"`
	Next string `json:"next,omitempty" doc:"agent who would get the customer at once; absent: nobody"`
	Ends bool   `json:"ends,omitempty" doc:"the call would end for everybody"`
}

type batchAnswer struct {
	Body struct {
		Switch  string         `json:"switch,omitempty" doc:"id of the switch of several, see /switches"`
		Plan    *massPlanShown `json:"plan,omitempty" doc:"of a dry run of several"`
		Warning string         `json:"warning,omitempty" doc:"it was carried out, and something is wrong all the same"`
		Results []result       `json:"results" doc:"one for each agent, in the order asked; of a dry run of more than names, in the order in which they would be moved"`
	}
}

func (c *Console) switchAgents(ctx context.Context, in *switchAsked) (*batchAnswer, error) {
	agents := once(in.Body.Agents)
	one := len(agents) == 1 && in.Body.Team+in.Body.Office+in.Body.Site == "" && !in.Body.CutOff
	if in.Body.Number != "" && !one {
		return nil, problem("invalid", "A number can be given for a single agent only.")
	}
	if !one {
		return c.switchMany(ctx, in)
	}
	by := from(ctx).viewer.name
	return c.batch(ctx, agents, func(agent string) result {
		s := telagent.Switch{
			By: by, Agent: agent, Back: in.Body.To == "softphone", Number: in.Body.Number,
			RequestID: requestID(in.Body.RequestID, agent),
		}
		if in.Body.DryRun {
			plan, err := c.o.Plan(ctx, s)
			if err != nil {
				return c.refusedResult(agent, "plan a switch of "+agent, err)
			}
			return result{Agent: agent, OK: true, Plan: showPlan(plan)}
		}
		if err := c.o.Do(ctx, s); err != nil {
			return c.refusedResult(agent, "switch "+agent, err)
		}
		return result{Agent: agent, OK: true}
	})
}

func showPlan(p telagent.SwitchPlan) *planShown {
	return &planShown{
		Target: p.Target, Reachable: p.Reachable, SeenAt: moment(p.Seen.At), SeenBy: string(p.Seen.By), Channels: p.Channels, Free: p.Free,
		Call: p.Call, Status: p.Status,
	}
}

func (c *Console) forceLogout(ctx context.Context, in *forceLogoutAsked) (*batchAnswer, error) {
	by := from(ctx).viewer.name
	return c.batch(ctx, once(in.Body.Agents), func(agent string) result {
		cmd := telagent.ForceLogout{By: by, Agent: agent, RequestID: requestID(in.Body.RequestID, agent)}
		if in.Body.DryRun {
			if err := foresees(ctx); err != nil {
				return c.refusedResult(agent, "plan the logout of "+agent, err)
			}
			plan, err := c.o.PlanLogout(ctx, cmd)
			if err != nil {
				return c.refusedResult(agent, "plan the logout of "+agent, err)
			}
			return result{Agent: agent, OK: true, Logout: &logoutShown{Call: plan.Call, Next: plan.Next, Ends: plan.Ends}}
		}
		if err := c.o.Do(ctx, cmd); err != nil {
			return c.refusedResult(agent, "log out "+agent, err)
		}
		return result{Agent: agent, OK: true}
	})
}

// batch does one thing to each agent: to whose customers wait in silence first. The answer keeps the order asked. When
// nothing was done for anybody it is a problem, with the first refusal's code and every result.
func (c *Console) batch(ctx context.Context, agents []string, do func(agent string) result) (*batchAnswer, error) {
	done := make(map[string]result, len(agents))
	for _, agent := range byUrgency(agents, from(ctx).view) {
		done[agent] = do(agent)
	}
	out := &batchAnswer{}
	any := false
	for _, agent := range agents {
		out.Body.Results = append(out.Body.Results, done[agent])
		any = any || done[agent].OK
	}
	if !any {
		first := out.Body.Results[0]
		p := problem(first.Code, "%s", first.Detail)
		p.Results = out.Body.Results
		return nil, p
	}
	return out, nil
}

// byUrgency puts who is cut off first, the longest cut before all; then who talks; then the rest as asked.
func byUrgency(agents []string, view *telagent.View) []string {
	rank := func(id string) (urgency int, since int64) {
		a, _ := agentWithID(view, id)
		switch a.Activity {
		case "cut_off":
			return 0, a.Since.UnixNano()
		case "talking":
			return 1, 0
		}
		return 2, 0
	}
	sorted := slices.Clone(agents)
	slices.SortStableFunc(sorted, func(a, b string) int {
		ra, sa := rank(a)
		rb, sb := rank(b)
		return cmp.Or(cmp.Compare(ra, rb), cmp.Compare(sa, sb))
	})
	return sorted
}

// requestID makes one id for each agent of a batch, the same when the batch is sent again.
func requestID(batch, agent string) string {
	if batch == "" {
		return ""
	}
	return batch + "/" + agent
}

func (c *Console) refusedResult(agent, what string, err error) result {
	p := c.refused(what, err)
	return result{Agent: agent, OK: p.Code == "not_saved", Code: p.Code, Detail: p.Detail}
}

func once(names []string) []string {
	out := make([]string, 0, len(names))
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}
