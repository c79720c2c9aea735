//go:build peers

package peers

import (
	"math"
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

func TestACarriersRingingIsAcknowledgedAndItsEarlyDescriptionIsKept(t *testing.T) {
	t.Parallel()
	s := telagents(t, 56)
	carrier := s.carrier("carrier-acknowledged", 1)
	customer := s.callIn("customer-hangs-up", supportNumber, 1, "-d", "10000")
	carrier.Ends() // nobody pressed 1
	customer.Ends()
	stage.Await(t, "the record is written", bound, func() bool { return len(s.legCauses()) > 0 })
	if got := s.legCauses(); got[0] != "no_confirm" {
		t.Errorf("the leg ended by %q: it was not answered", got)
	}
}

func TestASessionIsRefreshedByWhatTheFarSideServes(t *testing.T) {
	for i, scenario := range []string{"customer-refreshed", "customer-refreshed-by-update"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, 57+i, "")
			s.callIn(scenario, supportNumber, 1, "-rtp_echo").Ends() // who is mute that long is asked whether he is there
			stage.Await(t, "no call is left", bound, func() bool { return s.LiveCalls() == 0 })
		})
	}
}

func TestAnAgentsPhoneHasTheCarriersSoundBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	s := startSite(t, 59, "", "127.0.0.1/32, ", "") // where the softphone is
	softphone := s.softphone("ana", s.slot+2, softphoneTone)
	outside := s.pstnPhone("+493018272000", "early")
	s.Available("ana")
	softphone.Dial("sip:+493018272000@" + s.Net + ".1")
	softphone.WaitFor("CALL_PROGRESS", 1) // baresip says 183 and opens its sound, but plays nothing yet
	if softphone.Has("CALL_ESTABLISHED") {
		t.Error("the call was answered already")
	}
	if outside.EverHeard(softphoneTone) {
		t.Error("the agent was heard before the answer")
	}
	outside.Order("accept", "")
	softphone.WaitFor("CALL_ESTABLISHED", 1)
	outside.AwaitTone(softphoneTone)
	softphone.AwaitTone(phoneTone)
}

func TestAnAgentHearsWhyThereIsNoConnection(t *testing.T) {
	t.Parallel()
	s := startSite(t, 60, "127.0.60.3:5060", "127.0.0.1/32, ", "") // where the softphone is
	s.Write("announcement.ulaw", muLaw(phoneTone))
	carrier := s.carrier("carrier-announces", 1)
	softphone := s.softphone("ana", s.slot+2, softphoneTone)
	s.Available("ana")
	softphone.Dial("sip:+493018272000@" + s.Net + ".1")
	softphone.AwaitTone(phoneTone)
	if softphone.Has("CALL_ESTABLISHED") {
		t.Error("the call was answered")
	}
	carrier.Ends()
	softphone.WaitFor("CALL_CLOSED", 1)
	s.AwaitStatus("ana", "available")
}

// muLaw is a second of a tone in G.711, which SIPp sends as it is.
func muLaw(hz float64) string {
	var b strings.Builder
	for i := range stage.Rate {
		v := int(8000 * math.Sin(2*math.Pi*hz*float64(i)/stage.Rate))
		sign := byte(0)
		if v < 0 {
			sign, v = 0x80, -v
		}
		v += 132
		exponent := 7
		for ; exponent > 0 && v < 128<<exponent; exponent-- {
		}
		b.WriteByte(^(sign | byte(exponent)<<4 | byte(v>>(exponent+3))&0x0f))
	}
	return b.String()
}
