package crowd

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// State is how far a leg has come. States only grow.
type State uint8

// The states.
const (
	Calling State = iota
	Ringing
	Up
	Over
)

// String returns the state's word.
func (s State) String() string { return []string{"calling", "ringing", "up", "over"}[s] }

// End is how a leg ended. The zero value: its peer vanished, or nobody answered.
type End struct {
	Near, Far bool   // who ended it
	Status    int    // the refusal; 0: BYE
	Reason    string // the Reason header that came with it
}

// Leg is one call of a peer: its dialog and its audio. Its methods are safe for concurrent use.
type Leg struct {
	ID             uint32 // in its packets; never 0
	Number, Caller string // that is called, and that calls

	peer    *Peer
	inbound bool
	voice   *voice
	mine    *key // nil: plain audio
	acked   chan struct{}
	giveUp  chan struct{}
	invited *sip.Request
	source  netip.AddrPort

	// Guarded by the peer's mu.
	state         State
	since         [Over + 1]time.Time
	end           End
	gaveUp        bool
	callID        string
	local, remote string // From and To of our requests, tags included
	target        string // the far side's contact
	far           netip.AddrPort
	routes        []string
	seq           uint32
	invite        uint32 // the number of the last INVITE that we sent
	version       int
	acks          map[uint32][]byte
	touched       int // requests within the dialog that could change it
	crossed       time.Time
}

var lastID atomic.Uint32

// State returns how far the leg has come.
func (l *Leg) State() State {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	return l.state
}

// Since returns when the leg came to a state; zero: it did not.
func (l *Leg) Since(s State) time.Time {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	return l.since[s]
}

// Ended returns how the leg ended; of meaning only when it is over.
func (l *Leg) Ended() End {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	return l.end
}

// Ear returns what the leg heard.
func (l *Leg) Ear() *Ear { return &l.voice.ear }

// Touched returns how many requests came within the dialog that could change it.
func (l *Leg) Touched() int {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	return l.touched
}

// Crossed returns when the far side said BYE though we had said so; zero: it did not.
func (l *Leg) Crossed() time.Time {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	return l.crossed
}

// maxLeft bounds how many legs are remembered after their end.
const maxLeft = 200

// crosses notes a BYE for a leg that is over.
func (p *Peer) crosses(callID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.left {
		if l.callID == callID && l.crossed.IsZero() {
			l.crossed = time.Now()
		}
	}
}

// Mute stops or resumes the sending of audio, without a word in signalling.
func (l *Leg) Mute(on bool) {
	l.voice.mu.Lock()
	defer l.voice.mu.Unlock()
	l.voice.muted = on
}

// Press presses one key (RFC 4733 §2.5) and returns when it is up again.
func (l *Leg) Press(ctx context.Context, digit byte) error {
	p := &press{event: byte(strings.IndexByte("0123456789*#", digit)), done: make(chan struct{})}
	l.voice.mu.Lock()
	p.ts = l.voice.ts
	l.voice.press = p
	l.voice.mu.Unlock()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.peer.ctx.Done():
		return errGone
	}
}

// Wait waits until the leg has come to a state, or beyond.
func (l *Leg) Wait(ctx context.Context, s State) error {
	if err := l.peer.wait(ctx, func() bool { return l.state >= s }); err != nil {
		return fmt.Errorf("%s is %s, not %s: %w", l, l.State(), s, err)
	}
	if l.State() == Over && s != Over {
		return fmt.Errorf("%s is over: %+v", l, l.Ended())
	}
	return nil
}

// String names the leg for errors.
func (l *Leg) String() string { return fmt.Sprintf("leg %d of %s (%s)", l.ID, l.peer.Name, l.callID) }

// Hangup ends the leg: CANCEL while it rings, BYE when it is up. It returns the far side's answer to the BYE, 0 where there
// was none to send.
func (l *Leg) Hangup(ctx context.Context) (status int, err error) {
	l.peer.mu.Lock()
	state := l.state
	if state < Up && !l.gaveUp {
		l.gaveUp = true
		close(l.giveUp)
	}
	l.peer.mu.Unlock()
	switch state {
	case Over:
		return 0, nil
	case Up:
		return l.bye(ctx)
	case Calling, Ringing:
	}
	return 0, l.Wait(ctx, Over)
}

func (l *Leg) bye(ctx context.Context) (int, error) {
	b, branch, far := l.request("BYE", nil)
	l.over(End{Near: true})
	r, err := l.peer.ask(ctx, "BYE", branch, b, far, nil)
	if err != nil {
		return 0, fmt.Errorf("hang up %s: %w", l, err)
	}
	return r.StatusCode, nil
}

