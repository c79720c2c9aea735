package sip

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// resumption is a leg that a queue goes on with for a process that is gone.
type resumption struct {
	leg  call.LegID
	kept *keptLeg
	done *sync.WaitGroup // for who waits until the leg stands; nil: nobody does
}

// Legs returns the established legs that Start took up for a process that is gone, in no order. What became of them since is
// reported as Events.
func (w *Wire) Legs() []call.LegID { return slices.Clone(w.resumed) }

// Unread is how many legs Start could not take up, because what was kept of them cannot be read.
func (w *Wire) Unread() int { return len(w.lost) }

// takeUp goes on with what was kept. It returns when every leg stands and can be ordered; nothing is read before. Callers who were
// not answered come last: what they ask for may be the place of a leg.
//
// RFC 3891 §3
func (w *Wire) takeUp() {
	w.recallTrunks()
	w.desk.recall(w.o.Contacts)
	w.board.recall(w.o.Contacts)
	w.board.recallSaid(w.o.Contacts)
	var standing sync.WaitGroup
	callers := make(map[call.LegID]*keptLeg)
	for id, raw := range w.o.Kept {
		k, err := decodeKept(raw)
		callID := ""
		if err == nil {
			callID = k.callID(w.parser)
		}
		switch {
		case callID == "":
			w.log.Warn("a leg cannot be taken up", zap.String("leg", string(id)), zap.Error(err))
			w.lost = append(w.lost, id)
			if w.o.Keep != nil {
				w.o.Keep(id, nil)
			}
			continue
		case k.Caller != nil:
			callers[id] = k
			continue
		case k.Up:
			w.resumed = append(w.resumed, id)
		}
		standing.Add(1)
		w.queueOf(callID).put(resumption{id, k, &standing})
	}
	standing.Wait()
	for id, k := range callers {
		w.queueOf(k.Dialog.CallID).put(resumption{leg: id, kept: k}) // the core hears of him, and may not listen yet
	}
}

// queueOf returns the inbox of a Call-ID that was there before us: no limit keeps it out.
func (w *Wire) queueOf(callID string) *inbox {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in := w.queues[callID]; in != nil {
		return in
	}
	return w.newQueue(callID)
}

// takeUp makes a leg of what was kept of it.
func (q *queue) takeUp(r resumption) {
	k := r.kept
	if k.Caller != nil {
		if q.w.o.Keep != nil {
			q.w.o.Keep(r.leg, nil)
		}
		q.invitedAgain(k.Caller, k.Dialog)
		return
	}
	defer r.done.Done()
	l := q.newLeg(r.leg, up)
	l.dialog = k.Dialog
	if k.Up {
		q.goOn(l, k)
	} else {
		l.forget()
	}
	if k.Accepted != nil {
		l.acceptAgain(k.Accepted)
	}
	for _, b := range k.Byes {
		l.sayAgain(b)
	}
	for _, i := range k.Invites {
		l.giveUpOn(i)
	}
}

// goOn lets an established leg stand again.
func (q *queue) goOn(l *leg, k *keptLeg) {
	d, w := l.dialog, q.w
	l.audio, l.diverted, l.calling, l.served = true, k.Diverted, k.Calling, d.RemoteSeq
	if l.trunk = w.trunkNamed(d.Trunk); l.trunk != nil {
		l.trunk.take()
		q.in.journal.goesOver(l.trunk.Name)
	}
	w.mu.Lock()
	if l.calling != "" {
		w.calling[l.calling]++ // whatever the limit says: it is there
	}
	if k.Hops != nil {
		w.hops[l.id] = *k.Hops
	}
	if v := k.Vouched; v != nil {
		w.signed[l.id] = signed{number: v.Number, lines: v.Lines}
	}
	w.mu.Unlock()
	l.stand(d, true)
	w.gate.befriend(d.Remote.Addr()) // as he was: strangers keep nobody waiting who is in a call
	d.Timer.resume(w.wall())
	l.arm()
	if k.Describes {
		l.describes = true
		l.q.after(probeAfter, func() { l.redescribe(w.wall().Add(giveUp())) })
	}
	if k.Referral != nil {
		l.goesOn(k.Referral)
	}
}

// graceTime is what a session timer has left at least when its leg is taken up: a far side that refreshes asks again for half
// a minute, and had nobody to hear it.
//
// RFC 3261 §17.1.2.2
const graceTime = 40 * time.Second

// resume goes on with a session timer that nobody watched for a while. Refreshes that are due do not all go out at once.
func (t *Timer) resume(now time.Time) {
	if t.Interval == 0 {
		return
	}
	if most := now.Add(t.Interval); t.Expires.After(most) { // the clock was set back meanwhile
		t.Expires = most
	}
	if half := now.Add(t.Interval / 2); t.Due.After(half) {
		t.Due = half
	}
	if soon := now.Add(graceTime); t.Expires.Before(soon) {
		t.Expires = soon
	}
	if soon := now.Add(time.Second + rand.N(9*time.Second)); !t.Due.IsZero() && t.Due.Before(soon) {
		t.Due = soon
	}
}

// acceptAgain goes on with a 200 whose ACK did not come yet.
func (l *leg) acceptAgain(k *keptAnswer) {
	req, res := requestOf(l.q.w.parser, k.Invite), responseOf(l.q.w.parser, k.Response)
	if req == nil || res == nil {
		return // the dialog stands all the same
	}
	tx, err := l.q.tx.serve(l.q.messageOf(req, k.keptFlow))
	if err != nil {
		return
	}
	if k.Farewell != "" {
		l.farewell = sip.NewHeader("Reason", k.Farewell)
	}
	if l.invite == nil && k.First {
		l.invite = tx
	}
	l.accept(&accepted{tx: tx, res: res, first: k.First, asks: k.Asks})
}

// messageOf is a request that was kept, as it came.
func (q *queue) messageOf(req *sip.Request, k keptFlow) *message {
	req.SetTransport(k.Network)
	req.SetSource(k.Remote.String())
	f := q.w.flowAt(k.Network, k.Local, k.Remote)
	if f == nil {
		f = q.w.goneFlow(k)
	}
	return &message{req: req, key: serverKey(req), from: source{network: k.Network, local: k.Local, remote: k.Remote, flow: f}}
}

// goneFlow stands for a connection that ended with the process that had it.
func (w *Wire) goneFlow(k keptFlow) *flow {
	return &flow{
		network: k.Network, local: k.Local, remote: k.Remote, trace: w.trace, keep: w.sent, gone: true,
		send: func([]byte) error { return errFlowGone },
	}
}

// sayAgain sends a BYE that had no answer.
func (l *leg) sayAgain(k keptBye) {
	var reason sip.Header
	if k.Reason != "" {
		reason = sip.NewHeader("Reason", k.Reason)
	}
	l.bye(k.Dialog, reason)
}
