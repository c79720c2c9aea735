package sip

import (
	"strings"
	"testing"

	"telagent-gateway/call"
)

func TestWhoDoesNotAcceptAnOfferIsMadeTheNextOneAndFailsWhenThereIsNone(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.audio.others = 1
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 488, "a", "")
		p.asked("ACK")
		again := p.asked("INVITE")
		if !strings.Contains(string(again.Body()), "a=another") || again.CSeq().SeqNo != in.CSeq().SeqNo+1 || again.CallID().Value() != in.CallID().Value() {
			t.Errorf("no other offer was made in the same call:\n%v", again)
		}
		p.answer(again, 180, "b", "")
		r.reported(call.Ringing{Leg: "out"})
		p.answer(again, 488, "b", "")
		p.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Unacceptable, Status: 488})
	})
}

func TestWhoTakesTheOtherOfferIsTalkedTo(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.audio.others = 1
		p := softphone(r)
		r.do(toAna)
		p.answer(p.asked("INVITE"), 488, "a", "")
		p.asked("ACK")
		p.answer(p.asked("INVITE"), 200, "b", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
	})
}

func TestNoOtherOfferIsMadeToWhoIsNotWantedAnyMore(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.audio.others = 1
		p := softphone(r)
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		p.answer(p.asked("CANCEL"), 200, "", "")
		p.answer(in, 488, "a", "")
		p.asked("ACK")
		p.hearsNothing()
	})
}
