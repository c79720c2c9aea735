//go:build peers

package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

var noted = regexp.MustCompile(`<note>([^<]*)</note>`)

// notes returns what the NOTIFYs that a watching phone got say, in order.
func (p *phone) notes() (all []string) {
	data, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	if err != nil {
		p.T.Fatal(err)
	}
	for _, m := range noted.FindAllStringSubmatch(string(data), -1) {
		all = append(all, m[1])
	}
	return all
}

// awaitNote waits until the newest NOTIFY says something.
func (p *phone) awaitNote(want string) {
	p.T.Helper()
	stage.Await(p.T, fmt.Sprintf("%s is told %q", p.Name, want), bound, func() bool {
		all := p.notes()
		return len(all) > 0 && all[len(all)-1] == want
	})
}

// rungByHand is ana's softphone, which answers when it is told to.
func (s *site) rungByHand() *phone {
	account := fmt.Sprintf("<sip:ana@%s.1>;auth_pass=ana-secret-1;answermode=manual;regint=60", s.Net)
	return startPhone(s.T, "ana's softphone", s.slot+2, account, softphoneTone)
}

// as calls the API as an agent, who says how he is.
func (s *site) as(id, status, reason string) {
	s.T.Helper()
	in := map[string]string{"status": status, "reason": reason}
	if code, body := s.Call(s.SignIn(id, id+"-secret-1"), "PUT", "/agents/"+id+"/status", in); code >= 400 {
		s.T.Fatalf("make %s %s: %d %s", id, status, code, body)
	}
}

func TestS65BaresipThatWatchesAnAgentIsToldOfEachChange(t *testing.T) {
	t.Parallel()
	s := startSite(t, 81, "")
	account := fmt.Sprintf("<sip:ben@%s.1>;auth_pass=ben-secret-1;regint=60", s.Net)
	watcher := startPhone(t, "ben's phone", s.slot+3, account, phoneTone, fmt.Sprintf("\"Ana\" <sip:ana@%s.1>;presence=p2p", s.Net))
	softphone := s.rungByHand()
	s.Available("ana")
	watcher.awaitNote("available")
	before := len(watcher.notes())

	customer := s.customer()
	customer.Dial(s.supportURI())
	softphone.WaitFor("CALL_INCOMING", 1)
	watcher.awaitNote("ringing")
	softphone.Order("accept", "")
	watcher.awaitNote("in_line")
	s.as("ana", "on_break", "Lunch")
	customer.AwaitTone(softphoneTone)
	customer.Hangup()
	watcher.awaitNote("on_break: Lunch")

	if got, want := strings.Join(watcher.notes()[before:], ", "), "ringing, in_line, acw, on_break: Lunch"; got != want {
		t.Errorf("told: %s\nwant: %s", got, want)
	}
}

func TestS65SIPpSubscribesToDialogAndPresenceAndReadsEachNOTIFY(t *testing.T) {
	t.Parallel()
	s := startSite(t, 82, "")
	softphone := s.rungByHand()
	s.Available("ana")
	lamp := s.StartSIPp("watch-dialog", ".4", 1, "-auth_uri", "ana@"+s.Net+".1:5060", s.Net+".1:5060")
	face := s.StartSIPp("watch-presence", ".5", 1, "-auth_uri", "ana@"+s.Net+".1:5060", s.Net+".1:5060")
	stage.Await(t, "both watch", bound, func() bool { return s.logged("Subscription-State: active") >= 2 })

	customer := s.customer()
	customer.Dial(s.supportURI())
	softphone.WaitFor("CALL_INCOMING", 1)
	softphone.Order("accept", "")
	customer.AwaitTone(softphoneTone)
	s.as("ana", "on_break", "Lunch")
	customer.Hangup()
	lamp.Ends()
	face.Ends()
}

// logged counts the lines of the gateway's log that hold a text.
func (s *site) logged(text string) int {
	data, err := os.ReadFile(s.Path("log"))
	if err != nil {
		s.T.Fatal(err)
	}
	return strings.Count(string(data), text)
}

func TestS65ABreakThatAPhonePublishesIsTheAgentsStatus(t *testing.T) {
	t.Parallel()
	s := startSite(t, 83, "")
	s.softphone("ana", s.slot+2, softphoneTone)
	s.Available("ana")
	s.StartSIPp("publish-break", ".4", 1, "-auth_uri", "ana@"+s.Net+".1:5060", s.Net+".1:5060").Ends()
	s.AwaitAgent("ana", "has a break", func(a stage.Agent) bool { return a.Status == "on_break" && a.Reason == "meal" })
}
