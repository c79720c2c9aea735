//go:build peers

package peers

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

// keeps waits until a switch of ana has failed for a reason, and checks that she and her customer noticed nothing.
func (s *site) keeps(result string, customer, softphone *phone) {
	s.T.Helper()
	s.AwaitAgent("ana", "stays on the softphone: "+result, func(a stage.Agent) bool {
		return a.Switching == nil && a.Last != nil && a.Last.Result == result && a.Reach == "softphone" && a.Status == "in_line"
	})
	s.awaitHearing(result, person{customer, []float64{softphoneTone}}, person{softphone, []float64{customerTone}})
	s.untouched(customer)
}

// endsWith hangs the customer up and checks the causes and faults of ana's legs in the record, in the order in which they ended.
func (s *site) endsWith(customer *phone, want ...string) {
	s.T.Helper()
	customer.Hangup()
	stage.Await(s.T, "the record is written", bound, func() bool { return len(s.history()) == 1 })
	var got []string
	for _, l := range s.history()[0].Legs {
		if l.Agent == "ana" {
			got = append(got, strings.TrimSpace(l.Cause+" "+l.Fault))
		}
	}
	if !slices.Equal(got, want) {
		s.T.Errorf("ana's legs ended as %q, want %q", got, want)
	}
}

// isAsked waits until the phone's n-th call is up and its person hears what to press.
func (p *phone) isAsked(n int) {
	p.T.Helper()
	p.WaitFor("CALL_ESTABLISHED", n)
	stage.Await(p.T, p.Name+" hears a question", bound, func() bool {
		files, err := filepath.Glob(filepath.Join(p.Dir, "dump-*-dec.wav"))
		return err == nil && len(files) >= n && stage.Loud(p.Heard()) > 1e-5
	})
}

// audited checks that the audit trail of ana has lines for switches, oldest first.
func (s *site) audited(want ...string) {
	s.T.Helper()
	var trail struct {
		Entries []struct{ By, Action, Result string }
	}
	s.API("GET", "/audit?subject=ana", nil, &trail)
	slices.Reverse(trail.Entries)
	var got []string
	for _, e := range trail.Entries {
		if e.Action == "switch" {
			got = append(got, e.By+" "+e.Result)
		}
	}
	if !slices.Equal(got, want) {
		s.T.Errorf("the audit trail has %q, want %q", got, want)
	}
}

func TestS07S22HowThePhoneFailsIsTheResultOfASwitchWhileTheTalkGoesOn(t *testing.T) {
	t.Parallel()
	s := startSite(t, 77, "127.0.77.3:5060", "ring_time: 8s", "ring_time: 3s")
	customer, softphone := talking(s)
	var trail, legs []string
	for _, c := range []struct{ scenario, result, fault string }{
		{"phone-busy", "busy", "agent"},
		{"phone-declines", "declined", "agent"},
		{"phone-trunk-fault", "trunk_fault", "trunk"},
		{"phone-rings-out", "no_answer", "agent"},
		{"phone-answers-after-cancel", "no_answer", "agent"},
	} {
		carrier := s.carrier(c.scenario, 1)
		s.SwitchTo("ana", "telagent")
		carrier.Ends()
		s.keeps(c.result, customer, softphone)
		trail, legs = append(trail, "boss done", "boss "+c.result), append(legs, c.result+" "+c.fault)
	}
	s.audited(trail...)
	if a := s.Agent("ana"); a.Strikes != 0 {
		t.Errorf("ana has %d strikes for switches", a.Strikes)
	}
	s.endsWith(customer, append(legs, "normal")...)
}

