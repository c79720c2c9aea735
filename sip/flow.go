package sip

import (
	"errors"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// source says where a message came from: the socket that received it, the address that sent it, and the flow on which
// an answer goes back.
type source struct {
	network       string // "UDP", "TCP", "TLS", "WS" or "WSS", as Via writes them
	local, remote netip.AddrPort
	flow          *flow
	size          int    // bytes of the datagram, where it was one
	raw           []byte // the datagram, while it is being dispatched; nil: it was none
}

// flow is where messages of one peer go to: a stream connection, or a UDP socket of ours and the peer's address. A
// message is always sent on a flow that the sender names, never on "some connection to that host". It is the
// Connection that sipgo's transactions write to. UDP flows are made for each message and kept nowhere.
type flow struct {
	network       string // as in source
	local, remote netip.AddrPort
	send          func([]byte) error // puts one message on the wire, never blocks for long
	trace         func(direction string, f *flow, m sip.Message)
	keep          func(f *flow, m sip.Message, text string) // for ladders; nil: nothing is kept
	trunk         string                                    // whose certificate the far side showed; empty: none's
	trust         func()                                    // somebody proved himself on it: it may be silent for longer; nil for UDP

	mu       sync.Mutex
	gone     bool
	watchers map[*inbox]int // told when a stream connection is gone; how often each asked
}

// ours is our address as the far side reaches it. A socket for both kinds of address ([::]) has that of the far side's kind.
func (f *flow) ours() netip.Addr {
	if f.local.Addr().IsUnspecified() && f.remote.Addr().Is4() {
		return netip.IPv4Unspecified()
	}
	return f.local.Addr()
}

// errFlowGone is what a write to a closed stream connection returns.
var errFlowGone = errors.New("connection is gone")

// secure says that what is sent on the flow is encrypted up to the next hop.
func (f *flow) secure() bool { return f.network == "TLS" || f.network == "WSS" }

// browser says that the flow is a WebSocket.
func (f *flow) browser() bool { return f.network == "WS" || f.network == "WSS" }

// WriteMsg sends a message on this flow.
func (f *flow) WriteMsg(m sip.Message) error {
	f.trace("out", f, m)
	text := m.String()
	if f.keep != nil {
		f.keep(f, m, text)
	}
	return f.send([]byte(text))
}

// LocalAddr returns our end.
func (f *flow) LocalAddr() net.Addr {
	if f.network == "UDP" {
		return net.UDPAddrFromAddrPort(f.local)
	}
	return net.TCPAddrFromAddrPort(f.local)
}

// Ref, TryClose and Close are how sipgo counts users of a connection; our flows have one owner and do not count.
func (f *flow) Ref(int) int            { return 1 }
func (f *flow) TryClose() (int, error) { return 1, nil }
func (f *flow) Close() error           { return nil }

// alive says whether a message sent now can arrive. A UDP flow always is.
func (f *flow) alive() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.gone
}

// trusted notes that somebody proved himself on the flow.
func (f *flow) trusted() {
	if f.trust != nil {
		f.trust()
	}
}

// watch lets an inbox know when the flow dies; false: it is dead already.
func (f *flow) watch(in *inbox) bool {
	if f.network == "UDP" {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone {
		return false
	}
	if f.watchers == nil {
		f.watchers = make(map[*inbox]int)
	}
	f.watchers[in]++
	return true
}

// unwatch takes one watch back.
func (f *flow) unwatch(in *inbox) {
	if f.network == "UDP" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers[in]--; f.watchers[in] <= 0 {
		delete(f.watchers, in)
	}
}

// die marks a stream connection as gone and returns who has to know.
func (f *flow) die() []*inbox {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = true
	told := make([]*inbox, 0, len(f.watchers))
	for in := range f.watchers {
		told = append(told, in)
	}
	clear(f.watchers)
	return told
}
