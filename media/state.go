package media

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"telagent-gateway/call"
)

// LegState is everything of a leg's audio that is needed to go on with it after a restart, as plain values. Description,
// Keys, Sealing, Opening and Path are secret: what they are written to is guarded as passwords are.
type LegState struct {
	Layout    int // of this type; another one than ours cannot be read
	Leg       call.LegID
	Taken     time.Time  // when this was the leg's state
	Exact     bool       // nothing was sent or heard after that
	Home      netip.Addr // that the ports are bound at
	Advertise netip.Addr // that they are described with
	Port      int        // of RTP; RTCP is on the next

	// Who hears whom.
	From  []call.LegID // heard; empty: nobody
	Audio call.Audio   // heard without anybody
	Music string       // with Audio music: which; empty: the usual one

	// What was described.
	Session     uint64 // of our o= line
	Version     uint64
	Description []byte // our last description
	Offered     []Way  // what it offers, if it is an offer; empty: it is an answer
	Formats     []FormatState
	EventIn     uint8 // payload type of telephone-event as we described it; 0: none
	FarRTP      netip.AddrPort
	FarRTCP     netip.AddrPort
	FarFormats  []FormatState
	FarEvent    uint8  // payload type of telephone-event as the far side described it; 0: none
	Codec       string // in use; empty: the far side has described nothing yet
	PayloadType uint8  // that it is sent as
	Direction   string // as the far side describes it
	FrameTicks  uint32 // in a packet of our own audio
	MostTicks   uint32 // in the longest packet that the far side takes; 0: any
	Early       bool   // it is sent audio before its dialog stands
	Established time.Time
	NAT         netip.Addr     // the leg is behind it; invalid: behind none
	Latched     netip.AddrPort // invalid: not latched
	Moved       bool           // the phone is elsewhere than Latched, and looked for
	Certain     bool           // Latched is the phone's port, as it described it

	// How the audio travels.
	Ways    []Way      // that were agreed to for this peer
	Codecs  []string   // likewise
	Local   netip.Addr // our address that its signalling uses
	Way     Way
	Profile string // of the audio line
	Path    PathState
	Keys    []OurKeyState // in Description
	LastTag uint32        // the highest tag of our keys so far
	Sealing KeyState
	Opening KeyState

	// Our stream: at LastSent the timestamps up to End had been sent.
	CNAME    string
	SSRC     uint32
	Sequence uint16 // of the next packet
	End      uint32
	Last     uint32 // timestamp of the last packet
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
	Quiet           bool // it announced its silence by comfort noise
	Counts          CountState
	Reports         ReportState
	KeyTS           uint32 // timestamp of the last telephone-event, which was told already
	KeySSRC         uint32
	KeyCode         uint8
	KeyKnown        bool

	Recording RecordingState
}

// layout is that of the LegState that is written and read.
const layout = 1

// KeyState is one direction of an encrypted leg. The zero value is plain RTP, or keys that are not agreed on yet.
type KeyState struct {
	Tag         uint32 // of our own key in descriptions; 0: it does not stand there
	Suite       string
	Key         []byte // the master key and its salt
	MKI         []byte
	SSRC        uint32 // of the stream
	Index       uint64 // of its last packet: the rollover counter above the sequence number
	ReportIndex uint32 // the first SRTCP index that was certainly not used yet

	Streams []StreamState // that came, with the key that opens
}

// StreamState is how far a stream came that a key opened: nothing up to there is accepted again.
type StreamState struct {
	SSRC        uint32
	Index       uint64 // the highest of its packets
	ReportIndex uint32 // the highest of its reports
	Reported    bool   // one came
	Heard       bool   // a packet came
}

// OurKeyState is a key of ours that stands in our description.
type OurKeyState struct {
	Tag   uint32
	Suite string
	Key   []byte
	Used  bool // it is the one that we send with
}

// FormatState is one audio format with its payload type.
type FormatState struct {
	Codec       string
	PayloadType uint8
}

// CountState is what was counted of the far side's stream. RFC 3550 §6.4.1
type CountState struct {
	Known    bool
	Base     uint32 // its first sequence number
	Received uint32
	Jitter   uint32 // scaled by 16

	Total      uint64 // packets of all streams
	Missing    uint64 // that did not come, of the streams before this one
	JitterMost uint32 // scaled by 16
	Forged     uint64
}

// ReportState is what is known of the far side by its reports.
type ReportState struct {
	Heard         time.Time // zero: none came ever
	Interval      time.Duration
	Missed        bool // Missed was told and Seen was not yet
	Learned       uint64
	FarLost       uint32
	FarJitter     uint32
	FarJitterMost uint32
	RoundTrip     time.Duration
	RoundTripMost time.Duration
	Forged        uint64
}

