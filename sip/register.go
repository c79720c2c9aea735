package sip

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	// RFC 3261 §10.2.1.1 leaves the choice to the registrar; a request without one gets the most.
	mostExpires = time.Hour
	// RFC 3261 §10.3 step 7: shorter is refused with 423.
	leastExpires = time.Minute
	// RFC 4787 §4.3 REQ-5: a NAT keeps a UDP mapping for two minutes at least. A phone behind one refreshes before that.
	natExpires = 2 * time.Minute

	flowTimer = 90 * time.Second // how often a phone that keeps its flow asks for an answer on it, at least

	longestContact = 512 // bytes of a contact's URI
	longestPath    = 10  // Path headers kept with a binding
)

// register serves a REGISTER: the phone proves who it is, and its contacts are added, refreshed or removed all together
// or not at all. The answer lists what is bound then.
//
// RFC 3261 §10.3. The host of the To is not compared: we serve one domain by whatever name or address it was reached.
func (r *registrar) register(req *sip.Request, src source) *sip.Response {
	user, challenge := r.guard.check(req)
	if challenge != nil {
		return challenge
	}
	// RFC 3261 §10.3 step 4, 5
	to := req.To()
	if to == nil || !isSIP(&to.Address) || req.CallID() == nil || req.CSeq() == nil {
		return reply(req, sip.StatusBadRequest, "Bad To")
	}
	if plainUser(to.Address.User) != user {
		return reply(req, sip.StatusForbidden, "Not Your Address")
	}
	wish, refused := readWish(req, src, r.now())
	if refused == nil {
		wish.within(r.longest)
		r.change(func() { refused = r.bind(user, wish) })
	}
	if refused != nil {
		res := reply(req, refused.status, refused.reason)
		for _, h := range refused.headers {
			res.AppendHeader(h)
		}
		return res
	}
	res := r.bound(req, user)
	if wish.outbound {
		// RFC 5626 §6; §4.4.1: a phone that asks that often finds out soon that its flow is dead
		res.AppendHeader(sip.NewHeader("Require", "outbound"))
		res.AppendHeader(sip.NewHeader("Flow-Timer", seconds(flowTimer)))
	}
	return res
}

// bind brings the bindings of an AOR to what a REGISTER wishes. The lock is held.
//
// RFC 3261 §10.3 step 6, 7
func (r *registrar) bind(aor string, w *wish) *refusal {
	var now []binding
	if rec := r.records[aor]; rec != nil {
		now = slices.Clone(rec.bindings)
	}
	if w.nothing() {
		return nil
	}
	after := now[:0:0]
	for _, old := range now {
		i := w.replaces(&old)
		if i < 0 {
			after = append(after, old)
			continue
		}
		// RFC 3261 §10.3: an older request of the same Call-ID must not undo a newer one
		if old.CallID == w.callID && w.cseq <= old.CSeq {
			return &refusal{status: sip.StatusInternalServerError, reason: "Out Of Order"}
		}
		if !w.all {
			r.movesFrom(aor, &old, &w.contacts[i])
			w.contacts[i].life = w.contacts[i].registered(&old)
		}
	}
	for _, b := range w.contacts {
		if b.Expires.After(w.at) {
			if b.life == nil {
				b.life = b.registered(nil)
			}
			after = append(after, b)
		}
	}
	if len(after) > contactsPerAOR && len(after) > len(now) {
		return &refusal{status: sip.StatusForbidden, reason: "Too Many Contacts"}
	}
	if more := len(after) - len(now); more > 0 && r.total+more > contactsTotal {
		return &refusal{
			status: sip.StatusServiceUnavailable, reason: "Registrar Is Full",
			headers: []sip.Header{sip.NewHeader("Retry-After", "300")},
		}
	}
	r.put(aor, after)
	return nil
}

// bound is the 200 that lists the bindings of an AOR.
//
// RFC 3261 §10.3 step 8
func (r *registrar) bound(req *sip.Request, aor string) *sip.Response {
	res := reply(req, sip.StatusOK, "OK")
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec := r.records[aor]; rec != nil {
		for _, b := range rec.bindings {
			if left := b.Expires.Sub(now); left > 0 {
				res.AppendHeader(sip.NewHeader("Contact", b.line(left)))
			}
		}
	}
	// RFC 3327 §5.3
	for _, p := range values(req, "Path") {
		res.AppendHeader(sip.NewHeader("Path", scrub(p)))
	}
	// RFC 3261 §20.17
	res.AppendHeader(sip.NewHeader("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")))
	return res
}

// line is a binding as the answer to a REGISTER lists it, expiring after the time that is left.
func (b *binding) line(left time.Duration) string {
	params := sip.HeaderParams{{K: "expires", V: strconv.FormatInt(int64((left+time.Second-1)/time.Second), 10)}}
	if b.Q != 1000 {
		params = append(params, sip.HeaderKV{K: "q", V: fmt.Sprintf("%d.%03d", b.Q/1000, b.Q%1000)})
	}
	if b.Instance != "" {
		params = append(params, sip.HeaderKV{K: "+sip.instance", V: b.Instance})
	}
	if b.RegID != "" {
		params = append(params, sip.HeaderKV{K: "reg-id", V: b.RegID})
	}
	return "<" + b.URI + ">;" + params.ToString(';')
}
