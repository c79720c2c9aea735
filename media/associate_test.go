package media

import (
	"bytes"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/stun/v3"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// pair is a customer and a browser in a call, each hearing the other.
func pair(t *testing.T, report func(call.Event)) (w *Wire, customer *robot, browser *webphone) {
	t.Helper()
	w = startWire(t, report)
	customer, browser = newRobot(t, 500), newWebphone(t, 900)
	callIn(t, w, "c", customer)
	browser.callsIn(w, "b")
	w.Do(call.Join{A: "c", B: "b"})
	browser.speaks()
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "browser", browser.hears(500, 900), 500)
	return w, customer, browser
}

func TestABrowserThatHoldsAndResumesKeepsItsKeysAndItsStream(t *testing.T) {
	t.Parallel()
	w, customer, browser := pair(t, nil)
	l := must(w.find("b"))
	was := l.guard.Load()
	for _, direction := range []string{"a=sendonly", "a=sendrecv"} {
		offer := strings.Replace(string(browser.describe(setupEither)), "a=sendrecv", direction, 1)
		ours, err := w.Answer("b", []byte(offer), browserTerms)
		if err != nil || !strings.Contains(string(ours), "a=setup:passive\r\n") {
			t.Fatalf("%v\n%s", err, ours)
		}
	}
	if l.guard.Load() != was {
		t.Error("other keys")
	}
	again, err := w.Current("b")
	if err != nil || !strings.Contains(string(again), "a=setup:actpass\r\n") || !strings.Contains(string(again), "a=ice-pwd:"+browser.ours.shakes.ice.password+"\r\n") {
		t.Errorf("offered again %v\n%s", err, again)
	}
	if err := w.Accept("b", browser.describe(setupActive)); err != nil || l.guard.Load() != was {
		t.Errorf("its answer to the same offer: %v, other keys %v", err, l.guard.Load() != was)
	}
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "browser", browser.hears(500, 900), 500)
	browser.expectOneStream()
}

func TestABrowserThatRestartsICEKeepsItsKeysAndIsHeardAllAlong(t *testing.T) {
	t.Parallel()
	w, customer, browser := pair(t, nil)
	was := browser.ours.shakes.ice
	browser.user = iceUser{"next", strings.Repeat("n", 24)}
	ours, err := w.Answer("b", browser.describe(setupEither), browserTerms)
	if err != nil {
		t.Fatal(err)
	}
	browser.reads(ours)
	if now := browser.ours.shakes.ice; now.fragment == was.fragment || now.password == was.password {
		t.Error("ours is as it was")
	}
	expectTones(t, "browser before it asks", browser.hears(500, 900), 500)
	browser.asks()
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "browser", browser.hears(500, 900), 500)
	customer.expectOneStream()
}

func TestABrowserIsHeardFromItsNewAddressAndSentItsAudioThere(t *testing.T) {
	t.Parallel()
	w, customer, browser := pair(t, nil)
	l := must(w.find("b"))
	other := must(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	defer func() { _ = other.Close() }()
	a := asker{ours: browser.user, theirs: browser.ours.shakes.ice, more: nil}
	a.more = append(a.more, controlling, useCandidate)
	if _, err := other.WriteToUDP(a.request(t), browser.to); err != nil {
		t.Fatal(err)
	}
	buf, srtp := make([]byte, maxDatagram), 0
	for srtp < 10 {
		if err := other.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := other.Read(buf)
		if err != nil {
			t.Fatalf("%d packets at the new address: %v", srtp, err)
		}
		if !isSTUN(buf[:n]) {
			srtp++
		}
	}
	l.mu.Lock()
	at := l.source()
	l.mu.Unlock()
	if at.Port() != uint16(other.LocalAddr().(*net.UDPAddr).Port) {
		t.Errorf("audio goes to %s", at)
	}
	expectTones(t, "customer", customer.hears(500, 900), 900) // what is under way from the old one counts
}

func TestTheEndOfDTLSIsNoEndOfTheCall(t *testing.T) {
	t.Parallel()
	_, customer, browser := pair(t, nil)
	if _, err := browser.conn.WriteToUDP([]byte{21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0}, browser.to); err != nil {
		t.Fatal(err)
	}
	if err := browser.dtls.Close(); err != nil { // which sends close_notify
		t.Fatal(err)
	}
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "browser", browser.hears(500, 900), 500)
}

