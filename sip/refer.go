package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// referral is a transfer that a phone asked for, and the subscription that its REFER began: the phone is told how it goes
// until it is done. It ends with the leg.
//
// RFC 3515 §2.4.4
type referral struct {
	event string // Event of the NOTIFYs
	seq   uint32 // CSeq of the REFER
	quiet bool   // nobody is told
	done  bool
	said  int    // the last status that was told
	owed  string // the status line of how it ended, until the phone was told; empty: nothing is
}

// referralTime is what we promise a subscription to last. The core is done with a transfer much earlier.
const referralTime = "180"

// ended is the state of a subscription to a transfer that is done.
const ended = "terminated;reason=noresource"

// referred takes a REFER: the phone asks that whoever it talks with talks with somebody else. We carry it out ourselves
// and send no REFER to anybody; who asks is the phone that we know, whatever Referred-By claims.
//
// RFC 3515 §2.4.2; RFC 3892 §2.2
func (l *leg) referred(tx *serverTx) {
	req := tx.req
	if t := l.referral; t != nil && t.seq == req.CSeq().SeqNo {
		tx.answer(l.accepts(req, t)) // another process took it, and its answer was lost
		return
	}
	order, r := l.readRefer(req)
	if r != nil {
		l.q.w.log.Info("REFER refused", zap.String("leg", string(l.id)), zap.Int("status", r.status), zap.String("reason", r.reason))
		tx.answer(r.response(req))
		return
	}
	t := &referral{event: "refer", seq: req.CSeq().SeqNo}
	if l.referral != nil {
		// RFC 3515 §2.4.6: from the second one on they must be told apart
		t.event += ";id=" + strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)
	}
	l.referral = t
	l.dialog.refresh(req.Contact())
	l.dialog.follow(tx.from)
	tx.answer(l.accepts(req, t))
	l.progressed(call.Progress{Leg: l.id})
	l.q.w.report(order)
}

// accepts makes the answer to a REFER that we carry out, and notes whether the phone wants to be told how it goes.
func (l *leg) accepts(req *sip.Request, t *referral) *sip.Response {
	res := l.describedTo(req, sip.StatusAccepted, "Accepted", nil)
	if wants, _ := value(req, "Refer-Sub"); strings.EqualFold(strings.TrimSpace(beforeParams(wants)), "false") {
		// RFC 4488 §4
		t.quiet = true
		res.AppendHeader(sip.NewHeader("Refer-Sub", "false"))
	}
	return res
}

// readRefer says what a REFER asks for, or why it is refused. What we do not find is declined and not answered by 481,
// which would end the call that the phone is in (RFC 3261 §12.2.1.2, RFC 5057 §5.1).
//
// RFC 3515 §2.4.2
func (l *leg) readRefer(req *sip.Request) (order call.Referred, r *refusal) {
	switch {
	case l.phase != up || l.dialog.AOR == "":
		return order, forbidden // a carrier sends nobody elsewhere
	case l.referral != nil && !l.referral.done:
		return order, &refusal{status: sip.StatusRequestPending, reason: "Request Pending"}
	}
	// RFC 3892 §3: at most one
	if by := values(req, "Referred-By"); len(by) > 1 || len(by) == 1 && !isAddress(by[0]) {
		return order, bad("Bad Referred-By")
	}
	// RFC 3515 §2.4.2: exactly one
	list := values(req, "Refer-To")
	if len(list) != 1 {
		return order, bad("One Refer-To Is Needed")
	}
	a, err := oneAddress(list[0])
	if err != nil {
		return order, bad("Bad Refer-To")
	}
	method := a.uri.UriParams.GetOr("method", "INVITE")
	if a.uri.Scheme != "tel" && !isSIP(&a.uri) || !strings.EqualFold(method, "INVITE") {
		return order, declined // something else than a call
	}
	order = call.Referred{Leg: l.id, To: numberOf(&a.uri)}
	var name string
	for _, h := range a.uri.Headers {
		// RFC 3261 §19.1.5: no other header is taken from a URI
		if strings.EqualFold(h.K, "Replaces") {
			name = h.V
		}
	}
	switch named := strings.Count(strings.ToLower(list[0]), "replaces="); {
	case named > 1:
		return order, bad("More Than One Call To Take")
	case named > 0:
		order.With, r = l.other(name)
	}
	if r == nil && order.To == "" && order.With == "" {
		r = bad("Refer-To Names Nobody")
	}
	return order, r
}

