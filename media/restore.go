package media

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

// Restore goes on with a leg of before a restart: the same ports, streams, keys and far side, and it hears whom it heard.
// Orders about it mean what they always do; those that say what is so already change nothing. Where another process has its
// ports it gets others, see Elsewhere. Errors, after which the leg has no audio: no ports are free, or the state makes no sense.
func (w *Wire) Restore(state LegState) error { return w.RestoreAll([]LegState{state})[state.Leg] }

// RestoreAll does so for many legs. What waits in their sockets is read when all of them are there, so that nothing is
// lost between them. It returns the errors of those that failed.
func (w *Wire) RestoreAll(states []LegState) (failed map[call.LegID]error) {
	failed = map[call.LegID]error{}
	now := w.now()
	var legs []*leg
	restore := func(state *LegState, bind func(*leg) error) error {
		l, err := w.reopen(state, now, bind)
		if err == nil && !w.readmit(l, state, now) {
			w.shut(l)
			err = errors.New("the audio wire is closed, or has the leg")
		}
		if err == nil {
			legs = append(legs, l)
		}
		return err
	}
	var taken []*LegState
	for i := range states {
		state := states[i].steady(now)
		if err := restore(state, w.bindAgain); errors.Is(err, errTaken) {
			taken = append(taken, state)
		} else if err != nil {
			failed[state.Leg] = w.lost(state, err)
		}
	}
	for _, state := range taken { // when all others have what is theirs
		if err := restore(state, w.bindAny); err != nil {
			failed[state.Leg] = w.lost(state, err)
			continue
		}
		w.log.Warn("another program has the ports of a leg; it gets others", zap.String("leg", string(state.Leg)), zap.Int("port", state.Port))
		w.elsewhere = append(w.elsewhere, state.Leg)
	}
	for _, l := range legs {
		w.attend(l)
	}
	return failed
}

// Elsewhere returns the legs that Restore gave other ports than they had. Their far sides have to be told, by what Current
// returns; until then they are not heard.
func (w *Wire) Elsewhere() []call.LegID { return slices.Clone(w.elsewhere) }

// lost gives a leg up that cannot be restored.
func (w *Wire) lost(state *LegState, why error) error {
	w.Do(call.Record{Leg: state.Leg, File: state.Recording.File, Now: call.Off}) // what there is of it
	w.log.Error("audio of a leg is lost", zap.String("leg", string(state.Leg)), zap.Error(why))
	return fmt.Errorf("restore the audio of leg %s: %w", state.Leg, why)
}

// reopen makes a leg as it was, with the ports that bind opens for it.
func (w *Wire) reopen(state *LegState, now time.Time, bind func(*leg) error) (*leg, error) {
	l := &leg{restored: true, id: state.Leg, port: state.Port, cname: state.CNAME, home: home{state.Home.Unmap(), state.Advertise.Unmap()}}
	if !l.home.bind.IsValid() || !l.home.advertise.IsValid() || l.port < 1024 || l.port > 65534 || l.id == "" {
		return nil, errors.New("no place for it")
	}
	if err := w.resume(l, state, now); err != nil {
		return nil, err
	}
	return l, bind(l)
}

// bindAgain opens the leg's sockets on the ports that it had.
func (w *Wire) bindAgain(l *leg) error {
	if err := w.ports.claim(l.port); err != nil {
		return err
	}
	err := w.bindPair(l)
	if err != nil {
		w.ports.release(l.port, w.now())
	}
	return err
}

// resume sets a new leg to a state. Nobody else has the leg yet.
func (w *Wire) resume(l *leg, state *LegState, now time.Time) error {
	if err := l.describedAs(state); err != nil {
		return err
	}
	ahead, err := state.ahead(now)
	if err != nil {
		return err
	}
	l.slot.resume(l, state, ahead)
	if err := l.resumeKeys(state, state.Sequence+ahead); err != nil {
		return err
	}
	if l.session.answered = len(state.Offered) == 0; !l.session.answered {
		l.session.propose(state.Offered) // its answer may be on the way
	}
	l.resumePath(state, now)
	l.resumeReception(state, now)
	l.established, l.early = state.Established, state.Early
	l.hide(state.NAT.Unmap())
	l.reroute()
	return nil
}

