package media

import (
	"net/netip"
	"time"
)

// Latching: a leg behind a NAT sends from another port than it describes, and the first who sends from its address would
// be taken for it. So many packets of one source, of which those count that come as a phone sends them, make it the leg's,
// within so long after the dialog stands or the address changed.
const (
	latchPackets = 3
	latchStep    = 15 * time.Millisecond // what comes sooner after the last one does not count
	latchWindow  = 5 * time.Second
	latchQuiet   = 200 * time.Millisecond // a source that was silent for so long has no rival: its phone moved
)

// suitor is a source that a leg behind a NAT might be latched onto.
type suitor struct {
	from    netip.AddrPort
	ssrc    uint32
	packets int
	counted time.Time // when the last one of them came
}

// courts says whether packets from an unknown source may make that source the leg's. Where nothing proves who sends, nobody
// courts before the dialog stands. The caller holds mu.
func (l *leg) courts(now time.Time, from netip.AddrPort) bool {
	if !l.behind || from.Addr() != l.nat || !l.far.rtp.IsValid() {
		return false
	}
	proven := l.far.way != RTP
	if l.strays() {
		return true
	}
	if l.in.latched.IsValid() && !l.in.moved && (proven || l.in.certain) {
		return false
	}
	if l.established.IsZero() {
		return proven
	}
	began := l.in.since
	if l.established.After(began) {
		began = l.established
	}
	return now.Sub(began) <= latchWindow
}

// strays says that a leg behind a NAT, which was heard before, is silent: its NAT may have given it another port, of which
// signalling knows nothing yet. Then whoever sends its very stream on (goesOn) from there may court at any time. The caller
// holds mu.
func (l *leg) strays() bool {
	return l.in.silent && !l.established.IsZero() && l.in.counters.known && l.far.way != DTLS
}

// goesOn says that a packet continues the stream that was heard last: its SSRC, which nobody else knows, and a sequence number
// ahead by what may have been lost in a silence. The caller holds mu.
func (c *counters) goesOn(p *packet) bool {
	ahead := p.sequence - c.highest
	return c.known && c.ssrc == p.ssrc && ahead > 0 && ahead < 1<<15
}

// late says that nobody may court any more who does not send the leg's own stream on. The caller holds mu.
func (l *leg) late(now time.Time) bool {
	began := l.in.since
	if l.established.After(began) {
		began = l.established
	}
	return !l.established.IsZero() && (now.Sub(began) > latchWindow || l.in.latched.IsValid() && !l.in.moved && (l.far.way != RTP || l.in.certain))
}

// latch decides whether a packet from such a source makes it the leg's. Two who court at once hinder each other, and one
// who comes while another has the leg takes it from him, without getting it: which of them is the phone nobody can tell, so
// neither is heard or sent anything until one of them gives up. But who sends from the very port that was described is the
// phone, as many NATs keep ports. The caller holds mu.
func (l *leg) latch(now time.Time, from netip.AddrPort, p *packet) bool {
	if l.late(now) && !l.in.counters.goesOn(p) {
		return false
	}
	s := &l.in.suitor
	if s.from != from || s.ssrc != p.ssrc {
		*s = suitor{from: from, ssrc: p.ssrc}
	}
	if s.packets > 0 && now.Sub(s.counted) < latchStep && l.far.way == RTP {
		return false
	}
	s.counted = now
	if s.packets++; s.packets < latchPackets {
		return false
	}
	certain := from.Port() == l.far.rtp.Port()
	if l.in.latched.IsValid() && !certain && now.Sub(l.in.heard) < latchQuiet {
		l.in.latched, l.in.suitor, l.in.since = netip.AddrPort{}, suitor{}, now
		l.reroute()
		return false
	}
	l.in.latched, l.in.certain, l.in.moved = from, certain, false
	l.reroute()
	return true
}

// doubted says whether what comes from the leg's latched source may be another's: a rival sends as well, and it is not
// decided yet which of them is the phone. The caller holds mu.
func (l *leg) doubted(now time.Time, from netip.AddrPort) bool {
	s := &l.in.suitor
	return from == l.in.latched && l.far.way == RTP && !l.in.certain && s.from.IsValid() && s.from != from && now.Sub(s.counted) < latchDoubt
}

// latchDoubt is how long a rival's packet makes the latched source doubtful.
const latchDoubt = 100 * time.Millisecond
