package sip

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// reliably says that a message names the extension of acknowledged provisional responses in a header.
//
// RFC 3262 §3
func reliably(m sip.Message, header string) bool { return knows(values(m, header), "100rel") }

// confirms acknowledges a provisional response that wants it, once and in order; false: it is a copy, or one before it is
// missing. It is not used then.
//
// RFC 3262 §4
func (b *branch) confirms(d *Dialog, res *sip.Response) bool {
	text, _ := value(res, "RSeq")
	seq, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if d == nil || err != nil || seq == 0 || d.RSeq != 0 && uint32(seq) != d.RSeq+1 {
		return false
	}
	d.RSeq = uint32(seq)
	rack := fmt.Sprintf("%d %d INVITE", seq, res.CSeq().SeqNo)
	// Nothing follows from its answer: without the PRACK the far side gives up by itself.
	b.l.ask(d, sip.PRACK, func(req *sip.Request) { req.AppendHeader(sip.NewHeader("RAck", rack)) }, nil)
	return true
}

// provisional is a response of ours that is sent again and again until its PRACK comes.
type provisional struct {
	res   *sip.Response
	seq   uint32 // its RSeq
	tells bool   // it holds our description
	asks  bool   // that is an offer: PRACK has to bring the answer
	wait  time.Duration
	until time.Time
	timer *time.Timer
}

// progress sends a provisional response, as the caller wants it: once, or until he acknowledges it. While one waits for
// that, the next one waits too.
//
// RFC 3262 §3
func (l *leg) progress(status int, reason string, audio bool) {
	if !reliably(l.invite.req, "Require") && !l.insists() {
		var sdp []byte
		if audio {
			sdp, l.showed = l.dialog.LocalSDP, true
		}
		l.invite.answer(l.describedTo(l.invite.req, status, reason, sdp))
		return
	}
	if l.provisional != nil {
		l.owed = func() { l.progress(status, reason, audio) }
		return
	}
	if l.dialog.RSeq == 0 {
		l.dialog.RSeq = rand.Uint32N(1 << 30)
	}
	l.dialog.RSeq++
	p := &provisional{seq: l.dialog.RSeq, wait: sip.T1, until: time.Now().Add(giveUp())}
	// RFC 3262 §5: an INVITE without an offer gets ours in the first such response
	p.asks = len(l.dialog.RemoteSDP) == 0
	p.tells = !l.told && (audio || p.asks)
	var sdp []byte
	if p.tells {
		sdp = l.dialog.LocalSDP
	}
	p.res = l.describedTo(l.invite.req, status, reason, sdp)
	p.res.AppendHeader(sip.NewHeader("Require", "100rel"))
	p.res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(p.seq), 10)))
	l.provisional = p
	l.invite.answer(p.res)
	p.timer = l.q.after(p.wait, func() { l.repeatProvisional(p) })
}

// insists says that we want the caller to acknowledge, and he can.
func (l *leg) insists() bool {
	t := l.q.w.trunkNamed(l.dialog.Trunk)
	return t != nil && t.terms().Reliable == ReliableRequired && reliably(l.invite.req, "Supported")
}

// repeatProvisional sends a response again, or refuses the call of who never acknowledges it.
//
// RFC 3262 §3
func (l *leg) repeatProvisional(p *provisional) {
	if l.provisional != p || l.phase != incoming {
		return
	}
	if !time.Now().Before(p.until) {
		l.decline(sip.StatusInternalServerError, "No PRACK")
		l.end(call.Ended{Leg: l.id, How: call.LegLost, Cause: call.Lost})
		return
	}
	l.invite.answer(p.res)
	p.wait *= 2
	p.timer = l.q.after(min(p.wait, time.Until(p.until)), func() { l.repeatProvisional(p) })
}

// acknowledgedBy takes a PRACK.
//
// RFC 3262 §3, §5
func (l *leg) acknowledgedBy(d *Dialog, tx *serverTx) {
	req, p := tx.req, l.provisional
	rack, _ := value(req, "RAck")
	if d == l.was && d.promised(rack) || p == nil && d == l.dialog && l.served != 0 && l.phase == up && d.promised(rack) {
		tx.answer(l.answerTo(req, sip.StatusOK, "OK"))
		return
	}
	if p == nil || d != l.dialog || !slices.Equal(strings.Fields(rack),
		[]string{strconv.FormatUint(uint64(p.seq), 10), strconv.FormatUint(uint64(l.invite.req.CSeq().SeqNo), 10), "INVITE"}) {
		tx.answer(noDialog.response(req))
		return
	}
	sdp, err := l.taken(d, p, tx)
	if err != nil {
		// The response stays unacknowledged: the caller may ask again, with something better.
		l.q.w.log.Info("description in PRACK refused", zap.String("leg", string(l.id)), zap.Error(err))
		tx.answer(l.unacceptable(req, err))
		return
	}
	p.stop()
	l.provisional, l.told = nil, l.told || p.tells
	res := l.answerTo(req, sip.StatusOK, "OK")
	describe(res, sdp)
	tx.answer(res)
	if next := l.owed; next != nil {
		l.owed = nil
		next()
	}
}

// promised says whether a RAck is of the dialog's last provisional response, here of another process: a refusal of such a PRACK,
// which was under way over the restart, would end the dialog, and often the call with it.
//
// RFC 3261 §12.2.1.2
func (d *Dialog) promised(rack string) bool {
	seq, _, _ := strings.Cut(strings.TrimSpace(rack), " ")
	return d.RSeq != 0 && seq == strconv.FormatUint(uint64(d.RSeq), 10)
}

// taken takes the description in a PRACK: the answer to our offer, or a new offer, to which it returns our answer.
func (l *leg) taken(d *Dialog, p *provisional, tx *serverTx) ([]byte, error) {
	sdp := session(tx.req, tx.req.ContentType())
	switch {
	case p.tells && p.asks && len(sdp) == 0:
		return nil, errNoAnswer
	case p.tells && p.asks:
		if err := l.q.w.o.Audio.Accept(l.id, sdp); err != nil {
			return nil, err
		}
		d.RemoteSDP = sdp
		return nil, nil
	case len(sdp) == 0:
		return nil, nil
	}
	return l.renegotiate(d, tx.from.flow, sdp)
}

// stop ends the repetitions.
func (p *provisional) stop() {
	if p != nil && p.timer != nil {
		p.timer.Stop()
	}
}
