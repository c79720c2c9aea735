//go:build peers

package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var noted = regexp.MustCompile(`<note>([^<]*)</note>`)

// notes returns what the NOTIFYs that a watching phone got say, in order.
func (p *phone) notes() (all []string) {
	data, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, m := range noted.FindAllStringSubmatch(string(data), -1) {
		all = append(all, m[1])
	}
	return all
}

// awaitNote waits until the newest NOTIFY says something.
func (p *phone) awaitNote(want string) {
	p.t.Helper()
	await(p.t, fmt.Sprintf("%s is told %q", p.name, want), bound, func() bool {
		all := p.notes()
		return len(all) > 0 && all[len(all)-1] == want
	})
}

// rungByHand is ana's softphone, which answers when it is told to.
func (s *site) rungByHand() *phone {
	account := fmt.Sprintf("<sip:ana@%s.1>;auth_pass=ana-secret-1;answermode=manual;regint=60", s.net)
	return startPhone(s.t, "ana's softphone", s.slot+2, account, softphoneTone)
}

// as calls the API as an agent, who says how he is.
func (s *site) as(id, status, reason string) {
	s.t.Helper()
	in := map[string]string{"status": status, "reason": reason}
	if code, body := s.call(s.signIn(id, id+"-secret-1"), "PUT", "/agents/"+id+"/status", in); code >= 400 {
		s.t.Fatalf("make %s %s: %d %s", id, status, code, body)
	}
}

func TestS65BaresipThatWatchesAnAgentIsToldOfEachChange(t *testing.T) {
	t.Parallel()
	s := startSite(t, 81, "")
	account := fmt.Sprintf("<sip:ben@%s.1>;auth_pass=ben-secret-1;regint=60", s.net)
	watcher := startPhone(t, "ben's phone", s.slot+3, account, phoneTone, fmt.Sprintf("\"Ana\" <sip:ana@%s.1>;presence=p2p", s.net))
	softphone := s.rungByHand()
	s.available("ana")
	watcher.awaitNote("available")
	before := len(watcher.notes())

	customer := s.customer()
	customer.dial(s.supportURI())
	softphone.waitFor("CALL_INCOMING", 1)
	watcher.awaitNote("ringing")
	softphone.order("accept", "")
	watcher.awaitNote("in_line")
	s.as("ana", "on_break", "Lunch")
	customer.awaitTone(softphoneTone)
	customer.hangup()
	watcher.awaitNote("on_break: Lunch")

	if got, want := strings.Join(watcher.notes()[before:], ", "), "ringing, in_line, acw, on_break: Lunch"; got != want {
		t.Errorf("told: %s\nwant: %s", got, want)
	}
}

func TestS65SIPpSubscribesToDialogAndPresenceAndReadsEachNOTIFY(t *testing.T) {
	t.Parallel()
	s := startSite(t, 82, "")
	softphone := s.rungByHand()
	s.available("ana")
	lamp := s.startSIPp("watch-dialog", ".4", 1, "-auth_uri", "ana@"+s.net+".1:5060", s.net+".1:5060")
	face := s.startSIPp("watch-presence", ".5", 1, "-auth_uri", "ana@"+s.net+".1:5060", s.net+".1:5060")
	await(t, "both watch", bound, func() bool { return s.logged("Subscription-State: active") >= 2 })

	customer := s.customer()
	customer.dial(s.supportURI())
	softphone.waitFor("CALL_INCOMING", 1)
	softphone.order("accept", "")
	customer.awaitTone(softphoneTone)
	s.as("ana", "on_break", "Lunch")
	customer.hangup()
	lamp.ends()
	face.ends()
}

// logged counts the lines of the gateway's log that hold a text.
func (s *site) logged(text string) int {
	data, err := os.ReadFile(s.path("log"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Count(string(data), text)
}

func TestS65ABreakThatAPhonePublishesIsTheAgentsStatus(t *testing.T) {
	t.Parallel()
	s := startSite(t, 83, "")
	s.softphone("ana", s.slot+2, softphoneTone)
	s.available("ana")
	s.startSIPp("publish-break", ".4", 1, "-auth_uri", "ana@"+s.net+".1:5060", s.net+".1:5060").ends()
	s.awaitAgent("ana", "has a break", func(a agent) bool { return a.Status == "on_break" && a.Reason == "meal" })
}
