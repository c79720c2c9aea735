// Package sip is the signalling wire: it turns SIP into Events and Actions into SIP. It has its own transports, an
// ordered queue for each Call-ID and its own dialogs, around the parser, messages and transaction machines of sipgo.
//
// It decides nothing that a person would notice: which call goes where is the Floor's business. It treats SDP as
// bytes, which Audio reads and writes. In this package the name sip.X is sipgo's, bare names are ours.
//
// Start with Start and Options (this file); then the way of a message: udp.go or tcp.go, dispatch.go, queue.go, and
// the verbs of a leg in the order of a call: accept.go, dial.go, modify.go, hangup.go.
package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// Options configure a Wire. The zero value of a field means what its comment says.
type Options struct {
	Domain    string                           // our SIP domain and the realm of digest; empty: the advertised address
	Listen    []string                         // "udp:IP:PORT", or with tcp, tls, ws or wss; empty: "udp:127.0.0.1:5060"
	Advertise map[string]string                // addresses for Via and Contact, by entry of Listen, "ipv4", "ipv6" or "" (any); none: the listening address
	TLS       TLS                              // for listeners of tls and wss and for trunks over TLS
	Origins   []string                         // of pages elsewhere that may open a WebSocket: "https://host[:port]", or "*" for any
	Trunks    []Trunk                          // carriers
	DNS       []netip.AddrPort                 // name servers; empty: those of the system
	Secrets   func(user string) (Secret, bool) // may be called from many goroutines; nil: nobody can register
	Audio     Audio                            // the SDP seam; must be set
	Report    func(call.Event)                 // takes every Event; may block for a moment; must be set
	Log       *zap.Logger                      // nil: silent; at debug level every message is traced
	ID        func() string                    // new unique names for inbound legs; may be called from many goroutines; nil: random
	AskPhones time.Duration                    // how often each registered phone is asked whether it is there (OPTIONS); 0: never
	Timer     time.Duration                    // how long a phone's call may go without a refresh (RFC 4028), at least 90 s; 0: no session timer
	Longest   time.Duration                    // that a phone is registered for at once; 0: an hour
	Emergency func(number string) bool         // whether a dialled number calls for help; nil: none does
	Legs      int                              // most legs at once, further INVITEs get 503; 0: 10000
	Security  Security                         // what strangers may do; zero: as much as they want
	Ladders   int                              // bytes of SIP messages that are kept of all legs, see Strand; 0: none are
	People    map[string]Presence              // whom phones can watch from the start, by AOR; see Show

	// Packets and Streams return the sockets of Listen: those that another process bound, or what bind makes; nil: they are
	// bound here. The wire closes them.
	Packets func(at netip.AddrPort, bind func() (*net.UDPConn, error)) (*net.UDPConn, error)
	Streams func(at netip.AddrPort) (net.Listener, error)

	// Keep is told what another process needs to go on with a leg, each time that this is another than before; nil: the leg
	// is over, and nothing has to be said about it any more. It is called by the leg's own goroutine, so in order for each
	// leg, also during Start, and must not block. What it gets holds keys and is opaque. nil: nothing is kept.
	Keep func(leg call.LegID, state []byte)
	// Kept is what Keep was told last of each leg by a process that is gone. It is taken up before anything is read from a
	// socket, see Wire.Legs; a leg that cannot be is reported as Ended (LegLost), once.
	Kept map[call.LegID][]byte
	// KeepContact is the same for what phones registered, and for what the wire itself has to remember: the key says which.
	KeepContact func(key string, state []byte)
	// Contacts is what KeepContact was told last for each key.
	Contacts map[string][]byte
}

// Audio is the SDP seam: where an offer meets an answer, the leg's goroutine calls it. Calls for one leg never overlap.
type Audio interface {
	// Offer makes our offer for an INVITE that we send; near's codec comes first, if near is not empty. A leg that rings at
	// several peers asks for each; it is the answer that says which of the offers it takes. One that turned an offer down
	// (488) is asked again with another: call.ErrNoOtherOffer says that there is none.
	Offer(to call.Peer, near call.LegID) ([]byte, error)
	// Accept takes the far side's answer to our offer. It may come twice: early (183), then with the 200.
	Accept(leg call.LegID, answer []byte) error
	// Answer takes the far side's offer, of the first or a later INVITE, and returns our answer. An error becomes 488 and
	// must leave the session as it was.
	Answer(from call.Peer, offer []byte) ([]byte, error)
	// Current returns our last description again: a re-INVITE without SDP gets it as our offer.
	Current(leg call.LegID) ([]byte, error)
	// Behind says that the leg's signalling comes from that address and its Contact says otherwise, as behind a NAT: its
	// audio may come from there too, whatever its description says. It may be called before there is one.
	Behind(leg call.LegID, signalling netip.Addr)
	// Early says that the leg, whose dialog does not stand yet, is to hear already what it is joined with. Its own silence
	// does not count yet.
	Early(leg call.LegID)
	// Established says that the dialog stands: silence counts from now on.
	Established(leg call.LegID)
	// Release says that the leg is over. It is called once for each leg that another method was called for.
	Release(leg call.LegID)
}

