//go:build peers || chaos

package chaos

import (
	"strings"
	"testing"
	"time"
)

// upgraded is a house whose gateway hands its calls over twice in a row while more calls come in.
func upgraded(t *testing.T, p plan, calls int, every time.Duration) (j judged) {
	h := open(t, p)
	pairs := h.talk(calls)
	h.commit()
	came := make(chan []arrival, 1)
	go func() { came <- h.arrivals(6*time.Second, every) }()
	h.pause(time.Second)
	from := h.Upgrade("")
	h.pause(2 * time.Second)
	h.Upgrade("")
	all := <-came
	j = h.heal(pairs, from)
	for _, c := range all {
		j.up++
		if !c.talked {
			j.lost++
			j.fault("a call that came meanwhile: %v", c.problem)
		}
	}
	j.faults = append(j.faults, h.leave(pairs)...)
	j.faults = append(j.faults, h.settle(calls+len(all))...)
	return j
}

func TestCallsGoOnWhileTheGatewayIsUpgradedTwiceInARow(t *testing.T) {
	j := upgraded(t, plan{net: "127.45.10", agents: 30}, 12, 500*time.Millisecond)
	for _, f := range j.faults {
		t.Error(f)
	}
	t.Logf("%d calls, %d lost, longest silence %v", j.up, j.lost, j.longest)
}

func TestAProgramThatCannotTakeOverLeavesEverythingAsItWas(t *testing.T) {
	h := open(t, plan{net: "127.45.11", agents: 4})
	pairs := h.talk(2)
	h.commit()
	root, from := h.SignIn("root", "root-secret-1"), time.Now()
	old := h.Pid()
	for name, script := range map[string]string{
		"ends":    "#!/bin/sh\nexit 3\n",
		"refuses": "#!/bin/sh\n[ $1 = check ] && { echo 'telagent.yaml:1: it is wrong'; exit 1; }\nexit 0\n",
		"starts":  "#!/bin/sh\n[ $1 = serve ] && exit 4\nexit 0\n",
		"hangs":   "#!/bin/sh\n[ $1 = serve ] && exec sleep 60\nexit 0\n",
	} {
		h.Program(name, script)
		status, body := h.Call(root, "POST", "/upgrade", map[string]string{"binary": h.Path(name)})
		if status != 409 || !strings.Contains(string(body), "upgrade_failed") {
			t.Errorf("a program that %s: %d %s", name, status, body)
		}
	}
	if h.Pid() != old || !h.Ready() {
		t.Error("the old process does not go on")
	}
	j := h.heal(pairs, from)
	j.faults = append(j.faults, h.leave(pairs)...)
	j.faults = append(j.faults, h.settle(2)...)
	for _, f := range j.faults {
		t.Error(f)
	}
}
