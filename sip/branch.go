package sip

import (
	"errors"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// errNoAnswer is what is wrong with a 200 that answers our offer with nothing.
var errNoAnswer = errors.New("no session description in the answer")

// branch is one INVITE of a dialled leg, and everything that comes of it: a proxy behind it may fork it further, so
// that several dialogs begin.
type branch struct {
	l       *leg
	trunk   *trunk   // nil: a phone
	contact *contact // of a phone
	aor     string   // of a phone
	tag     string   // of our From
	target  sip.Uri
	to      sip.Uri
	routes  []string
	from    call.Party
	auto    bool   // it is to be taken without a question
	offer   []byte // our description for this peer

	seq        uint32
	tx         *clientTx // the INVITE of today; nil: not sent yet
	heard      bool      // a provisional response came: CANCEL is allowed
	rang       bool
	stopped    bool         // the leg does not want it any more
	reason     sip.Header   // for the CANCEL; nil: none
	gaveUp     bool         // CANCEL was sent
	way        *destination // of a trunk, that is tried by it
	spoke      bool         // a response came
	alerts     bool         // one that says more than that it is being tried: no other way is tried any more
	left       bool         // another way is tried instead
	done       bool
	status     int // final status; 0: none came
	cause      call.Cause
	proofs     int              // how often a challenge was answered
	turned     int              // how often an offer of ours was not accepted
	least      time.Duration    // the shortest session that is taken there; 0: not known
	lengthened int              // how often a longer one was asked for
	streamed   bool             // a stream was tried for a long INVITE
	dialogs    []*Dialog        // early ones, and those of the answers that nobody wants
	acks       map[string]acked // for each 2xx, by To tag
	raw        *keptInvite      // as it is kept; nil: not needed yet
	rawOf      *clientTx        // what raw was made of
}

// acked is an ACK that goes out again when its 2xx does. Without a flow it is not sent yet.
type acked struct {
	req  *sip.Request
	flow *flow
}

// mostForks is how many dialogs one INVITE of ours may begin; what a peer adds to them is ignored.
const mostForks = 32

// received takes a response to the INVITE; nil: there will be none.
//
// RFC 3261 §13.2.2
func (b *branch) received(res *sip.Response) {
	b.spoke = b.spoke || res != nil
	b.heeds(res)
	switch {
	case res == nil:
		b.finish(0)
	case res.StatusCode == sip.StatusTrying:
		b.proceeding()
	case res.IsProvisional():
		b.alerted(res)
		b.proceeding()
	case res.IsSuccess():
		b.answered(res)
	case isChallenge(res) && b.prove(res):
	case res.StatusCode == sip.StatusNotAcceptableHere && b.otherwise():
	case res.StatusCode == 422 && b.patient(res):
	default:
		b.finish(res.StatusCode)
	}
}

// proceeding notes that the INVITE arrived somewhere, and cancels it if that had to wait for this.
//
// RFC 3261 §9.1
func (b *branch) proceeding() {
	b.heard = true
	if b.stopped {
		b.cancel(b.reason)
	}
}

// alerted takes a provisional response that says something.
func (b *branch) alerted(res *sip.Response) {
	b.alerts = true
	if b.trunk != nil {
		b.trunk.worked()
	}
	sdp := session(res, res.ContentType())
	if b.l.phase != dialing || b.stopped {
		return
	}
	d := b.early(res)
	if reliably(res, "Require") && !b.confirms(d, res) {
		return
	}
	// RFC 3960 §3.2: of several who answer early, as behind a proxy that forks, the last one is heard. With several phones
	// ringing there is nobody yet whom it could be from.
	audio := len(sdp) > 0 && !b.hasRivals()
	if audio {
		if err := b.accept(sdp); err != nil {
			b.l.q.w.log.Info("early answer refused", zap.String("leg", string(b.l.id)), zap.Error(err))
			audio = false
		} else if d != nil {
			d.RemoteSDP = sdp // the 200 need not repeat it
		}
	}
	if audio || res.StatusCode == sip.StatusRinging {
		b.rang = true
		b.l.ringing(audio)
	}
}

// accept gives the phone's or the trunk's answer to the audio wire.
func (b *branch) accept(sdp []byte) error {
	audio := b.l.q.w.o.Audio
	if b.contact != nil && b.contact.nat {
		audio.Behind(b.l.id, b.contact.src.remote.Addr())
	}
	return audio.Accept(b.l.id, sdp)
}

// early returns the dialog of a provisional response, and notes one that begins, so that requests within it find us; nil:
// it begins none.
//
// RFC 3261 §12.1
func (b *branch) early(res *sip.Response) *Dialog {
	remote := tag(res.To().Params)
	if i := b.dialog(remote); i >= 0 {
		return b.dialogs[i]
	}
	if remote == "" || len(b.dialogs) >= mostForks {
		return nil
	}
	d := b.begin(res)
	b.dialogs = append(b.dialogs, d)
	b.l.stand(d, false)
	return d
}

// dialog returns the place of the dialog with that remote tag; -1: there is none.
func (b *branch) dialog(remote string) int {
	return slices.IndexFunc(b.dialogs, func(d *Dialog) bool { return d.RemoteTag == remote })
}

// begin makes the dialog of a response.
func (b *branch) begin(res *sip.Response) *Dialog {
	d := dialogAsCaller(b.tx.req, res, b.tx.flow)
	d.AOR = b.aor
	if b.trunk != nil {
		d.Trunk = b.trunk.Name
		if d.Network == "UDP" {
			d.Hop = notFound
		}
	}
	return d
}

// answered takes a 2xx. Each is acknowledged; the first one that is still wanted makes the leg, every other dialog is
// ended at once.
//
// RFC 3261 §13.2.2.4
func (b *branch) answered(res *sip.Response) {
	remote := tag(res.To().Params)
	if ack, again := b.acks[remote]; again {
		if ack.flow != nil {
			_ = ack.flow.WriteMsg(ack.req) // its loss brings the 2xx again
		}
		return
	}
	if len(b.acks) >= mostForks {
		return
	}
	d := b.begin(res)
	if i := b.dialog(remote); i >= 0 {
		// RFC 3261 §13.2.2.4: the early dialog goes on, with the route set of the answer
		was := b.dialogs[i]
		d.RemoteSeq, d.LocalSeq, d.RSeq, d.RemoteSDP = was.RemoteSeq, was.LocalSeq, was.RSeq, was.RemoteSDP
		b.dialogs = slices.Delete(b.dialogs, i, i+1)
	}
	wanted := b.l.phase == dialing && !b.stopped
	if b.trunk != nil {
		b.trunk.worked()
	}
	b.done = true
	b.acknowledge(d, remote)
	if wanted {
		if sdp := session(res, res.ContentType()); len(sdp) > 0 {
			d.RemoteSDP = sdp
		}
		d.agreed(res, b.l.q.w.wall())
		b.l.joined(b, d)
		return
	}
	b.dialogs = append(b.dialogs, d)
	b.l.bye(d, reasonHeader(call.Moved, ""))
}

// acknowledge sends the ACK of a 2xx, and keeps it for when the 2xx comes again.
func (b *branch) acknowledge(d *Dialog, remote string) {
	if b.acks == nil {
		b.acks = make(map[string]acked)
	}
	b.acks[remote] = acked{}
	ack, err := d.request(sip.ACK)
	if err != nil {
		return // a Contact or Record-Route that leads nowhere; the far side gives up
	}
	b.l.reach(d, func(f *flow, err error) {
		if err != nil {
			b.l.q.w.log.Warn("ACK has nowhere to go", zap.String("leg", string(b.l.id)), zap.Error(err))
			return
		}
		ack.SetTransport(f.network)
		ack.PrependHeader(b.l.q.w.via(f))
		b.acks[remote] = acked{ack, f}
		_ = f.WriteMsg(ack)
	})
}

// fail ends a branch that could not be sent.
func (b *branch) fail(err error) {
	b.l.q.w.log.Warn("INVITE not sent", zap.String("leg", string(b.l.id)), zap.Error(err))
	b.finish(0)
}

// finish ends a branch without an answer.
func (b *branch) finish(status int) {
	if b.done {
		return
	}
	b.done, b.status = true, status
	b.cause = failure(status, b.rang, b.trunk != nil)
	if b.trunk != nil && b.cause == call.TrunkFault && !b.stopped {
		b.blame(problemOf(status, b.way))
	}
	if b.movesOn() {
		return
	}
	b.l.refused(b)
}
