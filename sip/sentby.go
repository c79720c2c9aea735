package sip

import (
	"crypto/rand"
	"net"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// sentBy returns how a socket of ours is reached from outside, for Via and Contact.
func (w *Wire) sentBy(network string, local netip.AddrPort) (host string, port int) {
	port = int(local.Port())
	if network != "UDP" && !w.listens(network, local.Port()) {
		// The port of a connection that we made leads nowhere; if we listen, that port does.
		for _, l := range w.listeners {
			if l.network == network {
				port = int(l.local.Port())
				break
			}
		}
	}
	switch {
	case w.o.Advertise != "":
		host = scrub(w.o.Advertise)
	case local.Addr().IsUnspecified():
		host = w.host
	default:
		host = local.Addr().String()
	}
	return host, port
}

func (w *Wire) listens(network string, port uint16) bool {
	for _, l := range w.listeners {
		if l.network == network && l.local.Port() == port {
			return true
		}
	}
	return false
}

// ownAddress returns the address that this machine uses towards others, without sending anything.
func ownAddress() string {
	c, err := net.Dial("udp", "192.0.2.1:9")
	if err != nil {
		return "127.0.0.1"
	}
	defer func() { _ = c.Close() }()
	return addrPortOf(c.LocalAddr()).Addr().String()
}

// via makes the Via of a request that is sent on f.
//
// RFC 3261 §8.1.1.7, RFC 3581 §3
func (w *Wire) via(f *flow) *sip.ViaHeader {
	host, port := w.sentBy(f.network, f.local)
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
	host, port := w.sentBy(f.network, f.local)
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
