//go:build chaos

package chaos

import (
	"context"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
)

// youngest is the fault that strikes calls as they begin.
var youngest = []fault{
	{"kill-young", "kill -9, eight times, while calls come in: what was answered less than a commit ago may be over, and is not left in between", 0, killYoung},
}

// killYoung kills the gateway while calls begin, and looks for those who are left in a call with nobody.
func killYoung(t *testing.T) (j judged) {
	h := open(t, plan{net: "127.47.32", agents: 40, rings: 300 * time.Millisecond})
	for range 8 {
		var customers []*crowd.Leg
		for range 15 {
			customers = append(customers, h.dial())
			h.pause(40 * time.Millisecond)
		}
		h.Kill()
		h.Start()
		for _, l := range customers {
			j.up++
			ctx, cancel := context.WithTimeout(t.Context(), bound)
			err := l.Wait(ctx, crowd.Up) // or over
			if err == nil {
				_, err = h.partner(ctx, l)
			}
			cancel()
			if l.State() == crowd.Over {
				continue
			}
			// 481: he was answered before anything of him was kept, and nobody knows him.
			if status, _ := l.Hangup(h.within()); err != nil && status != 481 {
				j.lost++
				j.fault("%v; he hears %s", err, l.Ear())
			}
		}
		if !await(bound, func() bool { return h.LiveCalls() == 0 }) {
			j.fault("calls live on: %s", text(h.states().Calls))
		}
		if !await(bound, func() bool { return h.legs() == 0 }) {
			for _, p := range h.everybody() {
				for _, l := range p.Legs() {
					j.fault("%s is %s still; it hears %s", l, l.State(), l.Ear())
				}
			}
		}
	}
	return j
}
