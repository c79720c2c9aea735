//go:build peers

package chaos

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
	"telagent-gateway/test/stage"
)

// orders is how many random orders are played, by how many customers at a time.
const (
	orders   = 100
	atOnce   = 5
	staffFor = 10 // agents, so that who is put back finds somebody
)

// The acts, each at a moment of its own while one call lives.
var acts = []func(h *house, p pair, id, request string){
	func(h *house, _ pair, id, request string) { h.switches(id, "telagent", request) },
	func(h *house, _ pair, id, request string) { h.switches(id, "softphone", request) },
	func(h *house, p pair, _, _ string) { _, _ = p.customer.Hangup(h.t.Context()) },
	func(h *house, p pair, _, _ string) { _, _ = p.agent.Hangup(h.t.Context()) },
	func(h *house, _ pair, id, request string) {
		h.Call(h.Token, "POST", "/force-logout", map[string]any{"agents": []string{id}, "request_id": request})
	},
}

// TestS67RandomOrdersOfSwitchHangUpAndForcedLogoutLeaveNothingImpossible plays 100 calls, each of which meets three of the
// acts in a random order and at random moments, some of them at once. The log is at debug, so that the gateway itself checks
// after each step that its Floor is in no impossible state; that it said so fails the test when it is stopped.
func TestS67RandomOrdersOfSwitchHangUpAndForcedLogoutLeaveNothingImpossible(t *testing.T) {
	h := open(t, plan{net: "127.47.67", agents: staffFor, debug: true})
	random := dice(t)
	for i := range staffFor {
		h.manner(pstnNumber(i), crowd.Manner{Rings: time.Duration(random.IntN(300)) * time.Millisecond, Thinks: 50 * time.Millisecond, Presses: "1"})
	}
	type order struct {
		acts  [3]int
		waits [3]time.Duration
	}
	all := make([]order, orders)
	for i := range all {
		for n := range all[i].acts {
			all[i].acts[n], all[i].waits[n] = random.IntN(len(acts)), time.Duration(random.IntN(800))*time.Millisecond
		}
	}
	stop, back := context.WithCancel(t.Context())
	var recovery sync.WaitGroup
	recovery.Go(func() { h.recover(stop) })
	var placed atomic.Int64
	var working sync.WaitGroup
	next := make(chan int)
	for range atOnce {
		working.Go(func() {
			for i := range next {
				h.play(i, all[i].acts[:], all[i].waits[:], &placed)
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	working.Wait()
	back()
	recovery.Wait()

	for _, fault := range h.settle(int(placed.Load())) {
		t.Error(fault)
	}
	stage.Await(t, "no leg is left", bound, func() bool { return h.legs() == 0 })
	moved := map[string]int{}
	for _, r := range h.history() {
		for _, s := range r.Switches {
			moved[s.Result]++
		}
	}
	if moved["done"] < orders/20 || h.loggedOut.Load() < orders/20 {
		t.Errorf("of the switches came %v, and %d agents were logged out: that is hardly anything", moved, h.loggedOut.Load())
	}
	for _, a := range h.states().Agents {
		if a.Activity != "idle" && a.Activity != "wrap_up" || a.Call != "" {
			t.Errorf("%s is left %s in call %q", a.ID, a.Activity, a.Call)
		}
	}
}

// play is one call and what happens to it.
func (h *house) play(i int, which []int, waits []time.Duration, placed *atomic.Int64) {
	ctx, cancel := context.WithTimeout(h.t.Context(), bound)
	defer cancel()
	customer := h.dial()
	placed.Add(1)
	agent, err := h.partner(ctx, customer)
	if err != nil {
		h.t.Errorf("order %d: %v", i, err)
		return
	}
	id := h.whose(agent.Number)
	var all sync.WaitGroup
	for n := range which {
		all.Go(func() {
			h.pause(waits[n])
			acts[which[n]](h, pair{customer, agent}, id, fmt.Sprintf("s67-%d-%d", i, n))
		})
	}
	all.Wait()
	_, _ = customer.Hangup(ctx) // it may be over
}

// whose returns the agent of a phone, by the number or name that was called.
func (h *house) whose(number string) string {
	for i := range h.phones {
		if pstnNumber(i) == number {
			return agentID(i)
		}
	}
	return number
}

// switches asks for a switch, which may be refused.
func (h *house) switches(id, to, request string) {
	h.Call(h.Token, "POST", "/switch", map[string]any{"agents": []string{id}, "to": to, "request_id": request})
}
