//go:build peers

package peers

import (
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

func TestAnAgentGoesOnBreakAndBackByCodesThatSheDials(t *testing.T) {
	t.Parallel()
	s := startSite(t, 31, "")
	ana := s.caller("ana", s.slot+2, softphoneTone, "auto")
	s.Available("ana")

	for i, c := range []struct{ code, status string }{{"*73", "on_break"}, {"*72", "not_ready"}, {"*71", "available"}} {
		ana.Dial("sip:" + c.code + "@" + s.Net + ".1")
		s.AwaitStatus("ana", c.status)
		ana.WaitFor("CALL_CLOSED", i+1)
		if heard := ana.Heard(); stage.Loud(heard) < 1e-5 {
			t.Errorf("%s is not told on the phone that it was done", c.code)
		}
	}
}

// alarms are the codes of what is not cleared, with whom they are about.
func (s *site) alarms() (all []string) {
	s.T.Helper()
	var out struct {
		Alarms []struct{ Code, Subject string }
	}
	s.API("GET", "/alarms", nil, &out)
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
	s.AwaitAgent("ana", "is reachable", func(a stage.Agent) bool { return a.Reachable == "reachable" })

	ana.Dial("sip:0301111111@" + s.Net + ".1")
	if e := ana.WaitFor("CALL_CLOSED", 1); !strings.Contains(e.Param, "403") {
		t.Errorf("her call was not refused: %+v", e)
	}
	ana.Dial("sip:112@" + s.Net + ".1")
	help.AwaitTone(softphoneTone)
	ana.AwaitTone(phoneTone)
	s.AwaitStatus("ana", "in_line")
	if got := strings.Join(s.alarms(), ", "); got != "emergency_call ana" {
		t.Errorf("alarms: %s", got)
	}
	help.Hangup()
	ana.WaitFor("CALL_CLOSED", 2)
	s.AwaitStatus("ana", "offline")
	stage.Await(t, "the alarm is over", bound, func() bool { return len(s.alarms()) == 0 })
}
