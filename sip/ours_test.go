package sip

import (
	"net/netip"
	"testing"
)

func TestASocketForBothKindsOfAddressHasTheFarSidesKind(t *testing.T) {
	for _, c := range []struct{ local, remote, want string }{
		{"[::]:5060", "192.0.2.1:5060", "0.0.0.0"},
		{"[::]:5060", "[2001:db8::1]:5060", "::"},
		{"0.0.0.0:5060", "192.0.2.1:5060", "0.0.0.0"},
		{"192.0.2.9:5060", "192.0.2.1:5060", "192.0.2.9"},
	} {
		f := &flow{local: netip.MustParseAddrPort(c.local), remote: netip.MustParseAddrPort(c.remote)}
		if got := f.ours().String(); got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.local, c.remote, got, c.want)
		}
	}
}
