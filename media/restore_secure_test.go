package media

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"telagent-gateway/call"
)

// sealedPair is a call of two legs with keys in their descriptions, which is up for a while.
func sealedPair(t *testing.T, with suite) (s *stage, c, a *sealer) {
	t.Helper()
	s, c, a = newStage(t), newSealer(with, 1), newSealer(with, 2)
	s.arrivesSealed("c", c)
	s.answersSealed("a", "c", a)
	c.keeps = true
	s.w.Do(call.Join{A: "c", B: "a"})
	return s, c, a
}

func TestKeysOfDescriptionsGoOnAfterARestartAndNothingIsSealedOrAcceptedTwice(t *testing.T) {
	for _, with := range offeredSuites {
		s, c, a := sealedPair(t, with)
		s.talks("c", 0x11)
		s.talks("a", 0x22)
		s.run(2 * time.Second)
		s.dies(8*time.Second, 700*time.Millisecond) // what was kept is as old as it gets
		st, _ := s.w.Stats("c")
		before, received, opened := s.sentTo("c"), st.Received, len(c.sealed)
		s.run(10 * time.Second)
		if s.hears("c") != 0x22 || s.hears("a") != 0x11 || c.closed+a.closed != 0 {
			t.Errorf("%s: a hears %#x, c hears %#x; the far sides could not open %d and %d", with, s.hears("a"), s.hears("c"), a.closed, c.closed)
		}
		s.expectGoesOn("c", 0, before)
		if st, _ = s.w.Stats("c"); st.Received-received != uint64(len(c.sealed)-opened) || st.Forged != 0 {
			t.Errorf("%s: %d packets of %d were accepted, %d were forged", with, st.Received-received, len(c.sealed)-opened, st.Forged)
		}
		for _, datagram := range c.sealed {
			s.receive("c", farAt("c"), bytes.Clone(datagram))
		}
		if again, _ := s.w.Stats("c"); again.Received != st.Received || again.Forged != uint64(len(c.sealed)) {
			t.Errorf("%s: %d packets were accepted a second time", with, again.Received-st.Received)
		}
	}
}

func TestWhatWasKeptIsNotAcceptedAgainAfterARestart(t *testing.T) {
	s, c, _ := sealedPair(t, gcm128)
	f := s.talks("c", 0x11)
	s.run(2 * time.Second)
	f.quiet = true
	report := func(n uint32) []byte {
		plain, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: f.ssrc + n}})
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := c.out.EncryptRTCP(nil, plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	reports := [][]byte{report(0), report(1)} // of the stream that talks, and of another
	for _, r := range reports {
		s.receive("c", farAt("c"), bytes.Clone(r))
	}
	if st, _ := s.w.Stats("c"); st.ReportsReceived != 2 {
		t.Fatalf("%+v", st)
	}
	s.dies(0, 100*time.Millisecond)
	st, _ := s.w.Stats("c")
	for _, datagram := range append(c.sealed, reports...) {
		s.receive("c", farAt("c"), bytes.Clone(datagram))
	}
	again, _ := s.w.Stats("c")
	if again.Received != st.Received || again.ReportsReceived != 0 || again.ReportsForged != 2 {
		t.Errorf("%d packets and %d reports were accepted a second time", again.Received-st.Received, again.ReportsReceived)
	}
	s.receive("c", farAt("c"), report(0))
	if again, _ = s.w.Stats("c"); again.ReportsReceived != 1 {
		t.Error("the next report was not accepted")
	}
}

