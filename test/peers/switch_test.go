//go:build peers

package peers

import (
	"testing"
	"time"

	"telagent-gateway/test/stage"
)

// talking brings customer and ana into a call on her softphone, each hearing the other's tone.
func talking(s *site) (customer, softphone *phone) {
	s.T.Helper()
	softphone = s.softphone("ana", s.slot+2, softphoneTone)
	s.Available("ana")
	customer = s.customer()
	customer.Dial(s.supportURI())
	customer.AwaitTone(softphoneTone)
	softphone.AwaitTone(customerTone)
	s.AwaitStatus("ana", "in_line")
	return customer, softphone
}

func TestS04ALiveCallMovesFromSoftphoneToPhoneAndTheTonesProveIt(t *testing.T) {
	t.Parallel()
	s := startSite(t, 41, "")
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", 1)
	if !customer.Hears(softphoneTone) {
		t.Error("the talk did not go on while the phone was asked")
	}
	phone.Press("1")
	customer.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	softphone.WaitFor("CALL_CLOSED", 1)
	if customer.Hears(softphoneTone) || phone.EverHeard(softphoneTone) {
		t.Error("the softphone is still heard after the switch")
	}
	s.AwaitAgent("ana", "is on the phone", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "in_line" })

	s.SwitchTo("ana", "softphone")
	softphone.WaitFor("CALL_ESTABLISHED", 2)
	customer.AwaitTone(softphoneTone)
	phone.WaitFor("CALL_CLOSED", 1)

	customer.Hangup()
	s.AwaitStatus("ana", "acw")
	s.AwaitStatus("ana", "available")
	softphone.WaitFor("CALL_CLOSED", 2)
	if n := reinvites(customer); n > 0 {
		t.Errorf("the customer's dialog was touched %d times", n)
	}
}

func TestS05ASoftphoneThatVanishesLeavesTheCustomerOnComfortAudioUntilHeIsSwitched(t *testing.T) {
	t.Parallel()
	s := startSite(t, 42, "")
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	softphone.Kill()
	stage.Await(t, "the customer hears comfort audio", 20*time.Second, func() bool {
		heard := customer.Heard()
		last := heard[max(0, len(heard)-stage.Rate/5):]
		return !customer.Hears(softphoneTone) && stage.Loud(last) > 1e-5
	})
	s.AwaitAgent("ana", "is cut off", func(a stage.Agent) bool { return a.Activity == "cut_off" && a.Status == "in_line" })

	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", 1)
	phone.Press("1")
	customer.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	if customer.Has("CALL_CLOSED") {
		t.Error("the customer's call did not survive")
	}
	customer.Hangup()
	s.AwaitStatus("ana", "acw")
}

func TestS06AVoicemailThatAnswersNeverHearsTheCustomerAndIsNeverHeard(t *testing.T) {
	t.Parallel()
	s := startSite(t, 43, "")
	voicemail := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	s.SwitchTo("ana", "telagent")
	voicemail.WaitFor("CALL_ESTABLISHED", 1)
	voicemail.WaitFor("CALL_CLOSED", 1)
	s.AwaitAgent("ana", "stays on the softphone", func(a stage.Agent) bool {
		return a.Last != nil && a.Last.Result == "no_confirm" && a.Reach == "softphone" && a.Status == "in_line"
	})
	if voicemail.EverHeard(customerTone) {
		t.Error("the voicemail heard the customer")
	}
	if customer.EverHeard(phoneTone) {
		t.Error("the customer heard the voicemail")
	}
	if !customer.Hears(softphoneTone) || !softphone.Hears(customerTone) {
		t.Error("the talk did not go on")
	}
	customer.Hangup()
	s.AwaitStatus("ana", "acw")
}

func TestADeskPhoneTakesTheCallWithoutAKeyAndHoldsAndResumesIt(t *testing.T) {
	t.Parallel()
	s := startSite(t, 44, "")
	desk := s.deskPhone("ana")
	customer, softphone := talking(s)
	stage.Await(t, "the desk phone is registered", bound, func() bool { return len(s.Contacts()) == 2 })

	s.SwitchTo("ana", "telagent")
	customer.AwaitTone(phoneTone)
	desk.AwaitTone(customerTone)
	softphone.WaitFor("CALL_CLOSED", 1)

	desk.Order("hold", "")
	stage.Await(t, "the customer hears music", bound, func() bool {
		heard := customer.Heard()
		return !customer.Hears(phoneTone) && stage.Loud(heard[max(0, len(heard)-stage.Rate/5):]) > 1e-5
	})
	s.AwaitStatus("ana", "in_line")
	desk.Order("resume", "")
	customer.AwaitTone(phoneTone)
	desk.AwaitTone(customerTone)

	desk.Hangup()
	customer.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ana", "acw")
	s.AwaitStatus("ana", "available")
}

func TestS31AForcedLogoutGivesTheCustomerToAnotherAgent(t *testing.T) {
	t.Parallel()
	s := startSite(t, 45, "")
	customer, softphone := talking(s)
	ben := s.softphone("ben", s.slot+3, phoneTone)
	s.Available("ben")

	var out struct{ Results []struct{ OK bool } }
	s.API("POST", "/force-logout", map[string]any{"agents": []string{"ana"}, "request_id": "1"}, &out)
	if len(out.Results) != 1 || !out.Results[0].OK {
		t.Fatalf("forced logout: %+v", out)
	}
	softphone.WaitFor("CALL_CLOSED", 1)
	s.AwaitAgent("ana", "is logged out", func(a stage.Agent) bool {
		return a.Status == "offline" && a.Reason == "FORCED_LOGOUT_BY_SUPERVISOR"
	})
	customer.AwaitTone(phoneTone)
	ben.AwaitTone(customerTone)
	s.AwaitStatus("ben", "in_line")
	if customer.Has("CALL_CLOSED") {
		t.Error("the customer's call did not survive")
	}
	customer.Hangup()
	s.AwaitStatus("ben", "acw")
}
