package sip

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// peer is a scripted SIP element that speaks raw text.
type peer struct {
	r       *rig
	name    string
	network string
	addr    netip.AddrPort
	calls   string // itself in Via and Contact; empty: by its address
	write   func([]byte)
	stop    func()
	got     chan sip.Message
	branch  int
	polite  atomic.Bool   // it answers OPTIONS by itself
	ended   chan struct{} // closed when the connection is
}

// peer returns a UDP peer at an address.
func (r *rig) peer(name, addr string) *peer {
	r.Helper()
	var from network = machine{}
	if r.net != nil {
		from = r.net
	}
	s, err := from.listenPacket(netip.MustParseAddrPort(addr))
	if err != nil {
		r.Fatal(err)
	}
	p := &peer{r: r, name: name, network: "UDP", addr: addrPortOf(s.LocalAddr()), got: make(chan sip.Message, 4096), ended: make(chan struct{})}
	p.write = func(b []byte) { _, _ = s.WriteToUDPAddrPort(b, netip.MustParseAddrPort(r.udp)) }
	p.stop = func() { _ = s.Close() }
	r.peers = append(r.peers, p)
	go func() {
		defer close(p.ended)
		buf := make([]byte, maxMessage)
		for {
			n, _, err := s.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			p.take(buf[:n])
		}
	}()
	return p
}

// connect returns a TCP peer that connects from an address.
func (r *rig) connect(name, host string) *peer {
	r.Helper()
	own, to := netip.MustParseAddr(host), netip.MustParseAddrPort(r.tcp)
	var c net.Conn
	var err error
	if r.net != nil {
		c, err = r.net.dialFrom(own, to)
	} else {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(own, 0))}
		c, err = d.Dial("tcp", to.String())
	}
	if err != nil {
		r.Fatal(err)
	}
	return r.streamPeer(name, c)
}

func (r *rig) streamPeer(name string, c net.Conn) *peer {
	p := &peer{
		r: r, name: name, network: "TCP", addr: addrPortOf(c.LocalAddr()), got: make(chan sip.Message, 4096),
		ended: make(chan struct{}),
	}
	var once sync.Once
	p.write = func(b []byte) { _, _ = c.Write(b) }
	p.stop = func() { once.Do(func() { _ = c.Close() }) }
	r.peers = append(r.peers, p)
	go func() {
		defer close(p.ended)
		var all []byte
		buf := make([]byte, 64<<10)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			all = append(all, buf[:n]...)
			all = p.takeAll(all)
		}
	}()
	return p
}

// takeAll takes the whole messages at the front of a stream.
func (p *peer) takeAll(all []byte) []byte {
	for {
		for bytes.HasPrefix(all, []byte("\r\n")) {
			p.got <- nil // a pong
			all = all[2:]
		}
		head := bytes.Index(all, []byte("\r\n\r\n"))
		if head < 0 {
			return all
		}
		length := 0
		for _, line := range strings.Split(string(all[:head]), "\r\n") {
			if name, v, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
				_, _ = fmt.Sscan(v, &length)
			}
		}
		end := head + 4 + length
		if len(all) < end {
			return all
		}
		p.take(all[:end])
		all = all[end:]
	}
}

func (p *peer) take(raw []byte) {
	m, err := sip.ParseMessage(raw)
	if err != nil {
		p.r.Errorf("%s got what is no SIP: %v\n%s", p.name, err, raw)
		return
	}
	p.r.ladder.arrow("gateway", p.name, m)
	if req, asks := m.(*sip.Request); asks && p.polite.Load() && req.Method == sip.OPTIONS {
		p.answer(req, 200, "", "")
		return
	}
	p.got <- m
}

func (p *peer) close() {
	p.stop()
	<-p.ended
}

// say sends raw text; line ends become CRLF and Content-Length is added.
func (p *peer) say(text string) {
	p.r.Helper()
	head, body, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n\n")
	head = strings.ReplaceAll(strings.TrimRight(head, "\r\n"), "\r\n", "\n")
	head = strings.ReplaceAll(head, "\n", "\r\n")
	raw := fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
	if m, err := sip.ParseMessage([]byte(raw)); err == nil {
		p.r.ladder.arrow(p.name, "gateway", m)
	}
	p.write([]byte(raw))
}

// next waits for a message.
func (p *peer) next() sip.Message {
	p.r.Helper()
	select {
	case m := <-p.got:
		return m
	case <-time.After(2 * time.Minute):
		p.r.Fatalf("%s got nothing for two minutes", p.name)
	}
	return nil
}

// hears waits for a response with that status.
func (p *peer) hears(status int) *sip.Response {
	p.r.Helper()
	m := p.next()
	res, ok := m.(*sip.Response)
	if !ok || res.StatusCode != status {
		p.r.Fatalf("%s got\n%v\nwant status %d", p.name, m, status)
	}
	return res
}

// asked waits for a request with that method.
func (p *peer) asked(method sip.RequestMethod) *sip.Request {
	p.r.Helper()
	m := p.next()
	req, ok := m.(*sip.Request)
	if !ok || req.Method != method {
		p.r.Fatalf("%s got\n%v\nwant %s", p.name, m, method)
	}
	return req
}

