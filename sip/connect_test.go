package sip

import (
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
