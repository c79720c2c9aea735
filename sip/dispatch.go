package sip

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// message is one message that was read and found valid.
type message struct {
	req    *sip.Request
	res    *sip.Response
	from   source
	key    string      // of the server transaction, if it is a request
	caller call.Source // who proved himself, if it is an INVITE that a reader let in
	again  bool        // an INVITE that another process took before, and may have answered
}

// survive keeps the process up when reading one message hit a bug. It is deferred around each of them.
func (w *Wire) survive(what string, from source) {
	if p := recover(); p != nil {
		w.panics.Add(1)
		w.log.Error("bug caught while reading a "+what, zap.Stringer("remote", from.remote), zap.Any("panic", p),
			zap.ByteString("stack", debug.Stack()))
	}
}

// receive takes one message off a reader's hands. It is called in the order of arrival, and it keeps that order for
// each Call-ID.
func (w *Wire) receive(m sip.Message, from source) {
	defer w.survive("message", from)
	w.trace("in", from.flow, m)
	switch m := m.(type) {
	case *sip.Request:
		w.receiveRequest(m, from)
	case *sip.Response:
		// RFC 3261 §18.1.2
		if validateResponse(m) {
			m.SetSource(from.remote.String())
			answer := &message{res: m, from: from}
			if w.toBoardAsked(answer) {
				return
			}
			if _, known := w.deliver(m.CallID().Value(), answer); !known { // one that does not fit is a lost response
				w.unclaimed(answer)
			}
		}
	}
}

// unreadable answers a datagram that is a broken request, or one whose body was cut, and drops everything else.
//
// RFC 3261 §18.3, §21.4.1
func (w *Wire) unreadable(raw []byte, err error, from source) {
	w.log.Debug("not SIP", zap.Stringer("remote", from.remote), zap.String("why", unquoted(err)))
	if from.network != "UDP" {
		w.gate.blame(from.remote.Addr(), wholeFault, "what it sends is not SIP")
	}
	if res := answerUnparsable(raw); res != nil && (from.network != "UDP" || !amplifies(len(raw), len(res))) {
		_ = from.flow.send(res) // its loss brings the request again
	}
}

// mark writes into a request where it came from.
//
// RFC 3261 §18.2.1, RFC 3581 §4
func mark(req *sip.Request, from source) {
	req.SetTransport(from.network)
	req.SetSource(from.remote.String())
	via := req.Via()
	if via == nil {
		return
	}
	if via.Params.Has("rport") {
		via.Params.Add("rport", strconv.Itoa(int(from.remote.Port())))
		via.Params.Add("received", from.remote.Addr().String())
	} else if host, err := netip.ParseAddr(via.Host); err != nil || host.Unmap() != from.remote.Addr() {
		via.Params.Add("received", from.remote.Addr().String())
	}
}

// receiveRequest finds whom a request is for, or answers it right here and keeps nothing of it.
func (w *Wire) receiveRequest(req *sip.Request, from source) {
	mark(req, from)
	if r := validateRequest(req); r != nil {
		w.refuse(req, from, r)
		return
	}
	m := &message{req: req, from: from, key: serverKey(req)}
	shed := w.sheds(req, from)
	switch {
	case shed && req.Method != sip.INVITE:
		w.refuse(req, from, w.overload(req))
		return
	case req.Method == sip.REGISTER:
		w.crowded(m, w.desk.in.offer(m))
		return
	case req.Method == sip.SUBSCRIBE || req.Method == sip.PUBLISH:
		w.toBoard(m)
		return
	}
	v, known := w.deliver(req.CallID().Value(), m)
	switch {
	case known: // also a copy of an INVITE that was let in
		w.crowded(m, v)
	case shed:
		w.refuse(req, from, w.overload(req))
	case begins(req):
		w.invited(m)
	default:
		w.stray(m)
	}
}

// begins says that a request wants to begin a call.
func begins(req *sip.Request) bool { return req.IsInvite() && tag(req.To().Params) == "" }

// deliver gives a message to the queue of its Call-ID; known says whether there is one.
func (w *Wire) deliver(callID string, m *message) (v verdict, known bool) {
	for {
		w.mu.Lock()
		in := w.queues[callID]
		w.mu.Unlock()
		if in == nil {
			return shut, false
		}
		in.came(m)
		if v := in.offer(m); v != shut {
			return v, true
		}
		if w.ctx.Err() != nil {
			return taken, true // it gets no answer: it comes again, to who takes the call up
		}
	}
}

// crowded answers a request that did not fit into its queue.
//
// RFC 3261 §21.5.4
func (w *Wire) crowded(m *message, v verdict) {
	if v != taken {
		w.refuse(m.req, m.from, w.overload(m.req))
	}
}

