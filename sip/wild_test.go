package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"telagent-gateway/call"
)

// patience bounds every wait of a test on real sockets. Nothing takes that long; it is only ever used up by a failure.
const patience = 10 * time.Second

// wild is a gateway's signalling wire on real sockets of the loopback, where each test has strangers, a phone's user
// and two trunks: from 127.0.0.2 the calm one, whose calls a test answers by hand, from 127.0.0.3 the rough one, whose
// calls are refused as busy at once.
type wild struct {
	*testing.T
	w        *Wire
	udp, tcp netip.AddrPort
	audio    *fakeAudio
	calm     chan call.Event // about calls of the calm trunk
	mu       sync.Mutex
	rough    map[call.LegID]bool
	serial   int
}

const (
	stranger = "127.0.0.1"
	calmHost = "127.0.0.2"
	roughly  = "127.0.0.3"
)

func newWild(t *testing.T, change ...func(*Options)) *wild {
	t.Helper()
	g := &wild{T: t, audio: newFakeAudio(), calm: make(chan call.Event, 64), rough: map[call.LegID]bool{}}
	events := make(chan call.Event, 1024)
	o := Options{
		Domain: realm, Listen: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, Audio: g.audio, Secrets: secretOf,
		Trunks: []Trunk{
			{Name: "calm", URI: "sip:127.0.0.2:5060", AcceptFrom: []netip.Prefix{netip.MustParsePrefix(calmHost + "/32")}},
			{Name: "rough", URI: "sip:127.0.0.3:5060", AcceptFrom: []netip.Prefix{netip.MustParsePrefix(roughly + "/32")}},
		},
		Report: func(e call.Event) { events <- e },
	}
	for _, c := range change {
		c(&o)
	}
	w, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	g.w = w
	for _, a := range w.Addrs() {
		at := netip.MustParseAddrPort(a[4:])
		if strings.HasPrefix(a, "udp:") {
			g.udp = at
		} else {
			g.tcp = at
		}
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for e := range events {
			g.decide(e)
		}
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := w.Close(ctx); err != nil {
			t.Logf("close: %v", err) // not every peer of a test is there to say goodbye
		}
		close(events)
		<-over
		if n := w.panics.Load(); n != 0 {
			t.Errorf("%d bugs were caught", n)
		}
	})
	return g
}

// decide is the core: it refuses what comes over the rough trunk and leaves the rest to the test.
func (g *wild) decide(e call.Event) {
	leg := call.Leg(e)
	if in, ok := e.(call.Invited); ok && in.Source.Trunk == "rough" {
		g.mu.Lock()
		g.rough[leg] = true
		g.mu.Unlock()
		g.w.Do(call.Reject{Leg: leg, Cause: call.Busy})
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if leg != "" && !g.rough[leg] {
		g.calm <- e
	}
}

// happens waits for an event of the calm trunk.
func (g *wild) happens() call.Event {
	g.Helper()
	select {
	case e := <-g.calm:
		return e
	case <-time.After(patience):
		g.Fatal("nothing was reported")
		return nil
	}
}

// raw is a peer that sends bytes as they are.
type raw struct {
	g    *wild
	conn net.Conn
	at   string // own address
	held []byte // of a stream: what was read beyond the last message
}

// from opens a UDP socket on a host of the loopback.
func (g *wild) from(host string) *raw {
	g.Helper()
	local := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(host + ":0"))
	conn, err := net.DialUDP("udp", local, net.UDPAddrFromAddrPort(g.udp))
	if err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() { _ = conn.Close() })
	return &raw{g: g, conn: conn, at: conn.LocalAddr().String()}
}

// stream opens a TCP connection from a host of the loopback.
func (g *wild) stream(host string) *raw {
	g.Helper()
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(host + ":0")), Timeout: patience}
	conn, err := d.Dial("tcp", g.tcp.String())
	if err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() { _ = conn.Close() })
	return &raw{g: g, conn: conn, at: conn.LocalAddr().String()}
}

// send writes bytes; a stream that the gateway has closed takes none, which is no fault here.
func (p *raw) send(b []byte) { _, _ = p.conn.Write(b) }

// say sends lines; they get their CRLF and, for streams, a Content-Length.
func (p *raw) say(text string) {
	head, body, _ := strings.Cut(text, "\n\n")
	p.send(append(crlf(fmt.Sprintf("%s\nContent-Length: %d\n\n", strings.TrimRight(head, "\n"), len(body))), body...))
}

// hears reads the next message, as text; false: the connection is closed.
func (p *raw) hears() (string, bool) {
	p.g.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		p.g.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for {
		if m, rest, ok := strings.Cut(string(p.held), "\r\n\r\n"); ok && p.isStream() {
			// Answers to what strangers send over streams have no body.
			p.held = []byte(rest)
			return m + "\r\n\r\n", true
		}
		n, err := p.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			p.g.Fatalf("%s heard nothing", p.at)
		}
		if err != nil {
			return "", false
		}
		if !p.isStream() {
			return string(buf[:n]), true
		}
		p.held = append(p.held, buf[:n]...)
	}
}

