package sip

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// staleCaller is how old an INVITE that we have not answered may be for its caller to be put through after a restart: nobody is
// rung for who has left. Until goneCaller he may be there all the same, and is told that nobody comes.
const (
	staleCaller = time.Minute
	goneCaller  = 10 * time.Minute
)

// refuseTime is how long a phone may take to say that it stopped ringing, before it counts as one that had answered.
const refuseTime = 2 * time.Second

// giveUpOn ends an INVITE of a process that is gone: what rings stops ringing, and who answers all the same is let go. The
// first response may have come while nobody listened; by now the INVITE arrived before a CANCEL does, or never will. Who was
// answered and acknowledged just before that process died does not care for a CANCEL, and gets a BYE.
//
// RFC 3261 §9.1, §15
func (l *leg) giveUpOn(k keptInvite) {
	req := requestOf(l.q.w.parser, k.Request)
	if req == nil {
		return
	}
	b := &branch{
		l: l, aor: k.AOR, trunk: l.q.w.trunkNamed(k.Trunk), tag: tag(req.From().Params), target: req.Recipient, to: req.To().Address,
		seq: req.CSeq().SeqNo, stopped: true, heard: true, dialogs: k.Early, // in which there may have been a PRACK
	}
	l.branches = append(l.branches, b)
	l.q.refind(k, b.trunk, l.q.w.wall().Add(l.q.w.desk.registrar.longest), func(f *flow) {
		if f == nil {
			b.done = true
			return
		}
		b.tx = l.q.tx.adopt(req, f, b.received)
		reason := reasonHeader(call.Moved, "")
		b.cancel(reason)
		l.q.after(refuseTime, func() {
			if b.tx.final != 0 {
				return
			}
			for _, d := range k.Early {
				l.bye(d, reason)
			}
		})
	})
}

// refind finds the flow to where an INVITE went: a phone whose connection is gone may come back until then, and to a carrier we
// connect anew: by its branch he knows what we mean, and he may go on ringing somebody whose connection to us ended. nil: there is
// no way.
//
// RFC 3261 §9.1, §17.2.3
func (q *queue) refind(k keptInvite, t *trunk, until time.Time, then func(*flow)) {
	if f := q.w.flowAt(k.Network, k.Local, k.Remote); f != nil {
		then(f)
		return
	}
	if t != nil {
		q.reconnect(k.keptFlow, t, then)
		return
	}
	for _, c := range q.w.desk.registrar.contacts(k.AOR) {
		if f := c.src.flow; f != nil && f.alive() && f.network == k.Network {
			then(f)
			return
		}
	}
	if k.AOR == "" || q.ending || !q.w.wall().Before(until) {
		then(nil)
		return
	}
	q.jobs++
	q.after(backTime, func() {
		q.jobs--
		q.refind(k, t, until, then)
	})
}

// reconnect finds a flow to an address of a trunk that a connection led to.
func (q *queue) reconnect(k keptFlow, t *trunk, then func(*flow)) {
	h, err := t.hop() // whose name its certificate has
	if err != nil {
		then(nil)
		return
	}
	h.network = k.Network
	q.jobs++
	q.w.seek(q.in, func(ctx context.Context) func() {
		f, _ := q.w.flowTo(ctx, h.to(k.Remote)) // nil: he gives up by himself
		return func() {
			q.jobs--
			then(f)
		}
	})
}

// invitedAgain goes on with a caller whom a process that is gone did not answer. To the core it is a new call: what was
// tried for it is tried anew.
func (q *queue) invitedAgain(k *keptCaller, was *Dialog) {
	req := requestOf(q.w.parser, k.Request)
	waits := q.w.wall().Sub(k.At)
	if req == nil || waits > goneCaller {
		return
	}
	m, localTag := q.messageOf(req, k.keptFlow), was.LocalTag
	switch {
	case k.Network != "UDP":
		q.turnAwayElsewhere(k, m, localTag)
		return
	case waits > staleCaller:
		q.turnAway(m, localTag, sip.StatusTemporarilyUnavailable, "Temporarily Unavailable")
		return
	}
	m.caller, m.again = k.Caller, !k.Heard
	if k.Heard {
		// RFC 3261 §13.2.2.4, §12.1.2: a second description needs a second dialog, as behind a proxy that forks
		localTag = rand.Text()
	}
	q.take(m, localTag)
	for _, l := range q.legs {
		if k.Heard && l.dialog != nil && l.dialog.LocalTag == localTag {
			l.was = was
		}
	}
}

