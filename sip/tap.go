package sip

import (
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// Limits of what is kept of one leg: messages, of which the first half stays; bytes of one; and what a message counts
// beyond its text.
const (
	messagesKept  = 120
	messageLength = 12 << 10
	messageRoom   = 200
)

// tap keeps the messages of each leg, for its ladder, whatever the log's level is. It is bounded in all: the legs that began
// first lose theirs first.
type tap struct {
	mu       sync.Mutex
	most     int // bytes of all
	bytes    int
	journals map[call.LegID]*journal
	order    []*journal // as they began
}

// journal is what is kept of one queue's messages. A Call-ID of several legs is one journal for all of them.
type journal struct {
	tap   *tap
	legs  []call.LegID
	trunk string
	kept  []call.Message // with secrets; they are masked when somebody asks
	bytes int
	left  int
	gone  bool // dropped: nothing more is kept
}

// newTap makes one that keeps so many bytes; nil: none are kept.
func newTap(most int) *tap {
	if most <= 0 {
		return nil
	}
	return &tap{most: most, journals: make(map[call.LegID]*journal)}
}

// journal begins to keep messages; nil: they are not kept.
func (t *tap) journal() *journal {
	if t == nil {
		return nil
	}
	return &journal{tap: t}
}

// name says whose messages they are.
func (s *journal) name(leg call.LegID) {
	if s == nil {
		return
	}
	t := s.tap
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.journals[leg] == s {
		return
	}
	if len(s.legs) == 0 {
		t.order, t.bytes = append(t.order, s), t.bytes+s.bytes
	}
	s.legs = append(s.legs, leg)
	t.journals[leg] = s
}

// goesOver notes the trunk that carries the leg.
func (s *journal) goesOver(trunk string) {
	if s == nil {
		return
	}
	s.tap.mu.Lock()
	defer s.tap.mu.Unlock()
	s.trunk = trunk
}

// note keeps a message.
func (s *journal) note(sent bool, f *flow, text string) {
	if s == nil {
		return
	}
	m := call.Message{At: time.Now(), Sent: sent, Network: f.network, Peer: f.remote, Text: text}
	if len(text) > messageLength {
		m.Text, m.Cut = text[:messageLength], len(text)-messageLength
	}
	t := s.tap
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.gone {
		return
	}
	if len(s.kept) == messagesKept {
		s.count(-len(s.kept[messagesKept/2].Text) - messageRoom)
		s.kept = slices.Delete(s.kept, messagesKept/2, messagesKept/2+1)
		s.left++
	}
	s.kept = append(s.kept, m)
	s.count(len(m.Text) + messageRoom)
	for t.bytes > t.most && len(t.order) > 0 {
		t.drop(t.order[0])
	}
}

// count counts bytes. A journal of no leg goes with its queue, which is bounded.
func (s *journal) count(bytes int) {
	s.bytes += bytes
	if len(s.legs) > 0 {
		s.tap.bytes += bytes
	}
}

// drop keeps nothing of a journal any more. The caller holds the mutex.
func (t *tap) drop(s *journal) {
	s.count(-s.bytes)
	s.left += len(s.kept)
	s.kept, s.gone = nil, true
	for _, leg := range s.legs {
		delete(t.journals, leg)
	}
	if i := slices.Index(t.order, s); i >= 0 {
		t.order = slices.Delete(t.order, i, i+1)
	}
}

// sent keeps a message of ours, if it is one of a call.
func (w *Wire) sent(f *flow, m sip.Message, text string) {
	id := m.CallID()
	if w.tap == nil || id == nil {
		return
	}
	w.mu.Lock()
	in := w.queues[id.Value()]
	w.mu.Unlock()
	if in != nil {
		in.journal.note(true, f, text)
	}
}

// came keeps a message of a far side, as it came where that is at hand.
func (in *inbox) came(m *message) {
	raw := m.from.raw
	m.from.raw = nil // it is the reader's
	switch {
	case in.journal == nil:
	case raw != nil:
		in.journal.note(false, m.from.flow, string(raw))
	case m.req != nil:
		in.journal.note(false, m.from.flow, m.req.String())
	default:
		in.journal.note(false, m.from.flow, m.res.String())
	}
}

// Strand returns the messages of a leg, without secrets; false: none are kept.
func (w *Wire) Strand(leg call.LegID) (call.Strand, bool) {
	out := call.Strand{Leg: leg}
	if w.tap == nil {
		return out, false
	}
	w.tap.mu.Lock()
	s := w.tap.journals[leg]
	if s != nil {
		out.Trunk, out.Left, out.Messages = s.trunk, s.left, slices.Clone(s.kept)
	}
	w.tap.mu.Unlock()
	for i := range out.Messages {
		out.Messages[i].Text = masked(out.Messages[i].Text)
	}
	return out, s != nil
}

// Forget drops the messages of a leg that is over. Those of one that lives are kept.
func (w *Wire) Forget(leg call.LegID) {
	if w.tap == nil {
		return
	}
	w.mu.Lock()
	_, lives := w.legs[leg]
	w.mu.Unlock()
	if lives {
		return
	}
	w.tap.mu.Lock()
	defer w.tap.mu.Unlock()
	if s := w.tap.journals[leg]; s != nil {
		w.tap.drop(s)
	}
}
