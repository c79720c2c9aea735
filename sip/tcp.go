package sip

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// The bounds of stream connections.
const (
	maxConnections = 8192             // a further one takes the place of a stranger's (Wire.connections, which tests set)
	writeQueue     = 64               // messages that wait for a peer to read; one more closes the connection
	writeTime      = 5 * time.Second  // for one message to be taken by the peer's machine
	messageTime    = 10 * time.Second // for a message that began to become whole, and for the first one to come
	strangerTime   = 2 * time.Minute  // of silence on a connection that nobody has proved himself on
	friendTime     = 2 * time.Hour    // of silence on any other
)

// stream is one connection over TCP, TLS or WebSocket: a reader, a writer, and the flow that others send on.
type stream struct {
	w     *Wire
	conn  carrier
	flow  *flow
	out   chan []byte
	to    *destination  // why we made it; nil: the peer made it
	over  chan struct{} // closed when the connection is
	once  sync.Once
	known atomic.Bool // somebody proved himself on it
}

// carrier is what a stream writes to: a connection, or a WebSocket, for which each Write is one message.
type carrier interface {
	Write(message []byte) (int, error)
	SetWriteDeadline(t time.Time) error
	Close() error
}

// acceptStreams takes connections until the listener is closed.
func (w *Wire) acceptStreams(l *listener) {
	defer w.running.Done()
	for failures := 0; failures < 1000; {
		conn, err := l.streams.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			failures++
			w.log.Warn("accepting connections failed", zap.Stringer("listener", l), zap.Error(err))
			continue
		}
		failures = 0
		if !w.gate.hears(addrPortOf(conn.RemoteAddr()).Addr()) {
			_ = conn.Close()
			continue
		}
		if l.network == "TLS" {
			w.greet(l, conn)
		} else {
			w.take(l, conn, "")
		}
	}
	w.log.Error("socket given up after too many errors", zap.Stringer("listener", l))
}

// open begins to write to a connection and to do each work on it, such as reading, and makes a flow of it. to says why we
// made it; nil: the peer did. One that we made ourselves need not prove anything.
func (w *Wire) open(f *flow, conn carrier, to *destination, works ...func(*stream)) (*flow, error) {
	s := &stream{w: w, conn: conn, flow: f, to: to, out: make(chan []byte, writeQueue), over: make(chan struct{})}
	s.known.Store(to != nil || f.trunk != "")
	giveUpUntaken(conn)
	f.trace, f.keep, f.send, f.trust = w.trace, w.sent, s.send, func() { s.known.Store(true) }
	w.mu.Lock()
	if to != nil && w.outgoing[*to] != nil && !w.closed {
		f = w.outgoing[*to].flow // somebody else was faster
		w.mu.Unlock()
		_ = conn.Close()
		return f, nil
	}
	full, yields := len(w.streams) >= w.connections, (*stream)(nil)
	if full {
		yields = w.stranger()
	}
	if full && yields == nil || w.closed {
		w.mu.Unlock()
		_ = conn.Close()
		if full {
			return nil, errors.New("too many connections")
		}
		return nil, net.ErrClosed
	}
	if yields != nil {
		delete(w.streams, yields.endpoints())
	}
	w.streams[s.endpoints()] = s
	if to != nil {
		w.outgoing[*to] = s
	}
	w.running.Add(1 + len(works))
	w.mu.Unlock()
	if yields != nil {
		yields.close("there are too many connections, and nobody proved himself on it")
	}
	go s.write()
	for _, work := range works {
		go func() {
			defer w.running.Done()
			work(s)
		}()
	}
	return s.flow, nil
}

// stranger returns some connection that nobody proved himself on; nil: there is none. The lock is held. Where there are too
// many connections it makes room: who holds thousands open, each with a ping now and then, keeps nobody out.
func (w *Wire) stranger() *stream {
	for _, s := range w.streams {
		if !s.known.Load() {
			return s
		}
	}
	return nil
}

// send gives a message to the writer. A peer that does not read loses its connection, and nobody waits for it.
func (s *stream) send(message []byte) error {
	if s.gone() {
		return errFlowGone
	}
	select {
	case s.out <- message:
		return nil
	default:
		s.close("the peer does not read")
		return errFlowGone
	}
}

// write sends what waits, one message after the other.
func (s *stream) write() {
	defer s.w.running.Done()
	for {
		select {
		case <-s.over:
			return
		case message := <-s.out:
			err := s.conn.SetWriteDeadline(time.Now().Add(writeTime))
			if err == nil {
				_, err = s.conn.Write(message)
			}
			if err != nil {
				s.close("writing failed: " + err.Error())
				return
			}
		}
	}
}

// readFrom reads a stream's connection.
func readFrom(conn net.Conn) func(*stream) { return func(s *stream) { s.read(conn) } }

