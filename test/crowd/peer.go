// Package crowd is many callers and phones for whole-program tests: each is a SIP peer with a socket of its own, and each of
// its legs sends numbered packets, so that who hears whom, the longest silence, doubled and stale packets are known exactly.
// A crowd lives through the gateway's death as real phones do: it goes on sending, repeats its requests, registers again.
//
// It is no load generator and judges nothing: the tests in test/chaos do.
//
// Start with Peer (peer.go), then Leg (leg.go) and Ear (ear.go).
package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Manner is what a phone does with a call.
type Manner struct {
	Rings   time.Duration // before it answers or refuses
	Refuses int           // status; 0: it answers
	Thinks  time.Duration // from the answer to the keys
	Presses string        // keys
	Never   bool          // it rings until the caller gives up
}

// Part is what a Peer is made from.
type Part struct {
	Name    string
	Network string         // "TCP", "WS", or "UDP", which empty is too
	At      netip.AddrPort // where it speaks SIP; port 0: the system chooses. Its audio has the same address
	Gateway netip.AddrPort // where its network is listened on
	Clock   *Clock
	Tone    int  // in Hz, a multiple of 50, besides the numbers; 0: silence
	Secure  bool // its audio is encrypted with keys in the descriptions (SDES), or there is none

	Answers func(number string) Manner // what it does when it is called; nil: it answers at once

	// The account; User is also what a phone without one is called.
	User, Password, Domain string

	Bind func(netip.AddrPort) (*net.UDPConn, error) // of UDP sockets; nil: in this process's network
}

// Peer is one SIP endpoint: the end of a trunk with everybody behind it, or one phone. Its methods are safe for concurrent
// use.
type Peer struct {
	Part
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu       sync.Mutex
	news     chan struct{} // closed and replaced when anything happens
	line     line
	at       netip.AddrPort
	legs     map[string]*Leg               // that are not over, by Call-ID
	left     []*Leg                        // the last that are
	called   []*Leg                        // that came in, in their order, not yet fetched by Next
	watches  map[string]*Watch             // by Call-ID
	asked    map[string]chan *sip.Response // by transaction
	replies  map[string][]byte             // the last response to a request, by transaction
	order    []string                      // of replies
	statuses map[int]int                   // final refusals of our requests that were no challenges, by status
	faults   []string
	nonces   challenge
	weather  Weather
	bound    time.Time // when the registrar last said yes
	callID   string
	cseq     uint32
}

// maxReplies bounds what is remembered for repeated requests.
const maxReplies = 512

var errGone = errors.New("the peer is gone")

// New binds a peer's SIP socket, or connects it to the gateway, and lets it answer.
func New(p Part) (*Peer, error) {
	if p.Bind == nil {
		p.Bind = Bind
	}
	if p.Network == "" {
		p.Network = "UDP"
	}
	q := &Peer{
		Part: p, news: make(chan struct{}), legs: map[string]*Leg{}, watches: map[string]*Watch{}, asked: map[string]chan *sip.Response{}, replies: map[string][]byte{},
		statuses: map[int]int{}, callID: token(),
	}
	q.ctx, q.stop = context.WithCancel(context.Background())
	if err := q.open(p.At); err != nil {
		return nil, err
	}
	return q, nil
}

// Bind binds a UDP socket in this process's network.
func Bind(at netip.AddrPort) (*net.UDPConn, error) {
	return net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
}

func (p *Peer) open(at netip.AddrPort) error {
	l, err := p.dial(at)
	if err != nil {
		return fmt.Errorf("bind %s: %w", p.Name, err)
	}
	p.mu.Lock()
	p.line, p.at = l, l.at()
	p.mu.Unlock()
	p.work.Go(func() { p.read(l) })
	return nil
}

// Deafen lets a peer over a connection take nothing any more off it, as a program does that hangs: it stays open until Vanish.
func (p *Peer) Deafen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.deafen()
}

// Weather is what a peer's way to the gateway does to its SIP over UDP, in both directions. The zero value lets all pass as it is.
type Weather struct {
	Loss, Twice, Late int // percent of datagrams that are lost, doubled, or kept back until others have overtaken them
}

// late is how long a datagram of Weather.Late is kept.
const late = 50 * time.Millisecond

// Set changes the weather.
func (p *Peer) Set(w Weather) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.weather = w
}

// pass does to one datagram what the weather will have: carry carries it, once, twice, later or never.
func (p *Peer) pass(carry func()) {
	p.mu.Lock()
	w := p.weather
	p.mu.Unlock()
	if w == (Weather{}) {
		carry()
		return
	}
	times := 1
	switch n := rand.IntN(100); {
	case n < w.Loss:
		return
	case n < w.Loss+w.Twice:
		times = 2
	case n < w.Loss+w.Twice+w.Late:
		p.work.Go(func() {
			select {
			case <-time.After(late):
				carry()
			case <-p.ctx.Done():
			}
		})
		return
	}
	for range times {
		carry()
	}
}

