package media

import (
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// nat is a phone behind one, in a call with a customer.
type nat struct {
	*stage
	at   netip.AddrPort // where its packets come from
	ssrc uint32
	seq  uint16
	ts   uint32
}

func newNAT(t *testing.T) *nat {
	s := newStage(t)
	p := &nat{stage: s, at: netip.MustParseAddrPort("203.0.113.5:6000"), ssrc: 6}
	s.w.Behind("a", p.at.Addr())
	s.arrives("c", "0 101")
	s.arrives("a", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.talks("c", 0x44)
	p.talk(time.Second)
	return p
}

// talk lets the phone send a packet every 20 ms, and other what else comes.
func (p *nat) talk(d time.Duration, other ...func()) {
	for range int(d / (20 * time.Millisecond)) {
		p.receive("a", p.at, rtpPacket(0, false, p.seq, p.ts, p.ssrc, filled(0x33)))
		p.seq, p.ts = p.seq+1, p.ts+160
		for _, o := range other {
			o()
		}
		p.run(20 * time.Millisecond)
	}
}

// rest lets time pass in which the phone sends as if it were there, and nothing of it arrives.
func (p *nat) rest(d time.Duration) {
	p.seq, p.ts = p.seq+uint16(d/(20*time.Millisecond)), p.ts+ticks(d)
	p.run(d)
}

// joined fails unless phone and customer hear each other.
func (p *nat) joined(when string) {
	p.t.Helper()
	if p.hears("c") != 0x33 || p.hears("a") != 0x44 {
		p.t.Errorf("%s the customer hears %x and the phone %x", when, p.hears("c"), p.hears("a"))
	}
	l, _ := p.w.find("a")
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.source() != p.at {
		p.t.Errorf("%s the phone is looked for at %s", when, l.source())
	}
}

func TestAPhoneWhoseNATGivesItAnotherPortIsHeardAgainByItsOwnStream(t *testing.T) {
	p := newNAT(t)
	p.joined("at first")
	p.run(7 * time.Second) // beyond the window of the beginning; it is silent meanwhile
	p.seq, p.ts = p.seq+350, p.ts+350*160
	p.at = netip.MustParseAddrPort("203.0.113.5:7777")
	p.talk(500 * time.Millisecond)
	p.joined("from its new port")
	packets, _ := p.rtp("c")
	expectOneStream(t, packets)
}

func TestASilentLegIsTakenOverByNobodyWhoDoesNotSendItsOwnStreamOn(t *testing.T) {
	claims.Proven(t, "a leg that fell silent is taken over by nobody who does not send its very stream on from its own address")
	for name, c := range map[string]struct {
		from string
		ssrc uint32
		back bool // he repeats a packet of it
	}{
		"from its NAT with a stream of his own":    {"203.0.113.5:7000", 99, false},
		"from its NAT with what was heard already": {"203.0.113.5:7000", 6, true},
		"from elsewhere with its very stream":      {"198.51.100.1:6000", 6, false},
	} {
		p := newNAT(t)
		p.rest(7 * time.Second)
		i := &intruder{from: netip.MustParseAddrPort(c.from), every: 20 * time.Millisecond, next: p.now, ssrc: c.ssrc, seq: p.seq, ts: p.ts}
		for range 400 {
			if c.back {
				i.seq, i.ts = 10, 1600
			}
			i.step(p.stage, "a")
			p.run(20 * time.Millisecond)
		}
		if through, sent := p.got("c", "a", i); through+sent != 0 {
			t.Errorf("%s: %d packets got through, %d were sent to him", name, through, sent)
		}
		p.rest(0)
		p.seq += 450
		p.talk(500 * time.Millisecond)
		p.joined(name + ": when it is back")
	}
}

func TestAPhoneThatMovedIsHeardFromItsNewAddressAlone(t *testing.T) {
	p := newNAT(t)
	p.rest(6 * time.Second)
	p.at = netip.MustParseAddrPort("198.51.100.77:5004") // a new network: nothing of it is taken before signalling says so
	p.talk(time.Second)
	if p.hears("c") == 0x33 {
		t.Error("an address that nobody vouched for is heard")
	}
	p.w.Behind("a", p.at.Addr())
	p.talk(500 * time.Millisecond)
	p.joined("after it said so")
	old := &intruder{from: netip.MustParseAddrPort("203.0.113.5:6000"), every: 20 * time.Millisecond, next: p.now, ssrc: 6, seq: p.seq, ts: p.ts}
	p.talk(time.Second, func() { old.step(p.stage, "a") })
	if through, _ := p.got("c", "a", old); through != 0 {
		t.Errorf("where it was: %d packets got through", through)
	}
	p.joined("though somebody sends from where it was")
}

func TestAPhoneThatMovedIsHeardWhereItWasUntilItIsFound(t *testing.T) {
	p := newNAT(t)
	p.w.Behind("a", netip.MustParseAddr("198.51.100.77")) // its REGISTER came that way, its audio does not
	p.talk(10 * time.Second)
	p.joined("still")
}