func TestADescriptionWithAnotherCertificateBeginsAnotherHandshake(t *testing.T) {
	t.Parallel()
	w, customer, browser := pair(t, nil)
	other := must(newIdentity(time.Now()))
	browser.identity, browser.shows = other, other
	ours, err := w.Answer("b", browser.describe(setupEither), browserTerms)
	if err != nil {
		t.Fatal(err)
	}
	browser.reads(ours)
	browser.guard.Store(&guard{})
	if err := browser.shakesHands(); err != nil {
		t.Fatal(err)
	}
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "browser", browser.hears(500, 900), 500)
}

func TestStrangersBeginNoHandshakeAndAreNotHeard(t *testing.T) {
	claims.Proven(t, "who lacks the password of a browser's leg begins no handshake with it and gets nothing of its audio", "17.2.6")
	s := newStage(t)
	p := newWebphone(t, 900)
	if _, err := s.w.Answer("b", p.describe(setupEither), browserTerms); err != nil {
		t.Fatal(err)
	}
	s.w.Established("b")
	for range 100 {
		s.receive("b", browserAt, append([]byte{22, 254, 253}, make([]byte, 60)...))
		s.receive("b", browserAt, tonePacket(900, 1))
	}
	s.run(time.Second)
	l := must(s.w.find("b"))
	if len(s.w.shakes) > 0 || l.association.phase != unshaken || len(l.association.in) > 0 {
		t.Error("a handshake began")
	}
	if stats, _ := s.w.Stats("b"); stats.Foreign != 200 || stats.Received != 0 {
		t.Errorf("%+v", stats)
	}
	if sent := s.links[uint16(l.port)].sent; len(sent) > 0 {
		t.Errorf("%d datagrams went to a stranger", len(sent))
	}
}

// nominated is a stage with a browser's leg that has nominated its address, and keys of which the test knows nothing.
func nominated(t *testing.T) (s *stage, l *leg, asks func()) {
	s = newStage(t)
	p := newWebphone(t, 900)
	p.reads(must(s.w.Answer("b", p.describe(setupEither), browserTerms)))
	s.w.Established("b")
	l = must(s.w.find("b"))
	a := asker{ours: p.user, theirs: p.ours.shakes.ice}
	a.more = append(a.more, controlling, useCandidate)
	asks = func() { s.receive("b", browserAt, a.request(t)) }
	asks()
	return s, l, asks
}

// letShake makes the stage ready for handshakes, which have goroutines of their own.
func (s *stage) letShake(l *leg) {
	l.rtp = nowhereLink{}
	s.w.now = func() time.Time { return start }
}

func TestWhoSharesTheNATOfAPhoneDoesNotDrawItsHandshakeToHimself(t *testing.T) {
	s := newStage(t)
	s.w.Behind("a", farAt("a").Addr())
	offer := over("a", "UDP/TLS/RTP/SAVP", "a=setup:active", "a=fingerprint:"+s.w.identity.print)
	if _, err := s.w.Answer("a", offer, Terms{Ways: []Way{DTLS}}); err != nil {
		t.Fatal(err)
	}
	s.w.Established("a")
	l, err := s.w.find("a")
	if err != nil {
		t.Fatal(err)
	}
	phone := netip.AddrPortFrom(farAt("a").Addr(), 6000)
	neighbour := netip.AddrPortFrom(farAt("a").Addr(), 7000)
	l.association.phase, l.association.from = shaking, phone // its handshake has begun
	s.receive("a", neighbour, []byte{22, 254, 253})
	s.receive("a", phone, []byte{22, 254, 253})
	if stats, _ := s.w.Stats("a"); l.association.from != phone || stats.Foreign != 1 || len(l.association.in) != 1 {
		t.Errorf("the handshake is with %s, %d datagrams are foreign", l.association.from, stats.Foreign)
	}
}

