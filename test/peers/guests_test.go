//go:build peers

package peers

import (
	"fmt"
	"slices"
	"testing"

	"telagent-gateway/test/stage"
)

// supervisorTone is sally's, for whom mixing the other tones makes none either, as clipped ones would.
const supervisorTone = 2700.0

// person is one on a call, and whose tones he hears there.
type person struct {
	*phone
	hears []float64 // none: music or silence
}

// awaitHearing waits until each person hears exactly whom he shall, and then listens for a second whether anybody else
// is heard after all.
func (s *site) awaitHearing(when string, people ...person) {
	s.T.Helper()
	for _, p := range people {
		stage.Await(s.T, fmt.Sprintf("%s: %s hears %v and nobody else", when, p.Name, p.hears), bound, func() bool {
			heard := p.Heard()
			return len(heard) >= stage.Rate/5 && slices.Equal(tones(heard[len(heard)-stage.Rate/5:]), p.hears)
		})
	}
	from := make([]int, len(people))
	for i, p := range people {
		from[i] = len(p.Heard())
	}
	for i, p := range people {
		p.awaitSound(from[i] + stage.Rate)
		for _, hz := range tones(p.Heard()[from[i]:]) {
			if !slices.Contains(p.hears, hz) {
				s.T.Errorf("%s: %s hears %v Hz", when, p.Name, hz)
			}
		}
	}
}

// awaitSound waits until the phone has got so many samples in its call.
func (p *phone) awaitSound(samples int) {
	p.T.Helper()
	stage.Await(p.T, p.Name+" gets sound", bound, func() bool { return len(p.Heard()) >= samples })
}

// tones returns which of the peers' tones are in any 100 ms of the samples, in their order. In a mix of four each of
// the three that one hears has a third of the power.
func tones(s []float64) (found []float64) {
	for _, hz := range []float64{customerTone, softphoneTone, phoneTone, supervisorTone} {
		for i := 0; i+stage.Rate/10 <= len(s); i += stage.Rate / 20 {
			if stage.Share(s[i:i+stage.Rate/10], hz) > 0.1 {
				found = append(found, hz)
				break
			}
		}
	}
	return found
}

// ask calls the API as an agent and fails the test on a refusal.
func (s *site) ask(id, method, path string, in any) {
	s.T.Helper()
	if s.tokens[id] == "" {
		s.tokens[id] = s.SignIn(id, id+"-secret-1")
	}
	if status, body := s.Call(s.tokens[id], method, path, in); status >= 400 {
		s.T.Fatalf("%s: %s %s: %d %s", id, method, path, status, body)
	}
}

// forceOut logs an agent out as boss.
func (s *site) forceOut(id string) {
	s.T.Helper()
	var out struct{ Results []struct{ OK bool } }
	s.requests++
	s.API("POST", "/force-logout", map[string]any{"agents": []string{id}, "request_id": fmt.Sprint(s.requests)}, &out)
	if len(out.Results) != 1 || !out.Results[0].OK {
		s.T.Fatalf("forced logout of %s: %+v", id, out)
	}
}

// notReady is an agent at his softphone, who gets no calls from the queue.
func (s *site) notReady(id string, slot int, hz float64) *phone {
	s.T.Helper()
	p := s.softphone(id, slot, hz)
	s.AwaitAgent(id, "is reachable", func(a stage.Agent) bool { return a.Reachable == "reachable" })
	s.ask(id, "PUT", "/agents/"+id+"/status", map[string]string{"status": "not_ready"})
	s.AwaitStatus(id, "not_ready")
	return p
}

// untouched checks that a customer's call goes on in the dialog that it began with.
func (s *site) untouched(customer *phone) {
	s.T.Helper()
	if customer.Has("CALL_CLOSED") {
		s.T.Error("the customer's call did not survive")
	}
	if n := reinvites(customer); n > 0 {
		s.T.Errorf("the customer's dialog was touched %d times", n)
	}
}

func TestWhoIsOnACallHearsWhomHeShallAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := startSite(t, 21, "")
	ben := s.notReady("ben", s.slot+3, phoneTone)
	sally := s.notReady("sally", s.slot+4, supervisorTone)
	customer, ana := talking(s)
	guests := s.TheCall() + "/guests"
	const c, a, b, x = customerTone, softphoneTone, phoneTone, supervisorTone

	s.ask("ana", "POST", guests, map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("consult", person{customer, nil}, person{ana, []float64{b}}, person{ben, []float64{a}})
	s.hearsMusic(customer)

	s.ask("ana", "PATCH", guests+"/ben", map[string]string{"mode": "conference"})
	s.awaitHearing("conference", person{customer, []float64{a, b}}, person{ana, []float64{c, b}}, person{ben, []float64{c, a}})

	s.ask("sally", "POST", guests, map[string]string{"mode": "monitor"})
	s.awaitHearing("monitor", person{customer, []float64{a, b}}, person{ana, []float64{c, b}}, person{ben, []float64{c, a}},
		person{sally, []float64{c, a, b}})

	s.ask("sally", "PATCH", guests+"/sally", map[string]string{"mode": "whisper"})
	s.awaitHearing("whisper", person{customer, []float64{a, b}}, person{ana, []float64{c, b, x}}, person{ben, []float64{c, a}},
		person{sally, []float64{c, a, b}})
	s.AwaitStatus("sally", "not_ready")

	s.ask("sally", "PATCH", guests+"/sally", map[string]string{"mode": "barge"})
	s.awaitHearing("barge", person{customer, []float64{a, b, x}}, person{ana, []float64{c, b, x}}, person{ben, []float64{c, a, x}},
		person{sally, []float64{c, a, b}})
	s.AwaitStatus("sally", "in_line")

	s.ask("sally", "DELETE", guests+"/sally", nil)
	sally.WaitFor("CALL_CLOSED", 1)
	s.awaitHearing("sally is gone", person{customer, []float64{a, b}}, person{ana, []float64{c, b}}, person{ben, []float64{c, a}})
	s.untouched(customer)
}

