package sip

import (
	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// signed is what a trusted trunk brought to prove the number of a caller.
type signed struct {
	number string // as the core knows it
	lines  []string
}

// What is more is not passed on: a signature takes less than a kilobyte, and few sign one call.
const (
	mostSignatures = 4
	mostSignature  = 8 << 10 // bytes of all of them
)

// vouches keeps the signatures of a call from a trusted trunk, as long as the leg lives. Nobody else's are kept.
//
// RFC 8224 §4
func (l *leg) vouches(req *sip.Request, number string) {
	if !l.trunk.terms().Trusted || number == "" {
		return
	}
	s := signed{number: number}
	size := 0
	for _, h := range append(req.GetHeaders("identity"), req.GetHeaders(compact["identity"])...) {
		if size += len(h.Value()); len(s.lines) == mostSignatures || size > mostSignature {
			return
		}
		s.lines = append(s.lines, h.Value())
	}
	if s.lines == nil {
		return
	}
	w := l.q.w
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signed[l.id] = s
}

// signatures are those of the leg that a call goes on for, word for word, if the next trunk is trusted too and is shown the
// same number. A call that shows a number of ours needs a signature of its own, which we cannot make.
//
// RFC 8224 §4; todo RFC 8946 §4: that the call goes on to another number is not signed
func (w *Wire) signatures(of call.LegID, shown string, t *trunk) (list []sip.Header) {
	if !t.terms().Trusted || shown == "" {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.signed[of]; s.number == shown {
		for _, line := range s.lines {
			list = append(list, sip.NewHeader("Identity", line))
		}
	}
	return list
}
