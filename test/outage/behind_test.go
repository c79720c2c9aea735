//go:build peers || outage

package outage

import (
	"os/exec"
	"testing"
)

// behind is a site whose phones are behind a Relay.
type behind struct{ relay *Relay }

func (b behind) start(program *exec.Cmd) error { return program.Start() }
func (b behind) cut() error                    { return b.relay.Set(Weather{Closed: true}) }
func (b behind) silence() error                { return b.relay.Set(Weather{Silent: true}) }
func (b behind) mend() error                   { return b.relay.Set(Weather{}) }

// behindRelay is a place on loopback, in a network of its own.
func behindRelay(t *testing.T, network string, slot int) place {
	t.Helper()
	relay, err := NewRelay(network+".9", network+".1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	return place{
		gateway: network + ".1", carrier: network + ".2", phones: "127.0.0.1", site: network + ".0/24", proxy: network + ".9",
		slot: slot, line: behind{relay},
	}
}
