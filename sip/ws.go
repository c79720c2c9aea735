package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"go.uber.org/zap"
)

const (
	webHeaders = 16 << 10         // bytes of what a WebSocket begins with
	webPing    = 30 * time.Second // how often a WebSocket is asked whether it is there
	webPong    = 10 * time.Second // for its answer
	subSIP     = "sip"
)

// openWeb makes the HTTP server of a listener. It serves nothing but the beginning of WebSockets.
func (w *Wire) openWeb(l *listener) *http.Server {
	server := &http.Server{
		Handler:           http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.upgrade(l.network, rw, r) }),
		ReadHeaderTimeout: handshakeTime, // with TLS, for its handshake too
		ReadTimeout:       handshakeTime,
		WriteTimeout:      handshakeTime,
		MaxHeaderBytes:    webHeaders,
		ErrorLog:          zap.NewStdLog(zap.NewNop()), // strangers' broken handshakes
		ConnState:         w.countWeb,
	}
	server.SetKeepAlivesEnabled(false)
	l.web = server
	if l.network == "WSS" {
		l.tls = w.serverTLS("http/1.1")
		l.tls.ClientAuth = tls.NoClientCert // a browser would ask its user for one
	}
	return server
}

// serveWeb is acceptStreams for WebSockets.
func (w *Wire) serveWeb(l *listener, server *http.Server) {
	defer w.running.Done()
	streams := l.streams
	if l.network == "WSS" {
		streams = tls.NewListener(streams, l.tls)
	}
	if err := server.Serve(streams); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		w.log.Error("WebSocket listener given up", zap.Stringer("listener", l), zap.Error(err))
	}
}

// countWeb bounds the connections that are no WebSockets yet.
func (w *Wire) countWeb(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		from := addrPortOf(conn.RemoteAddr()).Addr()
		if w.greetings.Add(1) > maxGreetings && !w.gate.knows(from) || !w.gate.hears(from) {
			_ = conn.Close()
		}
	case http.StateHijacked, http.StateClosed:
		w.greetings.Add(-1)
	default:
	}
}

// upgrade makes a flow of an HTTP request; more is done on it besides.
//
// RFC 7118 §4
func (w *Wire) upgrade(network string, rw http.ResponseWriter, r *http.Request, more ...func(*stream)) {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || local == nil {
		http.Error(rw, "no address", http.StatusInternalServerError) // the server's own; cannot be
		return
	}
	f := &flow{network: network, local: addrPortOf(local), remote: plainAddr(remote)}
	if !w.welcome(r) {
		w.log.Info("WebSocket of a page from elsewhere refused", zap.Stringer("remote", f.remote), zap.String("origin", scrub(r.Header.Get("Origin"))))
		http.Error(rw, "pages of this origin may not speak SIP here", http.StatusForbidden)
		return
	}
	if !slices.ContainsFunc(r.Header.Values("Sec-WebSocket-Protocol"), speaksSIP) {
		http.Error(rw, "this is SIP over WebSocket (RFC 7118); ask for the subprotocol sip", http.StatusBadRequest)
		return
	}
	s, h := &webSocket{}, &hijacking{ResponseWriter: rw}
	s.c, err = websocket.Accept(h, r, &websocket.AcceptOptions{
		Subprotocols: []string{subSIP}, InsecureSkipVerify: true, // welcome has looked at the origin
		OnPingReceived: func(context.Context, []byte) bool { s.heard.Store(time.Now().UnixNano()); return true },
	})
	if err != nil {
		w.refused(f.remote, err)
		return
	}
	s.conn = h.conn
	s.c.SetReadLimit(maxMessage)
	s.heard.Store(time.Now().UnixNano())
	if _, err := w.open(f, s, nil, append([]func(*stream){s.read, s.keep}, more...)...); err != nil {
		w.refused(f.remote, err)
	}
}

// refused notes that nothing came of a connection. Strangers can bring that about as often as they like.
func (w *Wire) refused(remote netip.AddrPort, err error) {
	w.log.Debug("connection refused", zap.Stringer("remote", remote), zap.Error(err))
}

