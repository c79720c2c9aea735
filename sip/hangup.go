package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// hangup ends a leg in whatever phase it is, as the core orders. The core is told at once: what the far side says to
// it changes nothing any more.
func (l *leg) hangup(a call.Hangup) {
	switch l.phase {
	case incoming:
		l.decline(statusOf(a.Cause))
		l.end(call.Ended{Leg: l.id, How: call.HungUp, Cause: a.Cause})
	case dialing:
		for _, b := range l.branches {
			b.cancel(reasonHeader(a.Cause, a.Text))
		}
		l.end(call.Failed{Leg: l.id, Cause: givenUp(a.Cause)})
	case up:
		l.part(reasonHeader(a.Cause, a.Text))
		l.end(call.Ended{Leg: l.id, How: call.HungUp, Cause: a.Cause})
	case over:
	}
}

// givenUp is the cause of a leg that we stopped to dial.
func givenUp(c call.Cause) call.Cause {
	if c == call.NoCause || c == call.Normal {
		return call.Cancelled
	}
	return c
}

// part says goodbye in the leg's dialog as soon as that is allowed.
//
// RFC 3261 §15: the callee must not send BYE before the ACK, or before he gave up waiting for it
func (l *leg) part(reason sip.Header) {
	if l.accepted != nil && l.accepted.first {
		l.farewell = reason
		return
	}
	l.settle()
	l.bye(l.dialog, reason)
}

// bye sends BYE in a dialog. A trunk that challenges it gets its proof, or the call would go on there; whatever else comes
// back, or nothing, the dialog is over. A phone whose connection is gone gets it when it is back: it may still have the call on
// its screen.
//
// RFC 3261 §15.1.1
func (l *leg) bye(d *Dialog, reason sip.Header) { l.sayBye(l.leaves(d, reason), reason) }

func (l *leg) sayBye(b *goodbye, reason sip.Header) {
	l.ask(l.current(b.dialog), sip.BYE, func(req *sip.Request) {
		if reason != nil {
			req.AppendHeader(reason)
		}
	}, func(_ *sip.Request, f *flow, res *sip.Response) {
		d, cut := b.dialog, res == nil && (f == nil || !f.alive())
		if cut && d.AOR != "" && d.Network != "UDP" && !l.q.ending && l.q.w.wall().Before(b.until) {
			l.sayWhenBack(b, reason)
			return
		}
		l.left(b)
	})
}

// sayWhenBack says goodbye to a phone when it is back, and tries once more when it is not waited for any longer.
func (l *leg) sayWhenBack(b *goodbye, reason sip.Header) {
	l.q.after(backTime, func() {
		_, back := l.q.w.desk.registrar.cameBack(b.dialog)
		if back || len(b.dialog.Routes) > 0 || !l.q.w.wall().Before(b.until) {
			l.sayBye(b, reason)
		} else {
			l.sayWhenBack(b, reason)
		}
	})
}

// backTime is how often we look whether a phone is back whose connection is gone.
const backTime = 2 * time.Second

// byed takes a BYE of the far side, which is answered.
//
// RFC 3261 §15.1.2
func (l *leg) byed() {
	switch l.phase {
	case incoming:
		// The caller may leave an early dialog by BYE; his INVITE still wants its answer.
		l.decline(statusOf(call.Cancelled))
		l.end(call.Ended{Leg: l.id, How: call.HungUp, Cause: call.Cancelled})
	case up:
		l.settle()
		l.end(call.Ended{Leg: l.id, How: call.HungUp, Cause: call.Normal})
	case dialing, over:
		// An early dialog of ours is left by a refusal (RFC 3261 §15); a BYE that crosses ours is just answered.
		l.settle()
	}
}

// settle stops waiting for an ACK.
func (l *leg) settle() {
	if l.accepted != nil {
		l.accepted.timer.Stop()
		l.accepted = nil
	}
}
