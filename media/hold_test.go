package media

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// spellings are how phones ask for hold, and what is answered.
// RFC 3264 §6.1, §8.2, §8.4
var spellings = map[string]struct{ offer, answer string }{
	"sendonly":                      {head + "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", "a=recvonly"},
	"inactive":                      {head + "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", "a=inactive"},
	"sendonly of the session":       {head + "a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n", "a=recvonly"},
	"inactive of the session":       {head + "a=inactive\r\nm=audio 4000 RTP/AVP 0\r\n", "a=inactive"},
	"the line's before the session": {head + "a=sendrecv\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", "a=recvonly"},
	"the first of several":          {head + "m=audio 4000 RTP/AVP 0\r\na=inactive\r\na=sendrecv\r\n", "a=inactive"},
	"a blank behind it":             {head + "m=audio 4000 RTP/AVP 0\r\na=sendonly \r\n", "a=recvonly"},
	"no address":                    {nowhere + "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", "a=recvonly"},
	"no address of the line":        {head + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", "a=recvonly"},
	"no address, both ways":         {nowhere + "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n", "a=recvonly"},
	"no address, inactive":          {nowhere + "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\na=inactive\r\n", "a=inactive"},
	"no address of another family":  {nowhere + "c=IN IP6 ::\r\nm=audio 4000 RTP/AVP 0\r\n", "a=recvonly"},
	"port 0":                        {head + "m=audio 0 RTP/AVP 0\r\n", "m=audio 0 RTP/AVP 0"},
	"port 0, sendonly":              {head + "m=audio 0 RTP/AVP 0 8\r\na=sendonly\r\n", "m=audio 0 RTP/AVP 0 8"},
	"port 0 beside a picture":       {head + "m=audio 0 RTP/AVP 0\r\nm=video 6000 RTP/AVP 31\r\n", "m=audio 0 RTP/AVP 0"},
}

func TestHoldIsUnderstoodInEverySpellingAndEnds(t *testing.T) {
	for name, c := range spellings {
		s := newStage(t)
		s.arrives("c", "0 101")
		s.arrives("a", "0 101")
		s.w.Do(call.Join{A: "c", B: "a"})
		s.talks("c", 0x33)
		f := s.talks("a", 0x44)
		s.run(time.Second)
		f.quiet = true
		for _, again := range []string{"", "again"} { // a refresh of the session changes nothing
			body, err := s.w.Answer("a", []byte(c.offer), Terms{})
			if err != nil {
				t.Errorf("%s %s: %v", name, again, err)
				continue
			}
			if !strings.Contains(string(body), c.answer+"\r\n") || strings.Count(string(body), "m=") != strings.Count(c.offer, "m=") {
				t.Errorf("%s %s: answered %q", name, again, body)
			}
		}
		before, _ := s.w.Stats("a")
		s.run(30 * time.Second) // no time-out runs
		if after, _ := s.w.Stats("a"); after.Sent != before.Sent {
			t.Errorf("%s: %d packets were sent to who does not listen", name, after.Sent-before.Sent)
		}
		if packets, at := s.rtp("c"); longestGap(at) > 80*time.Millisecond {
			t.Errorf("%s: the other side heard nothing for %v", name, longestGap(at))
		} else {
			expectOneStream(t, packets)
		}
		// Back, at another port.
		body, err := s.w.Answer("a", []byte(head+"m=audio 5000 RTP/AVP 0\r\n"), Terms{})
		if err != nil || !strings.Contains(string(body), "a=sendrecv\r\n") {
			t.Fatalf("%s: back: %q (%v)", name, body, err)
		}
		s.run(100 * time.Millisecond)
		l, _ := s.w.find("a")
		sent := s.links[uint16(l.port)].sent
		if to := sent[len(sent)-1].to; to != netip.MustParseAddrPort("10.0.0.9:5000") || s.hears("a") != 0x33 {
			t.Errorf("%s: after it %x was sent to %s", name, s.hears("a"), to)
		}
		s.expectSaid("1000 Held a", "31000 Resumed a")
	}
}

func TestBothSidesMayHoldEachOther(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.arrives("a", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.reoffers("c", "a=sendonly")
	s.reoffers("a", "a=inactive")
	s.run(10 * time.Second)
	s.reoffers("c", "a=sendrecv")
	s.run(time.Second)
	s.reoffers("a", "a=sendrecv")
	s.talks("a", 0x33)
	s.talks("c", 0x44)
	s.run(100 * time.Millisecond)
	if s.hears("c") != 0x33 || s.hears("a") != 0x44 {
		t.Errorf("c hears %x, a hears %x", s.hears("c"), s.hears("a"))
	}
	s.expectSaid("0 Held c", "0 Held a", "10000 Resumed c", "11000 Resumed a")
}

// A re-INVITE without a description asks what we want, which is to talk; the answer says whether the hold goes on.
func TestAnOfferOfOursDuringAHoldAsksForBothWaysAndTheAnswerDecides(t *testing.T) {
	for answer, said := range map[string][]string{
		"m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n": {"0 Held a"},
		"m=audio 0 RTP/AVP 0\r\n":                  {"0 Held a"},
		"m=audio 4000 RTP/AVP 0\r\n":               {"0 Held a", "0 Resumed a"},
	} {
		s := newStage(t)
		s.arrives("a", "0 101")
		s.reoffers("a", "a=sendonly")
		body, err := s.w.Current("a")
		if err != nil || !strings.Contains(string(body), "a=sendrecv\r\n") {
			t.Fatalf("offered %q (%v)", body, err)
		}
		if err := s.w.Accept("a", []byte(head+answer)); err != nil {
			t.Errorf("%q: %v", answer, err)
		}
		s.expectSaid(said...)
	}
}

func TestAudioThatIsSwitchedOffAtTheBeginningIsRefused(t *testing.T) {
	s := newStage(t)
	if _, err := s.w.Offer("a", "", Terms{}); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Accept("a", []byte(head+"m=audio 0 RTP/AVP 0\r\n")); err == nil || !strings.Contains(err.Error(), "port 0") {
		t.Errorf("an answer without audio: %v", err)
	}
}
