package sip

import (
	"runtime/debug"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// queueLimit is how many messages of one Call-ID wait at most; one more is refused with 503.
const queueLimit = 64

// queue is the one goroutine of a Call-ID. It takes everything that happens to the legs with that Call-ID in the order
// in which it happened, and owns them, their dialogs and their transactions.
type queue struct {
	w      *Wire
	callID string
	in     *inbox
	tx     transactions
	legs   []*leg
	jobs   int  // names being looked up and connections being made for us
	ending bool // the wire is closing
}

// queueFor returns the inbox of a Call-ID, of a new queue if there is none; false: too many calls, or the wire closes.
func (w *Wire) queueFor(callID string) (*inbox, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in := w.queues[callID]; in != nil {
		return in, true
	}
	// A queue stays for half a minute after its call; so there may be more queues than legs.
	if w.closed || len(w.legs) >= w.o.Legs || len(w.queues) >= 8*w.o.Legs {
		return nil, false
	}
	return w.newQueue(callID), true
}

// newQueue starts a queue. The registry is locked.
func (w *Wire) newQueue(callID string) *inbox {
	q := &queue{w: w, callID: callID, in: newInbox(queueLimit)}
	q.in.journal = w.tap.journal()
	q.tx = newTransactions(w, q.in)
	w.queues[callID] = q.in
	w.running.Add(1)
	go q.run()
	return q.in
}

// retire takes a queue out of the registry, unless something came in meanwhile.
func (w *Wire) retire(callID string, in *inbox) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !in.closeIfEmpty() {
		return false
	}
	delete(w.queues, callID)
	if w.closed && len(w.queues) == 0 {
		close(w.drained)
	}
	return true
}

// run does what comes in, until nothing is left to wait for.
func (q *queue) run() {
	defer q.w.running.Done()
	for {
		select {
		case <-q.in.wake:
		case <-q.w.ctx.Done():
			q.in.close()
			q.abandon()
			return
		}
		for q.w.ctx.Err() == nil { // else what waits is for who takes the legs up
			item, ok := q.in.take()
			if !ok {
				break
			}
			q.step(item)
			q.keep(item)
		}
		if q.over() && q.w.retire(q.callID, q.in) {
			q.tx.terminate()
			return
		}
	}
}

// step does one thing, and ends the legs concerned if that hits a bug.
func (q *queue) step(item any) {
	defer func() {
		if p := recover(); p != nil {
			q.w.panics.Add(1)
			q.w.log.Error("bug caught in a call", zap.String("call-id", q.callID), zap.Any("panic", p),
				zap.ByteString("stack", debug.Stack()))
			q.breakOff()
		}
	}()
	switch item := item.(type) {
	case *message:
		if item.res != nil {
			if !q.tx.receive(item) {
				q.late(item)
			}
		} else {
			q.request(item)
		}
	case call.Action:
		q.perform(item)
	case inquiry:
		q.inquire(item.leg)
	case move:
		q.moved(item)
	case relief:
		q.relieved(item.leg)
	case serverGone:
		q.tx.ended(item)
	case clientGone:
		q.tx.failed(item)
	case flowGone:
		q.tx.lost(item.flow)
	case func():
		item()
	case resumption:
		q.takeUp(item)
	case probing:
		q.probe(item.leg)
	case forsaken:
		q.giveUp(item.leg)
	case redescription:
		q.redescribe(item.leg)
	case reclaimed:
		q.passOver()
	case closing:
		q.ending = true
		for _, l := range q.legs {
			l.hangup(call.Hangup{Leg: l.id})
		}
	}
	if q.w.reload != nil {
		q.reload()
	}
}

// perform carries out an order of the core.
func (q *queue) perform(a call.Action) {
	switch a := a.(type) {
	case call.Dial:
		q.dialled(a)
	case call.Reroute:
		if l := q.leg(a.Leg); l != nil {
			l.rerouted(a.Trunk)
		}
	case call.Ring:
		if l := q.leg(a.Leg); l != nil {
			l.rings(a.Audio)
		}
	case call.Answer:
		if l := q.leg(a.Leg); l != nil {
			l.answered()
		}
	case call.Reject:
		if l := q.leg(a.Leg); l != nil {
			l.rejected(a.Cause)
		}
	case call.Hangup:
		if l := q.leg(a.Leg); l != nil {
			l.hangup(a)
		}
	case call.Progress:
		if l := q.leg(a.Leg); l != nil {
			l.progressed(a)
		}
	default: // for the audio wire
	}
}

// request takes a request of the far side.
func (q *queue) request(m *message) {
	if q.tx.absorb(m) {
		return
	}
	switch req := m.req; {
	case req.IsAck():
		q.acknowledged(m)
	case req.IsCancel():
		q.cancelled(m)
	case tag(req.To().Params) != "":
		l, d := q.find(req)
		if l == nil {
			q.w.stray(m)
			return
		}
		l.within(d, m)
	case req.IsInvite():
		q.invited(m)
	default:
		q.w.stray(m)
	}
}

// find returns the leg and the dialog that a request belongs to; nil: none.
//
// RFC 3261 §12.2.2: the tags decide, not the Call-ID alone
func (q *queue) find(req *sip.Request) (*leg, *Dialog) {
	local, remote := tag(req.To().Params), tag(req.From().Params)
	for _, l := range q.legs {
		for _, d := range l.dialogs() {
			if d.LocalTag == local && d.RemoteTag == remote {
				return l, d
			}
		}
	}
	return nil, nil
}

// leg returns a leg by its name; nil: it is over or not of this queue.
func (q *queue) leg(id call.LegID) *leg {
	for _, l := range q.legs {
		if l.id == id && l.phase != over {
			return l
		}
	}
	return nil
}

// over says that nothing can come any more that this queue has to do something about.
func (q *queue) over() bool {
	for _, l := range q.legs {
		if l.phase != over || !q.ending && (l.accepted != nil || len(l.byes) > 0) {
			return false
		}
	}
	if q.ending {
		return q.jobs == 0 && !q.tx.waiting()
	}
	return q.jobs == 0 && len(q.tx.servers) == 0 && len(q.tx.clients) == 0
}

// after does something later, on the queue's goroutine, unless the queue has ended or the timer was stopped.
func (q *queue) after(d time.Duration, do func()) *time.Timer {
	return afterAwake(d, func() { q.in.put(do) })
}

// breakOff ends every leg after a bug.
func (q *queue) breakOff() {
	defer func() {
		if p := recover(); p != nil {
			q.w.panics.Add(1)
			q.w.log.Error("bug caught in ending a call", zap.String("call-id", q.callID), zap.Any("panic", p))
		}
	}()
	for _, l := range q.legs {
		if l.phase != over {
			l.hangup(call.Hangup{Leg: l.id, Cause: call.Broken})
		}
	}
}

// abandon frees everything without a word to anybody.
func (q *queue) abandon() {
	q.tx.terminate()
	for _, l := range q.legs {
		l.forget()
	}
}

// reload puts every dialog through its stored form.
func (q *queue) reload() {
	for _, l := range q.legs {
		if l.dialog != nil {
			l.dialog = q.w.reload(l.dialog)
		}
		for _, b := range l.branches {
			for i, d := range b.dialogs {
				b.dialogs[i] = q.w.reload(d)
			}
		}
	}
}
