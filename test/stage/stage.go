// Package stage is what whole-program tests stand on: a running gateway (the built program, with a configuration and a
// directory of the test's), people at baresip phones, scenarios of SIPp, and the tones by which they are told apart.
//
// It knows no test: what is played on it is in test/peers and test/interop.
//
// Start with Gateway (gateway.go), then Phone (baresip.go).
package stage

import (
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
