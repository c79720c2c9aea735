//go:build peers

package peers

import (
	"testing"

	"telagent-gateway/test/stage"
)

// hearsMusic checks that what the customer last heard was not nothing, after it was found to be nobody's tone.
func (s *site) hearsMusic(customer *phone) {
	s.T.Helper()
	if heard := customer.Heard(); stage.Loud(heard[len(heard)-stage.Rate:]) < 1e-5 {
		s.T.Error("the customer hears no music")
	}
}

func TestThePageHoldsTheCustomerAndResumesHim(t *testing.T) {
	t.Parallel()
	s := startSite(t, 27, "")
	customer, ana := talking(s)
	hold := s.TheCall() + "/hold"

	s.ask("ana", "PUT", hold, map[string]bool{"on": true})
	s.awaitHearing("hold", person{customer, nil}, person{ana, nil})
	s.hearsMusic(customer)
	s.AwaitStatus("ana", "in_line")
	s.ask("ana", "PUT", hold, map[string]bool{"on": false})
	s.awaitHearing("resumed", person{customer, []float64{softphoneTone}}, person{ana, []float64{customerTone}})
	s.untouched(customer)
}

func TestS17ASwitchWhileThePageHoldsLeavesTheCustomerOnHold(t *testing.T) {
	t.Parallel()
	s := startSite(t, 28, "")
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)
	hold := s.TheCall() + "/hold"

	s.ask("ana", "PUT", hold, map[string]bool{"on": true})
	s.awaitHearing("hold", person{customer, nil}, person{softphone, nil})
	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", 1)
	phone.Press("1")
	softphone.WaitFor("CALL_CLOSED", 1)
	s.awaitHearing("switched", person{customer, nil}, person{phone, nil})
	s.hearsMusic(customer)
	s.ask("ana", "PUT", hold, map[string]bool{"on": false})
	s.awaitHearing("resumed", person{customer, []float64{phoneTone}}, person{phone, []float64{customerTone}})
	s.untouched(customer)
}

func TestS17ASwitchWhileTheSoftphoneHoldsBringsTheCustomerToThePhone(t *testing.T) {
	t.Parallel()
	s := startSite(t, 29, "")
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	softphone.Order("hold", "")
	s.awaitHearing("hold", person{customer, nil})
	s.hearsMusic(customer)
	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", 1)
	s.awaitHearing("the phone is asked", person{customer, nil})
	phone.Press("1")
	softphone.WaitFor("CALL_CLOSED", 1)
	s.awaitHearing("switched", person{customer, []float64{phoneTone}}, person{phone, []float64{customerTone}})
	s.untouched(customer)
}
