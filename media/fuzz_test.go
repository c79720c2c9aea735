package media

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// quietStage is a stage for fuzzers: a customer c who is joined with a; m hears both, and a is recorded.
func quietStage(t *testing.T) *stage {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "8 96", "a=rtpmap:96 telephone-event/8000")
	s.arrives("m", "0")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.w.Do(call.Hear{Leg: "m", From: []call.LegID{"a", "c"}})
	s.w.recorder.disk = &fakeDisk{}
	s.w.Do(call.Record{Leg: "a", File: "a.wav", Now: call.On})
	s.run(20 * time.Millisecond)
	return s
}

// FuzzSDP: whatever is described, we refuse it or answer with a description that we can read ourselves, line for line.
func FuzzSDP(f *testing.F) {
	for _, more := range []string{"", "a=sendonly", "a=inactive", "c=IN IP4 0.0.0.0", "a=ptime:30", "a=rtcp:5 IN IP4 1.2.3.4", "m=image 5 udptl t38"} {
		f.Add(description("c", "0 8 101", more))
	}
	f.Add([]byte(head + "m=audio 4000/2 RTP/AVP 96 97\r\na=rtpmap:96 PCMU/8000/1\r\na=rtpmap:97 telephone-event/8000\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := newStage(t)
		answer, err := s.w.Answer("c", body, Terms{})
		if err != nil {
			return
		}
		lines, err := readLines(string(answer))
		if err != nil {
			t.Fatalf("answered %q: %v", answer, err)
		}
		asked, err := readLines(string(body))
		if err != nil || len(asked) != len(lines) {
			t.Fatalf("%d lines answered with %d (%v)", len(asked), len(lines), err)
		}
		s.w.Established("c")
		again, err := s.w.Answer("c", body, Terms{})
		if err != nil || !bytes.Equal(answer, again) {
			t.Fatalf("the same again: %q after %q (%v)", again, answer, err)
		}
		if _, err := s.w.Offer("a", "c", Terms{}); err != nil {
			t.Fatal(err)
		}
		_ = s.w.Accept("a", body) // may be refused: it is no answer to our offer
		s.run(30 * time.Millisecond)
	})
}

// FuzzCrypto: whatever keys are offered, we refuse them or answer with one of our own that the far side can use, and never
// with one that it offered.
func FuzzCrypto(f *testing.F) {
	for _, value := range []string{
		newSealer(gcm128, 1).crypto(1), newSealer(cm128tag80, 2).crypto(999999999) + "|2^20|1:4", newSealer(gcm256, 3).crypto(1) + "|1:1 WSH=64 -X",
		newSealer(cm128tag32, 4).crypto(0) + " UNENCRYPTED_SRTCP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", "a=crypto:1",
		newSealer(cm256tag80, 5).crypto(2) + "|18446744073709551615:8;inline:x", newSealer(cm256tag32, 6).crypto(2) + "|2^49",
	} {
		f.Add(strings.TrimPrefix(value, "a=crypto:"))
	}
	f.Fuzz(func(t *testing.T, value string) {
		s := newStage(t)
		answer, err := s.w.Answer("c", over("c", "RTP/SAVP", "a=crypto:"+value), Terms{Ways: []Way{SDES}})
		if err != nil {
			return
		}
		theirs, err := readCrypto(value)
		ours := cryptoLine.FindAllStringSubmatch(string(answer), -1)
		if err != nil || len(ours) != 1 || ours[0][1] != fmt.Sprint(theirs.tag) || ours[0][2] != theirs.suite.String() || strings.Contains(value, ours[0][3]) {
			t.Fatalf("%q was answered %q (%v)", value, ours, err)
		}
		s.w.Established("c")
		s.receive("c", farAt("c"), tonePacket(400, 1))
		s.run(30 * time.Millisecond)
		if again, err := s.w.Answer("c", over("c", "RTP/SAVP", "a=crypto:"+value), Terms{Ways: []Way{SDES}}); err != nil || !bytes.Equal(answer, again) {
			t.Fatalf("the same again: %q after %q (%v)", again, answer, err)
		}
	})
}

