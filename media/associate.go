package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/dtls/v3"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// The values of a=setup: who begins the handshake.
// RFC 4145 §4, RFC 5763 §5
const (
	setupActive  = "active"
	setupPassive = "passive"
	setupEither  = "actpass"
)

// shakes is what a line says of its side's DTLS and of the way to it.
type shakes struct {
	setup  string
	prints []fingerprint
	ice    iceUser // zero: audio goes where the description says
}

// readShakes reads the attributes of an audio line that goes over DTLS.
func readShakes(m *mediaLine) (*shakes, error) {
	s := &shakes{setup: m.attribute("setup"), prints: readFingerprints(m)}
	switch s.setup {
	case setupActive, setupPassive, setupEither:
	case "":
		s.setup = setupActive // RFC 4145 §4.1
	default:
		return nil, fmt.Errorf("a=setup:%s leaves nobody to begin the handshake", s.setup)
	}
	if len(s.prints) == 0 {
		return nil, errors.New("no fingerprint of its certificate by SHA-256 or a stronger function")
	}
	// todo RFC 8445 §5.1.1.1: a component for RTCP; without one port for both there is no ICE here
	if m.muxed() {
		s.ice = readICE(m)
	}
	return s, nil
}

// associate makes the far side's description that of the leg's DTLS, with ICE if it speaks that. It goes on with the
// association there is, or begins a new one, and returns the guard that goes with it. The caller holds mu.
// RFC 8842 §5.3, §5.4
func (l *leg) associate(f *far, offered bool) *guard {
	now := l.association
	active := f.shakes.setup == setupPassive
	if f.shakes.setup == setupEither && now.same(now.isActive(), f.shakes.prints) {
		active = now.isActive() // RFC 8842 §5.3: the roles stay
	}
	if f.shakes.ice == (iceUser{}) {
		l.ice = ice{}
	} else {
		l.ice.meet(f.shakes.ice, offered)
	}
	if now.same(active, f.shakes.prints) {
		return l.guard.Load()
	}
	l.part()
	l.association = newAssociation(active, l.ice.speaks(), f.shakes.prints)
	return &guard{} // nothing passes before there are keys
}

// isActive says whether we begin; false also where there is no association yet.
func (a *association) isActive() bool { return a != nil && a.active }

// part gives up the leg's association, if it has one. The caller holds mu.
func (l *leg) part() {
	if l.association != nil {
		l.association.end()
		l.association = nil
	}
}

// answeredSetup is our role in the answer to an offer.
func (a *association) answeredSetup() string {
	if a.isActive() {
		return setupActive
	}
	return setupPassive
}

// secureLines describe our side of DTLS, and of ICE if the far side speaks it or may.
// RFC 5763 §5, RFC 8839 §5
func (w *Wire) secureLines(l *leg, setup string, ice bool) (lines, session []string) {
	lines = []string{"setup:" + setup, "fingerprint:" + w.identity.print}
	if !ice {
		return lines, nil
	}
	return append(lines, l.ice.ours.lines(netip.AddrPortFrom(l.home.advertise, uint16(l.port)))...), []string{iceLiteLine}
}

// askICE takes a datagram of STUN. Who knows the leg's password is at the address that it came from, and says there where
// its audio is to go; and it lives.
func (w *Wire) askICE(l *leg, now time.Time, from netip.AddrPort, datagram []byte) {
	l.mu.Lock()
	was := l.ice.nominated
	reply, valid := l.ice.answer(now, from, datagram)
	if l.ice.nominated != was {
		l.in.latched = l.ice.nominated
		l.reroute()
	}
	var told call.Event
	if valid {
		told = l.sign(now, false)
	}
	l.mu.Unlock()
	if reply != nil {
		l.rtp.send(reply, from)
	}
	if told != nil {
		w.report(told)
	}
}

// meetDTLS takes a datagram of DTLS. One that comes from where no handshake is expected is dropped, and so is all that
// comes after the handshake.
func (w *Wire) meetDTLS(l *leg, now time.Time, from netip.AddrPort, datagram []byte) {
	l.mu.Lock()
	a := l.association
	if a == nil || !l.expects(now, from) || a.strange(from) {
		l.in.foreign++
		l.mu.Unlock()
		return
	}
	a.from = from
	if a.due(now, true) {
		w.begin(l, a)
	}
	l.mu.Unlock()
	a.take(datagram)
}

