package telagent

import (
	"testing"

	"telagent-gateway/call"
)

func TestEveryCauseSaysWhoseFaultItIs(t *testing.T) {
	for c := call.NoCause; ; c++ {
		if known, err := call.ParseCause(c.String()); err != nil || known != c {
			if int(c) != len(blames) {
				t.Errorf("%d causes, %d rows", c, len(blames))
			}
			return
		}
		if _, ok := blames[c]; !ok {
			t.Errorf("%s has no row", c)
		}
	}
}

func TestALostLegIsNeverThePersonsFault(t *testing.T) {
	for _, c := range []struct {
		seat  call.Seat
		cause call.Cause
		want  Fault
	}{
		{call.AgentSeat, call.Lost, NetworkFault},
		{call.CustomerSeat, call.Lost, NetworkFault},
		{call.GuestSeat, call.Lost, NetworkFault},
		{call.AgentSeat, call.NoAnswer, AgentFault},
		{call.GuestSeat, call.Busy, AgentFault},
		{call.CustomerSeat, call.Busy, CustomerFault},
		{call.AgentSeat, call.Unreachable, NetworkFault},
		{call.AgentSeat, call.TrunkFault, TrunkFault},
		{call.AgentSeat, call.Normal, ""},
		{call.AgentSeat, call.Broken, SystemFault},
	} {
		if got := faultOf(&leg{seat: c.seat}, c.cause); got != c.want {
			t.Errorf("%s in the seat %s is the fault of %q, not %q", c.cause, c.seat, got, c.want)
		}
	}
}

func TestWhoDialledIsNotToBlameForWhomHeDidNotReach(t *testing.T) {
	dialled := &leg{seat: call.AgentSeat, inward: true}
	for cause, want := range map[call.Cause]Fault{call.Busy: "", call.NoAnswer: "", call.TrunkFault: "", call.Lost: NetworkFault, call.Broken: SystemFault} {
		if got := faultOf(dialled, cause); got != want {
			t.Errorf("%s is the fault of %q, not %q", cause, got, want)
		}
	}
}
