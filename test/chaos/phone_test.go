//go:build peers || chaos

package chaos

import (
	"context"
	"fmt"
	"net/netip"

	"telagent-gateway/test/crowd"
)

// part is the phone of an agent.
func (h *house) part(id string, secure bool) crowd.Part {
	return crowd.Part{
		Name: id, At: netip.MustParseAddrPort(h.Net + ".4:0"), Tone: 1700, Secure: secure, User: id, Password: id + "-secret-1", Domain: h.Net + ".1",
	}
}

// idlePart is the phone of somebody whom nobody calls.
func (h *house) idlePart(i int) crowd.Part {
	return crowd.Part{Name: idleID(i), User: idleID(i), Password: idlePassword, Domain: h.Net + ".1"}
}

// over is a phone at an address that speaks over a network.
func (h *house) over(network, host string, p crowd.Part) *crowd.Peer {
	h.t.Helper()
	port := 5060
	if network == "WS" {
		port = 5066
	}
	p.Network, p.Gateway = network, netip.MustParseAddrPort(fmt.Sprintf("%s.1:%d", h.Net, port))
	p.At = netip.MustParseAddrPort(h.Net + host + ":0")
	return h.peerAt(p)
}

// register registers phones.
func (h *house) register(phones ...*crowd.Peer) {
	h.t.Helper()
	h.together(len(phones), func(ctx context.Context, i int) error { return phones[i].Register(ctx) })
}
