package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// The pace at which the far sides of legs that were taken up are asked whether they are still in the call. Who hung up while
// nobody listened repeats his BYE for half a minute, so within seconds of a restart most are known. Of the others the last is
// known after a second, plus 20 ms for each leg, plus the time to answer.
const (
	probeAfter = time.Second
	probeEvery = 20 * time.Millisecond
)

// probing lets a leg's far side be asked.
type probing struct{ leg call.LegID }

// probe asks for every leg that was taken up, one after the other.
func (w *Wire) probe() {
	defer w.running.Done()
	pace := time.NewTimer(probeAfter)
	defer pace.Stop()
	for _, id := range w.resumed {
		select {
		case <-w.ctx.Done():
			return
		case <-pace.C:
		}
		pace.Reset(probeEvery)
		w.mu.Lock()
		in := w.legs[id]
		w.mu.Unlock()
		if in != nil {
			in.put(probing{id})
		}
	}
}

// probe asks whether the far side is still in the call: by OPTIONS within the dialog, unless a refresh of the session says so
// in a moment. Only who says that there is no such call ends it: that a phone does not answer may mean that it knows no
// OPTIONS, and whether it is silent is heard elsewhere.
//
// RFC 3261 §11, §12.2.1.2; RFC 5057 §5.1
func (q *queue) probe(id call.LegID) {
	l := q.leg(id)
	if l == nil || l.phase != up || l.accepted != nil {
		return
	}
	if due := l.dialog.Timer.Due; !due.IsZero() && due.Before(q.w.wall().Add(graceTime)) {
		return
	}
	l.probed(q.w.wall().Add(q.w.desk.registrar.longest))
}

// probed asks a leg's far side now. Where there is no way to it, it is asked again until then, a phone whose connection is gone when
// it is back: it may hold the call, and it may have forgotten it.
func (l *leg) probed(until time.Time) {
	l.mute = false
	l.ask(l.dialog, sip.OPTIONS, func(req *sip.Request) {
		req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	}, func(_ *sip.Request, f *flow, res *sip.Response) {
		l.mute = res == nil
		switch {
		case l.phase != up:
		case res == nil && (f == nil || !f.alive()):
			l.probeWhenBack(until)
		case res == nil: // it may know no OPTIONS
		case res.StatusCode == sip.StatusCallTransactionDoesNotExists || res.StatusCode == sip.StatusRequestTimeout:
			l.q.w.log.Info("the far side left while the gateway was down", zap.String("leg", string(l.id)))
			l.lose(sip.NewHeader("Reason", reasonValue("SIP", res.StatusCode, "")))
		}
	})
}

// probeWhenBack asks a far side when it may be there again.
func (l *leg) probeWhenBack(until time.Time) {
	l.q.after(backTime, func() {
		d := l.dialog
		_, back := l.q.w.desk.registrar.cameBack(d)
		switch {
		case l.phase != up || l.q.ending || !l.q.w.wall().Before(until):
		case back || len(d.Routes) > 0 || d.AOR == "" || d.Network == "UDP":
			l.probed(until)
		default:
			l.probeWhenBack(until)
		}
	})
}

// GiveUp ends a leg that was taken up, as lost, if its far side did not answer when it was asked whether it is in the call
// still. It is called for a leg that nothing was heard of since the start. It never blocks.
func (w *Wire) GiveUp(leg call.LegID) {
	w.mu.Lock()
	in := w.legs[leg]
	w.mu.Unlock()
	if in != nil {
		in.put(forsaken{leg})
	}
}

// forsaken ends a leg that nothing is known of any more.
type forsaken struct{ leg call.LegID }

func (q *queue) giveUp(id call.LegID) {
	if l := q.leg(id); l != nil && l.phase == up && l.mute {
		q.w.log.Info("the far side was gone after the gateway was down", zap.String("leg", string(l.id)))
		l.lose(sip.NewHeader("Reason", reasonValue("SIP", sip.StatusRequestTimeout, "")))
	}
}
