package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"telagent-gateway/call"
)

// leg is the audio of one party: its two sockets, its slot, what its far side described and what came from there.
type leg struct {
	id    call.LegID
	home  home
	port  int
	rtp   link
	rtcp  link
	cname string
	slot  slot
	to    atomic.Pointer[audience] // where its audio goes; nil: nowhere
	tape  atomic.Pointer[tape]     // what records it; nil: nothing
	guard atomic.Pointer[guard]    // nil: plain RTP
	voice *voice                   // nil: nobody heard it in a mix yet; guarded by the wire's mu
	spare []byte                   // for copies of packets that go to several; the reader's
	piece []byte                   // for parts of packets that are too long; the reader's

	restored bool        // it was there before a restart
	stale    atomic.Bool // its LegState is another than was told last
	drifted  atomic.Bool // likewise, but what changed is found anew after a restart
	renewed  time.Time   // when that was told last; the pacer's

	// mu guards the rest, between the leg's reader, the pacer and the seam. Like a slot's it is held for arithmetic
	// alone and never over I/O. A slot's may be taken within it, never the other way round.
	mu          sync.Mutex
	session     session
	far         far
	kinds       [128]kind // by payload type, as it may reach us
	established time.Time // zero: not yet
	early       bool      // it is sent audio before that
	behind      bool      // a NAT: its packets may come from elsewhere than its description says
	nat         netip.Addr
	in          reception
	keys        keys
	reports     reports
	ice         ice
	course      course
	association *association // by DTLS; nil: none
	closed      []func()     // to be called when its audio can pass
}

// Socket buffers in bytes: about a second and a half of RTP, some reports.
const (
	rtpBuffer  = 64 << 10
	rtcpBuffer = 16 << 10
)

// open makes a leg with ports of its own at a home. A port that some other process holds is passed over.
func (w *Wire) open(id call.LegID, at home) (*leg, error) {
	l := &leg{
		id: id, home: at, cname: fmt.Sprintf("%016x", rand.Uint64()),
		session: session{id: rand.Uint64N(1 << 31)},
	}
	l.slot.stream = stream{ssrc: rand.Uint32(), sequence: uint16(rand.Uint32N(1 << 15)), end: rand.Uint32()}
	l.slot.owner, l.slot.frame = l, defaultFrame
	l.slot.source.Store(&source{frames: quiet{}})
	if err := w.bindAny(l); err != nil {
		return nil, err
	}
	w.attend(l)
	return l, nil
}

// bindAny opens the leg's sockets on the next ports that are free.
func (w *Wire) bindAny(l *leg) error {
	for range len(w.ports.pairs) {
		port, err := w.ports.take(w.now())
		if err != nil {
			return err
		}
		l.port = port
		if err = w.bindPair(l); err == nil {
			return nil
		}
		w.ports.release(port, w.now())
		if !errors.Is(err, errTaken) {
			return err
		}
	}
	return fmt.Errorf("every free port pair: %w", errTaken)
}

// bindPair opens the leg's sockets, which nobody reads before it listens.
func (w *Wire) bindPair(l *leg) (err error) {
	if l.rtp, err = w.bind(l, l.port, rtpBuffer); err != nil {
		return fmt.Errorf("bind RTP port %d: %w", l.port, err)
	}
	if l.rtcp, err = w.bind(l, l.port+1, rtcpBuffer); err != nil {
		l.rtp.close()
		return fmt.Errorf("bind RTCP port %d: %w", l.port+1, err)
	}
	return nil
}

// bind opens a port of the leg's home, or takes the socket that another process bound there.
func (w *Wire) bind(l *leg, port, buffer int) (link, error) {
	at := netip.AddrPortFrom(l.home.bind, uint16(port))
	if w.inherited != nil {
		if socket := w.inherited(at); socket != nil {
			open, err := w.backend.inherit(socket, at)
			return open, errors.Join(err, socket.Close())
		}
	}
	return w.backend.open(at, buffer)
}

// attend lets what comes to a leg's sockets be read from now on.
func (w *Wire) attend(l *leg) {
	l.rtp.listen(func(now time.Time, from netip.AddrPort, datagram []byte) { w.receive(l, now, from, datagram) })
	l.rtcp.listen(func(now time.Time, from netip.AddrPort, datagram []byte) { w.receiveReport(l, now, from, datagram) })
}

// find returns a leg that has been described and not released.
func (w *Wire) find(id call.LegID) (*leg, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.places[id]; p != nil && p.leg != nil {
		return p.leg, nil
	}
	return nil, fmt.Errorf("leg %s has no audio", id)
}

