package media

import (
	"fmt"
	"sync"
	"time"
)

// quarantine is how long a port rests after its leg: late RTP of the last call must not reach the next one.
const quarantine = 30 * time.Second

// ports hands out even RTP ports, each with the odd RTCP port above it. It goes round the range, so that a port is
// used again as late as possible.
type ports struct {
	mu    sync.Mutex
	first int         // even
	pairs []portState // pair i is first+2i and the port above
	next  int
}

type portState struct {
	used  bool
	rests time.Time // until then; zero: never used
}

// RFC 3550 §11: RTP on an even port, RTCP on the next higher odd one.
func newPorts(low, high int) (*ports, error) {
	if low < 1024 || high > 65535 {
		return nil, fmt.Errorf("ports %d-%d: must lie between 1024 and 65535", low, high)
	}
	low += low % 2
	if high < low+1 {
		return nil, fmt.Errorf("ports %d-%d: no room for an even port and the odd one above", low, high)
	}
	return &ports{first: low, pairs: make([]portState, (high-low+1)/2)}, nil
}

// take returns a free pair's even port.
func (p *ports) take(now time.Time) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	used, resting := 0, 0
	for range p.pairs {
		i := p.next
		p.next = (p.next + 1) % len(p.pairs)
		switch s := &p.pairs[i]; {
		case s.used:
			used++
		case now.Before(s.rests):
			resting++
		default:
			s.used = true
			return p.first + 2*i, nil
		}
	}
	return 0, fmt.Errorf("no free port pair in %d-%d: %d in use, %d resting after their calls",
		p.first, p.first+2*len(p.pairs)-1, used, resting)
}

// claim takes the pair of a leg that had it before a restart. One that is not of the range, as that was set anew meanwhile,
// is not counted. The pairs behind it are used first.
func (p *ports) claim(port int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, ok := p.index(port)
	if !ok {
		return nil
	}
	if p.pairs[i].used {
		return fmt.Errorf("port %d is another leg's", port)
	}
	p.pairs[i].used = true
	p.next = max(p.next, i+1) % len(p.pairs)
	return nil
}

// index returns the place of a pair; false: it is not of the range.
func (p *ports) index(port int) (int, bool) {
	i := (port - p.first) / 2
	return i, port >= p.first && i < len(p.pairs) && port%2 == 0
}

// release sends a pair to quarantine.
func (p *ports) release(port int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i, ok := p.index(port); ok {
		p.pairs[i] = portState{rests: now.Add(quarantine)}
	}
}
