package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// sockets are those that the gateway is reached at, by name, like udp:127.0.0.1:5060. They are bound here, or were bound by
// the process before this one.
type sockets struct {
	mu        sync.Mutex
	inherited map[string]*os.File // that nobody has taken yet
	open      map[string]interface{ File() (*os.File, error) }
	doors     []*door
}

func newSockets(inherited map[string]*os.File) *sockets {
	return &sockets{inherited: inherited, open: map[string]interface{ File() (*os.File, error) }{}}
}

// packets returns a UDP socket that was inherited, or that bind makes.
func (s *sockets) packets(at netip.AddrPort, bind func() (*net.UDPConn, error)) (*net.UDPConn, error) {
	name := "udp:" + at.String()
	c, err := s.packetsOf(name, bind)
	if err == nil {
		s.mu.Lock()
		s.open[name] = c
		s.mu.Unlock()
	}
	return c, err
}

func (s *sockets) packetsOf(name string, bind func() (*net.UDPConn, error)) (*net.UDPConn, error) {
	file := s.take(name)
	if file == nil {
		return bind()
	}
	c, err := net.FilePacketConn(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("take over %s: %w", name, err)
	}
	udp, ok := c.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("take over %s: it is a %T", name, c), c.Close())
	}
	return udp, nil
}

// streams opens a socket for connections.
func (s *sockets) streams(at netip.AddrPort) (net.Listener, error) {
	name := "tcp:" + at.String()
	l, err := s.streamsOf(name, at)
	if err != nil {
		return nil, err
	}
	d := &door{TCPListener: l, opened: make(chan struct{})}
	close(d.opened)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[name], s.doors = l, append(s.doors, d)
	return d, nil
}

func (s *sockets) streamsOf(name string, at netip.AddrPort) (*net.TCPListener, error) {
	file := s.take(name)
	if file == nil {
		return net.ListenTCP(family(at), net.TCPAddrFromAddrPort(at))
	}
	l, err := net.FileListener(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("take over %s: %w", name, err)
	}
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("take over %s: it is a %T", name, l), l.Close())
	}
	return tcp, nil
}

// family is the network of Go for which 0.0.0.0 is IPv4 alone; [::] is both.
func family(at netip.AddrPort) string {
	if at.Addr().Is4() {
		return "tcp4"
	}
	return "tcp"
}

func (s *sockets) take(name string) *os.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := s.inherited[name]
	delete(s.inherited, name)
	return file
}

// close closes what was inherited and nobody took: the configuration has it no more.
func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, file := range s.inherited {
		_ = file.Close() // nobody listens there any more
	}
	s.inherited = nil
}

// files returns all sockets once more, to be handed over. Who asks closes them.
func (s *sockets) files() (names []string, files []*os.File, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, socket := range s.open {
		file, err := socket.File()
		if err != nil {
			closeAll(files)
			return nil, nil, fmt.Errorf("hand over %s: %w", name, err)
		}
		names, files = append(names, name), append(files, file)
	}
	return names, files, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close() // another descriptor of the socket stays
	}
}

// shut lets no connection in, or lets them in again. Those that come wait in the kernel for who opens next, in this process or
// in another one.
func (s *sockets) shut(closed bool) {
	s.mu.Lock()
	doors := s.doors
	s.mu.Unlock()
	for _, d := range doors {
		d.shut(closed)
	}
}

// door is a listener that can be shut without being closed.
type door struct {
	*net.TCPListener
	mu     sync.Mutex
	opened chan struct{} // closed while the door is open
}

// Accept waits for a connection, and while the door is shut for its opening.
func (d *door) Accept() (net.Conn, error) {
	for {
		d.mu.Lock()
		opened := d.opened
		d.mu.Unlock()
		<-opened
		c, err := d.TCPListener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return c, err
		}
	}
}

// Close closes the listener, and lets who waits at a shut door see that.
func (d *door) Close() error {
	err := d.TCPListener.Close()
	d.shut(false)
	return err
}

func (d *door) shut(closed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.opened:
		if closed {
			d.opened = make(chan struct{})
			_ = d.SetDeadline(time.Unix(1, 0)) // of a closed one: nobody waits there
		}
	default:
		if !closed {
			_ = d.SetDeadline(time.Time{})
			close(d.opened)
		}
	}
}