// FuzzRTP: whatever arrives, what is sent on is RTP of our own stream.
func FuzzRTP(f *testing.F) {
	f.Add(tonePacket(400, 1), tonePacket(400, 2), uint8(20))
	f.Add([]byte{0xb1, 0x08, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 5, 6, 7, 1}, []byte{0x80}, uint8(200))
	f.Fuzz(func(t *testing.T, one, two []byte, pause uint8) {
		s := quietStage(t)
		for _, datagram := range [][]byte{one, two, one} {
			s.receive("a", farAt("a"), bytes.Clone(datagram))
			s.run(time.Duration(pause) * time.Millisecond)
		}
		packets, _ := s.rtp("c")
		for i, p := range packets {
			if i > 0 && (p.sequence != packets[i-1].sequence+1 || p.ssrc != packets[0].ssrc) {
				t.Fatalf("packet %d breaks the stream", i)
			}
			if p.start != rtpHeader || p.payloadType != 0 && p.payloadType != 101 {
				t.Fatalf("packet %d has type %d, header %d", i, p.payloadType, p.start)
			}
		}
	})
}

// FuzzSRTP: of what arrives at an encrypted leg nothing passes that its far side did not seal, and nothing is told of it.
func FuzzSRTP(f *testing.F) {
	f.Add(newSealer(gcm128, 77).seal(&testing.T{}, tonePacket(400, 1)), tonePacket(400, 2))
	f.Add([]byte{0x90, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xc0, 0xde, 0, 1, 1, 2, 3, 4, 5, 6, 7, 1}, []byte{0x80, 200})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		for _, with := range []suite{gcm128, cm128tag80} {
			s, _ := sealed(t, with)
			l, err := s.w.find("c")
			if err != nil {
				t.Fatal(err)
			}
			for _, datagram := range [][]byte{one, two, one} {
				s.receive("c", farAt("c"), bytes.Clone(datagram))
				s.w.receiveReport(l, s.now, farAt("c"), bytes.Clone(datagram))
			}
			st, _ := s.w.Stats("c")
			if st.Received != 0 || st.ReportsReceived != 0 || len(s.said) != 0 {
				t.Fatalf("%+v", st)
			}
		}
	})
}

// FuzzTelephoneEvent: no packet of one event makes two keys, and every key is one of sixteen.
func FuzzTelephoneEvent(f *testing.F) {
	f.Add([]byte{1, 0x0a, 0, 160}, []byte{1, 0x8a, 1, 0x40}, uint32(0), true)
	f.Add([]byte{11, 0x0a, 0xff, 0xff}, []byte{11, 0x8a, 1, 0x40}, uint32(0xffff), false)
	f.Fuzz(func(t *testing.T, one, two []byte, step uint32, marker bool) {
		s := quietStage(t)
		told := len(s.said)
		for i, payload := range [][]byte{one, one, two, two, one} {
			ts := uint32(8000)
			if i == 2 || i == 3 {
				ts += step
			}
			s.receive("a", farAt("a"), rtpPacket(96, marker, uint16(i), ts, 7, payload))
			s.run(20 * time.Millisecond)
		}
		most := 1
		if step != 0 {
			most = 2
		}
		if keys := len(s.said) - told; keys > most {
			t.Fatalf("%d keys told of %d events: %q", keys, most, s.said)
		}
	})
}

// FuzzRTCP: nothing that arrives breaks what we send.
func FuzzRTCP(f *testing.F) {
	s := newStage(&testing.T{})
	s.arrives("c", "0 101")
	s.run(10 * time.Second)
	for _, d := range s.links[30001].sent {
		f.Add(d.datagram)
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		s := quietStage(t)
		l, err := s.w.find("c")
		if err != nil {
			t.Fatal(err)
		}
		s.w.receiveReport(l, s.now, netip.AddrPortFrom(farAt("c").Addr(), 4001), datagram)
		s.w.Release("c")
		if sent := s.links[30001].sent; len(sent) != 1 {
			t.Fatalf("%d reports at the end", len(sent))
		}
		s.reportsOf(30001)
	})
}

// FuzzWAV: a replacement sound is read or refused.
func FuzzWAV(f *testing.F) {
	f.Add(wav(1, 1, clock, 16, make([]byte, 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if ulaw, err := readWAV(data); err == nil && (len(ulaw) == 0 || len(ulaw) > len(data)) {
			t.Fatalf("%d samples of %d bytes", len(ulaw), len(data))
		}
	})
}