// strange says whether an address is another one than that of the handshake which runs, and nothing proves that it is the far
// side's as well: who shares its NAT would draw the answers and then the audio to himself. The caller holds the leg's mu.
func (a *association) strange(from netip.AddrPort) bool {
	return !a.ice && a.phase == shaking && a.from.IsValid() && from != a.from
}

// expects says whether what comes from an address may be the far side's. The caller holds mu.
func (l *leg) expects(now time.Time, from netip.AddrPort) bool {
	return from == l.source() || l.ice.knows(from) || l.courts(now, from)
}

// handshake begins one that is ours to begin, once there is somebody to begin it with, and takes audio away from a far
// side that wants it no more. The caller holds mu.
func (w *Wire) handshake(l *leg, now time.Time) {
	if l.ice.nominated.IsValid() && l.in.latched.IsValid() && !l.ice.consents(now) {
		l.in.latched, l.ice.nominated = netip.AddrPort{}, netip.AddrPort{}
		l.reroute()
	}
	if a := l.association; a != nil && a.due(now, false) && l.source().IsValid() {
		w.begin(l, a)
	}
}

// shakesWith returns where an association's handshake goes.
func (l *leg) shakesWith(a *association) netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !a.ice && a.from.IsValid() {
		return a.from
	}
	if to := l.source(); to.IsValid() {
		return to
	}
	return a.from // it asked and has nominated nothing yet
}

// RFC 5764 §4.1.2, RFC 7714 §14.2
var shakenSuites = map[dtls.SRTPProtectionProfile]suite{
	dtls.SRTP_AEAD_AES_128_GCM:       gcm128,
	dtls.SRTP_AEAD_AES_256_GCM:       gcm256,
	dtls.SRTP_AES128_CM_HMAC_SHA1_80: cm128tag80,
}

// errLate is that of a handshake whose leg goes on without it.
var errLate = errors.New("the leg was described anew meanwhile")

// keyed makes the outcome of a handshake the leg's keys. Without ICE the handshake's address is the far side's: who shows
// the right certificate is there.
func (w *Wire) keyed(l *leg, a *association, conn *dtls.Conn) error {
	g, err := shakenGuard(conn, a.active)
	if err != nil {
		return err
	}
	l.mu.Lock()
	if l.association != a {
		l.mu.Unlock()
		return errLate
	}
	a.phase = shaken
	if !a.ice && a.from.IsValid() && a.from != l.source() {
		l.in.latched = a.from
		l.reroute()
	}
	l.guard.Store(g)
	l.stale.Store(true)
	waiting := l.opened(w.now())
	l.mu.Unlock()
	for _, open := range waiting {
		open()
	}
	w.log.Debug("audio is encrypted", zap.String("leg", string(l.id)), zap.Stringer("suite", g.in.keys.suite))
	return nil
}

// shakenGuard makes the guard of a handshake that we began, or the far side.
// RFC 5764 §4.2
func shakenGuard(conn *dtls.Conn, active bool) (g *guard, err error) {
	profile, _ := conn.SelectedSRTPProtectionProfile()
	state, ok := conn.ConnectionState()
	suite, known := shakenSuites[profile]
	if !ok || !known {
		return nil, errors.New("it agrees to no suite of SRTP (use_srtp)")
	}
	n, m := suite.keyLength(), suite.saltLength()
	material, err := state.ExportKeyingMaterial(shakeExporter, nil, 2*(n+m))
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	// RFC 5764 §4.2: client key, server key, client salt, server salt
	client := slices.Concat(material[:n], material[2*n:2*n+m])
	server := slices.Concat(material[n:2*n], material[2*n+m:])
	theirs, ours := client, server
	if active {
		theirs, ours = server, client
	}
	g = &guard{}
	if g.in, err = newLock(keying{suite: suite, key: string(theirs)}); err != nil {
		return nil, err
	}
	g.out, err = newLock(keying{suite: suite, key: string(ours)})
	return g, err
}
