//go:build peers

package peers

import "testing"

const nailedNumber = "+18005550102"

// standsBy switches nora, whose leg stays up, to her phone, and takes the question there.
func standsBy(s *site) *phone {
	s.t.Helper()
	phone := s.pstnPhone("+49301234567", "auto")
	s.switchTo("nora", "telagent")
	phone.isAsked(1)
	phone.press("1")
	s.awaitLine("nora", "up")
	return phone
}

func (s *site) awaitLine(id, line string) {
	s.t.Helper()
	s.awaitAgent(id, "has a line that is "+line, func(a agent) bool { return a.Line == line })
}

// calls lets a customer call nora, and waits until both hear each other.
func (s *site) calls(customer, phone *phone) {
	s.t.Helper()
	customer.dial("sip:" + nailedNumber + "@" + s.net + ".1")
	s.awaitStatus("nora", "in_line")
	s.awaitHearing("in the call", person{customer, []float64{phoneTone}}, person{phone, []float64{customerTone}})
}

func TestS28TwoCallsInARowComeOnTheLegThatStaysUp(t *testing.T) {
	t.Parallel()
	s := startSite(t, 91, "")
	phone := standsBy(s)
	customer := s.customer()
	for range 2 {
		s.calls(customer, phone)
		customer.hangup()
		s.awaitStatus("nora", "acw")
		s.awaitHearing("between the calls", person{phone, nil})
		s.awaitStatus("nora", "available")
	}
	if phone.has("CALL_CLOSED") {
		t.Error("the leg did not stay up")
	}
	s.ask("nora", "PUT", "/agents/nora/status", map[string]string{"status": "offline"})
	phone.waitFor("CALL_CLOSED", 1)
}

func TestS28WhoHangsUpByMistakeIsDialledAgainAndTheCustomerIsStillThere(t *testing.T) {
	t.Parallel()
	s := startSite(t, 92, "")
	phone := standsBy(s)
	customer := s.customer()
	s.calls(customer, phone)

	phone.hangup()
	s.awaitAgent("nora", "is cut off", func(a agent) bool { return a.Activity == "cut_off" && a.Status == "in_line" })
	phone.isAsked(2)
	s.hearsMusic(customer) // comfort audio
	if customer.hears(phoneTone) {
		t.Error("the phone is heard before its person proved himself")
	}
	phone.press("1")
	s.awaitHearing("back in the call", person{customer, []float64{phoneTone}}, person{phone, []float64{customerTone}})
	s.untouched(customer)
	customer.hangup()
	s.awaitStatus("nora", "acw")
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

	call := s.theCall()
	s.ask("nora", "POST", call+"/guests", map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("asking ben", person{phone, []float64{softphoneTone}}, person{ben, []float64{phoneTone}}, person{customer, nil})
	s.ask("nora", "POST", call+"/transfer", map[string]string{})
	s.awaitHearing("transferred", person{customer, []float64{softphoneTone}}, person{ben, []float64{customerTone}}, person{phone, nil})
	if phone.has("CALL_CLOSED") {
		t.Error("the transfer hung up the nailed-up leg")
	}
	customer.hangup()
	ben.waitFor("CALL_CLOSED", 1)
	s.awaitStatus("nora", "available")
	s.calls(customer, phone)
	s.ask("nora", "DELETE", s.theCall(), nil)
	customer.waitFor("CALL_CLOSED", 2)
	s.awaitLine("nora", "up")
}