// hearsNothing lets everything settle and fails if there is a message.
func (p *peer) hearsNothing() {
	p.r.Helper()
	synctest.Wait()
	select {
	case m := <-p.got:
		p.r.Fatalf("%s got\n%v\nwant nothing", p.name, m)
	default:
	}
}

// host is what the peer calls itself.
func (p *peer) host() string {
	if p.calls != "" {
		return p.calls
	}
	return p.addr.String()
}

// answer sends a response to a request that came in. extra are header lines and, after an empty line, a body.
func (p *peer) answer(req *sip.Request, status int, tag, extra string) {
	p.r.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d Whatever\n", status)
	for _, h := range req.GetHeaders("via") {
		fmt.Fprintf(&b, "Via: %s\n", h.Value())
	}
	to := req.To().Value()
	if tag != "" && !req.To().Params.Has("tag") {
		to += ";tag=" + tag
	}
	fmt.Fprintf(&b, "From: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n", req.From().Value(), to, req.CallID().Value(), req.CSeq().Value())
	if status < 300 && req.IsInvite() && !strings.Contains(extra, "Contact:") {
		fmt.Fprintf(&b, "Contact: <sip:%s@%s;transport=%s>\n", p.name, p.host(), strings.ToLower(p.network))
	}
	b.WriteString(strings.TrimLeft(extra, "\n"))
	p.say(b.String())
}

// withSDP is a body with its header, for answer and caller.
const withSDP = "Content-Type: application/sdp\n\n" + sdpOfPeer

// caller is a peer's dialog with the gateway, in which he sent the INVITE or means to.
type caller struct {
	*peer
	id, from, to string // Call-ID; From and To headers
	target       string // Request-URI
	seq          int
	via          string // branch of the last request
	headers      string // sent with each request
	hops         int    // Max-Forwards; 0: 70
}

// caller returns a dialog to be begun with a number.
func (p *peer) caller(number string) *caller {
	p.branch++
	return &caller{
		peer: p, id: fmt.Sprintf("call-%d@%s", p.branch, p.name), target: "sip:" + number + "@" + p.r.udp,
		from: fmt.Sprintf("\"Customer\" <sip:+491701@%s>;tag=%s-%d", p.addr, p.name, p.branch), to: "<sip:" + number + "@" + p.r.udp + ">",
	}
}

// ask sends a request. extra are header lines and, after an empty line, a body.
func (c *caller) ask(method, extra string) {
	c.r.Helper()
	if method != "ACK" && method != "CANCEL" {
		c.seq++
	}
	if method != "CANCEL" {
		c.branch++
		c.via = fmt.Sprintf("z9hG4bK-%s-%d", c.name, c.branch)
	}
	c.repeat(method, extra)
}

// usualLines are in what real phones send, whose requests are not as short as those of tests.
const usualLines = "User-Agent: a phone of the usual kind/4.5.6.78 0004f2aabbcc\nOrganization: the usual makers of phones and their kind\n" +
	"Accept-Language: en, en-GB;q=0.9, de;q=0.8, fr;q=0.7, es;q=0.6\nAllow-Events: dialog, presence, message-summary\n"

// repeat sends a request with the branch and CSeq of the last one.
func (c *caller) repeat(method, extra string) {
	c.r.Helper()
	contact := ""
	if method == "INVITE" || method == "UPDATE" {
		contact = fmt.Sprintf("Contact: <sip:%s@%s;transport=%s>\n", c.name, c.host(), strings.ToLower(c.network))
	}
	if strings.Contains(extra, "Contact:") {
		contact = ""
	}
	c.say(fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/%s %s;branch=%s;rport\nMax-Forwards: %d\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\n%s%s%s%s",
		method, c.target, c.network, c.host(), c.via, cmp.Or(c.hops, 70), c.from, c.to, c.id, c.seq, method, usualLines, contact, c.headers, extra))
}

// learn takes the dialog from a response.
func (c *caller) learn(res *sip.Response) {
	c.to = res.To().Value()
	if h := res.Contact(); h != nil {
		c.target = h.Address.String()
	}
}

// talksUntilLetGo takes the call of leg out, changes it once and is hung up on.
func (p *peer) talksUntilLetGo(in *sip.Request) {
	p.r.Helper()
	p.answer(in, 200, "a", withSDP)
	p.asked("ACK")
	p.r.reported(call.Answered{Leg: "out"})
	c := p.callee(in, "a")
	c.ask("INVITE", withSDP)
	c.hears(200)
	c.ask("ACK", "")
	p.r.do(call.Hangup{Leg: "out", Cause: call.Normal})
	p.answer(p.asked("BYE"), 200, "", "")
	p.r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
}

// callee returns the dialog of a request that came in, as its callee sees it.
func (p *peer) callee(req *sip.Request, tag string) *caller {
	return &caller{
		peer: p, id: req.CallID().Value(), from: req.To().Value() + ";tag=" + tag, to: req.From().Value(),
		target: req.Contact().Address.String(), seq: 100,
	}
}
