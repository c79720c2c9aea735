package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// click is a supervisor or an agent who asks for something, and the next one after a while.
func (w *world) click() {
	if w.over() {
		return
	}
	w.after(w.exp(5*time.Second), w.click)
	if w.chance(0.4) {
		w.people()
		return
	}
	w.ask(w.agents[w.rng.IntN(len(w.agents))])
}

// provoke now and then lets somebody click at the worst moment: with the next Events already under way.
func (w *world) provoke(v *telagent.View) {
	if w.over() || !w.chance(0.04) {
		return
	}
	var hot []*agent
	for _, a := range w.agents {
		for _, shown := range v.Agents {
			if shown.ID == a.entry.ID && (shown.Activity != "idle" || shown.Switching != nil) {
				hot = append(hot, a)
			}
		}
	}
	if len(hot) == 0 {
		return
	}
	a := hot[w.rng.IntN(len(hot))]
	w.after([]time.Duration{0, w.between(0, w.jitter), w.between(0, 3*time.Second)}[w.rng.IntN(3)], func() {
		if w.chance(0.4) {
			w.people()
			return
		}
		w.ask(a)
	})
}

// mind is an agent who looks at his page every now and then.
func (w *world) mind(a *agent) {
	if w.over() {
		return
	}
	w.after(w.between(3*time.Second, 25*time.Second), func() { w.mind(a) })
	shown, me := w.shown(a), a.entry.ID
	switch {
	case shown.Activity == "wrap_up" && shown.Until.IsZero() && w.chance(0.5), shown.Status == "acw" && w.chance(0.1):
		w.wish(telagent.WrapUp{By: me, Agent: me, Seen: shown.Version})
	case shown.Status == "acw" && w.chance(0.2):
		w.wish(telagent.WrapUp{By: me, Agent: me, Continue: true, Seen: shown.Version})
	case shown.Status == "offline" && w.chance(0.7):
		w.try(telagent.SignOn{By: me, Agent: me})
	case shown.Activity == "idle" && shown.Status != "available" && w.chance(0.7):
		w.wish(telagent.SetStatus{By: me, Agent: me, Status: presence.Available, Seen: shown.Version})
	case shown.Activity == "offered" && w.chance(0.05):
		w.try(telagent.Decline{By: me, Agent: me})
	case shown.Activity == "cut_off" && w.chance(0.3), shown.Activity == "talking" && w.chance(0.02): // his page was loaded anew
		w.try(telagent.Regain{By: me, Agent: me})
	}
}

// wish carries out what was asked for at a page, at once or when something else may be true already.
func (w *world) wish(c telagent.Command) {
	if w.chance(0.7) {
		w.try(c)
		return
	}
	w.later(10*time.Second, func() { w.try(c) })
}

// ask asks for something about an agent; the Floor may refuse.
func (w *world) ask(a *agent) {
	if w.life != serving {
		return
	}
	if w.over() {
		return
	}
	id, by := a.entry.ID, w.entitled(a)
	switch w.pick(28, 12, 9, 14, 4, 5, 6, 4, 4, 5, 5, 2, 6, 8, 9, 2, 3) {
	case 0:
		w.switchOver(a)
	case 1:
		w.repeatable(telagent.Switch{By: []string{by, id}[w.rng.IntN(2)], Agent: id, Back: true, RequestID: w.requestID()})
	case 2:
		w.repeatable(telagent.ForceLogout{By: by, Agent: id, RequestID: w.requestID()})
	case 3:
		w.declare(id, id)
	case 4:
		w.declare(by, id)
	case 5:
		w.wish(telagent.CancelPending{By: id, Agent: id, Seen: w.shown(a).Version})
	case 6:
		w.try(telagent.WrapUp{By: id, Agent: id})
	case 7:
		w.try(telagent.WrapUp{By: id, Agent: id, Continue: true})
	case 8:
		if calls := w.judge.view.Calls; len(calls) > 0 {
			w.try(telagent.EndCall{By: "root", Call: calls[w.rng.IntN(len(calls))].ID})
		}
	case 9:
		w.try(telagent.SignOn{By: id, Agent: id})
	case 10:
		a.entry = w.entryOf(a)
		w.must(telagent.PutAgent{By: "root", Entry: a.entry})
	case 11:
		i := w.rng.IntN(len(w.queues))
		w.queues[i] = w.rules(w.queues[i])
		w.must(telagent.PutQueue{By: "root", Queue: w.queues[i]})
	case 12:
		w.overreach(a)
	case 13:
		w.whereabouts(a)
	case 14:
		w.switchMany()
	case 15:
		w.policy()
	case 16:
		w.timetable()
	}
}

// switchOver asks for the Switch, to the agent's own numbers or to one that is typed in.
func (w *world) switchOver(a *agent) {
	c := telagent.Switch{By: w.entitled(a), Agent: a.entry.ID, RequestID: w.requestID()}
	if w.chance(0.15) {
		c.Number = number(a.index, 7)
		if len(a.entry.Authorised) > 0 {
			w.refused(c, "a number that is not authorised")
			return
		}
	}
	if w.chance(0.3) {
		w.plan(c)
	}
	w.repeatable(c)
}

