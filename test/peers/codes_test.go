//go:build peers

package peers

import (
	"strings"
	"testing"
)

func TestAnAgentGoesOnBreakAndBackByCodesThatSheDials(t *testing.T) {
	t.Parallel()
	s := startSite(t, 31, "")
	ana := s.caller("ana", s.slot+2, softphoneTone, "auto")
	s.available("ana")

	for i, c := range []struct{ code, status string }{{"*73", "on_break"}, {"*72", "not_ready"}, {"*71", "available"}} {
		ana.dial("sip:" + c.code + "@" + s.net + ".1")
		s.awaitStatus("ana", c.status)
		ana.waitFor("CALL_CLOSED", i+1)
		if heard := ana.heard(); loud(heard) < 1e-5 {
			t.Errorf("%s is not told on the phone that it was done", c.code)
		}
	}
}

// alarms are the codes of what is not cleared, with whom they are about.
func (s *site) alarms() (all []string) {
	s.t.Helper()
	var out struct {
		Alarms []struct{ Code, Subject string }
	}
	s.api("GET", "/alarms", nil, &out)
	for _, a := range out.Alarms {
		all = append(all, a.Code+" "+a.Subject)
	}
	return all
}

func TestS55S58AnAgentWhoIsOfflineReachesTheEmergencyNumberAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := startSite(t, 32, "")
	help := s.pstnPhone("112", "auto")
	ana := s.caller("ana", s.slot+2, softphoneTone, "auto")
	s.awaitAgent("ana", "is reachable", func(a agent) bool { return a.Reachable == "reachable" })

	ana.dial("sip:0301111111@" + s.net + ".1")
	if e := ana.waitFor("CALL_CLOSED", 1); !strings.Contains(e.Param, "403") {
		t.Errorf("her call was not refused: %+v", e)
	}
	ana.dial("sip:112@" + s.net + ".1")
	help.awaitTone(softphoneTone)
	ana.awaitTone(phoneTone)
	s.awaitStatus("ana", "in_line")
	if got := strings.Join(s.alarms(), ", "); got != "emergency_call ana" {
		t.Errorf("alarms: %s", got)
	}
	help.hangup()
	ana.waitFor("CALL_CLOSED", 2)
	s.awaitStatus("ana", "offline")
	await(t, "the alarm is over", bound, func() bool { return len(s.alarms()) == 0 })
}
