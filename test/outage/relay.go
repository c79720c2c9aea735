package outage

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// Weather is what a Relay does to the datagrams that pass. The zero value lets all of them pass as they are.
type Weather struct {
	Closed            bool          // the sockets are closed: whoever sends is told by ICMP
	Silent            bool          // everything vanishes, and nobody is told
	Delay             time.Duration // each way
	Loss, Twice, Late int           // percent that are lost, doubled, held back until others have overtaken them
}

// held is how long a datagram of Weather.Late is kept: longer than the 20 ms to the next one.
const held = 50 * time.Millisecond

// sipPort is where the gateway and its relay speak SIP.
const sipPort = 5060

// Relay stands between the gateway and the phones of one site, as the site's router with its NAT does: phones take it for
// the gateway, and for the gateway each phone is a port of the relay. It is safe for concurrent use.
type Relay struct {
	at, gateway netip.Addr

	mu      sync.Mutex
	weather Weather
	dice    *rand.Rand
	lost    int
	late    int // on their way
	gone    bool
	pipes   map[uint16]*pipe // by the port of the gateway that they stand for
	ended   sync.WaitGroup
}

// pipe is one port of the gateway as the phones see it, with a socket towards the gateway for each of them.
type pipe struct {
	port   uint16
	phones *net.UDPConn                      // bound at the port; nil: closed
	ways   map[netip.AddrPort]*net.UDPConn   // by phone
	places map[netip.AddrPort]netip.AddrPort // where a phone's socket was bound, to come back to after a close
}

// NewRelay binds the SIP port of an address for the phones. The address must be as long in text as the gateway's, because
// the one is written over the other.
func NewRelay(address, gateway string) (*Relay, error) {
	at, err := netip.ParseAddr(address)
	far, err2 := netip.ParseAddr(gateway)
	if err := errors.Join(err, err2); err != nil || len(address) != len(gateway) {
		return nil, fmt.Errorf("relay at %s for %s: %w", address, gateway, errors.Join(err, errors.New("needs addresses of one length")))
	}
	r := &Relay{at: at, gateway: far, dice: rand.New(rand.NewPCG(1, 2)), pipes: map[uint16]*pipe{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r, r.lay(sipPort)
}

// Set changes the weather.
func (r *Relay) Set(w Weather) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.weather
	r.weather = w
	var failed []error
	for _, p := range r.pipes {
		if w.Closed && !was.Closed {
			p.close()
		} else if was.Closed && !w.Closed {
			failed = append(failed, r.open(p))
		}
	}
	return errors.Join(failed...)
}

// Lost returns how many datagrams the relay has taken and not carried.
func (r *Relay) Lost() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// waiting returns how many datagrams the relay holds back.
func (r *Relay) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late
}

// Close gives the ports back and waits for what is on its way.
func (r *Relay) Close() {
	r.mu.Lock()
	r.gone = true
	for _, p := range r.pipes {
		p.close()
	}
	r.mu.Unlock()
	r.ended.Wait()
}

// lay opens a pipe for a port of the gateway, once. The caller holds mu.
func (r *Relay) lay(port uint16) error {
	if r.gone || r.pipes[port] != nil {
		return nil
	}
	p := &pipe{port: port, ways: map[netip.AddrPort]*net.UDPConn{}, places: map[netip.AddrPort]netip.AddrPort{}}
	r.pipes[port] = p
	if r.weather.Closed {
		return nil
	}
	return r.open(p)
}

// open binds a pipe's port, and the sockets of its phones where they were. The caller holds mu.
func (r *Relay) open(p *pipe) (err error) {
	if p.phones, err = bind(netip.AddrPortFrom(r.at, p.port)); err != nil {
		return err
	}
	r.ended.Add(1)
	go r.fromPhones(p, p.phones)
	for phone, place := range p.places {
		if _, err := r.way(p, phone, place); err != nil {
			return err
		}
	}
	return nil
}

// way returns the socket towards the gateway of one phone. The caller holds mu.
func (r *Relay) way(p *pipe, phone, place netip.AddrPort) (*net.UDPConn, error) {
	if conn := p.ways[phone]; conn != nil {
		return conn, nil
	}
	conn, err := bind(place)
	if err != nil {
		return nil, err
	}
	port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	p.ways[phone], p.places[phone] = conn, netip.AddrPortFrom(r.at, port)
	r.ended.Add(1)
	go r.fromGateway(p, conn, phone)
	return conn, nil
}

