package sip

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"go.uber.org/zap"
)

const (
	handshakeTime = 5 * time.Second // for TLS, and for what a WebSocket begins with
	maxGreetings  = 1024            // handshakes at once that nothing came of yet; further connections of strangers are closed at once
	partingTime   = time.Second     // for a peer to take our last word on a connection
)

// serverTLS is how we prove who we are to whoever connects. A certificate of his is asked for where trunks are known by
// theirs; whoever has none, or another, is a stranger like any other.
//
// RFC 3261 §26.3.1; RFC 8996 §2: nothing before TLS 1.2
func (w *Wire) serverTLS(protocols ...string) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: w.keys.pick, NextProtos: protocols}
	for _, t := range w.trunks {
		if len(t.CertificateNames) > 0 {
			c.ClientAuth = tls.RequestClientCert
		}
	}
	return c
}

// clientTLS is how we check who is at the far end, and what we show if it asks.
func (w *Wire) clientTLS(who identity) *tls.Config {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		// The rules of SIP for names are others than those of the web; proven executes them.
		InsecureSkipVerify: true,
		VerifyConnection:   func(s tls.ConnectionState) error { return w.proven(s.PeerCertificates, who) },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return w.keys.shown(w.trunkNamed(who.trunk)), nil
		},
	}
	if net.ParseIP(who.name) == nil {
		c.ServerName = who.name // RFC 6066 §3: an address is no name
	}
	return c
}

// greet lets a peer prove who it is, apart from the listener, so that a silent one keeps nobody waiting.
func (w *Wire) greet(l *listener, conn net.Conn) {
	if w.greetings.Add(1) > maxGreetings && !w.gate.knows(addrPortOf(conn.RemoteAddr()).Addr()) {
		w.greetings.Add(-1)
		_ = conn.Close()
		return
	}
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		defer w.greetings.Add(-1)
		ctx, cancel := context.WithTimeout(w.ctx, handshakeTime)
		defer cancel()
		c := tls.Server(conn, l.tls)
		if err := c.HandshakeContext(ctx); err != nil {
			w.log.Debug("TLS handshake failed", zap.Stringer("remote", conn.RemoteAddr()), zap.Error(err))
			_ = conn.Close()
			return
		}
		trunk := w.trunkShown(c.ConnectionState().PeerCertificates)
		if trunk != "" {
			w.gate.befriend(addrPortOf(conn.RemoteAddr()).Addr())
		}
		w.take(l, c, trunk)
	}()
}

// secured makes a connection of ours a TLS connection.
func (w *Wire) secured(ctx context.Context, conn net.Conn, who identity) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	c := tls.Client(conn, w.clientTLS(who))
	if err := c.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

// watchCertificates reads changed files though nobody connects, and says every day which certificate is about to end.
func (w *Wire) watchCertificates() {
	defer w.running.Done()
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for hours := 0; ; hours++ {
		for _, c := range w.keys.certificates() {
			if left := time.Until(c.Until); hours%24 == 0 && left < endingEarly {
				w.log.Warn("a certificate is about to end", zap.String("file", c.File), zap.Time("until", c.Until))
			}
		}
		select {
		case <-w.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Certificates returns the certificates that we prove ourselves with.
func (w *Wire) Certificates() []Certificate { return w.keys.certificates() }