func (p *raw) isStream() bool { return p.conn.LocalAddr().Network() == "tcp" }

// answered reads until a final answer to a Call-ID comes, and returns it.
func (p *raw) answered(callID string) string {
	p.g.Helper()
	for {
		m, ok := p.hears()
		if !ok {
			p.g.Fatalf("%s: closed before an answer to %s", p.at, callID)
		}
		if lineOf(m, "Call-ID") == callID && !strings.HasPrefix(m, "SIP/2.0 1") {
			return m
		}
	}
}

// lineOf returns a header of a text.
func lineOf(message, name string) string {
	for line := range strings.SplitSeq(message, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// status returns the status of an answer; 0: it is a request.
func status(message string) (n int) {
	_, _ = fmt.Sscanf(message, "SIP/2.0 %d", &n)
	return n
}

// words is a request with its usual headers. lines may hold further ones and, after an empty line, a body.
func (p *raw) words(method, user, callID, lines string) string {
	p.g.serial++
	proto := "UDP"
	if p.isStream() {
		proto = "TCP"
	}
	return fmt.Sprintf("%s sip:%s@%s SIP/2.0\nVia: SIP/2.0/%s %s;branch=z9hG4bK-w%d;rport\nFrom: <sip:%s@%s>;tag=w\nTo: <sip:%s@%s>\n"+
		"Call-ID: %s\nCSeq: 1 %s\nMax-Forwards: 70\nContact: <sip:%s@%s>\n%s", method, user, realm, proto, p.at, p.g.serial, user, realm, user, realm,
		callID, method, user, p.at, lines)
}

// fence makes sure that everything sent before was read and, if it was a REGISTER, served: what follows it in the
// sockets and queues of the gateway is answered. It returns what came meanwhile.
func (p *raw) fence() (before []string) {
	p.g.Helper()
	for _, method := range []string{"OPTIONS", "REGISTER"} {
		id := fmt.Sprintf("fence-%d-%s", p.g.serial, method)
		p.say(strings.Replace(p.words(method, "ana", id, ""), "ana@"+realm+" SIP", realm+" SIP", 1))
		for {
			m, ok := p.hears()
			if !ok {
				p.g.Fatalf("%s: closed before the fence", p.at)
			}
			if lineOf(m, "Call-ID") == id {
				break
			}
			before = append(before, m)
		}
	}
	return before
}

// quietCall is an established call over the calm trunk that must not notice anything.
type quietCall struct {
	*raw
	leg      call.LegID
	to, uri  string
	callID   string
	sequence int
}

// callQuietly brings a call up.
func (g *wild) callQuietly() *quietCall {
	g.Helper()
	c := &quietCall{raw: g.from(calmHost), callID: "quiet-call"}
	c.say(c.words("INVITE", "100", c.callID, withSDP))
	in, ok := g.happens().(call.Invited)
	if !ok {
		g.Fatal("the call was not reported")
	}
	c.leg = in.Leg
	g.w.Do(call.Answer{Leg: c.leg})
	answer := c.answered(c.callID)
	if status(answer) != 200 {
		g.Fatalf("the call was answered by\n%s", answer)
	}
	c.to = lineOf(answer, "To")
	c.uri = strings.Trim(lineOf(answer, "Contact"), "<>")
	c.sequence = 1
	c.within("ACK")
	return c
}

// within sends a request within the dialog.
func (c *quietCall) within(method string) {
	if method != "ACK" {
		c.sequence++
	}
	c.g.serial++
	c.say(fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-w%d\nFrom: <sip:100@%s>;tag=w\nTo: %s\nCall-ID: %s\nCSeq: %d %s\nMax-Forwards: 70\n",
		method, c.uri, c.at, c.g.serial, realm, c.to, c.callID, c.sequence, method))
}

// undisturbed fails if the call heard anything since it was answered, is not there any more, or does not end as it should.
func (c *quietCall) undisturbed() {
	c.g.Helper()
	for _, method := range []string{"OPTIONS", "BYE"} {
		c.within(method)
		m, ok := c.hears()
		if want := fmt.Sprintf("%d %s", c.sequence, method); !ok || status(m) != 200 || lineOf(m, "CSeq") != want {
			c.g.Fatalf("the running call got, instead of 200 for %s:\n%s", want, m)
		}
	}
	if e := c.g.happens(); e != (call.Ended{Leg: c.leg, How: call.HungUp, Cause: call.Normal}) {
		c.g.Fatalf("reported %T%+v", e, e)
	}
}
