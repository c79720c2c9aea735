//go:build peers

package chaos

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
	"telagent-gateway/test/stage"
)

// The tones of the real phones.
const (
	realCustomerTone = 1150.0
	realAgentTone    = 2300.0
)

// town is a house whose calls are in all the states that a call may be in.
type town struct {
	*house
	talking             []pair
	consulting, held    pair
	adviser             *crowd.Leg
	cutOff              *crowd.Leg    // its agent's phone is gone
	waiting             [3]*crowd.Leg // in the order in which they came
	customer, softphone *stage.Phone  // real ones, who talk with each other
	sipp                *stage.SIPp
	sippAgent           *crowd.Leg
}

// inhabit brings everybody into his state. Of the agents five talk, one consults
// another, one holds, one is cut off, one is in after-call work, one is on a break with an end, one is not ready.
func inhabit(h *house) *town {
	w := &town{house: h}
	w.talking = h.talk(4)
	w.sipp = h.StartSIPp("stays", ".5", 1, "-s", queueNumber, "-rtp_echo", "-timeout", "300s", h.Net+".1:5060")
	w.sippAgent = h.echo()
	w.consulting, w.held = h.talk(1)[0], h.talk(1)[0]
	w.softphone = h.real("real", 1, fmt.Sprintf("<sip:real@%s.1>;auth_pass=real-secret-1;answermode=auto;regint=60", h.Net), realAgentTone)
	w.customer = h.real("customer", 2, "<sip:+4915199999999@127.0.0.1>;regint=0", realCustomerTone)
	h.Available("real")
	w.customer.Dial("sip:+18005550102@" + h.Net + ".1")
	w.customer.AwaitTone(realAgentTone)
	w.softphone.AwaitTone(realCustomerTone)

	cut := h.talk(1)[0]
	w.cutOff = cut.customer
	h.phones[h.agentOf(cut.agent)].Vanish()
	h.AwaitAgent(cut.agent.Number, "is cut off", func(a stage.Agent) bool { return a.Activity == "cut_off" })
	stage.Await(h.t, "his customer hears comfort audio", bound, w.cutOff.Ear().HearsOther)

	done := h.talk(1)[0]
	if status, err := done.customer.Hangup(h.within()); status != 200 || err != nil {
		h.t.Fatalf("BYE: %d (%v)", status, err)
	}
	h.AwaitStatus(done.agent.Number, "acw")

	rest := h.idle()
	h.says(rest[0], map[string]any{"status": "on_break", "until": time.Now().Add(20 * time.Minute).UTC()})
	h.says(rest[1], map[string]any{"status": "not_ready"})
	adviser := rest[2]
	h.says(adviser, map[string]any{"status": "not_ready"})
	w.consult(adviser)
	h.API("PUT", h.callOf(w.held.agent.Number)+"/hold", map[string]bool{"on": true}, nil)
	stage.Await(h.t, "who is held hears music", bound, func() bool { return w.held.customer.Ear().HearsOther() && !w.held.hear() })
	for i := range w.waiting {
		w.waiting[i] = h.callIn("+18005550101")
		stage.Await(h.t, "a caller who waits hears music", bound, w.waiting[i].Ear().HearsOther)
	}
	return w
}

// consult lets the agent of a call ask another one, while his customer hears music.
func (w *town) consult(adviser string) {
	asks := w.consulting.agent.Number
	status, body := w.Call(w.SignIn(asks, asks+"-secret-1"), "POST", w.callOf(asks)+"/guests", map[string]string{"agent": adviser, "mode": "consult"})
	if status >= 300 {
		w.t.Fatalf("consult: %d %s", status, body)
	}
	stage.Await(w.t, "who consults and who is asked hear each other", bound, func() bool {
		for _, l := range w.phones[w.indexOf(adviser)].Legs() {
			w.adviser = l
		}
		return w.adviser != nil && pair{w.consulting.agent, w.adviser}.hear()
	})
}

// real starts a baresip.
func (h *house) real(name string, n int, account string, hz float64) *stage.Phone {
	return stage.StartPhone(h.t, stage.Line{Name: name, Account: account, Tone: hz, Host: "127.0.0.1", SIP: 10900 + 2*n, Control: 10950 + n, RTP: 10600 + 14*n})
}

