package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// stirred takes whatever a phone sent by itself as a sign of life: a phone that froze, and comes back over the same
// connection, is not kept waiting until its next turn of OPTIONS. While no answers are missed this costs one load.
func (r *registrar) stirred(aor string, is func(*binding) bool) {
	if r.silent.Load() == 0 {
		return
	}
	r.change(func() {
		rec := r.records[aor]
		if rec == nil {
			return
		}
		now := r.now()
		for i := range rec.bindings {
			if b := &rec.bindings[i]; is(b) {
				b.life.seen, b.life.missed[call.Answers], b.life.misses = now, false, 0
			}
		}
		r.judge(rec)
	})
}

// stirredOn takes something that was read from a stream connection, be it only a ping, for every phone behind it.
func (r *registrar) stirredOn(f *flow) {
	if r.silent.Load() == 0 {
		return
	}
	r.mu.Lock()
	var aors []string
	for aor := range r.byFlow[f] {
		aors = append(aors, aor)
	}
	r.mu.Unlock()
	for _, aor := range aors {
		r.stirred(aor, func(b *binding) bool { return b.flow == f })
	}
}

// stirredBy takes a request of a phone that proved itself, or named a dialog of ours. A datagram counts for the contact at
// the address that it came from alone.
func (w *Wire) stirredBy(aor string, from source) {
	if aor != "" {
		w.desk.registrar.stirred(aor, func(b *binding) bool { return b.Network == from.network && b.Remote == from.remote })
	}
}

// lateAnswers are the questions that were given up without an answer, oldest first. An answer that comes all the same says
// that the phone is there. Who answers knows the branch that we drew.
type lateAnswers struct {
	by    map[string]question // by the key of the transaction
	order []lateKey
}

type lateKey struct {
	key   string
	until time.Time
}

const (
	lateFor    = 2 * time.Minute // an answer that is older says nothing of now
	lateAtMost = 20_000          // beyond that the oldest is forgotten
)

// giveUp notes a question that is not waited for any more.
func (l *lateAnswers) giveUp(key string, q question, now time.Time) {
	l.forget(now)
	if len(l.order) >= lateAtMost {
		delete(l.by, l.order[0].key)
		l.order = l.order[1:]
	}
	if l.by == nil {
		l.by = make(map[string]question)
	}
	l.by[key] = q
	l.order = append(l.order, lateKey{key, now.Add(lateFor)})
}

// forget drops what is too old.
func (l *lateAnswers) forget(now time.Time) {
	for len(l.order) > 0 && !l.order[0].until.After(now) {
		delete(l.by, l.order[0].key)
		l.order = l.order[1:]
	}
}

// take returns the question that a response answers late; false: it is none.
func (l *lateAnswers) take(res *sip.Response, now time.Time) (q question, late bool) {
	l.forget(now)
	key, err := sip.ClientTxKeyMake(res)
	if err != nil || res.IsProvisional() {
		return q, false
	}
	q, late = l.by[key]
	delete(l.by, key)
	return q, late
}
