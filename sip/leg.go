package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// phase is how far a leg is, as the core sees it.
type phase uint8

const (
	incoming phase = iota // the far side called and was not answered yet
	dialing               // we call and were not answered yet
	up                    // the dialog stands
	over                  // Failed or Ended was reported; what is still to be said on the wire is said
)

// leg is one party of a call: a dialog with him, or the attempts to get one. It belongs to its queue.
type leg struct {
	q           *queue
	id          call.LegID
	phase       phase
	dialog      *Dialog      // as callee from the INVITE on, as caller from the 200 on
	trunk       *trunk       // whose channel this leg takes; nil: none
	audio       bool         // Audio knows the leg
	invite      *serverTx    // the INVITE that began it, as callee
	accepted    *accepted    // a 200 of ours that waits for its ACK
	provisional *provisional // a response of ours that waits for its PRACK, or had not got it when the call was answered
	owed        func()       // what is to be said after that
	told        bool         // the caller acknowledged our description: the 200 does not repeat it
	offering    bool         // a re-INVITE of ours has no final answer yet
	describes   bool         // the far side is to be told our description of today, and did not take it yet
	clock       *time.Timer  // of the session timer
	unsure      unsure       // whether it is there, while it is not heard
	farewell    sip.Header   // the Reason of a BYE that waits for the ACK
	branches    []*branch    // the INVITEs that we sent, as caller
	course      *course      // over trunks; nil: it does not go over any
	near        call.LegID   // whose codec our offers list first; empty: nobody's
	diverted    string       // the number that the caller dialled, if his call is sent on; empty: it is not
	rang        bool         // Ringing was reported
	sounds      bool         // Ringing was reported with Audio
	stood       []dialogID   // its dialogs, as other calls may name them
	calling     string       // the phone that began it; empty: a trunk, or we
	referral    *referral    // the last transfer that the far side asked for; nil: none
	finding     bool         // a flow is being looked for
	waiting     []func()     // what has to be sent after it was found
	byes        []*goodbye   // those of ours that have no answer yet
	showed      bool         // the caller was sent a description before the answer
	mute        bool         // it was taken up, and its far side did not answer when it was asked
	last        *keptLeg     // as it was told to Options.Keep last; nil: there was nothing
	served      uint32       // CSeq of the far side's last request that another process took; 0: none did
	ceiling     uint32       // CSeq of ours that what is kept of it allows
	asked       *keptCaller  // the INVITE that began it, while it is not answered; nil: not needed yet
	again       bool         // another process took that INVITE before, and may have answered it
	was         *Dialog      // the early dialog that the caller had with it, where ours is another one; nil: there is none
}

// newLeg gives a queue another leg, which the core can order from now on.
func (q *queue) newLeg(id call.LegID, p phase) *leg {
	l := &leg{q: q, id: id, phase: p}
	q.legs = append(q.legs, l)
	q.in.journal.name(id)
	q.w.mu.Lock()
	q.w.legs[id] = q.in
	q.w.mu.Unlock()
	return l
}

// dialogs returns every dialog that a request of the far side may belong to.
func (l *leg) dialogs() []*Dialog {
	var list []*Dialog
	if l.dialog != nil {
		list = append(list, l.dialog)
	}
	for _, b := range l.branches {
		list = append(list, b.dialogs...)
	}
	if l.was != nil {
		list = append(list, l.was)
	}
	for _, b := range l.byes { // of another process, or it is among them already
		list = append(list, b.dialog)
	}
	return list
}

// end makes the leg over and reports how. Nothing of the leg is reported after it.
func (l *leg) end(e call.Event) {
	if l.phase == over {
		return
	}
	l.forget()
	l.q.w.report(e)
}

// forget makes the leg over without a report.
func (l *leg) forget() {
	if l.phase == over {
		return
	}
	l.phase = over
	l.provisional.stop()
	if l.clock != nil {
		l.clock.Stop()
	}
	l.unsure.end()
	l.vanish()
	w := l.q.w
	w.mu.Lock()
	delete(w.legs, l.id)
	delete(w.signed, l.id)
	delete(w.hops, l.id)
	l.disengage()
	w.mu.Unlock()
	if l.trunk != nil {
		l.trunk.give()
	}
	if l.audio {
		w.o.Audio.Release(l.id)
	}
}

// reach finds the flow on which a request within a dialog goes. then is called on the queue's goroutine, at once if
// nothing has to be waited for; calls of one leg keep their order.
func (l *leg) reach(d *Dialog, then routed) {
	if l.finding {
		l.waiting = append(l.waiting, func() { l.reach(d, then) })
		return
	}
	h, err := d.next()
	if d.Hop == "" || err == nil && d.Hop == h.String() {
		if f := l.q.w.flowAt(d.Network, d.Local, d.Remote); f != nil {
			then(f, nil)
			return
		}
		if at, back := l.q.w.desk.registrar.cameBack(d); back {
			d.follow(at)
			then(at.flow, nil)
			return
		}
	}
	if err != nil {
		then(nil, err)
		return
	}
	if f, ok := l.q.w.ready(h); ok {
		d.sendTo(f, h)
		then(f, nil)
		return
	}
	l.finding = true
	l.q.jobs++
	l.q.w.route(l.q.in, h, func(f *flow, err error) {
		l.q.jobs--
		l.finding = false
		if err == nil {
			l.redirect(d, f, h)
		}
		then(f, err)
		todo := l.waiting
		l.waiting = nil
		for _, do := range todo {
			do()
		}
	})
}

// redirect is sendTo for d and, where d was replaced by its stored form since, for what it became.
func (l *leg) redirect(d *Dialog, f *flow, h hop) {
	d.sendTo(f, h)
	for _, now := range l.dialogs() {
		if now.LocalTag == d.LocalTag && now.RemoteTag == d.RemoteTag {
			now.sendTo(f, h)
		}
	}
}

// sendTo notes the flow that was found for a next hop.
func (d *Dialog) sendTo(f *flow, h hop) {
	d.Network, d.Local, d.Remote, d.Hop = f.network, f.local, f.remote, h.String()
}

// follow notes that the far side of a dialog sends from another place now. A phone is reached where it sends from; a
// trunk says by Contact where it wants to be reached.
func (d *Dialog) follow(from source) {
	if d.Trunk == "" || from.network != "UDP" {
		d.Network, d.Local, d.Remote, d.Hop = from.network, from.local, from.remote, ""
	}
}

// answerTo makes a response within the leg's dialog.
func (l *leg) answerTo(req *sip.Request, status int, reason string) *sip.Response {
	res := reply(req, status, reason)
	if to := res.To(); to != nil && l.dialog != nil && tag(req.To().Params) == "" {
		to.Params.Add("tag", l.dialog.LocalTag)
	}
	res.AppendHeader(sip.NewHeader("User-Agent", product))
	return res
}

// describedTo makes a response that begins or refreshes the dialog.
//
// RFC 3261 §12.1.1, §13.3.1.4
func (l *leg) describedTo(req *sip.Request, status int, reason string, sdp []byte) *sip.Response {
	res := l.answerTo(req, status, reason)
	if uri, err := parseURI(l.dialog.Contact); err == nil {
		res.AppendHeader(&sip.ContactHeader{Address: uri})
	}
	res.AppendHeader(allow())
	res.AppendHeader(allowEvents())
	res.AppendHeader(supported())
	describe(res, sdp)
	return res
}
