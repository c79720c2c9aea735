package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// socket is an address that the gateway listens on.
type socket struct {
	entry string // as the file writes it
	udp   bool
	at    netip.AddrPort
}

// takes says that two sockets cannot be there at once.
func (s socket) takes(o socket) bool {
	a, b := s.at.Addr(), o.at.Addr()
	all := a == netip.IPv6Unspecified() || b == netip.IPv6Unspecified() || a.Is4() == b.Is4() && (a.IsUnspecified() || b.IsUnspecified())
	return s.udp == o.udp && s.at.Port() == o.at.Port() && (all || a == b)
}

// sockets complains about listeners that want the same port. Whatever is not UDP is a connection over TCP.
func (c *check) sockets() {
	var taken []socket
	add := func(path, entry, address string, udp bool) {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return // another complaint says so
		}
		s := socket{entry, udp, at}
		for _, o := range taken {
			if s.takes(o) && s.entry != o.entry && !bothForAll(s, o) {
				c.no(path, "%s is taken by %s already; give one of them another port", entry, o.entry)
				break
			}
		}
		taken = append(taken, s)
	}
	for i, listen := range c.SIP.Listen {
		transport, address, _ := strings.Cut(listen, ":")
		add(item("sip.listen", i), listen, address, transport == "udp")
	}
	add("http.listen", c.HTTP.Listen, c.HTTP.Listen, false)
}

// bothForAll says that two entries of one transport are for all addresses, which listen complains about.
func bothForAll(a, b socket) bool {
	kind, _, _ := strings.Cut(a.entry, ":")
	return a.at.Addr().IsUnspecified() && b.at.Addr().IsUnspecified() && strings.HasPrefix(b.entry, kind+":")
}

// sendable warns of a URI that leads to an address over UDP that none of our sockets reaches. A name may lead
// somewhere else.
func (c *check) sendable(path, uri string) {
	if strings.HasPrefix(uri, "sips:") || strings.Contains(strings.ToLower(uri), "transport=t") {
		return
	}
	host, _ := splitPort(hostPort(uri))
	to, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return
	}
	if !slices.ContainsFunc(c.SIP.Listen, func(listen string) bool {
		address, udp := strings.CutPrefix(listen, "udp:")
		at, err := netip.ParseAddrPort(address)
		return udp && (err != nil || at.Addr() == netip.IPv6Unspecified() || at.Addr().Is4() == to.Unmap().Is4())
	}) {
		kind := "IPv6"
		if to.Unmap().Is4() {
			kind = "IPv4"
		}
		c.warn(path, fmt.Sprintf("no entry of sip.listen sends UDP over %s, so nothing gets there; add one, or write ;transport=tcp", kind))
	}
}

// mapped says what an IPv4 network written as one of IPv6 is; empty: it is none.
func mapped(n netip.Prefix) string {
	if a := n.Addr(); a.Is4In6() && n.Bits() >= 96 {
		return fmt.Sprintf("%s/%d", a.Unmap(), n.Bits()-96)
	}
	return ""
}
