package sip

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// network is where sockets and names come from: the machine, or in tests an in-memory one that stands still when the
// test's clock does.
type network interface {
	listenPacket(addr netip.AddrPort) (packetConn, error)
	listenStream(addr netip.AddrPort) (net.Listener, error)
	dial(ctx context.Context, own netip.Addr, remote netip.AddrPort) (net.Conn, error)
	lookup(ctx context.Context, host string) ([]netip.Addr, error)
	query(ctx context.Context, q *dns.Msg) (*dns.Msg, error)
}

// packetConn is what we use of *net.UDPConn.
type packetConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, addr netip.AddrPort) (int, error)
	SetReadDeadline(t time.Time) error
	LocalAddr() net.Addr
	Close() error
}

// connectTime bounds how long a peer may take to accept a stream connection.
const connectTime = 3 * time.Second

// machine is the real network.
type machine struct {
	servers []netip.AddrPort // name servers; empty: the system's
	packets func(at netip.AddrPort, bind func() (*net.UDPConn, error)) (*net.UDPConn, error)
	streams func(at netip.AddrPort) (net.Listener, error)
}

func (m machine) listenPacket(addr netip.AddrPort) (packetConn, error) {
	bind := func() (*net.UDPConn, error) { return net.ListenUDP("udp"+kindOf(addr), net.UDPAddrFromAddrPort(addr)) }
	open := m.packets
	if open == nil {
		open = func(netip.AddrPort, func() (*net.UDPConn, error)) (*net.UDPConn, error) { return bind() }
	}
	c, err := open(addr, bind)
	if err != nil {
		return nil, fmt.Errorf("listen on udp:%v: %w", addr, err)
	}
	// A burst of messages waits in the kernel and not on the wire. Where the system allows less, less is fine.
	_ = c.SetReadBuffer(4 << 20)
	return c, nil
}

// kindOf is what Go adds to a network so that 0.0.0.0 is IPv4 alone; [::] is both.
func kindOf(addr netip.AddrPort) string {
	if addr.Addr().Is4() {
		return "4"
	}
	return ""
}

func (m machine) listenStream(addr netip.AddrPort) (net.Listener, error) {
	open := m.streams
	if open == nil {
		open = func(at netip.AddrPort) (net.Listener, error) { return net.Listen("tcp"+kindOf(at), at.String()) }
	}
	l, err := open(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on tcp:%v: %w", addr, err)
	}
	return l, nil
}

func (machine) dial(ctx context.Context, own netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{Timeout: connectTime}
	if own.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(own, 0))
	}
	return d.DialContext(ctx, "tcp", remote.String())
}

func (machine) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// listener is one entry of Options.Listen, and then the socket that it became.
type listener struct {
	entry   string         // of Options.Listen
	network string         // "UDP", "TCP", "TLS", "WS" or "WSS"
	local   netip.AddrPort // as bound
	packets packetConn     // UDP
	streams net.Listener   // all others
	tls     *tls.Config    // TLS and WSS
	web     io.Closer      // HTTP, for WS and WSS
}

// parseListen reads "udp:host:port". The host must be an IP address.
func parseListen(entry string) (listener, error) {
	proto, addr, _ := strings.Cut(entry, ":")
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		return listener{}, fmt.Errorf("listen address %q: want udp:IP:PORT, or tcp, tls, ws or wss in place of udp: %w", entry, err)
	}
	switch proto {
	case "udp", "tcp", "tls", "ws", "wss":
		return listener{entry: entry, network: strings.ToUpper(proto), local: a}, nil
	}
	return listener{}, fmt.Errorf("listen address %q: transport %q is none; want udp, tcp, tls, ws or wss", entry, proto)
}

func (l *listener) secure() bool { return l.network == "TLS" || l.network == "WSS" }

// String returns the listener as Options.Listen writes it.
func (l *listener) String() string { return strings.ToLower(l.network) + ":" + l.local.String() }

// open binds the socket.
func (l *listener) open(n network) (err error) {
	if l.network == "UDP" {
		if l.packets, err = n.listenPacket(l.local); err != nil {
			return err
		}
		l.local = addrPortOf(l.packets.LocalAddr())
		return nil
	}
	if l.streams, err = n.listenStream(l.local); err != nil {
		return err
	}
	l.local = addrPortOf(l.streams.Addr())
	return nil
}

// close releases the socket; a closed or never opened one is left alone.
func (l *listener) close() {
	if l.packets != nil {
		_ = l.packets.Close() // nothing can be done about it
	}
	if l.streams != nil {
		_ = l.streams.Close()
	}
	if l.web != nil {
		_ = l.web.Close() // with what has not become a WebSocket
	}
}

// addrPortOf returns an address in the form that we compare: IPv4 never written as IPv6.
func addrPortOf(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	}
	return plainAddr(ap)
}

func plainAddr(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
