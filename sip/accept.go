package sip

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// accepted is a 200 to an INVITE that is sent again and again until its ACK comes.
type accepted struct {
	tx    *serverTx
	res   *sip.Response
	first bool // of the INVITE that began the dialog
	asks  bool // it holds an offer of ours, the ACK has to bring the answer
	wait  time.Duration
	until time.Time
	timer *time.Timer
	raw   *keptAnswer // as it is kept; nil: not needed yet
}

// invited takes an INVITE that begins a dialog with us: it is checked, its audio agreed on, and the core is told. Nothing
// rings before the core says so: who dialled a number that nobody has must not hear it ring first.
//
// RFC 3261 §13.3.1
func (q *queue) invited(m *message) {
	if q.merged(m.req) {
		q.w.refuse(m.req, m.from, &refusal{status: sip.StatusLoopDetected, reason: "Merged Request"})
		return
	}
	if m.caller == (call.Source{}) {
		if res := q.w.admit(m); res != nil {
			q.w.answer(m.req, m.from, res)
			return
		}
	}
	q.take(m, rand.Text())
}

// take is invited for who may call.
func (q *queue) take(m *message, localTag string) {
	replaces, refused := q.w.replaced(m)
	if refused != nil {
		q.w.refuse(m.req, m.from, refused)
		return
	}
	tx, err := q.tx.serve(m)
	if err != nil {
		return // the caller asks again
	}
	// RFC 3261 §17.2.1
	tx.answer(reply(m.req, sip.StatusTrying, "Trying"))
	l := q.newLeg(call.LegID(q.w.o.ID()), incoming)
	contact := q.w.contact(m.from.flow, bySIPS(m.req))
	l.invite, l.dialog, l.again = tx, dialogAsCallee(m, localTag, contact.String()), m.again
	if l.trunk = q.w.trunkNamed(m.caller.Trunk); l.trunk != nil {
		l.trunk.take()
		q.in.journal.goesOver(l.trunk.Name)
	}
	if q.ending {
		l.refuse(statusOf(call.Overload))
		return
	}
	if r := tooShort(m.req); r != nil {
		l.refuse(r.status, r.reason, r.headers...)
		return
	}
	if !l.engage(m.caller.AOR) {
		l.refuse(sip.StatusBusyHere, "Too Many Calls")
		return
	}
	if c := m.req.Contact(); c != nil && m.caller.AOR != "" && elsewhere(&c.Address, m.from.remote) {
		q.w.o.Audio.Behind(l.id, m.from.remote.Addr())
	}
	if err := l.agree(m); err != nil {
		q.w.log.Info("offer refused", zap.String("leg", string(l.id)), zap.Error(err))
		l.refuse(sip.StatusNotAcceptableHere, "Not Acceptable Here", q.w.warning(err))
		return
	}
	l.stand(l.dialog, false)
	l.came(m.req)
	who, to := identify(m.req, l.trunk), q.w.dialled(m)
	if l.trunk != nil {
		to = rewritten(l.trunk.terms().Rewrite.CalledIn, to)
		l.vouches(m.req, who.from.Number)
	}
	q.w.report(call.Invited{
		Leg: l.id, From: who.from, To: to, Source: m.caller, Replaces: replaces, Diverted: who.diverted, Attested: who.attested,
	})
}

// merged says that an INVITE is the one that is being served, come by another way.
//
// RFC 3261 §8.2.2.2
func (q *queue) merged(req *sip.Request) bool {
	for _, tx := range q.tx.servers {
		if tx.req.IsInvite() && tag(tx.req.To().Params) == "" && tx.req.CSeq().SeqNo == req.CSeq().SeqNo &&
			tag(tx.req.From().Params) == tag(req.From().Params) {
			return true
		}
	}
	return false
}

// agree brings the caller's offer and our answer together, or makes our offer if he made none.
//
// RFC 3261 §13.2.1
func (l *leg) agree(m *message) (err error) {
	l.audio = true
	peer := l.dialog.peer(l.id, m.from.flow)
	if offer := m.req.Body(); len(offer) > 0 {
		l.dialog.RemoteSDP = offer
		l.dialog.LocalSDP, err = l.q.w.o.Audio.Answer(peer, offer)
		return err
	}
	l.dialog.LocalSDP, err = l.q.w.o.Audio.Offer(peer, "")
	return err
}