// bind binds a socket; where the system chooses the port, an even one. The odd ones are for RTCP alone (RFC 3550 §11), or a report
// would reach a phone's SIP.
func bind(at netip.AddrPort) (*net.UDPConn, error) {
	for range 100 {
		conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
		if err != nil {
			return nil, fmt.Errorf("relay: %w", err)
		}
		if at.Port() != 0 || conn.LocalAddr().(*net.UDPAddr).Port%2 == 0 {
			return conn, nil
		}
		_ = conn.Close() // nobody has heard of it
	}
	return nil, errors.New("relay: no even port is free")
}

// close closes all sockets of a pipe.
func (p *pipe) close() {
	if p.phones != nil {
		_ = p.phones.Close() // a UDP socket has nothing to flush
		p.phones = nil
	}
	for phone, conn := range p.ways {
		_ = conn.Close()
		delete(p.ways, phone)
	}
}

// fromPhones carries what phones send to the port on to the gateway, until the socket is closed.
func (r *Relay) fromPhones(p *pipe, conn *net.UDPConn) {
	defer r.ended.Done()
	b := make([]byte, 65535)
	for {
		n, phone, err := conn.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of what was sent before
		}
		r.mu.Lock()
		if conn == p.phones {
			if out, err := r.way(p, phone, r.place(p, phone)); err == nil {
				r.carry(out, netip.AddrPortFrom(r.gateway, p.port), bytes.Clone(b[:n]))
			}
		}
		r.mu.Unlock()
	}
}

// place returns where a phone's socket is to be bound: for RTCP, one port above the phone's RTP (RFC 3550 §11).
func (r *Relay) place(p *pipe, phone netip.AddrPort) netip.AddrPort {
	if rtp := r.pipes[p.port-1]; p.port%2 == 1 && rtp != nil {
		if at, known := rtp.places[netip.AddrPortFrom(phone.Addr(), phone.Port()-1)]; known {
			return netip.AddrPortFrom(r.at, at.Port()+1)
		}
	}
	return netip.AddrPortFrom(r.at, 0)
}

// fromGateway carries what the gateway sends to a phone's socket on to the phone, until the socket is closed.
func (r *Relay) fromGateway(p *pipe, conn *net.UDPConn, phone netip.AddrPort) {
	defer r.ended.Done()
	b := make([]byte, 65535)
	for {
		n, _, err := conn.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		data := bytes.Clone(b[:n])
		r.mu.Lock()
		if p.port == sipPort {
			data = r.translate(data)
		}
		if p.phones != nil {
			r.carry(p.phones, phone, data)
		}
		r.mu.Unlock()
	}
}

// here are the lines of a SIP message by which a phone learns where the gateway is, and mediaPort its RTP port.
var (
	here      = regexp.MustCompile(`(?mi)^(c=IN IP4|contact:|m:).*$`)
	mediaPort = regexp.MustCompile(`(?m)^m=audio (\d+)`)
)

// translate makes a message of the gateway one of the relay's, and lays pipes for the RTP and RTCP ports that it names. The
// caller holds mu.
func (r *Relay) translate(message []byte) []byte {
	for _, m := range mediaPort.FindAllSubmatch(message, -1) {
		if port, err := strconv.ParseUint(string(m[1]), 10, 16); err == nil && port > 0 {
			_ = errors.Join(r.lay(uint16(port)), r.lay(uint16(port)+1)) // a port that is taken shows as silence
		}
	}
	return here.ReplaceAllFunc(message, func(line []byte) []byte {
		return bytes.ReplaceAll(line, []byte(r.gateway.String()), []byte(r.at.String()))
	})
}

// carry sends a datagram as the weather will have it. The caller holds mu.
func (r *Relay) carry(from *net.UDPConn, to netip.AddrPort, data []byte) {
	w := r.weather
	if w.Silent || w.Closed || r.dice.IntN(100) < w.Loss {
		r.lost++
		return
	}
	delay := w.Delay
	if r.dice.IntN(100) < w.Late {
		delay += held
	}
	copies := 1
	if r.dice.IntN(100) < w.Twice {
		copies = 2
	}
	for range copies {
		if delay == 0 {
			_, _ = from.WriteToUDPAddrPort(data, to) // a network tells nobody what it lost
			continue
		}
		r.late++
		r.ended.Add(1)
		time.AfterFunc(delay, func() {
			defer r.ended.Done()
			_, _ = from.WriteToUDPAddrPort(data, to)
			r.mu.Lock()
			r.late--
			r.mu.Unlock()
		})
	}
}
