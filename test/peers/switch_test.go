//go:build peers

package peers

import (
	"testing"
	"time"
)

// talking brings customer and ana into a call on her softphone, each hearing the other's tone.
func talking(s *site) (customer, softphone *phone) {
	s.t.Helper()
	softphone = s.softphone("ana")
	s.available("ana")
	customer = s.customer()
	customer.dial(s.supportURI())
	customer.awaitTone(softphoneTone)
	softphone.awaitTone(customerTone)
	s.awaitStatus("ana", "in_line")
	return customer, softphone
}

func TestS04ALiveCallMovesFromSoftphoneToPhoneAndTheTonesProveIt(t *testing.T) {
	t.Parallel()
	s := startSite(t, 41, "")
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	s.switchTo("ana", "telagent")
	phone.waitFor("CALL_ESTABLISHED", 1)
	if !customer.hears(softphoneTone) {
		t.Error("the talk did not go on while the phone was asked")
	}
	phone.press("1")
	customer.awaitTone(phoneTone)
	phone.awaitTone(customerTone)
	softphone.waitFor("CALL_CLOSED", 1)
	if customer.hears(softphoneTone) || phone.everHeard(softphoneTone) {
		t.Error("the softphone is still heard after the switch")
	}
	s.awaitAgent("ana", "is on the phone", func(a agent) bool { return a.Reach == "phone" && a.Status == "in_line" })

	s.switchTo("ana", "softphone")
	softphone.waitFor("CALL_ESTABLISHED", 2)
	customer.awaitTone(softphoneTone)
	phone.waitFor("CALL_CLOSED", 1)

	customer.hangup()
	s.awaitStatus("ana", "acw")
	s.awaitStatus("ana", "available")
	softphone.waitFor("CALL_CLOSED", 2)
	if n := reinvites(customer); n > 0 {
		t.Errorf("the customer's dialog was touched %d times", n)
	}
}

func TestS05ASoftphoneThatVanishesLeavesTheCustomerOnComfortAudioUntilHeIsSwitched(t *testing.T) {
	t.Parallel()
	s := startSite(t, 42, "")
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	softphone.kill()
	await(t, "the customer hears comfort audio", 20*time.Second, func() bool {
		heard := customer.heard()
		last := heard[max(0, len(heard)-rate/5):]
		return !customer.hears(softphoneTone) && loud(last) > 1e-5
	})
	s.awaitAgent("ana", "is cut off", func(a agent) bool { return a.Activity == "cut_off" && a.Status == "in_line" })

	s.switchTo("ana", "telagent")
	phone.waitFor("CALL_ESTABLISHED", 1)
	phone.press("1")
	customer.awaitTone(phoneTone)
	phone.awaitTone(customerTone)
	if customer.has("CALL_CLOSED") {
		t.Error("the customer's call did not survive")
	}
	customer.hangup()
	s.awaitStatus("ana", "acw")
}

func TestS06AVoicemailThatAnswersNeverHearsTheCustomerAndIsNeverHeard(t *testing.T) {
	t.Parallel()
	s := startSite(t, 43, "")
	voicemail := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	s.switchTo("ana", "telagent")
	voicemail.waitFor("CALL_ESTABLISHED", 1)
	voicemail.waitFor("CALL_CLOSED", 1)
	s.awaitAgent("ana", "stays on the softphone", func(a agent) bool {
		return a.Last != nil && a.Last.Result == "no_confirm" && a.Reach == "softphone" && a.Status == "in_line"
	})
	if voicemail.everHeard(customerTone) {
		t.Error("the voicemail heard the customer")
	}
	if customer.everHeard(phoneTone) {
		t.Error("the customer heard the voicemail")
	}
	if !customer.hears(softphoneTone) || !softphone.hears(customerTone) {
		t.Error("the talk did not go on")
	}
	customer.hangup()
	s.awaitStatus("ana", "acw")
}
