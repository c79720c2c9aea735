package media

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"telagent-gateway/call"
)

// slot is a leg's outgoing stream. Its port, SSRC and payload types stay for the leg's whole life; what it sends is its
// source, which is exchanged by one pointer store while packets flow. Who sends next notices the exchange and continues
// sequence numbers and timestamps, so that the far side hears one stream.
type slot struct {
	owner  *leg
	source atomic.Pointer[source]

	// mu guards the rest, between the reader that feeds the slot and the pacer. It is held for the arithmetic of one
	// packet (tens of nanoseconds) and never over I/O: the datagram is sent after it is released.
	mu     sync.Mutex
	says   []*source // prompts over the source, one after the other
	open   bool      // the dialog stands and the far side wants to hear us
	to     netip.AddrPort
	codec  codec
	types  payloadTypes  // as the far side wants to receive them
	frame  uint32        // ticks in a packet of our own audio
	most   atomic.Uint32 // ticks in the longest packet that the far side takes; 0: any
	toned  eventOut      // the key that was played as sound last
	stream stream
	sent   traffic
	taken  taken   // where the stream stood when the leg's state was taken last; zero: it never was
	kept   kept    // how it went before a restart; zero: it did not, or goes on so
	greets *splice // this leg comes in and was sent no packet of another leg yet; nil: it does not

	watch atomic.Pointer[watch] // of a splice that this slot's far side hears; nil: of none
}

// payloadTypes are the RTP payload type numbers of one direction of a leg.
type payloadTypes struct {
	audio uint8
	event uint8 // telephone-event; 0: not agreed on
}

// traffic counts what a slot sent.
type traffic struct {
	packets, octets uint32 // as in RTCP: they wrap around
	filled          uint64 // packets of silence in place of a bridged leg's missing ones
	late            uint64 // a bridged leg's packets that came after their place was filled, or out of order
}

// stream is where an outgoing stream stands. All times are timestamps of that stream, unless said otherwise.
type stream struct {
	ssrc     uint32
	sequence uint16    // of the next packet
	end      uint32    // first tick that was not sent yet
	last     uint32    // timestamp of the last packet
	span     uint32    // ticks in the last packet
	at       time.Time // when the last packet was sent; zero: none was
	lead     uint32    // how far end runs ahead of the clock, as sources were exchanged before a packet's time was over: at most a packet

	source  *source // that the last packet came from
	fresh   bool    // the source was exchanged and no packet was sent since
	mapped  bool    // offset holds, for packets of ssrcIn
	ssrcIn  uint32
	offset  uint32 // outgoing minus incoming timestamp
	filling bool   // the pacer stands in for a bridged leg
	late    int    // late packets in a row that came no closer
	lateBy  uint32

	event eventOut
}

// eventOut is the telephone-event that the stream carries or carried last.
type eventOut struct {
	in, out uint32 // its timestamps
	began   time.Time
	known   bool
	over    bool
}

// Limits of a bridged stream.
const (
	joinPatience  = 25 * time.Millisecond  // a newly joined leg's first packet may take so long before silence stands in
	eventPatience = 120 * time.Millisecond // updates of a key come at up to 50 ms (RFC 4733 §2.5.1.2)
	lateAtMost    = 3                      // so many late packets that come no closer are a clock that stood still
	jumpAtMost    = clock                  // a timestamp that is off by more than 1 s is a clock that was set
)

// next returns the timestamp for a packet that is sent now and continues no clock but our own.
func (t *stream) next(now time.Time) uint32 {
	if t.at.IsZero() {
		return t.end
	}
	passed, due := ticks(now.Sub(t.at)), t.span+t.lead
	if passed < due {
		t.lead = due - passed
		return t.end
	}
	t.lead = 0
	return t.end + passed - due
}