func TestAnAgentHandsHerCustomerToWhomSheAskedByThePage(t *testing.T) {
	t.Parallel()
	s := startSite(t, 22, "")
	ben := s.notReady("ben", s.slot+3, phoneTone)
	customer, ana := talking(s)
	call := s.TheCall()

	s.ask("ana", "POST", call+"/guests", map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("consult", person{customer, nil}, person{ana, []float64{phoneTone}}, person{ben, []float64{softphoneTone}})
	s.ask("ana", "POST", call+"/transfer", map[string]string{})
	s.awaitHearing("transferred", person{customer, []float64{phoneTone}}, person{ben, []float64{customerTone}})
	ana.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ana", "acw")
	s.AwaitStatus("ben", "in_line")
	s.untouched(customer)
}

func TestS17ASwitchInAConferenceMovesOneSeatAlone(t *testing.T) {
	t.Parallel()
	s := startSite(t, 23, "")
	phone := s.pstnPhone("+49301234567", "auto")
	ben := s.notReady("ben", s.slot+3, supervisorTone)
	customer, ana := talking(s)
	const c, a, p, b = customerTone, softphoneTone, phoneTone, supervisorTone

	s.ask("ana", "POST", s.TheCall()+"/guests", map[string]string{"agent": "ben", "mode": "conference"})
	s.awaitHearing("conference", person{customer, []float64{a, b}}, person{ana, []float64{c, b}}, person{ben, []float64{c, a}})
	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", 1)
	phone.Press("1")
	ana.WaitFor("CALL_CLOSED", 1)
	s.awaitHearing("switched", person{customer, []float64{p, b}}, person{phone, []float64{c, b}}, person{ben, []float64{c, p}})
	if ben.Has("CALL_CLOSED") {
		t.Error("the other of the conference was moved too")
	}
	s.untouched(customer)
}

func TestS34OneOfAConferenceIsForcedOutAndTheOthersTalkOn(t *testing.T) {
	t.Parallel()
	s := startSite(t, 24, "")
	ben := s.notReady("ben", s.slot+3, phoneTone)
	customer, ana := talking(s)
	const c, a, b = customerTone, softphoneTone, phoneTone

	s.ask("ana", "POST", s.TheCall()+"/guests", map[string]string{"agent": "ben", "mode": "conference"})
	s.awaitHearing("conference", person{customer, []float64{a, b}}, person{ana, []float64{c, b}}, person{ben, []float64{c, a}})
	from := len(customer.Heard())
	s.forceOut("ana")
	ana.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ana", "offline")
	s.awaitHearing("ana is out", person{customer, []float64{b}}, person{ben, []float64{c}})
	customer.heardThroughout(from, b)
	s.AwaitStatus("ben", "in_line")
	s.untouched(customer)
	customer.Hangup()
	ben.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ben", "acw")
}

func TestS37TheCustomerHearsTheSupervisorWhoBargedInOnWhenTheAgentIsForcedOut(t *testing.T) {
	t.Parallel()
	s := startSite(t, 25, "")
	sally := s.notReady("sally", s.slot+4, supervisorTone)
	customer, ana := talking(s)
	const c, a, x = customerTone, softphoneTone, supervisorTone

	s.ask("sally", "POST", s.TheCall()+"/guests", map[string]string{"mode": "barge"})
	s.awaitHearing("barge", person{customer, []float64{a, x}}, person{ana, []float64{c, x}}, person{sally, []float64{c, a}})
	from := len(customer.Heard())
	s.forceOut("ana")
	ana.WaitFor("CALL_CLOSED", 1)
	s.AwaitAgent("ana", "is logged out", func(a stage.Agent) bool {
		return a.Status == "offline" && a.Reason == "FORCED_LOGOUT_BY_SUPERVISOR"
	})
	s.awaitHearing("ana is out", person{customer, []float64{x}}, person{sally, []float64{c}})
	customer.heardThroughout(from, x)
	s.AwaitStatus("sally", "in_line")
	s.untouched(customer)
	customer.Hangup()
	sally.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("sally", "acw")
	s.AwaitStatus("sally", "not_ready")
}

// heardThroughout checks that from a sample on the phone heard a tone all along. Half a second without it is taken for a
// gap, less for a machine that was busy.
func (p *phone) heardThroughout(from int, hz float64) {
	p.T.Helper()
	heard, without := p.Heard()[from:], 0
	for i := 0; i+stage.Rate/10 <= len(heard); i += stage.Rate / 10 {
		if stage.Share(heard[i:i+stage.Rate/10], hz) > 0.1 {
			without = 0
			continue
		}
		if without++; without == 5 {
			p.T.Errorf("%s has not heard %v Hz for half a second at %.1f s", p.Name, hz, float64(i)/stage.Rate)
		}
	}
}
