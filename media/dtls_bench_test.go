package media

import (
	"testing"
	"time"
)

// BenchmarkHandshake is a DTLS handshake with its keys, both sides of it; ours is one.
func BenchmarkHandshake(b *testing.B) {
	identity, err := newIdentity(time.Now())
	check(b, err)
	prints := readFingerprints(&mediaLine{attributes: []string{"fingerprint:" + identity.print}})
	before := cpu(b)
	for b.Loop() {
		server, client := newAssociation(false, true, prints), newAssociation(true, true, prints)
		server.send, client.send = client.take, server.take
		done := make(chan error)
		for _, a := range []*association{server, client} {
			go func() {
				conn, err := a.connect(identity)
				if err == nil {
					err = conn.HandshakeContext(a.over)
				}
				if err == nil {
					_, err = shakenGuard(conn, a.active)
				}
				done <- err
			}()
		}
		check(b, <-done)
		check(b, <-done)
		server.end()
		client.end()
	}
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}
