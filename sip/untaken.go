package sip

import (
	"bufio"
	"net"
	"net/http"
	"syscall"

	"golang.org/x/sys/unix"
)

// giveUpUntaken lets the system close a stream connection whose far side's machine takes nothing any more off us, as that of
// a program that hangs, for as long as a request is repeated at most. The system keeps megabytes for it, so our writer may
// never have to wait.
//
// RFC 5482 §3; RFC 3261 §17.1.1.2: 64*T1
func giveUpUntaken(conn any) {
	for {
		within, ok := conn.(interface{ NetConn() net.Conn }) // TLS, WebSocket
		if !ok {
			break
		}
		conn = within.NetConn()
	}
	c, ok := conn.(syscall.Conn)
	if !ok {
		return // a test's
	}
	// Where it cannot be set, the writer's own bounds are what there is.
	if raw, err := c.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(giveUp().Milliseconds()))
		})
	}
}

// hijacking keeps the connection that a request becomes.
type hijacking struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack implements http.Hijacker.
func (h *hijacking) Hijack() (conn net.Conn, rw *bufio.ReadWriter, err error) {
	h.conn, rw, err = http.NewResponseController(h.ResponseWriter).Hijack()
	return h.conn, rw, err
}