// read takes messages off the connection, in order.
func (s *stream) read(conn net.Conn) {
	defer s.close("its reader ended")
	from := s.source()
	frame := framing{parser: s.w.parser.NewSIPStream(), pong: func() error { return s.send([]byte("\r\n")) }}
	defer frame.parser.Close()
	defer s.w.survive("stream", from)
	buf := make([]byte, 8<<10)
	began, heard := time.Now(), time.Now() // of the message that is being read; of the last bytes
	fresh := !s.known.Load()
	for !s.gone() {
		due := s.deadline(began, heard, fresh || frame.partial)
		n, err := 0, conn.SetReadDeadline(due)
		if err == nil {
			n, err = conn.Read(buf)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && s.deadline(began, heard, fresh || frame.partial).After(due) {
			continue // he proved himself meanwhile
		}
		if err != nil {
			s.close("reading ended: " + err.Error())
			return
		}
		heard = time.Now()
		s.w.desk.registrar.stirredOn(s.flow)
		was := frame.partial
		problem := frame.feed(buf[:n], func(m sip.Message) {
			fresh, was = false, false
			if s.heard() {
				s.w.receive(m, from)
			}
		})
		if problem != nil {
			s.w.gate.blame(s.flow.remote.Addr(), wholeFault, "what it sends is not SIP")
			s.close("no SIP: " + unquoted(problem))
			return
		}
		if frame.partial && !was && !fresh {
			began = heard
		}
	}
}

// heard says whether a message is taken. A stranger who sends too many loses his connection, which he proved to be his.
func (s *stream) heard() bool {
	if s.known.Load() || s.w.gate.hears(s.flow.remote.Addr()) {
		return true
	}
	s.close("it sends too much, or is banned")
	return false
}

// gone says that the connection is closed, or will be in a moment.
func (s *stream) gone() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

// deadline is when the next bytes must have come. A message that began has one deadline for all of it, so that a peer
// cannot hold a connection with a byte now and then.
func (s *stream) deadline(began, heard time.Time, partial bool) time.Time {
	switch {
	case partial:
		return began.Add(messageTime)
	case s.known.Load():
		return heard.Add(friendTime)
	}
	return heard.Add(strangerTime)
}

// close ends the connection, once, and lets everybody know who waits for something on it.
func (s *stream) close(why string) {
	s.once.Do(func() {
		close(s.over)
		s.w.running.Add(1) // whoever closes it first is counted, so nobody has stopped waiting
		go s.part()
		s.w.mu.Lock()
		delete(s.w.streams, s.endpoints())
		if s.to != nil && s.w.outgoing[*s.to] == s {
			delete(s.w.outgoing, *s.to)
		}
		s.w.mu.Unlock()
		for _, in := range s.flow.die() {
			in.put(flowGone{s.flow})
		}
		s.w.log.Debug(s.flow.network+" connection closed", zap.Stringer("remote", s.flow.remote), zap.String("why", why))
	})
}

// part closes the connection. TLS says so to a peer that may not read.
func (s *stream) part() {
	defer s.w.running.Done()
	_ = s.conn.Close()
}

func (s *stream) endpoints() endpoints {
	return endpoints{s.flow.network, s.flow.local, s.flow.remote}
}

// source is where what is read from the stream comes from.
func (s *stream) source() source {
	return source{network: s.flow.network, local: s.flow.local, remote: s.flow.remote, flow: s.flow}
}

// flowGone tells a queue that a stream connection, which it sent something on, is closed.
type flowGone struct{ flow *flow }

// framing finds the messages in a stream, and the pings between them.
type framing struct {
	parser  *sip.ParserStream
	pong    func() error
	partial bool // a message has begun
	head    []byte
	headed  bool // its head is whole, and with the parser
	breaks  int  // CR and LF seen since the last message, as far as they follow "\r\n\r\n"
}

// feed takes bytes as they come. An error means that the place where the next message begins is lost.
func (f *framing) feed(data []byte, got func(sip.Message)) error {
	for len(data) > 0 {
		if !f.partial {
			if data = f.between(data); len(data) == 0 {
				return nil
			}
			f.partial = true
		}
		if !f.headed {
			var err error
			if data, err = f.whole(data); data == nil {
				return err
			}
		}
		if _, err := f.parser.Write(data); err != nil {
			return err
		}
		m, _, err := f.parser.ParseNext()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// What follows the message goes through between again, because it may be a ping.
		rest := f.parser.Buffer()
		data = append([]byte(nil), rest.Bytes()...)
		rest.Reset()
		f.partial, f.headed = false, false
		got(m)
	}
	return nil
}

// whole gathers the head of a message and returns it with what follows when it is whole; nil: it is not yet. sipgo v1.7.2
// does not see that a header line goes on in the next one when the connection brings that later.
func (f *framing) whole(data []byte) ([]byte, error) {
	seen := max(0, len(f.head)-3)
	f.head = append(f.head, data...)
	first, _, lined := bytes.Cut(f.head, []byte("\n"))
	switch {
	case lined && !bytes.Contains(bytes.ToUpper(first), []byte("SIP/")):
		return nil, errors.New("the first line is none of SIP")
	case bytes.Contains(f.head[seen:], []byte("\r\n\r\n")):
		data, f.head, f.headed = f.head, nil, true
		return data, nil
	case len(f.head) > maxMessage:
		return nil, errors.New("a head without an end")
	}
	return nil, nil
}

// between skips line breaks outside of messages and answers each double one.
//
// RFC 5626 §3.5.1, §4.4.1: a double CRLF is a ping, a single one its pong
func (f *framing) between(data []byte) []byte {
	for len(data) > 0 && data[0] == "\r\n\r\n"[f.breaks] {
		data = data[1:]
		if f.breaks++; f.breaks == 4 {
			f.breaks = 0
			if f.pong() != nil {
				return nil // the connection is closed, its reader will see that
			}
		}
	}
	if len(data) > 0 {
		f.breaks = 0
	}
	return data
}
