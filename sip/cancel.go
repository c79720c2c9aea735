package sip

import (
	"github.com/emiago/sipgo/sip"
)

// cancel stops the branch: CANCEL as soon as it is allowed, ACK and BYE if an answer comes all the same.
//
// RFC 3261 §9.1
func (b *branch) cancel(reason sip.Header) {
	if b.done || b.gaveUp {
		return
	}
	b.stopped, b.reason = true, reason
	if b.tx == nil || !b.heard {
		return // before the first response a CANCEL could arrive before its INVITE
	}
	b.gaveUp = true
	q, tx := b.l.q, b.tx
	q.tx.resume(cancelOf(tx.req, reason), tx.flow, nil)
	// What does not answer to CANCEL will not answer any more.
	q.after(giveUp(), func() {
		if tx.final == 0 {
			tx.Terminate()
		}
	})
}

// cancelOf makes the CANCEL of an INVITE.
//
// RFC 3261 §9.1
func cancelOf(invite *sip.Request, reason sip.Header) *sip.Request {
	req := sip.NewRequest(sip.CANCEL, invite.Recipient)
	req.AppendHeader(sip.HeaderClone(invite.Via()))
	sip.CopyHeaders("Route", invite, req)
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(sip.HeaderClone(invite.To()))
	req.AppendHeader(sip.HeaderClone(invite.CallID()))
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	if reason != nil {
		req.AppendHeader(reason)
	}
	req.AppendHeader(sip.NewHeader("User-Agent", product))
	req.SetBody(nil)
	return req
}
