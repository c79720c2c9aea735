//go:build peers

package peers

import (
	"testing"

	"telagent-gateway/test/stage"
)

const nailedNumber = "+18005550102"

// standsBy switches nora, whose leg stays up, to her phone, and takes the question there.
func standsBy(s *site) *phone {
	s.T.Helper()
	phone := s.pstnPhone("+49301234567", "auto")
	s.SwitchTo("nora", "telagent")
	phone.isAsked(1)
	phone.Press("1")
	s.awaitLine("nora", "up")
	return phone
}

func (s *site) awaitLine(id, line string) {
	s.T.Helper()
	s.AwaitAgent(id, "has a line that is "+line, func(a stage.Agent) bool { return a.Line == line })
}

// calls lets a customer call nora, and waits until both hear each other.
func (s *site) calls(customer, phone *phone) {
	s.T.Helper()
	customer.Dial("sip:" + nailedNumber + "@" + s.Net + ".1")
	s.AwaitStatus("nora", "in_line")
	s.awaitHearing("in the call", person{customer, []float64{phoneTone}}, person{phone, []float64{customerTone}})
}

func TestS28TwoCallsInARowComeOnTheLegThatStaysUp(t *testing.T) {
	t.Parallel()
	s := startSite(t, 91, "")
	phone := standsBy(s)
	customer := s.customer()
	for range 2 {
		s.calls(customer, phone)
		customer.Hangup()
		s.AwaitStatus("nora", "acw")
		s.awaitHearing("between the calls", person{phone, nil})
		s.AwaitStatus("nora", "available")
	}
	if phone.Has("CALL_CLOSED") {
		t.Error("the leg did not stay up")
	}
	s.ask("nora", "PUT", "/agents/nora/status", map[string]string{"status": "offline"})
	phone.WaitFor("CALL_CLOSED", 1)
}

func TestS28WhoHangsUpByMistakeIsDialledAgainAndTheCustomerIsStillThere(t *testing.T) {
	t.Parallel()
	s := startSite(t, 92, "")
	phone := standsBy(s)
	customer := s.customer()
	s.calls(customer, phone)

	phone.Hangup()
	s.AwaitAgent("nora", "is cut off", func(a stage.Agent) bool { return a.Activity == "cut_off" && a.Status == "in_line" })
	phone.isAsked(2)
	s.hearsMusic(customer) // comfort audio
	if customer.Hears(phoneTone) {
		t.Error("the phone is heard before its person proved himself")
	}
	phone.Press("1")
	s.awaitHearing("back in the call", person{customer, []float64{phoneTone}}, person{phone, []float64{customerTone}})
	s.untouched(customer)
	customer.Hangup()
	s.AwaitStatus("nora", "acw")
	s.awaitLine("nora", "up")
}

// M01: others hung up the nailed-up leg with an attended transfer.
func TestS28AnAttendedTransferLeavesTheNailedUpLegUp(t *testing.T) {
	t.Parallel()
	s := startSite(t, 93, "")
	ben := s.notReady("ben", s.slot+3, softphoneTone)
	phone := standsBy(s)
	customer := s.customer()
	s.calls(customer, phone)

	call := s.TheCall()
	s.ask("nora", "POST", call+"/guests", map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("asking ben", person{phone, []float64{softphoneTone}}, person{ben, []float64{phoneTone}}, person{customer, nil})
	s.ask("nora", "POST", call+"/transfer", map[string]string{})
	s.awaitHearing("transferred", person{customer, []float64{softphoneTone}}, person{ben, []float64{customerTone}}, person{phone, nil})
	if phone.Has("CALL_CLOSED") {
		t.Error("the transfer hung up the nailed-up leg")
	}
	customer.Hangup()
	ben.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("nora", "available")
	s.calls(customer, phone)
	s.ask("nora", "DELETE", s.TheCall(), nil)
	customer.WaitFor("CALL_CLOSED", 2)
	s.awaitLine("nora", "up")
}
