package media

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/rtcp"

	"telagent-gateway/call"
)

// reports is what a leg's RTCP knows and has told.
type reports struct {
	due        time.Time // of our next report; zero: none is scheduled
	lastSender uint32    // middle of the NTP time in the far side's last sender report; 0: none came
	lastAt     time.Time // when it came
	roundTrip  time.Duration
	farLost    uint32
	farJitter  uint32
	learned    uint64 // reports about our stream

	roundTripMost time.Duration
	farJitterMost uint32
	received      uint64
	broken        uint64
	forged        uint64 // that the guard does not let pass
	foreign       uint64

	heard    time.Time     // the far side's last report, or since when one is awaited; zero: none came ever
	interval time.Duration // between its reports, smoothed; 0: not known yet
	missed   bool          // Missed was reported and Seen was not yet
	seen     time.Time     // when Seen was reported last
}

// reportEvery is the mean time between a leg's reports; each is drawn from half to one and a half of it.
// RFC 3550 §6.2, §6.3.1
const reportEvery = 5 * time.Second

func reportPause() time.Duration { return reportEvery/2 + rand.N(reportEvery) }

// sendReport sends the leg's report if it is due at now.
func (l *leg) sendReport(now time.Time) {
	l.mu.Lock()
	r := &l.reports
	switch {
	case l.established.IsZero():
		l.mu.Unlock()
		return
	case r.due.IsZero():
		// RFC 3550 §6.2: the first one comes after half the time.
		r.due = now.Add(reportPause() / 2)
	}
	due := !now.Before(r.due)
	if due {
		r.due = now.Add(reportPause())
	}
	l.mu.Unlock()
	if due {
		l.writeReport(now)
	}
}

// sayBye ends the leg's streams.
// RFC 3550 §6.6
func (l *leg) sayBye(now time.Time) {
	l.writeReport(now, &rtcp.Goodbye{Sources: []uint32{l.slot.ssrc()}})
}

// writeReport sends a sender report, or a receiver report if nothing was sent, with the CNAME and what follows.
// RFC 3550 §6.1
func (l *leg) writeReport(now time.Time, more ...rtcp.Packet) {
	by, to, blocks := l.blocks(now)
	if !to.IsValid() {
		return
	}
	packets := append([]rtcp.Packet{
		l.slot.report(now, blocks),
		rtcp.NewCNAMESourceDescription(l.slot.ssrc(), l.cname), // RFC 7022 §4.2: a random name for one session
	}, more...)
	if datagram, err := rtcp.Marshal(packets); err == nil { // what we write ourselves can be written
		if sealed, ok := l.guard.Load().sealReport(datagram); ok {
			by.send(sealed, to)
		}
	}
}

// blocks returns the reception report, and by which socket it goes where.
func (l *leg) blocks(now time.Time) (by link, to netip.AddrPort, blocks []rtcp.ReceptionReport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	by, to = l.reportsTo()
	c := &l.in.counters
	if !c.known {
		return by, to, nil
	}
	block := rtcp.ReceptionReport{
		SSRC: c.ssrc, FractionLost: c.fraction(), TotalLost: c.lost(), LastSequenceNumber: c.extended(),
		Jitter: c.jitter >> 4, LastSenderReport: l.reports.lastSender,
	}
	if block.LastSenderReport != 0 {
		block.Delay = uint32(now.Sub(l.reports.lastAt) * 65536 / time.Second)
	}
	return by, to, []rtcp.ReceptionReport{block}
}

// reportsTo returns by which socket reports go where: along with RTP if the far side agreed to that.
// RFC 5761 §5.1.1; todo RFC 5764 §3: keys for a port of its own
func (l *leg) reportsTo() (by link, to netip.AddrPort) {
	switch from := l.in.latched; {
	case l.far.muxed:
		return l.rtp, l.source()
	case l.far.way == DTLS:
		return l.rtcp, netip.AddrPort{}
	case from.IsValid() && from.Port() < 65535:
		return l.rtcp, netip.AddrPortFrom(from.Addr(), from.Port()+1)
	}
	return l.rtcp, l.far.rtcp
}

// report returns the slot's side of a report.
// RFC 3550 §6.4.1, §6.4.2
func (s *slot) report(now time.Time, blocks []rtcp.ReceptionReport) rtcp.Packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.stream
	if s.sent.packets == 0 {
		return &rtcp.ReceiverReport{SSRC: t.ssrc, Reports: blocks}
	}
	return &rtcp.SenderReport{
		SSRC: t.ssrc, NTPTime: ntp(now), RTPTime: t.last + ticks(now.Sub(t.at)),
		PacketCount: s.sent.packets, OctetCount: s.sent.octets, Reports: blocks,
	}
}

func (s *slot) ssrc() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.ssrc
}