// RecordingState is the recording that a leg is written into. The zero value is none.
type RecordingState struct {
	File  string
	Began time.Time
}

// maxState bounds an encoded LegState.
const maxState = 64 << 10

// Encode writes the state as bytes that DecodeLeg reads. They hold keys: they are never logged or shown.
func (s *LegState) Encode() ([]byte, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode the audio of leg %s: %w", s.Leg, err)
	}
	return body, nil
}

// DecodeLeg reads what Encode wrote. Errors: it is something else, or of another version of the gateway.
func DecodeLeg(body []byte) (s LegState, err error) {
	if len(body) > maxState {
		return LegState{}, fmt.Errorf("decode a leg's audio: %d bytes are too many", len(body))
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return LegState{}, errors.New("decode a leg's audio: malformed") // the library's error may quote a key
	}
	if s.Layout != layout {
		return LegState{}, fmt.Errorf("decode the audio of leg %s: layout %d, and %d is read here", s.Leg, s.Layout, layout)
	}
	return s, nil
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
	state := LegState{
		Layout: layout, Leg: id, Taken: w.now(), Home: l.home.bind, Advertise: l.home.advertise, Port: l.port,
		Audio: p.audio, Music: p.music, CNAME: l.cname,
	}
	for _, s := range p.speakers() {
		state.From = append(state.From, s.id)
	}
	if state.Recording = p.recorded; p.tape != nil {
		state.Recording = p.tape.state()
	}
	w.mu.Unlock()
	ssrc := l.slot.snapshot(&state)
	l.snapshot(&state, ssrc)
	return state, true
}

func (l *leg) snapshot(state *LegState, ssrc uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, f := &l.session, &l.far
	state.Session, state.Version, state.Description = s.id, s.version, s.body
	state.Formats, state.EventIn = formatStates(s.formats), s.event
	if last := len(s.proposals) - 1; last >= 0 && !s.answered {
		state.Offered = s.proposals[last].offered
	}
	state.FarRTP, state.FarRTCP, state.FarFormats, state.FarEvent = f.rtp, f.rtcp, formatStates(f.formats), f.types.event
	state.Codec, state.PayloadType, state.MostTicks = codecNames[f.codec], f.types.audio, f.most
	state.Direction = directionWords[f.direction]
	state.Early, state.Established, state.NAT = l.early, l.established, l.nat
	state.Latched, state.Certain, state.Moved = l.in.latched, l.in.certain, l.in.moved
	state.Ways, state.Codecs, state.Local = s.terms.ways(), s.terms.Codecs, s.terms.Local
	state.Way, state.Profile, state.Path, state.LastTag = f.way, string(f.profile), l.path(), s.lastTag
	g := l.guard.Load()
	for _, c := range s.crypto {
		used := g != nil && c.lock != nil && c.lock == g.out
		state.Keys = append(state.Keys, OurKeyState{c.tag, c.suite.String(), []byte(c.key), used})
	}
	if g != nil {
		state.Sealing, state.Opening = g.out.state(ssrc), g.in.openState()
		if c := s.sealing(g); c != nil {
			state.Sealing.Tag = c.tag
		}
	}
	c := &l.in.counters
	state.SSRCIn, state.HighestSequence = c.ssrc, c.extended()
	state.Counts = CountState{c.known, c.base, c.received, c.jitter, c.total, c.missing, c.jitterMost, l.in.forged}
	state.LastHeard, state.Quiet = l.in.heard, l.in.quiet
	r := &l.reports
	state.Reports = ReportState{r.heard, r.interval, r.missed, r.learned, r.farLost, r.farJitter, r.farJitterMost, r.roundTrip, r.roundTripMost, r.forged}
	state.KeyTS, state.KeySSRC, state.KeyCode, state.KeyKnown = l.keys.ts, l.keys.ssrc, l.keys.code, l.keys.known
}

func (s *slot) snapshot(state *LegState) (ssrc uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.stream
	s.taken = taken{t.sequence, state.Taken}
	state.FrameTicks = s.frame
	state.SSRC, state.Sequence, state.End, state.Last, state.Span, state.Lead = t.ssrc, t.sequence, t.end, t.last, t.span, t.lead
	state.LastSent, state.Packets, state.Octets = t.at, s.sent.packets, s.sent.octets
	state.Mapped, state.SSRCMapped, state.Offset = t.mapped, t.ssrcIn, t.offset
	return t.ssrc
}

func formatStates(formats []format) []FormatState {
	out := make([]FormatState, 0, len(formats))
	for _, f := range formats {
		out = append(out, FormatState{codecNames[f.codec], f.payloadType})
	}
	return out
}
