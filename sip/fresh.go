package sip

import (
	"slices"

	"github.com/emiago/sipgo/sip"
)

// isFresh says that a REGISTER refreshes one contact that has more than half of its time left, so that nothing is lost if it
// comes later. It has to come from where the last one did, by the same Call-ID, which nobody else knows: who has moved, a
// copy of a REGISTER that was served, and who signs off are none. No proof is looked at for that.
//
// RFC 3261 §10.2.4
func (r *registrar) isFresh(req *sip.Request, src source) bool {
	now := r.now()
	w, refused := readWish(req, src, now)
	if refused != nil || w.all || len(w.contacts) != 1 || !w.contacts[0].Expires.After(now) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.records[plainUser(req.To().Address.User)]
	return rec != nil && slices.ContainsFunc(rec.bindings, func(b binding) bool {
		return b.CallID == w.callID && b.CSeq < w.cseq && b.URI == w.contacts[0].URI && w.contacts[0].sameSource(&b) &&
			2*b.Expires.Sub(now) > b.Expires.Sub(b.Updated)
	})
}