func TestS07WhoIsCutOffAndBusyAtEveryNumberLosesTheCustomerToTheQueue(t *testing.T) {
	t.Parallel()
	s := startSite(t, 78, "127.0.78.3:5060", `numbers: ["+49301234567"]`, `numbers: ["+49301234567", "+49301234569"]`)
	customer, softphone := talking(s)
	softphone.Kill()
	s.AwaitAgent("ana", "is cut off", func(a stage.Agent) bool { return a.Activity == "cut_off" })

	carrier := s.carrier("phone-busy", 2) // the next number is tried
	s.SwitchTo("ana", "telagent")
	carrier.Ends()
	s.awaitRequeued()
	s.awaitHearing("requeued", person{customer, nil})
	s.hearsMusic(customer)
	s.untouched(customer)
	s.audited("boss done", "boss busy")
	s.endsWith(customer, "busy agent", "busy agent", "lost network")
}

func TestS06S22TheWrongKeyMovesNoCallAndTwoDeclinesIt(t *testing.T) {
	t.Parallel()
	s := startSite(t, 79, "")
	phone := s.pstnPhone("+49301234567", "auto")
	customer, softphone := talking(s)

	s.SwitchTo("ana", "telagent")
	phone.isAsked(1)
	phone.Press("2")
	phone.WaitFor("CALL_CLOSED", 1)
	s.keeps("declined", customer, softphone)

	s.SwitchTo("ana", "telagent")
	phone.isAsked(2)
	phone.Press("5")
	phone.Press("#")
	phone.WaitFor("CALL_CLOSED", 2)
	s.keeps("no_confirm", customer, softphone)
	if phone.EverHeard(customerTone) || customer.EverHeard(phoneTone) {
		t.Error("the phone and the customer heard each other without the key")
	}

	s.SwitchTo("ana", "telagent")
	phone.isAsked(3)
	phone.Press("5")
	phone.Press("1")
	customer.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	softphone.WaitFor("CALL_CLOSED", 1)
	s.untouched(customer)
	s.audited("boss done", "boss declined", "boss done", "boss no_confirm", "boss done", "boss done")
	s.endsWith(customer, "declined agent", "no_confirm agent", "moved", "normal")
}

func TestS06S22AMachineOrAWrongKeyIsNotGivenACustomerAndTwoIsNoStrike(t *testing.T) {
	t.Parallel()
	s := startSite(t, 80, "", "ring_time: 8s", "unreachable: {declined: {delay: 1s}, no_confirm: {delay: 1s}}, ring_time: 8s")
	phone := s.pstnPhone("+49301234567", "auto")
	s.SwitchTo("ana", "telagent")
	s.AwaitStatus("ana", "available")
	customer := s.customer()
	customer.Dial(s.supportURI())

	phone.isAsked(1)
	phone.Press("2")
	phone.WaitFor("CALL_CLOSED", 1)
	phone.WaitFor("CALL_ESTABLISHED", 2) // a machine, which speaks and presses nothing
	if a := s.Agent("ana"); a.Strikes != 0 {
		t.Errorf("who declined has %d strikes", a.Strikes)
	}
	phone.WaitFor("CALL_CLOSED", 2)
	phone.isAsked(3)
	if a := s.Agent("ana"); a.Strikes != 1 || a.Status != "ringing" {
		t.Errorf("after the machine ana is %s with %d strikes", a.Status, a.Strikes)
	}
	phone.Press("#")
	if phone.EverHeard(customerTone) || customer.EverHeard(phoneTone) {
		t.Error("the machine and the customer heard each other")
	}
	s.hearsMusic(customer)
	phone.Press("5")
	phone.Press("1")
	customer.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	s.AwaitAgent("ana", "is in line", func(a stage.Agent) bool { return a.Status == "in_line" && a.Strikes == 0 })
	s.untouched(customer)
	s.endsWith(customer, "declined agent", "no_confirm agent", "normal")
}

