//go:build peers

package console

import (
	"os"
	"strings"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/claims"
	"telagent-gateway/test/stage"
)

// tones, as browsers say and hear them.
const (
	customerTone = float64(demo.CustomerTone)
	anaTone      = float64(demo.SoftphoneTone)
)

// page opens the gateway's pages as an agent, at a URL of them, and makes him available.
func (h *house) page(t *testing.T, agent, url string) *stage.Pages {
	t.Helper()
	p := stage.StartPages(t, agent+"'s browser", anaTone)
	p.Open("one", url)
	p.SignIn("one", agent, agent+"-secret-1")
	h.Available(agent)
	return p
}

// talk brings the customer and ana's page into a call.
func (h *house) talk(p *stage.Pages) {
	h.T.Helper()
	since := time.Now()
	h.callIn()
	p.Click("one", "button", "Answer")
	h.hears(h.customer, demo.SoftphoneTone, since)
	p.AwaitTone("one", customerTone)
	h.AwaitStatus("ana", "in_line")
}

// offersTheBrowserNoPlainAudio looks at what the gateway has described to the page so far.
func (h *house) offersTheBrowserNoPlainAudio() {
	h.T.Helper()
	log, err := os.ReadFile(h.Path("log"))
	if err != nil {
		h.T.Fatal(err)
	}
	if text := string(log); !strings.Contains(text, "UDP/TLS/RTP/SAVP") || strings.Contains(text, "ana-secret-1") {
		h.T.Error("the page was not offered DTLS-SRTP, or her password is in the log")
	}
}

func TestAnAgentTalksInThePageMovesToHerPhoneAndComesBack(t *testing.T) {
	t.Parallel()
	claims.Proven(t, "audio between the gateway and a browser is always encrypted, with keys that are agreed on along it (DTLS-SRTP)", "17.2.2")
	h := startHouse(t, 1)
	p := h.page(t, "ana", "http://"+h.Net+".1:8080/")
	h.talk(p)
	since := time.Now()
	if got := p.Stats("one"); got.Cipher == "" || got.In == 0 || got.Out == 0 {
		t.Errorf("the page's audio is not encrypted, or goes one way: %+v", got)
	}
	h.offersTheBrowserNoPlainAudio()

	p.Click("one", "button", "Hold")
	h.hears(h.customer, demo.Other, since)
	held := time.Now()
	p.Click("one", "button", "Resume")
	h.hears(h.customer, demo.SoftphoneTone, held)

	muted := time.Now()
	p.Click("one", "button", "Mute")
	h.hears(h.customer, demo.Silence, muted)
	p.Click("one", "button", "Unmute")
	h.hears(h.customer, demo.SoftphoneTone, time.Now())

	keyed := time.Now()
	p.Click("one", "button", "Keypad")
	p.Click("one", "button", "5")
	stage.Await(t, "the customer gets the key", bound, func() bool { return h.customer.Trace().Keys(keyed, time.Now()) == 1 })

	moved := time.Now()
	h.SwitchTo("ana", "telagent")
	phone, err := h.phones.Next(h.within())
	if err != nil {
		t.Fatal(err)
	}
	h.hears(h.customer, demo.PhoneTone, moved)
	h.hears(phone, demo.CustomerTone, moved)
	h.AwaitAgent("ana", "is on the phone", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "in_line" })

	back := time.Now()
	h.SwitchTo("ana", "softphone")
	p.Click("one", "button", "Answer")
	h.hears(h.customer, demo.SoftphoneTone, back)
	p.AwaitTone("one", customerTone)
	h.undisturbed(since)

	p.Click("one", "button", "Hang up")
	h.over()
}

func TestACallInThePageOutlivesItsConnectionToTheGateway(t *testing.T) {
	t.Parallel()
	h := startHouse(t, 2)
	r := startRelay(t, h.Net+".9:8080", h.Net+".1:8080")
	p := h.page(t, "ana", "http://"+h.Net+".9:8080/")
	h.talk(p)
	since, before := time.Now(), p.Stats("one")

	r.Cut()
	p.See("one", "Connection lost. Trying again…")
	stage.Await(t, "the gateway misses the page", bound, func() bool { return len(h.Contacts()) == 0 })
	r.Mend()
	stage.Await(t, "the page is registered again", bound, func() bool { return len(h.Contacts()) == 1 })

	h.hears(h.customer, demo.SoftphoneTone, time.Now())
	p.AwaitTone("one", customerTone)
	after := p.Stats("one")
	if after.Heard != before.Heard || after.Said != before.Said || after.Connections != before.Connections {
		t.Errorf("it is another call now: %+v, was %+v", after, before)
	}
	if gap := h.customer.Trace().LongestWithout(since, time.Now(), demo.SoftphoneTone); gap > time.Second {
		t.Errorf("the customer did not hear her for %v", gap)
	}
	h.undisturbed(since)
	h.AwaitAgent("ana", "is in the call", func(a stage.Agent) bool { return a.Status == "in_line" && a.Activity == "talking" })

	// What is said over the new connection reaches the old call, both ways.
	held := time.Now()
	p.Click("one", "button", "Hold")
	h.hears(h.customer, demo.Other, held)
	p.Click("one", "button", "Resume")
	h.hears(h.customer, demo.SoftphoneTone, time.Now())
	if err := h.customer.Hangup(h.within()); err != nil {
		t.Fatal(err)
	}
	h.AwaitStatus("ana", "available")
}

func TestACallComesBackToAPageThatIsLoadedAnew(t *testing.T) {
	t.Parallel()
	h := startHouse(t, 3)
	p := h.page(t, "ana", "http://"+h.Net+".1:8080/")
	h.talk(p)
	since := time.Now()

	p.Reload("one")
	p.AwaitTone("one", customerTone)
	h.hears(h.customer, demo.SoftphoneTone, time.Now())
	h.AwaitAgent("ana", "is in the call", func(a stage.Agent) bool { return a.Status == "in_line" && a.Activity == "talking" })
	h.undisturbed(since)
	if h.LiveCalls() != 1 {
		t.Errorf("there are %d calls", h.LiveCalls())
	}
	p.Click("one", "button", "Hang up")
	h.over()
}

func TestOneTabHoldsThePhoneAndAnotherTakesItOver(t *testing.T) {
	t.Parallel()
	h := startHouse(t, 4)
	url := "http://" + h.Net + ".1:8080/"
	p := h.page(t, "ana", url)
	p.Open("two", url)
	since := time.Now()
	h.callIn()
	p.Click("two", "button", "Answer") // what is done in one tab is done in the other
	h.hears(h.customer, demo.SoftphoneTone, since)
	p.AwaitTone("one", customerTone)
	if got := p.Stats("two"); got.Connections != 0 {
		t.Errorf("the second tab has audio of its own: %+v", got)
	}
	held := time.Now()
	p.Click("two", "button", "Hold")
	h.hears(h.customer, demo.Other, held)
	p.See("one", "On hold")
	p.Click("one", "button", "Resume")
	h.hears(h.customer, demo.SoftphoneTone, time.Now())
	if got := len(h.Contacts()); got != 1 {
		t.Errorf("%d phones are registered, want that of one tab", got)
	}

	p.CloseTab("one")
	p.AwaitTone("two", customerTone)
	h.hears(h.customer, demo.SoftphoneTone, time.Now())
	h.undisturbed(since)
	p.Click("two", "button", "Hang up")
	h.over()
}
