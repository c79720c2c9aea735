package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A key is down for 100 ms; RFC 4733 §2.5.1.4: its end is sent three times.
const (
	keyUpdates = 5
	keyEnds    = 3
)

// press is one key on its way out.
type press struct {
	event   byte // RFC 4733 §3.2: 0-9, * is 10, # is 11, A-D are 12-15
	ts      uint32
	sent    int
	first   time.Time
	settled chan struct{}
}

// key sends one key press and returns when its first packet left. It waits until the whole press is sent.
func (a *audio) key(ctx context.Context, key string) (first time.Time, err error) {
	event := strings.Index("0123456789*#ABCD", key)
	if event < 0 || len(key) != 1 {
		return first, fmt.Errorf("press %q: no such key", key)
	}
	p := &press{event: byte(event), settled: make(chan struct{})}
	a.mu.Lock()
	switch {
	case !a.speaking:
		err = errors.New("the leg does not speak yet")
	case a.keys == 0:
		err = errors.New("the far side takes no telephone-event")
	case a.press != nil:
		err = errors.New("another key is down")
	default:
		a.press = p
	}
	a.mu.Unlock()
	if err != nil {
		return first, fmt.Errorf("press %s: %w", key, err)
	}
	select {
	case <-p.settled:
		return p.first, nil
	case <-a.quit:
		return first, fmt.Errorf("press %s: the leg ended", key)
	case <-ctx.Done():
		return first, fmt.Errorf("press %s: %w", key, context.Cause(ctx))
	}
}

// sendKey sends the next packet of the key that is down. Its timestamp is that of its beginning throughout, its
// duration grows (RFC 4733 §2.5.1.2), the first packet is marked (§2.5.1.1).
func (a *audio) sendKey() {
	p := a.press
	if p.sent == 0 {
		p.ts, p.first = a.ts, time.Now()
	}
	payload := []byte{p.event, 10, 0, 0} // volume -10 dBm0
	steps := p.sent + 1
	if p.sent >= keyUpdates {
		payload[1] |= 0x80
		steps = keyUpdates
	}
	binary.BigEndian.PutUint16(payload[2:], uint16(steps*frameSamples))
	a.send(a.keys, p.sent == 0, p.ts, payload)
	if p.sent++; p.sent == keyUpdates+keyEnds {
		a.press = nil
		close(p.settled)
	}
}
