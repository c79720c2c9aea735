package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// destination is what a stream connection was made for. One that was made to a peer of one name is not used for another.
//
// RFC 5922 §4
type destination struct {
	network string
	remote  netip.AddrPort
	peer    identity
}

// connect returns the flow of a stream connection to a destination, a new one if we have made none.
func (w *Wire) connect(ctx context.Context, to destination) (*flow, error) {
	w.mu.Lock()
	s := w.outgoing[to]
	w.mu.Unlock()
	if s != nil {
		return s.flow, nil
	}
	where := fmt.Sprintf("%s:%v", strings.ToLower(to.network), to.remote)
	conn, err := w.net.dial(ctx, w.ownFor(to), to.remote)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", where, err)
	}
	if to.network == "TLS" {
		if conn, err = w.secured(ctx, conn, to.peer); err != nil {
			return nil, fmt.Errorf("connect to %s: %w", where, err)
		}
	}
	f := &flow{network: to.network, local: addrPortOf(conn.LocalAddr()), remote: addrPortOf(conn.RemoteAddr()), trunk: to.peer.trunk}
	return w.open(f, conn, &to, readFrom(conn))
}

// ownFor returns the address of ours that a connection is made from: that of a listener, where carriers know us and find us
// again; invalid: whichever the system takes. Where nobody listens on the network, the carrier has to call over the connection.
//
// todo RFC 5923 §4: say so, by alias
func (w *Wire) ownFor(to destination) (own netip.Addr) {
	for _, l := range w.listeners {
		at := l.local.Addr()
		fits := !at.IsUnspecified() && at.Is4() == to.remote.Addr().Is4() && at.IsLoopback() == to.remote.Addr().IsLoopback()
		if fits && l.network == to.network {
			return at
		}
		if fits && !own.IsValid() {
			own = at
		}
	}
	return own
}

// leave closes a connection on which nothing comes back, as when something on the way has forgotten it: the next request goes
// over a new one. The system itself notices after a quarter of an hour.
//
// RFC 5626 §4.4.1
func (w *Wire) leave(f *flow) {
	w.mu.Lock()
	s := w.streams[endpoints{f.network, f.local, f.remote}]
	w.mu.Unlock()
	if s != nil {
		s.close("nothing comes back on it")
	}
}

// take makes a stream of a connection that a peer made; trunk is whose certificate it showed.
func (w *Wire) take(l *listener, conn net.Conn, trunk string) {
	f := &flow{network: l.network, local: addrPortOf(conn.LocalAddr()), remote: addrPortOf(conn.RemoteAddr()), trunk: trunk}
	if _, err := w.open(f, conn, nil, readFrom(conn)); err != nil {
		w.refused(f.remote, err)
	}
}