// refuse ends an INVITE that the core was never told of.
func (l *leg) refuse(status int, reason string, why ...sip.Header) {
	l.decline(status, reason, why...)
	l.forget()
}

// decline sends the final refusal, and why if a cause says more than the status.
func (l *leg) decline(status int, reason string, why ...sip.Header) {
	res := l.answerTo(l.invite.req, status, reason)
	for _, h := range why {
		res.AppendHeader(h)
	}
	if status == sip.StatusServiceUnavailable && res.GetHeader("Retry-After") == nil {
		res.AppendHeader(l.q.w.retryAfter(l.invite.req))
	}
	l.invite.answer(res)
}

// rings tells the caller that somebody is alerted, or lets him hear what is sent meanwhile: if he made an offer. Without
// one there is nothing yet that he could hear it by.
//
// RFC 3261 §13.3.1.1, RFC 3960 §3.1
func (l *leg) rings(audio bool) {
	switch {
	case l.phase != incoming:
	case audio && len(l.dialog.RemoteSDP) > 0:
		l.q.w.o.Audio.Early(l.id)
		l.progress(sip.StatusSessionInProgress, "Session Progress", true)
	default:
		l.progress(sip.StatusRinging, "Ringing", false)
	}
}

// answered accepts the caller: 200, until he acknowledges it.
//
// RFC 3262 §3: not before he acknowledged what described the session
func (l *leg) answered() {
	if l.phase != incoming {
		return
	}
	if l.provisional != nil && l.provisional.tells {
		l.owed = l.answered
		return
	}
	l.provisional.stop()
	l.phase = up
	l.stand(l.dialog, true)
	sdp := l.dialog.LocalSDP
	if l.told {
		sdp = nil
	}
	res := l.describedTo(l.invite.req, sip.StatusOK, "OK", sdp)
	for _, h := range l.timed(l.dialog, l.invite.req, l.q.w.wall()) {
		res.AppendHeader(h)
	}
	l.arm()
	l.accept(&accepted{tx: l.invite, res: res, first: true, asks: len(l.dialog.RemoteSDP) == 0})
}

// rejected refuses the caller, as the core orders.
func (l *leg) rejected(c call.Cause) {
	if l.phase != incoming {
		return
	}
	status, reason := statusOf(c)
	why := refusalReason(c)
	if c == call.Draining {
		status, reason, why = l.elsewhere()
	}
	l.decline(status, reason, why...)
	l.end(call.Ended{Leg: l.id, How: call.HungUp, Cause: c})
}

// cancelled takes a CANCEL. It means the INVITE with the same branch, as long as that has no final answer. It gets no
// transaction, because sipgo's would never end: its Respond sends the answer to a CANCEL past the machine. A repeated
// CANCEL is answered again.
//
// RFC 3261 §9.2
func (q *queue) cancelled(m *message) {
	invite := q.tx.servers[strings.TrimSuffix(m.key, string(sip.CANCEL))+string(sip.INVITE)]
	if invite == nil {
		q.w.refuse(m.req, m.from, noDialog)
		return
	}
	for _, l := range q.legs {
		if l.invite != invite {
			continue
		}
		_ = m.from.flow.WriteMsg(l.answerTo(m.req, sip.StatusOK, "OK")) // its loss brings the CANCEL again
		if l.phase == incoming {
			l.decline(statusOf(call.Cancelled))
			l.end(call.Ended{Leg: l.id, How: call.HungUp, Cause: call.Cancelled})
		}
		return
	}
	// A re-INVITE of the far side is answered at once: there is nothing left to cancel.
	q.w.answer(m.req, m.from, reply(m.req, sip.StatusOK, "OK"))
}

// accept sends a 200 to an INVITE until its ACK comes. The transaction absorbs the INVITE's copies meanwhile.
//
// RFC 3261 §13.3.1.4: over streams too, because there may be datagrams behind the next hop
func (l *leg) accept(a *accepted) {
	l.accepted = a
	l.say(a)
	a.wait = sip.T1
	a.until = time.Now().Add(giveUp())
	a.timer = l.q.after(a.wait, func() { l.repeat(a) })
}

