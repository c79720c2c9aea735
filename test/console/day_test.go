//go:build peers

package console

import (
	"strings"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// benTone is what ben's microphone has.
const benTone = float64(demo.SecondTone)

// desk opens My desk for an agent.
func (h *house) desk(t *testing.T, agent string, tone float64) *stage.Pages {
	t.Helper()
	p := stage.StartPages(t, agent+"'s browser", tone)
	p.Open("desk", "http://"+h.Net+".1:8080/")
	p.SignIn("desk", agent, agent+"-secret-1")
	stage.Await(t, agent+"'s page is a phone", bound, func() bool { return h.Agent(agent).Reachable == "reachable" })
	return p
}

// TestAnAgentsDay is a day of ana at her desk, all of it by clicks: she talks, asks ben, talks with both, writes up, has lunch,
// and goes home.
func TestAnAgentsDay(t *testing.T) {
	t.Parallel()
	h := startHouseOf(t, 5, strings.ReplaceAll(houseDirectory, "wrap_up: 1s", "wrap_up: 10m"))
	ana, ben := h.desk(t, "ana", anaTone), h.desk(t, "ben", benTone)
	ana.Accessible("desk")
	ana.Click("desk", "button", "Available")
	h.AwaitStatus("ana", "available")

	called := time.Now()
	h.callIn()
	ana.See("desk", "Incoming call")
	ana.Click("desk", "button", "Answer")
	h.hears(h.customer, demo.SoftphoneTone, called)
	ana.AwaitTone("desk", customerTone)
	ana.Accessible("desk")

	h.askBen(ana, ben)

	over := time.Now()
	ana.Click("desk", "button", "Hang up")
	if err := h.customer.Wait(h.within(), demo.Over); err != nil {
		t.Fatal(err)
	}
	h.undisturbed(called)
	ana.See("desk", "After-call work")
	ana.Click("desk", "button", "Continue after-call work")
	ana.See("desk", "without a countdown")
	h.AwaitAgent("ana", "writes up without a countdown", func(a stage.Agent) bool { return a.Status == "acw" })
	ana.Accessible("desk")
	ana.Click("desk", "button", "Back to reception")
	h.AwaitStatus("ana", "available")
	t.Logf("the day's call took %v", over.Sub(called).Round(time.Second))

	ana.Click("desk", "button", "On break")
	ana.Click("desk", "button", "Set on break")
	h.AwaitStatus("ana", "on_break")
	ana.Open("other", "http://"+h.Net+".1:8080/")
	ana.See("other", "On break")
	ana.Click("other", "button", "Available")
	h.AwaitStatus("ana", "available")
	ana.Click("desk", "button", "ana: appearance and sign-out")
	ana.Click("desk", "button", "Sign out")
	ana.See("desk", "User name")
	ana.See("other", "User name") // who goes home goes home in every tab
	h.AwaitStatus("ana", "offline")
}

// askBen lets ana ask ben for advice, then all three talk, then ben leaves.
func (h *house) askBen(ana, ben *stage.Pages) {
	h.T.Helper()
	asked := time.Now()
	ana.Click("desk", "button", "Ask somebody…")
	ana.Click("desk", "button", "Choose Ben")
	ben.Click("desk", "button", "Answer")
	ana.AwaitTone("desk", benTone)
	ben.AwaitTone("desk", anaTone)
	h.hears(h.customer, demo.Other, asked) // music

	together := time.Now()
	ana.Click("desk", "button", "Talk all together")
	h.hears(h.customer, demo.SoftphoneTone, together)
	h.hears(h.customer, demo.SecondTone, together)
	ben.Click("desk", "button", "Leave the call")
	h.hears(h.customer, demo.SoftphoneTone, time.Now())
	ana.AwaitTone("desk", customerTone)
}
