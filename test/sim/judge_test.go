package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// told is one step by hand: a fact, and what a Floor that may be wrong makes of it.
type told struct {
	event   call.Event
	actions []call.Action
	changes []telagent.Change
	view    *telagent.View // nil: an empty one
}

var (
	invited  = told{event: call.Invited{Leg: "1", To: "+800", Source: call.Source{Trunk: "north"}}, actions: []call.Action{call.Answer{Leg: "1"}, call.Park{Leg: "1", Audio: call.Music}}}
	rung     = call.Dial{Leg: "2", Target: call.Target{Device: call.Softphone, AOR: "ana"}, Near: "1"}
	phone    = call.Dial{Leg: "3", Target: call.Target{Device: call.PSTN, Number: number(0, 0)}, Near: "1"}
	talking  = told{event: call.Answered{Leg: "2"}, actions: []call.Action{call.Join{A: "1", B: "2"}}}
	trunkUp  = told{event: call.TrunkUp{Trunk: "north"}}
	offered  = told{actions: []call.Action{rung}}
	toPhone  = told{actions: []call.Action{phone}}
	answered = told{event: call.Answered{Leg: "3"}, actions: []call.Action{call.Ask{Leg: "3", Prompt: call.PressOne}}}
)

func agentIs(was, is string) telagent.Change {
	shown := telagent.AgentView{ID: "ana", Status: is, Since: epoch, Version: 1}
	if is == "acw" {
		shown.Until = epoch.Add(time.Second)
	}
	return telagent.AgentChanged{Agent: telagent.Agent{ID: "ana", WrapUp: time.Second}, Was: was, Shown: shown}
}

// inTalk shows ana on leg 2 with the customer on leg 1, and guests on the legs from 3 on.
func inTalk(guests ...telagent.GuestView) *telagent.View {
	c := telagent.CallView{ID: "c", Kind: "inbound", State: "talking", Began: epoch, Agent: "ana", Guests: guests, Legs: []telagent.LegView{
		{Leg: "1", Seat: "customer", State: "talking"}, {Leg: "2", Seat: "agent", Agent: "ana", State: "talking"},
	}}
	v := &telagent.View{Agents: []telagent.AgentView{{ID: "ana", Status: "in_line", Activity: "talking", Call: "c", Part: "primary", Since: epoch, Version: 1}}}
	for i, g := range guests {
		c.Legs = append(c.Legs, telagent.LegView{Leg: call.LegID(fmt.Sprint(i + 3)), Seat: "guest", Agent: g.Agent, State: "talking"})
	}
	v.Calls = []telagent.CallView{c}
	return v
}

