package media

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// sealed is a stage with a customer c, whose audio is encrypted with a suite, joined with an agent a in the clear.
func sealed(t *testing.T, with suite) (s *stage, customer *sealer) {
	s = newStage(t)
	customer = newSealer(with, 1)
	s.arrivesSealed("c", customer)
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	return s, customer
}

func TestBadSRTPIsDroppedWithoutHarm(t *testing.T) {
	claims.Proven(t, "bad SRTP is dropped without harm: of another key, changed, repeated, cut short, or in the clear", "17.2.3", "17.2.4")
	for _, with := range []suite{gcm128, cm128tag80} {
		s, c := sealed(t, with)
		s.w.Behind("c", farAt("c").Addr()) // it might be latched
		s.talks("a", 0x22)
		s.run(2 * time.Second)
		s.expectSaid("1000 Silent c")
		stranger := newSealer(with, 77)
		good := c.seal(t, rtpPacket(0, false, 1, 160, 7, bytes.Repeat([]byte{0x11}, 160)))
		changed := bytes.Clone(c.seal(t, rtpPacket(0, false, 2, 320, 7, make([]byte, 160))))
		changed[20] ^= 1
		header := bytes.Clone(c.seal(t, rtpPacket(0, false, 3, 480, 7, make([]byte, 160))))
		header[5] ^= 1
		before, _ := s.rtp("a")
		bad := 0
		throw := func(datagram []byte) {
			s.receive("c", farAt("c"), bytes.Clone(datagram))
			bad++
		}
		for range 10 {
			throw(rtpPacket(0, false, 4, 640, 7, make([]byte, 160)))                             // in the clear
			throw(rtpPacket(101, true, 5, 800, 7, []byte{1, 0x0a, 0, 160}))                      // a key press in the clear
			throw(stranger.seal(t, rtpPacket(0, false, uint16(bad), 960, 7, make([]byte, 160)))) // of another key
			throw(changed)
			throw(header)
			throw(good[:len(good)-1])
			throw(good[:rtpHeader])
			throw([]byte{0x80})
			throw(nil)
		}
		s.run(10 * time.Millisecond)
		s.expectSaid("1000 Silent c") // nothing of it was heard, and no key either
		st, _ := s.w.Stats("c")
		if st.Forged != uint64(bad) || st.Received != 0 {
			t.Errorf("%s: %d were bad: %+v", with, bad, st)
		}
		for _, p := range before[len(before)-1:] {
			if after, _ := s.rtp("a"); after[len(after)-1].payload()[0] != p.payload()[0] {
				t.Errorf("%s: the agent heard something of it", with)
			}
		}
		state, _ := s.w.Snapshot("c")
		if state.Latched.IsValid() {
			t.Errorf("%s: latched onto %s", with, state.Latched)
		}
		s.receive("c", farAt("c"), bytes.Clone(good)) // none of it used up its place
		s.receive("c", farAt("c"), bytes.Clone(good)) // repeated
		s.expectSaid("1000 Silent c", "2010 Heard c")
		if st, _ := s.w.Stats("c"); st.Forged != uint64(bad+1) || st.Received != 1 {
			t.Errorf("%s: after a good packet, twice: %+v", with, st)
		}
	}
}

