package crowd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"
)

// line is what a peer's SIP goes over: a UDP socket, or a connection to the gateway.
type line interface {
	read() (message []byte, from netip.AddrPort, err error) // an error: nothing more comes
	write(message []byte, to netip.AddrPort)                // what cannot be sent is lost
	at() netip.AddrPort
	deafen()
	Close() error
}

// dial opens a line of the part's network at an address of ours.
func (p *Peer) dial(at netip.AddrPort) (line, error) {
	switch p.Network {
	case "UDP":
		conn, err := p.Bind(at)
		return datagrams{conn}, err
	case "TCP":
		t, err := p.connect(p.ctx, at)
		if err != nil {
			return nil, err
		}
		return &tcp{tap: t, far: p.Gateway, lines: bufio.NewReader(t)}, nil
	case "WS":
		var t *tap
		client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (_ net.Conn, err error) {
			t, err = p.connect(ctx, at)
			return t, err
		}}}
		ctx, cancel := context.WithTimeout(p.ctx, lifetime)
		defer cancel()
		c, _, err := websocket.Dial(ctx, "ws://"+p.Gateway.String(), &websocket.DialOptions{HTTPClient: client, Subprotocols: []string{"sip"}})
		if err != nil {
			return nil, err
		}
		return &web{tap: t, far: p.Gateway, c: c}, nil
	}
	return nil, fmt.Errorf("no network is called %q", p.Network)
}

// datagrams is a line over UDP.
type datagrams struct{ *net.UDPConn }

func (d datagrams) read() ([]byte, netip.AddrPort, error) {
	b := make([]byte, 65535)
	for {
		n, from, err := d.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return nil, from, err
		}
		if err == nil { // else an ICMP error
			return bytes.Clone(b[:n]), from, nil
		}
	}
}

func (d datagrams) write(b []byte, to netip.AddrPort) { _, _ = d.WriteToUDPAddrPort(b, to) }

func (d datagrams) at() netip.AddrPort { return d.LocalAddr().(*net.UDPAddr).AddrPort() }

func (d datagrams) deafen() {}

// What a connection of a small phone in an Ethernet can take: a machine with loopback's 64 kB segments would keep megabytes
// for it before it noticed that nobody reads.
const (
	segment = 1400
	window  = 8192
)

// tap is a connection of which nothing more is read once it is turned off, though it stays open.
type tap struct {
	net.Conn
	off, closed   chan struct{}
	turned, ended sync.Once
}

func (p *Peer) connect(ctx context.Context, at netip.AddrPort) (*tap, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(at), Timeout: lifetime, Control: func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) {
			err = errors.Join(unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, segment), unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, window))
		})
		return errors.Join(err, failed)
	}}
	conn, err := d.DialContext(ctx, "tcp4", p.Gateway.String())
	if err != nil {
		return nil, err
	}
	return &tap{Conn: conn, off: make(chan struct{}), closed: make(chan struct{})}, nil
}

// Read reads. What comes when the tap is off, and one read that was waited for already, are never seen.
func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	select {
	case <-t.off:
		<-t.closed
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

// Close closes the connection.
func (t *tap) Close() error {
	t.ended.Do(func() { close(t.closed) })
	return t.Conn.Close()
}

func (t *tap) deafen() { t.turned.Do(func() { close(t.off) }) }

func (t *tap) at() netip.AddrPort { return t.LocalAddr().(*net.TCPAddr).AddrPort() }

// tcp is a line over TCP.
type tcp struct {
	*tap
	far   netip.AddrPort
	lines *bufio.Reader
}

// read finds the next message (RFC 3261 §18.3), and skips what keeps the connection alive (RFC 5626 §3.5.1).
func (s *tcp) read() (b []byte, from netip.AddrPort, err error) {
	length := 0
	for {
		text, err := s.lines.ReadBytes('\n')
		if err != nil {
			return nil, s.far, err
		}
		empty := len(bytes.TrimSpace(text)) == 0
		if empty && len(b) == 0 {
			continue
		}
		b = append(b, text...)
		if empty {
			break
		}
		if name, value, _ := bytes.Cut(text, []byte(":")); bytes.EqualFold(bytes.TrimSpace(name), []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, s.far, err
			}
		}
	}
	body := make([]byte, length)
	_, err = io.ReadFull(s.lines, body)
	return append(b, body...), s.far, err
}

func (s *tcp) write(b []byte, _ netip.AddrPort) {
	_ = s.SetWriteDeadline(time.Now().Add(lifetime)) // of no use on a connection that is closed
	_, _ = s.Write(b)
}

// web is a line over WebSocket (RFC 7118).
type web struct {
	*tap
	far netip.AddrPort
	c   *websocket.Conn
}

func (w *web) read() ([]byte, netip.AddrPort, error) {
	_, b, err := w.c.Read(context.Background())
	return b, w.far, err
}

func (w *web) write(b []byte, _ netip.AddrPort) {
	ctx, cancel := context.WithTimeout(context.Background(), lifetime)
	defer cancel()
	_ = w.c.Write(ctx, websocket.MessageText, b)
}

// Close closes the connection without a word.
func (w *web) Close() error {
	err := w.tap.Close()
	_ = w.c.CloseNow() // it waits for who reads, which has ended
	return err
}
