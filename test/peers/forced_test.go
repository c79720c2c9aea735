//go:build peers

package peers

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// awaitRequeued waits until the only call waits on top of its queue, before all priorities that can be configured.
func (s *site) awaitRequeued() {
	s.t.Helper()
	call := s.theCall()
	await(s.t, "the customer waits at 11", bound, func() bool {
		var out struct {
			State    string
			Priority int
		}
		s.api("GET", call, nil, &out)
		return out.State == "waiting" && out.Priority == 11
	})
}

func TestS32WhoIsForcedOutOfAConsultationTakesTheColleagueAlong(t *testing.T) {
	t.Parallel()
	s := startSite(t, 33, "")
	ben := s.notReady("ben", s.slot+3, phoneTone)
	customer, ana := talking(s)

	s.ask("ana", "POST", s.theCall()+"/guests", map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("consult", person{customer, nil}, person{ana, []float64{phoneTone}}, person{ben, []float64{softphoneTone}})
	s.forceOut("ana")
	ana.waitFor("CALL_CLOSED", 1)
	ben.waitFor("CALL_CLOSED", 1)
	s.awaitStatus("ben", "not_ready")
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

	s.ask("ana", "POST", s.theCall()+"/guests", map[string]string{"agent": "ben", "mode": "consult"})
	s.awaitHearing("consult", person{customer, nil}, person{ana, []float64{phoneTone}}, person{ben, []float64{softphoneTone}})
	s.forceOut("ben")
	ben.waitFor("CALL_CLOSED", 1)
	s.awaitHearing("ben is out", person{customer, []float64{softphoneTone}}, person{ana, []float64{customerTone}})
	s.awaitStatus("ana", "in_line")
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

			s.ask("sally", "POST", s.theCall()+"/guests", map[string]string{"mode": mode})
			sally.awaitTone(softphoneTone)
			s.forceOut("ana")
			ana.waitFor("CALL_CLOSED", 1)
			sally.waitFor("CALL_CLOSED", 1)
			s.awaitStatus("sally", "not_ready")
			s.awaitRequeued()
			s.awaitHearing("requeued", person{customer, nil})
			s.hearsMusic(customer)
			if customer.everHeard(supervisorTone) {
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
	s.available("ana")
	customer := s.customer()
	customer.dial(s.supportURI())
	ana.waitFor("CALL_INCOMING", 1)

	s.forceOut("ana")
	ana.waitFor("CALL_CLOSED", 1)
	s.awaitRequeued()
	s.awaitHearing("requeued", person{customer, nil})
	s.as("ana", "available", "")
	ana.waitFor("CALL_INCOMING", 2)
	ana.order("accept", "")
	customer.awaitTone(softphoneTone)
	s.untouched(customer)
}

var shows = regexp.MustCompile(`(?m)^From: *(.*?);?tag=`)

// shown returns the From of the first INVITE that a phone got, as it stands in its log.
func (p *phone) shown() string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	_, invite, found := strings.Cut(string(data), "\nINVITE sip:")
	from := shows.FindStringSubmatch(invite)
	if !found || from == nil {
		p.t.Fatalf("%s has got no INVITE", p.name)
	}
	return from[1]
}

func TestS25S29ATelagentsPhoneShowsTheQueueAndTheAccessNumber(t *testing.T) {
	t.Parallel()
	s := startSite(t, 38, "")
	phone := s.pstnPhone("+49301234567", "manual")
	s.switchTo("ana", "telagent")
	s.awaitStatus("ana", "available")
	customer := s.customer()
	customer.dial(s.supportURI())
	phone.waitFor("CALL_INCOMING", 1)
	if got := phone.shown(); !strings.HasPrefix(got, `"Support" <sip:+4930900@`) {
		t.Errorf("the phone shows %s", got)
	}
}