func TestABrowserIsNotHeardInTheClearBeforeItsAnswerIsHere(t *testing.T) {
	s := newStage(t)
	body, err := s.w.Offer("a", "", Terms{Ways: []Way{DTLS}})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := readLines(string(body))
	if err != nil {
		t.Fatal(err)
	}
	browser := asker{
		ours: iceUser{"EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"}, theirs: iceUser{lines[0].attribute(iceFragmentLine), lines[0].attribute(icePasswordLine)},
		more: []stun.Setter{controlling, useCandidate},
	}
	s.receive("a", browserAt, browser.request(t))
	if l, _ := s.w.find("a"); !l.ice.knows(browserAt) {
		t.Fatal("the browser is not known")
	}
	s.receive("a", browserAt, rtpPacket(0, false, 1, 160, 7, make([]byte, 160)))
	s.receive("a", browserAt, rtpPacket(101, true, 2, 320, 7, []byte{1, 10, 0, 160}))
	s.expectSaid()
	if stats, _ := s.w.Stats("a"); stats.Received != 0 || stats.Foreign != 2 {
		t.Errorf("%+v", stats)
	}
}

func TestNothingIsSentToABrowserThatHasAskedForNothingFor30Seconds(t *testing.T) {
	s, l, asks := nominated(t)
	for range 4 {
		s.run(20 * time.Second)
		asks()
	}
	if l.source() != browserAt {
		t.Fatalf("audio goes to %s", l.source())
	}
	s.run(consentKept + tick)
	if l.source().IsValid() {
		t.Errorf("audio still goes to %s", l.source())
	}
	asks()
	if l.source() != browserAt {
		t.Error("its next request brought nothing back")
	}
}

func TestASilentBrowserThatAsksIsMutedAndMissedWhenItAsksNoMore(t *testing.T) {
	s, _, asks := nominated(t)
	for range 4 {
		s.run(2500 * time.Millisecond)
		asks()
	}
	s.run(20 * time.Second)
	s.expectSaid("1000 Silent b", "2500 Seen reports b", "5000 Seen reports b", "7500 Seen reports b", "10000 Seen reports b", s.said[len(s.said)-1])
	if !strings.HasSuffix(s.said[len(s.said)-1], " Missed reports b") {
		t.Errorf("said %q", s.said)
	}
}

func TestHandshakesAreBoundedAndThoseThatFindNoRoomBeginWhenThereIsSome(t *testing.T) {
	s, l, _ := nominated(t)
	s.letShake(l)
	for range shakesAtOnce {
		s.w.shakes <- struct{}{}
	}
	hello := append([]byte{22, 254, 253}, make([]byte, 60)...)
	s.receive("b", browserAt, hello)
	if l.association.phase != unshaken {
		t.Fatal("one more began")
	}
	<-s.w.shakes
	s.receive("b", browserAt, hello)
	l.mu.Lock()
	phase := l.association.phase
	l.mu.Unlock()
	if phase != shaking {
		t.Error("none began, with room")
	}
	s.w.Release("b")
	s.w.shakers.Wait()
}

func TestAfterAHandshakeALegNeedsNoGoroutineOfItsOwn(t *testing.T) {
	w, _, browser := pair(t, nil)
	l := must(w.find("b"))
	l.association.hush() // as ten seconds later
	l.association.end()
	w.shakers.Wait()
	if err := browser.dtls.Close(); err != nil { // the other side's
		t.Fatal(err)
	}
	buf := make([]byte, 1<<20)
	if stacks := string(buf[:runtime.Stack(buf, true)]); strings.Contains(stacks, "media.(*Wire).shake") {
		t.Error("the handshake's goroutines are still there")
	}
	expectTones(t, "browser", browser.hears(500, 900), 500)
}

