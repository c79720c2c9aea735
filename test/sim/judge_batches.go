package sim

import (
	"reflect"
	"slices"
	"time"

	"telagent-gateway/telagent"
)

// forecast is what a dry run said, until the next step.
type forecast struct {
	at   time.Time
	c    telagent.SwitchMany
	plan telagent.BatchPlan
	err  error
}

func (j *judge) planned(at time.Time, c telagent.SwitchMany, plan telagent.BatchPlan, err error) {
	j.forecast = &forecast{at, c, plan, err}
}

// batches judges the mass switches at the end of a step.
func (j *judge) batches(v *telagent.View) {
	if j.forecast != nil {
		j.foretold(v)
		j.forecast = nil
	}
	for _, b := range v.Batches {
		told, known := j.shown.batches[b.ID]
		if !known || !reflect.DeepEqual(told, b) {
			j.say("switch %s is not what pages were told: %s", b.ID, difference(told, b))
		}
		going := 0
		for _, m := range b.Members {
			if m.Progress == telagent.SwitchWaiting || m.Progress == telagent.SwitchMoving {
				going++
			}
			j.urgent(v, b, m)
		}
		if (going == 0) == b.Ended.IsZero() {
			j.say("switch %s has %d agents to go and ended at %v", b.ID, going, b.Ended)
		}
	}
}

// urgent judges that nobody who talks is switched before somebody who is cut off and waits for the same channel.
func (j *judge) urgent(v *telagent.View, b telagent.BatchView, m telagent.MemberView) {
	a := agentIn(v, m.Agent)
	if m.Progress != telagent.SwitchWaiting || m.Code != "no_trunk_capacity" || a == nil || a.Activity != "cut_off" {
		return
	}
	was := agentIn(j.view, m.Agent)
	if was == nil || was.Activity != "cut_off" || m.Since.Equal(j.now) {
		return
	}
	for _, other := range v.Batches {
		for _, o := range other.Members {
			if o.Progress != telagent.SwitchMoving || !o.Since.Equal(j.now) {
				continue
			}
			before := agentIn(j.view, o.Agent)
			if before != nil && before.Activity == "talking" && j.overTrunk(o.Agent) {
				j.say("agent %s, who talks, is switched before %s, who is cut off and waits in %s", o.Agent, m.Agent, b.ID)
			}
		}
	}
}

// undoneNow tells whether the switch of an agent by a mass switch was taken back in this step.
func undoneNow(v *telagent.View, agent string, now time.Time) bool {
	for _, b := range v.Batches {
		for _, m := range b.Members {
			if m.Agent == agent && m.Progress == telagent.SwitchUndone && m.Since.Equal(now) {
				return true
			}
		}
	}
	return false
}

// overTrunk tells whether an agent is rung over a trunk in this step.
func (j *judge) overTrunk(agent string) bool {
	return slices.ContainsFunc(j.dialled, func(p *picture) bool { return p.agent == agent && p.trunk != "" })
}

// foretold judges that what a dry run said comes true when it is done at once.
func (j *judge) foretold(v *telagent.View) {
	f := j.forecast
	c, ok := j.in.command.(telagent.SwitchMany)
	if !ok || j.repeated || c.RequestID != f.c.RequestID || !j.now.Equal(f.at) {
		return
	}
	if (f.err == nil) != !j.refused {
		j.say("a dry run was answered %v, and the switch was refused: %t", f.err, j.refused)
		return
	}
	for _, b := range v.Batches {
		if b.By != c.By || b.RequestID != c.RequestID {
			continue
		}
		for _, one := range f.plan.Agents {
			i := slices.IndexFunc(b.Members, func(m telagent.MemberView) bool { return m.Agent == one.Agent })
			if i < 0 {
				j.say("the dry run names %s, and the switch %s does not", one.Agent, b.ID)
				continue
			}
			m := b.Members[i]
			if refused := m.Progress == telagent.SwitchRefused; refused != (one.Refusal != nil) {
				j.say("the dry run of %s says %v, and the switch %s %s", one.Agent, one.Refusal, m.Progress, m.Code)
			}
			if one.Now && m.Progress == telagent.SwitchWaiting {
				j.say("the dry run says that %s moves now, and he waits: %s", one.Agent, m.Code)
			}
		}
		j.seen["dry run that comes true"]++
	}
}
