package sip

import (
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// mostDatagram is the longest request that is sent as a datagram if there is another way.
//
// RFC 3261 §18.1.1
const mostDatagram = 1300

// ring finds the way and sends the INVITE.
func (b *branch) ring() {
	w := b.l.q.w
	if b.contact != nil {
		// RFC 5626 §5.3: to the flow that the phone registered over, and to no other
		src := b.contact.src
		f := src.flow
		if src.network == "UDP" {
			f = w.flowAt("UDP", src.local, src.remote)
		}
		if f != nil && f.alive() {
			b.send(f)
			return
		}
	}
	h, err := b.next()
	if err != nil {
		b.fail(err)
		return
	}
	if f, ok := w.ready(h); ok {
		b.send(f)
		return
	}
	b.find(h, func(f *flow, err error) {
		if err != nil {
			b.fail(err)
			return
		}
		b.send(f)
	})
}

// next returns the hop that the INVITE goes to.
func (b *branch) next() (hop, error) {
	uri := b.target
	if len(b.routes) > 0 {
		var err error
		if uri, err = parseURI(b.routes[0]); err != nil {
			return hop{}, err
		}
	}
	h, err := hopOf(&uri)
	if b.trunk != nil {
		h.trunk = b.trunk.Name
	}
	return h, err
}

// find looks for a flow, unless the branch is stopped meanwhile.
func (b *branch) find(h hop, then routed) {
	q := b.l.q
	q.jobs++
	q.w.route(q.in, h, func(f *flow, err error) {
		q.jobs--
		if b.stopped {
			b.done = true
			return
		}
		then(f, err)
	})
}

// send sends the INVITE on a flow.
func (b *branch) send(f *flow) {
	if !b.offers(f) {
		return
	}
	req, err := b.invite(f)
	if err != nil {
		b.fail(err)
		return
	}
	if b.trunk != nil && f.network == "UDP" && !b.streamed && len(req.String()) > mostDatagram-200 {
		// RFC 3261 §18.1.1: too long for a datagram (200 bytes are left for Via and proof). Where there is no stream, a
		// long datagram is still better than nothing.
		b.streamed = true
		b.seq--
		h := hop{network: "TCP", host: f.remote.Addr().String(), port: f.remote.Port()}
		b.find(h, func(s *flow, err error) {
			if err != nil {
				s = f
			}
			b.send(s)
		})
		return
	}
	tx := b.l.q.tx.request(req, f, b.received)
	b.tx = tx
	if b.trunk != nil {
		b.l.q.after(trunkSilence, func() { b.unheard(tx) })
	}
}

// offers makes our description for the peer behind a flow; false: there is none, and the branch or the leg has failed.
func (b *branch) offers(f *flow) bool {
	l := b.l
	to := Dialog{AOR: b.aor}
	if b.trunk != nil {
		to.Trunk = b.trunk.Name
	}
	l.audio = true
	peer := to.peer(l.id, f)
	peer.Turned = b.turned
	offer, err := l.q.w.o.Audio.Offer(peer, l.near)
	switch {
	case err == nil:
		b.offer = offer
		return true
	case errors.Is(err, call.ErrNoOtherOffer):
		b.finish(sip.StatusNotAcceptableHere)
		return false
	}
	l.q.w.log.Warn("no offer for a dialled leg", zap.String("leg", string(l.id)), zap.Error(err))
	for _, other := range l.branches {
		other.cancel(nil)
	}
	l.end(call.Failed{Leg: l.id, Cause: call.Overload})
	return false
}

// trunkSilence is how long a trunk may leave an INVITE without any response. It owes one within 200 ms; in a datagram it
// was sent four times by then.
//
// RFC 3261 §17.2.1
const trunkSilence = 5 * time.Second

// unheard gives a trunk up that said nothing at all: nobody was rung, so nobody is to blame for not answering, and
// somebody else may carry the call. Should it be heard after all, it is told so.
func (b *branch) unheard(tx *clientTx) {
	if b.tx != tx || b.heard || b.stopped || b.done || b.l.phase != dialing {
		return
	}
	b.blame("a call got no answer")
	b.cancel(reasonHeader(call.TrunkFault, ""))
	b.l.end(call.Failed{Leg: b.l.id, Cause: call.TrunkFault})
}
