//go:build peers

package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

// streams is a site where two agents talk, each with a customer of his own, at phones whose connections end with the gateway's process:
// ana's over TCP, ben's over TLS.
type streams struct {
	*site
	ca              string
	ana, anas, bens *phone // and their customers
	ben             interface {
		AwaitTone(hz float64)
		Calls() int
	}
}

// startStreams starts everybody but ben's phone.
func startStreams(t *testing.T, number int) *streams {
	t.Helper()
	authority := stage.NewAuthority(t)
	certificate, key := authority.Issue(fmt.Sprintf("127.0.%d.1", number))
	s := &streams{ca: authority.CA, site: startSite(t, number, "", `"tcp:NET.1:5060"]`, fmt.Sprintf(`"tcp:NET.1:5060", "tls:NET.1:5061"], tls: {certificate: %q, key: %q}`, certificate, key))}
	s.ana = startPhoneAt(t, "ana's phone", s.Net+".4", s.slot+2, s.over("tcp", "ana"), softphoneTone)
	s.anas, s.bens = s.customer(), startPhone(t, "ben's customer", s.slot+4, "<sip:+4915112345679@127.0.0.1>;regint=0", supervisorTone)
	return s
}

// over is an account of an agent. A baresip does not watch its connection: it finds out that it is gone with its next request.
func (s *site) over(transport, id string) string {
	return fmt.Sprintf("<sip:%s@%s.1;transport=%s>;auth_pass=%[1]s-secret-1;answermode=auto;regint=3600", id, s.Net, transport)
}

// talk brings both agents into their calls.
func (s *streams) talk() {
	s.T.Helper()
	for _, c := range []struct {
		id       string
		customer *phone
	}{{"ana", s.anas}, {"ben", s.bens}} {
		s.Available(c.id)
		c.customer.Dial(s.supportURI())
		s.AwaitStatus(c.id, "in_line")
	}
	s.talkOn("before")
}

// talkOn waits until everybody hears a second more of his own partner.
func (s *streams) talkOn(when string) {
	s.T.Helper()
	all := []person{{s.ana, []float64{customerTone}}, {s.anas, []float64{softphoneTone}}, {s.bens, []float64{phoneTone}}}
	for _, p := range all {
		p.awaitSound(len(p.Heard()) + stage.Rate/2)
	}
	s.awaitHearing(when, all...)
	s.ben.AwaitTone(supervisorTone)
	if s.ana.Has("CALL_CLOSED") || s.anas.Has("CALL_CLOSED") || s.bens.Has("CALL_CLOSED") || s.ben.Calls() != 1 {
		s.T.Errorf("%s: somebody was hung up on", when)
	}
}

// registered says whether a phone is reached over a transport. One whose connection ended with another process is not.
func (s *site) registered(transport string) bool {
	s.T.Helper()
	return slices.ContainsFunc(s.Contacts(), func(c stage.Contact) bool { return c.Transport == transport })
}

// heardTo returns the statuses of the answers that a phone got to its requests of a method, in order.
func (p *phone) heardTo(method string) (statuses []string) {
	p.T.Helper()
	data, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	if err != nil {
		p.T.Fatal(err)
	}
	answers := regexp.MustCompile(`(?m)^SIP/2\.0 (\d{3}) .*\n(?:[\w-]+: .*\n)*?CSeq: \d+ ` + method + `$`)
	for _, m := range answers.FindAllStringSubmatch(strings.ReplaceAll(string(data), "\r\n", "\n"), -1) {
		statuses = append(statuses, m[1])
	}
	return statuses
}

// hangUp ends ana's call from her side and ben's from its customer's. Ben's phone is back.
func (s *streams) hangUp() {
	s.T.Helper()
	s.ana.Hangup() // over a connection that is new
	s.anas.WaitFor("CALL_CLOSED", 1)
	stage.Await(s.T, "her BYE is answered", bound, func() bool { return slices.Equal(s.ana.heardTo("BYE"), []string{"200"}) })
	s.bens.Hangup()
	stage.Await(s.T, "both calls are over", bound, func() bool { return s.LiveCalls() == 0 && len(s.history()) == 2 })
}

func TestCallsAtPhonesWhoseConnectionsEndWithAnUpgradeGoOnAndEndFromEitherSide(t *testing.T) {
	t.Parallel()
	s := startStreams(t, 98)
	s.ben = stage.StartLinphone(t, stage.Account{
		Name: "ben's phone", User: "ben", Domain: s.Net + ".1", Params: ";transport=tls", Password: "ben-secret-1", Tone: phoneTone,
		Host: s.Net + ".5", RTP: 41000, Config: "root_ca=" + s.ca + "\n",
	})
	s.talk()
	s.Upgrade("")
	s.talkOn("after the upgrade")
	stage.Await(t, "ben's phone is back by itself", bound, func() bool { return s.registered("TLS") })
	s.hangUp()
	stage.Await(t, "ben's phone is told that his customer hung up", bound, func() bool { return s.ben.Calls() == 0 })
}

func TestCallsAtPhonesWhoseConnectionsEndWithAKillGoOnAndEndFromEitherSide(t *testing.T) {
	t.Parallel()
	s := startStreams(t, 99)
	ben := &phone{stage.StartPhone(t, stage.Line{
		Name: "ben's phone", Account: s.over("tls", "ben"), Tone: phoneTone, Host: s.Net + ".5", SIP: sipPort(s.slot + 3), Control: 12500 + s.slot + 3,
		RTP: 13000 + 14*(s.slot+3), Config: []string{"sip_cafile " + s.ca},
	})}
	s.ben = ben
	s.talk()
	s.Restart()
	s.AwaitReady()
	s.talkOn("after the kill")
	s.hangUp()
	if s.registered("TLS") || ben.Calls() != 1 {
		t.Error("ben's phone knows that its connection was gone")
	}
	ben.Order("uanew", s.over("tls", "ben")) // a REGISTER of the same baresip, as when it refreshes
	ben.WaitFor("CALL_CLOSED", 1)
}