func TestS10NoINVITEGoesOutBeyondTheChannelsOfATrunk(t *testing.T) {
	t.Parallel()
	s := startSite(t, 84, "", "channels: 30", "channels: 4") // one is kept for calls for help
	phone := s.pstnPhones("manual", "+49301234567", "+49301234568")
	customer, softphone := talking(s)
	ben := s.softphone("ben", s.slot+3, supervisorTone)
	s.Available("ben")
	second := s.customerAt(s.slot + 4)
	second.Dial(s.supportURI())
	ben.AwaitTone(customerTone)

	s.SwitchTo("ana", "telagent") // takes the third
	phone.WaitFor("CALL_INCOMING", 1)
	code, detail := s.Switches("ben", "telagent")
	if code != "no_trunk_capacity" || !strings.HasSuffix(detail, ".") {
		t.Errorf("the switch of ben is answered %q, %q", code, detail)
	}
	s.awaitHearing("refused", person{second, []float64{supervisorTone}}, person{ben, []float64{customerTone}})
	if n := phone.Count("CALL_INCOMING"); n != 1 {
		t.Errorf("%d INVITEs went out, one channel was free", n)
	}
	phone.Hangup()
	s.keeps("busy", customer, softphone)
	s.SwitchTo("ben", "telagent")
	phone.WaitFor("CALL_INCOMING", 2)
	phone.Order("accept", "")
	phone.isAsked(1)
	phone.Press("1")
	second.AwaitTone(phoneTone)
	s.untouched(second)
}

func TestS21AnOfferWaitsForAChannelOfTheTrunk(t *testing.T) {
	t.Parallel()
	s := startSite(t, 85, "", "channels: 30", "channels: 3")
	phone := s.pstnPhones("manual", "+49301234567", "+49301234568")
	s.SwitchTo("ana", "telagent")
	s.AwaitStatus("ana", "available")
	first, second := s.customer(), s.customerAt(s.slot+4)
	first.Dial(s.supportURI())
	phone.WaitFor("CALL_INCOMING", 1)
	s.SwitchTo("ben", "telagent")
	s.AwaitStatus("ben", "available")
	second.Dial(s.supportURI())
	second.WaitFor("CALL_ESTABLISHED", 1)
	s.awaitHearing("no channel is left", person{second, nil})
	s.hearsMusic(second)
	if a := s.Agent("ben"); a.Status != "available" || a.Strikes != 0 || phone.Count("CALL_INCOMING") != 1 {
		t.Errorf("ben is %s with %d strikes, %d INVITEs went out", a.Status, a.Strikes, phone.Count("CALL_INCOMING"))
	}
	first.Hangup()
	phone.WaitFor("CALL_INCOMING", 2) // whoever was idle for longer
	second.Hangup()
	phone.WaitFor("CALL_CLOSED", 2)
}

// trunkAlarm says whether the alarm is raised that the trunk is down, with a sentence.
func (s *site) trunkAlarm() bool {
	s.T.Helper()
	status, body := s.Call(s.SignIn("root", "root-secret-1"), "GET", "/alarms", nil)
	if status >= 400 {
		s.T.Fatalf("GET /alarms: %d %s", status, body)
	}
	return strings.Contains(string(body), `"trunk_down"`) && strings.Contains(string(body), "Trunk carrier is down: it does not answer")
}