// callIn lets a customer call another number than that of the queue where everybody is.
func (h *house) callIn(number string) *crowd.Leg {
	h.t.Helper()
	h.mu.Lock()
	h.placed++
	n := h.placed
	h.mu.Unlock()
	l, err := h.carriers[0].Call(fmt.Sprintf("+4915%08d", n), number)
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

// echo waits for the leg of a phone that hears itself.
func (h *house) echo() (echoed *crowd.Leg) {
	h.t.Helper()
	stage.Await(h.t, "an agent hears his own echo", bound, func() bool {
		for _, p := range h.phones {
			for _, l := range p.Legs() {
				if l.Ear().Hears(l.ID) {
					echoed = l
				}
			}
		}
		return echoed != nil
	})
	return echoed
}

// idle returns the agents who are available.
func (h *house) idle() (ids []string) {
	h.t.Helper()
	for _, a := range h.states().Agents {
		if a.Status == "available" {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// says lets an agent set his status.
func (h *house) says(id string, what map[string]any) {
	h.t.Helper()
	if status, body := h.Call(h.SignIn(id, id+"-secret-1"), "PUT", "/agents/"+id+"/status", what); status >= 300 {
		h.t.Fatalf("status of %s: %d %s", id, status, body)
	}
}

// callOf is the path of the call that an agent is in.
func (h *house) callOf(id string) string {
	h.t.Helper()
	for _, a := range h.states().Agents {
		if a.ID == id && a.Call != "" {
			return "/calls/" + a.Call
		}
	}
	h.t.Fatalf("%s is in no call", id)
	return ""
}

func TestS66AGatewayThatWasKilledGoesOnWithEveryCallAndEveryStatus(t *testing.T) {
	h := open(t, plan{net: "127.47.66", agents: 13, wrapUp: 10 * time.Minute})
	w := inhabit(h)
	h.commit()
	before := h.states()

	h.Kill()
	killed := time.Now().Add(onTheWay)
	h.Start()
	h.AwaitReady()
	w.goOn(killed)
	if differences := before.differ(h.states()); len(differences) > 0 {
		t.Errorf("the restart changed:\n%s", strings.Join(differences, "\n"))
	}
	w.act()
}

// goOn judges that everybody hears after the restart whom he heard before it.
func (w *town) goOn(since time.Time) {
	t := w.t
	t.Helper()
	await := func(what string, ok func() bool) { t.Helper(); stage.Await(t, what, bound, ok) }
	after := func(l *crowd.Leg, who uint32) bool { return !l.Ear().After(who, since).IsZero() && l.Ear().Hears(who) }
	for i, p := range w.talking {
		await(fmt.Sprintf("pair %d talks on", i), func() bool { return after(p.customer, p.agent.ID) && after(p.agent, p.customer.ID) })
	}
	await("the agent who talks with SIPp hears his echo", func() bool { return after(w.sippAgent, w.sippAgent.ID) })
	await("who consults and who is asked hear each other", func() bool {
		return after(w.consulting.agent, w.adviser.ID) && after(w.adviser, w.consulting.agent.ID)
	})
	for name, l := range map[string]*crowd.Leg{"is consulted about": w.consulting.customer, "is held": w.held.customer, "is cut off": w.cutOff, "waits": w.waiting[0], "waits too": w.waiting[1]} {
		await("the customer who "+name+" hears music", func() bool { return !l.Ear().HearsOtherAfter(since).IsZero() })
		if p := w.consulting; l == p.customer && l.Ear().Hears(p.agent.ID) {
			t.Error("who is consulted about hears his agent")
		}
	}
	w.customer.AwaitTone(realAgentTone)
	w.softphone.AwaitTone(realCustomerTone)
	if w.customer.Has("CALL_CLOSED") || w.softphone.Has("CALL_CLOSED") {
		t.Error("a real phone was hung up on")
	}
}

// act lets everybody do the next thing: what was restored works on as if nothing had happened.
func (w *town) act() {
	t, h := w.t, w.house
	t.Helper()
	h.API("PUT", h.callOf(w.held.agent.Number)+"/hold", map[string]bool{"on": false}, nil)
	stage.Await(t, "who was held talks again", bound, w.held.hear)

	h.hire("late") // takes those who wait, in their order
	for i, l := range w.waiting {
		if _, err := h.partner(h.within(), l); err != nil {
			t.Fatalf("who waits in place %d: %v", i, err)
		}
		for _, later := range w.waiting[i+1:] {
			if !later.Ear().HearsOther() {
				t.Errorf("somebody behind place %d was served before", i)
			}
		}
		h.bye(l)
		h.end("late")
	}

	cut := ""
	for _, a := range h.states().Agents {
		if a.Activity == "cut_off" {
			cut = a.ID
		}
	}
	number := pstnNumber(h.indexOf(cut))
	h.manner(number, crowd.Manner{Rings: time.Second, Thinks: time.Second, Presses: "1"})
	h.SwitchTo(cut, "telagent")
	rescuer, err := h.partner(h.within(), w.cutOff)
	if err != nil {
		t.Fatalf("who was cut off: %v", err)
	}
	h.bye(rescuer) // from the agent's side

	h.bye(w.adviser)
	stage.Await(t, "the customer talks with his agent again", bound, w.consulting.hear)
	h.bye(w.consulting.customer)
	h.bye(w.held.agent)
	for i, p := range w.talking {
		h.bye([]*crowd.Leg{p.customer, p.agent}[i%2])
	}
	w.softphone.Hangup()
	w.customer.WaitFor("CALL_CLOSED", 1)
	h.bye(w.sippAgent)
	w.sipp.Ends()
	for _, fault := range h.settle(h.placed + 2) {
		t.Error(fault)
	}
}

// bye hangs a leg up, which has to be answered 200.
func (h *house) bye(l *crowd.Leg) {
	h.t.Helper()
	if status, err := l.Hangup(h.within()); status != 200 || err != nil {
		h.t.Errorf("BYE of %s: %d (%v)", l, status, err)
	}
}

// hire registers the phone of an agent who was not there, and makes him available.
func (h *house) hire(id string) {
	h.t.Helper()
	p := h.peer(h.part(id, false))
	h.phones = append(h.phones, p)
	if err := p.Register(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	h.AwaitAgent(id, "is reachable", func(a stage.Agent) bool { return a.Reachable == "reachable" })
	h.says(id, map[string]any{"status": "available"})
}

// end ends an agent's after-call work.
func (h *house) end(id string) {
	h.t.Helper()
	h.AwaitStatus(id, "acw")
	if status, body := h.Call(h.SignIn(id, id+"-secret-1"), "POST", "/agents/"+id+"/wrap-up", map[string]string{"action": "end"}); status >= 300 {
		h.t.Fatalf("end the after-call work of %s: %d %s", id, status, body)
	}
}
