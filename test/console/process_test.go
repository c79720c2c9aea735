//go:build peers

package console

import (
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// TestACallInThePageAndEveryPageOutliveTheGatewaysProcess lets ana talk in her page, over TLS, while a supervisor looks on, in the same
// browser under another name of the gateway. The process hands over to another one, and that one is killed and started again.
func TestACallInThePageAndEveryPageOutliveTheGatewaysProcess(t *testing.T) {
	t.Parallel()
	h := startHouseBy(t, 7, houseDirectory, stage.StartSecureGateway)
	startRelay(t, h.Net+".9:8080", h.Net+".1:8080")
	p := h.page(t, "ana", h.URL)
	p.Open("boss", "https://"+h.Net+".9:8080/")
	p.SignIn("boss", "boss", "boss-secret-1")
	h.talk(p)
	p.See("boss", customerNumber)
	p.Do("eval", "boss", "window.__loaded = 'once'")
	since, before := time.Now(), p.Stats("one")

	h.Upgrade("")
	h.goesOn(p, before)
	h.undisturbed(since)
	h.says("on_break")
	p.See("boss", "then on break")

	h.Restart()
	h.AwaitReady()
	h.goesOn(p, before)
	h.says("available")
	stage.Await(t, "the supervisor's page knows that there will be no break", bound, func() bool { return !p.Sees("boss", "then on break") })

	if got := string(p.Do("eval", "boss", "window.__loaded")); got != `"once"` {
		t.Errorf("the supervisor's page was loaded anew: %s", got)
	}
	p.Click("one", "button", "Hang up")
	if err := h.customer.Wait(h.within(), demo.Over); err != nil {
		t.Fatal(err)
	}
	h.over()
	stage.Await(t, "the supervisor's page shows no call", bound, func() bool { return !p.Sees("boss", customerNumber) })
}

// goesOn waits until ana's page is registered with the process that is there now, and everybody hears whom he heard, over the same
// stream as before.
func (h *house) goesOn(p *stage.Pages, before stage.TabStats) {
	h.T.Helper()
	from := time.Now()
	stage.Await(h.T, "the page is registered again", bound, func() bool {
		all := h.Contacts()
		return len(all) == 1 && all[0].Transport == "WSS"
	})
	h.hears(h.customer, demo.SoftphoneTone, from)
	heard := p.Stats("one")
	stage.Await(h.T, "the page gets audio", bound, func() bool { return p.Stats("one").In > heard.In+20 })
	p.AwaitTone("one", customerTone)
	if now := p.Stats("one"); now.Heard != before.Heard || now.Said != before.Said || now.Connections != before.Connections {
		h.T.Errorf("it is another call now: %+v, was %+v", now, before)
	}
	h.AwaitAgent("ana", "is in the call", func(a stage.Agent) bool { return a.Status == "in_line" && a.Activity == "talking" })
	for tab, shows := range map[string]string{"one": "Hang up", "boss": customerNumber} {
		if !p.Sees(tab, shows) {
			h.T.Errorf("the tab %s does not show %q", tab, shows)
		}
	}
	if p.Sees("one", "Your call is over") {
		h.T.Error("ana is told that her call is over")
	}
}

// dialsInVain lets ana's page dial somebody whose phone rings when the process ends: the call is over, and the page free for the next.
func (h *house) dialsInVain(p *stage.Pages) {
	h.T.Helper()
	h.phones.Phone("+49301111111", demo.NoAnswer())
	p.Fill("one", "Number or colleague", "0301111111")
	p.Click("one", "button", "Call")
	stage.Await(h.T, "a phone rings", bound, func() bool { return h.rings("") })
	p.See("one", "0:03") // what the page sent less than 2 s before the end it sends again
	h.Upgrade("")
	stage.Await(h.T, "the page dials no more", bound, func() bool { return !p.Sees("one", "Calling…") })
	h.over()
}

// rings says whether the phone of an agent rings; empty: that of somebody outside.
func (h *house) rings(agent string) bool {
	h.T.Helper()
	var live struct {
		Calls []struct {
			Legs []struct{ Agent, State string }
		}
	}
	h.API("GET", "/calls", nil, &live)
	for _, c := range live.Calls {
		for _, l := range c.Legs {
			if l.Agent == agent && l.State == "ringing" {
				return true
			}
		}
	}
	return false
}

// says lets ana say what she is when her call is over.
func (h *house) says(status string) {
	h.T.Helper()
	if code, body := h.Call(h.SignIn("ana", "ana-secret-1"), "PUT", "/agents/ana/status", map[string]string{"status": status}); code >= 300 {
		h.T.Fatalf("status: %d %s", code, body)
	}
}

func TestACallThatRingsInThePageWhenTheProcessEndsRingsThereAgain(t *testing.T) {
	t.Parallel()
	h := startHouse(t, 9)
	p := h.page(t, "ana", h.URL)
	h.dialsInVain(p)
	for _, end := range []func(){func() { h.Upgrade("") }, func() { h.Restart(); h.AwaitReady() }} {
		h.callIn()
		p.See("one", "Incoming call")
		stage.Await(t, "the page says that it rings", bound, func() bool { return h.rings("ana") })
		since := time.Now()
		end()
		stage.Await(t, "the page says so to the next process", bound, func() bool { return h.rings("ana") })
		stage.Await(t, "ana takes the call", bound, func() bool {
			p.Do("eval", "one", `document.querySelector("[data-key=answer]")?.click()`) // the page may be about to show another one
			return h.Agent("ana").Activity == "talking"
		})
		h.hears(h.customer, demo.SoftphoneTone, since)
		p.AwaitTone("one", customerTone)
		p.Click("one", "button", "Hang up")
		h.over()
	}
	var all struct {
		Records []struct {
			Legs []struct{ Agent, Cause string }
		}
	}
	h.API("GET", "/history", nil, &all)
	for _, r := range all.Records {
		for _, l := range r.Legs {
			if l.Agent == "ana" && l.Cause == "busy" {
				t.Errorf("the page said that it is busy: %+v", r.Legs)
			}
		}
	}
}
