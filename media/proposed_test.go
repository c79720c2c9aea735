package media

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestAnOfferThatWasOutWhenTheWireDiedIsAnsweredToTheNextOne(t *testing.T) {
	for name, ways := range map[string][]Way{"plain": nil, "keys may be": {SDES, RTP}, "keys must be": {SDES}} {
		for _, first := range []bool{true, false} {
			s, far := newStage(t), newSealer(gcm128, 1)
			if !first { // the caller asks in a call that stands, by a re-INVITE without a description
				s.arrives("c", "0 101")
				if len(ways) == 1 {
					s = newStage(t)
					s.arrivesSealed("c", far)
				}
			}
			var offer []byte
			var err error
			if first {
				offer, err = s.w.Offer("c", "", Terms{Ways: ways})
			} else {
				offer, err = s.w.Current("c")
			}
			if err != nil {
				t.Fatal(err)
			}
			s.dies(0, time.Second)
			answer := description("c", "0 101")
			if len(ways) == 1 {
				answer = over("c", "RTP/SAVP", far.crypto(far.learn(t, offer)))
			}
			if err := s.w.Accept("c", answer); err != nil {
				t.Errorf("%s, first %v: %v", name, first, err)
				continue
			}
			if len(ways) == 1 {
				s.meets("c", far)
			}
			s.w.Established("c")
			s.w.Do(call.Park{Leg: "c", Audio: call.Music})
			s.talks("c", 0x11)
			s.run(time.Second)
			if st, _ := s.w.Stats("c"); st.Received < 45 || s.sentTo("c") < 45 || far.closed > 0 {
				t.Errorf("%s, first %v: %d packets came, %d went, %d could not be opened", name, first, st.Received, s.sentTo("c"), far.closed)
			}
		}
	}
}

func TestAnAnswerOfOursIsNoOfferAfterARestart(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.dies(0, time.Second)
	if s.w.Accept("c", description("c", "0 101")) == nil {
		t.Error("what nobody asked was answered")
	}
}
