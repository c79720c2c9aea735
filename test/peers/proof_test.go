//go:build peers

package peers

import (
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/stage"
)

// pin is keyed in by RFC 4733. No time, port or number of a log looks like it.
const pin = "80642975"

// key presses keys on a phone, each when the one before is over.
func (p *phone) key(keys string) {
	p.T.Helper()
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for _, key := range keys {
		p.Press(string(key))
		<-tick.C
	}
}

func TestS06APINIsKeyedInAtThePhoneAndAWrongOneIsNoWayIn(t *testing.T) {
	t.Parallel()
	s := startSite(t, 61, "", `pin: "4711"`, `proof: pin, pin: "`+pin+`"`)
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", 1)
	phone.key("1357924#")
	stage.Await(t, "the wrong PIN is checked", bound, func() bool { return s.logged("Right:false") == 1 })
	if customer.EverHeard(phoneTone) || phone.EverHeard(customerTone) || !customer.Hears(softphoneTone) {
		t.Error("after a wrong PIN the talk did not go on as it was")
	}
	phone.key(pin + "#")
	customer.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	softphone.WaitFor("CALL_CLOSED", 1)
	s.AwaitAgent("ana", "is on the phone", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "in_line" })
	if s.logged("Right:true") != 1 || s.logged(pin) > 0 || s.logged("1357924") > 0 {
		t.Error("the PIN was not checked once, or is in the log")
	}
	customer.Hangup()
	phone.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ana", "available")
	if n := reinvites(customer); n > 0 {
		t.Errorf("the customer's dialog was touched %d times", n)
	}
}

func TestS16ATestCallIsAnsweredAndWhatItToldIsShown(t *testing.T) {
	t.Parallel()
	s := startSite(t, 62, "")
	phone := s.pstnPhone("+49301234567", "auto")
	if out, err := s.Telagent("test-call", "ana").CombinedOutput(); err != nil {
		t.Fatalf("test-call: %v\n%s", err, out)
	}
	phone.WaitFor("CALL_ESTABLISHED", 1)
	phone.WaitFor("CALL_CLOSED", 1)
	out, err := s.Telagent("stations", "ana").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "+49301234567") || !strings.Contains(string(out), "test_call") {
		t.Errorf("stations: %v\n%s", err, out)
	}
	if heard := phone.Heard(); stage.Loud(heard) < 1e-5 {
		t.Error("the phone was told nothing")
	}
}
