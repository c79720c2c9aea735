package media

import (
	"net/netip"
	"time"

	"telagent-gateway/call"
)

// Stats is what one leg's audio counted so far.
type Stats struct {
	Received  uint64        // RTP packets from the far side
	Lost      uint32        // of the stream that it sends now
	Jitter    time.Duration // of that stream, RFC 3550 §6.4.1
	Foreign   uint64        // RTP packets from elsewhere than the leg's source, dropped
	Broken    uint64        // datagrams on the RTP port that are no RTP, dropped
	Forged    uint64        // datagrams on the RTP port of an encrypted leg with another key, changed, repeated or in the clear, dropped
	Unknown   uint64        // RTP of a payload type that was not agreed on, dropped
	Late      uint64        // packets for this leg that came out of order or after their place was filled, dropped
	Unheard   uint64        // packets of this leg that came too late for everybody who hears it in a mix
	Sent      uint32        // RTP packets to the far side
	Filled    uint64        // of them, silence in place of a joined leg's missing packets
	FarLost   uint32        // as the far side reports of our stream
	FarJitter time.Duration // likewise
	RoundTrip time.Duration // 0: not measured

	ReportsReceived uint64 // RTCP compound packets
	ReportsBroken   uint64 // that could not be read, dropped
	ReportsForged   uint64 // of an encrypted leg, with another key, changed, repeated or in the clear, dropped
	ReportsForeign  uint64 // from elsewhere, dropped
}

// Stats returns a leg's counters; false: it has no audio or is over.
func (w *Wire) Stats(id call.LegID) (Stats, bool) {
	w.mu.Lock()
	p := w.places[id]
	if p == nil || p.leg == nil {
		w.mu.Unlock()
		return Stats{}, false
	}
	l, v := p.leg, p.leg.voice
	w.mu.Unlock()
	l.mu.Lock()
	c, r := &l.in.counters, &l.reports
	s := Stats{
		Received: c.total, Lost: c.lost(), Jitter: lasting(c.jitter >> 4),
		Foreign: l.in.foreign, Broken: l.in.broken, Forged: l.in.forged, Unknown: l.in.unknown,
		FarLost: r.farLost, FarJitter: lasting(r.farJitter), RoundTrip: r.roundTrip,
		ReportsReceived: r.received, ReportsBroken: r.broken, ReportsForged: r.forged, ReportsForeign: r.foreign,
	}
	l.mu.Unlock()
	if v != nil {
		v.mu.Lock()
		s.Unheard = v.late
		v.mu.Unlock()
	}
	l.slot.mu.Lock()
	defer l.slot.mu.Unlock()
	s.Sent, s.Filled, s.Late = l.slot.sent.packets, l.slot.sent.filled, l.slot.sent.late
	return s, true
}

func lasting(ticks uint32) time.Duration { return time.Duration(ticks) * time.Second / clock }

// LegState is everything of a leg's audio that is needed to go on with it after a restart, as plain values.
type LegState struct {
	Leg  call.LegID
	Port int // of RTP; RTCP is on the next

	// Who hears whom.
	From  []call.LegID // heard; empty: nobody
	Audio call.Audio   // heard without anybody
	Music string       // with Audio music: which; empty: the usual one

	// What was described.
	Session     uint64 // of our o= line
	Version     uint64
	Description []byte // our last description
	Formats     []FormatState
	EventIn     uint8 // payload type of telephone-event as we described it; 0: none
	FarRTP      netip.AddrPort
	FarRTCP     netip.AddrPort
	FarFormats  []FormatState
	FarEvent    uint8  // payload type of telephone-event as the far side described it; 0: none
	Codec       string // in use
	PayloadType uint8  // that it is sent as
	Direction   string // as the far side describes it
	FrameTicks  uint32 // in a packet of our own audio
	Established time.Time
	NAT         netip.Addr     // the leg is behind it; invalid: behind none
	Latched     netip.AddrPort // invalid: not latched

	// How the audio travels. Description and the keys are secret: what they are written to is guarded as passwords are.
	Ways    []Way // that were agreed to for this peer
	Way     Way
	Profile string // of the audio line
	Path    PathState
	Sealing KeyState
	Opening KeyState

	// Our stream: at LastSent the timestamps up to End had been sent.
	CNAME    string
	SSRC     uint32
	Sequence uint16 // of the next packet
	End      uint32
	Span     uint32 // ticks in the last packet
	Lead     uint32 // by which End ran ahead of the clock
	LastSent time.Time
	Packets  uint32
	Octets   uint32
	// The stream of the only leg in From, in ours; Mapped false: it has not begun.
	Mapped     bool
	SSRCMapped uint32
	Offset     uint32 // our timestamp minus the peer's

	// The far side's stream.
	SSRCIn          uint32
	HighestSequence uint32 // with its cycles
	LastHeard       time.Time
	Silent          bool
	KeyTS           uint32 // timestamp of the last telephone-event, which was told already
	KeyKnown        bool
}

