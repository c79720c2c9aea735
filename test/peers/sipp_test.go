//go:build peers

package peers

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sipp is one SIPp process that plays a scenario of testdata a number of times.
type sipp struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	out  *strings.Builder
	done chan error
}

// startSIPp plays a scenario at an address of the site's network; calls is how often. args go to SIPp as they are.
func (s *site) startSIPp(scenario, addr string, calls int, args ...string) *sipp {
	s.t.Helper()
	file, err := filepath.Abs(filepath.Join("testdata", scenario+".xml"))
	if err != nil {
		s.t.Fatal(err)
	}
	all := append([]string{
		"-sf", file, "-i", s.net + addr, "-mi", s.net + addr, "-p", "5060", "-m", strconv.Itoa(calls), "-nostdin",
		"-timeout", "60s", "-timeout_error", "-trace_err", "-error_file", s.path(scenario + ".err"),
	}, args...)
	p := &sipp{t: s.t, name: scenario, cmd: exec.Command("sipp", all...), out: &strings.Builder{}, done: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = p.out, p.out, s.dir
	if err := p.cmd.Start(); err != nil {
		s.t.Fatalf("start sipp (Debian package sip-tester): %v", err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	s.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// callIn plays a customer who dials a number; wait for its end.
func (s *site) callIn(scenario, number string, calls int, args ...string) *sipp {
	s.t.Helper()
	return s.startSIPp(scenario, ".2", calls, append(args, "-s", number, s.net+".1:5060")...)
}

// carrier plays the far end of the trunk, for calls that the gateway makes.
func (s *site) carrier(scenario string, calls int) *sipp {
	s.t.Helper()
	return s.startSIPp(scenario, ".3", calls)
}

// ends waits until SIPp has played its scenario to the end, as written, every time.
func (p *sipp) ends() {
	p.t.Helper()
	if err := <-p.done; err != nil {
		p.t.Fatalf("sipp %s: %v\n%s", p.name, err, p.out)
	}
}

// telagents starts a site whose trunk goes to SIPp, with ana available by phone.
func telagents(t *testing.T, number int) *site {
	t.Helper()
	s := startSite(t, number, "127.0."+strconv.Itoa(number)+".3:5060")
	s.switchTo("ana", "telagent")
	s.awaitStatus("ana", "available")
	return s
}

// legCauses returns the causes of ana's legs in the newest record of a call.
func (s *site) legCauses() (causes []string) {
	s.t.Helper()
	var out struct {
		Records []struct {
			Legs []struct{ Agent, Cause string }
		}
	}
	s.api("GET", "/history", nil, &out)
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
	s.callIn("customer-unknown-number", "+18005559999", 5).ends()
}

func TestCustomersWaitInTheQueueAndHangUp(t *testing.T) {
	t.Parallel()
	s := startSite(t, 52, "")
	s.callIn("customer-hangs-up", supportNumber, 50, "-r", "25", "-d", "500").ends()
	await(t, "no call is left", bound, func() bool { return s.liveCalls() == 0 })
}

func TestOPTIONSIsAnsweredWithinACall(t *testing.T) {
	t.Parallel()
	s := startSite(t, 53, "")
	s.callIn("customer-options", supportNumber, 1).ends()
}

func TestAnAnswerThatIsNeverAcknowledgedIsRepeatedAndEndedByBYE(t *testing.T) {
	t.Parallel()
	s := startSite(t, 54, "")
	s.callIn("customer-never-acks", supportNumber, 1).ends()
	await(t, "no call is left", bound, func() bool { return s.liveCalls() == 0 })
}

func TestASupervisorHangsUpACall(t *testing.T) {
	t.Parallel()
	s := startSite(t, 55, "")
	customer := s.callIn("customer-until-bye", supportNumber, 1)
	await(t, "the call is there", bound, func() bool { return s.liveCalls() == 1 })
	var out struct{ Calls []struct{ ID string } }
	s.api("GET", "/calls", nil, &out)
	s.api("DELETE", "/calls/"+out.Calls[0].ID, nil, nil)
	customer.ends()
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
			carrier.ends()
			s.awaitAgent("ana", "rests", func(a agent) bool { return a.Activity == "idle" && a.Strikes == c.strikes })
			status, body := s.call(s.signIn("boss", "boss-secret-1"), "PUT", "/agents/ana/status", map[string]string{"status": "away"})
			if status >= 400 {
				t.Fatalf("set ana away: %d %s", status, body)
			}
			var out struct{ Calls []struct{ ID string } }
			s.api("GET", "/calls", nil, &out)
			if len(out.Calls) != 1 {
				t.Fatalf("%d calls, want the customer's alone", len(out.Calls))
			}
			s.api("DELETE", "/calls/"+out.Calls[0].ID, nil, nil)
			customer.ends()
			await(t, "the record is written", bound, func() bool { return len(s.legCauses()) > 0 })
			if got := s.legCauses()[0]; got != c.cause {
				t.Errorf("the leg's cause is %s, want %s", got, c.cause)
			}
		})
	}
}

func TestAPhoneThatPressesItsKeysByINFOAloneTakesTheCall(t *testing.T) {
	t.Parallel()
	s := telagents(t, 46)
	phone := s.startSIPp("phone-presses-by-info", ".3", 1, "-key", "user", "49301234567", "-key", "gateway", s.net+".1")
	customer := s.callIn("customer-until-bye", supportNumber, 1)
	s.awaitStatus("ana", "in_line")
	s.api("DELETE", s.theCall(), nil, nil)
	phone.ends()
	customer.ends()
}
