//go:build chaos

package chaos

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
)

// people are the faults that people make.
var people = []fault{
	{"two-clicks", "two supervisors switch the same agents at the same moment", 200 * time.Millisecond, playTwoClicks},
}

// playTwoClicks lets two supervisors click on each of 20 agents at once: each is switched once, and who came second is told.
func playTwoClicks(t *testing.T) judged {
	h := open(t, plan{net: "127.47.17", agents: 20})
	pairs := h.talk(20)
	h.commit()
	chief, from := h.SignIn("chief", "chief-secret-1"), time.Now()
	codes := make([][2]string, len(pairs))
	var clicks sync.WaitGroup
	for i := range pairs {
		h.manner(pstnNumber(i), crowd.Manner{Rings: time.Second, Thinks: time.Second, Presses: "1"})
		for n, token := range []string{h.Token, chief} {
			clicks.Go(func() { codes[i][n] = h.click(token, i, fmt.Sprintf("two-%d-%d", i, n)) })
		}
	}
	clicks.Wait()
	var j judged
	for i, c := range codes {
		if c[0] > c[1] {
			c[0], c[1] = c[1], c[0]
		}
		if c != [2]string{"", "already_switching"} {
			j.fault("of two clicks on %s one is answered %q, the other %q", agentID(i), c[0], c[1])
		}
	}
	moved := make([]pair, len(pairs))
	for i, p := range pairs {
		moved[i].customer = p.customer
		var err error
		if moved[i].agent, err = h.onPhone(p.customer); err != nil {
			t.Fatal(err)
		}
	}
	healed := h.heal(moved, time.Now())
	for _, p := range pairs {
		healed.longest = max(healed.longest, p.customer.Ear().Longest(0, from, time.Now()))
	}
	rung := 0
	for _, c := range h.carriers {
		for _, l := range c.Legs() {
			if l.Number != queueNumber {
				rung++
			}
		}
	}
	if rung != len(pairs) {
		j.fault("%d phones are in calls, want %d", rung, len(pairs))
	}
	healed.faults = append(healed.faults, j.faults...)
	healed.faults = append(healed.faults, h.leave(moved)...)
	healed.faults = append(healed.faults, h.settle(len(pairs))...)
	return healed
}

// click asks for a switch of an agent to his phone, and returns the code of its refusal; empty: it is not refused.
func (h *house) click(token string, i int, request string) string {
	status, body := h.Call(token, "POST", "/switch", map[string]any{"agents": []string{agentID(i)}, "to": "telagent", "request_id": request})
	var out struct{ Results []struct{ Code string } }
	if err := json.Unmarshal(body, &out); err != nil || len(out.Results) != 1 {
		return fmt.Sprintf("%d %s", status, body)
	}
	return out.Results[0].Code
}

// onPhone waits for the leg behind a carrier that a customer talks with.
func (h *house) onPhone(customer *crowd.Leg) (*crowd.Leg, error) {
	ctx := h.within()
	for {
		l, err := h.partner(ctx, customer)
		if err != nil || l.Number != "" && l.Number[0] == '+' {
			return l, err
		}
		h.pause(20 * time.Millisecond)
	}
}