// Addr is where the peer speaks SIP.
func (p *Peer) Addr() netip.AddrPort {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// Vanish closes all sockets without a word to anybody, as a power cut would, and waits for the peer's goroutines.
func (p *Peer) Vanish() {
	p.stop()
	p.mu.Lock()
	_ = p.line.Close() // there is nothing to flush
	legs := p.up()
	p.mu.Unlock()
	for _, l := range legs {
		l.over(End{})
	}
	p.work.Wait()
}

// Unplug takes the peer's line away: nothing comes and nothing goes until Move. Its calls are not over.
func (p *Peer) Unplug() {
	p.mu.Lock()
	_ = p.line.Close()
	legs := p.up()
	p.mu.Unlock()
	for _, l := range legs {
		l.voice.unplug()
	}
}

// Move gives the peer a new address, as a phone gets that leaves one network for another: new sockets, a new registration if
// it had one, and a re-INVITE in each leg that says where it is now (RFC 3261 §12.2.1.1).
func (p *Peer) Move(ctx context.Context, to netip.AddrPort) error {
	p.mu.Lock()
	_ = p.line.Close()
	registered := !p.bound.IsZero()
	legs := p.up()
	p.mu.Unlock()
	if err := p.open(to); err != nil {
		return err
	}
	if registered {
		if _, err := p.registerOnce(ctx, registrationTime); err != nil {
			return err
		}
	}
	var failed []error
	for _, l := range legs {
		if err := l.voice.move(p.Bind, to.Addr()); err != nil {
			failed = append(failed, err)
			continue
		}
		if status, err := l.Reinvite(ctx, "sendrecv"); err != nil || status/100 != 2 {
			failed = append(failed, fmt.Errorf("%s: re-INVITE from the new address: %d %w", l, status, err))
		}
	}
	return errors.Join(failed...)
}

// up returns the legs that are not over. The caller holds mu.
func (p *Peer) up() []*Leg {
	legs := make([]*Leg, 0, len(p.legs))
	for _, l := range p.legs {
		legs = append(legs, l)
	}
	return legs
}

// Legs returns the legs that are not over.
func (p *Peer) Legs() []*Leg {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.up()
}

// Next returns the next leg that came in, in their order.
func (p *Peer) Next(ctx context.Context) (l *Leg, err error) {
	err = p.wait(ctx, func() bool {
		if len(p.called) == 0 {
			return false
		}
		l, p.called = p.called[0], p.called[1:]
		return true
	})
	return l, err
}

// Faults returns what was sent to the peer against RFC 3261, each as a sentence, and Refused how often a request of its own
// was refused, by status.
func (p *Peer) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.faults)
}

// Refused returns how many of the peer's requests were refused with a status from..to, challenges left out.
func (p *Peer) Refused(from, to int) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for status, times := range p.statuses {
		if status >= from && status <= to {
			n += times
		}
	}
	return n
}

func (p *Peer) fault(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) < 20 {
		p.faults = append(p.faults, p.Name+": "+fmt.Sprintf(format, args...))
	}
}

// wait waits until ok, which is asked under mu whenever something happened.
func (p *Peer) wait(ctx context.Context, ok func() bool) error {
	for {
		p.mu.Lock()
		done, news := ok(), p.news
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		case <-p.ctx.Done():
			return errGone
		}
	}
}

// ring tells those who wait. The caller holds mu.
func (p *Peer) ring() {
	close(p.news)
	p.news = make(chan struct{})
}

func (p *Peer) read(l line) {
	for {
		data, from, err := l.read()
		if err != nil {
			return
		}
		if len(data) > 4 { // else a keep-alive (RFC 5626 §3.5.1)
			p.pass(func() { p.got(data, from) })
		}
	}
}

func (p *Peer) got(data []byte, from netip.AddrPort) {
	switch m, err := sip.ParseMessage(data); m := m.(type) {
	case *sip.Request:
		p.gotRequest(m, from)
	case *sip.Response:
		p.gotResponse(m)
	default:
		p.fault("got what is no SIP message: %v", err)
	}
}

// send writes one message. An error shows as an answer that never comes.
func (p *Peer) send(b []byte, to netip.AddrPort) {
	p.mu.Lock()
	l := p.line
	p.mu.Unlock()
	p.pass(func() { l.write(b, to) })
}

// reply answers a request, and keeps the answer for when the request is repeated.
func (p *Peer) reply(to *sip.Request, from netip.AddrPort, status int, tag string, body []byte, lines ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", status, reasons[status])
	for _, h := range to.Headers() { // RFC 3261 §8.2.6.2
		switch name := strings.ToLower(h.Name()); name {
		case "via", "from", "call-id", "cseq", "record-route":
			fmt.Fprintf(&b, "%s: %s\r\n", h.Name(), h.Value())
		case "to":
			value := h.Value()
			if tag != "" && !strings.Contains(value, ";tag=") {
				value += ";tag=" + tag
			}
			fmt.Fprintf(&b, "To: %s\r\n", value)
		}
	}
	for _, line := range lines {
		b.WriteString(line + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	data, key := []byte(b.String()), transaction(to)
	p.mu.Lock()
	if _, known := p.replies[key]; !known {
		if len(p.order) == maxReplies {
			delete(p.replies, p.order[0])
			p.order = p.order[1:]
		}
		p.order = append(p.order, key)
	}
	p.replies[key] = data
	p.mu.Unlock()
	p.send(data, from)
	return data
}

var reasons = map[int]string{
	100: "Trying", 180: "Ringing", 200: "OK", 405: "Method Not Allowed", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
	486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 503: "Service Unavailable", 603: "Decline",
}

// transaction is what a request and its repetitions have in common (RFC 3261 §17.2.3).
func transaction(r *sip.Request) string {
	branch := ""
	if via := r.Via(); via != nil {
		branch, _ = via.Params.Get("branch")
	}
	return string(r.Method) + " " + branch
}