// invited lets a new caller in, or tells him without a transaction what is missing: a caller who did not prove himself
// leaves nothing behind.
//
// RFC 3261 §8.2.7
func (w *Wire) invited(m *message) {
	res := w.admit(m)
	if res == nil {
		in, ok := w.queueFor(m.req.CallID().Value())
		if !ok {
			w.refuse(m.req, m.from, w.overload(m.req))
			return
		}
		in.came(m)
		w.crowded(m, in.offer(m))
		return
	}
	w.answer(m.req, m.from, res)
}

// admit finds out who the caller is and notes it in m. Without proof it returns what to answer.
func (w *Wire) admit(m *message) *sip.Response {
	if t := w.trunkCalling(m.req, m.from); t != nil {
		m.caller = call.Source{Trunk: t.Name}
	} else {
		user, challenge := w.guard.check(m.req)
		if challenge != nil {
			return challenge
		}
		m.caller = call.Source{AOR: user}
		w.stirredBy(user, m.from)
	}
	m.from.flow.trusted()
	return nil
}

// stray answers a request that belongs to no dialog of ours and begins none.
func (w *Wire) stray(m *message) {
	switch r := w.misfit(m.req); {
	case m.req.IsAck():
		// RFC 3261 §17: an ACK is never answered.
	case r != nil:
		w.refuse(m.req, m.from, r)
	case w.draining() != nil:
		w.refuse(m.req, m.from, w.draining().refusal())
	default:
		res := w.capabilities(m.req)
		res.RemoveHeader("User-Agent") // who sweeps learns neither what we are nor how old
		w.answer(m.req, m.from, res)
	}
}

// misfit says why a request outside of all dialogs is refused; nil: it is an OPTIONS for us.
func (w *Wire) misfit(req *sip.Request) *refusal {
	method := req.Method
	switch {
	case method == sip.OPTIONS && tag(req.To().Params) == "":
		return nil
	case method == sip.REFER && tag(req.To().Params) == "":
		return forbidden // RFC 3515 §2.4.2: we call nobody because a request says so
	case method == sip.OPTIONS || slices.Contains(withinCalls, method):
		return noDialog
	}
	return unknownMethod(method)
}

// withinCalls are the methods that we serve for a call that is there, and for that alone. Only an INVITE may begin one.
var withinCalls = []sip.RequestMethod{sip.INVITE, sip.BYE, sip.CANCEL, sip.PRACK, sip.UPDATE, sip.INFO, sip.REFER}

// notServed are the methods that we know and do not serve.
//
// todo RFC 3428 §7
var notServed = []sip.RequestMethod{sip.NOTIFY, sip.MESSAGE, sip.REGISTER}

// noDialog refuses what belongs to a dialog or transaction that does not exist.
//
// RFC 3261 §12.2.2, §9.2
var noDialog = &refusal{status: sip.StatusCallTransactionDoesNotExists, reason: "Call/Transaction Does Not Exist"}

// unknownMethod refuses a method that we do not serve, or have never heard of.
//
// RFC 3261 §8.2.1, §21.5.2
func unknownMethod(method sip.RequestMethod) *refusal {
	r := &refusal{status: sip.StatusNotImplemented, reason: "Not Implemented", headers: []sip.Header{allow()}}
	if slices.Contains(notServed, method) {
		r.status, r.reason = sip.StatusMethodNotAllowed, "Method Not Allowed"
	}
	return r
}

// refuse answers a request without keeping anything of it.
func (w *Wire) refuse(req *sip.Request, from source, r *refusal) {
	if r.status == 0 || req.IsAck() {
		return
	}
	w.answer(req, from, r.response(req))
}

// response is the answer that a refusal makes.
func (r *refusal) response(req *sip.Request) *sip.Response {
	res := reply(req, r.status, r.reason)
	for _, h := range r.headers {
		res.AppendHeader(sip.HeaderClone(h))
	}
	return res
}

// answer sends one response without a transaction. A repeated request gets the same answer with the same tag.
//
// RFC 3261 §8.2.7
func (w *Wire) answer(req *sip.Request, from source, res *sip.Response) {
	if to, was := res.To(), req.To(); to != nil && was != nil && tag(was.Params) == "" {
		callID, _ := value(req, "Call-ID") // a refused request may have none
		cseq, _ := value(req, "CSeq")
		sum := sha256.Sum256([]byte(w.salt + callID + cseq + req.Via().Value()))
		to.Params.Add("tag", hex.EncodeToString(sum[:8]))
	}
	if w.fit(res, from) {
		_ = from.flow.WriteMsg(res) // its loss brings the request again
	}
}

// tag returns a tag parameter; empty: none.
func tag(p sip.HeaderParams) string { return p.GetOr("tag", "") }
