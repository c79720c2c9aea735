package sip

import (
	"reflect"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// spareSeq is how many requests of ours a dialog may send before what is kept of it is told anew. A process that takes the
// dialog up begins above all of them, so no CSeq is used twice, though what used it last was not kept any more.
//
// RFC 3261 §12.2.2: a gap means nothing to the far side
const spareSeq = 100

// keep tells what is needed to go on with each leg after a step, where that is another than was told last.
func (q *queue) keep(after any) {
	if _, nothing := after.(serverGone); nothing || q.w.o.Keep == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			q.w.panics.Add(1)
			q.w.log.Error("bug caught in keeping a call", zap.String("call-id", q.callID), zap.Any("panic", p))
		}
	}()
	for _, l := range q.legs {
		l.keep()
	}
}

func (l *leg) keep() {
	if l.phase == over && l.last == nil && l.accepted == nil && len(l.byes)+len(l.branches) == 0 {
		return
	}
	now := l.kept()
	if reflect.DeepEqual(now, l.last) {
		return
	}
	l.last = now
	if now == nil {
		l.q.w.o.Keep(l.id, nil)
		return
	}
	raw, err := now.encode()
	if err != nil {
		l.q.w.log.Error("a leg cannot be kept", zap.String("leg", string(l.id)), zap.Error(err))
		return
	}
	l.q.w.o.Keep(l.id, raw)
}

// kept is what another process would need; nil: there is nothing left to do.
func (l *leg) kept() *keptLeg {
	k := &keptLeg{Version: keptVersion}
	switch l.phase {
	case up:
		k.Up, k.Dialog = true, l.reserve(l.dialog)
		k.Accepted = l.accepted.kept(l.farewell)
		k.Describes = l.describes || l.again
		l.keepPlace(k)
	case incoming:
		if k.Caller = l.keptCaller(); k.Caller == nil {
			return nil
		}
		k.Dialog = l.reserve(l.dialog)
	case dialing, over:
		if l.accepted != nil {
			k.Dialog, k.Accepted = l.reserve(l.dialog), l.accepted.kept(l.farewell)
		}
	}
	for _, b := range l.branches {
		if i := b.kept(); i != nil {
			k.Invites = append(k.Invites, *i)
		}
	}
	for _, b := range l.byes {
		k.Byes = append(k.Byes, keptBye{Dialog: b.reserved, Reason: b.reason, Until: b.until})
	}
	if k.Dialog == nil && k.Invites == nil && k.Byes == nil {
		return nil
	}
	return k
}

// keepPlace notes what a leg takes of what there is only so much of, and what others ask of it.
func (l *leg) keepPlace(k *keptLeg) {
	k.Calling, k.Diverted = l.calling, l.diverted
	if t := l.referral; t != nil {
		k.Referral = &keptReferral{Event: t.event, Seq: t.seq, Quiet: t.quiet, Done: t.done, Said: t.said, Owed: t.owed}
	}
	w := l.q.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if hops, far := w.hops[l.id]; far {
		k.Hops = &hops
	}
	if s := w.signed[l.id]; s.lines != nil {
		k.Vouched = &keptVouch{Number: s.number, Lines: s.lines}
	}
}

// reserve is a copy of the leg's dialog with a CSeq above all that are used until it is told anew.
func (l *leg) reserve(d *Dialog) *Dialog {
	if l.ceiling < d.LocalSeq+spareSeq/2 {
		l.ceiling = d.LocalSeq + spareSeq
	}
	copied := *d
	copied.LocalSeq = l.ceiling
	return &copied
}

// kept is a 200 that waits for its ACK, as another process goes on with it; nil: there is none.
func (a *accepted) kept(farewell sip.Header) *keptAnswer {
	if a == nil {
		return nil
	}
	if a.raw == nil {
		a.raw = &keptAnswer{
			keptFlow: keptFlowOf(a.tx.from.flow), Invite: []byte(a.tx.req.String()), Response: []byte(a.res.String()), First: a.first, Asks: a.asks,
			Until: a.until.Round(0).UTC(),
		}
	}
	k := *a.raw
	if farewell != nil {
		k.Farewell = farewell.Value()
	}
	return &k
}

// kept is an INVITE that has no final answer, as another process ends it; nil: it has one, or was not sent.
func (b *branch) kept() *keptInvite {
	if b.done || b.tx == nil || b.tx.final != 0 {
		return nil
	}
	if b.raw == nil || b.rawOf != b.tx {
		i := &keptInvite{keptFlow: keptFlowOf(b.tx.flow), Request: []byte(b.tx.req.String()), AOR: b.aor, At: b.l.q.w.wall()}
		if b.trunk != nil {
			i.Trunk = b.trunk.Name
		}
		b.raw, b.rawOf = i, b.tx
	}
	k := *b.raw
	for _, d := range b.dialogs {
		early := *d
		early.LocalSeq, early.LocalSDP, early.RemoteSDP = d.LocalSeq+spareSeq, nil, nil
		k.Early = append(k.Early, &early)
	}
	return &k
}

// keptCaller is the INVITE of a caller that we have not answered, as another process goes on with it; nil: it cannot. A browser
// takes the end of its connection for an answer.
func (l *leg) keptCaller() *keptCaller {
	if l.invite == nil || l.invite.from.flow.browser() || l.dialog == nil {
		return nil
	}
	if l.asked == nil {
		l.asked = &keptCaller{keptFlow: keptFlowOf(l.invite.from.flow), Request: []byte(l.invite.req.String()), At: l.q.w.wall()}
		l.asked.Caller.Trunk, l.asked.Caller.AOR = l.dialog.Trunk, l.dialog.AOR
	}
	k := *l.asked
	k.Heard = l.showed || l.dialog.RSeq != 0
	return &k
}

func keptFlowOf(f *flow) keptFlow { return keptFlow{f.network, f.local, f.remote} }

// goodbye is a dialog that we said BYE in, until it is answered.
type goodbye struct {
	dialog   *Dialog
	reserved *Dialog // as it is kept
	reason   string
	until    time.Time
}

// leaves notes that a BYE of ours waits for its answer, from a phone over a connection of its own until that has to be back.
func (l *leg) leaves(d *Dialog, reason sip.Header) *goodbye {
	copied := *d
	copied.LocalSeq += spareSeq
	b := &goodbye{dialog: d, reserved: &copied, until: l.q.w.wall().Add(giveUp())}
	if d.AOR != "" && d.Network != "UDP" && len(d.Routes) == 0 {
		b.until = l.q.w.wall().Add(l.q.w.desk.registrar.longest)
	}
	if reason != nil {
		b.reason = reason.Value()
	}
	l.byes = append(l.byes, b)
	return b
}

// left notes that a BYE was answered, or will not be.
func (l *leg) left(b *goodbye) {
	l.byes = slices.DeleteFunc(l.byes, func(o *goodbye) bool { return o == b })
}