// describedAs sets what both sides described.
func (l *leg) describedAs(state *LegState) (err error) {
	s, f := &l.session, &l.far
	if len(state.Description) > maxDescription {
		return errors.New("its description is too long")
	}
	s.id, s.version, s.body, s.event, s.lastTag = state.Session, state.Version, state.Description, state.EventIn&0x7f, state.LastTag
	if _, rest, cut := bytes.Cut(s.body, []byte("\r\no=")); cut {
		_, rest, _ = bytes.Cut(rest, []byte(" ")) // behind the name, the id and the version
		_, rest, _ = bytes.Cut(rest, []byte(" "))
		_, rest, _ = bytes.Cut(rest, []byte(" "))
		s.rest = string(rest)
	}
	s.terms = Terms{Ways: state.Ways, Codecs: state.Codecs, Local: state.Local}
	if s.formats, err = readFormatStates(state.Formats); err != nil {
		return err
	}
	l.hear()
	if state.Codec == "" {
		return nil
	}
	if f.formats, err = readFormatStates(state.FarFormats); err != nil {
		return err
	}
	if f.codec = codecNamed(state.Codec); f.codec == noCodec || len(f.formats) == 0 {
		return fmt.Errorf("codec %.20q is not spoken here", state.Codec)
	}
	if f.direction, err = directionNamed(state.Direction); err != nil {
		return err
	}
	if state.FrameTicks == 0 || state.FrameTicks > longestFrame || state.MostTicks > 1<<16 || state.Way > DTLS {
		return errors.New("its far side makes no sense")
	}
	f.types = payloadTypes{state.PayloadType & 0x7f, state.FarEvent & 0x7f}
	f.rtp, f.rtcp, f.frame, f.most = state.FarRTP, state.FarRTCP, state.FrameTicks, state.MostTicks
	f.way, f.profile, f.muxed = state.Way, profile(state.Profile), state.Path.Muxed
	l.also(f)
	return nil
}

// resumeKeys sets what encrypts the leg's audio.
func (l *leg) resumeKeys(state *LegState, sequence uint16) (err error) {
	var g *guard
	if state.Way != RTP {
		g = &guard{}
		if g.in, err = resumeOpening(state.Opening); err != nil {
			return err
		}
		if g.out, err = resumeSealing(state.Sealing, state.SSRC, sequence); err != nil {
			return err
		}
	}
	if len(state.Keys) > maxCrypto {
		return errors.New("it has too many keys")
	}
	for _, k := range state.Keys {
		c := crypto{tag: k.Tag, keying: keying{suite: suiteNamed(k.Suite), key: string(k.Key)}}
		if k.Used && g != nil {
			c.lock = g.out
		}
		l.session.crypto = append(l.session.crypto, c)
	}
	if g != nil {
		l.guard.Store(g)
	}
	return nil
}

// resumePath sets how the far side is found. An association is gone, but for its keys; what its far side says of it is
// dropped. One that had not come to keys begins anew.
func (l *leg) resumePath(state *LegState, now time.Time) {
	p := &state.Path
	l.ice.ours, l.ice.theirs = iceUser{p.Fragment, p.Password}, iceUser{p.FarFragment, p.FarPassword}
	l.ice.nominated, l.ice.by = p.Nominated, p.By
	if p.Nominated.IsValid() {
		l.ice.asked = now
		l.ice.note(checked{p.Nominated, p.By})
	}
	if state.Way != DTLS {
		return
	}
	var prints []fingerprint
	for _, text := range p.Fingerprints[:min(len(p.Fingerprints), maxFingerprints)] {
		function, sum, _ := strings.Cut(text, " ")
		prints = append(prints, fingerprint{function, sum})
	}
	l.association = newAssociation(p.Active, l.ice.speaks(), prints)
	if g := l.guard.Load(); g.in != nil && g.out != nil {
		l.association.phase = shaken
		l.association.end() // it says nothing any more
	}
}

// resumeReception sets what came from the far side. A restart is no silence of its own: what is awaited has its full time
// again. Whether it is silent or heard is reported as of a leg that has just begun.
func (l *leg) resumeReception(state *LegState, now time.Time) {
	in, c, r := &l.in, &state.Counts, &state.Reports
	in.latched, in.certain, in.moved = state.Latched, state.Certain, state.Moved
	if state.Moved || !state.Latched.IsValid() { // who has its source is not courted anew
		in.since = now
	}
	in.heard, in.anew, in.quiet = now, true, state.Quiet
	in.counters = counters{
		ssrc: state.SSRCIn, known: c.Known, base: c.Base, highest: uint16(state.HighestSequence), cycles: state.HighestSequence &^ 0xffff,
		received: c.Received, jitter: c.Jitter, total: c.Total, missing: c.Missing, jitterMost: c.JitterMost,
	}
	in.counters.expectedPrior, in.counters.receivedPrior = in.counters.extended()-c.Base+1, c.Received
	in.forged = c.Forged
	l.reports = reports{
		heard: r.Heard, interval: r.Interval, missed: r.Missed, learned: r.Learned, farLost: r.FarLost, farJitter: r.FarJitter,
		farJitterMost: r.FarJitterMost, roundTrip: r.RoundTrip, roundTripMost: r.RoundTripMost, forged: r.Forged,
	}
	if !r.Missed {
		l.reports.await(now)
	}
	l.keys = keys{ts: state.KeyTS, ssrc: state.KeySSRC, code: state.KeyCode, known: state.KeyKnown, over: true}
}

