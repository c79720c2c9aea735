package media

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/stun/v3"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// webphone is a far side as a browser is one, on a socket of its own: it asks with ICE, agrees on keys by DTLS, and sends
// a tone with them.
type webphone struct {
	*robot
	user     iceUser // zero: it speaks no ICE
	identity *identity
	shows    *identity // in its handshake, if that is not the one that it describes
	active   bool      // it begins the handshake
	ours     *far      // our description as it reads it

	shaking *association // its side's pipe for DTLS
	replies chan *stun.Message
	dtls    *dtls.Conn // after the handshake
}

func newWebphone(t *testing.T, tone float64) *webphone {
	t.Helper()
	i, err := newIdentity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := &webphone{
		user: iceUser{"webx", strings.Repeat("w", 24)}, identity: i, shows: i, active: true,
		replies: make(chan *stun.Message, 16), shaking: newAssociation(true, true, nil),
	}
	p.robot = newRobotThat(t, tone, p.take, &guard{})
	p.shaking.send = func(d []byte) { _, _ = p.conn.WriteToUDP(d, p.to) }
	t.Cleanup(p.shaking.end)
	return p
}

// describe is its offer or answer as Chromium writes them.
func (p *webphone) describe(setup string, more ...string) []byte {
	lines := []string{
		"v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed", "a=msid-semantic: WMS x",
		"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
		"a=ice-options:trickle", "a=fingerprint:" + p.identity.print, "a=setup:" + setup, "a=mid:0",
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=sendrecv", "a=msid:x y", "a=rtcp-mux", "a=rtcp-rsize",
		"a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2",
		"a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000", "a=rtpmap:110 telephone-event/48000",
		"a=rtpmap:126 telephone-event/8000", "a=ssrc:1 cname:q",
	}
	if p.user != (iceUser{}) {
		lines = append(lines, "a=ice-ufrag:"+p.user.fragment, "a=ice-pwd:"+p.user.password)
	} else {
		at := p.conn.LocalAddr().(*net.UDPAddr)
		lines[7], lines[8] = strings.Replace(lines[7], " 9 ", fmt.Sprintf(" %d ", at.Port), 1), "c=IN IP4 127.0.0.1"
	}
	return []byte(strings.Join(append(lines, more...), "\r\n") + "\r\n")
}