func TestTheJudgeKnowsWhoMayHearWhom(t *testing.T) {
	hear := func(leg call.LegID, from ...call.LegID) call.Action { return call.Hear{Leg: leg, From: from} }
	joined := call.Join{A: "1", B: "2"}
	aside := []call.Action{call.Park{Leg: "1", Audio: call.Music}, call.Join{A: "2", B: "3"}}
	for name, c := range map[string]struct {
		mode    string
		actions []call.Action
		want    string // empty: nothing is wrong
	}{
		"a monitor":                          {"monitor", []call.Action{joined, hear("3", "1", "2")}, ""},
		"a monitor is heard by the customer": {"monitor", []call.Action{hear("1", "2", "3"), hear("2", "1"), hear("3", "1", "2")}, "leg 1 (customer) hears [2 3]"},
		"a monitor is heard by the agent":    {"monitor", []call.Action{hear("1", "2"), hear("2", "1", "3"), hear("3", "1", "2")}, "leg 2 (agent) hears [1 3]"},
		"a monitor hears nobody":             {"monitor", []call.Action{joined}, "leg 3 (monitor) hears []"},
		"a whisper":                          {"whisper", []call.Action{hear("1", "2"), hear("2", "1", "3"), hear("3", "1", "2")}, ""},
		"a whisper reaches the customer":     {"whisper", []call.Action{hear("1", "2", "3"), hear("2", "1", "3"), hear("3", "1", "2")}, "leg 1 (customer) hears [2 3]"},
		"a consultation":                     {"consult", aside, ""},
		"a consultation with the customer":   {"consult", []call.Action{hear("1", "2", "3"), hear("2", "1", "3"), hear("3", "1", "2")}, "leg 1 (customer) hears [2 3]"},
		"the customer is left listening":     {"consult", []call.Action{call.Join{A: "2", B: "3"}, hear("1", "2")}, "leg 1 (customer) hears [2]"},
		"a conference":                       {"conference", []call.Action{hear("1", "2", "3"), hear("2", "1", "3"), hear("3", "1", "2")}, ""},
		"a conference of two":                {"conference", []call.Action{joined}, "leg 3 (conference) hears []"},
		"somebody barges in":                 {"barge", []call.Action{hear("1", "2", "3"), hear("2", "1", "3"), hear("3", "1", "2")}, ""},
		"and the customer does not hear him": {"barge", []call.Action{hear("1", "2"), hear("2", "1", "3"), hear("3", "1", "2")}, "leg 1 (customer) hears [2]"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJudge(Coverage{})
			for _, id := range []call.LegID{"1", "2", "3"} {
				p := &picture{id: id, customer: id == "1", inbound: id == "1", answered: true, agent: map[call.LegID]string{"2": "ana", "3": "ben"}[id]}
				j.legs[id], j.living = p, append(j.living, p)
			}
			view := inTalk(telagent.GuestView{Agent: "ben", Mode: c.mode, State: "talking"})
			for _, a := range c.actions {
				j.act(a)
			}
			j.learnParts(view)
			j.hearing(view)
			said := strings.Join(j.broken, "\n")
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("the judge says %q, and not %q", said, c.want)
			}
		})
	}
}

