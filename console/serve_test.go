package console

import (
	"errors"
	"net"
	"net/http"
	"testing"
	"time"
)

func TestAServerThatEndedByItselfOrWasClosedCanBeClosed(t *testing.T) {
	for _, how := range []struct {
		name string
		end  func(*Server, net.Listener)
	}{
		{"its listener broke", func(s *Server, l net.Listener) {
			_ = l.Close()
			if err := <-s.Failed(); err == nil || errors.Is(err, http.ErrServerClosed) {
				t.Errorf("a broken listener is told as %v", err)
			}
		}},
		{"it was closed", func(s *Server, _ net.Listener) { _ = s.Close() }},
		{"it left", func(s *Server, _ net.Listener) { _ = s.Leave(time.Second) }},
	} {
		t.Run(how.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s := newConsole(t, newFloor().options()).Serve(l, nil)
			how.end(s, l)
			if err := s.Close(); err != nil {
				t.Errorf("it is not closed: %v", err)
			}
		})
	}
}
