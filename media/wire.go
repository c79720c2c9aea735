// Package media is the audio wire: it describes legs in SDP, owns their RTP and RTCP ports, relays or mixes what they say
// to each other, records it, plays music and prompts, hears keys and notices silence.
//
// It never sees a SIP header and decides nothing about calls: who hears whom comes in as Join, Hear, Swap, Park, Say, Ask
// and Record, and what it senses goes out as Events. Audio is in the
// clear, or behind a guard (guard.go) whose keys stand in descriptions (crypto.go) or come of a handshake (dtls.go).
//
// Start with Wire here. A leg's outgoing stream is its slot (slot.go): the slot keeps its port, SSRC and payload type
// while its source (source.go, mix.go) is exchanged. Packets come in at leg.receive (receive.go), own audio at Wire.tick
// (pace.go), orders at Wire.Do (order.go, hear.go, record.go), descriptions at Offer, Accept and Answer (describe.go).
// Everything below backend.go is given the time and a datagram and does no I/O but link.send, so that tests feed it
// recorded traces.
package media

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

// Options say where the audio wire stands and whom it tells what it senses.
type Options struct {
	Address   string // IP address to bind, or one of each family, separated by a comma; empty: 127.0.0.1
	Advertise string // IP address to write into SDP, or one of each family; empty: Address, which then must name one interface
	PortMin   int    // first and last UDP port; both 0: 20000 to 29999
	PortMax   int
	AudioDir  string           // folder of <name>.wav files that replace built-in sounds; empty: none
	Language  string           // of prompts for which no other is asked, de for one; empty: en
	RecordDir string           // folder that recordings are written into, made if it is not there; empty: none are made
	Silent    time.Duration    // without RTP for so long a leg is Silent; 0: 1 s
	Report    func(call.Event) // called by one goroutine of the wire; may block for a moment; nil: nobody listens
	Log       *zap.Logger      // nil: no log

	// Identity is what Identity of the wire before a restart returned, so that browsers meet the certificate that they know;
	// empty: a new one is made.
	Identity []byte
	// Changed is told of legs whose LegState is another now, whatever changed it. It is called by the goroutine that calls
	// Report, and in the middle of a call so often that it should be quick. Streams move on without it: who keeps the states
	// takes them every 10 s as well. nil: nobody keeps them.
	Changed func(call.LegID)
	// Inherited returns the socket that another process bound at a port and handed over; nil: the port is bound. The wire
	// closes it. It is asked for every port that is opened. nil: none is inherited.
	Inherited func(local netip.AddrPort) *os.File
}

// Wire is the audio wire. Its methods may be called by any goroutine; those for one leg in the order they happened.
type Wire struct {
	homes     homes
	silent    time.Duration
	log       *zap.Logger
	now       func() time.Time
	backend   backend
	ports     *ports
	library   *library
	recorder  recorder
	identity  *identity
	elsewhere []call.LegID                        // legs that were restored with other ports than they had
	inherited func(local netip.AddrPort) *os.File // nil: no sockets are
	changed   chan call.LegID                     // bounded; nil: nobody wants to know
	pacing    sync.Mutex                          // held by the pacer for a tick
	still     atomic.Bool                         // nothing is sent any more
	frozen    bool                                // likewise guarded by mu
	shakes    chan struct{}                       // holds one for every DTLS handshake that runs
	shakers   sync.WaitGroup

	// mu guards places. It is held for map look-ups and pointer stores alone, never over I/O, and the packet path
	// never takes it, so that Do does not block.
	mu     sync.Mutex
	places map[call.LegID]*place
	closed bool

	legs     atomic.Pointer[[]*leg] // what the pacer visits; copied on change under mu
	events   chan call.Event        // bounded; a full one drops the event, counted in dropped
	dropped  atomic.Uint64
	awake    wakefulness
	stop     chan struct{}
	owned    sync.WaitGroup
	telling  sync.WaitGroup
	silenced chan struct{}      // nothing more is reported
	flushes  chan chan struct{} // closed when what waits is reported; nil: nobody reports
}

// eventQueue bounds the events that wait for Report. Legs make a handful of events in their lives and a leg's keys are
// limited by the second, so a full queue means that Report has hung; what comes then is dropped and counted.
const eventQueue = 4096

