//go:build peers

package peers

import (
	"testing"
	"time"
)

// talking brings customer and ana into a call on her softphone, each hearing the other's tone.
func talking(s *site) (customer, softphone *phone) {
	s.t.Helper()
	softphone = s.softphone("ana", s.slot+2, softphoneTone)
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

func TestADeskPhoneTakesTheCallWithoutAKeyAndHoldsAndResumesIt(t *testing.T) {
	t.Parallel()
	s := startSite(t, 44, "")
	desk := s.deskPhone("ana")
	customer, softphone := talking(s)
	await(t, "the desk phone is registered", bound, func() bool { return s.registered() == 2 })

	s.switchTo("ana", "telagent")
	customer.awaitTone(phoneTone)
	desk.awaitTone(customerTone)
	softphone.waitFor("CALL_CLOSED", 1)

	desk.order("hold", "")
	await(t, "the customer hears music", bound, func() bool {
		heard := customer.heard()
		return !customer.hears(phoneTone) && loud(heard[max(0, len(heard)-rate/5):]) > 1e-5
	})
	s.awaitStatus("ana", "in_line")
	desk.order("resume", "")
	customer.awaitTone(phoneTone)
	desk.awaitTone(customerTone)

	desk.hangup()
	customer.waitFor("CALL_CLOSED", 1)
	s.awaitStatus("ana", "acw")
	s.awaitStatus("ana", "available")
}

func TestS31AForcedLogoutGivesTheCustomerToAnotherAgent(t *testing.T) {
	t.Parallel()
	s := startSite(t, 45, "")
	customer, softphone := talking(s)
	ben := s.softphone("ben", s.slot+3, phoneTone)
	s.available("ben")

	var out struct{ Results []struct{ OK bool } }
	s.api("POST", "/force-logout", map[string]any{"agents": []string{"ana"}, "request_id": "1"}, &out)
	if len(out.Results) != 1 || !out.Results[0].OK {
		t.Fatalf("forced logout: %+v", out)
	}
	softphone.waitFor("CALL_CLOSED", 1)
	s.awaitAgent("ana", "is logged out", func(a agent) bool {
		return a.Status == "offline" && a.Reason == "FORCED_LOGOUT_BY_SUPERVISOR"
	})
	customer.awaitTone(phoneTone)
	ben.awaitTone(customerTone)
	s.awaitStatus("ben", "in_line")
	if customer.has("CALL_CLOSED") {
		t.Error("the customer's call did not survive")
	}
	customer.hangup()
	s.awaitStatus("ben", "acw")
}
