package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"telagent-gateway/call"
)

// Offer returns our description for an INVITE that we send for the leg, whose ports are taken if it has none yet. The
// codec that the near leg uses is listed first, so that nothing need be translated; near may be empty or unknown.
// A leg that rings at several peers asks for each, on the terms that hold for it. Asked again on the same terms it returns
// the same description, unless that holds keys: each peer gets keys of its own. Errors: no port is free.
func (w *Wire) Offer(id, near call.LegID, t Terms) ([]byte, error) {
	first := w.codecOf(near)
	l, err := w.findOrOpen(id, call.Silence, t.Local)
	if err != nil {
		return nil, fmt.Errorf("offer audio: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if body := l.session.proposed(t); body != nil && l.far.codec == noCodec {
		return body, nil
	}
	if len(l.session.proposals) > 0 { // the version counts within the dialog that will begin
		l.session.body, l.session.version = nil, 0
	}
	if t.Alone {
		l.session.proposals = nil
	}
	l.session.terms, l.session.crypto = t, nil
	return w.offer(l, t.offered(), profileOf(t.offered()), l.far.codec, first), nil
}

// proposed returns the offer that is out on the same terms and holds no keys; nil: there is none.
func (s *session) proposed(t Terms) []byte {
	for _, p := range s.proposals {
		if len(p.crypto) == 0 && slices.Equal(p.terms.Ways, t.Ways) && slices.Equal(p.terms.Codecs, t.Codecs) && p.terms.Local == t.Local {
			return p.body
		}
	}
	return nil
}

// Current returns our description again as an offer, for a re-INVITE that carries none or that we send. What we want is
// always both ways, also when the far side holds us: it says again what it wants in its answer.
// RFC 6337 §5.3. Errors: the leg was never described.
func (w *Wire) Current(id call.LegID) ([]byte, error) {
	l, err := w.find(id)
	if err != nil {
		return nil, fmt.Errorf("current description: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session.proposals = nil
	ways, p := l.agreed()
	return w.offer(l, ways, p, l.far.codec), nil
}

// offer writes an offer that keeps the payload types in use. The caller holds the leg's mu.
// RFC 3264 §8.3.2
func (w *Wire) offer(l *leg, ways []Way, p profile, first ...codec) []byte {
	s := &l.session
	formats := offered(s.terms.codecs(), first...)
	for i, f := range formats {
		for _, used := range s.formats {
			if used.codec == f.codec {
				formats[i] = used
			}
		}
	}
	s.formats, s.answered = formats, false
	if s.event == 0 {
		s.event = defaultEvent
	}
	l.hear()
	line := ourLine{address: l.home.advertise, profile: p, direction: sendReceive, bundled: bundled{muxed: l.far.codec == noCodec || l.far.muxed}}
	w.protect(l, &line, ways)
	body := s.describe(l.port, line, nil, 0)
	s.propose(ways)
	l.stale.Store(true)
	return body
}

// Accept takes the far side's answer to our offer, from a final or an early answer; it may come twice or change.
// Errors: the leg was never offered, the answer is malformed, or it leaves nothing to talk with.
func (w *Wire) Accept(id call.LegID, answer []byte) error {
	l, err := w.find(id)
	if err != nil {
		return fmt.Errorf("accept answer: %w", err)
	}
	change, err := w.accept(l, answer)
	if err != nil {
		return fmt.Errorf("accept answer: %w", err)
	}
	w.tellHold(change)
	return nil
}

// accept finds the offer that an answer takes and makes the answer the leg's far side.
func (w *Wire) accept(l *leg, answer []byte) (change call.Event, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err = errors.New("nothing was offered")
	for i := range l.session.proposals {
		p := &l.session.proposals[i]
		f, problem := readDescription(answer, w.reached(l), p.terms, p.offered)
		if problem != nil {
			err = problem
			continue
		}
		if f.off {
			if l.established.IsZero() {
				err = errOff
				continue
			}
			l.session.adopt(p)
			return l.switchOff(w.now()), nil
		}
		g, problem := l.keyed(f, p.crypto)
		if problem != nil {
			err = problem
			continue
		}
		l.session.adopt(p)
		f.use(l.far.codec)
		return l.take(w.now(), f, g), nil
	}
	return nil, err
}

// Answer takes the far side's offer, of an INVITE or a re-INVITE, and returns our answer. The leg's ports are taken if
// it has none yet. The codec in use, or else the one of the leg that it talks to, is kept if it is offered; otherwise
// the offer's first that we speak is taken. Errors, which become 488 and leave everything as it was: malformed,
// nothing in common, no free port.
func (w *Wire) Answer(id call.LegID, offer []byte, t Terms) ([]byte, error) {
	l, _ := w.find(id) // nil: a new one
	f, err := readDescription(offer, w.reached(l), t, t.answered())
	if err == nil && f.off && (l == nil || !l.stands()) {
		err = errOff
	}
	if err != nil {
		return nil, fmt.Errorf("answer offer: %w", err)
	}
	peer, near := w.codecNear(id), t.Local
	if f.rtp.IsValid() {
		near = f.rtp.Addr()
	}
	if l, err = w.findOrOpen(id, call.Comfort, near); err != nil {
		return nil, fmt.Errorf("answer offer: %w", err)
	}
	body, change, err := w.answer(l, f, t, peer)
	if err != nil {
		return nil, fmt.Errorf("answer offer: %w", err)
	}
	w.tellHold(change)
	return body, nil
}

// answer makes an offer the leg's far side and writes our answer to it.
func (w *Wire) answer(l *leg, f *far, t Terms, peer codec) (body []byte, change call.Event, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.session
	if f.off {
		// RFC 3264 §8.2: what is offered with port 0 is answered with it.
		s.proposals, s.answered = nil, true
		return s.describe(l.port, ourLine{address: l.home.advertise}, f.lines, -1), l.switchOff(w.now()), nil
	}
	line := ourLine{address: l.home.advertise, profile: f.profile, direction: f.direction.answer(), bundled: l.bundle(f)}
	ours, g, err := l.respond(f)
	if err != nil {
		return nil, nil, err
	}
	if f.way == DTLS {
		line.secure, line.session = w.secureLines(l, l.association.answeredSetup(), l.ice.speaks())
	}
	f.use(append([]codec{l.far.codec, peer}, t.preferred()...)...)
	s.terms, s.crypto, s.proposals = t, ours, nil
	for i := range ours {
		line.secure = append(line.secure, ours[i].attribute())
	}
	// RFC 3264 §6.1: the offer's payload types are kept.
	s.formats, s.event, s.answered = []format{{f.codec, f.types.audio}}, f.types.event, true
	l.hear()
	body = s.describe(l.port, line, f.lines, f.line)
	return body, l.take(w.now(), f, g), nil
}

// hear fills the table of payload types that may reach us: ours as described, and both codecs' static ones. The caller
// holds mu.
func (l *leg) hear() {
	l.kinds = [len(l.kinds)]kind{}
	for _, c := range codecs {
		l.kinds[staticTypes[c]] = kind(c)
	}
	// We never agree to comfort noise, so that nobody suppresses silence for our sake; who does all the same says so.
	// RFC 3389 §5
	l.kinds[comfortType] = comfortKind
	for _, f := range l.session.formats {
		l.kinds[f.payloadType] = kind(f.codec)
	}
	if l.session.event != 0 {
		l.kinds[l.session.event] = eventKind
	}
}

// also adds the payload types of the far side's own description, which some peers send with. The caller holds mu.
func (l *leg) also(f *far) {
	if t := f.types.event; t != 0 && l.kinds[t] == unknownKind {
		l.kinds[t] = eventKind
	}
	if t := f.types.audio; l.kinds[t] == unknownKind {
		l.kinds[t] = kind(f.codec)
	}
}

// switchOff takes a description without audio from a far side that talked before: some phones hold so. It returns the
// beginning of a hold; nil: it was held already. The caller holds mu.
// RFC 3264 §8.2
func (l *leg) switchOff(now time.Time) call.Event {
	off := l.far
	off.direction = inactive
	return l.take(now, &off, l.guard.Load())
}

// take makes the far side's description the leg's, with the guard that goes with it. It returns the end or the beginning of
// a hold; nil: neither. The caller holds mu.
func (l *leg) take(now time.Time, f *far, g *guard) call.Event {
	was := l.far
	l.guard.Store(g)
	l.far = *f
	l.far.lines = nil
	l.also(f)
	if f.way != DTLS {
		l.part()
		l.ice = ice{}
	}
	if !f.rtp.IsValid() && !l.ice.speaks() { // held by c=0.0.0.0: what it may still send comes from where it came from
		l.far.rtp, l.far.rtcp = was.rtp, was.rtcp
	}
	if was.rtp != l.far.rtp { // the far side moved
		l.in.latched, l.in.certain, l.in.suitor, l.in.since = netip.AddrPort{}, false, suitor{}, now
		if l.in.quiet { // the one before announced its silence
			l.in.quiet, l.in.heard = false, now
		}
	}
	if l.ice.speaks() {
		l.in.latched = l.ice.nominated
	}
	if was.direction != f.direction {
		l.in.heard = now // what is awaited has its full time again
		l.reports.await(now)
	}
	l.reroute()
	held, holds := was.codec != noCodec && !was.direction.receives(), !f.direction.receives()
	switch {
	case holds && !held:
		return call.Held{Leg: l.id}
	case held && !holds:
		return call.Resumed{Leg: l.id}
	}
	return nil
}

func (w *Wire) tellHold(change call.Event) {
	if change != nil {
		w.report(change)
	}
}

// codecOf returns the codec that a leg uses or has agreed to use; noCodec: none yet.
func (w *Wire) codecOf(id call.LegID) codec {
	l, err := w.find(id)
	if err != nil {
		return noCodec
	}
	return l.speaks()
}

func (l *leg) speaks() codec {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.far.codec
}
