package media

import "time"

// counters are the statistics of one received stream.
// RFC 3550 §6.4.1, appendix A.1, A.3 and A.8
type counters struct {
	ssrc     uint32
	known    bool
	base     uint32 // first sequence number
	highest  uint16
	cycles   uint32 // in units of 65536
	received uint32
	began    time.Time // that transit times count from; zero: from the next packet
	transit  int32
	jitter   uint32 // scaled by 16

	missing    uint64 // packets lost of the streams before this one
	jitterMost uint32 // of all streams, scaled by 16
	peak       uint32 // of the interval that runs, see course.go, likewise

	expectedPrior, receivedPrior uint32
	total                        uint64 // packets of all streams that this leg received
}

// Steps of sequence numbers from maxDropout to maxMisorder are taken for a new stream: less is loss, more is a packet
// that was overtaken by up to a hundred others.
const (
	maxDropout  = 3000
	maxMisorder = 1<<16 - 100
)

func (c *counters) receive(now time.Time, p *packet) {
	step := p.sequence - c.highest
	switch {
	case !c.known || c.ssrc != p.ssrc || step >= maxDropout && step <= maxMisorder:
		*c = counters{
			ssrc: p.ssrc, known: true, base: uint32(p.sequence), highest: p.sequence, began: now, transit: int32(-p.ts),
			total: c.total, missing: c.missing + uint64(c.lost()), jitterMost: c.jitterMost, peak: c.peak,
		}
	case step < maxDropout:
		if p.sequence < c.highest {
			c.cycles += 1 << 16
		}
		c.highest = p.sequence
	}
	c.received++
	c.total++
	if p.kind == eventKind {
		return // its packets share one timestamp
	}
	if c.began.IsZero() { // the first one after a restart, which says nothing of jitter
		c.began, c.transit = now, int32(-p.ts)
	}
	transit := int32(ticks(now.Sub(c.began)) - p.ts)
	d := transit - c.transit
	c.transit = transit
	if d < 0 {
		d = -d
	}
	c.jitter += uint32(d) - (c.jitter+8)>>4
	c.jitterMost, c.peak = max(c.jitterMost, c.jitter), max(c.peak, c.jitter)
}

// extended returns the highest sequence number with the number of its cycles above it.
func (c *counters) extended() uint32 { return c.cycles + uint32(c.highest) }

// lost returns how many packets of the stream are missing; 0 if more came than were expected.
func (c *counters) lost() uint32 {
	expected := c.extended() - c.base + 1
	if !c.known || c.received >= expected {
		return 0
	}
	return min(expected-c.received, 1<<23-1)
}

// fraction returns the share of packets lost since it was last asked, in 256ths.
func (c *counters) fraction() uint8 {
	expected := c.extended() - c.base + 1
	interval, got := expected-c.expectedPrior, c.received-c.receivedPrior
	c.expectedPrior, c.receivedPrior = expected, c.received
	if interval == 0 || got >= interval {
		return 0
	}
	return uint8(min((interval-got)<<8/interval, 255))
}
