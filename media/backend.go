package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// backend moves datagrams between sockets and legs. There is one now, a reader goroutine per socket; a loop over epoll
// will be another.
type backend interface {
	// open binds a UDP socket. What comes waits in it until somebody listens.
	open(local netip.AddrPort, buffer int) (link, error)
	// inherit does the same with a socket that was bound by another process.
	inherit(socket *os.File, local netip.AddrPort) (link, error)
	// wait returns when every closed link's reader has ended.
	wait()
}

// link is one open socket. A datagram that cannot be sent is lost, as on any network.
type link interface {
	// listen calls receive for every datagram, one at a time, in order, until the link rests or is closed. receive owns
	// the buffer until it returns, and behind the datagram room to seal it.
	listen(receive func(now time.Time, from netip.AddrPort, datagram []byte))
	send(datagram []byte, to netip.AddrPort)
	// rest ends what listen began, when the datagram at work is done. What comes then waits in the socket.
	rest()
	// descriptor returns the socket once more, to be handed over.
	descriptor() (int, error)
	close()
}

// errTaken is what open answers when another process holds the port.
var errTaken = errors.New("the port is taken by another process")

// maxDatagram bounds what is read: what is longer cannot be telephone audio, and is cut and then refused.
const maxDatagram = 1500

// readErrors is how many reads may fail in a row before a reader gives up; the leg then is silent and found so.
const readErrors = 100

// portable is the backend of one goroutine per socket.
type portable struct{ readers sync.WaitGroup }

type portableLink struct {
	of   *portable
	conn *net.UDPConn
	read chan struct{} // closed when the reader has ended; nil: there is none
}

func (b *portable) open(local netip.AddrPort, buffer int) (link, error) {
	network := "udp4"
	if local.Addr().Is6() {
		network = "udp6"
	}
	conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(local))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, errTaken
	}
	if err != nil {
		return nil, err
	}
	if err := conn.SetReadBuffer(buffer); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &portableLink{of: b, conn: conn}, nil
}

func (b *portable) inherit(socket *os.File, local netip.AddrPort) (link, error) {
	conn, err := net.FilePacketConn(socket)
	if err != nil {
		return nil, err
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok || udp.LocalAddr().(*net.UDPAddr).AddrPort() != local {
		return nil, errors.Join(fmt.Errorf("the socket that was handed over is %s", conn.LocalAddr()), conn.Close())
	}
	return &portableLink{of: b, conn: udp}, nil
}

func (b *portable) wait() { b.readers.Wait() }

func (l *portableLink) listen(receive func(time.Time, netip.AddrPort, []byte)) {
	if l.read != nil { // it rested, and who it was handed over to may have made it block
		if raw, err := l.conn.SyscallConn(); err == nil {
			_ = raw.Control(func(own uintptr) { _ = unix.SetNonblock(int(own), true) }) // of a closed socket: its reader ends at once
		}
	}
	_ = l.conn.SetReadDeadline(time.Time{}) // likewise
	ended := make(chan struct{})
	l.read = ended
	l.of.readers.Go(func() {
		defer close(ended)
		read(l.conn, receive)
	})
}

func (l *portableLink) rest() {
	if l.read == nil {
		return
	}
	_ = l.conn.SetReadDeadline(time.Unix(1, 0)) // of a closed socket: its reader has ended
	<-l.read
}

// descriptor makes no os.File, whose Fd makes a socket block, and with it this one, which is the same.
func (l *portableLink) descriptor() (fd int, err error) {
	raw, err := l.conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	failed := raw.Control(func(own uintptr) { fd, err = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(failed, err)
}

func read(conn *net.UDPConn, receive func(time.Time, netip.AddrPort, []byte)) {
	buf := make([]byte, maxDatagram+sealRoom)
	for failed := 0; failed < readErrors; {
		n, from, err := conn.ReadFromUDPAddrPort(buf[:maxDatagram])
		if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			failed++
			continue
		}
		failed = 0
		receive(time.Now(), netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), buf[:n])
	}
}

func (l *portableLink) send(datagram []byte, to netip.AddrPort) {
	_, _ = l.conn.WriteToUDPAddrPort(datagram, to) // an unreachable peer is noticed by its silence
}

func (l *portableLink) close() { _ = l.conn.Close() } // closing a UDP socket loses nothing
