//go:build chaos

package chaos

import (
	"testing"
	"time"
)

func TestFaultKill(t *testing.T) {
	h := open(t, plan{net: "127.47.10", agents: *calls})
	began := time.Now()
	pairs := h.talk(*calls)
	t.Logf("talk %v", time.Since(began))
	<-time.After(3*time.Second)
	from := time.Now()
	if *peace == false {
	h.Kill()
	from = h.Start()
	}
	j := h.heal(pairs, from)
	j.faults = append(j.faults, h.leave(pairs)...)
	j.faults = append(j.faults, h.settle(*calls)...)
	t.Logf("late %v", h.clock.Late(from, time.Now()))
	t.Logf("%+v", j)
}
