package crowd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Watch is a subscription of a peer: what it was told of one person. Its methods are safe for concurrent use.
type Watch struct {
	peer  *Peer
	notes []note // guarded by the peer's mu
}

// note is one NOTIFY.
type note struct {
	at   time.Time
	body string
}

// maxNotes bounds what is kept of a subscription; the first are.
const maxNotes = 64

// Watch subscribes to a person by an event package (RFC 6665 §4.1.2). It is not refreshed: it lasts ten
// minutes.
func (p *Peer) Watch(ctx context.Context, user, event string) (*Watch, error) {
	w, callID := &Watch{peer: p}, token()
	p.mu.Lock()
	p.watches[callID] = w
	p.mu.Unlock()
	uri := "sip:" + user + "@" + p.Domain
	got, err := p.proven(ctx, "SUBSCRIBE", uri, uri, callID, "Event: "+event+"\r\nExpires: 600\r\n")
	if err != nil {
		return nil, err
	}
	if got.StatusCode/100 != 2 {
		p.refused(got)
		return nil, fmt.Errorf("%s: SUBSCRIBE to %s: %d %s", p.Name, user, got.StatusCode, got.Reason)
	}
	return w, nil
}

// Told returns when a NOTIFY came first after t that says a text; zero: none did.
func (w *Watch) Told(text string, after time.Time) time.Time {
	w.peer.mu.Lock()
	defer w.peer.mu.Unlock()
	for _, n := range w.notes {
		if n.at.After(after) && strings.Contains(n.body, text) {
			return n.at
		}
	}
	return time.Time{}
}

// gotNotify notes what a subscription is told; false: there is none (RFC 6665 §4.1.3).
func (p *Peer) gotNotify(r *sip.Request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.watches[r.CallID().Value()]
	if w != nil && len(w.notes) < maxNotes {
		w.notes = append(w.notes, note{time.Now(), string(r.Body())})
	}
	return w != nil
}
