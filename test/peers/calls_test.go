//go:build peers

package peers

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"

	"telagent-gateway/test/stage"
)

// caller is the softphone of an agent who dials: it has an address that is not the carrier's. mode is baresip's answermode.
func (s *site) caller(id string, slot int, hz float64, mode string) *phone {
	account := fmt.Sprintf("<sip:%s@%s.1>;auth_pass=%s-secret-1;answermode=%s;regint=60", id, s.Net, id, mode)
	return startPhoneAt(s.T, id+"'s softphone", s.Net+".4", slot, account, hz)
}

// colleague is ben, whose softphone is registered and who gets no calls from the queue.
func (s *site) colleague() *phone {
	ben := s.caller("ben", s.slot+3, phoneTone, "auto")
	s.AwaitAgent("ben", "is reachable", func(a stage.Agent) bool { return a.Reachable == "reachable" })
	s.SignIn("ben", "ben-secret-1")
	s.AwaitStatus("ben", "not_ready")
	return ben
}

// sippPhone registers a SIPp as an agent's softphone, at an address of the site's network.
func (s *site) sippPhone(id, addr string) {
	s.T.Helper()
	args := append(s.proof(id, s.Net+".1"), "-s", id, s.Net+".1:5060")
	s.StartSIPp("phone-registers", addr, 1, args...).Ends()
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
	s.Available("ana")

	ana.Dial("sip:0301111111@" + s.Net + ".1")
	phone.AwaitTone(softphoneTone)
	ana.AwaitTone(phoneTone)
	s.AwaitStatus("ana", "in_line")
	phone.Hangup()
	ana.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ana", "acw")
}

func TestS45AnAgentCallsAColleagueAndTalks(t *testing.T) {
	t.Parallel()
	s := startSite(t, 72, "")
	ana := s.caller("ana", s.slot+2, softphoneTone, "auto")
	s.Available("ana")
	ben := s.colleague()

	ana.Dial("sip:ben@" + s.Net + ".1")
	ben.AwaitTone(softphoneTone)
	ana.AwaitTone(phoneTone)
	s.AwaitStatus("ben", "in_line")
	ana.Hangup()
	ben.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ana", "available") // a call between two agents has no after-call work
	s.AwaitStatus("ben", "not_ready")
}

func TestAPhoneTransfersItsCustomerByREFER(t *testing.T) {
	t.Parallel()
	s := startSite(t, 73, "")
	customer, ana := talking(s)
	ben := s.colleague()

	ana.Order("transfer", "sip:ben@"+s.Net+".1")
	s.AwaitStatus("ana", "acw") // before the tones, which may take longer than that
	customer.AwaitTone(phoneTone)
	ben.AwaitTone(customerTone)
	ana.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ben", "in_line")
	if customer.Has("CALL_CLOSED") || ben.EverHeard(softphoneTone) {
		t.Error("it was no blind transfer")
	}
	customer.Hangup()
	s.AwaitStatus("ben", "acw")
}

func TestAPhoneTransfersItsCustomerToANumberOutside(t *testing.T) {
	t.Parallel()
	s := startSite(t, 76, "")
	phone := s.pstnPhone("+49301111111", "auto")
	customer, ana := talking(s)

	ana.Order("transfer", "sip:0301111111@"+s.Net+".1")
	s.AwaitStatus("ana", "acw") // before the tones, which take longer than that
	customer.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	ana.WaitFor("CALL_CLOSED", 1)
	customer.Hangup()
	phone.WaitFor("CALL_CLOSED", 1)
}

func TestAPhoneTransfersItsCustomerToItsOtherCall(t *testing.T) {
	t.Parallel()
	s := startSite(t, 74, "")
	s.sippPhone("ana", ".5")
	s.Available("ana")
	ben := s.colleague()
	ana := s.StartSIPp("phone-transfers-attended", ".5", 1, append(s.proof("ana", "ben@"+s.Net+".1"),
		"-key", "user", "ana", "-key", "colleague", "ben", "-key", "gateway", s.Net+".1")...)
	customer := s.customer()
	customer.Dial(s.supportURI())

	ben.WaitFor("CALL_ESTABLISHED", 1)
	if ben.EverHeard(customerTone) {
		t.Error("the customer is heard before he was transferred")
	}
	customer.AwaitTone(phoneTone)
	ben.AwaitTone(customerTone)
	ana.Ends()
	s.AwaitStatus("ana", "acw")
	s.AwaitStatus("ben", "in_line")
	customer.Hangup()
	s.AwaitStatus("ben", "acw")
}

func TestAColleaguePicksUpACallThatRingsElsewhere(t *testing.T) {
	t.Parallel()
	s := startSite(t, 75, "")
	ana := s.caller("ana", s.slot+2, softphoneTone, "manual")
	s.Available("ana")
	s.sippPhone("ben", ".5")
	s.SignIn("ben", "ben-secret-1")
	s.AwaitStatus("ben", "not_ready")
	customer := s.customer()
	customer.Dial(s.supportURI())
	ana.WaitFor("CALL_INCOMING", 1)

	// The echo of the other phone shows the customer his own tone.
	ben := s.StartSIPp("phone-picks-up", ".5", 1, append(s.proof("ben", "ana@"+s.Net+".1"), "-s", "ben", "-rtp_echo",
		"-key", "colleague", "ana", "-key", "dialog", s.ringingDialog(".4:"+strconv.Itoa(sipPort(s.slot+2))), s.Net+".1:5060")...)
	customer.AwaitTone(customerTone)
	ana.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ben", "in_line")
	s.AwaitStatus("ana", "available")
	customer.Hangup()
	ben.Ends()
}

// ringingDialog finds in the gateway's log the dialog of the phone at an address that rings, as a Replaces names it.
func (s *site) ringingDialog(at string) (name string) {
	s.T.Helper()
	from := regexp.QuoteMeta(`"remote": "` + s.Net + at + `"`)
	rings := regexp.MustCompile(from + `, "message": "SIP/2\.0 180 .*?nFrom: .*?;tag=(\w+)\\r.*?nTo: .*?;tag=(\w+)\\r.*?nCall-ID: ([\w-]+)\\r`)
	stage.Await(s.T, "the phone at "+at+" rings", bound, func() bool {
		data, err := os.ReadFile(s.Path("log"))
		if err != nil {
			s.T.Fatal(err)
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
