//go:build peers

package console

import (
	"io"
	"net"
	"sync"
	"testing"
)

// relay stands between a browser and the gateway's pages, and can be cut. Audio goes past it.
type relay struct {
	at net.Listener
	to string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

func startRelay(t *testing.T, at, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{at: l, to: to, conns: map[net.Conn]bool{}}
	go r.serve()
	t.Cleanup(func() { _ = l.Close(); r.Cut() })
	return r
}

func (r *relay) serve() {
	for {
		near, err := r.at.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", r.to)
		if err != nil || !r.keep(near, far) {
			_ = near.Close()
			continue
		}
		for from, to := range map[net.Conn]net.Conn{near: far, far: near} {
			go func() {
				_, _ = io.Copy(to, from) // until either side is gone
				_, _ = near.Close(), far.Close()
			}()
		}
	}
}

// keep notes two ends, unless the relay is cut.
func (r *relay) keep(ends ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range ends {
		if r.cut {
			_ = c.Close()
		} else {
			r.conns[c] = true
		}
	}
	return !r.cut
}

// Cut breaks every connection, and lets none be made until Mend.
func (r *relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
	for c := range r.conns {
		_ = c.Close()
	}
	clear(r.conns)
}

// Mend lets connections be made again.
func (r *relay) Mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
}