// plan is a dry run: it may be refused, and it changes nothing either way.
func (w *world) plan(c telagent.Switch) {
	before := w.floor.View(w.time())
	_, err := w.floor.Plan(w.time(), c)
	if err != nil && refusalCode(err) == "" {
		w.fault("Plan refuses without a *Refusal: " + err.Error())
	}
	if !same(before, w.floor.View(w.time())) {
		w.fault("Plan changes what is shown: " + commandLine(c))
	}
}

func (w *world) declare(by, id string) {
	words := []presence.Status{presence.Available, presence.NotReady, presence.OnBreak, presence.Away, presence.Offline}
	c := telagent.SetStatus{By: by, Agent: id, Status: words[w.pick(4, 2, 2, 1, 2)]}
	if c.Status == presence.OnBreak {
		c.Reason = "lunch"
		if w.chance(0.5) {
			c.Until = w.time().Add(w.between(time.Second, 30*time.Minute))
		}
	}
	if w.chance(0.4) {
		if a := agentIn(w.judge.view, id); a != nil {
			c.Seen = a.Version
		}
	}
	w.wish(c)
}

// overreach asks for what nobody may have.
func (w *world) overreach(a *agent) {
	id := a.entry.ID
	plain := w.plain(a)
	other := w.agents[(a.index+1)%len(w.agents)].entry
	stranger := "vera"
	if a.entry.Team == "sales" {
		stranger = "boss"
	}
	switch w.rng.IntN(8) {
	case 0:
		w.refused(telagent.Switch{By: plain, Agent: id}, "a plain agent")
	case 1:
		w.refused(telagent.Switch{By: stranger, Agent: id}, "a supervisor of another team")
	case 2:
		w.refused(telagent.ForceLogout{By: []string{plain, stranger, "nobody"}[w.rng.IntN(3)], Agent: id}, "not his supervisor")
	case 3:
		w.refused(telagent.SetStatus{By: stranger, Agent: id, Status: presence.Available}, "a supervisor of another team")
	case 4:
		status := []presence.Status{presence.Ringing, presence.InLine, presence.ACW}[w.rng.IntN(3)]
		w.refused(telagent.SetStatus{By: id, Agent: id, Status: status}, "not a word that is declared")
	case 5:
		w.refused(telagent.Switch{By: "root", Agent: "zoe"}, "no such agent")
	case 6:
		w.refused(telagent.EndCall{By: "root", Call: call.ID("no such call")}, "no such call")
	case 7:
		if len(other.Numbers) > 0 {
			w.refused(telagent.Switch{By: "root", Agent: id, Number: other.Numbers[0]}, "somebody else's number")
		}
	}
}

// plain returns a colleague of an agent who is no supervisor; nobody: there is none.
func (w *world) plain(a *agent) string {
	for _, b := range w.agents {
		if b != a && b.entry.Role == telagent.AgentRole {
			return b.entry.ID
		}
	}
	return "nobody"
}

// try carries out a command that may be refused.
func (w *world) try(c telagent.Command) {
	if err := w.do(c); err != nil {
		w.seen["refused"]++
	}
}

// refused carries out a command that must be refused.
func (w *world) refused(c telagent.Command, why string) {
	if err := w.do(c); err == nil && len(w.broken) == 0 {
		w.fault(fmt.Sprintf("not refused, though %s: %s", why, commandLine(c)))
	}
}

// repeatable carries out a command with a request id and, now and then, the same once more: the same answer, and
// nothing done.
func (w *world) repeatable(c telagent.Command) {
	err := w.do(c)
	if err != nil {
		w.seen["refused"]++
	}
	if errors.Is(err, errAway) || !w.chance(0.2) {
		return
	}
	crashes := w.crashes
	w.later(2*time.Second, func() {
		if w.life != serving {
			return
		}
		if w.crashes != crashes {
			w.seen["same request again after a crash"]++
		}
		w.seen["same request twice"]++
		w.judge.repeated = true
		again := w.do(c)
		w.judge.repeated = false
		if refusalCode(again) != refusalCode(err) && len(w.broken) == 0 {
			w.fault(fmt.Sprintf("the same request id got another answer, %q, not %q", refusalCode(again), refusalCode(err)))
		}
	})
}

func (w *world) requestID() string {
	w.request++
	return fmt.Sprintf("r%d", w.request)
}

// entitled returns a supervisor who may see the agent's team, or an admin.
func (w *world) entitled(a *agent) string {
	for range 4 {
		if u := w.bosses[w.rng.IntN(len(w.bosses))]; u.Role == telagent.AdminRole || slices.Contains(u.Teams, a.entry.Team) {
			return u.Name
		}
	}
	return "root"
}

func (w *world) shown(a *agent) telagent.AgentView {
	for _, v := range w.judge.view.Agents {
		if v.ID == a.entry.ID {
			return v
		}
	}
	return telagent.AgentView{}
}

// refusalCode returns a refusal's code; "" when it is none.
func refusalCode(err error) string {
	var r *telagent.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}
