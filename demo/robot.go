package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Limits of one robot. A call beyond its limit is refused with 486, a leg that nobody fetches from Next is not
// announced, older replies and faults are forgotten.
const (
	maxLegs    = 64
	maxWaiting = 64
	maxReplies = 512
	maxFaults  = 100
)

// Part is what a Robot plays: what it is made from. Address and Tone must be given.
type Part struct {
	Name      string  // in errors and lines; empty: "robot"
	Address   string  // IPv4 address to bind; the ports are chosen by the system
	Tone      Sound   // what it says when it speaks, one of Tones
	Laws      []Law   // in its order of preference; empty: PCMU, PCMA
	Script    *Script // what it does with calls that no Phone takes; nil: 404
	QuietKeys bool    // stop speaking while a key is down; else speech and key are sent side by side

	// The account at a registrar, for Register and for calls that are challenged. Empty: none.
	Registrar, Domain, User, Password string
	Algorithm                         string // answer only challenges of this one, MD5 or SHA-256; empty: the first offered

	// What a caller must prove by digest. Empty: nothing.
	AskUser, AskPassword string

	bound func(contact string) // takes every REGISTER, as a gateway would; nil: 405
}

// Robot is one scripted SIP peer with a UDP socket: a carrier with customers and phones behind it, a softphone, a desk
// phone. Its methods are safe for concurrent use.
type Robot struct {
	o        Part
	conn     *net.UDPConn
	at       *net.UDPAddr
	ctx      context.Context // ends with the robot
	stop     context.CancelCauseFunc
	work     sync.WaitGroup
	news     bell // something happened to the robot or to one of its legs
	incoming chan *Leg
	nonce    string // of the challenge to its callers

	mu      sync.Mutex
	closed  bool
	legs    map[string]*Leg          // live ones, by Call-ID
	asked   map[string]chan *message // responses that a transaction waits for
	replies map[string][]byte        // last response to a request, by transaction
	order   []string                 // the keys of replies, oldest first
	phones  map[string]Script        // by number
	faults  []string
	renew   context.CancelFunc // stops the registration's renewal; nil: not registered
	callID  string             // of its registrations
	cseq    uint32             // likewise
}

var errClosed = errors.New("the robot is gone")

// NewRobot binds a robot's SIP socket and lets it answer.
func NewRobot(o Part) (*Robot, error) {
	if o.Name == "" {
		o.Name = "robot"
	}
	if len(o.Laws) == 0 {
		o.Laws = []Law{PCMU, PCMA}
	}
	if !slices.Contains(Tones, o.Tone) {
		return nil, fmt.Errorf("make %s: %d Hz is none of the tones that robots know", o.Name, o.Tone)
	}
	ip := net.ParseIP(o.Address).To4()
	if ip == nil {
		return nil, fmt.Errorf("make %s: %q is no IPv4 address", o.Name, o.Address)
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: ip})
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", o.Name, err)
	}
	r := &Robot{
		o: o, conn: conn, at: conn.LocalAddr().(*net.UDPAddr), incoming: make(chan *Leg, maxWaiting), nonce: newToken(),
		legs: map[string]*Leg{}, asked: map[string]chan *message{}, replies: map[string][]byte{}, phones: map[string]Script{},
		callID: newToken(),
	}
	r.ctx, r.stop = context.WithCancelCause(context.Background())
	r.work.Add(1)
	go r.listen()
	return r, nil
}

// Addr returns the IP address and port on which the robot speaks SIP.
func (r *Robot) Addr() string { return r.at.String() }

// Phone gives the robot a telephone with that number, and says what it does when it is called.
func (r *Robot) Phone(number string, s Script) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phones[number] = s
}

// Next returns the next leg that came in, in their order.
func (r *Robot) Next(ctx context.Context) (*Leg, error) {
	select {
	case l := <-r.incoming:
		return l, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s is not called: %w", r.o.Name, context.Cause(ctx))
	case <-r.ctx.Done():
		return nil, fmt.Errorf("%s is not called: %w", r.o.Name, errClosed)
	}
}

// Faults returns what peers sent to the robot against RFC 3261, each as a sentence.
func (r *Robot) Faults() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.faults)
}

func (r *Robot) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, r.o.Name+": "+fmt.Sprintf(format, args...))
	}
}

// Close hangs up what is up, takes the registration back and frees the sockets. It gives the far side two seconds.
func (r *Robot) Close() error {
	ctx, cancel := context.WithTimeout(r.ctx, 2*time.Second)
	defer cancel()
	r.mu.Lock()
	registered := r.renew != nil
	legs := make([]*Leg, 0, len(r.legs))
	for _, l := range r.legs {
		legs = append(legs, l)
	}
	r.mu.Unlock()
	var failed []error
	for _, l := range legs {
		failed = append(failed, l.Hangup(ctx))
	}
	if registered {
		failed = append(failed, r.Unregister(ctx))
	}
	r.Kill()
	return errors.Join(failed...)
}

// Kill closes all sockets at once, without a word to anybody: a crash, or a cable pulled. It waits for the robot's
// goroutines.
func (r *Robot) Kill() {
	r.mu.Lock()
	r.closed = true
	legs := make([]*Leg, 0, len(r.legs))
	for _, l := range r.legs {
		legs = append(legs, l)
	}
	r.mu.Unlock()
	r.stop(errClosed)
	_ = r.conn.Close() // a UDP socket has nothing to flush
	for _, l := range legs {
		l.over(Ending{By: Nobody})
	}
	r.work.Wait()
}

// start runs f on a goroutine that Close and Kill wait for. f has to end with the robot's context.
func (r *Robot) start(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.work.Add(1)
	go func() {
		defer r.work.Done()
		f()
	}()
}

func (r *Robot) listen() {
	defer r.work.Done()
	b := make([]byte, 65535)
	for {
		n, from, err := r.conn.ReadFromUDP(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n <= 4 { // an ICMP error, or a keep-alive (RFC 5626 §3.5.1)
			continue
		}
		m, err := parse(slices.Clone(b[:n]))
		if err != nil {
			r.fault("got what is no SIP message: %v", err)
			continue
		}
		if m.status != 0 {
			r.gotResponse(m)
		} else {
			r.gotRequest(m, from)
		}
	}
}

// send writes one datagram. An error shows as a response that never comes.
func (r *Robot) send(b []byte, to *net.UDPAddr) { _, _ = r.conn.WriteToUDP(b, to) }
