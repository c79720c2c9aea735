//go:build peers

package console

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// A supervisor's outage hour: an agent's browser dies in mid-call, he sees it, tries what a switch would do, switches, undoes
// nothing and loses nobody, logs her out at the end, and the reports say what was.
func TestASupervisorSwitchesAnAgentWhoseBrowserDiedAndReadsItInTheReports(t *testing.T) {
	t.Parallel()
	h := startHouse(t, 8)
	url := "http://" + h.Net + ".1:8080/"
	boss := stage.StartPages(t, "boss's browser", anaTone)
	boss.Open("one", url)
	boss.SignIn("one", "boss", "boss-secret-1")
	boss.See("one", "Agents")
	ana := h.page(t, "ana", url)
	h.talk(ana)
	since := time.Now()

	ana.Kill()
	h.AwaitAgent("ana", "is cut off", func(a stage.Agent) bool { return a.Activity == "cut_off" })
	boss.See("one", "Cut off")
	picture(boss, "outage-cut-off")

	boss.Click("one", "checkbox", "Tick Ana")
	boss.Click("one", "button", "Switch to Telagent")
	boss.See("one", "This agent can be moved now.") // a dry run: nothing rings
	picture(boss, "outage-dry-run")
	clicked := time.Now()
	boss.Click("one", "button", "Switch 1 agent")
	phone, err := h.phones.Next(h.within())
	if err != nil {
		t.Fatal(err)
	}
	h.hears(h.customer, demo.PhoneTone, clicked)
	h.hears(phone, demo.CustomerTone, clicked)
	h.AwaitAgent("ana", "is on the phone", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "in_line" })
	boss.See("one", "Moved to "+agentNumber)
	picture(boss, "outage-switched")
	h.undisturbed(since)
	boss.Click("one", "button", "Close")

	h.reported(boss, clicked)

	boss.Do("eval", "one", "location.hash = '#/monitoring'")
	boss.Click("one", "checkbox", "Tick Ana")
	boss.Click("one", "button", "Force logout")
	boss.See("one", "is served first") // her customer goes back to the queue
	boss.Click("one", "button", "Log out 1 agent")
	h.AwaitStatus("ana", "offline")
	if err := h.customer.Hangup(h.within()); err != nil {
		t.Fatal(err)
	}
	stage.Await(t, "the talk is in the reports", bound, func() bool {
		var handled struct{ Total struct{ Handled int } }
		h.API("GET", "/reports/handled", nil, &handled)
		return handled.Total.Handled == 1 // one talk, though two devices had it
	})
	boss.Do("eval", "one", "location.hash = '#/reports/handled?range=today'")
	boss.See("one", "Avg. handling")
	picture(boss, "outage-handled")
}

// reported waits until the switch was measured, and lets the supervisor read it.
func (h *house) reported(boss *stage.Pages, clicked time.Time) {
	h.T.Helper()
	var of struct {
		Rows []struct {
			Agent, By, To, Result string
			Began                 time.Time
			Gap                   *float64 `json:"customer_gap_ms"`
		}
	}
	stage.Await(h.T, "the switch is measured", bound, func() bool {
		h.API("GET", "/reports/switches", nil, &of)
		return len(of.Rows) == 1 && of.Rows[0].Gap != nil
	})
	if r := of.Rows[0]; r.Agent != "ana" || r.By != "boss" || r.To != "phone" || r.Result != "done" || r.Began.Before(clicked.Add(-time.Second)) {
		h.T.Errorf("the switch is reported as %+v", r)
	}
	heard := h.customer.Trace().LongestGap(clicked, time.Now())
	h.T.Logf("the gateway says %.1f ms without a packet, the customer had %v", *of.Rows[0].Gap, heard)
	boss.Do("eval", "one", "location.hash = '#/reports/switches?range=today'")
	boss.See("one", "Customer's gap")
	boss.See("one", agentNumber)
	picture(boss, "outage-switches")
}

// picture leaves a picture of a page for who asks for it: LOOK names the folder.
func picture(p *stage.Pages, name string) {
	p.T.Helper()
	if folder := os.Getenv("LOOK"); folder != "" {
		p.Do("shot", "one", filepath.Join(folder, name+".png"))
	}
}