// turnAwayElsewhere refuses a caller whose connection ended with the process that had it. He may take that for an answer, so nobody
// is rung for him; if he does not, he hears it ring for as long as he likes: so a carrier is told over a connection to where his
// Via wants answers, and a phone when it is back.
//
// RFC 3261 §18.2.2
func (q *queue) turnAwayElsewhere(k *keptCaller, m *message, localTag string) {
	told := func(f *flow) {
		if f != nil {
			m.from.flow = f
			q.turnAway(m, localTag, sip.StatusInternalServerError, "Server Internal Error")
		}
	}
	t := q.w.trunkNamed(k.Caller.Trunk)
	if t == nil {
		q.refind(keptInvite{keptFlow: k.keptFlow, AOR: k.Caller.AOR}, nil, q.w.wall().Add(staleCaller), told)
		return
	}
	port := m.req.Via().Port
	if port == 0 && k.Network == "TLS" {
		port = 5061
	}
	at := k.keptFlow
	at.Remote = netip.AddrPortFrom(at.Remote.Addr(), uint16(cmp.Or(port, 5060)))
	q.reconnect(at, t, told)
}

// turnAway refuses a caller of whom the core does not hear.
func (q *queue) turnAway(m *message, localTag string, status int, reason string) {
	tx, err := q.tx.serve(m)
	if err != nil {
		return // he gives up by himself
	}
	res := reply(m.req, status, reason)
	if to := res.To(); to != nil {
		to.Params.Add("tag", localTag)
	}
	tx.answer(res)
}

// late takes a 2xx to an INVITE that belongs to no transaction: of a dialog that we hold, it is acknowledged again.
//
// RFC 3261 §13.2.2.4
func (q *queue) late(m *message) {
	res := m.res
	if !res.IsSuccess() || res.CSeq().MethodName != sip.INVITE {
		return
	}
	for _, l := range q.legs {
		for _, d := range l.dialogs() {
			if d.LocalTag == tag(res.From().Params) && d.RemoteTag == tag(res.To().Params) && l.phase == up {
				l.acknowledgeLate(d, res.CSeq().SeqNo)
				return
			}
		}
	}
	q.w.unclaimed(m)
}

// acknowledgeLate sends the ACK of a 2xx that another process asked for, or that came long after.
func (l *leg) acknowledgeLate(d *Dialog, seq uint32) {
	of := *d
	if of.InviteSeq != seq {
		of.InviteSeq, of.Proof = seq, nil
	}
	ack, err := of.request(sip.ACK)
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

// mostUnclaimed is how many answers to nobody are taken a second.
const mostUnclaimed = 100

// unclaimed lets a phone or a carrier go that answers a call which nobody here knows any more, by ACK and BYE: it was dialled
// by a process that died before it could keep that. Its Call-ID proves that it was one of ours. Both are sent to where the
// answer came from, once for each copy of it, and are not larger than a datagram may have for an answer: who shows us
// somebody else's address gains nothing by it. Nothing is kept of it.
//
// RFC 3261 §13.2.2.4, §15
func (w *Wire) unclaimed(m *message) {
	res := m.res
	if !res.IsSuccess() || res.CSeq().MethodName != sip.INVITE || !w.seal.made(res.CallID().Value()) || tag(res.To().Params) == "" ||
		res.Contact() == nil || !w.stranded.takes(mostUnclaimed, time.Now()) {
		return
	}
	of := sip.NewRequest(sip.INVITE, res.To().Address)
	for _, h := range []sip.Header{res.From(), res.To(), res.CallID(), res.CSeq()} {
		of.AppendHeader(sip.HeaderClone(h))
	}
	d := dialogAsCaller(of, res, m.from.flow)
	d.LocalSeq += spareSeq // there may have been a PRACK
	size := 0
	var both []*sip.Request
	for _, method := range []sip.RequestMethod{sip.ACK, sip.BYE} {
		req, err := d.request(method)
		if err != nil {
			return
		}
		if method == sip.BYE {
			req.AppendHeader(sip.NewHeader("Reason", reasonValue("SIP", sip.StatusCallTransactionDoesNotExists, "the caller is gone")))
		}
		req.SetTransport(m.from.network)
		req.PrependHeader(w.via(m.from.flow))
		size += len(req.String())
		both = append(both, req)
	}
	if m.from.network == "UDP" && amplifies(m.from.size, size) {
		return
	}
	w.log.Info("a call that nobody here knows was answered, and is ended", zap.Stringer("remote", m.from.remote))
	for _, req := range both {
		_ = m.from.flow.WriteMsg(req) // its loss brings the answer again
	}
}

// newCallID returns a Call-ID that can be told from those that others made.
func (w *Wire) newCallID() string {
	name := rand.Text()
	return name + "-" + w.seal.of(name)
}