// ntp returns a time in NTP's format: seconds since 1900 in 32.32 fixed point.
// RFC 3550 §4
func ntp(t time.Time) uint64 {
	const from1900 = 2_208_988_800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// receiveReport takes one datagram of RTCP, from the leg's socket for it or, from far sides that send both to one port,
// from that of RTP. A BYE in it is no end: only signalling ends a leg.
// RFC 5761 §4
func (w *Wire) receiveReport(l *leg, now time.Time, from netip.AddrPort, datagram []byte) {
	if told := l.takeReport(now, from, datagram); told != nil {
		w.report(told)
	}
}

// takeReport returns what a datagram of RTCP says of the far side's life; nil: nothing new.
func (l *leg) takeReport(now time.Time, from netip.AddrPort, datagram []byte) call.Event {
	ssrc := l.slot.ssrc()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.reports
	if from.Addr() != l.far.rtp.Addr() && from.Addr() != l.in.latched.Addr() || !from.IsValid() {
		r.foreign++
		return nil
	}
	plain, ok := l.guard.Load().openReport(datagram)
	if !ok {
		r.forged++
		return nil
	}
	packets, err := rtcp.Unmarshal(plain)
	if err != nil || !firstReports(packets) {
		r.broken++
		return nil
	}
	r.received++
	leaves := false
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			r.lastSender, r.lastAt = uint32(p.NTPTime>>16), now
			r.learn(now, ssrc, p.Reports)
		case *rtcp.ReceiverReport:
			r.learn(now, ssrc, p.Reports)
		case *rtcp.Goodbye:
			leaves = leaves || l.in.counters.known && slices.Contains(p.Sources, l.in.counters.ssrc)
		}
	}
	return l.sign(now, leaves)
}

// Evidence by reports. RFC 3550 §6.3.5 takes five intervals to forget a participant; we forget nobody, and tell after
// three that he is missed. How long his interval is depends on his bandwidth, so it is measured; it is drawn anew each
// time from half to one and a half of its mean.
const (
	missedIntervals = 3
	missedAtLeast   = 5 * time.Second // reports may be more frequent than that
	missedFirst     = 5 * reportEvery // while one came and no interval is known yet
	seenEvery       = time.Second     // Seen of a silent leg is told so often at most
)

// sign notes a report of the far side, or that it leaves, and returns what is to be told of it; nil: nothing. The caller
// holds mu.
// RFC 3550 §6.6: a BYE is an end at once
func (l *leg) sign(now time.Time, leaves bool) call.Event {
	r := &l.reports
	switch gap := now.Sub(r.heard); {
	case r.heard.IsZero():
	case r.interval == 0: // the first ones follow each other more closely
		r.interval = max(gap, reportEvery)
	default: // an outage is no interval
		r.interval += (min(gap, 2*r.interval) - r.interval) / 4
	}
	r.heard = now
	if l.in.quiet && !leaves {
		l.in.heard = now
	}
	l.in.quiet = l.in.quiet && !leaves
	if leaves {
		if r.missed || !l.talks() {
			return nil
		}
		r.missed = true
		return call.Missed{Sign: call.Reports, Leg: l.id}
	}
	if r.missed || l.in.silent && now.Sub(r.seen) >= seenEvery {
		r.missed, r.seen = false, now
		return call.Seen{Sign: call.Reports, Leg: l.id}
	}
	return nil
}

// await gives the far side's next report its full time again, if it sends any. The caller holds the leg's mu.
func (r *reports) await(now time.Time) {
	if !r.heard.IsZero() {
		r.heard = now
	}
}

// overdue says, once, that the far side's report does not come any more. The caller holds the leg's mu.
func (r *reports) overdue(now time.Time) bool {
	patience := max(missedIntervals*r.interval, missedAtLeast)
	if r.interval == 0 {
		patience = missedFirst
	}
	if r.missed || r.heard.IsZero() || now.Sub(r.heard) < patience {
		return false
	}
	r.missed = true
	return true
}

// firstReports says whether a compound packet begins as it must.
// RFC 3550 §6.1, appendix A.2
func firstReports(packets []rtcp.Packet) bool {
	switch packets[0].(type) {
	case *rtcp.SenderReport, *rtcp.ReceiverReport:
		return true
	}
	return false
}

// learn takes what the far side says about our stream.
func (r *reports) learn(now time.Time, ssrc uint32, blocks []rtcp.ReceptionReport) {
	for _, b := range blocks {
		if b.SSRC != ssrc {
			continue
		}
		r.farLost, r.farJitter, r.learned = b.TotalLost, b.Jitter, r.learned+1
		if r.farLost >= 1<<23 { // RFC 3550 §6.4.1: it is signed, and below 0 where packets came twice
			r.farLost = 0
		}
		r.farJitterMost = max(r.farJitterMost, r.farJitter)
		if b.LastSenderReport == 0 {
			continue
		}
		// RFC 3550 §6.4.1: round trip = now - LSR - DLSR, in 65536ths of a second.
		if trip := int32(uint32(ntp(now)>>16) - b.LastSenderReport - b.Delay); trip >= 0 {
			r.roundTrip = time.Duration(trip) * time.Second / 65536
			r.roundTripMost = max(r.roundTripMost, r.roundTrip)
		}
	}
}
