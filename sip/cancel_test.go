package sip

import (
	"testing"

	"telagent-gateway/call"
)

func TestAPhoneThatStopsRingingBecauseAnotherOneTookTheCallIsToldSo(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		for _, cause := range []call.Cause{call.Elsewhere, call.Moved} {
			a := toAna
			a.Leg = call.LegID(cause.String())
			r.do(a)
			in := p.asked("INVITE")
			p.answer(in, 180, "a", "")
			r.reported(call.Ringing{Leg: a.Leg})
			r.do(call.Hangup{Leg: a.Leg, Cause: cause})
			r.reported(call.Failed{Leg: a.Leg, Cause: cause})
			cancel := p.asked("CANCEL")
			// RFC 3326 §3.1: no missed call
			if got := cancel.GetHeader("Reason"); got == nil || got.Value() != `SIP;cause=200;text="Call completed elsewhere"` {
				t.Errorf("%s: Reason is %v", cause, got)
			}
			p.answer(cancel, 200, "a", "")
			p.answer(in, 487, "a", "")
			p.asked("ACK")
		}
	})
}