// say sends a 200, by another way where the connection is gone that the INVITE came over.
//
// RFC 3261 §18.2.2
func (l *leg) say(a *accepted) {
	a.tx.answer(a.res)
	if a.tx.from.flow.alive() {
		return
	}
	l.reach(l.dialog, func(f *flow, err error) {
		if err == nil && l.accepted == a {
			_ = f.WriteMsg(a.res) // its loss brings the next one
		}
	})
}

// repeat sends a 200 again, or gives up waiting for its ACK.
//
// RFC 3261 §13.3.1.4, §14.2: without an ACK the dialog stands, but there is nobody in it
func (l *leg) repeat(a *accepted) {
	if l.accepted != a {
		return
	}
	if !time.Now().Before(a.until) {
		l.accepted = nil
		reason := l.farewell
		if reason == nil {
			reason = reasonHeader(call.Lost, "no ACK")
		}
		l.bye(l.dialog, reason)
		l.end(call.Ended{Leg: l.id, How: call.LegLost, Cause: call.Lost})
		return
	}
	l.say(a)
	a.wait = min(2*a.wait, sip.T2, time.Until(a.until))
	a.timer = l.q.after(a.wait, func() { l.repeat(a) })
}

// acknowledged takes the ACK of a 200.
//
// RFC 3261 §13.3.1.4
func (q *queue) acknowledged(m *message) {
	l, _ := q.find(m.req)
	if l == nil || l.accepted == nil || l.accepted.tx.req.CSeq().SeqNo != m.req.CSeq().SeqNo {
		return
	}
	a := l.accepted
	l.settle()
	if l.phase == over {
		// RFC 3261 §15: what was hung up before its ACK gets the BYE now.
		if a.first {
			l.bye(l.dialog, l.farewell)
		}
		return
	}
	if a.asks && !l.concluded(m.req) {
		l.bye(l.dialog, reasonHeader(call.Unacceptable, ""))
		l.end(call.Ended{Leg: l.id, How: call.LegLost, Cause: call.Unacceptable})
		return
	}
	if a.first {
		q.w.o.Audio.Established(l.id)
		if l.again {
			// RFC 3261 §13.2.2.4: he may take our 200 for a copy of that one's, and not read our description
			l.again = false
			l.redescribe(q.w.wall().Add(giveUp()))
		}
	}
}

// concluded takes the answer to an offer that our 200 made; false: there is none that fits.
//
// RFC 3261 §13.2.1
func (l *leg) concluded(ack *sip.Request) bool {
	sdp := session(ack, ack.ContentType())
	if len(sdp) == 0 {
		return false
	}
	if err := l.q.w.o.Audio.Accept(l.id, sdp); err != nil {
		l.q.w.log.Info("answer in ACK refused", zap.String("leg", string(l.id)), zap.Error(err))
		return false
	}
	l.dialog.RemoteSDP = sdp
	return true
}

// partyOf reads how the caller shows himself.
func partyOf(from *sip.FromHeader) call.Party {
	if anonymous(from) {
		return call.Party{}
	}
	return call.Party{Number: numberOf(&from.Address), Name: plainName(from.DisplayName)}
}

// anonymous says that a From hides who calls.
//
// RFC 3323 §4.1.1.3: it shows anonymous.invalid; RFC 2606 §2: and no other host of .invalid is one
func anonymous(from *sip.FromHeader) bool {
	return strings.HasSuffix(strings.ToLower(from.Address.Host), ".invalid") || strings.EqualFold(numberOf(&from.Address), "anonymous")
}

// numberOf returns the number or user of a URI.
func numberOf(uri *sip.Uri) string {
	if strings.EqualFold(uri.Scheme, "tel") {
		number, _, _ := strings.Cut(uri.Raw(), ";")
		return scrub(plainUser(number))
	}
	user, _, _ := strings.Cut(plainUser(uri.User), ";") // RFC 3261 §19.1.6: parameters of a telephone number
	return scrub(user)
}