func TestReportsThatTheKeyDoesNotProveSayNothing(t *testing.T) {
	claims.Proven(t, "bad SRTP is dropped without harm: of another key, changed, repeated, cut short, or in the clear", "17.2.3", "17.2.4")
	s, c := sealed(t, gcm128)
	s.talks("c", 0x11)
	s.run(10 * time.Second)
	l, err := s.w.find("c")
	if err != nil {
		t.Fatal(err)
	}
	report := report(t, &rtcp.Goodbye{Sources: []uint32{0x1100}})
	at := netip.AddrPortFrom(farAt("c").Addr(), farAt("c").Port()+1)
	forged, err := newSealer(gcm128, 77).out.EncryptRTCP(nil, report, nil)
	if err != nil {
		t.Fatal(err)
	}
	good, err := c.out.EncryptRTCP(nil, report, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, datagram := range [][]byte{report, forged, good[:len(good)-1], good, good} {
		s.w.receiveReport(l, s.now, at, bytes.Clone(datagram))
	}
	st, _ := s.w.Stats("c")
	if q, _ := s.w.Quality("c"); st.ReportsForged != 4 || st.ReportsReceived != 1 || q.Forged != 4 {
		t.Errorf("%+v, %+v", st, q)
	}
}

func TestWhoChangesHisKeyIsHeardWithoutAGapAndHearsNone(t *testing.T) {
	s, c := sealed(t, gcm128)
	f := s.talks("c", 0x11)
	s.talks("a", 0x22)
	s.run(time.Second)
	// The offer with the new key is answered, but its answer is under way for 200 ms: until then the far side uses its old
	// key and knows our old one alone.
	next := newSealer(gcm128, 99)
	body, err := s.w.Answer("c", over("c", "RTP/SAVP", next.crypto(1)), Terms{Ways: []Way{SDES}})
	if err != nil {
		t.Fatal(err)
	}
	s.run(200 * time.Millisecond)
	next.learn(t, body)
	if next.ours == c.ours {
		t.Error("our key stayed: a far side that begins anew may have forgotten its counters")
	}
	s.links[30000].sealer, s.links[30001].sealer, s.far["c"] = next, next, next
	s.run(time.Second)
	if c.closed != 0 || next.closed > 1 || s.hears("a") != 0x11 || s.hears("c") != 0x22 {
		t.Errorf("%d and %d packets unreadable, a hears %#x, c hears %#x", c.closed, next.closed, s.hears("a"), s.hears("c"))
	}
	if st, _ := s.w.Stats("c"); st.Forged != 0 || st.Lost != 0 {
		t.Errorf("%+v", st)
	}
	s.far["c"] = c // the old key is worth nothing any more
	f.seq += 100
	s.run(time.Second)
	if st, _ := s.w.Stats("c"); st.Forged < 49 {
		t.Errorf("%+v", st)
	}
}

func TestWhoChangesHisKeyAndOnlyListensIsSentTheNewOneAtOnce(t *testing.T) {
	s, c := sealed(t, gcm128)
	f := s.talks("c", 0x11)
	s.talks("a", 0x22)
	s.run(time.Second)
	f.quiet = true
	next := newSealer(gcm128, 99)
	body, err := s.w.Answer("c", over("c", "RTP/SAVP", next.crypto(1), "a=recvonly"), Terms{Ways: []Way{SDES}})
	if err != nil {
		t.Fatal(err)
	}
	next.learn(t, body)
	s.links[30000].sealer, s.links[30001].sealer, s.far["c"] = next, next, next
	s.run(time.Second)
	if c.closed != 0 || next.closed != 0 || next.opened < 49 {
		t.Errorf("%d and %d packets unreadable, %d read", c.closed, next.closed, next.opened)
	}
}

func TestAReInviteWithTheSameKeyKeepsTheCountersOfBothSides(t *testing.T) {
	s, c := sealed(t, cm128tag80)
	f := s.talks("c", 0x11)
	s.talks("a", 0x22)
	l, err := s.w.find("c")
	if err != nil {
		t.Fatal(err)
	}
	f.seq, l.slot.stream.sequence = 65500, 32000
	ours := c.ours
	for _, way := range []string{"a=sendrecv", "a=sendonly", "a=sendrecv", "c=IN IP4 0.0.0.0", "a=sendrecv"} {
		body, err := s.w.Answer("c", over("c", "RTP/SAVP", c.crypto(7), way), Terms{Ways: []Way{SDES}})
		if err != nil {
			t.Fatal(err)
		}
		c.learn(t, body)
		s.run(time.Second)
	}
	body, err := s.w.Current("c")
	if err != nil {
		t.Fatal(err)
	}
	if tag := c.learn(t, body); tag != 7 {
		t.Errorf("our offer has the key that is in use under the tag %d", tag)
	}
	if err := s.w.Accept("c", over("c", "RTP/SAVP", c.crypto(7))); err != nil {
		t.Fatal(err)
	}
	again, err := s.w.Current("c")
	if err != nil || !bytes.Equal(body, again) {
		t.Errorf("offered %q (%v), then %q", body, err, again)
	}
	s.run(time.Second)
	st, _ := s.w.Stats("c")
	if c.ours != ours || c.closed != 0 || st.Forged != 0 || st.Lost != 0 {
		t.Errorf("%d packets unreadable, %+v", c.closed, st)
	}
	if s.hears("a") != 0x11 || s.hears("c") != 0x22 {
		t.Errorf("a hears %#x, c hears %#x", s.hears("a"), s.hears("c"))
	}
}

func TestASwitchBetweenEncryptedAndPlainPhonesLeavesTheCustomersStreamWhole(t *testing.T) {
	s := newStage(t)
	customer, softphone := newSealer(gcm128, 1), newSealer(cm128tag80, 2)
	s.arrivesSealed("c", customer)
	s.answersSealed("a", "c", softphone)
	s.talks("c", 0x11)
	s.talks("a", 0x22)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(time.Second)
	s.answers("b", "c", "8 101")
	s.talks("b", 0x33)
	s.w.Do(call.Swap{Old: "a", New: "b"})
	s.run(time.Second)
	s.w.Release("a")
	back := newSealer(gcm256, 3)
	s.answersSealed("d", "c", back)
	s.talks("d", 0x44)
	s.w.Do(call.Swap{Old: "b", New: "d"})
	s.run(time.Second)
	if s.hears("d") != 0x11 || s.hears("c") != 0x44 || customer.closed+softphone.closed+back.closed != 0 {
		t.Errorf("d hears %#x, c hears %#x; unreadable: %d, %d, %d", s.hears("d"), s.hears("c"), customer.closed, softphone.closed, back.closed)
	}
	packets, at := s.rtp("c")
	expectOneStream(t, packets)
	if gap := longestGap(at); gap > 40*time.Millisecond {
		t.Errorf("longest gap %v", gap)
	}
}

func TestMixesMusicPromptsAndRecordingsKnowNothingOfEncryption(t *testing.T) {
	s := newStage(t)
	disk := &fakeDisk{}
	s.w.recorder.disk = disk
	robots := map[call.LegID]*sealer{}
	for i, id := range []call.LegID{"c", "a", "m"} {
		robots[id] = newSealer(offeredSuites[i], byte(i))
		s.arrivesSealed(id, robots[id])
		s.talks(id, byte(0x20+i))
	}
	s.w.Do(call.Record{Leg: "c", File: "c.wav", Now: call.On})
	s.w.Do(call.Hear{Leg: "m", From: []call.LegID{"a", "c"}})
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"a", "m"}})
	s.w.Do(call.Hear{Leg: "a", From: []call.LegID{"c", "m"}})
	s.run(time.Second)
	s.w.Do(call.Say{Leg: "c", Prompt: call.Apology})
	s.run(time.Second)
	s.w.Do(call.Park{Leg: "c", Audio: call.Music})
	s.run(time.Second)
	for id, r := range robots {
		if r.opened < 140 || r.closed != 0 {
			t.Errorf("%s could read %d packets and not %d", id, r.opened, r.closed)
		}
		packets, _ := s.rtp(id)
		expectOneStream(t, packets)
	}
}