// Wire is the running signalling wire. Its methods may be called by any goroutine.
type Wire struct {
	o         Options
	log       *zap.Logger
	net       network
	parser    *sip.Parser
	names     *names
	shunned   *shunned
	guard     *guard
	gate      *gate
	desk      *desk
	pulse     *pulse // nil: phones are not asked
	board     *board
	tap       *tap // nil: no messages are kept
	trunks    []*trunk
	keys      *keyring
	listeners []*listener
	hosts     [2]string // stand for a listening address that is all addresses, of IPv4 and of IPv6
	burden    burden
	began     time.Time             // when we did
	salt      string                // makes the tags of answers without a transaction unguessable
	reload    func(*Dialog) *Dialog // tests put a dialog through its stored form after each step; nil: no
	panics    atomic.Int64          // bugs that were caught
	seal      seal                  // signs our Call-IDs
	stranded  pace                  // of answers that nobody waits for
	resumed   []call.LegID          // legs that were taken up
	lost      []call.LegID          // that could not be
	drain     atomic.Pointer[Drain] // what new callers are told; nil: they are let in

	connections int          // most stream connections at once
	greetings   atomic.Int64 // connections that have not become streams yet

	running sync.WaitGroup // every goroutine of the wire
	ctx     context.Context
	halt    context.CancelFunc // ends them all

	mu       sync.Mutex // the registry of who is there; held for map accesses alone
	queues   map[string]*inbox
	legs     map[call.LegID]*inbox
	standing map[dialogID]standing
	hops     map[call.LegID]uint32 // that callers from afar had left
	signed   map[call.LegID]signed // signatures of callers from trusted trunks
	calling  map[string]int        // calls that each phone began
	streams  map[endpoints]*stream
	outgoing map[destination]*stream // stream connections that we made, by where to
	closed   bool                    // nothing new begins
	still    *still                  // it stands still; nil: it does not
	drained  chan struct{}           // closed when the last queue ends after closed
}

// endpoints name one stream connection.
type endpoints struct {
	network       string
	local, remote netip.AddrPort
}

// Start binds the sockets and begins to serve. An error says which option is wrong or which address cannot be bound;
// nothing runs then.
func Start(o Options) (*Wire, error) { return start(o, machine{o.DNS, o.Packets, o.Streams}, nil) }

