package sip

import (
	"crypto/rand"
	"net"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// sentBy returns how a socket of ours is reached from outside by who is at remote, for Via and Contact: the host without
// brackets.
func (w *Wire) sentBy(network string, local, remote netip.AddrPort) (host string, port int) {
	l, own := w.listenerFor(network, local, remote), local.Addr()
	port = int(local.Port())
	if l != nil {
		port = int(l.local.Port())
	}
	if l != nil && w.o.Advertise[l.entry] != "" {
		return scrub(w.o.Advertise[l.entry]), port
	}
	six := remote.Addr().Is6()
	kind := "ipv4"
	if six {
		kind = "ipv6"
	}
	if host = w.o.Advertise[kind]; host != "" {
		return scrub(host), port
	}
	// The one address for all is of one kind; a peer of the other kind cannot use it.
	if host = w.o.Advertise[""]; host != "" {
		if at, err := netip.ParseAddr(host); err != nil || at.Is6() == six {
			return scrub(host), port
		}
	}
	switch {
	case !own.IsUnspecified():
		return own.String(), port
	case six:
		return w.hosts[1], port
	}
	return w.hosts[0], port
}

// listenerFor returns the listener that a flow came by, or one that its peer reaches us at; nil: there is none. The port of
// a connection that we made leads nowhere.
func (w *Wire) listenerFor(network string, local, remote netip.AddrPort) *listener {
	var other *listener
	for _, l := range w.listeners {
		if l.network != network {
			continue
		}
		mine := l.local.Addr() == local.Addr() || l.covers(remote.Addr())
		if mine && l.local.Port() == local.Port() {
			return l
		}
		if other == nil && mine {
			other = l
		}
	}
	return other
}

// covers says that a listener is on all addresses, and a peer's address is of its kind.
func (l *listener) covers(remote netip.Addr) bool {
	return l.local.Addr() == netip.IPv6Unspecified() || l.local.Addr() == netip.IPv4Unspecified() && remote.Is4()
}

// ownAddress returns the address that this machine uses towards another, without sending anything.
func ownAddress(towards, without string) string {
	c, err := net.Dial("udp", towards)
	if err != nil {
		return without
	}
	defer func() { _ = c.Close() }()
	return addrPortOf(c.LocalAddr()).Addr().String()
}

// via makes the Via of a request that is sent on f.
//
// RFC 3261 §8.1.1.7, RFC 3581 §3
func (w *Wire) via(f *flow) *sip.ViaHeader {
	host, port := w.sentBy(f.network, f.local, f.remote)
	return &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: f.network, Host: host, Port: port,
		Params: sip.HeaderParams{{K: "branch", V: sip.RFC3261BranchMagicCookie + rand.Text()}, {K: "rport"}},
	}
}

// contact makes our Contact for a dialog on f. It is a sip URI that names TLS where it can be, as peers know that better
// than sips; who asked by sips gets sips.
//
// RFC 3261 §8.1.1.8, §12.1.1, RFC 5630 §5.1.1; RFC 7118 §5.2.4: WS and WSS are one word in a URI
func (w *Wire) contact(f *flow, sips bool) sip.Uri {
	host, port := w.sentBy(f.network, f.local, f.remote)
	uri := sip.Uri{Scheme: "sip", User: product, Host: host, Port: port}
	switch {
	case sips && f.network == "TLS":
	case f.browser():
		uri.UriParams = sip.HeaderParams{{K: "transport", V: "ws"}}
	case f.network != "UDP":
		uri.UriParams = sip.HeaderParams{{K: "transport", V: strings.ToLower(f.network)}}
	}
	if sips {
		uri.Scheme = "sips"
	}
	return uri
}

// bySIPS says that a request that begins a dialog with us asks for sips all the way.
//
// RFC 3261 §12.1.1
func bySIPS(req *sip.Request) bool {
	if req.Recipient.IsEncrypted() {
		return true
	}
	if top, ok := req.GetHeader("record-route").(*sip.RecordRouteHeader); ok {
		return top.Address.IsEncrypted()
	}
	c := req.Contact()
	return c != nil && c.Address.IsEncrypted()
}
