package media

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/transport/v5/deadline"
	"go.uber.org/zap"
)

// association is a leg's DTLS association: a handshake over the port of its RTP, whose outcome are the keys of its SRTP.
// It runs on goroutines of its own, which end soon after the keys are there; what comes of DTLS later is dropped, so that
// its end (close_notify) is no hang-up.
//
// RFC 5764 §4, RFC 5763 §6
type association struct {
	active bool          // we begin
	prints []fingerprint // that the far side's certificate must have one of
	ice    bool          // who sends to us has shown that he is where he says

	// The leg's mu guards these.
	phase shakePhase
	from  netip.AddrPort // where the far side's handshake comes from; invalid: nothing came
	tries int
	again time.Time // when a handshake that failed may be tried again

	in       chan []byte // bounded; a full one drops, and the handshake repeats what was lost
	deadline *deadline.Deadline
	send     func(datagram []byte)
	over     context.Context // the association is given up
	end      context.CancelFunc
	quiet    context.Context // it says nothing any more
	hush     context.CancelFunc
}

// shakePhase is where an association stands.
type shakePhase uint8

// The phases.
const (
	unshaken shakePhase = iota
	shaking
	shaken  // its keys are in use
	refused // it failed for good
)

// Limits of handshakes. A handshake is about a millisecond of arithmetic, so that a hundred at once are all that a
// processor can serve in time; what comes then is repeated by its far side (RFC 6347 §4.2.4) and finds room later.
const (
	shakesAtOnce  = 100
	shakeTime     = 15 * time.Second
	shakeTries    = 5
	shakePause    = time.Second
	shakeQueue    = 16
	shakeRepeat   = 250 * time.Millisecond // RFC 9147 §5.8.2 allows less than a second where time matters
	shakeLingers  = 10 * time.Second       // the last flight may be lost, and is asked for again
	shakeExporter = "EXTRACTOR-dtls_srtp"  // RFC 5764 §4.2
)

func newAssociation(active, ice bool, prints []fingerprint) *association {
	a := &association{active: active, ice: ice, prints: prints, in: make(chan []byte, shakeQueue), deadline: deadline.New()}
	a.over, a.end = context.WithCancel(context.Background())
	a.quiet, a.hush = context.WithCancel(a.over)
	return a
}

// same says whether a description that says so goes on with the association.
//
// RFC 8842 §4: another fingerprint or role begins a new one
func (a *association) same(active bool, prints []fingerprint) bool {
	return a != nil && a.active == active && slices.Equal(a.prints, prints)
}

// due says whether a handshake is to begin now: ours, or the far side's that has begun it. The caller holds the leg's mu.
func (a *association) due(now time.Time, theirs bool) bool {
	return a.phase == unshaken && a.active != theirs && a.tries < shakeTries && !now.Before(a.again)
}

// begin starts a handshake if there is room for one. The caller holds the leg's mu.
func (w *Wire) begin(l *leg, a *association) {
	select {
	case w.shakes <- struct{}{}:
	default:
		return
	}
	a.phase, a.tries = shaking, a.tries+1
	a.send = func(datagram []byte) {
		if to := l.shakesWith(a); to.IsValid() && !w.still.Load() {
			l.rtp.send(datagram, to)
		}
	}
	w.shakers.Go(func() { w.shake(l, a) })
}

// shake runs a handshake to its end, and stays for a while to repeat the last flight.
func (w *Wire) shake(l *leg, a *association) {
	conn, err := a.connect(w.identity)
	if err == nil {
		ctx, cancel := context.WithTimeout(a.over, shakeTime)
		err = conn.HandshakeContext(ctx)
		cancel()
	}
	<-w.shakes
	if err == nil {
		err = w.keyed(l, a, conn)
	}
	if err != nil {
		w.unkeyed(l, a, err)
	} else {
		select {
		case <-a.over.Done():
		case <-time.After(shakeLingers):
		}
		// Not a word of the end: to a browser it is the end of the call's audio.
		a.hush()
	}
	if conn != nil {
		_ = conn.Close() // it has no socket of its own
	}
}

// connect makes the DTLS connection of an association.
func (a *association) connect(i *identity) (*dtls.Conn, error) {
	pipe, far := shakePipe{a}, &net.UDPAddr{}
	check := func(certificates [][]byte, _ [][]*x509.Certificate) error {
		if len(certificates) == 0 {
			return errImpostor
		}
		return verify(certificates[0], a.prints)
	}
	// RFC 7714 §14.2, RFC 5764 §4.1.2: the cheaper ones first.
	profiles := []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}
	if a.active {
		return dtls.ClientWithOptions(pipe, far,
			dtls.WithCertificates(i.certificate), dtls.WithSRTPProtectionProfiles(profiles...), dtls.WithFlightInterval(shakeRepeat),
			dtls.WithInsecureSkipVerify(true), dtls.WithVerifyPeerCertificate(check))
	}
	return dtls.ServerWithOptions(pipe, far,
		dtls.WithCertificates(i.certificate), dtls.WithSRTPProtectionProfiles(profiles...), dtls.WithFlightInterval(shakeRepeat),
		dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithVerifyPeerCertificate(check),
		// RFC 6347 §4.2.1: a cookie proves an address, and ICE has done so.
		dtls.WithInsecureSkipVerifyHello(a.ice))
}

// take hands a datagram over to the handshake.
func (a *association) take(datagram []byte) {
	select {
	case a.in <- slices.Clone(datagram):
	default:
	}
}

// shakePipe is an association's handshake as the network that DTLS sees.
type shakePipe struct{ *association }

// ReadFrom returns the next datagram of the far side.
func (p shakePipe) ReadFrom(buf []byte) (int, net.Addr, error) {
	select {
	case datagram := <-p.in:
		return copy(buf, datagram), &net.UDPAddr{}, nil
	case <-p.deadline.Done():
		return 0, nil, os.ErrDeadlineExceeded
	case <-p.over.Done():
		return 0, nil, net.ErrClosed
	}
}

// WriteTo sends a datagram to where the far side is now.
func (p shakePipe) WriteTo(datagram []byte, _ net.Addr) (int, error) {
	if p.quiet.Err() == nil {
		p.send(datagram)
	}
	return len(datagram), nil
}

// Close does nothing: the leg's socket stays.
func (p shakePipe) Close() error { return nil }

// LocalAddr returns no address in particular.
func (p shakePipe) LocalAddr() net.Addr { return &net.UDPAddr{} }

// SetDeadline bounds the reads; writes never block.
func (p shakePipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// SetReadDeadline bounds the reads.
func (p shakePipe) SetReadDeadline(t time.Time) error {
	p.deadline.Set(t)
	return nil
}

// SetWriteDeadline does nothing: writes never block.
func (p shakePipe) SetWriteDeadline(time.Time) error { return nil }

// unkeyed notes that a handshake failed. Who shows another certificate than he described is refused for good.
//
// RFC 5763 §6.6: then no audio flows
func (w *Wire) unkeyed(l *leg, a *association, why error) {
	l.mu.Lock()
	current := l.association == a
	a.phase, a.again = unshaken, w.now().Add(shakePause)
	if errors.Is(why, errImpostor) || a.tries >= shakeTries {
		a.phase = refused
	}
	l.mu.Unlock()
	if current && a.over.Err() == nil {
		w.log.Warn("no keys for a leg's audio: it is not sent and not heard", zap.String("leg", string(l.id)), zap.Error(why))
	}
}
