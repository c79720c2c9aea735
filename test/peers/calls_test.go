//go:build peers

package peers

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// caller is the softphone of an agent who dials: it has an address that is not the carrier's. mode is baresip's answermode.
func (s *site) caller(id string, slot int, hz float64, mode string) *phone {
	account := fmt.Sprintf("<sip:%s@%s.1>;auth_pass=%s-secret-1;answermode=%s;regint=60", id, s.net, id, mode)
	return startPhoneAt(s.t, id+"'s softphone", s.net+".4", slot, account, hz)
}

// colleague is ben, whose softphone is registered and who gets no calls from the queue.
func (s *site) colleague() *phone {
	ben := s.caller("ben", s.slot+3, phoneTone, "auto")
	s.awaitAgent("ben", "is reachable", func(a agent) bool { return a.Reachable == "reachable" })
	s.signIn("ben", "ben-secret-1")
	s.awaitStatus("ben", "not_ready")
	return ben
}

// sippPhone registers a SIPp as an agent's softphone, at an address of the site's network.
func (s *site) sippPhone(id, addr string) {
	s.t.Helper()
	args := append(s.proof(id, s.net+".1"), "-s", id, s.net+".1:5060")
	s.startSIPp("phone-registers", addr, 1, args...).ends()
}

// proof lets a SIPp prove that it is an agent's phone when it asks for a URI.
func (s *site) proof(id, uri string) []string {
	return []string{"-au", id, "-ap", id + "-secret-1", "-auth_uri", uri}
}

func TestS56AnAgentDialsOutOverTheTrunkAndTalks(t *testing.T) {
	t.Parallel()
	s := startSite(t, 71, "")
	phone := s.pstnPhone("+49301111111", "auto")
	ana := s.caller("ana", s.slot+2, softphoneTone, "auto")
	s.available("ana")

	ana.dial("sip:0301111111@" + s.net + ".1")
	phone.awaitTone(softphoneTone)
	ana.awaitTone(phoneTone)
	s.awaitStatus("ana", "in_line")
	phone.hangup()
	ana.waitFor("CALL_CLOSED", 1)
	s.awaitStatus("ana", "acw")
}

func TestS45AnAgentCallsAColleagueAndTalks(t *testing.T) {
	t.Parallel()
	s := startSite(t, 72, "")
	ana := s.caller("ana", s.slot+2, softphoneTone, "auto")
	s.available("ana")
	ben := s.colleague()

	ana.dial("sip:ben@" + s.net + ".1")
	ben.awaitTone(softphoneTone)
	ana.awaitTone(phoneTone)
	s.awaitStatus("ben", "in_line")
	ana.hangup()
	ben.waitFor("CALL_CLOSED", 1)
	s.awaitStatus("ana", "available") // a call between two agents has no after-call work
	s.awaitStatus("ben", "not_ready")
}

func TestAPhoneTransfersItsCustomerByREFER(t *testing.T) {
	t.Parallel()
	s := startSite(t, 73, "")
	customer, ana := talking(s)
	ben := s.colleague()

	ana.order("transfer", "sip:ben@"+s.net+".1")
	s.awaitStatus("ana", "acw") // before the tones, which may take longer than that
	customer.awaitTone(phoneTone)
	ben.awaitTone(customerTone)
	ana.waitFor("CALL_CLOSED", 1)
	s.awaitStatus("ben", "in_line")
	if customer.has("CALL_CLOSED") || ben.everHeard(softphoneTone) {
		t.Error("it was no blind transfer")
	}
	customer.hangup()
	s.awaitStatus("ben", "acw")
}

func TestAPhoneTransfersItsCustomerToANumberOutside(t *testing.T) {
	t.Parallel()
	s := startSite(t, 76, "")
	phone := s.pstnPhone("+49301111111", "auto")
	customer, ana := talking(s)

	ana.order("transfer", "sip:0301111111@"+s.net+".1")
	s.awaitStatus("ana", "acw") // before the tones, which take longer than that
	customer.awaitTone(phoneTone)
	phone.awaitTone(customerTone)
	ana.waitFor("CALL_CLOSED", 1)
	customer.hangup()
	phone.waitFor("CALL_CLOSED", 1)
}

func TestAPhoneTransfersItsCustomerToItsOtherCall(t *testing.T) {
	t.Parallel()
	s := startSite(t, 74, "")
	s.sippPhone("ana", ".5")
	s.available("ana")
	ben := s.colleague()
	ana := s.startSIPp("phone-transfers-attended", ".5", 1, append(s.proof("ana", "ben@"+s.net+".1"),
		"-key", "user", "ana", "-key", "colleague", "ben", "-key", "gateway", s.net+".1")...)
	customer := s.customer()
	customer.dial(s.supportURI())

	ben.waitFor("CALL_ESTABLISHED", 1)
	if ben.everHeard(customerTone) {
		t.Error("the customer is heard before he was transferred")
	}
	customer.awaitTone(phoneTone)
	ben.awaitTone(customerTone)
	ana.ends()
	s.awaitStatus("ana", "acw")
	s.awaitStatus("ben", "in_line")
	customer.hangup()
	s.awaitStatus("ben", "acw")
}

func TestAColleaguePicksUpACallThatRingsElsewhere(t *testing.T) {
	t.Parallel()
	s := startSite(t, 75, "")
	ana := s.caller("ana", s.slot+2, softphoneTone, "manual")
	s.available("ana")
	s.sippPhone("ben", ".5")
	s.signIn("ben", "ben-secret-1")
	s.awaitStatus("ben", "not_ready")
	customer := s.customer()
	customer.dial(s.supportURI())
	ana.waitFor("CALL_INCOMING", 1)

	// The echo of the other phone shows the customer his own tone.
	ben := s.startSIPp("phone-picks-up", ".5", 1, append(s.proof("ben", "ana@"+s.net+".1"), "-s", "ben", "-rtp_echo",
		"-key", "colleague", "ana", "-key", "dialog", s.ringingDialog(".4:"+strconv.Itoa(sipPort(s.slot+2))), s.net+".1:5060")...)
	customer.awaitTone(customerTone)
	ana.waitFor("CALL_CLOSED", 1)
	s.awaitStatus("ben", "in_line")
	s.awaitStatus("ana", "available")
	customer.hangup()
	ben.ends()
}

// ringingDialog finds in the gateway's log the dialog of the phone at an address that rings, as a Replaces names it.
func (s *site) ringingDialog(at string) (name string) {
	s.t.Helper()
	from := regexp.QuoteMeta(`"remote": "` + s.net + at + `"`)
	rings := regexp.MustCompile(from + `, "message": "SIP/2\.0 180 .*?nFrom: .*?;tag=(\w+)\\r.*?nTo: .*?;tag=(\w+)\\r.*?nCall-ID: (\w+)\\r`)
	await(s.t, "the phone at "+at+" rings", bound, func() bool {
		data, err := os.ReadFile(s.path("log"))
		if err != nil {
			s.t.Fatal(err)
		}
		found := rings.FindSubmatch(data)
		if found == nil {
			return false
		}
		name = fmt.Sprintf("%s;to-tag=%s;from-tag=%s", found[3], found[1], found[2])
		return true
	})
	return name
}
