package media

import (
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// intruder sends packets to a leg's port from an address of his own, with the numbers of a stream that he guessed.
type intruder struct {
	from  netip.AddrPort
	every time.Duration
	next  time.Time
	seq   uint16
	ts    uint32
	ssrc  uint32
}

const intruded = 0x77

func (i *intruder) step(s *stage, id call.LegID) {
	for ; !s.now.Before(i.next); i.next = i.next.Add(i.every) {
		s.receive(id, i.from, rtpPacket(0, false, i.seq, i.ts, i.ssrc, filled(intruded)))
		i.seq, i.ts = i.seq+1, i.ts+160
	}
}

func filled(with byte) []byte {
	out := make([]byte, 160)
	for i := range out {
		out[i] = with
	}
	return out
}

// got counts what came of him to a leg, and what a leg sent him.
func (s *stage) got(heardBy, sentBy call.LegID, i *intruder) (through, sent int) {
	packets, _ := s.rtp(heardBy)
	for _, p := range packets {
		if p.payload()[0] == intruded {
			through++
		}
	}
	l, _ := s.w.find(sentBy)
	for _, port := range []int{l.port, l.port + 1} {
		for _, d := range s.links[uint16(port)].sent {
			if d.to.Addr() == i.from.Addr() && (d.to.Port() == i.from.Port() || d.to.Port() == i.from.Port()+1) {
				sent++
			}
		}
	}
	return through, sent
}

func TestWhoSpraysPacketsAtALegsPortIsNeitherHeardNorAnswered(t *testing.T) {
	claims.Proven(t, "RTP from an address that is not the far side's gets nothing through and gets nothing sent, not one packet")
	for name, behind := range map[string]bool{"described": false, "behind a NAT": true} {
		for what, at := range map[string]string{"a stranger": "198.51.100.1:4000", "a port beside": "10.0.0.97:4002"} {
			if behind && what == "a port beside" {
				continue // that is who shares the NAT, see below
			}
			s := newStage(t)
			if behind {
				s.w.Behind("a", farAt("a").Addr())
			}
			s.arrives("c", "0 101")
			s.arrives("a", "0 101")
			s.w.Do(call.Join{A: "c", B: "a"})
			s.talks("c", 0x44)
			f := s.talks("a", 0x33)
			i := &intruder{from: netip.MustParseAddrPort(at), every: time.Millisecond, next: s.now}
			for range 1000 { // he knows the stream's numbers better than anybody could
				i.ssrc, i.seq, i.ts = f.ssrc, f.seq, f.ts
				i.step(s, "a")
				s.run(time.Millisecond)
			}
			if through, sent := s.got("c", "a", i); through+sent != 0 {
				t.Errorf("%s, %s: %d packets got through, %d were sent", name, what, through, sent)
			}
			if s.hears("c") != 0x33 {
				t.Errorf("%s, %s: the customer hears %x", name, what, s.hears("c"))
			}
		}
	}
}

// Who shares the NAT of a phone is the worst case: his packets come from the address that a leg is latched onto.
func TestWhoSharesThePhonesNATGetsFewerThanFivePackets(t *testing.T) {
	claims.Proven(t, "who sends RTP from behind the same NAT as the phone while it sends gets fewer than 5 packets through and fewer than 5 sent, before, while and after the leg is latched")
	outside := netip.MustParseAddr("203.0.113.5")
	phone := netip.AddrPortFrom(outside, 6000)
	for name, c := range map[string]struct {
		every  time.Duration
		begins time.Duration // before the phone
	}{
		"as fast as a phone, first":          {20 * time.Millisecond, 10 * time.Millisecond},
		"well before":                        {20 * time.Millisecond, 60 * time.Millisecond},
		"while it rings":                     {20 * time.Millisecond, 400 * time.Millisecond},
		"a flood, first":                     {time.Millisecond, 10 * time.Millisecond},
		"a flood while it rings":             {time.Millisecond, 400 * time.Millisecond},
		"after the phone":                    {20 * time.Millisecond, -time.Second},
		"a flood after the phone":            {time.Millisecond, -time.Second},
		"at the moment of the phone's first": {20 * time.Millisecond, 0},
	} {
		s := newStage(t)
		s.w.Behind("a", outside)
		s.arrives("c", "0 101")
		if _, err := s.w.Answer("a", description("a", "0 101"), Terms{}); err != nil {
			t.Fatal(err)
		}
		s.w.Do(call.Join{A: "c", B: "a"})
		s.talks("c", 0x44)
		i := &intruder{from: netip.AddrPortFrom(outside, 7000), every: c.every, next: start.Add(500*time.Millisecond - c.begins), ssrc: 5}
		phoneAt := start.Add(500 * time.Millisecond)
		answered := phoneAt
		if c.begins == 60*time.Millisecond {
			answered = start.Add(430 * time.Millisecond) // the phone is slow with its first packet
		}
		seq := uint16(0)
		for range 3000 {
			if s.now.Equal(answered) {
				s.w.Established("a")
			}
			i.step(s, "a")
			if !s.now.Before(phoneAt) {
				s.receive("a", phone, rtpPacket(0, false, seq, uint32(seq)*160, 6, filled(0x33)))
				seq, phoneAt = seq+1, phoneAt.Add(20*time.Millisecond)
			}
			s.run(time.Millisecond)
		}
		through, sent := s.got("c", "a", i)
		t.Logf("%s: %d through, %d sent", name, through, sent)
		if through >= 5 || sent >= 5 {
			t.Errorf("%s: %d packets got through, %d were sent to him", name, through, sent)
		}
		// He gives up: the phone is heard again.
		i.next = s.now.Add(time.Hour)
		for range 200 {
			if !s.now.Before(phoneAt) {
				s.receive("a", phone, rtpPacket(0, false, seq, uint32(seq)*160, 6, filled(0x33)))
				seq, phoneAt = seq+1, phoneAt.Add(20*time.Millisecond)
			}
			s.run(time.Millisecond)
		}
		if s.hears("c") != 0x33 || s.hears("a") != 0x44 {
			t.Errorf("%s: after he gave up the customer hears %x and the phone %x", name, s.hears("c"), s.hears("a"))
		}
	}
}

func TestLateAudioOfTheLastCallNeverReachesTheNextOne(t *testing.T) {
	claims.Proven(t, "a port is not used again for 30 s after its call, and late RTP of the last call is not heard in the next one")
	s := newStage(t)
	s.arrives("a", "0 101")
	f := s.talks("a", intruded)
	s.run(100 * time.Millisecond)
	l, _ := s.w.find("a")
	port := l.port
	s.w.Release("a")
	at := s.now
	for i := 0; ; i++ { // every other port is taken in turn
		id := call.LegID([]string{"x", "y"}[i%2])
		if _, err := s.w.Offer(id, "", Terms{}); err != nil {
			t.Fatal(err)
		}
		next, _ := s.w.find(id)
		if next.port == port {
			break
		}
		s.w.Release(id)
		delete(s.w.places, id)
		s.now = s.now.Add(time.Second)
	}
	if rest := s.now.Sub(at); rest < 30*time.Second {
		t.Errorf("the port was used again after %v", rest)
	}
	s.w.Release("x")
	s.w.Release("y")
	n := newStage(t) // the same port, and its last far side goes on sending
	n.arrives("c", "0 101")
	n.arrives("b", "0 101")
	n.w.Do(call.Join{A: "c", B: "b"})
	n.talks("b", 0x33)
	for range 50 {
		n.receive("b", farAt("a"), rtpPacket(0, false, f.seq, f.ts, f.ssrc, filled(intruded)))
		n.run(20 * time.Millisecond)
	}
	if through, _ := n.got("c", "b", &intruder{from: farAt("a")}); through != 0 {
		t.Errorf("%d packets of the last call were heard", through)
	}
}

func TestAnotherStreamIsTakenFromTheFarSideAlone(t *testing.T) {
	claims.Proven(t, "a change of SSRC or payload type is taken from the far side's address alone")
	s := newStage(t)
	s.arrives("c", "0 101")
	s.arrives("a", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	f := s.talks("a", 0x33)
	s.run(200 * time.Millisecond)
	stranger := netip.MustParseAddrPort("198.51.100.1:4000")
	s.receive("a", stranger, rtpPacket(0, true, 1, 1, 99, filled(intruded)))
	s.receive("a", stranger, rtpPacket(8, true, 2, 1, 99, filled(intruded)))
	f.ssrc, f.seq, f.ts, f.fill = 77, 9, 5, 0x35 // its phone was put through to another one
	s.run(200 * time.Millisecond)
	if s.hears("c") != 0x35 {
		t.Errorf("after a change of its stream the customer hears %x", s.hears("c"))
	}
	packets, _ := s.rtp("c")
	expectOneStream(t, packets)
	if through, _ := s.got("c", "a", &intruder{from: stranger}); through != 0 {
		t.Errorf("%d packets of a stranger were heard", through)
	}
	if state, _ := s.w.Snapshot("a"); state.SSRCIn != 77 {
		t.Errorf("the leg's stream is %d", state.SSRCIn)
	}
}
