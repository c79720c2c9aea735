package telagent_test

import (
	"testing"

	"telagent-gateway/telagent"
)

// foretold checks that a forced logout does what was said that it would: each script that has one tries it.
func (p *play) foretold(c telagent.Command) (check func(refused error)) {
	logout, is := c.(telagent.ForceLogout)
	if !is || logout.RequestID != "" { // one that was done already says nothing of the floor
		return func(error) {}
	}
	of := func(v *telagent.View, id string) telagent.AgentView {
		for _, a := range v.Agents {
			if a.ID == id {
				return a
			}
		}
		return telagent.AgentView{}
	}
	call := of(p.f.View(p.time()), logout.Agent).Call
	plan, err := p.f.PlanLogout(p.time(), logout)
	return func(refused error) {
		if (err == nil) != (refused == nil) {
			p.t.Errorf("the plan to log %s out says %v, and doing it %v", logout.Agent, err, refused)
		}
		if err != nil || call == "" {
			return
		}
		if plan.Call == "" {
			p.t.Errorf("the plan to log %s out has no word about call %s", logout.Agent, call)
		}
		alive, owner := false, ""
		for _, v := range p.f.View(p.time()).Calls {
			if v.ID == call && v.State != "leaving" {
				alive, owner = true, v.Agent
			}
		}
		if alive == plan.Ends || plan.Next != "" && owner != plan.Next {
			p.t.Errorf("the plan to log %s out was %+v; call %s is alive: %v, with %q", logout.Agent, plan, call, alive, owner)
		}
	}
}

func TestAPlanOfALogoutIsForSupervisorsAlone(t *testing.T) {
	f := telagent.New(telagent.Settings{}, telagent.State{}, nil)
	if _, err := f.PlanLogout(start, telagent.ForceLogout{By: "nobody", Agent: "ana"}); err == nil {
		t.Error("anybody may ask what a logout would do")
	}
}