// Start binds nothing yet but checks everything: addresses, port range and replacement sounds. Close ends the wire.
func Start(o Options) (*Wire, error) {
	sounds, err := loadLibrary(o.AudioDir, o.Language)
	if err != nil {
		return nil, fmt.Errorf("start media: %w", err)
	}
	w, err := build(o, &portable{}, sounds)
	if err != nil {
		return nil, fmt.Errorf("start media: %w", err)
	}
	if o.RecordDir != "" {
		folder, err := openFolder(o.RecordDir)
		if err != nil {
			return nil, fmt.Errorf("start media: %w", err)
		}
		w.recorder.disk = folder
	}
	w.flushes = make(chan chan struct{})
	w.telling.Go(func() { w.tell(o.Report, o.Changed) })
	go w.recorder.run(w.stop)
	w.owned.Go(w.pace)
	return w, nil
}

// build makes a wire without goroutines.
func build(o Options, b backend, sounds *library) (*Wire, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1"
	}
	at, err := readHomes(o.Address, o.Advertise)
	if err != nil {
		return nil, err
	}
	if o.PortMin == 0 && o.PortMax == 0 {
		o.PortMin, o.PortMax = 20000, 29999
	}
	ports, err := newPorts(o.PortMin, o.PortMax)
	if err != nil {
		return nil, err
	}
	if o.Silent == 0 {
		o.Silent = time.Second
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	identity, err := sameIdentity(o.Identity, time.Now())
	if err != nil {
		return nil, err
	}
	w := &Wire{
		awake: wakefulness{born: time.Now()}, identity: identity, shakes: make(chan struct{}, shakesAtOnce),
		homes: at, silent: o.Silent, log: o.Log, now: time.Now, backend: b, ports: ports,
		library: sounds, places: map[call.LegID]*place{}, events: make(chan call.Event, eventQueue),
		stop: make(chan struct{}), silenced: make(chan struct{}), inherited: o.Inherited,
	}
	if o.Changed != nil {
		w.changed = make(chan call.LegID, eventQueue)
	}
	w.recorder = recorder{report: w.report, log: o.Log, buf: make([]byte, 0, recordBuffer), ended: make(chan struct{})}
	w.legs.Store(&[]*leg{})
	return w, nil
}

// Close releases every leg, but for those of a frozen wire, which it abandons, and returns when every goroutine of the wire has ended. Recordings are brought to their end
// and what is still to be told is told, so Report must return. Errors: closed before.
func (w *Wire) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errors.New("close media: closed before")
	}
	if w.frozen {
		w.mu.Unlock()
		return w.Abandon()
	}
	w.closed = true
	legs := *w.legs.Load()
	w.mu.Unlock()
	for _, l := range legs {
		w.Release(l.id)
	}
	w.end(func() { <-w.recorder.ended })
	return nil
}

// end waits for every goroutine of a wire whose sockets are closed, and for its recordings.
func (w *Wire) end(recorded func()) {
	w.backend.wait()
	w.shakers.Wait()
	close(w.stop)
	w.owned.Wait()
	recorded()
	close(w.silenced)
	w.telling.Wait()
}

// report queues an event for Report. It never blocks.
func (w *Wire) report(e call.Event) {
	select {
	case w.events <- e:
	default:
		w.dropped.Add(1)
		w.log.Error("media event dropped: nobody takes them", zap.String("leg", string(call.Leg(e))))
	}
}

// tell hands the queued events over until the wire closes, and then those that are left.
func (w *Wire) tell(report func(call.Event), changed func(call.LegID)) {
	if report == nil {
		report = func(call.Event) {}
	}
	for {
		select {
		case e := <-w.events:
			report(e)
		case id := <-w.changed:
			changed(id)
		case told := <-w.flushes:
			w.tellAll(report)
			close(told)
		case <-w.silenced:
			w.tellAll(report)
			return
		}
	}
}

func (w *Wire) tellAll(report func(call.Event)) {
	for len(w.events) > 0 {
		report(<-w.events)
	}
}

// flushTime bounds how long who reports may be waited for.
const flushTime = 200 * time.Millisecond

// flush returns when everything that happened is reported, if whoever takes it has the time.
func (w *Wire) flush() {
	if w.flushes == nil {
		return
	}
	bound, told := time.NewTimer(flushTime), make(chan struct{})
	defer bound.Stop()
	select {
	case w.flushes <- told:
	case <-bound.C:
		return
	}
	select {
	case <-told:
	case <-bound.C:
	}
}
