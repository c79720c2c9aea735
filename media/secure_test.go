package media

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

func TestSpeechCrossesBetweenEverySuiteAndPlainAudio(t *testing.T) {
	for _, s := range []suite{gcm128, gcm256, cm128tag80, cm128tag32, cm256tag80, cm256tag32} {
		st := newStage(t)
		caller := newSealer(s, 1)
		st.arrivesSealed("c", caller)
		st.answers("a", "c", "0 101")
		st.talks("c", 0x11)
		st.talks("a", 0x22)
		st.w.Do(call.Join{A: "c", B: "a"})
		st.run(time.Second)
		if st.hears("a") != 0x11 || st.hears("c") != 0x22 || caller.closed != 0 {
			t.Errorf("%s: a hears %#x, c hears %#x, %d packets unreadable", s, st.hears("a"), st.hears("c"), caller.closed)
		}
		packets, _ := st.rtp("c")
		expectOneStream(t, packets)
	}
}

func TestEveryLegHasKeysOfItsOwnForEachDirection(t *testing.T) {
	s := newStage(t)
	c, a := newSealer(gcm128, 1), newSealer(cm128tag80, 2)
	s.arrivesSealed("c", c)
	s.answersSealed("a", "c", a)
	s.talks("c", 0x11)
	s.talks("a", 0x22)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(10 * time.Second)
	if s.hears("a") != 0x11 || s.hears("c") != 0x22 || c.closed+a.closed != 0 || c.ours == a.ours {
		t.Errorf("a hears %#x, c hears %#x, %d and %d packets unreadable", s.hears("a"), s.hears("c"), a.closed, c.closed)
	}
	// Two seconds and a half to seven and a half between reports: some are among what they opened.
	if sent := s.links[30001].sent; len(sent) == 0 || !isReport(sent[0].datagram) {
		t.Error("no report that the far side can read")
	}
	st, _ := s.w.Stats("c")
	if q, _ := s.w.Quality("c"); st.Received != 500 || st.Forged != 0 || q.Encryption != "sdes" || q.Forged != 0 {
		t.Errorf("%+v, %+v", st, q)
	}
}

func TestOneOfOurOffersHoldsKeysThatNoOtherHolds(t *testing.T) {
	s := newStage(t)
	seen := map[string]bool{}
	tags := map[string]bool{}
	for range 60 { // more than are kept
		body, err := s.w.Offer("a", "", Terms{Ways: []Way{SDES, RTP}})
		if err != nil {
			t.Fatal(err)
		}
		lines := cryptoLine.FindAllStringSubmatch(string(body), -1)
		if len(lines) != len(offeredSuites) || !strings.Contains(string(body), " RTP/AVP ") {
			t.Fatalf("offered %q", body)
		}
		for _, m := range lines {
			if seen[m[3]] || tags[m[1]] {
				t.Fatalf("%q repeats a key or a tag", body)
			}
			seen[m[3]], tags[m[1]] = true, true
		}
	}
}

