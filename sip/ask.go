package sip

import (
	"slices"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// ask sends a request within a dialog of the leg; fill adds what it says. A trunk that challenges it gets its proof, once.
// on takes each final response, nil if there will be none; it may be nil itself. gone says that there was no way to send it,
// which is no answer.
//
// RFC 3261 §12.2.1
func (l *leg) ask(d *Dialog, method sip.RequestMethod, fill func(*sip.Request), on func(req *sip.Request, f *flow, res *sip.Response)) {
	l.askWith(d, method, fill, on, nil)
}

func (l *leg) askWith(
	d *Dialog, method sip.RequestMethod, fill func(*sip.Request), on func(*sip.Request, *flow, *sip.Response), challenge *sip.Response,
) {
	if on == nil {
		on = func(*sip.Request, *flow, *sip.Response) {}
	}
	req, err := d.request(method)
	if err != nil {
		on(req, nil, nil) // its addresses were read before; there is nobody to send to
		return
	}
	fill(req)
	if challenge != nil {
		if t := l.q.w.trunkNamed(d.Trunk); t == nil || t.Username == "" || t.answer(req, challenge) != nil {
			on(req, nil, challenge)
			return
		}
	}
	if req.IsInvite() {
		d.InviteSeq, d.Proof = req.CSeq().SeqNo, proofOf(req) // which its ACK repeats
	}
	l.reach(d, func(f *flow, err error) {
		if err != nil {
			on(req, nil, nil)
			return
		}
		l.q.tx.request(req, f, func(res *sip.Response) {
			switch {
			case res != nil && res.IsProvisional():
			case res != nil && challenge == nil && isChallenge(res):
				l.askWith(l.current(d), method, fill, on, res)
			default:
				on(req, f, res)
			}
		})
	})
}

// current is what became of a dialog that was replaced by its stored form since.
func (l *leg) current(d *Dialog) *Dialog {
	all := l.dialogs()
	i := slices.IndexFunc(all, func(now *Dialog) bool { return now.LocalTag == d.LocalTag && now.RemoteTag == d.RemoteTag })
	if i < 0 {
		return d
	}
	return all[i]
}

// proofOf returns the credentials of a request, as header lines.
func proofOf(req *sip.Request) (lines []string) {
	for _, name := range []string{"authorization", "proxy-authorization"} {
		for _, h := range req.GetHeaders(name) {
			lines = append(lines, h.Name()+": "+h.Value())
		}
	}
	return lines
}

// lose ends a leg whose far side is there no more, and tells it so all the same.
func (l *leg) lose(reason sip.Header) {
	l.part(reason)
	l.end(call.Ended{Leg: l.id, How: call.LegLost, Cause: call.Lost})
}
