package media

import (
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