// other finds the leg of the same phone that a Replaces in Refer-To names. Its far side is us: so the phone means the call
// that it has with us there.
//
// RFC 3891 §5, RFC 5589 §7.3
func (l *leg) other(name string) (call.LegID, *refusal) {
	want, err := parseReplaces(plainUser(name))
	if err != nil {
		return "", bad("Bad Replaces")
	}
	is, ok := l.q.w.stands(want.dialogID)
	if !ok || !is.up || want.early || is.aor != l.dialog.AOR || is.leg == l.id {
		return "", declined
	}
	return is.leg, nil
}

// declined refuses a transfer that we do not make.
//
// RFC 3515 §2.4.2
var declined = &refusal{status: sip.StatusGlobalDecline, reason: "Decline"}

func isAddress(text string) bool {
	_, err := oneAddress(text)
	return err == nil
}

// beforeParams returns a header's value without its parameters.
func beforeParams(v string) string {
	v, _, _ = strings.Cut(v, ";")
	return v
}

// progressed tells the phone what became of the transfer that it asked for, as the core orders.
//
// RFC 3515 §2.4.4, §2.4.5, §2.4.7
func (l *leg) progressed(a call.Progress) {
	t := l.referral
	if t == nil || t.done || l.phase != up {
		return
	}
	status, reason, state := sip.StatusTrying, "Trying", "active;expires="+referralTime
	if a.Done {
		status, reason = outcomeOf(a.Cause)
		t.done, state = true, ended
	}
	if t.quiet || status == t.said {
		return
	}
	t.said = status
	line := fmt.Sprintf("SIP/2.0 %d %s\r\n", status, reason)
	if a.Done {
		t.owed = line
	}
	l.tells(t, line, state, l.q.w.wall().Add(l.q.w.desk.registrar.longest))
}

// tells sends the phone a line about its transfer. One whose connection is gone may come back until then, and learns how it ended.
func (l *leg) tells(t *referral, line, state string, until time.Time) {
	l.ask(l.dialog, sip.NOTIFY, func(req *sip.Request) {
		if uri, err := parseURI(l.dialog.Contact); err == nil {
			req.AppendHeader(&sip.ContactHeader{Address: uri})
		}
		req.AppendHeader(sip.NewHeader("Event", t.event))
		req.AppendHeader(sip.NewHeader("Subscription-State", state))
		kind := sip.ContentTypeHeader("message/sipfrag;version=2.0") // RFC 3420 §2
		req.AppendHeader(&kind)
		req.SetBody([]byte(line))
	}, func(_ *sip.Request, f *flow, res *sip.Response) {
		away := res == nil && (f == nil || !f.alive())
		switch {
		case away && line == t.owed && l.dialog.Network != "UDP" && l.phase == up && !l.q.ending:
			l.tellsWhenBack(t, until)
			return
		case away: // the call goes on without
		case res == nil || res.StatusCode >= 300:
			// RFC 6665 §4.2.2, RFC 5057 §5.1: who does not want to be told is told no more; his call stands all the same
			t.quiet = true
		}
		if line == t.owed {
			t.owed = ""
		}
	})
}

// tellsWhenBack lets a phone know how its transfer ended when it is back.
func (l *leg) tellsWhenBack(t *referral, until time.Time) {
	l.q.after(backTime, func() {
		_, back := l.q.w.desk.registrar.cameBack(l.dialog)
		switch {
		case l.phase != up || !l.q.w.wall().Before(until):
			t.owed = ""
		case back || len(l.dialog.Routes) > 0:
			l.tells(t, t.owed, ended, until)
		default:
			l.tellsWhenBack(t, until)
		}
	})
}

// orphanTime is how long after a restart the core may take to say what became of a transfer that was under way.
const orphanTime = 5 * time.Second

// goesOn takes up a transfer that was asked for before a restart. The core knows of none that goes on, and may not have known of it
// at all: without its end the phone would wait for that, and could ask for no other.
//
// RFC 3515 §2.4.4
func (l *leg) goesOn(k *keptReferral) {
	t := &referral{event: k.Event, seq: k.Seq, quiet: k.Quiet, done: k.Done, said: k.Said, owed: k.Owed}
	l.referral = t
	switch {
	case t.owed != "":
		l.tells(t, t.owed, ended, l.q.w.wall().Add(l.q.w.desk.registrar.longest))
	case !t.done:
		l.q.after(orphanTime, func() {
			if l.referral == t {
				l.progressed(call.Progress{Leg: l.id, Done: true, Cause: call.Broken})
			}
		})
	}
}

// outcomeOf is the status that a transfer comes to.
func outcomeOf(c call.Cause) (status int, reason string) {
	if c == call.Normal {
		return sip.StatusOK, "OK"
	}
	return statusOf(c)
}
