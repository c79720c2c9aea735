package sip

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

const (
	shortestSession = 90 * time.Second // RFC 4028 §4: nobody may ask for less
	longestSession  = 24 * time.Hour   // more is nobody's wish
	askAgain        = 40 * time.Second // a refresh that is not done is tried again after it; a transaction is over by then
)

// delta reads delta-seconds and the parameters behind them.
func delta(m sip.Message, name string) (d time.Duration, params sip.HeaderParams, ok bool) {
	text, has := value(m, name)
	if !has {
		return 0, nil, false
	}
	number, rest, _ := strings.Cut(text, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
	if err != nil {
		return 0, nil, false
	}
	params, err = parseParams(rest)
	return min(time.Duration(n)*time.Second, longestSession), params, err == nil
}

// sessionExpires writes the header of that name.
//
// RFC 4028 §4
func sessionExpires(d time.Duration, refresher string) sip.Header {
	text := seconds(d)
	if refresher != "" {
		text += ";refresher=" + refresher
	}
	return sip.NewHeader("Session-Expires", text)
}

// minSE writes the header of that name.
//
// RFC 4028 §5
func minSE(d time.Duration) sip.Header {
	return sip.NewHeader("Min-SE", seconds(d))
}

// wall is the time of day as a dialog stores it. It goes on evenly while the wire runs, whoever sets the machine's clock: a
// session is neither over nor too long because of that.
func (w *Wire) wall() time.Time { return w.began.Add(time.Since(w.began)).Round(0).UTC() }

// sessionTimer is how long calls with that trunk, or with phones where it names none, may go without a refresh; 0: for ever.
func (w *Wire) sessionTimer(trunk string) time.Duration {
	d := w.o.Timer
	if t := w.trunkNamed(trunk); t != nil {
		d = t.terms().Timer
	}
	if d == 0 {
		return 0
	}
	return max(d, shortestSession)
}

// run begins the timer anew. Who does not refresh hangs up a little before the end.
//
// RFC 4028 §10
func (t *Timer) run(interval time.Duration, refreshes bool, now time.Time) {
	t.Interval, t.Refreshes = max(interval, shortestSession), refreshes
	t.Due, t.Expires = time.Time{}, now.Add(t.Interval-min(32*time.Second, t.Interval/3))
	if refreshes {
		t.Due, t.Expires = now.Add(t.Interval/2), now.Add(t.Interval)
	}
}

// agreed takes what a 2xx to an INVITE or UPDATE of ours says of the session timer.
//
// RFC 4028 §7.2
func (d *Dialog) agreed(res *sip.Response, now time.Time) {
	interval, params, has := delta(res, "Session-Expires")
	if !has {
		d.Timer = Timer{Least: d.Timer.Least}
		return
	}
	d.Timer.run(interval, !strings.EqualFold(params.GetOr("refresher", "uac"), "uas"), now)
}

// tooShort refuses a session that would have to be refreshed more often than we want; nil: it is long enough.
//
// RFC 4028 §9: who does not know the extension could do nothing with the refusal
func tooShort(req *sip.Request) *refusal {
	if d, _, asked := delta(req, "Session-Expires"); !asked || d >= shortestSession || !knows(values(req, "Supported"), "timer") {
		return nil
	}
	return &refusal{status: 422, reason: "Session Interval Too Small", headers: []sip.Header{minSE(shortestSession)}}
}

// timed agrees on the session timer that an INVITE or UPDATE of the far side begins, and returns what the 2xx says of it.
// Where it is ours to say who refreshes, we do: so we learn by half of the time that nobody is there.
//
// RFC 4028 §9, table 2
func (l *leg) timed(d *Dialog, req *sip.Request, now time.Time) []sip.Header {
	ours := l.q.w.sessionTimer(d.Trunk)
	can := knows(values(req, "Supported"), "timer")
	interval, params, asked := delta(req, "Session-Expires")
	least, _, _ := delta(req, "Min-SE")
	switch {
	case !asked && (!can || ours == 0):
		d.Timer = Timer{}
		return nil
	case !asked:
		interval = max(ours, least)
	case ours > 0 && ours < interval:
		interval = max(ours, min(least, interval))
	}
	theirs := can && strings.EqualFold(params.GetOr("refresher", ""), "uac")
	d.Timer = Timer{Least: least}
	d.Timer.run(interval, !theirs, now)
	if theirs {
		return []sip.Header{sessionExpires(d.Timer.Interval, "uac"), sip.NewHeader("Require", "timer")}
	}
	return []sip.Header{sessionExpires(d.Timer.Interval, "uas")}
}

// wantsTimer writes what an INVITE or UPDATE of ours asks for; refresher is empty in the first one.
//
// RFC 4028 §7.1, §7.4
func wantsTimer(req *sip.Request, interval, least time.Duration, refresher string) {
	req.AppendHeader(sessionExpires(max(interval, least), refresher))
	if least > 0 {
		req.AppendHeader(minSE(least))
	}
}

// patient asks again for a longer session, as a refusal wants it.
//
// RFC 4028 §7.4
func (b *branch) patient(res *sip.Response) bool {
	least, _, has := delta(res, "Min-SE")
	if !has || least <= b.least || b.stopped || b.lengthened >= 2 {
		return false
	}
	b.lengthened++
	b.least, b.proofs = least, 0
	b.heard = false
	b.send(b.tx.flow)
	return true
}

// arm waits for what the session timer says comes next.
func (l *leg) arm() {
	if l.clock != nil {
		l.clock.Stop()
		l.clock = nil
	}
	if l.phase != up || l.dialog.Timer.Interval == 0 {
		return
	}
	at := l.dialog.Timer.Expires
	if due := l.dialog.Timer.Due; !due.IsZero() && due.Before(at) {
		at = due
	}
	l.clock = l.q.after(max(0, at.Sub(l.q.w.wall())), l.tick)
}

// tick ends a session that was not refreshed in time, and refreshes one that is due.
//
// RFC 4028 §10
func (l *leg) tick() {
	if l.phase != up || l.dialog.Timer.Interval == 0 {
		return
	}
	now, t := l.q.w.wall(), &l.dialog.Timer
	switch {
	case !now.Before(t.Expires):
		l.q.w.log.Info("session timer expired", zap.String("leg", string(l.id)))
		l.lose(sip.NewHeader("Reason", reasonValue("SIP", sip.StatusRequestTimeout, "session timer expired")))
		return
	case !t.Due.IsZero() && !now.Before(t.Due):
		l.refresh(now)
	}
	l.arm()
}

// refresh says that we are still there, and asks whether the far side is: by UPDATE where it serves that, else by a
// re-INVITE that offers what was agreed on, word for word.
//
// RFC 4028 §7.4
func (l *leg) refresh(now time.Time) {
	d := l.dialog
	d.Timer.Due = now.Add(askAgain)
	method := sip.UPDATE
	if !d.Updates {
		method = sip.INVITE
		if l.accepted != nil || l.offering {
			d.Timer.Due = now.Add(d.backOff())
			return
		}
		l.offering = true
	}
	l.ask(d, method, func(req *sip.Request) {
		if uri, err := parseURI(d.Contact); err == nil {
			req.AppendHeader(&sip.ContactHeader{Address: uri})
		}
		req.AppendHeader(allow())
		req.AppendHeader(sip.NewHeader("Supported", "timer"))
		wantsTimer(req, d.Timer.Interval, d.Timer.Least, "uac")
		if req.IsInvite() {
			describe(req, d.LocalSDP)
		}
	}, l.refreshed)
}

// backOff is how long an offer that met another one waits: the side that made the Call-ID waits for longer.
//
// RFC 3261 §14.1
func (d *Dialog) backOff() time.Duration {
	step := 10 * time.Millisecond
	if d.Caller {
		return 2100*time.Millisecond + time.Duration(rand.IntN(190))*step
	}
	return time.Duration(rand.IntN(200)) * step
}

// refreshed takes the answer to a refresh.
//
// RFC 4028 §7.2, §10; RFC 5057 §5.1
func (l *leg) refreshed(req *sip.Request, f *flow, res *sip.Response) {
	if req != nil && req.IsInvite() {
		l.offering = false
		if res != nil && res.IsSuccess() {
			l.acknowledgeAgain(req)
		}
	}
	if l.phase != up {
		return
	}
	now, d := l.q.w.wall(), l.dialog
	switch {
	case res == nil && (f == nil || !f.alive()):
		d.Timer.Due = now.Add(10 * time.Second) // the connection is gone: it may come back
	case res == nil, res.StatusCode == sip.StatusRequestTimeout, res.StatusCode == sip.StatusCallTransactionDoesNotExists:
		l.q.w.log.Info("session not refreshed", zap.String("leg", string(l.id)))
		l.lose(sip.NewHeader("Reason", reasonValue("SIP", sip.StatusRequestTimeout, "no answer to a refresh")))
		return
	case res.IsSuccess():
		d.refresh(res.Contact())
		d.agreed(res, now)
		l.reaccept(res)
	case res.StatusCode == 422:
		if least, _, has := delta(res, "Min-SE"); has && least > d.Timer.Least {
			d.Timer.Least, d.Timer.Due = least, now
		}
	case res.StatusCode == sip.StatusRequestPending:
		d.Timer.Due = now.Add(d.backOff())
	case req.Method == sip.UPDATE && res.StatusCode != sip.StatusInternalServerError && res.StatusCode != sip.StatusServiceUnavailable:
		d.Updates, d.Timer.Due = false, now // it says Allow: UPDATE, and cannot do with ours
	default:
		// RFC 4028 §10 lets such a session end. But who refuses is there, and a call in which both are is not ours to end.
		d.Timer.Expires = now.Add(d.Timer.Interval)
	}
	l.arm()
}

// refreshedBy agrees on the session timer anew, as any INVITE or UPDATE of the far side asks for, and writes that into the
// 200.
//
// RFC 4028 §9
func (l *leg) refreshedBy(d *Dialog, req *sip.Request, res *sip.Response) {
	if d != l.dialog || l.phase != up {
		return
	}
	if _, says := value(req, "Allow"); says {
		d.Updates = serves(req, sip.UPDATE)
	}
	for _, h := range l.timed(d, req, l.q.w.wall()) {
		res.AppendHeader(h)
	}
	l.arm()
}

// acknowledgeAgain sends the ACK of a 2xx to a re-INVITE, each time that the 2xx comes.
//
// RFC 3261 §14.1, §13.2.2.4
func (l *leg) acknowledgeAgain(invite *sip.Request) {
	d := l.dialog
	if d.InviteSeq != invite.CSeq().SeqNo {
		return
	}
	ack, err := d.request(sip.ACK)
	if err != nil {
		return // its addresses were read before; there is nobody to send to
	}
	l.reach(d, func(f *flow, err error) {
		if err == nil {
			ack.SetTransport(f.network)
			ack.PrependHeader(l.q.w.via(f))
			_ = f.WriteMsg(ack) // its loss brings the 2xx again
		}
	})
}

// reaccept takes the answer to a re-INVITE that offered what was agreed on, if it is another than before.
func (l *leg) reaccept(res *sip.Response) {
	sdp := session(res, res.ContentType())
	if len(sdp) == 0 || string(sdp) == string(l.dialog.RemoteSDP) {
		return
	}
	if err := l.q.w.o.Audio.Accept(l.id, sdp); err != nil {
		l.q.w.log.Info("answer to a refresh refused", zap.String("leg", string(l.id)), zap.Error(err))
		return // the session stays as it was
	}
	l.dialog.RemoteSDP = sdp
}
