package media

import (
	"encoding/binary"
	"time"
)

// keyNames are the keys of events 0 to 15.
// RFC 4733 §3.2, table 3
const keyNames = "0123456789*#ABCD"

// lastEvent is the highest telephone-event that we describe and forward: 16, a hook flash, is no key.
const lastEvent = 16

// keysPerSecond bounds the keys that one leg reports; dialling machines reach a third of it. What is more is dropped.
const keysPerSecond = 30

// keys tells a leg's key presses from the many packets that each one is sent in.
type keys struct {
	ssrc     uint32
	ts       uint32 // the event's timestamp, which names it
	code     byte
	duration uint32
	over     bool
	known    bool
	to       []*slot // that heard the event's beginning

	at     time.Time // when the last event's first packet came, or its key by signalling
	second time.Time
	count  int
}

// receive takes a telephone-event packet of a leg. key is its name at the first packet of an event that is seen, be it
// the first, a later one or a repeated last one; empty otherwise. forward says whether it may be sent on, to the slots
// in to: an event goes to who heard its beginning or to nobody, so that the key that accepts a call is not heard.
// RFC 4733 §2.5.2
func (k *keys) receive(now time.Time, p *packet, from *leg) (key string, forward bool) {
	payload := p.payload()
	if len(payload) < 4 || payload[0] > lastEvent {
		return "", false
	}
	code, over := payload[0], payload[1]&0x80 != 0
	p.eventDuration = uint32(binary.BigEndian.Uint16(payload[2:]))
	same := k.known && k.ssrc == p.ssrc
	switch {
	case same && k.ts == p.ts:
		k.over, k.duration = k.over || over, max(k.duration, p.eventDuration)
		return "", k.code == code
	case same && int32(p.ts-k.ts) < 0:
		return "", false // overtaken by a later event
	// RFC 4733 §2.5.1.3: an event longer than its duration field holds goes on as a new segment.
	case same && !k.over && !p.marker && k.code == code && k.duration >= 0xf000 && p.ts-k.ts <= 0xffff+clock/5:
		k.ts, k.duration, k.over, p.goesOn = p.ts, p.eventDuration, over, true
		return "", true
	}
	*k = keys{
		ssrc: p.ssrc, ts: p.ts, code: code, duration: p.eventDuration, over: over, known: true, to: k.to[:0],
		at: now, second: k.second, count: k.count,
	}
	if to := from.to.Load(); to != nil {
		for _, s := range to.slots {
			if s.takes(from) {
				k.to = append(k.to, s)
			}
		}
	}
	if int(code) < len(keyNames) && k.allowed(now) {
		key = keyNames[code : code+1]
	}
	return key, true
}

func (k *keys) allowed(now time.Time) bool {
	if now.Sub(k.second) >= time.Second {
		k.second, k.count = now, 0
	}
	k.count++
	return k.count <= keysPerSecond
}
