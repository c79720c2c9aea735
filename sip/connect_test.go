package sip

import (
	"net"
	"net/netip"
	"testing"
)

func TestAConnectionIsMadeFromTheAddressOfAListener(t *testing.T) {
	for remote, want := range map[string]string{
		"198.51.100.7:5061": "192.0.2.2", "[2001:db8::7]:5061": "invalid IP", "127.0.0.1:5061": "127.0.0.5",
	} {
		w := &Wire{}
		for _, entry := range []string{"udp:0.0.0.0:5060", "tcp:192.0.2.1:5060", "tls:192.0.2.2:5061", "tcp:127.0.0.5:5060"} {
			l, err := parseListen(entry)
			if err != nil {
				t.Fatal(err)
			}
			w.listeners = append(w.listeners, &l)
		}
		if got := w.ownFor(destination{network: "TLS", remote: netip.MustParseAddrPort(remote)}).String(); got != want {
			t.Errorf("to %s: from %s, want %s", remote, got, want)
		}
	}
}

func TestOfTwoConnectionsThatAreMadeToOneCarrierAtOnceOneIsKept(t *testing.T) {
	bubble(t, func(r *rig) {
		to := destination{network: "TCP", remote: netip.MustParseAddrPort(carrierAddr)}
		var flows [2]*flow
		var far [2]net.Conn
		for i := range flows {
			var conn net.Conn
			conn, far[i] = net.Pipe()
			f := &flow{network: "TCP", local: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(40000+i)), remote: to.remote}
			var err error
			if flows[i], err = r.w.open(f, conn, &to, readFrom(conn)); err != nil {
				t.Fatal(err)
			}
		}
		if flows[0] != flows[1] || len(r.w.streams) != 1 {
			t.Errorf("%d connections are kept", len(r.w.streams))
		}
		if _, err := far[1].Read(make([]byte, 1)); err == nil {
			t.Error("the second one is not closed")
		}
	})
}