// KeyState is one direction of an encrypted leg. The zero value is plain RTP.
type KeyState struct {
	Tag         uint32 // of our own key in descriptions; 0: it does not stand there
	Suite       string
	Key         []byte // the master key and its salt
	MKI         []byte
	SSRC        uint32 // of the stream
	Index       uint64 // of its last packet: the rollover counter above the sequence number
	ReportIndex uint32 // the first SRTCP index that was certainly not used yet
}

// FormatState is one audio format with its payload type.
type FormatState struct {
	Codec       string
	PayloadType uint8
}

// Snapshot returns a leg's state; false: it has no audio or is over.
func (w *Wire) Snapshot(id call.LegID) (LegState, bool) {
	w.mu.Lock()
	p := w.places[id]
	if p == nil || p.leg == nil {
		w.mu.Unlock()
		return LegState{}, false
	}
	l := p.leg
	state := LegState{Leg: id, Port: l.port, Audio: p.audio, Music: p.music, CNAME: l.cname}
	for _, s := range p.speakers() {
		state.From = append(state.From, s.id)
	}
	w.mu.Unlock()
	l.snapshot(&state)
	l.slot.snapshot(&state)
	return state, true
}

func (l *leg) snapshot(state *LegState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, f := &l.session, &l.far
	state.Session, state.Version, state.Description = s.id, s.version, s.body
	state.Formats, state.EventIn = formatStates(s.formats), s.event
	state.FarRTP, state.FarRTCP, state.FarFormats, state.FarEvent = f.rtp, f.rtcp, formatStates(f.formats), f.types.event
	state.Codec, state.PayloadType = codecNames[f.codec], f.types.audio
	state.Direction = directionWords[f.direction]
	state.Established, state.NAT, state.Latched = l.established, l.nat, l.in.latched
	state.SSRCIn, state.HighestSequence = l.in.counters.ssrc, l.in.counters.extended()
	state.LastHeard, state.Silent = l.in.heard, l.in.silent
	state.KeyTS, state.KeyKnown = l.keys.ts, l.keys.known
	state.Path = l.path()
	state.Ways, state.Way, state.Profile = s.terms.ways(), f.way, string(f.profile)
	if g := l.guard.Load(); g != nil {
		state.Sealing, state.Opening = g.out.state(), g.in.state()
		if c := s.sealing(g); c != nil {
			state.Sealing.Tag = c.tag
		}
	}
}

func (s *slot) snapshot(state *LegState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.stream
	state.FrameTicks = s.frame
	state.SSRC, state.Sequence, state.End, state.Span, state.Lead = t.ssrc, t.sequence, t.end, t.span, t.lead
	state.LastSent, state.Packets, state.Octets = t.at, s.sent.packets, s.sent.octets
	state.Mapped, state.SSRCMapped, state.Offset = t.mapped, t.ssrcIn, t.offset
}

func formatStates(formats []format) []FormatState {
	out := make([]FormatState, 0, len(formats))
	for _, f := range formats {
		out = append(out, FormatState{codecNames[f.codec], f.payloadType})
	}
	return out
}
