//go:build peers

package peers

import (
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
			s.callIn(scenario, supportNumber, 1).Ends()
			stage.Await(t, "no call is left", bound, func() bool { return s.LiveCalls() == 0 })
		})
	}
}
