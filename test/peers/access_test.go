//go:build peers

package peers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/stage"
)

// mobile is the phone of an agent that is on nobody's list; it reaches the gateway over the carrier.
const mobile = "+4917012345678"

// mobilePhone sends its keys by RFC 4733 ("rtpevent") or by SIP INFO ("info").
func (s *site) mobilePhone(keys string) *phone {
	s.T.Helper()
	account := fmt.Sprintf("<sip:%s@127.0.0.1>;regint=0;answermode=auto;dtmfmode=%s", mobile, keys)
	return startPhone(s.T, "mobile phone", s.slot+1, account, phoneTone)
}

// keys presses keys as quickly as a person does: baresip needs some frames for the end of each.
func (p *phone) keys(keys string) {
	p.T.Helper()
	pace := time.NewTicker(200 * time.Millisecond)
	defer pace.Stop()
	for _, key := range keys {
		p.Press(string(key))
		<-pace.C
	}
}

// letsSignOnByPhone is the policy that ana's team needs.
func (s *site) letsSignOnByPhone() {
	s.T.Helper()
	s.API("PUT", "/policies/support", map[string]any{"phone_sign_on": true}, nil)
}

// callsAccess calls the access number, with which the menu begins.
func (s *site) callsAccess(p *phone, established int) {
	s.T.Helper()
	p.Dial("sip:+4930900@" + s.Net + ".1")
	p.isAsked(established)
}

// auditLines are those of an action, oldest first, as result and detail.
func (s *site) auditLines(action string) (lines []string) {
	s.T.Helper()
	var out struct {
		Entries []struct{ Action, Result, Detail string }
	}
	s.API("GET", "/audit", nil, &out)
	for _, e := range out.Entries {
		if e.Action == action {
			lines = append([]string{e.Result + ": " + e.Detail}, lines...)
		}
	}
	return lines
}

func TestS26S27AnAgentSignsOnByPhoneTakesACallThereAndPressesACodeInIt(t *testing.T) {
	t.Parallel()
	for i, keys := range []string{"rtpevent", "info"} {
		t.Run(keys, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, 94+i, "")
			s.letsSignOnByPhone()
			phone := s.mobilePhone(keys)
			s.callsAccess(phone, 1)
			phone.keys("1001#")
			phone.keys("4711#")
			s.AwaitAgent("ana", "is a Telagent", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "not_ready" })
			phone.Press("1")
			s.AwaitStatus("ana", "available")
			phone.Hangup()
			phone.WaitFor("CALL_CLOSED", 1)

			customer := s.customer()
			customer.Dial(s.supportURI())
			phone.isAsked(2)
			phone.Press("1")
			s.AwaitStatus("ana", "in_line")
			talk := []person{{customer, []float64{phoneTone}}, {phone, []float64{customerTone}}}
			s.awaitHearing("in the call", talk...)
			phone.keys("*73")
			s.AwaitAgent("ana", "will have a break", func(a stage.Agent) bool { return a.Pending == "on_break" })
			s.awaitHearing("after the code", talk...)
			phone.keys("*70")
			phone.WaitFor("CALL_CLOSED", 2)
			customer.WaitFor("CALL_CLOSED", 1)
			s.AwaitStatus("ana", "on_break")
			if got := strings.Join(s.auditLines("sign_on_by_phone"), "\n"); got != "done: signed on at "+mobile+"; from "+mobile {
				t.Errorf("audit:\n%s", got)
			}
		})
	}
}

func TestS26ThreeWrongPINsEndTheCallAndAreAudited(t *testing.T) {
	t.Parallel()
	s := startSite(t, 96, "")
	s.letsSignOnByPhone()
	phone := s.mobilePhone("rtpevent")
	s.callsAccess(phone, 1)
	for tries := range 3 {
		phone.keys("1001#")
		phone.keys("0815#")
		stage.Await(t, "the PIN was wrong", bound, func() bool { return len(s.auditLines("sign_on_by_phone")) == tries+1 })
	}
	phone.WaitFor("CALL_CLOSED", 1)
	for _, line := range s.auditLines("sign_on_by_phone") {
		if line != "wrong_pin: A wrong PIN; from "+mobile {
			t.Errorf("audit: %s", line)
		}
	}
	if a := s.Agent("ana"); a.Status != "offline" || a.Reach != "softphone" {
		t.Errorf("ana is %s at the %s", a.Status, a.Reach)
	}
}

func TestASupervisorSwitchesHisTeamByPhone(t *testing.T) {
	t.Parallel()
	s := startSite(t, 97, "")
	s.softphone("ana", s.slot+2, softphoneTone)
	s.Available("ana")
	phone := s.mobilePhone("rtpevent")
	s.callsAccess(phone, 1)
	phone.keys("9001#")
	phone.keys("804211#")
	stage.Await(t, "he is in", bound, func() bool { return len(s.auditLines("sign_on_by_phone")) == 1 })
	phone.keys("71")
	s.AwaitAgent("ana", "is a Telagent", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "available" })
	stage.Await(t, "the switch is in the audit trail", bound, func() bool {
		lines := s.auditLines("switch_many")
		return len(lines) == 1 && strings.HasSuffix(lines[0], "by phone from "+mobile)
	})
}
