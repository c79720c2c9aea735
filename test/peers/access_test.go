//go:build peers

package peers

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// mobile is the phone of an agent that is on nobody's list; it reaches the gateway over the carrier.
const mobile = "+4917012345678"

// mobilePhone sends its keys by RFC 4733 ("rtpevent") or by SIP INFO ("info").
func (s *site) mobilePhone(keys string) *phone {
	s.t.Helper()
	account := fmt.Sprintf("<sip:%s@127.0.0.1>;regint=0;answermode=auto;dtmfmode=%s", mobile, keys)
	return startPhone(s.t, "mobile phone", s.slot+1, account, phoneTone)
}

// keys presses keys as quickly as a person does: baresip needs some frames for the end of each.
func (p *phone) keys(keys string) {
	p.t.Helper()
	pace := time.NewTicker(200 * time.Millisecond)
	defer pace.Stop()
	for _, key := range keys {
		p.press(string(key))
		<-pace.C
	}
}

// letsSignOnByPhone is the policy that ana's team needs.
func (s *site) letsSignOnByPhone() {
	s.t.Helper()
	s.api("PUT", "/policies/support", map[string]any{"phone_sign_on": true}, nil)
}

// callsAccess calls the access number, with which the menu begins.
func (s *site) callsAccess(p *phone, established int) {
	s.t.Helper()
	p.dial("sip:+4930900@" + s.net + ".1")
	p.isAsked(established)
}

// auditLines are those of an action, oldest first, as result and detail.
func (s *site) auditLines(action string) (lines []string) {
	s.t.Helper()
	var out struct {
		Entries []struct{ Action, Result, Detail string }
	}
	s.api("GET", "/audit", nil, &out)
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
			s.awaitAgent("ana", "is a Telagent", func(a agent) bool { return a.Reach == "phone" && a.Status == "not_ready" })
			phone.press("1")
			s.awaitStatus("ana", "available")
			phone.hangup()
			phone.waitFor("CALL_CLOSED", 1)

			customer := s.customer()
			customer.dial(s.supportURI())
			phone.isAsked(2)
			phone.press("1")
			s.awaitStatus("ana", "in_line")
			talk := []person{{customer, []float64{phoneTone}}, {phone, []float64{customerTone}}}
			s.awaitHearing("in the call", talk...)
			phone.keys("*73")
			s.awaitAgent("ana", "will have a break", func(a agent) bool { return a.Pending == "on_break" })
			s.awaitHearing("after the code", talk...)
			phone.keys("*70")
			phone.waitFor("CALL_CLOSED", 2)
			customer.waitFor("CALL_CLOSED", 1)
			s.awaitStatus("ana", "on_break")
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
		await(t, "the PIN was wrong", bound, func() bool { return len(s.auditLines("sign_on_by_phone")) == tries+1 })
	}
	phone.waitFor("CALL_CLOSED", 1)
	for _, line := range s.auditLines("sign_on_by_phone") {
		if line != "wrong_pin: A wrong PIN; from "+mobile {
			t.Errorf("audit: %s", line)
		}
	}
	if a := s.agent("ana"); a.Status != "offline" || a.Reach != "softphone" {
		t.Errorf("ana is %s at the %s", a.Status, a.Reach)
	}
}

func TestASupervisorSwitchesHisTeamByPhone(t *testing.T) {
	t.Parallel()
	s := startSite(t, 97, "")
	s.softphone("ana", s.slot+2, softphoneTone)
	s.available("ana")
	phone := s.mobilePhone("rtpevent")
	s.callsAccess(phone, 1)
	phone.keys("9001#")
	phone.keys("804211#")
	await(t, "he is in", bound, func() bool { return len(s.auditLines("sign_on_by_phone")) == 1 })
	phone.keys("71")
	s.awaitAgent("ana", "is a Telagent", func(a agent) bool { return a.Reach == "phone" && a.Status == "available" })
	await(t, "the switch is in the audit trail", bound, func() bool {
		lines := s.auditLines("switch_many")
		return len(lines) == 1 && strings.HasSuffix(lines[0], "by phone from "+mobile)
	})
}
