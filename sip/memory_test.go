package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// memory is a network inside the test: it stands still when the test's clock does, and loses nothing unless told to.
type memory struct {
	mu      sync.Mutex
	sockets map[netip.AddrPort]*memorySocket
	streams map[netip.AddrPort]*memoryListener
	names   map[string]netip.Addr
	next    uint16
	lose    func(from, to netip.AddrPort, b []byte) bool // nil: nothing is lost
	dialled int
	zone    []string // records
	queries int
	deafDNS bool
}

func newMemory() *memory {
	return &memory{
		sockets: make(map[netip.AddrPort]*memorySocket), streams: make(map[netip.AddrPort]*memoryListener),
		names: make(map[string]netip.Addr), next: 40000,
	}
}

func (n *memory) listenPacket(addr netip.AddrPort) (packetConn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sockets[addr] != nil {
		return nil, errors.New("address in use")
	}
	s := &memorySocket{n: n, addr: addr, in: make(chan packet, 4096), over: make(chan struct{})}
	n.sockets[addr] = s
	return s, nil
}

func (n *memory) listenStream(addr netip.AddrPort) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.streams[addr] != nil {
		return nil, errors.New("address in use")
	}
	l := &memoryListener{n: n, addr: addr, in: make(chan net.Conn, 64), over: make(chan struct{})}
	n.streams[addr] = l
	return l, nil
}

func (n *memory) dial(_ context.Context, own netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	if !own.IsValid() {
		own = netip.MustParseAddr("192.0.2.1")
	}
	return n.dialFrom(own, remote)
}

func (n *memory) dialFrom(own netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialled++
	l := n.streams[remote]
	if l == nil {
		return nil, errors.New("connection refused")
	}
	n.next++
	local := netip.AddrPortFrom(own, n.next)
	a, b := net.Pipe()
	select {
	case l.in <- &memoryConn{Conn: b, local: remote, remote: local}:
	case <-l.over:
		return nil, errors.New("connection refused")
	}
	return &memoryConn{Conn: a, local: local, remote: remote}, nil
}

// query answers from the records of the test, in zone-file form; a name that has none of that kind has none.
func (n *memory) query(ctx context.Context, q *dns.Msg) (*dns.Msg, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queries++
	if n.deafDNS {
		return nil, errors.New("time-out")
	}
	a := new(dns.Msg)
	a.SetReply(q)
	for _, text := range n.zone {
		r, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		if strings.EqualFold(r.Header().Name, q.Question[0].Name) && r.Header().Rrtype == q.Question[0].Qtype {
			a.Answer = append(a.Answer, r)
		}
	}
	return a, nil
}

func (n *memory) lookup(_ context.Context, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a, ok := n.names[host]; ok {
		return []netip.Addr{a}, nil
	}
	return nil, errors.New("no such host")
}

type packet struct {
	from netip.AddrPort
	data []byte
}

type memorySocket struct {
	n    *memory
	addr netip.AddrPort
	in   chan packet
	once sync.Once
	over chan struct{}

	mu  sync.Mutex
	due chan struct{} // closed when its deadline came; nil: it has none
}

// SetReadDeadline knows two deadlines, now and never.
func (s *memorySocket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due == nil {
		s.due = make(chan struct{})
	}
	if t.IsZero() {
		s.due = make(chan struct{})
	} else {
		close(s.due)
	}
	return nil
}

func (s *memorySocket) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	s.mu.Lock()
	if s.due == nil {
		s.due = make(chan struct{})
	}
	due := s.due
	s.mu.Unlock()
	select {
	case <-due:
		return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
	default:
	}
	select {
	case p := <-s.in:
		return copy(b, p.data), p.from, nil
	case <-due:
		return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
	case <-s.over:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (s *memorySocket) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	s.n.mu.Lock()
	t, lose := s.n.sockets[to], s.n.lose
	s.n.mu.Unlock()
	if t == nil || lose != nil && lose(s.addr, to, b) {
		return len(b), nil
	}
	select {
	case t.in <- packet{s.addr, append([]byte(nil), b...)}:
	default:
	}
	return len(b), nil
}

func (s *memorySocket) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(s.addr) }

func (s *memorySocket) Close() error {
	s.once.Do(func() {
		close(s.over)
		s.n.mu.Lock()
		delete(s.n.sockets, s.addr)
		s.n.mu.Unlock()
	})
	return nil
}

type memoryListener struct {
	n    *memory
	addr netip.AddrPort
	in   chan net.Conn
	once sync.Once
	over chan struct{}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.in:
		return c, nil
	case <-l.over:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

func (l *memoryListener) Close() error {
	l.once.Do(func() {
		close(l.over)
		l.n.mu.Lock()
		delete(l.n.streams, l.addr)
		l.n.mu.Unlock()
	})
	return nil
}

type memoryConn struct {
	net.Conn
	local, remote netip.AddrPort
}

func (c *memoryConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c *memoryConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }
