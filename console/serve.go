package console

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

const (
	headerTime = 10 * time.Second // for a client to send its request's head
	idleTime   = 2 * time.Minute  // for a connection between two requests
	answerTime = 2 * time.Minute  // for a client to have its answer; who takes none loses its connection. Streams have deadlines of their own
)

// Server serves a Console on one listener. Make one with Serve.
type Server struct {
	console *Console
	http    *http.Server
	listen  net.Listener
	served  chan error
	secure  bool
}

// Serve starts to answer requests that come to the listener, until Close. certificate chooses what the pages prove themselves
// with in a handshake; nil: they are served without TLS.
func (c *Console) Serve(l net.Listener, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *Server {
	s := &Server{
		console: c, http: &http.Server{Handler: c, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime},
		listen: l, served: make(chan error, 1), secure: certificate != nil,
	}
	if s.secure {
		s.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate}
		s.http.ErrorLog = zap.NewStdLog(zap.NewNop()) // strangers' broken handshakes
		go s.serve(func() error { return s.http.ServeTLS(l, "", "") })
		return s
	}
	go s.serve(func() error { return s.http.Serve(l) })
	return s
}

func (s *Server) serve(accept func() error) {
	defer close(s.served) // who closes the server waits for its end, also when that was told already
	s.served <- accept()
}

// Addr returns the base URL of the API and the pages.
func (s *Server) Addr() string {
	if s.secure {
		return "https://" + s.listen.Addr().String()
	}
	return "http://" + s.listen.Addr().String()
}

// Failed tells, once, why no more requests are answered; after Close it is http.ErrServerClosed.
func (s *Server) Failed() <-chan error { return s.served }

// LastAnswers ends what is idle, and lets each answer from now on say that its connection ends: nobody asks another thing on one
// that is about to be closed.
func (s *Server) LastAnswers() { s.http.SetKeepAlivesEnabled(false) }

// Leave ends the listener, event streams and what is idle, and waits for answers that are under way.
func (s *Server) Leave(patience time.Duration) error {
	s.console.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil { // somebody is slow
		return s.Close()
	}
	return nil
}

// Close ends the listener and every connection, event streams too, and waits for the accepting goroutine.
func (s *Server) Close() error {
	s.console.Close()
	err := s.http.Close()
	if served, waiting := <-s.served; waiting && !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("close the console: %w", err)
	}
	return nil
}