// reads takes our description and where audio is to go.
func (p *webphone) reads(ours []byte) {
	p.t.Helper()
	text := string(ours)
	lines, err := readLines(text)
	if err != nil {
		p.t.Fatal(err)
	}
	m := &lines[0]
	address, err := readAddress(m.connection, homes{{bind: netip.MustParseAddr("127.0.0.1")}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.ours = &far{rtp: netip.AddrPortFrom(address, uint16(m.port))}
	p.ours.shakes = &shakes{prints: readFingerprints(m), setup: m.attribute("setup"), ice: iceUser{m.attribute(iceFragmentLine), m.attribute(icePasswordLine)}}
	if p.to == nil { // it stays, and may be sent to already
		p.to = net.UDPAddrFromAddrPort(p.ours.rtp)
	}
}

// take is what the robot does with what comes that is no RTP.
func (p *webphone) take(datagram []byte) bool {
	switch {
	case isSTUN(datagram):
		m := &stun.Message{Raw: bytes.Clone(datagram)}
		if m.Decode() == nil {
			p.replies <- m
		}
	case isDTLS(datagram):
		p.shaking.take(datagram)
	default:
		return isReport(datagram)
	}
	return true
}

// asks asks with ICE and nominates itself; it returns the reply.
func (p *webphone) asks(more ...stun.Setter) *stun.Message {
	p.t.Helper()
	a := asker{ours: p.user, theirs: p.ours.shakes.ice, more: append([]stun.Setter{controlling, useCandidate}, more...)}
	if _, err := p.conn.WriteToUDP(a.request(p.t), p.to); err != nil {
		p.t.Fatal(err)
	}
	select {
	case m := <-p.replies:
		return m
	case <-time.After(10 * time.Second):
		p.t.Fatal("no reply to STUN")
		return nil
	}
}

// shakes agrees on keys; an error is that of its side.
func (p *webphone) shakesHands() error {
	p.shaking.active = p.active
	p.shaking.prints = p.ours.shakes.prints
	conn, err := p.connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	g, err := shakenGuard(conn, p.active)
	if err != nil {
		return err
	}
	p.robot.guard.Store(g)
	p.dtls = conn
	return nil
}

// connect is association.connect with the certificate that it shows.
func (p *webphone) connect() (*dtls.Conn, error) {
	check := func(certificates [][]byte, _ [][]*x509.Certificate) error {
		return verify(certificates[0], p.ours.shakes.prints)
	}
	profiles := dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AEAD_AES_128_GCM)
	if p.active {
		return dtls.ClientWithOptions(shakePipe{p.shaking}, &net.UDPAddr{}, dtls.WithCertificates(p.shows.certificate), profiles,
			dtls.WithInsecureSkipVerify(true), dtls.WithVerifyPeerCertificate(check), dtls.WithFlightInterval(100*time.Millisecond))
	}
	return dtls.ServerWithOptions(shakePipe{p.shaking}, &net.UDPAddr{}, dtls.WithCertificates(p.shows.certificate), profiles,
		dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithVerifyPeerCertificate(check), dtls.WithFlightInterval(100*time.Millisecond))
}

// browserTerms are those that hold for a phone in a browser.
var browserTerms = Terms{Ways: []Way{DTLS}}

// callsIn makes a leg of a webphone that calls us.
func (p *webphone) callsIn(w *Wire, id call.LegID) {
	p.t.Helper()
	ours, err := w.Answer(id, p.describe(setupEither), browserTerms)
	if err != nil {
		p.t.Fatal(err)
	}
	w.Established(id)
	p.reads(ours)
}

// speaks gets itself keys and talks.
func (p *webphone) speaks() {
	p.t.Helper()
	if p.user != (iceUser{}) {
		p.asks()
	}
	if err := p.shakesHands(); err != nil {
		p.t.Fatal(err)
	}
	p.sing()
}

func TestABrowserIsAnsweredWithG711AndOurSideOfICEAndDTLS(t *testing.T) {
	s := newStage(t)
	p := newWebphone(t, 900)
	ours, err := s.w.Answer("a", p.describe(setupEither, "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=rtpmap:96 VP8/90000"), browserTerms)
	if err != nil {
		t.Fatal(err)
	}
	text := string(ours)
	for _, line := range []string{
		"a=group:BUNDLE 0", "a=ice-lite", "m=audio 30000 UDP/TLS/RTP/SAVPF 0 126", "a=rtpmap:126 telephone-event/8000", "a=mid:0", "a=rtcp-mux",
		"a=setup:passive", "a=fingerprint:" + s.w.identity.print, "a=candidate:1 1 udp 2130706431 127.0.0.1 30000 typ host", "a=end-of-candidates",
		"a=sendrecv", "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1",
	} {
		if !strings.Contains(text, "\r\n"+line+"\r\n") {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	again, err := s.w.Answer("a", p.describe(setupEither, "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=rtpmap:96 VP8/90000"), browserTerms)
	if err != nil || !bytes.Equal(ours, again) {
		t.Errorf("the same again: %v\n%s", err, again)
	}
}

func TestABrowserAndACustomerHearEachOther(t *testing.T) {
	t.Parallel()
	w := startWire(t, nil)
	customer, browser := newRobot(t, 500), newWebphone(t, 900)
	callIn(t, w, "c", customer)
	browser.callsIn(w, "b")
	w.Do(call.Join{A: "c", B: "b"})
	browser.speaks()
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "browser", browser.hears(500, 900), 500)
}

func TestABrowserThatWeCallAnswersAndChoosesWhoBegins(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{setupActive, setupPassive} {
		w := startWire(t, nil)
		customer, browser := newRobot(t, 500), newWebphone(t, 900)
		browser.active = setup == setupActive
		callIn(t, w, "c", customer)
		ours, err := w.Offer("b", "c", browserTerms)
		if err != nil {
			t.Fatal(err)
		}
		browser.reads(ours)
		if !strings.Contains(string(ours), "a=setup:actpass\r\n") || !strings.Contains(string(ours), "a=rtcp-mux\r\n") {
			t.Errorf("offered\n%s", ours)
		}
		if err := w.Accept("b", browser.describe(setup)); err != nil {
			t.Fatal(err)
		}
		w.Established("b")
		w.Do(call.Join{A: "c", B: "b"})
		browser.speaks()
		expectTones(t, setup+": customer", customer.hears(500, 900), 900)
		expectTones(t, setup+": browser", browser.hears(500, 900), 500)
	}
}

func TestALegIsOpenOnceThereAreKeysForItsAudio(t *testing.T) {
	t.Parallel()
	w := startWire(t, nil)
	customer, browser := newRobot(t, 500), newWebphone(t, 900)
	callIn(t, w, "c", customer)
	ours, err := w.Offer("b", "c", browserTerms)
	if err != nil {
		t.Fatal(err)
	}
	browser.reads(ours)
	if err := w.Accept("b", browser.describe(setupActive)); err != nil {
		t.Fatal(err)
	}
	w.Established("b")
	opened := make(chan call.LegID, 2)
	for _, id := range []call.LegID{"b", "c"} {
		w.WhenOpen(id, func() { opened <- id })
	}
	if id := <-opened; id != "c" {
		t.Fatalf("%s is open, and there are no keys yet", id)
	}
	browser.asks()
	if len(opened) > 0 {
		t.Error("the browser's leg is open, and it only asked where we are")
	}
	if err := browser.shakesHands(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-opened:
	case <-time.After(10 * time.Second):
		t.Error("there are keys, and the leg is not open")
	}
}

func TestAPhoneThatSpeaksDTLSWithoutICEIsWhereItsDescriptionSays(t *testing.T) {
	t.Parallel()
	w := startWire(t, nil)
	customer, phone := newRobot(t, 500), newWebphone(t, 900)
	phone.user = iceUser{}
	callIn(t, w, "c", customer)
	phone.callsIn(w, "b")
	w.Do(call.Join{A: "c", B: "b"})
	phone.speaks()
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "phone", phone.hears(500, 900), 500)
}

func TestWhoShowsAnotherCertificateThanHeDescribesIsNeverHeardAndHearsNothing(t *testing.T) {
	t.Parallel()
	claims.Proven(t, "a certificate that is not the described one gets no audio, in neither direction", "17.2.8")
	for _, active := range []bool{true, false} {
		w := startWire(t, nil)
		customer, browser := newRobot(t, 500), newWebphone(t, 900)
		browser.active = active
		browser.shows = must(newIdentity(time.Now()))
		callIn(t, w, "c", customer)
		ours, err := w.Offer("b", "c", browserTerms)
		if err != nil {
			t.Fatal(err)
		}
		browser.reads(ours)
		if err := w.Accept("b", browser.describe(map[bool]string{true: setupActive, false: setupPassive}[active])); err != nil {
			t.Fatal(err)
		}
		w.Established("b")
		w.WhenOpen("b", func() { t.Error("the leg counts as open") })
		w.Do(call.Join{A: "c", B: "b"})
		browser.asks()
		if err := browser.shakesHands(); err == nil && active {
			t.Error("the handshake went well")
		}
		// Where the far side's Finished comes first it believes in the handshake for a moment; its keys open nothing.
		browser.sing()
		expectTones(t, "customer", customer.hears(500, 900))
		browser.mu.Lock()
		heard := len(browser.heard)
		browser.mu.Unlock()
		l, err := w.find("b")
		if err != nil {
			t.Fatal(err)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if g := l.guard.Load(); heard > 0 || g == nil || g.in != nil || g.out != nil || l.association.phase != refused {
			t.Errorf("heard %d packets; phase %d", heard, l.association.phase)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestAPhoneBehindANATIsWhereItsHandshakeComesFrom(t *testing.T) {
	t.Parallel()
	w := startWire(t, nil)
	customer, phone := newRobot(t, 500), newWebphone(t, 900)
	phone.user = iceUser{}
	callIn(t, w, "c", customer)
	w.Behind("b", netip.MustParseAddr("127.0.0.1"))
	elsewhere := strings.Replace(string(phone.describe(setupEither)), "c=IN IP4 127.0.0.1", "c=IN IP4 10.1.2.3", 1)
	phone.reads(must(w.Answer("b", []byte(elsewhere), browserTerms)))
	w.Established("b")
	w.Do(call.Join{A: "c", B: "b"})
	phone.speaks()
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "phone", phone.hears(500, 900), 500)
}
