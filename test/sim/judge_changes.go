package sim

import (
	"slices"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// change judges one Change and takes it into the picture.
func (j *judge) change(c telagent.Change) {
	switch c := c.(type) {
	case telagent.AgentChanged:
		j.agentChanged(c)
	case telagent.QueueChanged:
		if _, put := j.in.command.(telagent.PutQueue); put {
			j.ruled = j.now
		}
		j.shown.queues[c.Queue.Name] = c.Shown
	case telagent.CallChanged:
		j.shown.calls[c.Shown.ID] = c.Shown
		j.callChanged(c.Shown)
	case telagent.CallEnded:
		j.callEnded(c.Record)
	case telagent.SwitchBegun:
		j.seen["switch begun"]++
		j.switching(c.Switch, true)
	case telagent.SwitchDone:
		j.seen["switch done"]++
		if !j.agent(c.Switch.Agent).switching {
			j.seen["switch done without a call"]++
		}
		j.agent(c.Switch.Agent).switching, j.agent(c.Switch.Agent).moved = false, j.now
	case telagent.TelagentBegan:
		j.reached(c.Reached, true)
	case telagent.TelagentEnded:
		j.reached(c.Reached, false)
	case telagent.SwitchFailed:
		j.seen["switch failed "+c.Switch.Result]++
		if c.Switch.Result == "" || c.Switch.Result == "done" {
			j.say("a switch of %s failed with the result %q", c.Switch.Agent, c.Switch.Result)
		}
		j.switching(c.Switch, false)
		if !slices.Contains([]string{"undone", "call_ended", "forced_logout"}, c.Switch.Result) {
			j.failed = c.Switch.Agent
		}
	case telagent.BatchChanged:
		j.shown.batches[c.Batch.ID] = c.Batch
		for _, m := range c.Batch.Members {
			j.seen["of several: "+string(m.Progress)]++
		}
	case telagent.AlarmRaised:
		j.seen["alarm "+c.Code]++
		j.raised(c)
	case telagent.AlarmCleared:
		j.cleared(c)
	case telagent.AgentTold:
		j.seen["told "+c.Code]++
		j.told[c.Code+" "+c.Agent] = true
	case telagent.RecordingEnded, telagent.SwitchMeasured, telagent.Worked, telagent.LegMeasured:
		j.counted(c)
	case telagent.UserChanged, telagent.ProfileChanged,
		telagent.ReasonsChanged, telagent.PolicyChanged, telagent.SiteChanged, telagent.ScheduleChanged, telagent.EntryChanged,
		telagent.CallKept, telagent.PartKept:
	case telagent.Audited:
		if c.Entry.Action == "" || c.Entry.Result == "" {
			j.say("an audit line without an action or a result: %+v", c.Entry)
		}
		if v := j.calls[call.ID(c.Entry.Subject)]; c.Entry.Action == "overflow" && v != nil {
			v.lined = j.now // also where the next queue sent him straight back
		}
	}
}

// counted judges what is told for reports and recordings alone.
func (j *judge) counted(c telagent.Change) {
	switch c := c.(type) {
	case telagent.RecordingEnded:
		j.seen["recording over"]++
		if t := j.tapes[c.File]; t == nil {
			j.say("a recording %s is over that was not begun", c.File)
		} else {
			t.on, t.over = false, true
		}
	case telagent.SwitchMeasured:
		j.seen["switch measured"]++
		if c.Switch.Result != "done" || c.Switch.Gap <= 0 {
			j.say("a switch of %s is measured as %+v", c.Switch.Agent, c.Switch)
		}
	case telagent.Worked:
		w := c.Work
		j.seen["worked "+string(w.What)]++
		if w.Agent == "" || w.Began.IsZero() || w.Ended.Before(w.Began) || w.Held < 0 || w.Held > w.Ended.Sub(w.Began) {
			j.say("a piece of work that cannot be: %+v", w)
		}
	case telagent.LegMeasured:
		j.seen["measured"]++
	default:
	}
}

// reached judges that somebody became a Telagent, or is none any more.
func (j *judge) reached(r telagent.Reached, byPhone bool) {
	a := j.agent(r.Agent)
	j.seen["telagent "+map[bool]string{true: "began", false: "ended"}[byPhone]+", "+string(r.Why)]++
	if !byPhone && !a.byPhone {
		j.say("agent %s is said to be no Telagent any more, and was none", r.Agent)
	}
	a.byPhone = byPhone
	if byPhone && r.Why == telagent.BySchedule {
		a.scheduled = j.now
	}
}

func (j *judge) switching(s telagent.SwitchRecord, begun bool) {
	a := j.agent(s.Agent)
	if a.switching == begun {
		j.say("a switch of %s begins or fails for the second time", s.Agent)
	}
	a.switching, a.moved = begun, j.now
}

// agentChanged judges the step from one status to the next: every talk ends in one wrap-up, nothing else does.
func (j *judge) agentChanged(c telagent.AgentChanged) {
	id, was, is := c.Shown.ID, c.Was, c.Shown.Status
	a := j.agent(id)
	if was != a.status && (was != "" || a.status != "") && !j.restarts {
		j.say("agent %s is said to have been %q, but was shown as %q", id, was, a.status)
	}
	if c.Agent.ID != id {
		j.say("AgentChanged carries agent %q and shows %q", c.Agent.ID, id)
	}
	a.wrapUp = c.Agent.WrapUp
	if a.wrapUp == 0 {
		a.wrapUp = j.settings.WrapUp
	}
	j.shown.agents[id] = c.Shown
	j.countdown(a, was, c.Shown)
	if was == is {
		return
	}
	a.status = is
	j.seen["status "+is]++
	_, forced := j.in.command.(telagent.ForceLogout)
	switch {
	case is == "acw" && was != "in_line":
		j.say("agent %s goes from %s to wrap-up without a call", id, was)
	case is == "acw" && !a.talked:
		j.say("agent %s goes to wrap-up, but talked to nobody", id)
	case is == "acw":
		j.seen["acw"]++
	case was == "in_line" && is == "offline" && forced:
		j.seen["forced out of a call"]++
	case was == "in_line" && a.talked && a.wrapUp > 0 && !stepsBack(j.in.command):
		j.say("agent %s leaves a call without wrap-up, to %s", id, is)
	}
	if was == "in_line" {
		a.talked = false
	}
	if was == "acw" && c.Shown.Activity == "wrap_up" {
		j.say("agent %s is shown as %s while he wraps up", id, is)
	}
}

// countdown judges the timers of a status: they begin with it, and nothing sets them anew.
func (j *judge) countdown(a *record, was string, shown telagent.AgentView) {
	anew := was != shown.Status
	c, asked := j.in.command.(telagent.WrapUp)
	dialled, _ := j.in.event.(call.Invited)
	key, _ := j.in.event.(call.Digit)
	endless := asked && c.Continue || dialled.To == "*75" || key.Key == "5"
	switch {
	case anew && !shown.Since.Equal(j.now):
		j.say("agent %s is %s since %v, which is not now", shown.ID, shown.Status, shown.Since)
	case !anew && was != "" && !shown.Since.Equal(a.since):
		j.say("agent %s is still %s, but his timer starts anew", shown.ID, shown.Status)
	case shown.Status == "acw" && anew && !shown.Until.Equal(j.now.Add(a.wrapUp)):
		j.say("agent %s wraps up until %v, and not for %v", shown.ID, shown.Until, a.wrapUp)
	case shown.Status == "acw" && !anew && !shown.Until.Equal(a.until) && !(shown.Until.IsZero() && endless):
		j.say("agent %s wraps up until %v instead of %v", shown.ID, shown.Until, a.until)
	}
	a.since, a.until = shown.Since, shown.Until
}

func (j *judge) callChanged(c telagent.CallView) {
	v := j.visit(&c)
	if j.sentOn(v, c) {
		v.began, v.queue, v.priority, v.state, v.lined = c.Began, c.Queue, c.Priority, c.State, j.now
	}
	switch {
	case v.ended:
		j.say("call %s changes after its end", c.ID)
	case !v.began.Equal(c.Began):
		j.say("call %s has lost its original wait", c.ID)
	case v.queue != c.Queue && !j.leadsTo(v.queue, c.Queue, 3):
		j.say("call %s moves from queue %s to %s", c.ID, v.queue, c.Queue)
	case v.priority == 11 && c.Priority != 11 && c.State == "waiting":
		j.say("call %s has lost its place on top", c.ID)
	case taken(v.state) && !taken(c.State) && c.Priority != 11 && !(v.agent == "" && c.State == "leaving"):
		j.say("call %s goes back to its queue from %s, and not on top", c.ID, v.state)
	case v.priority != 11 && c.Priority == 11:
		j.seen["requeue"]++
	}
	if v.queue != c.Queue {
		j.seen["overflow"]++
	}
	v.lines(c, j.now)
	v.priority, v.state, v.queue = c.Priority, c.State, c.Queue
	if c.State == "cut_off" {
		j.seen["cut off"]++
	}
}

// taken tells whether a call in a state has an agent.
func taken(state string) bool {
	return slices.Contains([]string{"talking", "held", "cut_off", "consulting", "transferring", "outside"}, state)
}

// sentOn tells whether a call was transferred to a queue in this step, where it begins anew, or, having come by no queue,
// gets one.
func (j *judge) sentOn(v *visit, c telagent.CallView) bool {
	_, command := j.in.command.(telagent.Transfer)
	_, phone := j.in.event.(call.Referred)
	if (command || phone) && (c.State == "waiting" || c.State == "offering") && v.state != "waiting" && v.state != "offering" {
		j.seen["transfer to a queue"]++
		j.forget(customerOf(&c))
		return true
	}
	if v.queue == "" && c.Queue != "" && c.Priority == 11 {
		j.seen["requeue of who came by no queue"]++
		v.queue = c.Queue
	}
	return false
}

// forget lets a customer be offered to everybody anew.
func (j *judge) forget(customer call.LegID) {
	for _, r := range j.agents {
		delete(r.tried, customer)
	}
}

// stepsBack tells whether a supervisor who barged in only listens from now on.
func stepsBack(c telagent.Command) bool {
	g, ok := c.(telagent.ChangeGuest)
	return ok && (g.Mode == telagent.Monitor || g.Mode == telagent.Whisper)
}

func (j *judge) callEnded(r telagent.Record) {
	v := j.calls[r.ID]
	if v == nil {
		v = &visit{began: r.Began, legs: map[call.LegID]bool{}}
		j.calls[r.ID] = v
	}
	if v.ended {
		j.say("call %s ends for the second time", r.ID)
	}
	v.ended = true
	delete(j.shown.calls, r.ID)
	j.seen["call over "+r.Cause.String()]++
	if r.Kind == "inbound" && r.Queue == v.queue && r.Began.After(v.began) || r.Ended.Before(r.Began) || !r.Answered.IsZero() && r.Answered.Before(r.Began) {
		j.say("the record of call %s has its times wrong: %v, %v, %v", r.ID, r.Began, r.Answered, r.Ended)
	}
	customers := 0
	for _, l := range r.Legs {
		p := j.legs[l.Leg]
		if p == nil {
			j.say("the record of call %s has a leg %s, which never was", r.ID, l.Leg)
			continue
		}
		if p.customer {
			customers++
			if p.alive() {
				j.say("call %s ends, but its customer's leg %s lives", r.ID, l.Leg)
			}
		}
		if l.Ended.IsZero() {
			j.say("the record of call %s has a leg %s without an end", r.ID, l.Leg)
		}
	}
	j.records = append(j.records, r)
	j.seen["kind "+r.Kind]++
	if (customers == 1) != (r.Kind != "internal") {
		j.say("the record of call %s has %d customers", r.ID, customers)
	}
}