func TestTheAnswerSaysWhichOfTheOffersItTakes(t *testing.T) {
	s := newStage(t)
	r := newSealer(gcm256, 9)
	first, err := s.w.Offer("a", "", Terms{Ways: []Way{SDES, RTP}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.w.Offer("a", "", Terms{Ways: []Way{SDES}}); err != nil {
		t.Fatal(err)
	}
	if _, err = s.w.Offer("a", "", Terms{}); err != nil {
		t.Fatal(err)
	}
	tag := r.learn(t, first)
	for name, answer := range map[string][]byte{
		"an unknown tag":                  over("a", "RTP/AVP", r.crypto(99)),
		"the tag of another suite":        over("a", "RTP/AVP", r.crypto(tag+1)),
		"two keys":                        over("a", "RTP/AVP", r.crypto(tag), r.crypto(tag+1)),
		"no key":                          over("a", "RTP/SAVP"),
		"an encryption that has no suite": over("a", "RTP/SAVP", "a=crypto:5 F8_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"),
	} {
		if err := s.w.Accept("a", answer); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := s.w.Accept("a", over("a", "RTP/AVP", r.crypto(tag))); err != nil {
		t.Fatal(err)
	}
	s.meets("a", r)
	s.talks("a", 0x22)
	s.run(time.Second)
	if st, _ := s.w.Stats("a"); r.opened == 0 || r.closed != 0 || st.Received != 50 || st.Forged != 0 {
		t.Errorf("the far side read %d and could not read %d; %+v", r.opened, r.closed, st)
	}
	state, _ := s.w.Snapshot("a")
	if !bytes.Equal(state.Description, first) {
		t.Errorf("the description in force is %q", state.Description)
	}
}

func TestAPeerThatMustEncryptIsNotSpokenWithInTheClear(t *testing.T) {
	claims.Proven(t, "a peer that must encrypt is refused plain RTP, in an offer and in an answer")
	s := newStage(t)
	key := newSealer(gcm128, 1).crypto(1)
	must := Terms{Ways: []Way{SDES}}
	for name, offer := range map[string][]byte{
		"plain":                   over("c", "RTP/AVP"),
		"no key":                  over("c", "RTP/SAVP"),
		"unencrypted":             over("c", "RTP/SAVP", key+" UNENCRYPTED_SRTP"),
		"unproved":                over("c", "RTP/SAVP", key+" UNAUTHENTICATED_SRTP"),
		"a short key":             over("c", "RTP/SAVP", "a=crypto:1 AEAD_AES_128_GCM inline:c2hvcnQ="),
		"no base64":               over("c", "RTP/SAVP", "a=crypto:1 AEAD_AES_128_GCM inline:!!!"),
		"a suite of its own":      over("c", "RTP/SAVP", strings.Replace(key, "AEAD", "MINE", 1)),
		"DTLS that is not agreed": over("c", "UDP/TLS/RTP/SAVP", "a=fingerprint:sha-256 AB"),
	} {
		_, err := s.w.Answer("c", offer, must)
		if err == nil || len(s.links) > 0 {
			t.Errorf("%s was answered, or a port was taken: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "inline") {
			t.Errorf("%s: the refusal %q may hold a key", name, err)
		}
	}
	if _, err := s.w.Offer("a", "", must); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Accept("a", over("a", "RTP/AVP")); err == nil {
		t.Error("a plain answer was accepted")
	}
}

func TestATrunkThatMustEncryptIsNotSpokenWithAsTheOneBeforeItMightHaveBeen(t *testing.T) {
	s := newStage(t)
	if _, err := s.w.Offer("a", "", Terms{Alone: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.Offer("a", "", Terms{Ways: []Way{SDES}, Alone: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Accept("a", description("a", "0 101")); err == nil {
		t.Error("an answer in the clear was accepted")
	}
}

func TestEncryptionThatIsOfferedBesidePlainAudioIsTakenWhereItMayBe(t *testing.T) {
	key := newSealer(gcm128, 1).crypto(4)
	for name, c := range map[string]struct {
		ways  []Way
		offer []byte
		want  string
	}{
		"wanted by the far side alone":    {[]Way{RTP, SDES}, over("c", "RTP/AVP", key), "30000 RTP/AVP 0 101 CRYPTO"},
		"not agreed to":                   {[]Way{RTP}, over("c", "RTP/AVP", key), "30000 RTP/AVP 0 101 "},
		"not wanted by the far side":      {[]Way{SDES, RTP}, over("c", "RTP/AVP"), "30000 RTP/AVP 0 101 "},
		"with feedback":                   {[]Way{SDES}, over("c", "RTP/SAVPF", key), "30000 RTP/SAVPF 0 101 CRYPTO"},
		"plain with feedback":             {nil, over("c", "RTP/AVPF"), "30000 RTP/AVPF 0 101 "},
		"a key that is unusable":          {[]Way{SDES, RTP}, over("c", "RTP/AVP", key+" KDR=2"), "30000 RTP/AVP 0 101 "},
		"an own word that may be ignored": {[]Way{SDES}, over("c", "RTP/SAVP", key+" -X=1 WSH=1000"), "30000 RTP/SAVP 0 101 CRYPTO"},
		"two lines":                       {[]Way{SDES, RTP}, []byte(head + "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/SAVP 0\r\n" + key + "\r\n"), "0 RTP/AVP 0"},
	} {
		s := newStage(t)
		body, err := s.w.Answer("c", c.offer, Terms{Ways: c.ways})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := audioLine(t, body)
		before, wants := strings.CutSuffix(c.want, "CRYPTO")
		if !strings.HasPrefix(got, before) || strings.Contains(got, "a=crypto:4 AEAD_AES_128_GCM inline:") != wants {
			t.Errorf("%s: answered %q", name, got)
		}
	}
}