func start(o Options, n network, reload func(*Dialog) *Dialog) (*Wire, error) {
	if o.Audio == nil || o.Report == nil {
		return nil, errors.New("start sip: Options.Audio and Options.Report must be set")
	}
	if len(o.Listen) == 0 {
		o.Listen = []string{"udp:127.0.0.1:5060"}
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.ID == nil {
		o.ID = rand.Text
	}
	if o.Legs == 0 {
		o.Legs = 10_000
	}
	w := &Wire{
		began: time.Now(),
		o:     o, log: o.Log, net: n, parser: newParser(), salt: rand.Text(), reload: reload, connections: maxConnections,
		queues: make(map[string]*inbox), legs: make(map[call.LegID]*inbox), streams: make(map[endpoints]*stream),
		standing: make(map[dialogID]standing), signed: make(map[call.LegID]signed), hops: make(map[call.LegID]uint32), calling: make(map[string]int),
		outgoing: make(map[destination]*stream), drained: make(chan struct{}),
		names: newNames(n, o.DNS), shunned: newShunned(), tap: newTap(o.Ladders),
	}
	w.seal = newSeal(&o)
	w.ctx, w.halt = context.WithCancel(context.Background())
	if err := w.prepare(); err != nil {
		w.halt()
		for _, l := range w.listeners {
			l.close()
		}
		return nil, fmt.Errorf("start sip: %w", err)
	}
	w.takeUp()
	w.run()
	return w, nil
}

// prepare does everything that can fail.
func (w *Wire) prepare() error {
	for _, t := range w.o.Trunks {
		k, err := newTrunk(t)
		if err != nil {
			return err
		}
		w.trunks = append(w.trunks, k)
	}
	var err error
	if w.keys, err = newKeyring(w.o.TLS, w.trunks, w.log); err != nil {
		return err
	}
	for _, entry := range w.o.Listen {
		l, err := parseListen(entry)
		if err != nil {
			return err
		}
		if l.secure() && len(w.o.TLS.Certificates) == 0 {
			return fmt.Errorf("listen address %q: there is no certificate for it", entry)
		}
		if err := l.open(w.net); err != nil {
			return err
		}
		w.listeners = append(w.listeners, &l)
		if l.local.Addr().IsUnspecified() && w.hosts[0] == "" {
			w.hosts = [2]string{ownAddress("192.0.2.1:9", "127.0.0.1"), ownAddress("[2001:db8::1]:9", "::1")}
		}
	}
	if w.o.Domain == "" {
		w.o.Domain, _ = w.sentBy(w.listeners[0].network, w.listeners[0].local, w.listeners[0].local)
	}
	w.guard = newGuard(w.o.Domain, w.o.Secrets, time.Now)
	w.guard.met = w.met
	w.raiseGate()
	w.desk = newDesk(w)
	if w.o.AskPhones > 0 {
		w.pulse = newPulse(w)
	}
	w.board = newBoard(w, w.o.People)
	for _, t := range w.trunks {
		if t.Ping > 0 || t.Register {
			newKeeper(w, t)
		}
	}
	return nil
}

// run starts the goroutines.
func (w *Wire) run() {
	w.running.Add(3 + len(w.listeners))
	go w.desk.run()
	go w.board.run()
	go w.announce()
	if w.pulse != nil {
		w.running.Add(1)
		go w.pulse.run()
	}
	if len(w.resumed) > 0 {
		w.running.Add(1)
		go w.probe()
	}
	if len(w.keys.byPair) > 0 {
		w.running.Add(1)
		go w.watchCertificates()
	}
	for _, t := range w.trunks {
		if t.keeper != nil {
			w.running.Add(1)
			go t.keeper.run()
		}
	}
	for _, l := range w.listeners {
		switch l.network {
		case "UDP":
			go w.readPackets(l)
		case "TLS":
			l.tls = w.serverTLS()
			go w.acceptStreams(l)
		case "TCP":
			go w.acceptStreams(l)
		default:
			go w.serveWeb(l, w.openWeb(l))
		}
	}
}

// Do carries out Ring, Answer, Reject, Dial, Reroute, Hangup and Progress and ignores every other Action. It never blocks.
func (w *Wire) Do(a call.Action) {
	var id call.LegID
	switch a := a.(type) {
	case call.Dial:
		w.dial(a)
		return
	case call.Ring:
		id = a.Leg
	case call.Answer:
		id = a.Leg
	case call.Reject:
		id = a.Leg
	case call.Reroute:
		id = a.Leg
	case call.Hangup:
		id = a.Leg
	case call.Progress:
		id = a.Leg
	default:
		return
	}
	w.mu.Lock()
	in := w.legs[id]
	w.mu.Unlock()
	if in != nil {
		in.put(a)
	}
}

// Addrs returns the addresses that are listened on, as "udp:127.0.0.1:5060", in the order of Options.Listen. A port
// 0 there is the real one here.
func (w *Wire) Addrs() []string {
	var list []string
	for _, l := range w.listeners {
		list = append(list, l.String())
	}
	return list
}

// Phones returns every contact that is registered, by AOR.
func (w *Wire) Phones() []Phone { return w.desk.phones() }

// Close hangs up every leg and ends every subscription, waits until the far sides know or ctx is done, and ends everything that Start began.
// Nothing is reported any more once it was called, but a Report that is under way must come back. The error is that of
// ctx, when somebody did not answer in time.
func (w *Wire) Close(ctx context.Context) error {
	w.Thaw()
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		<-w.ctx.Done()
		w.running.Wait()
		return nil
	}
	w.closed = true
	for _, in := range w.queues {
		in.put(closing{})
	}
	if len(w.queues) == 0 {
		close(w.drained)
	}
	w.mu.Unlock()
	w.board.in.put(closing{})
	var err error
	for _, told := range []chan struct{}{w.drained, w.board.ended} {
		select {
		case <-told:
		case <-ctx.Done():
			err = fmt.Errorf("close sip: %w", ctx.Err())
		}
	}
	w.halt()
	for _, l := range w.listeners {
		l.close()
	}
	w.mu.Lock()
	streams := make([]*stream, 0, len(w.streams))
	for _, s := range w.streams {
		streams = append(streams, s)
	}
	w.mu.Unlock()
	for _, s := range streams {
		s.close("the gateway stops")
	}
	w.running.Wait()
	return err
}

// closing tells a queue to hang up and end.
type closing struct{}

// report tells the core a fact.
func (w *Wire) report(e call.Event) {
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	if !closed {
		w.o.Report(e)
	}
}
