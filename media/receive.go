package media

import (
	"net/netip"
	"slices"
	"time"

	"telagent-gateway/call"
)

// reception is what came from a leg's far side.
type reception struct {
	heard    time.Time // last packet, or since when one is awaited
	silent   bool      // Silent was reported and Heard was not yet
	anew     bool      // nothing came since a restart: what was reported before it may not have been kept
	quiet    bool      // the far side sent comfort noise, and no audio since
	latched  netip.AddrPort
	moved    bool // it was said that it comes from elsewhere now, and it was not found there yet
	certain  bool // latched is the phone's port: it described it
	suitor   suitor
	since    time.Time // when the far side's address was set
	counters counters
	foreign  uint64 // packets from elsewhere
	broken   uint64 // datagrams that are no RTP
	unknown  uint64 // RTP of a payload type that was not agreed on
	jam      jam    // of a stall
	forged   uint64 // datagrams that the leg's guard does not let pass
}

// receive takes one datagram from a leg's RTP socket: it counts, tells keys and sound, and sends it on to who hears the
// leg. The datagram is rewritten in place. Only the leg's reader calls it.
func (w *Wire) receive(l *leg, now time.Time, from netip.AddrPort, datagram []byte) {
	switch {
	case isSTUN(datagram):
		w.askICE(l, now, from, datagram)
		return
	case isDTLS(datagram):
		w.meetDTLS(l, now, from, datagram)
		return
	case isReport(datagram):
		w.receiveReport(l, now, from, datagram)
		return
	}
	w.stalled(now)
	l.mu.Lock()
	p, ok := l.admit(now, from, datagram)
	if !ok {
		l.mu.Unlock()
		return
	}
	heard := l.in.silent || l.in.anew
	l.in.heard, l.in.silent, l.in.anew = now, false, false
	stale := l.in.isStale(now, w.awake.last.Load(), &p)
	l.in.counters.receive(now, &p)
	p.kind = l.kinds[p.payloadType]
	to := l.to.Load()
	key, forward := "", p.kind != unknownKind
	switch p.kind {
	case unknownKind:
		l.in.unknown++
	case eventKind:
		key, forward = l.keys.receive(now, &p, l)
	case comfortKind:
		l.in.quiet, forward = true, false
	case pcmuKind, pcmaKind:
		l.in.quiet = false
	}
	l.mu.Unlock()

	if t := l.tape.Load(); t != nil && !stale && (p.kind == pcmuKind || p.kind == pcmaKind) {
		t.put(left, now, p.ts, codec(p.kind), p.payload())
	}
	if forward && !stale && to != nil {
		l.pass(now, to, &p)
	}
	if heard {
		w.report(call.Heard{Leg: l.id})
	}
	if key != "" {
		w.report(call.Digit{Leg: l.id, Key: key})
	}
}

// admit opens a datagram and reads it as a packet of the leg's far side; false: it is none, which is counted. The caller
// holds mu.
func (l *leg) admit(now time.Time, from netip.AddrPort, datagram []byte) (p packet, ok bool) {
	// Who knows our ICE password before his description is here is not heard yet: how he encrypts is not agreed on.
	if l.far.codec == noCodec || !l.expects(now, from) {
		l.in.foreign++
		return p, false
	}
	plain, ok := l.guard.Load().open(datagram)
	if !ok {
		l.in.forged++
		return p, false
	}
	if p, ok = parse(plain); !ok {
		l.in.broken++
		return p, false
	}
	switch {
	case l.doubted(now, from):
		l.in.heard = now
	case from == l.source() || l.ice.knows(from) || l.latch(now, from, &p):
		return p, true
	}
	l.in.foreign++
	return p, false
}

// pass sends a packet on to who hears the leg. Keys are no sound for a mix.
func (l *leg) pass(now time.Time, to *audience, p *packet) {
	if to.voice != nil && p.kind != eventKind {
		to.voice.put(p, codec(p.kind))
	}
	for i, s := range to.slots {
		one := p
		switch {
		case p.kind == eventKind && !slices.Contains(l.keys.to, s):
			continue
		case i < len(to.slots)-1:
			one = l.copy(p)
		}
		if most, fits := s.fits(one); !fits {
			l.passPieces(now, s, one, int(most))
			continue
		}
		if out, address := s.forward(now, l, one); out != nil {
			s.owner.send(out, address)
		}
	}
}

// copy returns a packet in a buffer of its own, which the next copy overwrites.
func (l *leg) copy(p *packet) *packet {
	if n := len(p.buf) + sealRoom; cap(l.spare) < n {
		l.spare = make([]byte, max(n, maxDatagram))
	}
	c := *p
	c.buf = append(l.spare[:0], p.buf...)
	return &c
}

// quietAtMost is how long nothing may come from a leg that announced its silence by comfort noise. Each more of it, and each
// report, gives it that time again; a leg whose reports are missed is silent like any other.
// RFC 3389 §4: how often an update comes is left to the sender
const quietAtMost = 30 * time.Second

// listen reports a leg that has been silent for the wire's limit though it should talk, and one whose reports do not come
// any more.
func (w *Wire) listen(l *leg, now time.Time) {
	l.mu.Lock()
	talks := l.talks()
	missed := talks && l.reports.overdue(now)
	l.in.quiet = l.in.quiet && !missed
	limit := w.silent
	if l.in.quiet {
		limit = max(limit, quietAtMost)
	}
	due := talks && !l.in.silent && now.Sub(l.in.heard) >= limit
	l.in.silent = l.in.silent || due
	w.handshake(l, now)
	waiting := l.opened(now)
	l.mu.Unlock()
	for _, open := range waiting {
		open()
	}
	if due {
		w.report(call.Silent{Leg: l.id})
	}
	if missed {
		w.report(call.Missed{Sign: call.Reports, Leg: l.id})
	}
}

// talks says that the leg should be heard: its dialog stands, its audio can pass and neither side is on hold. The caller
// holds mu.
func (l *leg) talks() bool {
	return !l.established.IsZero() && l.far.codec != noCodec && l.far.direction == sendReceive && len(l.closed) == 0
}