func TestAFarSideMayBeginItsStreamAnewButNotForEver(t *testing.T) {
	s, c := sealed(t, gcm128)
	for ssrc := range uint32(3 * streamsPerKey) {
		s.receive("c", farAt("c"), c.seal(t, rtpPacket(0, false, 1, 160, ssrc, make([]byte, 160))))
	}
	if st, _ := s.w.Stats("c"); st.Received != streamsPerKey || st.Forged != 2*streamsPerKey {
		t.Errorf("%+v", st)
	}
}

func TestPacketsThatOvertakeEachOtherAroundARolloverAllOpen(t *testing.T) {
	for _, with := range []suite{gcm128, cm128tag80} {
		s, c := sealed(t, with)
		var packets [][]byte
		for i := range 200 {
			packets = append(packets, c.seal(t, rtpPacket(0, false, uint16(65436+i), uint32(i)*160, 7, make([]byte, 160))))
		}
		for i := 0; i < len(packets); i += 20 { // each twenty in reverse
			for j := min(i+20, len(packets)) - 1; j >= i; j-- {
				s.receive("c", farAt("c"), bytes.Clone(packets[j]))
			}
		}
		if st, _ := s.w.Stats("c"); st.Received != 200 || st.Forged != 0 {
			t.Errorf("%s: %+v", with, st)
		}
	}
}

func TestTheStateOfALegIsEnoughToGoOnWithItsEncryption(t *testing.T) {
	for _, with := range []suite{gcm128, cm128tag80} {
		s, c := sealed(t, with)
		f := s.talks("c", 0x11)
		l, err := s.w.find("c")
		if err != nil {
			t.Fatal(err)
		}
		f.seq, l.slot.stream.sequence = 65500, 65400
		s.run(5 * time.Second) // past a rollover of both
		state, _ := s.w.Snapshot("c")
		if state.Way != SDES || state.Profile != "RTP/SAVP" || state.Sealing.Tag != 7 || state.Opening.Index>>16 != 1 || state.Sealing.Index>>16 != 1 {
			t.Fatalf("%s: %+v", with, state)
		}
		seal, err := newLock(keying{suite: suiteNamed(state.Sealing.Suite), key: string(state.Sealing.Key)})
		if err != nil {
			t.Fatal(err)
		}
		open, err := newLock(keying{suite: suiteNamed(state.Opening.Suite), key: string(state.Opening.Key), mki: string(state.Opening.MKI)})
		if err != nil {
			t.Fatal(err)
		}
		next := state.Sealing.Index + 5000 // in place of those that were sent after the state was taken
		seal.context.SetROC(state.SSRC, uint32(next>>16))
		seal.context.SetIndex(state.SSRC, state.Sealing.ReportIndex)
		open.context.SetROC(state.Opening.SSRC, uint32(state.Opening.Index>>16))
		g := &guard{in: open, out: seal}
		packet, _ := g.seal(rtpPacket(0, false, uint16(next), 0, state.SSRC, make([]byte, 160)))
		if c.open(t, packet); c.closed != 0 {
			t.Errorf("%s: the far side cannot read what the state goes on with", with)
		}
		report, _ := g.sealReport(report(t))
		if c.open(t, report); c.closed != 0 {
			t.Errorf("%s: nor its reports", with)
		}
		if _, ok := g.open(c.seal(t, rtpPacket(0, false, f.seq, f.ts, f.ssrc, make([]byte, 160)))); !ok {
			t.Errorf("%s: the far side is not understood", with)
		}
	}
}