func TestReportsGoAlongWithAudioWhereBothSidesWantThat(t *testing.T) {
	for _, muxed := range []bool{true, false} {
		s := newStage(t)
		more := []string{}
		if muxed {
			more = append(more, "a=rtcp-mux")
		}
		s.arrives("c", "0 101", more...)
		if got := bytes.Contains(must(s.w.Current("c")), []byte("a=rtcp-mux")); got != muxed {
			t.Errorf("muxed %v: said in our offer: %v", muxed, got)
		}
		s.talks("c", 0x33)
		s.run(10 * time.Second)
		var reports []netip.AddrPort
		for _, d := range s.links[30000].sent {
			if isReport(d.datagram) {
				reports = append(reports, d.to)
			}
		}
		if muxed != slices.Contains(reports, farAt("c")) || muxed == (len(s.links[30001].sent) > 0) {
			t.Errorf("muxed %v: reports on the audio's port to %v, on the other %d", muxed, reports, len(s.links[30001].sent))
		}
		if muxed {
			s.receive("c", farAt("c"), report(t, &rtcp.Goodbye{}))
			if stats, _ := s.w.Stats("c"); stats.ReportsReceived != 1 {
				t.Errorf("%+v", stats)
			}
		}
	}
}

// FuzzDTLS: whatever arrives at a leg that waits for a handshake, nothing panics, and it gets no keys.
func FuzzDTLS(f *testing.F) {
	f.Add([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, []byte{21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		s, l, _ := nominated(t)
		s.letShake(l)
		for _, datagram := range [][]byte{one, two, one} {
			s.receive("b", browserAt, bytes.Clone(datagram))
		}
		s.run(30 * time.Millisecond)
		if g := l.guard.Load(); g == nil || g.in != nil || g.out != nil {
			t.Fatal("it has keys")
		}
		s.w.Release("b")
		s.w.shakers.Wait()
	})
}

// FuzzICE: whatever a browser's description says, it is refused, or answered with lines that we can read.
func FuzzICE(f *testing.F) {
	f.Add("a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=rtcp-mux\r\n", "a=fingerprint:sha-256 AB\r\na=setup:active\r\n")
	f.Add("a=ice-lite\r\na=mid:x y\r\na=group:BUNDLE x y\r\n", "a=fingerprint:sha-512 AB\r\na=fingerprint:md5 1\r\na=setup:holdconn\r\n")
	f.Fuzz(func(t *testing.T, one, two string) {
		s := newStage(t)
		body := head + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" + one + two
		ours, err := s.w.Answer("b", []byte(body), browserTerms)
		if err != nil {
			return
		}
		if _, err := readLines(string(ours)); err != nil {
			t.Fatalf("answered %q: %v", ours, err)
		}
		again, err := s.w.Answer("b", []byte(body), browserTerms)
		if err != nil || !bytes.Equal(ours, again) {
			t.Fatalf("the same again: %q after %q (%v)", again, ours, err)
		}
		s.w.Release("b")
	})
}

func TestTheStateOfABrowsersLegSaysHowItIsFoundAndKnown(t *testing.T) {
	s, l, _ := nominated(t)
	state, ok := s.w.Snapshot("b")
	if !ok || state.Latched != browserAt || state.Way != DTLS {
		t.Fatalf("%+v", state)
	}
	p := state.Path
	if !p.Muxed || p.Active || p.Fragment != l.ice.ours.fragment || p.Password != l.ice.ours.password || p.FarFragment != "webx" || p.FarPassword == "" {
		t.Errorf("%+v", p)
	}
	if len(p.Fingerprints) != 1 || !strings.HasPrefix(p.Fingerprints[0], "sha-256 ") {
		t.Errorf("fingerprints %q", p.Fingerprints)
	}
}