func TestTheJudgeComplainsAboutAFloorThatDoesWrong(t *testing.T) {
	cases := map[string]struct {
		steps []told
		want  string
	}{
		"a customer is answered and taken out of his music": {
			[]told{invited, {actions: []call.Action{call.Park{Leg: "1", Audio: call.Silence}}}}, "hears nothing",
		},
		"a silent agent and no comfort": {
			[]told{invited, offered, talking, {event: call.Silent{Leg: "2"}}}, "which is silent",
		},
		"an agent on hold and no music": {
			[]told{invited, offered, talking, {event: call.Held{Leg: "2"}}}, "which is on hold",
		},
		"an agent's leg dies and the customer is left there": {
			[]told{invited, offered, talking, {event: call.Ended{Leg: "2", How: call.LegLost}}}, "hears nothing",
		},
		"a dead agent leg ends the call": {
			[]told{invited, offered, talking, {event: call.Ended{Leg: "2", How: call.LegLost}, actions: []call.Action{call.Hangup{Leg: "1"}}}},
			"because of the agent's side",
		},
		"a machine hears the customer": {
			[]told{trunkUp, invited, toPhone, answered, {actions: []call.Action{call.Join{A: "1", B: "3"}}}}, "has not pressed 1",
		},
		"a machine is swapped in": {
			[]told{trunkUp, invited, offered, talking, toPhone, answered, {actions: []call.Action{call.Swap{Old: "2", New: "3"}}}}, "has not pressed 1",
		},
		"two phones of one agent ring":   {[]told{trunkUp, invited, offered, toPhone}, "is rung 2 times"},
		"a trunk that is down":           {[]told{invited, {event: call.TrunkDown{Trunk: "north"}}, toPhone}, "beyond the capacity"},
		"a phone that is nobody's":       {[]told{invited, {actions: []call.Action{call.Dial{Leg: "9", Target: call.Target{Device: call.Softphone, AOR: "zoe"}}}}}, "nobody's"},
		"a leg that never was":           {[]told{{actions: []call.Action{call.Hangup{Leg: "9"}}}}, "there is no leg"},
		"a leg that is over":             {[]told{invited, {event: call.Ended{Leg: "1"}, actions: []call.Action{call.Park{Leg: "1"}}}}, "is over"},
		"a leg hung up twice":            {[]told{invited, offered, {actions: []call.Action{call.Hangup{Leg: "2"}, call.Hangup{Leg: "2"}}}}, "second time"},
		"a leg joined before it is up":   {[]told{invited, offered, {actions: []call.Action{call.Join{A: "1", B: "2"}}}}, "is not up"},
		"a customer answered twice":      {[]told{invited, {actions: []call.Action{call.Answer{Leg: "1"}}}}, "waits for no answer"},
		"a name used twice":              {[]told{invited, offered, offered}, "used before"},
		"a rung phone for a gone caller": {[]told{invited, {event: call.Ended{Leg: "1"}}, offered}, "who is gone"},
		"wrap-up out of the blue":        {[]told{{changes: []telagent.Change{agentIs("", "available"), agentIs("available", "acw")}}}, "without a call"},
		"a talk without wrap-up": {
			[]told{
				{changes: []telagent.Change{agentIs("", "available")}},
				invited, offered,
				{event: talking.event, actions: talking.actions, changes: []telagent.Change{agentIs("available", "in_line")}, view: inTalk()},
				{changes: []telagent.Change{agentIs("in_line", "available")}},
			}, "without wrap-up",
		},
		"a status that was not": {[]told{{changes: []telagent.Change{agentIs("", "available"), agentIs("away", "offline")}}}, "is said to have been"},
		"a call that ends twice": {
			[]told{invited, {event: call.Ended{Leg: "1"}, changes: []telagent.Change{
				telagent.CallEnded{Record: telagent.Record{ID: "c"}}, telagent.CallEnded{Record: telagent.Record{ID: "c"}},
			}}}, "ends for the second time",
		},
		"a customer who loses his wait": {
			[]told{invited, {changes: []telagent.Change{
				telagent.CallChanged{Shown: telagent.CallView{ID: "c", Began: epoch}},
				telagent.CallChanged{Shown: telagent.CallView{ID: "c", Began: epoch.Add(time.Second)}},
			}}}, "lost its original wait",
		},
		"a customer is told that it is full, and it never is": {
			[]told{invited, {actions: []call.Action{call.Park{Leg: "1"}, call.Say{Leg: "1", Prompt: call.Full}}}}, "no queue has a limit",
		},
		"a customer is told his place in no line": {
			[]told{invited, {actions: []call.Action{call.Say{Leg: "1", Prompt: call.Position, Number: 1}}}}, "which does not wait",
		},
		"a place that cannot be spoken": {
			[]told{invited, {actions: []call.Action{call.Say{Leg: "1", Prompt: call.Position, Number: 100}}}}, "position 100",
		},
		"a customer moves to a queue that his does not lead to": {
			[]told{invited, {changes: []telagent.Change{
				telagent.CallChanged{Shown: telagent.CallView{ID: "c", Began: epoch, Queue: "support"}},
				telagent.CallChanged{Shown: telagent.CallView{ID: "c", Began: epoch, Queue: "sales"}},
			}}}, "moves from queue support to sales",
		},
		"a failed switch that never began": {[]told{{changes: []telagent.Change{telagent.SwitchFailed{Switch: telagent.SwitchRecord{Agent: "ana", Result: "busy"}}}}}, "begins or fails"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j := newJudge(Coverage{})
			j.settings.Trunks = []telagent.Trunk{{Name: "north", Channels: 4}}
			var broken []string
			for i, s := range c.steps {
				view := s.view
				if view == nil {
					view = &telagent.View{}
				}
				broken = j.step(epoch, input{event: s.event}, telagent.Outcome{Actions: s.actions, Changes: s.changes}, nil, view)
				broken = filter(broken)
				if i < len(c.steps)-1 && len(broken) > 0 {
					t.Fatalf("step %d already breaks: %q", i, broken)
				}
			}
			if !strings.Contains(strings.Join(broken, "\n"), c.want) {
				t.Errorf("the judge says %q, and not %q", broken, c.want)
			}
		})
	}
}

// filter leaves out complaints about the View, which these cases do not show.
func filter(broken []string) (rest []string) {
	for _, s := range broken {
		if !strings.Contains(s, "is in no call") && !strings.Contains(s, "not what pages were told") && !strings.Contains(s, "in use") && !strings.Contains(s, "is gone without a CallEnded") {
			rest = append(rest, s)
		}
	}
	return rest
}

