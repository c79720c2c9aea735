package demo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// keyPayload is the payload type that robots offer for telephone-event.
const keyPayload = 101

// audio is a leg's RTP side: one socket, one goroutine that listens, one that speaks.
type audio struct {
	conn, rtcp *net.UDPConn // RTCP is bound, so that the far side's reports find a port, and not read
	trace      Trace
	heard      *bell
	quit       chan struct{}
	ended      sync.WaitGroup

	mu        sync.Mutex
	stopped   bool
	speaking  bool
	muted     bool
	law       Law
	keys      uint8 // agreed payload type of telephone-event; 0: none
	direction string
	to        *net.UDPAddr
	voice     oscillator
	press     *press
	quietKeys bool
	seq       uint16
	ts        uint32
	ssrc      uint32
	naps      []nap
}

// nap is a time when a robot woke later than it wanted: this machine was busy.
type nap struct {
	at time.Time
	by time.Duration
}

// Naps shorter than this are what timers do; keepNaps bounds them, the first are kept.
const (
	shortNap = 2 * time.Millisecond
	keepNaps = 4096
)

// newAudio binds an even port and the next one (RFC 3550 §11) on the address and begins to listen.
func newAudio(ip net.IP, tone Sound, heard *bell) (*audio, error) {
	for range 50 {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: ip})
		if err != nil {
			return nil, fmt.Errorf("bind an RTP port: %w", err)
		}
		if at := conn.LocalAddr().(*net.UDPAddr); at.Port%2 == 0 {
			if rtcp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: ip, Port: at.Port + 1}); err == nil {
				a := &audio{
					conn: conn, rtcp: rtcp, heard: heard, quit: make(chan struct{}), voice: oscillator{sound: tone},
					seq: uint16(rand.Uint32()), ts: rand.Uint32(), ssrc: rand.Uint32(),
				}
				a.ended.Add(1)
				go a.listen()
				return a, nil
			}
		}
		if err := conn.Close(); err != nil {
			return nil, fmt.Errorf("give an RTP port back: %w", err)
		}
	}
	return nil, errors.New("bind an RTP port: no free pair of ports in 50 tries")
}

// agree takes over what offer and answer settled: where to send, and in which law.
func (a *audio) agree(far description, l Law) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.to, a.keys, a.direction, a.law = far.addr, far.keys, mirrored(far.direction), l
}

// speak begins to send. Before it a robot only listens.
func (a *audio) speak() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped || a.speaking {
		return
	}
	a.speaking = true
	a.ended.Add(1)
	go a.pace()
}

// close ends both goroutines and gives the ports back.
func (a *audio) close() {
	a.mu.Lock()
	if a.stopped {
		a.mu.Unlock()
		a.ended.Wait()
		return
	}
	a.stopped = true
	close(a.quit)
	a.mu.Unlock()
	_ = a.conn.Close() // a UDP socket has nothing to flush
	_ = a.rtcp.Close()
	a.ended.Wait()
}

// pace sends one frame every 20 ms by the clock, as a sound card does. A robot that overslept leaves the time out, but
// counts it in its timestamps.
func (a *audio) pace() {
	defer a.ended.Done()
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-a.quit:
			return
		case <-timer.C:
		}
		late := time.Since(next)
		missed := max(0, int(late/(5*packetTime))*5)
		a.frame(missed)
		if late > shortNap {
			a.overslept(nap{next, late})
		}
		next = next.Add(time.Duration(missed+1) * packetTime)
		timer.Reset(time.Until(next))
	}
}

func (a *audio) overslept(n nap) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.naps) < keepNaps {
		a.naps = append(a.naps, n)
	}
}

// longestNap returns by how much the robot overslept at most in the window.
func (a *audio) longestNap(from, to time.Time) (by time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, n := range a.naps {
		if n.at.Add(n.by).After(from) && n.at.Before(to) {
			by = max(by, n.by)
		}
	}
	return by
}

// frame sends what belongs to one period: the key that is down, and speech.
func (a *audio) frame(missed int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ts += uint32(missed) * frameSamples
	defer func() { a.ts += frameSamples }()
	if a.muted || a.to == nil {
		return
	}
	pressing := a.press != nil
	if pressing {
		a.sendKey()
	}
	if (pressing && a.quietKeys) || (a.direction != "sendrecv" && a.direction != "sendonly") {
		return
	}
	pcm := make([]int16, frameSamples)
	a.voice.frame(pcm)
	payload := make([]byte, frameSamples)
	for i, s := range pcm {
		payload[i] = a.law.encode(s)
	}
	a.send(uint8(a.law), false, a.ts, payload)
}

// send writes one RTP packet (RFC 3550 §5.1). An error is the far side's port gone: a phone does not notice either.
func (a *audio) send(payloadType uint8, marker bool, ts uint32, payload []byte) {
	b := make([]byte, 12, 12+len(payload))
	b[0], b[1] = 0x80, payloadType
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], a.seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], a.ssrc)
	a.seq++
	_, _ = a.conn.WriteToUDP(append(b, payload...), a.to)
}

// listen notes every packet that arrives until the socket is closed.
func (a *audio) listen() {
	defer a.ended.Done()
	b := make([]byte, 1500)
	for {
		n, _, err := a.conn.ReadFromUDP(b)
		at := time.Now()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if p, ok := a.understand(b[:n], at); ok {
			a.trace.add(p)
			a.heard.ring()
		}
	}
}

// understand reads one RTP packet; false: it is none.
func (a *audio) understand(b []byte, at time.Time) (p packet, ok bool) {
	if len(b) < 12 || b[0]>>6 != 2 {
		return p, false
	}
	a.mu.Lock()
	keys := a.keys
	a.mu.Unlock()
	header := 12 + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 { // RFC 3550 §5.3.1
		if len(b) < header+4 {
			return p, false
		}
		header += 4 + 4*int(binary.BigEndian.Uint16(b[header+2:]))
	}
	if len(b) < header {
		return p, false
	}
	payloadType := b[1] & 0x7f
	p = packet{
		at: at, seq: binary.BigEndian.Uint16(b[2:]), ts: binary.BigEndian.Uint32(b[4:]), ssrc: binary.BigEndian.Uint32(b[8:]),
		key: keys != 0 && payloadType == keys,
	}
	if l := Law(payloadType); l == PCMU || l == PCMA {
		pcm := make([]int16, 0, len(b)-header)
		for _, c := range b[header:] {
			pcm = append(pcm, l.decode(c))
		}
		p.samples, p.mix = len(pcm), listen(pcm)
	}
	return p, true
}

func (a *audio) say(s Sound) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.voice.sound = s
}

func (a *audio) mute(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.muted = on
}
