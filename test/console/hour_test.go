//go:build peers

package console

import (
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// TestAnOutageHourAfterWhichEverybodyWasServed is an outage as a supervisor of two agents lives through it, all of it by clicks
// on the Monitoring page: ana's machine is gone in mid-call, her call moves to her phone, ben is logged out and his customer
// waits, ana comes back, takes her call at the page again and then ben's customer.
func TestAnOutageHourAfterWhichEverybodyWasServed(t *testing.T) {
	t.Parallel()
	h := startHouse(t, 6)
	ana, ben := h.desk(t, "ana", anaTone), h.desk(t, "ben", benTone)
	boss := stage.StartPages(t, "boss's browser", customerTone)
	boss.Open("page", "http://"+h.Net+".1:8080/")
	boss.SignIn("page", "boss", "boss-secret-1")
	boss.See("page", "Waiting calls")

	began := time.Now()
	ana.Click("desk", "button", "Available")
	h.AwaitStatus("ana", "available")
	h.callIn()
	anas := h.customer
	ana.Click("desk", "button", "Answer")
	h.hears(anas, demo.SoftphoneTone, began)
	ana.AwaitTone("desk", customerTone)
	ben.Click("desk", "button", "Available")
	h.AwaitStatus("ben", "available")
	h.callIn()
	bens := h.customer
	ben.Click("desk", "button", "Answer")
	h.hears(bens, demo.SecondTone, began)

	phone := h.anaIsGone(ana, boss, anas)
	h.benIsLoggedOut(boss, bens)
	h.anaComesBack(ana, boss, anas, phone)

	// Ben's customer waited, and is the next whom ana serves.
	ended := time.Now()
	ana.Click("desk", "button", "Hang up")
	if err := anas.Wait(h.within(), demo.Over); err != nil {
		t.Fatal(err)
	}
	ana.Click("desk", "button", "Answer")
	h.hears(bens, demo.SoftphoneTone, ended)
	ana.Click("desk", "button", "Hang up")
	if err := bens.Wait(h.within(), demo.Over); err != nil {
		t.Fatal(err)
	}
	h.bossReads(boss)
}

// anaIsGone freezes ana's machine; the supervisor sees it and switches her to her phone. It returns the phone's leg.
func (h *house) anaIsGone(ana, boss *stage.Pages, customer *demo.Leg) *demo.Leg {
	h.T.Helper()
	gone := time.Now()
	ana.Freeze()
	h.hears(customer, demo.Other, gone) // comfort music
	h.AwaitAgent("ana", "is cut off", func(a stage.Agent) bool { return a.Activity == "cut_off" })
	boss.See("page", "Cut off")
	boss.Accessible("page")
	boss.Click("page", "checkbox", "Tick Ana")
	boss.Click("page", "button", "Switch to Telagent")
	boss.See("page", "This agent can be moved now.")
	boss.Accessible("page")
	moved := time.Now()
	boss.Click("page", "button", "Switch 1 agent")
	phone, err := h.phones.Next(h.within())
	if err != nil {
		h.T.Fatal(err)
	}
	h.hears(customer, demo.PhoneTone, moved)
	h.hears(phone, demo.CustomerTone, moved)
	boss.See("page", "Moved to "+agentNumber)
	boss.Click("page", "button", "Close")
	boss.Click("page", "button", "Untick all")
	h.undisturbed(gone)
	return phone
}

// benIsLoggedOut logs ben out by force; his customer waits, and is told.
func (h *house) benIsLoggedOut(boss *stage.Pages, customer *demo.Leg) {
	h.T.Helper()
	out := time.Now()
	boss.Click("page", "checkbox", "Tick Ben")
	boss.Click("page", "button", "Force logout")
	boss.See("page", "is served first")
	boss.Click("page", "button", "Log out 1 agent")
	h.AwaitStatus("ben", "offline")
	h.hears(customer, demo.Other, out)
	boss.Click("page", "button", "Close")
	if customer.State() == demo.Over {
		h.T.Error("ben's customer was hung up on")
	}
}

// anaComesBack thaws ana's machine, and the supervisor gives her the call back at her page.
func (h *house) anaComesBack(ana, boss *stage.Pages, customer, phone *demo.Leg) {
	h.T.Helper()
	ana.Thaw()
	stage.Await(h.T, "ana's softphone can be rung again", bound, func() bool { // it is asked twice a minute
		status, _ := h.Call(h.Token, "POST", "/switch", map[string]any{"agents": []string{"ana"}, "to": "softphone", "dry_run": true})
		return status == 200
	})
	back := time.Now()
	boss.Click("page", "button", "Untick all")
	boss.Click("page", "checkbox", "Tick Ana")
	boss.Click("page", "button", "Return to softphone")
	boss.See("page", "This agent can be moved now.")
	boss.Click("page", "button", "Return 1 agent")
	ana.Click("desk", "button", "Answer")
	h.hears(customer, demo.SoftphoneTone, back)
	ana.AwaitTone("desk", customerTone)
	if err := phone.Wait(h.within(), demo.Over); err != nil {
		h.T.Fatal(err)
	}
	boss.Click("page", "button", "Close")
}

// bossReads looks at what is left of the hour.
func (h *house) bossReads(boss *stage.Pages) {
	h.T.Helper()
	boss.Click("page", "link", "Reports")
	boss.See("page", "Switches")
	boss.Accessible("page")
	boss.Click("page", "link", "Calls")
	boss.See("page", customerNumber)
	boss.Accessible("page")
}
