package sip

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"
)

// untakenFor is how long the system waits for the far side to take something, in ms; 0: for ever.
func untakenFor(t *testing.T, conn net.Conn) (ms int) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { ms, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT) })
	}
	if err != nil {
		t.Error(err)
	}
	return ms
}

func TestWhatAFarSideDoesNotTakeIsGivenUpOverTCPAndTLS(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for name, wraps := range map[string]func(net.Conn) net.Conn{
		"TCP": func(c net.Conn) net.Conn { return c },
		"TLS": func(c net.Conn) net.Conn { return tls.Server(c, &tls.Config{}) },
	} {
		conn, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		giveUpUntaken(wraps(conn))
		if ms := untakenFor(t, conn); ms != 32_000 {
			t.Errorf("over %s it is given up after %d ms, want 32 s", name, ms)
		}
		_ = conn.Close()
	}
}

func TestWhatAFarSideDoesNotTakeIsGivenUpOverWebSocket(t *testing.T) {
	given := make(chan int, 1)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := &hijacking{ResponseWriter: rw}
		c, err := websocket.Accept(h, r, nil)
		if err != nil {
			t.Error(err)
			given <- 0
			return
		}
		giveUpUntaken(&webSocket{c: c, conn: h.conn})
		given <- untakenFor(t, h.conn)
		_ = c.CloseNow()
	}))
	defer server.Close()
	c, _, err := websocket.Dial(t.Context(), strings.Replace(server.URL, "http", "ws", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	if ms := <-given; ms != 32_000 {
		t.Errorf("it is given up after %d ms, want 32 s", ms)
	}
}