func TestS21ATrunkThatDoesNotAnswerIsDownAndNothingIsDialledOverIt(t *testing.T) {
	t.Parallel()
	s := startSite(t, 86, "", "channels: 30", "channels: 30, ping: 5s")
	s.SwitchTo("ben", "telagent")
	customer, softphone := talking(s) // over the trunk's network all the same
	stage.Await(t, "an alarm is raised", bound, s.trunkAlarm)
	code, detail := s.Switches("ana", "telagent")
	if code != "no_trunk" || detail != "No trunk can carry a call now." {
		t.Errorf("the switch of ana is answered %q, %q", code, detail)
	}
	second := s.customerAt(s.slot + 4)
	second.Dial(s.supportURI())
	second.WaitFor("CALL_ESTABLISHED", 1)
	s.awaitHearing("the trunk is down", person{customer, []float64{softphoneTone}}, person{softphone, []float64{customerTone}}, person{second, nil})
	s.hearsMusic(second)
	if a := s.Agent("ben"); a.Status != "available" || a.Reachable != "unreachable" || a.Strikes != 0 {
		t.Errorf("ben is %s, %s, with %d strikes", a.Status, a.Reachable, a.Strikes)
	}
	s.audited("boss no_trunk")

	phone := s.pstnPhone("+49301234568", "manual")         // the carrier is back, and answers OPTIONS
	stage.Await(t, "the phone rings", bound, func() bool { // perhaps since before its events were listened to
		_, body := s.Call(s.Token, "GET", "/calls", nil)
		return strings.Contains(string(body), `"state":"ringing"`)
	})
	phone.Order("accept", "")
	phone.isAsked(1)
	phone.Press("1")
	second.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	stage.Await(t, "the alarm is over", bound, func() bool { return !s.trunkAlarm() })
	s.untouched(second)
}

func TestS21ATrunkThatDiesWhileThePhoneRingsIsNoStrike(t *testing.T) {
	t.Parallel()
	s := startSite(t, 87, "", "channels: 30", "channels: 30, ping: 5s", "ring_time: 8s", "ring_time: 20s")
	phone := s.pstnPhone("+49301234567", "manual")
	s.SwitchTo("ana", "telagent")
	s.AwaitStatus("ana", "available")
	customer := s.customer()
	customer.Dial(s.supportURI())
	phone.WaitFor("CALL_INCOMING", 1)
	phone.Kill()
	stage.Await(t, "an alarm is raised", bound, s.trunkAlarm)
	s.AwaitAgent("ana", "is rung no more", func(a stage.Agent) bool { return a.Activity == "idle" })
	if a := s.Agent("ana"); a.Status != "available" || a.Strikes != 0 {
		t.Errorf("ana is %s with %d strikes", a.Status, a.Strikes)
	}
	s.awaitHearing("the trunk died", person{customer, nil})
	s.hearsMusic(customer)
	s.untouched(customer)
	s.endsWith(customer, "trunk_fault trunk")
}

func TestS07S21ATrunkWhereNobodyListensFailsLongBeforeItHasRungOut(t *testing.T) {
	t.Parallel()
	for i, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, 88+i, "", "transport=udp", "transport="+transport, "ring_time: 8s", "ring_time: 60s") // ICMP, or RST
			customer, softphone := talking(s)
			s.SwitchTo("ana", "telagent")
			s.keeps("trunk_fault", customer, softphone)
			s.audited("boss done", "boss trunk_fault")
			s.endsWith(customer, "trunk_fault trunk", "normal")
			s.AwaitStatus("ana", "available")
			s.offeredInVain("trunk_fault trunk")
		})
	}
}

// offeredInVain lets ana's phone be rung for a customer, and checks how that ended.
func (s *site) offeredInVain(want string) {
	s.T.Helper()
	s.SwitchTo("ana", "telagent")
	customer := s.callIn("customer-until-bye", supportNumber, 1)
	stage.Await(s.T, "the call is there", bound, func() bool { return s.LiveCalls() == 1 })
	s.AwaitAgent("ana", "was rung in vain", func(a stage.Agent) bool { return a.Activity == "idle" })
	if a := s.Agent("ana"); a.Status != "available" || a.Strikes != 0 {
		s.T.Errorf("ana is %s with %d strikes", a.Status, a.Strikes)
	}
	s.API("DELETE", s.TheCall(), nil, nil)
	customer.Ends()
	stage.Await(s.T, "the record is written", bound, func() bool { return len(s.history()) == 2 })
	for _, l := range s.history()[0].Legs {
		if l.Agent == "ana" && l.Cause+" "+l.Fault != want {
			s.T.Errorf("ana's leg ended as %s %s, want %s", l.Cause, l.Fault, want)
		}
	}
}