// resume sets a slot to go on with its stream.
func (s *slot) resume(l *leg, state *LegState, ahead uint16) {
	s.owner, s.frame = l, defaultFrame
	if state.FrameTicks > 0 && state.FrameTicks <= longestFrame {
		s.frame = state.FrameTicks
	}
	s.stream = stream{
		ssrc: state.SSRC, sequence: state.Sequence + ahead, end: state.End, last: state.Last, span: min(state.Span, clock),
		lead: min(state.Lead, clock), at: state.LastSent,
	}
	s.taken = taken{s.stream.sequence, state.Taken}
	s.sent = traffic{packets: state.Packets, octets: state.Octets}
	if state.Mapped && len(state.From) == 1 {
		s.kept = kept{leg: state.From[0], ssrcIn: state.SSRCMapped, offset: state.Offset}
	}
	s.source.Store(&source{frames: quiet{}})
}

// kept is how a stream of before a restart mapped the only leg that it carries.
type kept struct {
	leg    call.LegID // empty: nothing is kept
	ssrcIn uint32
	offset uint32
	until  time.Time // the leg's packets are waited for until then
}

// How long packets of a leg are waited for that is not restored yet, and of one that is, before silence stands in.
const (
	keptPatience   = time.Second
	resumePatience = 60 * time.Millisecond
)

// carry lets a slot send a leg's packets, in the mapping of before a restart if there was one.
func (s *slot) carry(from *leg, now time.Time) {
	next := &source{from: from}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept.leg == from.id {
		t := &s.stream
		t.source, t.fresh = next, true
		t.mapped, t.ssrcIn, t.offset = true, s.kept.ssrcIn, s.kept.offset
		s.kept = kept{until: now.Add(resumePatience)}
	}
	s.source.Store(next)
}

// awaits says whether a slot waits for the leg that it carried before a restart. The caller holds mu.
func (s *slot) awaits(now time.Time) bool {
	if s.kept.until.IsZero() {
		return false
	}
	if now.Before(s.kept.until) && len(s.says) == 0 && (s.kept.leg != "" || s.source.Load().from != nil) {
		return true
	}
	s.kept = kept{}
	return false
}

// readmit gives a restored leg its place, which hears whom it heard; false: there is none for it.
func (w *Wire) readmit(l *leg, state *LegState, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.places[l.id]
	if w.closed || w.frozen || p != nil && (p.over || p.leg != nil) || len(state.From) > mixAtMost {
		return false
	}
	if p = w.place(l.id); w.places[l.id] == nil {
		return false
	}
	p.nat = state.NAT.Unmap()
	if state.Recording.File != "" {
		p.recorded = state.Recording
	}
	r := rewiring{w: w}
	if !p.ordered && len(p.from) == 0 {
		var from []*place
		for _, id := range state.From {
			if id != l.id && id != "" {
				from = append(from, w.place(id))
			}
		}
		p.audio, p.music, p.ordered = state.Audio, state.Music, true
		r.hear(p, from...)
	}
	if l.slot.kept.leg != "" {
		l.slot.kept.until = now.Add(keptPatience)
	}
	w.enter(p, l, r)
	return true
}

func readFormatStates(states []FormatState) (formats []format, err error) {
	if len(states) > 128 {
		return nil, errors.New("it has too many formats")
	}
	for _, s := range states {
		c := codecNamed(s.Codec)
		if c == noCodec || s.PayloadType > 127 {
			return nil, fmt.Errorf("format %.20q is not spoken here", s.Codec)
		}
		formats = append(formats, format{c, s.PayloadType})
	}
	return formats, nil
}

func codecNamed(name string) codec {
	for _, c := range codecs {
		if codecNames[c] == name {
			return c
		}
	}
	return noCodec
}

func directionNamed(name string) (direction, error) {
	for d, word := range directionWords {
		if word == name {
			return direction(d), nil
		}
	}
	return 0, fmt.Errorf("direction %.20q does not exist", name)
}
