package sip

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// within takes a request of the far side within a dialog, other than ACK and CANCEL.
//
// RFC 3261 §12.2.2
func (l *leg) within(d *Dialog, m *message) {
	req, w := m.req, l.q.w
	seq := req.CSeq().SeqNo
	if d.RemoteSeq != 0 && seq < d.RemoteSeq {
		w.refuse(req, m.from, &refusal{status: sip.StatusInternalServerError, reason: "CSeq Out Of Order"})
		return
	}
	// A dialog that is not the leg's: early, or one of a fork that nobody wants.
	aside := d != l.dialog && l.phase != dialing
	late := req.Method == sip.PRACK && d == l.was
	if (l.phase == over || aside) && req.Method != sip.BYE && !late {
		w.refuse(req, m.from, noDialog)
		return
	}
	d.RemoteSeq = seq
	w.stirredBy(d.AOR, m.from)
	tx, err := l.q.tx.serve(m)
	if err != nil {
		return // the far side asks again
	}
	switch method := req.Method; {
	case method == sip.BYE:
		tx.answer(l.answerTo(req, sip.StatusOK, "OK"))
		if !aside {
			l.byed()
		}
	case method == sip.INVITE:
		l.reinvited(d, tx)
	case method == sip.PRACK:
		l.acknowledgedBy(d, tx)
	case method == sip.UPDATE:
		l.updated(d, tx)
	case method == sip.INFO:
		l.informed(tx)
	case method == sip.REFER:
		l.referred(tx)
	case method == sip.OPTIONS:
		tx.answer(w.capabilities(req))
	default:
		tx.answer(unknownMethod(method).response(req))
	}
}

// collision refuses an offer that meets another one; nil: there is none.
//
// RFC 3261 §14.2, RFC 3311 §5.2
func (l *leg) collision() *refusal {
	switch {
	case l.phase == incoming:
		// The INVITE that began the dialog is not answered yet.
		return &refusal{
			status: sip.StatusInternalServerError, reason: "Server Internal Error",
			headers: []sip.Header{sip.NewHeader("Retry-After", strconv.Itoa(rand.IntN(11)))},
		}
	case l.phase == dialing || l.offering || l.accepted != nil && (l.accepted.asks || l.accepted.first):
		return &refusal{status: sip.StatusRequestPending, reason: "Request Pending"}
	}
	return nil
}

// reinvited takes a re-INVITE: hold, resume, another address, or a request for our offer.
//
// RFC 3261 §14.2
func (l *leg) reinvited(d *Dialog, tx *serverTx) {
	req := tx.req
	r := l.collision()
	if r == nil {
		r = tooShort(req)
	}
	if r != nil {
		tx.answer(r.response(req))
		return
	}
	l.settle() // the far side got our last 200, or it would not ask for more; the ACK of that one is lost
	offer, asks := req.Body(), len(req.Body()) == 0
	sdp, err := l.renegotiate(d, tx.from.flow, offer)
	if err != nil {
		l.q.w.log.Info("new offer refused", zap.String("leg", string(l.id)), zap.Error(err))
		tx.answer(l.unacceptable(req, err))
		return
	}
	l.movesBy(d, req, tx.from)
	res := l.describedTo(req, sip.StatusOK, "OK", sdp)
	l.refreshedBy(d, req, res)
	l.accept(&accepted{tx: tx, res: res, asks: asks})
}

// renegotiate answers a new offer, or gives ours again when none came. An error leaves the session as it was.
func (l *leg) renegotiate(d *Dialog, f *flow, offer []byte) ([]byte, error) {
	if len(offer) == 0 {
		ours, err := l.q.w.o.Audio.Current(l.id)
		if err == nil {
			d.LocalSDP = ours
		}
		return ours, err
	}
	answer, err := l.q.w.o.Audio.Answer(d.peer(l.id, f), offer)
	if err != nil {
		return nil, err
	}
	d.RemoteSDP, d.LocalSDP = offer, answer
	return answer, nil
}

// updated takes an UPDATE, with or without an offer.
//
// RFC 3311 §5.2
func (l *leg) updated(d *Dialog, tx *serverTx) {
	req := tx.req
	if r := tooShort(req); r != nil {
		tx.answer(r.response(req))
		return
	}
	var sdp []byte
	if offer := req.Body(); len(offer) > 0 {
		if r := l.collision(); r != nil {
			tx.answer(r.response(req))
			return
		}
		answer, err := l.renegotiate(d, tx.from.flow, offer)
		if err != nil {
			tx.answer(l.unacceptable(req, err))
			return
		}
		sdp = answer
	}
	l.movesBy(d, req, tx.from)
	res := l.answerTo(req, sip.StatusOK, "OK")
	if uri, err := parseURI(d.Contact); err == nil {
		res.AppendHeader(&sip.ContactHeader{Address: uri})
	}
	res.AppendHeader(allow())
	l.refreshedBy(d, req, res)
	describe(res, sdp)
	tx.answer(res)
}

// informed takes an INFO, which may hold a key press.
//
// RFC 6086 §4.2.2; todo RFC 6086 §5: Info-Package
func (l *leg) informed(tx *serverTx) {
	req := tx.req
	kind := ""
	if h := req.ContentType(); h != nil {
		kind = mediaType(h.Value())
	}
	key := ""
	switch {
	case len(req.Body()) == 0:
	case kind == "application/dtmf-relay":
		for line := range strings.Lines(string(req.Body())) {
			name, v, _ := strings.Cut(line, "=")
			if strings.EqualFold(strings.TrimSpace(name), "Signal") {
				key = keyOf(v)
			}
		}
	case kind == "application/dtmf":
		key = keyOf(string(req.Body()))
	default:
		res := l.answerTo(req, sip.StatusUnsupportedMediaType, "Unsupported Media Type")
		res.AppendHeader(sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
		tx.answer(res)
		return
	}
	tx.answer(l.answerTo(req, sip.StatusOK, "OK"))
	if key != "" && l.phase == up && req.CSeq().SeqNo != l.served { // else the answer of another process was lost
		l.q.w.report(call.Digit{Leg: l.id, Key: key})
	}
}

// keyOf reads a key as phones write it in INFO; empty: it is none.
func keyOf(v string) string {
	switch v = strings.ToUpper(strings.TrimSpace(v)); {
	case v == "10":
		return "*"
	case v == "11":
		return "#"
	case len(v) == 1 && strings.Contains("0123456789*#ABCD", v):
		return v
	}
	return ""
}