// change notes that packets come from another source from now on.
func (t *stream) change(s *source) {
	if t.source != s {
		t.source, t.fresh, t.mapped, t.filling, t.late = s, true, false, false, 0
		t.event.known = false
	}
}

// place decides the outgoing timestamp of a bridged packet; false: its time in the stream has been filled already. fresh
// says that the stream begins anew here, as after a pause.
func (t *stream) place(now time.Time, p *packet) (ts uint32, fresh, ok bool) {
	if t.mapped && t.ssrcIn == p.ssrc {
		ts = p.ts + t.offset
		ahead := int32(ts - t.end)
		if ahead >= 0 && uint32(ahead) < ticks(now.Sub(t.at))+jumpAtMost {
			t.late = 0
			return ts, false, true
		}
		if ahead < 0 && t.tooLate(uint32(-ahead)) {
			return 0, false, false
		}
	}
	if t.lead > ticks(now.Sub(t.at)) {
		return 0, false, false // a packet ahead already: the source's next one begins
	}
	ts = t.next(now)
	t.mapped, t.ssrcIn, t.offset, t.late = true, p.ssrc, ts-p.ts, 0
	return ts, true, true
}

// tooLate says whether a packet that comes by so many ticks after its place was filled is to be dropped. Late packets
// come closer as a jam on the way clears; where they do not, the sender's clock stood still and gets a new offset.
func (t *stream) tooLate(by uint32) bool {
	if by > jumpAtMost || t.filling && by < t.span {
		return false
	}
	if t.late == 0 || by >= t.lateBy {
		t.late++
	}
	t.lateBy = by
	return t.late <= lateAtMost
}

// sends notes a packet as sent and returns its sequence number. The next one is due after span ticks; the audio up to
// end has been sent with it.
func (t *stream) sends(now time.Time, ts, span, end uint32) (sequence uint16) {
	sequence = t.sequence
	t.sequence++
	t.at, t.last, t.span, t.fresh = now, ts, span, false
	if int32(end-t.end) > 0 {
		t.end = end
	}
	return sequence
}

// forward turns a packet of a bridged leg into one of the slot's stream, in the packet's own buffer; nil: this slot
// does not send it.
func (s *slot) forward(now time.Time, from *leg, p *packet) (out []byte, to netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	source := s.source.Load()
	if source.from != from || !s.open || s.told() {
		return nil, to
	}
	asTone := p.kind == eventKind && s.types.event == 0
	if asTone {
		s.tone(p)
	}
	if asTone || len(s.says) > 0 { // a tone is played, or was
		return nil, to
	}
	s.stream.change(source)
	if p.kind == eventKind {
		return s.forwardEvent(now, p), s.to
	}
	span := uint32(p.end - p.start)
	if span == 0 {
		return nil, to
	}
	ts, fresh, ok := s.stream.place(now, p)
	if !ok {
		s.sent.late++
		return nil, to
	}
	translate(p.payload(), codec(p.kind), s.codec)
	if fresh {
		s.owner.drifted.Store(true)
	}
	s.stream.filling, fresh = false, fresh || s.stream.fresh
	s.count(span, from, true)
	s.tape(now, ts, p.payload())
	return p.rewrite(s.types.audio, p.marker || fresh, s.stream.sends(now, ts, span, ts+span), ts, s.stream.ssrc), s.to
}

