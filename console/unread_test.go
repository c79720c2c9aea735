package console

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener of connections without buffers, under a bubble's clock.
type pipes struct {
	come chan net.Conn
	once sync.Once
	shut chan struct{}
}

func newPipes() *pipes { return &pipes{come: make(chan net.Conn), shut: make(chan struct{})} }

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.come:
		return c, nil
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.shut) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.come <- theirs
	return ours
}

func TestAClientThatNeverReadsLosesItsConnectionAndNobodyElseNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFloor()
		c := newConsole(t, f.options())
		l := newPipes()
		s := c.Serve(l, nil)
		token := tokenFor(t, c, "boss")
		for path, most := range map[string]time.Duration{"/agents": answerTime, "/events": writeDeadline} {
			deaf := l.dial()
			if _, err := fmt.Fprintf(deaf, "GET %s%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", prefix, path, token); err != nil {
				t.Fatal(err)
			}
			timer(most / 2)
			friend := l.dial()
			if _, err := fmt.Fprintf(friend, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(friend); err != nil || len(body) == 0 {
				t.Errorf("somebody else is answered %q (%v) meanwhile", body, err)
			}
			timer(most/2 + time.Second)
			synctest.Wait()
			if body, err := io.ReadAll(deaf); err != nil || len(body) != 0 {
				t.Errorf("%s: the connection of a client that does not read is kept: %q (%v)", path, body, err)
			}
		}
		if len(c.hub.streams) != 0 {
			t.Errorf("streams still counted: %v", c.hub.streams)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
