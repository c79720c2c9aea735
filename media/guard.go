package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// guard encrypts what a leg sends and proves what it receives. A leg without one (nil) speaks plain RTP; a side of a guard
// that is missing lets nothing pass, as while its keys are not agreed on yet. With new keys a leg gets a new guard, which
// takes over the side whose key stays.
type guard struct {
	in, out *lock

	// before stands in until the far side has used its new key, or for a while: it changes keys when our answer reaches it.
	before *guard      // nil: nobody
	moved  atomic.Bool // a packet came under the new key
	stood  atomic.Int32
}

// standAtMost is how many packets of ours go out while the keys of before hold: five seconds.
const standAtMost = 250

// passage returns the guard that stands in; nil: none does.
func (g *guard) passage() *guard {
	if g.before == nil || g.moved.Load() || g.stood.Load() > standAtMost {
		return nil
	}
	return g.before
}

// open proves and decrypts a datagram of RTP in place; false: it is not one of the far side's, or came before.
func (g *guard) open(datagram []byte) (plain []byte, ok bool) {
	return g.with(datagram, (*lock).open)
}

// openReport does the same for a datagram of RTCP.
func (g *guard) openReport(datagram []byte) (plain []byte, ok bool) {
	return g.with(datagram, (*lock).openReport)
}

func (g *guard) with(datagram []byte, open func(*lock, []byte) ([]byte, bool)) (plain []byte, ok bool) {
	if g == nil {
		return datagram, true
	}
	b := g.passage()
	if b == nil {
		return open(g.in, datagram)
	}
	// What does not open is destroyed, so the new key is tried on a copy.
	if plain, ok = open(g.in, bytes.Clone(datagram)); !ok {
		return open(b.in, datagram)
	}
	g.moved.Store(true)
	return append(datagram[:0], plain...), true
}

// seal encrypts a datagram of RTP, in place if there is room behind it; false: it must not be sent.
func (g *guard) seal(datagram []byte) (sealed []byte, ok bool) {
	if g == nil {
		return datagram, true
	}
	if b := g.passage(); b != nil {
		g.stood.Add(1)
		return b.out.seal(datagram)
	}
	return g.out.seal(datagram)
}

// sealReport does the same for a datagram of RTCP, in a buffer of its own.
func (g *guard) sealReport(datagram []byte) (sealed []byte, ok bool) {
	if g == nil {
		return datagram, true
	}
	if b := g.passage(); b != nil {
		return b.out.sealReport(datagram)
	}
	return g.out.sealReport(datagram)
}

// send sends a datagram of RTP to the leg's far side. It is encrypted in place.
func (l *leg) send(datagram []byte, to netip.AddrPort) {
	if sealed, ok := l.guard.Load().seal(datagram); ok {
		l.rtp.send(sealed, to)
	}
}

// lock is one direction of a guard: the SRTP context of one key, with its rollover counters and replay windows.
type lock struct {
	keys keying

	// mu is held for the arithmetic of one packet (a microsecond at most) and never over I/O: the readers of RTP and of
	// RTCP, the pacer and who sends to the leg share the context. Nothing else is locked within it.
	mu      sync.Mutex
	context *srtp.Context
	header  rtp.Header         // of the packet at work
	report  rtcp.Header        // likewise
	streams int                // SSRCs that came
	packets map[uint32]*window // of streams that came, by SSRC
	reports map[uint32]*window // likewise
	made    *window            // the one that the library was given last

	// The stream that the last packet of RTP was of, and its highest sequence number.
	ssrc    uint32
	highest uint16
	begun   bool
}

// keying is what a lock is made of. It is secret.
type keying struct {
	suite suite
	key   string // the master key and its salt, as bytes
	mki   string // master key identifier in each packet, as bytes; empty: none
}

// sealRoom is what encryption adds to a packet at most: the longest tag, and the index of RTCP.
const sealRoom = 16 + 4

// replayWindow is how many packets may overtake another one before that counts as repeated: two seconds and a half.
// RFC 3711 §3.3.2 asks for 64 at least.
const replayWindow = 128

// streamsPerKey bounds the SSRCs that a far side may use with one key, since each takes memory. It changes its SSRC when
// it begins its stream anew, as on a hold or a transfer behind it.
const streamsPerKey = 128

// newLock makes the context of one direction. Errors: the key does not fit the suite.
func newLock(k keying) (*lock, error) {
	n := k.suite.keyLength()
	if len(k.key) != n+k.suite.saltLength() {
		return nil, fmt.Errorf("a key of %d bytes for %s", len(k.key), k.suite)
	}
	l := &lock{keys: k, packets: map[uint32]*window{}, reports: map[uint32]*window{}}
	options := append(l.windows(), srtp.MasterKeyIndicator([]byte(k.mki)))
	var err error
	if l.context, err = srtp.CreateContext([]byte(k.key[:n]), []byte(k.key[n:]), k.suite.profile(), options...); err != nil {
		return nil, fmt.Errorf("keys for %s: %w", k.suite, err)
	}
	return l, nil
}

func (l *lock) open(datagram []byte) (plain []byte, ok bool) {
	if l == nil || len(datagram) < rtpHeader {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ssrc := streamOf(datagram)
	known := l.packets[ssrc] != nil
	if !known && l.streams >= streamsPerKey {
		return nil, false
	}
	plain, err := l.context.DecryptRTP(datagram, datagram, &l.header)
	if err != nil {
		return nil, false
	}
	if !known {
		l.streams++
		l.packets[ssrc] = l.made
	}
	l.note(plain)
	return plain, true
}

// note keeps up with the stream. The caller holds mu.
func (l *lock) note(datagram []byte) {
	sequence, ssrc := binary.BigEndian.Uint16(datagram[2:]), streamOf(datagram)
	if !l.begun || ssrc != l.ssrc || int16(sequence-l.highest) > 0 {
		l.begun, l.ssrc, l.highest = true, ssrc, sequence
	}
}

func (l *lock) openReport(datagram []byte) (plain []byte, ok bool) {
	if l == nil || len(datagram) < rtpHeader {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ssrc := reporterOf(datagram)
	known := l.reports[ssrc] != nil
	if !known && l.streams >= streamsPerKey {
		return nil, false
	}
	plain, err := l.context.DecryptRTCP(datagram, datagram, &l.report)
	if err == nil && !known {
		l.streams++
		l.reports[ssrc] = l.made
	}
	return plain, err == nil
}

func (l *lock) seal(datagram []byte) (sealed []byte, ok bool) {
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	sealed, err := l.context.EncryptRTP(datagram, datagram, &l.header)
	if err != nil {
		return nil, false
	}
	l.note(sealed)
	return sealed, true
}

func (l *lock) sealReport(datagram []byte) (sealed []byte, ok bool) {
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	sealed, err := l.context.EncryptRTCP(nil, datagram, &l.report)
	return sealed, err == nil
}

// reportsReserved is how many reports may go out between a state is taken and it is stored, far more than a leg sends.
const reportsReserved = 1000

// state returns what the direction that seals our stream goes on with after a restart.
func (l *lock) state(ssrc uint32) KeyState {
	if l == nil {
		return KeyState{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	state := KeyState{Suite: l.keys.suite.String(), Key: []byte(l.keys.key), MKI: []byte(l.keys.mki)}
	report, _ := l.context.Index(ssrc)
	state.ReportIndex = min(report+reportsReserved, mostReports)
	if l.begun {
		rollover, _ := l.context.ROC(l.ssrc)
		state.SSRC, state.Index = l.ssrc, uint64(rollover)<<16|uint64(l.highest)
	}
	return state
}
