package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// lookupTime bounds how long a name may take to be looked up.
const lookupTime = 5 * time.Second

// hop is where a request goes to next, as a URI says it.
type hop struct {
	network string // "UDP", "TCP" or "TLS"
	host    string
	port    uint16
	named   bool   // the URI names the transport
	ported  bool   // and the port
	secure  bool   // and wants TLS up to there
	trunk   string // whose hop it is, for what a TLS connection has to prove; empty: no trunk's
}

// String returns the hop as Dialog.Hop keeps it.
func (h hop) String() string {
	return h.network + ":" + net.JoinHostPort(h.host, strconv.Itoa(int(h.port)))
}

// hopOf reads the next hop from a URI.
//
// RFC 3263 §4.1: no transport named means UDP, unless the name says otherwise, see locate
func hopOf(uri *sip.Uri) (hop, error) {
	h := hop{network: "UDP", host: strings.Trim(uri.Host, "[]"), port: 5060}
	if !isSIP(uri) || h.host == "" {
		return hop{}, fmt.Errorf("no way to a URI of scheme %q", scrub(uri.Scheme))
	}
	if err := h.over(uri); err != nil {
		return hop{}, err
	}
	if maddr, ok := uri.UriParams.Get("maddr"); ok && maddr != "" {
		h.host = strings.Trim(maddr, "[]") // RFC 3261 §19.1.1
	}
	if uri.Port > 0 && uri.Port < 65536 {
		h.port, h.ported = uint16(uri.Port), true
	}
	return h, nil
}

// over reads the transport of a hop, and the port that follows from it.
//
// RFC 3261 §19.1.2, §26.2.2: sips is TLS whatever it names; RFC 7118 §5: nobody connects to a WebSocket client
func (h *hop) over(uri *sip.Uri) error {
	t, named := uri.UriParams.Get("transport")
	h.named, h.secure = named, uri.IsEncrypted()
	switch t = strings.ToUpper(t); {
	case uri.IsEncrypted() && (!named || t == "TCP" || t == "TLS"), t == "TLS":
		h.network, h.port = "TLS", 5061
	case uri.IsEncrypted():
		return fmt.Errorf("no secure way over transport %q", scrub(t))
	case !named, t == "UDP":
	case t == "TCP":
		h.network = "TCP"
	default:
		return fmt.Errorf("no way over transport %q", scrub(t))
	}
	return nil
}

// to is what a stream connection to an address of the hop is made for.
func (h hop) to(addr netip.AddrPort) destination {
	d := destination{network: h.network, remote: addr}
	if h.network == "TLS" {
		d.peer = identity{name: h.host, trunk: h.trunk}
	}
	return d
}

// address returns the hop's address, if it needs no looking up.
func (h hop) address() (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(h.host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), h.port), true
}

// routed is what became of a search for a flow, for the inbox of who asked.
type routed func(f *flow, err error)

// ready returns the flow to a hop if nothing has to be waited for.
func (w *Wire) ready(h hop) (*flow, bool) {
	addr, ok := h.address()
	if !ok {
		return nil, false
	}
	if h.network == "UDP" {
		f, err := w.packetsTo(addr)
		return f, err == nil
	}
	w.mu.Lock()
	s := w.outgoing[h.to(addr)]
	w.mu.Unlock()
	if s == nil {
		return nil, false
	}
	return s.flow, true
}

// route looks a hop up, or connects to it, and puts the answer into an inbox as a func to be called.
func (w *Wire) route(in *inbox, h hop, then routed) {
	w.seek(in, func(ctx context.Context) func() {
		f, err := w.search(ctx, h)
		return func() { then(f, err) }
	})
}

// seek does what may take a while on a goroutine of its own, and puts what comes of it into an inbox as a func to be called.
func (w *Wire) seek(in *inbox, find func(ctx context.Context) func()) {
	w.mu.Lock()
	ctx, cancel := context.WithTimeout(w.ctx, lookupTime+connectTime)
	if w.closed {
		cancel() // nothing new begins, and who waits learns so
	}
	w.running.Add(1)
	w.mu.Unlock()
	go func() {
		defer w.running.Done()
		defer cancel()
		in.put(find(ctx))
	}()
}

// search tries the addresses of a hop, one after the other.
//
// RFC 3263 §4.3
func (w *Wire) search(ctx context.Context, h hop) (*flow, error) {
	list, err := w.locate(ctx, h)
	for _, d := range w.shunned.order(list) {
		var f *flow
		if f, err = w.flowTo(ctx, d); err == nil {
			return f, nil
		}
	}
	return nil, err
}

// packetsTo returns a flow from the first UDP socket of ours that can reach an address.
func (w *Wire) packetsTo(addr netip.AddrPort) (*flow, error) {
	for _, l := range w.listeners {
		own := l.local.Addr()
		if l.network == "UDP" && (own.Is4() == addr.Addr().Is4() || own == netip.IPv6Unspecified()) {
			return w.packetFlow(l, addr), nil
		}
	}
	return nil, fmt.Errorf("send to udp:%v: no UDP socket for it", addr)
}

// flowAt returns the flow between two addresses, as a Dialog keeps it; nil: it is gone.
func (w *Wire) flowAt(network string, local, remote netip.AddrPort) *flow {
	if network != "UDP" {
		w.mu.Lock()
		defer w.mu.Unlock()
		if s := w.streams[endpoints{network, local, remote}]; s != nil {
			return s.flow
		}
		return nil
	}
	for _, l := range w.listeners {
		if l.network == "UDP" && l.local == local {
			return w.packetFlow(l, remote)
		}
	}
	f, err := w.packetsTo(remote)
	if err != nil {
		return nil
	}
	return f
}
