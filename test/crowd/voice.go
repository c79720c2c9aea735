package crowd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// Packets are 20 ms of PCMU. Each begins with a mark, the leg that says it, its number and when it left; a tone follows.
const (
	frame             = 160
	period            = 20 * time.Millisecond
	mark       uint32 = 0xa5c0_d1e5
	headLength        = 20
)

// Clock makes the legs of a crowd speak, each every 20 ms.
type Clock struct {
	quit  chan struct{}
	ended sync.WaitGroup

	mu     sync.Mutex
	phases [phases][]*voice
	naps   []nap
}

const phases = 10

// nap is a time when the clock was late: this machine was busy.
type nap struct {
	at time.Time
	by time.Duration
}

// NewClock starts a clock.
func NewClock() *Clock {
	c := &Clock{quit: make(chan struct{})}
	c.ended.Go(c.run)
	return c
}

// Stop ends it; all legs fall silent.
func (c *Clock) Stop() {
	close(c.quit)
	c.ended.Wait()
}

// Late returns by how much the clock was late at most in the window: what this machine, not the gateway, adds to every time
// that is measured.
func (c *Clock) Late(from, to time.Time) (by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.naps {
		if n.at.Add(n.by).After(from) && n.at.Before(to) {
			by = max(by, n.by)
		}
	}
	return by
}

func (c *Clock) run() {
	const step = period / phases
	next := time.Now()
	for n := 0; ; n++ {
		select {
		case <-c.quit:
			return
		case <-time.After(time.Until(next)):
		}
		late := time.Since(next)
		c.mu.Lock()
		if late > step && len(c.naps) < 1<<16 {
			c.naps = append(c.naps, nap{next, late})
		}
		for _, v := range c.phases[n%phases] {
			v.say()
		}
		c.mu.Unlock()
		next = next.Add(step)
		if late > 5*period { // time that was slept through is left out, as a sound card does
			next = time.Now()
		}
	}
}

func (c *Clock) add(v *voice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	least := 0
	for i := range c.phases {
		if len(c.phases[i]) < len(c.phases[least]) {
			least = i
		}
	}
	c.phases[least] = append(c.phases[least], v)
}

func (c *Clock) remove(v *voice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, list := range c.phases {
		for j := range list {
			if list[j] == v {
				c.phases[i] = append(list[:j:j], list[j+1:]...)
				return
			}
		}
	}
}

// voice is a leg's RTP side.
type voice struct {
	ear   Ear
	id    uint32
	clock *Clock
	ended sync.WaitGroup

	mu         sync.Mutex
	conn, rtcp *net.UDPConn // RTCP is bound, so that reports find a port, and not read
	to         netip.AddrPort
	muted      bool
	closed     bool
	sound      [frame]byte
	seq        uint16
	ts         uint32
	ssrc       uint32
	number     uint32
	out, in    *srtp.Context // nil: plain
	sealed     [][]byte      // the last packets that in does not open
	press      *press
	packet     []byte
}

// press is a key that is down (RFC 4733 §2.5).
type press struct {
	event    byte
	ts       uint32
	duration uint16
	ends     int
	done     chan struct{}
}

func newVoice(id uint32, tone int, clock *Clock) *voice {
	v := &voice{
		id: id, clock: clock, seq: uint16(rand.Uint32()), ts: rand.Uint32(), ssrc: rand.Uint32(),
		ear: Ear{voices: map[uint32]*stream{}},
	}
	for i := range v.sound {
		v.sound[i] = law(int(8000 * math.Sin(2*math.Pi*float64(tone)*float64(i)/8000)))
	}
	return v
}

// open binds an even port and the next one (RFC 3550 §11), and listens.
func (v *voice) open(bind func(netip.AddrPort) (*net.UDPConn, error), ip netip.Addr) error {
	for range 50 {
		conn, err := bind(netip.AddrPortFrom(ip, 0))
		if err != nil {
			return fmt.Errorf("bind an RTP port: %w", err)
		}
		port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		if port%2 == 0 {
			if rtcp, err := bind(netip.AddrPortFrom(ip, port+1)); err == nil {
				v.mu.Lock()
				v.conn, v.rtcp = conn, rtcp
				v.mu.Unlock()
				v.ended.Go(func() { v.listen(conn) })
				return nil
			}
		}
		_ = conn.Close()
	}
	return errors.New("bind an RTP port: no free pair in 50 tries")
}