// Reinvite says anew where the leg's audio is, and in which direction (RFC 3264 §8), and returns the far side's answer.
func (l *Leg) Reinvite(ctx context.Context, direction string) (status int, err error) {
	b, branch, far := l.request("INVITE", l.describe(direction))
	r, err := l.peer.ask(ctx, "INVITE", branch, b, far, nil)
	if err != nil {
		return 0, err
	}
	l.acknowledge(r, branch)
	if r.StatusCode/100 != 2 {
		return r.StatusCode, nil
	}
	return r.StatusCode, l.settle(r.Body())
}

// describe makes the leg's next description.
func (l *Leg) describe(direction string) []byte {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	l.version++
	return writeSDP(netip.AddrPortFrom(l.peer.at.Addr(), l.voice.port()), l.version, direction, l.mine)
}

// settle takes the far side's description over.
func (l *Leg) settle(body []byte) error {
	d, err := readSDP(body)
	if err != nil {
		l.peer.fault("%s: answer: %v", l, err)
		return err
	}
	var theirs *key
	if l.mine != nil {
		i := slices.IndexFunc(d.keys, func(k *key) bool { return k.suite == l.mine.suite })
		if i < 0 {
			return errNoAudio
		}
		theirs = d.keys[i]
	}
	return l.voice.agree(d.at, l.mine, theirs)
}

// request makes the next request within the dialog (RFC 3261 §12.2.1.1).
func (l *Leg) request(method string, body []byte) (b []byte, branch string, far netip.AddrPort) {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	l.seq++
	if method == "INVITE" {
		l.invite = l.seq
	}
	branch = "z9hG4bK" + token()
	return l.write(method, branch, l.seq, body), branch, l.far
}

// write writes a request. The caller holds the peer's mu.
func (l *Leg) write(method, branch string, seq uint32, body []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\n%sMax-Forwards: 70\r\n", method, l.target, l.peer.via(branch))
	for _, route := range l.routes {
		fmt.Fprintf(&b, "Route: %s\r\n", route)
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n%sAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n",
		l.local, l.remote, l.callID, seq, method, l.peer.contact(l.user()))
	if body != nil {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}

func (l *Leg) user() string {
	if l.inbound {
		return l.Number
	}
	return l.Caller
}

// reach brings the leg to a state below Over.
func (l *Leg) reach(s State) {
	p := l.peer
	p.mu.Lock()
	came := l.state < s
	if came {
		l.state = s
		l.since[s] = time.Now()
		p.ring()
	}
	p.mu.Unlock()
	if came && s == Up {
		p.Clock.add(l.voice)
	}
}

// over ends the leg once; false: it was over.
func (l *Leg) over(e End) bool {
	p := l.peer
	p.mu.Lock()
	if l.state == Over {
		p.mu.Unlock()
		return false
	}
	l.state, l.end = Over, e
	l.since[Over] = time.Now()
	delete(p.legs, l.callID)
	if p.left = append(p.left, l); len(p.left) > maxLeft {
		p.left = slices.Clone(p.left[maxLeft/2:])
	}
	if !l.gaveUp {
		l.gaveUp = true
		close(l.giveUp)
	}
	p.ring()
	p.mu.Unlock()
	l.voice.close()
	return true
}

// learn takes the route set and the far side's contact (RFC 3261 §12.1). The caller holds the peer's mu, or nobody else
// knows the leg.
func (l *Leg) learn(m interface {
	GetHeader(string) sip.Header
	GetHeaders(string) []sip.Header
}, reverse bool, source netip.AddrPort,
) {
	l.routes = nil
	for _, h := range m.GetHeaders("Record-Route") {
		l.routes = append(l.routes, h.Value())
	}
	if reverse {
		slices.Reverse(l.routes)
	}
	l.target, l.far = uriOf(header(m, "Contact")), source
	next := l.target
	if len(l.routes) > 0 {
		next = uriOf(l.routes[0])
	}
	if at, err := netip.ParseAddrPort(hostOf(next)); err == nil {
		l.far = at
	}
}

// uriOf returns the URI of a From, To or Contact, hostOf its host and port.
func uriOf(value string) string {
	if _, rest, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

func hostOf(uri string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(uri, "sip:"), ";")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if !strings.Contains(host, ":") {
		host += ":5060"
	}
	return host
}

func userOf(value string) string {
	user, _, _ := strings.Cut(strings.TrimPrefix(uriOf(value), "sip:"), "@")
	return user
}
