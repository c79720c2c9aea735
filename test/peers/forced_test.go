//go:build peers

package peers

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

// awaitRequeued waits until the only call waits on top of its queue, before all priorities that can be configured.
func (s *site) awaitRequeued() {
	s.T.Helper()
	call := s.TheCall()
	stage.Await(s.T, "the customer waits at 11", bound, func() bool {
		var out struct {
			State    string
			Priority int
		}
		s.API("GET", call, nil, &out)
		return out.State == "waiting" && out.Priority == 11
	})
}

func TestS32WhoIsForcedOutOfAConsultationTakesTheColleagueAlong(t *testing.T) {
	t.Parallel()
	s := startSite(t, 33, "")
	ben := s.notReady("ben", s.slot+3, phoneTone)
	customer, ana := talking(s)

	s.ask("ana", "POST", s.TheCall()+"/guests", map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("consult", person{customer, nil}, person{ana, []float64{phoneTone}}, person{ben, []float64{softphoneTone}})
	s.forceOut("ana")
	ana.WaitFor("CALL_CLOSED", 1)
	ben.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ben", "not_ready")
	s.awaitRequeued()
	s.awaitHearing("requeued", person{customer, nil})
	s.hearsMusic(customer)
	s.untouched(customer)
}

func TestS33WhenTheColleagueWhoIsAskedIsForcedOutTheAgentIsBackWithHerCustomer(t *testing.T) {
	t.Parallel()
	s := startSite(t, 34, "")
	ben := s.notReady("ben", s.slot+3, phoneTone)
	customer, ana := talking(s)

	s.ask("ana", "POST", s.TheCall()+"/guests", map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("consult", person{customer, nil}, person{ana, []float64{phoneTone}}, person{ben, []float64{softphoneTone}})
	s.forceOut("ben")
	ben.WaitFor("CALL_CLOSED", 1)
	s.awaitHearing("ben is out", person{customer, []float64{softphoneTone}}, person{ana, []float64{customerTone}})
	s.AwaitStatus("ana", "in_line")
	s.untouched(customer)
}

func TestS35S36ASupervisorWhoIsNotHeardLeavesWithTheAgentWhoIsForcedOut(t *testing.T) {
	t.Parallel()
	for i, mode := range []string{"monitor", "whisper"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, 35+i, "")
			sally := s.notReady("sally", s.slot+4, supervisorTone)
			customer, ana := talking(s)

			s.ask("sally", "POST", s.TheCall()+"/guests", map[string]string{"mode": mode})
			sally.AwaitTone(softphoneTone)
			s.forceOut("ana")
			ana.WaitFor("CALL_CLOSED", 1)
			sally.WaitFor("CALL_CLOSED", 1)
			s.AwaitStatus("sally", "not_ready")
			s.awaitRequeued()
			s.awaitHearing("requeued", person{customer, nil})
			s.hearsMusic(customer)
			if customer.EverHeard(supervisorTone) {
				t.Error("the customer heard the supervisor")
			}
			s.untouched(customer)
		})
	}
}

func TestS38APhoneThatRingsIsSilencedWhenItsAgentIsForcedOut(t *testing.T) {
	t.Parallel()
	s := startSite(t, 37, "")
	ana := s.rungByHand()
	s.Available("ana")
	customer := s.customer()
	customer.Dial(s.supportURI())
	ana.WaitFor("CALL_INCOMING", 1)

	s.forceOut("ana")
	ana.WaitFor("CALL_CLOSED", 1)
	s.awaitRequeued()
	s.awaitHearing("requeued", person{customer, nil})
	s.as("ana", "available", "")
	ana.WaitFor("CALL_INCOMING", 2)
	ana.Order("accept", "")
	customer.AwaitTone(softphoneTone)
	s.untouched(customer)
}

var shows = regexp.MustCompile(`(?m)^From: *(.*?);?tag=`)

// shown returns the From of the first INVITE that a phone got, as it stands in its log.
func (p *phone) shown() string {
	p.T.Helper()
	data, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	if err != nil {
		p.T.Fatal(err)
	}
	_, invite, found := strings.Cut(string(data), "\nINVITE sip:")
	from := shows.FindStringSubmatch(invite)
	if !found || from == nil {
		p.T.Fatalf("%s has got no INVITE", p.Name)
	}
	return from[1]
}

func TestS25S29ATelagentsPhoneShowsTheQueueAndTheAccessNumber(t *testing.T) {
	t.Parallel()
	s := startSite(t, 38, "")
	phone := s.pstnPhone("+49301234567", "manual")
	s.SwitchTo("ana", "telagent")
	s.AwaitStatus("ana", "available")
	customer := s.customer()
	customer.Dial(s.supportURI())
	phone.WaitFor("CALL_INCOMING", 1)
	if got := phone.shown(); !strings.HasPrefix(got, `"Support" <sip:+4930900@`) {
		t.Errorf("the phone shows %s", got)
	}
}
