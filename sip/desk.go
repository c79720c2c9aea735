package sip

import (
	"time"

	"telagent-gateway/call"
)

// deskLimit is how many REGISTERs wait at most; one more is refused with 503.
const deskLimit = 1024

// desk is the goroutine that serves REGISTER: one after the other, so that a retransmission is never taken for a new
// one, and none of them waits in a reader.
type desk struct {
	w         *Wire
	in        *inbox
	tx        transactions
	registrar *registrar
	alarm     *time.Timer // for the next contact that expires; nil: none
	due       time.Time
	remembers bool // a timer lets refreshes be kept
}

func newDesk(w *Wire) *desk {
	d := &desk{w: w, in: newInbox(deskLimit)}
	d.tx = newTransactions(w, d.in)
	d.registrar = newRegistrar(w.o.Domain, w.guard, d.report, time.Now)
	if w.o.Longest > 0 {
		d.registrar.longest = w.o.Longest
	}
	return d
}

func (d *desk) phones() []Phone { return d.registrar.phones() }

// run serves until the wire closes.
func (d *desk) run() {
	defer d.w.running.Done()
	defer d.tx.terminate()
	for {
		select {
		case <-d.w.ctx.Done():
			d.in.close()
			return
		case <-d.in.wake:
			for item, ok := d.in.take(); ok; item, ok = d.in.take() {
				d.step(item)
			}
		}
	}
}

func (d *desk) step(item any) {
	from := source{}
	if m, ok := item.(*message); ok {
		from = m.from
	}
	defer d.w.survive("REGISTER", from)
	switch item := item.(type) {
	case *message:
		d.serve(item)
	case serverGone:
		d.tx.ended(item)
	case flowGone:
		others, any := d.registrar.flowGone(item.flow)
		for _, aor := range others {
			d.w.doubt(doubt{aor})
		}
		if any {
			d.w.doubt(loss{item.flow.remote.Addr()})
		}
	case func():
		item()
	}
	d.remember(0)
	d.wind()
}

// report tells the core, and lets the pulse know of who is new.
func (d *desk) report(e call.Event) {
	d.w.report(e)
	if e, is := e.(call.Bound); is {
		d.w.doubt(newcomer{e.AOR})
	}
}

// serve answers one REGISTER. A refused one leaves nothing behind; a good one is kept as long as it may be repeated.
//
// RFC 3261 §10.3
func (d *desk) serve(m *message) {
	if d.tx.absorb(m) {
		return
	}
	// The connection may be lost before the phone is bound: watch first.
	if !m.from.flow.watch(d.in) {
		return
	}
	res := d.registrar.register(m.req, m.from)
	if res.StatusCode >= 300 {
		m.from.flow.unwatch(d.in)
		d.w.answer(m.req, m.from, res)
		return
	}
	m.from.flow.trusted()
	for _, m := range d.registrar.moved() {
		d.w.follow(m)
	}
	if aor := plainUser(m.req.To().Address.User); d.registrar.mute(aor) {
		d.w.doubt(doubt{aor}) // it is there, so it may answer again
	}
	tx, err := d.tx.serve(m)
	if err != nil {
		return // the phone asks again
	}
	tx.answer(res)
}

// wind sets the alarm for the next contact that expires.
func (d *desk) wind() {
	due, ok := d.registrar.next()
	if !ok || due.Equal(d.due) {
		return
	}
	if d.alarm != nil {
		d.alarm.Stop()
	}
	d.due = due
	d.alarm = afterAwake(time.Until(due), func() {
		d.in.put(func() {
			d.due = time.Time{}
			d.registrar.expire(time.Now())
		})
	})
}
