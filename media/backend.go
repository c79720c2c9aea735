package media

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// backend moves datagrams between sockets and legs. There is one now, a reader goroutine per socket; a loop over epoll
// will be another.
type backend interface {
	// open binds a UDP socket and calls receive for every datagram, one at a time, in order, until the link is closed.
	// receive owns the buffer until it returns, and behind the datagram room to seal it.
	open(local netip.AddrPort, buffer int, receive func(now time.Time, from netip.AddrPort, datagram []byte)) (link, error)
	// wait returns when every closed link's reader has ended.
	wait()
}

// link is one open socket. A datagram that cannot be sent is lost, as on any network.
type link interface {
	send(datagram []byte, to netip.AddrPort)
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

type portableLink struct{ conn *net.UDPConn }

func (b *portable) open(local netip.AddrPort, buffer int, receive func(time.Time, netip.AddrPort, []byte)) (link, error) {
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
	b.readers.Go(func() { read(conn, receive) })
	return portableLink{conn}, nil
}

func (b *portable) wait() { b.readers.Wait() }

func read(conn *net.UDPConn, receive func(time.Time, netip.AddrPort, []byte)) {
	buf := make([]byte, maxDatagram+sealRoom)
	for failed := 0; failed < readErrors; {
		n, from, err := conn.ReadFromUDPAddrPort(buf[:maxDatagram])
		if errors.Is(err, net.ErrClosed) {
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

func (l portableLink) send(datagram []byte, to netip.AddrPort) {
	_, _ = l.conn.WriteToUDPAddrPort(datagram, to) // an unreachable peer is noticed by its silence
}

func (l portableLink) close() { _ = l.conn.Close() } // closing a UDP socket loses nothing