// findOrOpen returns the leg, which is made with ports if it has none yet, in the family of that address if we have it, and
// then hears audio until told otherwise.
func (w *Wire) findOrOpen(id call.LegID, hears call.Audio, near netip.Addr) (*leg, error) {
	if l, err := w.find(id); err == nil {
		return l, nil
	}
	l, err := w.open(id, w.homes.near(near))
	if err != nil {
		return nil, fmt.Errorf("open ports for leg %s: %w", id, err)
	}
	if !w.admit(l, hears) {
		w.shut(l)
		return nil, fmt.Errorf("open ports for leg %s: the audio wire is closed or the leg is over", id)
	}
	return l, nil
}

// Established says that the leg's dialog stands. The leg is sent audio from now on, and its silence counts from now.
func (w *Wire) Established(id call.LegID) {
	l, err := w.find(id)
	if err != nil {
		return
	}
	l.mu.Lock()
	if l.established.IsZero() {
		l.established = w.now()
		l.in.heard = l.established
	}
	l.reroute()
	l.mu.Unlock()
}

// WhenOpen calls open as soon as the leg's audio can pass: at once, or when there are keys for it. It calls it never when
// the leg is released before, or there will be no keys. A leg without audio is open.
func (w *Wire) WhenOpen(id call.LegID, open func()) {
	l, err := w.find(id)
	if err != nil {
		open()
		return
	}
	l.mu.Lock()
	l.closed = append(l.closed, open)
	waiting := l.opened(w.now())
	l.mu.Unlock()
	for _, open := range waiting {
		open()
	}
}

// opened returns who waits for the leg's audio, once it can pass. Its silence counts from now on. The caller holds mu.
func (l *leg) opened(now time.Time) (waiting []func()) {
	if len(l.closed) == 0 || l.association != nil && l.association.phase != shaken {
		return nil
	}
	waiting, l.closed, l.in.heard = l.closed, nil, now
	return waiting
}

// Early says that the leg, whose dialog does not stand yet, is sent audio from now on: what it is joined with sends a
// ringing tone or an announcement. Its silence does not count yet.
func (w *Wire) Early(id call.LegID) {
	l, err := w.find(id)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.early = true
	l.reroute()
	l.mu.Unlock()
}

// stands says whether the leg's dialog does.
func (l *leg) stands() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.established.IsZero()
}

// Behind says that the leg's signalling comes from that address, which is not what the far side calls its own: it is
// behind a NAT. Its audio may then come from another port, and be sent there, than its description says, but from that
// address alone. It may be told before the first description. Told once the dialog stands, it says that the phone has moved:
// its audio is looked for anew, and goes on as it was until it is found.
func (w *Wire) Behind(id call.LegID, address netip.Addr) {
	w.mu.Lock()
	p := w.place(id)
	p.nat = address.Unmap()
	l := p.leg
	w.mu.Unlock()
	if l != nil {
		l.hide(address.Unmap())
		l.move(w.now())
	}
}

// move lets the leg's audio be looked for anew, if its dialog stands.
func (l *leg) move(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.established.IsZero() {
		l.in.moved, l.in.certain, l.in.suitor, l.in.since = true, false, suitor{}, now
	}
}

func (l *leg) hide(nat netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behind, l.nat = nat.IsValid(), nat
	l.stale.Store(true)
}

// Release ends the leg's audio: RTCP BYE, sockets closed, ports to quarantine. A leg that it was joined with hears
// silence until told otherwise. Unknown legs are ignored.
func (w *Wire) Release(id call.LegID) {
	if l := w.dismiss(id); l != nil {
		if !w.still.Load() {
			l.sayBye(w.now())
		}
		w.shut(l)
		w.measured(l)
	}
}

// shut closes a leg's sockets and sends its ports to quarantine.
func (w *Wire) shut(l *leg) {
	l.mu.Lock()
	l.part()
	l.mu.Unlock()
	l.rtp.close()
	l.rtcp.close()
	w.ports.release(l.port, w.now())
}

// defaultFrame is 20 ms.
const defaultFrame = clock / 50

// source returns where the leg's packets come from and go to. The caller holds mu.
func (l *leg) source() netip.AddrPort {
	if l.in.latched.IsValid() {
		return l.in.latched
	}
	return l.far.rtp
}

// reroute lets the slot send as the leg's descriptions say from its next packet on. The caller holds mu.
func (l *leg) reroute() {
	s, to := &l.slot, l.source()
	l.stale.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = (l.early || !l.established.IsZero()) && to.IsValid() && l.far.direction.receives()
	s.to, s.codec, s.types = to, l.far.codec, l.far.types
	s.most.Store(l.far.most)
	if l.far.frame != 0 {
		s.frame = l.far.frame
	}
}
