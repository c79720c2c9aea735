package console

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	headerTime = 10 * time.Second // for a client to send its request's head
	idleTime   = 2 * time.Minute  // for a connection between two requests
)

// Server serves a Console on one listener. Make one with Serve.
type Server struct {
	console *Console
	http    *http.Server
	listen  net.Listener
	served  chan error
}

// Serve starts to answer requests that come to the listener, until Close.
func (c *Console) Serve(l net.Listener) *Server {
	s := &Server{
		console: c, http: &http.Server{Handler: c, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime},
		listen: l, served: make(chan error, 1),
	}
	go func() { s.served <- s.http.Serve(l) }()
	return s
}

// Addr returns the base URL of the API and the pages.
func (s *Server) Addr() string { return "http://" + s.listen.Addr().String() }

// Failed tells, once, why no more requests are answered; after Close it is http.ErrServerClosed.
func (s *Server) Failed() <-chan error { return s.served }

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
