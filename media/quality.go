package media

import "telagent-gateway/call"

// Quality returns how a leg's audio fares; false: it has no audio or is over. It takes no lock of the packet path for
// longer than a packet does.
func (w *Wire) Quality(id call.LegID) (call.Quality, bool) {
	l, err := w.find(id)
	if err != nil {
		return call.Quality{}, false
	}
	return l.quality(), true
}

func (l *leg) quality() call.Quality {
	l.mu.Lock()
	c, r := &l.in.counters, &l.reports
	q := call.Quality{
		Received: call.StreamQuality{
			Packets: c.total, Lost: c.missing + uint64(c.lost()), Jitter: lasting(c.jitter >> 4), JitterMost: lasting(c.jitterMost >> 4),
		},
		Sent:    call.StreamQuality{Lost: uint64(r.farLost), Jitter: lasting(r.farJitter), JitterMost: lasting(r.farJitterMost)},
		Forged:  l.in.forged + r.forged,
		Reports: r.learned, RoundTrip: r.roundTrip, RoundTripMost: r.roundTripMost,
	}
	if l.far.codec != noCodec {
		q.Encryption = l.far.way.String()
	}
	l.mu.Unlock()
	l.slot.mu.Lock()
	defer l.slot.mu.Unlock()
	q.Sent.Packets = uint64(l.slot.sent.packets)
	return q
}

// measured tells how a leg fared that is over, if anything was said or sent.
func (w *Wire) measured(l *leg) {
	if q := l.quality(); q.Received.Packets+q.Sent.Packets > 0 {
		w.report(call.Measured{Leg: l.id, Quality: q, Course: l.fared(w.now())})
	}
}
