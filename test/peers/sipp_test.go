//go:build peers

package peers

import (
	"strconv"
	"testing"

	"telagent-gateway/test/stage"
)

// callIn plays a customer who dials a number; wait for its end.
func (s *site) callIn(scenario, number string, calls int, args ...string) *stage.SIPp {
	s.T.Helper()
	return s.StartSIPp(scenario, ".2", calls, append(args, "-s", number, s.Net+".1:5060")...)
}

// carrier plays the far end of the trunk, for calls that the gateway makes.
func (s *site) carrier(scenario string, calls int) *stage.SIPp {
	s.T.Helper()
	return s.StartSIPp(scenario, ".3", calls)
}

// telagents starts a site whose trunk goes to SIPp, with ana available by phone.
func telagents(t *testing.T, number int) *site {
	t.Helper()
	s := startSite(t, number, "127.0."+strconv.Itoa(number)+".3:5060")
	s.SwitchTo("ana", "telagent")
	s.AwaitStatus("ana", "available")
	return s
}

// legCauses returns the causes of ana's legs in the newest record of a call.
func (s *site) legCauses() (causes []string) {
	s.T.Helper()
	var out struct {
		Records []struct {
			Legs []struct{ Agent, Cause string }
		}
	}
	s.API("GET", "/history", nil, &out)
	for _, r := range out.Records[:min(1, len(out.Records))] {
		for _, l := range r.Legs {
			if l.Agent == "ana" {
				causes = append(causes, l.Cause)
			}
		}
	}
	return causes
}

func TestACallToANumberThatNobodyHasIsAnswered404(t *testing.T) {
	t.Parallel()
	s := startSite(t, 51, "")
	s.callIn("customer-unknown-number", "+18005559999", 5).Ends()
}

func TestCustomersWaitInTheQueueAndHangUp(t *testing.T) {
	t.Parallel()
	s := startSite(t, 52, "")
	s.callIn("customer-hangs-up", supportNumber, 50, "-r", "25", "-d", "500").Ends()
	stage.Await(t, "no call is left", bound, func() bool { return s.LiveCalls() == 0 })
}

func TestOPTIONSIsAnsweredWithinACall(t *testing.T) {
	t.Parallel()
	s := startSite(t, 53, "")
	s.callIn("customer-options", supportNumber, 1).Ends()
}

func TestAnAnswerThatIsNeverAcknowledgedIsRepeatedAndEndedByBYE(t *testing.T) {
	t.Parallel()
	s := startSite(t, 54, "")
	s.callIn("customer-never-acks", supportNumber, 1).Ends()
	stage.Await(t, "no call is left", bound, func() bool { return s.LiveCalls() == 0 })
}

func TestASupervisorHangsUpACall(t *testing.T) {
	t.Parallel()
	s := startSite(t, 55, "")
	customer := s.callIn("customer-until-bye", supportNumber, 1)
	stage.Await(t, "the call is there", bound, func() bool { return s.LiveCalls() == 1 })
	var out struct{ Calls []struct{ ID string } }
	s.API("GET", "/calls", nil, &out)
	s.API("DELETE", "/calls/"+out.Calls[0].ID, nil, nil)
	customer.Ends()
}

// TestS21S22HowAPhoneFailsDecidesWhatBecomesOfItsAgent plays each way in which a carrier's phone can fail.
func TestS21S22HowAPhoneFailsDecidesWhatBecomesOfItsAgent(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		scenario string
		cause    string
		strikes  int
	}{
		{"phone-busy", "busy", 0},
		{"phone-declines", "declined", 0},
		{"phone-trunk-fault", "trunk_fault", 0},
		{"phone-rings-out", "no_answer", 1},
		{"phone-answers-after-cancel", "no_answer", 1},
		{"phone-after-challenge", "busy", 0},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			s := telagents(t, 61+i)
			carrier := s.carrier(c.scenario, 1)
			customer := s.callIn("customer-until-bye", supportNumber, 1)
			carrier.Ends()
			s.AwaitAgent("ana", "rests", func(a stage.Agent) bool { return a.Activity == "idle" && a.Strikes == c.strikes })
			status, body := s.Call(s.SignIn("boss", "boss-secret-1"), "PUT", "/agents/ana/status", map[string]string{"status": "away"})
			if status >= 400 {
				t.Fatalf("set ana away: %d %s", status, body)
			}
			var out struct{ Calls []struct{ ID string } }
			s.API("GET", "/calls", nil, &out)
			if len(out.Calls) != 1 {
				t.Fatalf("%d calls, want the customer's alone", len(out.Calls))
			}
			s.API("DELETE", "/calls/"+out.Calls[0].ID, nil, nil)
			customer.Ends()
			stage.Await(t, "the record is written", bound, func() bool { return len(s.legCauses()) > 0 })
			if got := s.legCauses()[0]; got != c.cause {
				t.Errorf("the leg's cause is %s, want %s", got, c.cause)
			}
		})
	}
}

func TestAPhoneThatPressesItsKeysByINFOAloneTakesTheCall(t *testing.T) {
	t.Parallel()
	s := telagents(t, 46)
	phone := s.StartSIPp("phone-presses-by-info", ".3", 1, "-key", "user", "49301234567", "-key", "gateway", s.Net+".1")
	customer := s.callIn("customer-until-bye", supportNumber, 1)
	s.AwaitStatus("ana", "in_line")
	s.API("DELETE", s.TheCall(), nil, nil)
	phone.Ends()
	customer.Ends()
}
