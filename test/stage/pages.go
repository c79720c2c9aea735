package stage

import (
	"encoding/json"
	"fmt"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Pages are the gateway's own pages in a headless Chromium: its tabs share one user, as in a browser of an agent. His microphone
// has a tone.
type Pages struct{ *Browser }

// StartPages starts a Chromium whose user says a tone of hz, until the test ends.
func StartPages(t *testing.T, name string, hz float64) *Pages {
	t.Helper()
	return &Pages{startBrowser(t, name, hz, "pages.mjs")}
}

// Open opens a URL in a new tab.
func (p *Pages) Open(tab, url string) { p.T.Helper(); p.Do("open", tab, url) }

// Reload loads a tab's page anew.
func (p *Pages) Reload(tab string) { p.T.Helper(); p.Do("reload", tab) }

// CloseTab closes a tab.
func (p *Pages) CloseTab(tab string) { p.T.Helper(); p.Do("close", tab) }

// Click clicks on the first thing with a role and a name.
func (p *Pages) Click(tab, role, name string) { p.T.Helper(); p.Do("click", tab, role, name) }

// Fill writes into a field.
func (p *Pages) Fill(tab, label, text string) { p.T.Helper(); p.Do("fill", tab, label, text) }

// See waits until a text is seen.
func (p *Pages) See(tab, text string) { p.T.Helper(); p.Do("see", tab, text) }

// Sees says whether a text is seen now.
func (p *Pages) Sees(tab, text string) (seen bool) {
	p.T.Helper()
	p.ask(&seen, "sees", tab, text)
	return seen
}

// SignIn signs a user in.
func (p *Pages) SignIn(tab, user, password string) {
	p.T.Helper()
	p.Fill(tab, "User name", user)
	p.Fill(tab, "Password", password)
	p.Click(tab, "button", "Sign in")
}

// Hears says whether the last 200 ms that arrived at a tab hold the tone.
func (p *Pages) Hears(tab string, hz float64) bool {
	p.T.Helper()
	var s []float64
	p.ask(&s, "heard", tab)
	return len(s) >= Rate/5 && Tone(s[len(s)-Rate/5:], hz)
}

// AwaitTone waits until a tab hears the tone now.
func (p *Pages) AwaitTone(tab string, hz float64) {
	p.T.Helper()
	Await(p.T, fmt.Sprintf("%s hears %.0f Hz", tab, hz), 40*time.Second, func() bool { return p.Hears(tab, hz) })
}

// TabStats are what a tab counts of its call.
type TabStats struct {
	Cipher      string
	In, Out     int    // packets
	Heard, Said uint32 // SSRC
	Connections int    // made since the page was loaded
}

// Stats returns what a tab counted so far.
func (p *Pages) Stats(tab string) (s TabStats) {
	p.T.Helper()
	p.ask(&s, "stats", tab)
	return s
}

// Accessible fails the test when axe finds fault with what a tab shows, in light or in dark.
func (p *Pages) Accessible(tab string) {
	p.T.Helper()
	for _, scheme := range []string{"light", "dark"} {
		var faults []string
		p.ask(&faults, "axe", tab, scheme)
		for _, fault := range faults {
			p.T.Errorf("%s, %s: %s", tab, scheme, fault)
		}
	}
}

// Freeze stops the browser as a whole, as if its machine had lost power and network: nothing that it sends or answers leaves
// it any more. No order may be given until Thaw.
func (p *Pages) Freeze() { p.T.Helper(); p.signal(syscall.SIGSTOP) }

// Thaw lets a frozen browser go on.
func (p *Pages) Thaw() { p.T.Helper(); p.signal(syscall.SIGCONT) }

// signal reaches every process of the browser: Chromium leads a group of its own.
func (p *Pages) signal(s syscall.Signal) {
	p.T.Helper()
	pid, err := strconv.Atoi(p.WaitFor("ready", 1))
	if err != nil {
		p.T.Fatal(err)
	}
	if err := syscall.Kill(-pid, s); err != nil {
		p.T.Fatalf("send %v to %s: %v", s, p.Name, err)
	}
}

func (p *Pages) ask(into any, verb string, args ...any) {
	p.T.Helper()
	if err := json.Unmarshal(p.Do(verb, args...), into); err != nil {
		p.T.Fatal(err)
	}
}