// speaksSIP says that a list of subprotocols has ours in it.
func speaksSIP(list string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(p string) bool { return strings.EqualFold(strings.TrimSpace(p), subSIP) })
}

// welcome says that a request may become a WebSocket: it comes from no page, from one of the host that it asks, or from one
// of an origin that is configured. A page that its user did not mean to use must not try passwords from inside his network.
//
// RFC 6455 §10.2, RFC 7118 §10
func (w *Wire) welcome(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(w.o.Origins, "*") {
		return true
	}
	if slices.ContainsFunc(w.o.Origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return true
	}
	page, err := url.Parse(origin)
	asked, askedErr := url.Parse("//" + r.Host)
	return err == nil && askedErr == nil && page.Hostname() != "" && strings.EqualFold(page.Hostname(), asked.Hostname())
}

// webSocket is the carrier of a stream that is a WebSocket: one message of it is one SIP message.
type webSocket struct {
	c     *websocket.Conn
	conn  net.Conn     // that it is on
	heard atomic.Int64 // when its last message or ping came, in ns
	begun atomic.Bool  // a message came
	until time.Time    // the writer's deadline, which alone touches it
}

// Write sends one message.
//
// RFC 7118 §5: as text if it is text, because some pages read nothing else
func (s *webSocket) Write(message []byte) (int, error) {
	ctx, cancel := context.WithDeadline(context.Background(), s.until)
	defer cancel()
	kind := websocket.MessageText
	if !utf8.Valid(message) {
		kind = websocket.MessageBinary
	}
	return len(message), s.c.Write(ctx, kind, message)
}

// SetWriteDeadline bounds the next Write.
func (s *webSocket) SetWriteDeadline(t time.Time) error {
	s.until = t
	return nil
}

// NetConn returns the connection that it is on.
func (s *webSocket) NetConn() net.Conn { return s.conn }

// Close ends the connection without a word.
func (s *webSocket) Close() error { return s.c.CloseNow() }

// read takes messages off a WebSocket, in order. One that began has a deadline for all its frames.
func (s *webSocket) read(t *stream) {
	defer t.close("its reader ended")
	from := t.source()
	defer t.w.survive("WebSocket", from)
	for !t.gone() {
		ctx, cancel := context.WithCancel(t.w.ctx)
		_, r, err := s.c.Reader(ctx)
		var raw []byte
		if err == nil {
			slow := time.AfterFunc(messageTime, cancel)
			raw, err = io.ReadAll(r)
			slow.Stop()
		}
		cancel()
		if err != nil {
			t.close("reading ended: " + err.Error())
			return
		}
		s.heard.Store(time.Now().UnixNano())
		s.begun.Store(true)
		t.w.desk.registrar.stirredOn(t.flow)
		// RFC 5626 §3.5.1, RFC 7118 §6
		if string(raw) == "\r\n\r\n" {
			_ = t.send([]byte("\r\n")) // a closed connection is seen in a moment
			continue
		}
		if t.heard() {
			t.w.datagram(raw, from)
		}
	}
}

// keep asks the far side now and then whether it is there, and ends what nobody proved himself on in time. A page's
// browser answers a ping whatever the page does.
//
// RFC 7118 §6, RFC 6455 §5.5.2
func (s *webSocket) keep(t *stream) {
	tick := time.NewTicker(messageTime)
	defer tick.Stop()
	opened, pinged := time.Now(), time.Now()
	for {
		select {
		case <-t.over:
			return
		case <-tick.C:
		}
		now, heard := time.Now(), time.Unix(0, s.heard.Load())
		switch {
		case !t.known.Load() && (now.Sub(heard) >= strangerTime || !s.begun.Load() && now.Sub(opened) >= messageTime):
			t.close("nobody proved himself on it")
			return
		case now.Sub(pinged) < webPing:
			continue
		}
		pinged = now
		ctx, cancel := context.WithTimeout(t.w.ctx, webPong)
		err := s.c.Ping(ctx)
		cancel()
		if overslept(now.Add(webPong)) {
			continue // its answer may wait to be read: ask again
		}
		if err != nil {
			t.close("a ping was not answered: " + err.Error())
			return
		}
	}
}
