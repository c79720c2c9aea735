// Package stage is what whole-program tests stand on: a running gateway (the built program, with a configuration and a
// directory of the test's), people at baresip phones, scenarios of SIPp, and the tones by which they are told apart.
//
// It knows no test: what is played on it is in test/peers and test/interop.
//
// Start with Gateway (gateway.go), then Phone (baresip.go).
package stage

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

// Await polls until ok, for things that tell nobody when they become true; it fails the test when that takes longer than
// the bound.
func Await(t *testing.T, what string, bound time.Duration, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(bound); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain: %s", bound, what)
		}
	}
}

// AwaitBound waits until somebody of this machine has bound a socket to an IPv4 address, without bothering him.
func AwaitBound(t *testing.T, network string, at netip.AddrPort) {
	t.Helper()
	ip := at.Addr().As4()
	line := fmt.Sprintf(": %08X:%04X 00000000:0000 ", binary.LittleEndian.Uint32(ip[:]), at.Port()) // no far side: TCP listens
	Await(t, network+" at "+at.String()+" is bound", 20*time.Second, func() bool {
		table, err := os.ReadFile("/proc/net/" + network)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(table), line)
	})
}
