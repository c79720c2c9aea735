package media

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestAPhoneHearsTheCarrierBeforeTheAnswerAndTheCarrierHearsNobody(t *testing.T) {
	s := newStage(t)
	if _, err := s.w.Answer("phone", description("phone", "0 101"), Terms{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.Offer("carrier", "phone", Terms{}); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Accept("carrier", description("carrier", "0 101")); err != nil {
		t.Fatal(err)
	}
	s.talks("phone", 0x11)
	tone := s.talks("carrier", 0x22)
	s.run(200 * time.Millisecond)
	if got := s.hears("phone"); got != 0 {
		t.Errorf("the phone heard %#x before it was ordered", got)
	}
	s.w.Early("phone")
	s.w.Do(call.Hear{Leg: "phone", From: []call.LegID{"carrier"}})
	s.run(200 * time.Millisecond)
	if got := s.hears("phone"); got != 0x22 {
		t.Errorf("the phone hears %#x, not the carrier's tone", got)
	}
	tone.quiet = true
	s.run(30 * time.Second) // an announcement may be long in coming
	s.expectSaid()
	if packets, _ := s.rtp("carrier"); len(packets) != 0 {
		t.Errorf("the carrier was sent %d packets before the answer", len(packets))
	}
	tone.quiet = false
	s.w.Established("carrier")
	s.w.Established("phone")
	s.w.Do(call.Join{A: "carrier", B: "phone"})
	s.run(200 * time.Millisecond)
	if phone, carrier := s.hears("phone"), s.hears("carrier"); phone != 0x22 || carrier != 0x11 {
		t.Errorf("the phone hears %#x and the carrier %#x", phone, carrier)
	}
}