func TestTheJudgeComplainsAboutARefusalThatActs(t *testing.T) {
	refused := &telagent.Refusal{Code: "no_number", Sentence: "Ana has no number."}
	acts := telagent.Outcome{Actions: []call.Action{rung}}
	changes := telagent.Outcome{Changes: []telagent.Change{telagent.UserChanged{}}}
	shows := &telagent.View{Agents: []telagent.AgentView{{ID: "ana", Version: 1}}}
	in := input{command: telagent.Switch{Agent: "ana"}}
	for want, broken := range map[string][]string{
		"acts":                     newJudge(Coverage{}).step(epoch, in, acts, refused, &telagent.View{}),
		"changes something":        newJudge(Coverage{}).step(epoch, in, changes, refused, &telagent.View{}),
		"changes what is shown":    newJudge(Coverage{}).step(epoch, in, telagent.Outcome{}, refused, shows),
		"without a code":           newJudge(Coverage{}).step(epoch, in, telagent.Outcome{}, &telagent.Refusal{}, &telagent.View{}),
		"not what pages were told": newJudge(Coverage{}).step(epoch, input{tick: true}, telagent.Outcome{}, nil, shows),
	} {
		if !strings.Contains(strings.Join(broken, "\n"), want) {
			t.Errorf("the judge says %q, and not %q", broken, want)
		}
	}
}

func TestTheJudgeComplainsWhenACustomerWaitsForLongerThanHisQueueLets(t *testing.T) {
	for want, after := range map[string]time.Duration{"": 10 * time.Second, "longer than its rule says": 11 * time.Second} {
		j := newJudge(Coverage{})
		rule := telagent.Queue{Name: "support", MaxWait: 10 * time.Second}
		shown := telagent.QueueView{Name: "support", Waiting: 1, LongestAt: epoch, Entry: rule}
		waits := telagent.CallView{
			ID: "c", Queue: "support", State: "waiting", Began: epoch, Legs: []telagent.LegView{{Leg: "1", Seat: "customer"}},
		}
		view := &telagent.View{Calls: []telagent.CallView{waits}, Queues: []telagent.QueueView{shown}}
		changes := []telagent.Change{telagent.QueueChanged{Queue: rule, Shown: shown}, telagent.CallChanged{Shown: waits}}
		first := j.step(epoch, input{event: invited.event}, telagent.Outcome{Actions: invited.actions, Changes: changes}, nil, view)
		broken := j.step(epoch.Add(after), input{tick: true}, telagent.Outcome{}, nil, view)
		if len(first) > 0 || (want == "") != (len(broken) == 0) || !strings.Contains(strings.Join(broken, "\n"), want) {
			t.Errorf("after %v the judge says %q, %q", after, first, broken)
		}
	}
}

func TestTheJudgeComplainsWhenARequeuedCustomerIsPassedOver(t *testing.T) {
	j := newJudge(Coverage{})
	waiting := func(id call.ID, leg call.LegID, priority int, state string) telagent.CallView {
		return telagent.CallView{
			ID: id, Queue: "support", Priority: priority, State: state, Began: epoch,
			Legs: []telagent.LegView{{Leg: leg, Seat: "customer"}},
		}
	}
	j.view = &telagent.View{Calls: []telagent.CallView{waiting("top", "1", 11, "waiting"), waiting("low", "8", 5, "waiting")}}
	low := waiting("low", "8", 5, "offering")
	low.Legs = append(low.Legs, telagent.LegView{Leg: "2", Seat: "agent", Agent: "ana"})
	now := &telagent.View{
		Agents: []telagent.AgentView{{ID: "ana", Version: 1, Activity: "offered", Declared: "available", Call: "low", Queues: map[string]int{"support": 1}}},
		Calls:  []telagent.CallView{waiting("top", "1", 11, "waiting"), low},
	}
	j.dialled = []*picture{{id: "2", agent: "ana", near: "8"}}
	j.offers(now)
	if len(j.broken) != 1 || !strings.Contains(j.broken[0], "before call top") {
		t.Errorf("the judge says %q", j.broken)
	}
}
