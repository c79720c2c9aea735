//go:build peers || chaos

package chaos

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
	"telagent-gateway/test/stage"
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

func TestADrainGoesOnOverAnUpgradeWithTheTimeThatIsLeft(t *testing.T) {
	h := open(t, plan{net: "127.45.13", agents: 2})
	pairs := h.talk(1)
	h.commit()
	root := h.SignIn("root", "root-secret-1")
	if status, body := h.Call(root, "POST", "/drain", map[string]any{"stop": true, "within_s": 3600}); status >= 300 {
		t.Fatalf("POST /drain: %d %s", status, body)
	}
	before := h.drain(root)
	h.Upgrade("")
	after := h.drain(root)
	if !after.Draining || !after.Stop || after.By != "root" || after.Calls != 1 || before.Until.Sub(after.Until).Abs() > time.Second {
		t.Errorf("the drain was %+v and is %+v", before, after)
	}
	if l := h.dial(); l.Wait(h.within(), crowd.Up) == nil || l.Ended().Status != 503 {
		t.Errorf("a new call is not refused with 503: %+v", l.Ended())
	}
	if status, body := h.Call(root, "DELETE", "/drain", nil); status >= 300 {
		t.Fatalf("DELETE /drain: %d %s", status, body)
	}
	for _, f := range h.leave(pairs) {
		t.Error(f)
	}
}

func TestTheLadderOfACallThatJustEndedOutlivesAnUpgrade(t *testing.T) {
	h := open(t, plan{net: "127.45.14", agents: 1})
	for _, f := range h.leave(h.talk(1)) {
		t.Error(f)
	}
	h.Upgrade("") // its ladder would be stored some seconds later
	all := h.history()
	if len(all) != 1 {
		t.Fatalf("the history is %+v", all)
	}
	status, body := h.Call(h.SignIn("root", "root-secret-1"), "GET", "/history/"+all[0].ID+"/ladder", nil)
	if status != 200 || !strings.Contains(string(body), "INVITE") {
		t.Errorf("GET /history/…/ladder: %d %s", status, body)
	}
}

func TestWhoAsksInTheMomentOfAnUpgradeIsAnswered(t *testing.T) {
	h := open(t, plan{net: "127.45.15", agents: 1})
	token := h.SignIn("root", "root-secret-1")
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	var answers atomic.Int64
	for range 8 {
		asking.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // it would ask again by itself on one that it kept
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPut, h.URL+"/api/v1/agents/a000/status", strings.NewReader(`{"status":"available"}`))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+token)
				req.Header.Set("Content-Type", "application/json")
				res, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				body, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if res.StatusCode >= http.StatusMultipleChoices && res.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("PUT: %s %s", res.Status, body)
				}
				answers.Add(1)
				h.pause(50 * time.Millisecond) // no more than one user may ask
			}
		})
	}
	for range 3 {
		stage.Await(t, "many ask", 10*time.Second, func() bool { return answers.Load() >= 40 })
		answers.Store(0)
		h.Upgrade("")
	}
	stop()
	asking.Wait()
}

// drain is how far a drain is.
func (h *house) drain(token string) (d struct {
	Draining, Stop bool
	By             string
	Until          time.Time
	Calls          int
},
) {
	h.t.Helper()
	status, body := h.Call(token, "GET", "/drain", nil)
	if err := json.Unmarshal(body, &d); status != 200 || err != nil {
		h.t.Fatalf("GET /drain: %d %s (%v)", status, body, err)
	}
	return d
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