// unplug closes the sockets; what is said goes nowhere until move.
func (v *voice) unplug() {
	v.mu.Lock()
	_, _ = v.conn.Close(), v.rtcp.Close()
	v.mu.Unlock()
	v.ended.Wait()
}

func (v *voice) move(bind func(netip.AddrPort) (*net.UDPConn, error), ip netip.Addr) error {
	v.unplug()
	return v.open(bind, ip)
}

func (v *voice) close() {
	v.clock.remove(v)
	v.mu.Lock()
	already := v.closed
	v.closed = true
	if !already && v.conn != nil {
		_, _ = v.conn.Close(), v.rtcp.Close()
	}
	v.mu.Unlock()
	v.ended.Wait()
}

func (v *voice) port() (port uint16) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

// agree takes over what offer and answer settled.
func (v *voice) agree(to netip.AddrPort, mine, theirs *key) (err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.to = to
	if mine == nil || theirs == nil {
		return nil
	}
	if v.out == nil { // a re-INVITE repeats our key
		if v.out, err = mine.context(); err != nil {
			return err
		}
	}
	v.in, err = theirs.context(srtp.SRTPReplayProtection(64))
	for _, packet := range v.sealed {
		// audio may be there before the answer that has its key
		if _, early := v.in.DecryptRTP(nil, packet, nil); early == nil {
			v.ear.excused()
		}
	}
	v.sealed = nil
	return err
}

// mostSealed is how many packets wait for an answer with their key.
const mostSealed = 5

// unseal decrypts a packet into room.
func (v *voice) unseal(room, packet []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.in == nil {
		return packet, nil
	}
	data, err := v.in.DecryptRTP(room, packet, nil)
	if err != nil && len(v.sealed) < mostSealed {
		v.sealed = append(v.sealed, slices.Clone(packet))
	}
	return data, err
}

// say sends what belongs to one period. The clock calls it.
func (v *voice) say() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ts += frame
	v.number++
	if v.muted || v.closed || !v.to.IsValid() {
		return
	}
	if v.press != nil {
		v.key()
		return
	}
	payload := make([]byte, frame)
	copy(payload, v.sound[:])
	binary.BigEndian.PutUint32(payload, mark)
	binary.BigEndian.PutUint32(payload[4:], v.id)
	binary.BigEndian.PutUint32(payload[8:], v.number)
	binary.BigEndian.PutUint64(payload[12:headLength], uint64(time.Now().UnixNano()))
	v.send(0, false, v.ts, payload)
}

// key sends one packet of the key that is down: 100 ms, the last packet three times.
func (v *voice) key() {
	p := v.press
	p.duration = min(p.duration+frame, 5*frame)
	end := byte(0)
	if p.duration == 5*frame {
		end = 0x80
		p.ends++
	}
	v.send(keyType, p.duration == frame, p.ts, []byte{p.event, end | 10, byte(p.duration >> 8), byte(p.duration)})
	if p.ends == 3 {
		close(p.done)
		v.press = nil
	}
}

const keyType = 101

// send writes one packet. An error is the far side's port gone: a phone does not notice either.
func (v *voice) send(kind uint8, marker bool, ts uint32, payload []byte) {
	header := rtp.Header{Version: 2, PayloadType: kind, Marker: marker, SequenceNumber: v.seq, Timestamp: ts, SSRC: v.ssrc}
	v.seq++
	head, err := header.Marshal()
	if err != nil {
		return
	}
	b := append(head, payload...)
	if v.out != nil {
		if b, err = v.out.EncryptRTP(v.packet[:0], b, &header); err != nil {
			return
		}
		v.packet = b
	}
	_, _ = v.conn.WriteToUDPAddrPort(b, v.to)
}

func (v *voice) listen(conn *net.UDPConn) {
	b, clear := make([]byte, 1500), make([]byte, 0, 1500)
	for {
		n, _, err := conn.ReadFromUDPAddrPort(b)
		at := time.Now()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < 12 {
			continue
		}
		data, err := v.unseal(clear[:0], b[:n])
		if err != nil {
			v.ear.failed()
			continue
		}
		var p rtp.Packet
		if p.Unmarshal(data) == nil && p.PayloadType == 0 {
			v.ear.heard(p.Payload, at)
		}
	}
}
