package sip

import (
	"errors"
	"net"
	"net/netip"
	"os"

	"go.uber.org/zap"
)

// maxMessage is the most bytes of one message, start line, headers and body together.
const maxMessage = 64 << 10

// readPackets takes datagrams off one socket, in order, until the socket is closed. Nothing is kept of their senders.
func (w *Wire) readPackets(l *listener) {
	defer w.running.Done()
	buf := make([]byte, maxMessage)
	for failures := 0; failures < 1000; {
		n, from, err := l.packets.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if !w.rest() {
				return
			}
			continue
		}
		if err != nil {
			failures++
			w.log.Warn("reading from UDP socket failed", zap.Stringer("local", l.local), zap.Error(err))
			continue
		}
		failures = 0
		if !w.gate.hears(from.Addr()) {
			continue
		}
		w.datagram(buf[:n], w.packetSource(l, plainAddr(from)))
	}
	w.log.Error("UDP socket given up after too many errors", zap.Stringer("local", l.local))
}

// packetSource names the sender of a datagram.
func (w *Wire) packetSource(l *listener, remote netip.AddrPort) source {
	return source{network: "UDP", local: l.local, remote: remote, flow: w.packetFlow(l, remote)}
}

// packetFlow is the flow from one of our sockets to an address.
func (w *Wire) packetFlow(l *listener, remote netip.AddrPort) *flow {
	f := &flow{network: "UDP", local: l.local, remote: remote, trace: w.trace, keep: w.sent}
	f.send = func(message []byte) error {
		_, err := l.packets.WriteToUDPAddrPort(message, remote)
		return err
	}
	return f
}

// datagram reads the one message in a datagram. What is none gets no answer, but a request whose body was cut does.
func (w *Wire) datagram(raw []byte, from source) {
	defer w.survive("datagram", from)
	if from.network == "UDP" && isSTUN(raw) {
		w.mapped(raw, from)
		return
	}
	// RFC 3261 §7.5 for line breaks before a message; RFC 5626 §4.4.1 sends nothing else to keep a path open.
	for len(raw) > 0 && (raw[0] == '\r' || raw[0] == '\n' || raw[0] == 0) {
		raw = raw[1:]
	}
	if len(raw) == 0 {
		return
	}
	from.size, from.raw = len(raw), raw
	m, _, err := w.parser.Parse(raw, false)
	if err != nil {
		w.unreadable(raw, err, from)
		return
	}
	w.receive(m, from)
}