// forwardEvent sends a telephone-event on: all packets of one event carry the timestamp of its beginning.
// RFC 4733 §2.5.1.2
func (s *slot) forwardEvent(now time.Time, p *packet) []byte {
	t := &s.stream
	fresh := !t.event.known || t.event.in != p.ts
	if fresh {
		ts, _, ok := t.place(now, p)
		if !ok {
			// Its beginning was filled: it begins now instead, unless it began with the last packet or is not due yet.
			ts = p.ts + t.offset
			if !t.mapped || t.ssrcIn != p.ssrc || int32(ts-t.end) >= 0 {
				return nil
			}
			if int32(ts-t.last) < 0 {
				ts = t.end
			}
		}
		t.event = eventOut{in: p.ts, out: ts, known: true, began: now}
	}
	t.filling, t.event.over = false, t.event.over || p.payload()[1]&0x80 != 0
	// The audio after the event continues behind it, but the far side cannot claim a length that was not possible yet.
	length := min(p.eventDuration, ticks(now.Sub(t.event.began))+s.frame)
	sequence := t.sends(now, t.event.out, s.frame, p.ts+t.offset+length)
	s.count(uint32(p.end-p.start), t.source.from, true)
	return p.rewrite(s.types.event, fresh, sequence, t.event.out, t.ssrc)
}

// pace makes the packet that the pacer owes the slot at now, in buf: the next frame of our own audio, or silence where
// a bridged leg's packets do not come. played is the prompt that ends with it; empty: none does.
func (s *slot) pace(now time.Time, buf []byte) (out []byte, to netip.AddrPort, played call.Prompt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open {
		return nil, to, ""
	}
	if s.awaits(now) {
		return nil, to, ""
	}
	source, t := s.source.Load(), &s.stream
	if len(s.says) > 0 {
		source = s.says[0]
	}
	t.change(source)
	if !t.at.IsZero() && now.Sub(t.at) < s.patience(source) {
		return nil, to, ""
	}
	if source.press != nil && s.types.event != 0 {
		return s.pressing(now, source.press, buf), s.to, ""
	}
	marker := t.fresh
	ts := t.next(now)
	samples, more := quietFrames[s.codec][:s.frame], true
	if source.from == nil {
		samples, more = source.frames.frame(s.codec, now, int(s.frame))
	} else {
		marker, t.filling = marker || !t.filling, true
		s.sent.filled++
	}
	if !more {
		played, s.says = source.prompt, s.says[1:]
	}
	n := rtpHeader + copy(buf[rtpHeader:], samples)
	putHeader(buf[:n], s.types.audio, marker, t.sends(now, ts, s.frame, ts+s.frame), ts, t.ssrc)
	s.count(s.frame, nil, source.from == nil)
	s.tape(now, ts, samples)
	return buf[:n], s.to, played
}

// patience is how long after the last packet the pacer waits with the next one. Its ticks are 10 ms apart, so 5 ms
// less than a frame makes exactly one packet a frame.
func (s *slot) patience(source *source) time.Duration {
	t := &s.stream
	frame := time.Duration(s.frame) * time.Second / clock
	switch {
	case source.from != nil && t.lead > 0 && !t.mapped:
		// The clock catches up first: while the stream is ahead of it no packet of the leg is taken, see place.
		return max(joinPatience, frame+time.Duration(t.lead)*time.Second/clock)
	case source.from == nil || t.filling:
		return frame - tick/2
	case !t.mapped:
		return max(joinPatience, frame-tick/2)
	case t.event.known && !t.event.over:
		return eventPatience
	}
	return 2*time.Duration(t.span)*time.Second/clock + 20*time.Millisecond
}

// say lets the slot send a prompt after those that it has to send already.
func (s *slot) say(prompt *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.says) < saysKept {
		s.says = append(s.says, prompt)
	}
}

// hush drops all prompts.
func (s *slot) hush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.says = nil
}

// takes says whether the slot sends what comes from that leg now.
func (s *slot) takes(from *leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.Load().from == from && !s.told()
}

// tape records what the slot sends, if its leg is recorded.
func (s *slot) tape(now time.Time, ts uint32, samples []byte) {
	if t := s.owner.tape.Load(); t != nil {
		t.put(right, now, ts, s.codec, samples)
	}
}

// count notes what is sent: a leg's packet, or our own, which is a voice or silence in place of missing packets.
func (s *slot) count(octets uint32, from *leg, voice bool) {
	s.sent.packets++
	s.sent.octets += octets
	s.passed(from, voice)
}
