package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// Redescribe tells the far side of a leg by a re-INVITE what Audio describes now: its audio was taken up at another port. It
// never blocks.
func (w *Wire) Redescribe(leg call.LegID) {
	w.mu.Lock()
	in := w.legs[leg]
	w.mu.Unlock()
	if in != nil {
		in.put(redescription{leg})
	}
}

type redescription struct{ leg call.LegID }

func (q *queue) redescribe(id call.LegID) {
	if l := q.leg(id); l != nil {
		l.redescribe(q.w.wall().Add(giveUp()))
	}
}

// redescribe offers our description of today; a phone whose connection is gone may come back until then.
//
// RFC 3261 §14.1
func (l *leg) redescribe(until time.Time) {
	again := func(in time.Duration) { l.q.after(in, func() { l.redescribe(until) }) }
	d := l.dialog
	l.describes = true
	switch {
	case l.phase != up:
		return
	case l.accepted != nil || l.offering:
		again(d.backOff())
		return
	}
	sdp, err := l.q.w.o.Audio.Current(l.id)
	if err != nil {
		l.q.w.log.Error("a leg cannot be described anew", zap.String("leg", string(l.id)), zap.Error(err))
		l.describes = false
		return
	}
	l.offering = true
	l.ask(d, sip.INVITE, func(req *sip.Request) {
		if uri, err := parseURI(d.Contact); err == nil {
			req.AppendHeader(&sip.ContactHeader{Address: uri})
		}
		req.AppendHeader(allow())
		req.AppendHeader(supported())
		if d.Timer.Interval > 0 {
			wantsTimer(req, d.Timer.Interval, d.Timer.Least, "uac")
		}
		describe(req, sdp)
	}, func(req *sip.Request, f *flow, res *sip.Response) {
		l.offering = false
		if res != nil && res.IsSuccess() {
			l.acknowledgeAgain(req)
		}
		switch now := l.dialog; {
		case l.phase != up:
		case res == nil && (f == nil || !f.alive()) && l.q.w.wall().Before(until):
			again(backTime)
		case res == nil, res.StatusCode == sip.StatusRequestTimeout, res.StatusCode == sip.StatusCallTransactionDoesNotExists:
			l.lose(sip.NewHeader("Reason", reasonValue("SIP", sip.StatusRequestTimeout, "no answer to a new description")))
		case res.IsSuccess():
			l.describes = false
			now.LocalSDP = sdp
			now.refresh(res.Contact())
			now.agreed(res, l.q.w.wall())
			l.reaccept(res)
			l.arm()
		case res.StatusCode == sip.StatusRequestPending:
			again(now.backOff())
		default: // it is heard by who knows no better, and hears us; if it is silent, that is noticed elsewhere
			l.describes = false
			l.q.w.log.Warn("a new description was refused", zap.String("leg", string(l.id)), zap.Int("status", res.StatusCode))
		}
	})
}