func TestSequenceNumbersThatBeginAnewOverARestartStayReadable(t *testing.T) {
	s, c, a := sealedPair(t, cm128tag80)
	f := s.talks("c", 0x11)
	f.seq = 65536 - 400
	s.talks("a", 0x22)
	must(s.w.find("c")).slot.stream.sequence = 65536 - 300
	s.run(time.Second)
	s.dies(4*time.Second, 4*time.Second) // both turn while nobody listens
	before := s.sentTo("c")
	s.run(20 * time.Second)
	if s.hears("c") != 0x22 || s.hears("a") != 0x11 || c.closed+a.closed != 0 {
		t.Errorf("a hears %#x, c hears %#x; the far sides could not open %d and %d", s.hears("a"), s.hears("c"), a.closed, c.closed)
	}
	s.expectGoesOn("c", 0, before)
	s.dies(0, time.Second)
	from := before
	before = s.sentTo("c")
	s.run(time.Second)
	s.expectGoesOn("c", from, before)
	if st, _ := s.w.Stats("c"); st.Forged != 0 || c.closed != 0 {
		t.Errorf("%+v; %d could not be opened", st, c.closed)
	}
}

func TestAWireThatTakesItsLegsBackSealsNothingUnderANumberThatTheOtherOneUsed(t *testing.T) {
	for _, with := range offeredSuites {
		s, c, a := sealedPair(t, with)
		s.talks("c", 0x11)
		s.talks("a", 0x22)
		s.run(2 * time.Second)
		old, links := s.w, s.links
		states, err := old.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		s.restarts(states, 0)
		s.run(3 * time.Second) // it goes on, and then it dies
		for port, l := range s.links {
			links[port].sent = l.sent
		}
		s.w, s.links = old, links
		old.Reclaim()
		if err := old.Thaw(); err != nil {
			t.Fatal(err)
		}
		s.run(10 * time.Second) // with reports
		if s.hears("c") != 0x22 || s.hears("a") != 0x11 || c.closed+a.closed != 0 {
			t.Errorf("%s: a hears %#x, c hears %#x; the far sides could not open %d and %d", with, s.hears("a"), s.hears("c"), a.closed, c.closed)
		}
	}
}

func TestKeysThatWereKeptTooLongAgoAreNotUsedAgainAndPlainAudioGoesOn(t *testing.T) {
	s, _, _ := sealedPair(t, gcm128)
	s.arrives("p", "0 101")
	s.run(time.Second)
	states := []LegState{stateOf(t, s.w, "c"), stateOf(t, s.w, "p")}
	s.now = s.now.Add(aheadAtMost + time.Second)
	w, err := build(Options{PortMin: 30000, PortMax: 30099}, s, s.w.library)
	if err != nil {
		t.Fatal(err)
	}
	w.now = s.w.now
	failed := w.RestoreAll(states)
	if len(failed) != 1 || failed["c"] == nil {
		t.Errorf("failed %v", failed)
	}
	if _, ok := w.Stats("c"); ok {
		t.Error("the leg has audio")
	}
}

func TestOurKeyStaysInOffersAfterARestart(t *testing.T) {
	s, c, a := sealedPair(t, gcm128)
	s.talks("c", 0x11)
	s.talks("a", 0x22)
	s.run(time.Second)
	offered := must(s.w.Current("a"))
	if err := s.w.Accept("a", over("a", "RTP/SAVP", a.crypto(a.learn(t, offered)))); err != nil {
		t.Fatal(err)
	}
	s.dies(0, time.Second)
	again := must(s.w.Current("a"))
	if !bytes.Equal(again, offered) {
		t.Errorf("offered\n%s, was\n%s", again, offered)
	}
	if err := s.w.Accept("a", over("a", "RTP/SAVP", a.crypto(a.learn(t, again)))); err != nil {
		t.Fatal(err)
	}
	body := must(s.w.Answer("c", over("c", "RTP/SAVP", c.crypto(7)), Terms{Ways: []Way{SDES}}))
	c.learn(t, body)
	s.run(time.Second)
	if s.hears("c") != 0x22 || s.hears("a") != 0x11 || c.closed+a.closed != 0 {
		t.Errorf("a hears %#x, c hears %#x; the far sides could not open %d and %d", s.hears("a"), s.hears("c"), a.closed, c.closed)
	}
}
