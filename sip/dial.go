package sip

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// dial begins a leg that the core wants. Each has a Call-ID of its own, which shows that it is ours.
func (w *Wire) dial(a call.Dial) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	in := w.newQueue(w.newCallID())
	w.legs[a.Leg] = in
	in.put(a)
}

// dialled rings a target: every contact of a phone at once, or one number over a trunk.
func (q *queue) dialled(a call.Dial) {
	l := q.newLeg(a.Leg, dialing)
	if q.w.crowd() {
		l.end(call.Failed{Leg: l.id, Cause: call.Overload})
		return
	}
	l.near, l.diverted = a.Near, a.Diverted
	if a.Target.Device == call.PSTN {
		l.dialTrunk(a)
	} else {
		l.dialPhone(a, time.Now().Add(ringWait))
	}
}

// crowd says that more legs are up than allowed.
func (w *Wire) crowd() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.legs) > w.o.Legs
}

// dialPhone rings every contact of an address of record. One that is on its way back after a restart is waited for.
func (l *leg) dialPhone(a call.Dial, until time.Time) {
	w := l.q.w
	if w.desk.registrar.returns(a.Target.AOR) && time.Now().Before(until) {
		l.q.after(ringLook, func() {
			if l.phase == dialing {
				l.dialPhone(a, until)
			}
		})
		return
	}
	for _, c := range w.desk.registrar.targets(a.Target.AOR) {
		to := sip.Uri{Scheme: "sip", User: scrubUser(a.Target.AOR), Host: w.o.Domain}
		l.branches = append(l.branches, &branch{
			l: l, aor: a.Target.AOR, tag: rand.Text(), target: c.uri, to: to, routes: c.path, from: a.From, auto: a.Auto, contact: &c,
		})
	}
	if len(l.branches) == 0 {
		l.end(call.Failed{Leg: l.id, Cause: call.Unreachable})
		return
	}
	for _, b := range slices.Clone(l.branches) {
		if l.phase == dialing {
			b.ring()
		}
	}
}

// invite makes the INVITE of a branch, complete but for its Via.
//
// RFC 3261 §13.2.1
func (b *branch) invite(f *flow) (*sip.Request, error) {
	w := b.l.q.w
	b.seq++
	req := sip.NewRequest(sip.INVITE, b.target)
	req.Recipient.Headers = nil
	req.AppendHeader(w.hopsFor(b.l.near))
	sips := b.target.IsEncrypted()
	for i, text := range b.routes {
		r, err := parseURI(text)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			sips = sips || r.IsEncrypted()
		}
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	from, asserted := b.shown()
	from.Params = sip.HeaderParams{{K: "tag", V: b.tag}}
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: b.to})
	id := sip.CallIDHeader(b.l.q.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: b.seq, MethodName: sip.INVITE})
	req.AppendHeader(&sip.ContactHeader{Address: w.contact(f, sips)})
	for _, h := range asserted {
		req.AppendHeader(h)
	}
	if b.auto {
		req.AppendHeader(sip.NewHeader("Answer-Mode", "Auto")) // RFC 5373 §4.2
	}
	req.AppendHeader(allow())
	req.AppendHeader(allowEvents())
	b.extends(req)
	req.AppendHeader(sip.NewHeader("User-Agent", product))
	describe(req, b.offer)
	return req, nil
}

// extends writes which extensions we know, want and need.
//
// RFC 3261 §20.37, §20.32; RFC 3262 §4; RFC 4028 §7.1
func (b *branch) extends(req *sip.Request) {
	tags := supportedTags
	if b.trunk != nil && b.trunk.terms().Reliable != ReliableOffered {
		tags = slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return tag == "100rel" })
	}
	if b.trunk != nil && b.trunk.terms().Reliable == ReliableRequired {
		req.AppendHeader(sip.NewHeader("Require", "100rel"))
	}
	req.AppendHeader(sip.NewHeader("Supported", strings.Join(tags, ", ")))
	name := ""
	if b.trunk != nil {
		name = b.trunk.Name
	}
	if d := b.l.q.w.sessionTimer(name); d > 0 {
		wantsTimer(req, d, b.least, "")
	}
}

// ringing reports that somebody is alerted, and that there is something to be heard, each once.
func (l *leg) ringing(audio bool) {
	if l.phase == dialing && (!l.rang || audio && !l.sounds) {
		l.rang, l.sounds = true, l.sounds || audio
		l.q.w.report(call.Ringing{Leg: l.id, Audio: audio})
	}
}

// joined takes the first 200 of all branches: the leg stands and the other branches stop ringing.
func (l *leg) joined(b *branch, d *Dialog) {
	w := l.q.w
	for _, other := range l.branches {
		if other != b {
			other.cancel(reasonHeader(call.Moved, ""))
		}
	}
	err := errNoAnswer
	if len(d.RemoteSDP) > 0 {
		err = b.accept(d.RemoteSDP)
	}
	if err != nil {
		w.log.Info("answer refused", zap.String("leg", string(l.id)), zap.Error(err))
		l.bye(d, reasonHeader(call.Unacceptable, ""))
		l.end(call.Failed{Leg: l.id, Cause: call.Unacceptable, Status: sip.StatusOK})
		return
	}
	d.LocalSDP = b.offer
	l.dialog, l.phase = d, up
	l.arm()
	l.vanish() // what rang elsewhere
	l.stand(d, true)
	w.o.Audio.Established(l.id)
	w.report(call.Answered{Leg: l.id})
}

// refused takes the end of a branch. When it was the last one, the leg has failed.
//
// RFC 3261 §16.7: a 6xx is everybody's answer
func (l *leg) refused(b *branch) {
	if l.phase != dialing || b.left {
		return // what an address says that was left for another way, or for one that the core has still to name
	}
	last := b
	if b.status < 600 {
		for _, other := range l.branches {
			if other.left {
				continue
			}
			if !other.done {
				return
			}
			if worse(last.cause, other.cause) {
				last = other
			}
		}
	}
	for _, other := range l.branches {
		other.cancel(nil)
	}
	l.end(call.Failed{Leg: l.id, Cause: last.cause, Status: last.status})
}
