package sip

import (
	"cmp"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// Drain says what new callers are told while no new calls are taken. Phones go on being registered, and whatever belongs to
// a call that is up goes on being served.
type Drain struct {
	After    time.Duration // when they may ask again; 0: 30 s
	Redirect string        // "sip:host[:port]", where calls of trunks are sent; empty: they are refused
}

// comeAgain is when who was turned away may ask again, if nobody says otherwise.
const comeAgain = 30 * time.Second

// Drain lets peers know that no new calls are taken: those who ask whether we are there (OPTIONS) go elsewhere, as they
// would if we were not. nil: calls are taken again.
func (w *Wire) Drain(d *Drain) { w.drain.Store(d) }

// draining is what new callers are told; nil: calls are taken.
func (w *Wire) draining() *Drain { return w.drain.Load() }

// refusal tells a peer to leave us alone for a while.
//
// RFC 3261 §21.5.4, §11.2: an OPTIONS is answered as an INVITE would be
func (d *Drain) refusal() *refusal {
	return &refusal{status: sip.StatusServiceUnavailable, reason: "Service Unavailable", headers: d.headers()}
}

func (d *Drain) headers() []sip.Header {
	after := comeAgain
	if d != nil {
		after = cmp.Or(d.After, comeAgain)
	}
	return append(refusalReason(call.Draining), sip.NewHeader("Retry-After", strconv.Itoa(int(max(1, after/time.Second)))))
}

// elsewhere tells a caller that no new calls are taken: one of a trunk where his call is taken, if that is known.
//
// RFC 3261 §8.3, §21.3.3
func (l *leg) elsewhere() (status int, reason string, headers []sip.Header) {
	d := l.q.w.draining()
	if d == nil || d.Redirect == "" || l.trunk == nil {
		status, reason = statusOf(call.Draining)
		return status, reason, d.headers()
	}
	uri, err := parseURI(d.Redirect)
	if err != nil { // the configuration was checked
		status, reason = statusOf(call.Draining)
		return status, reason, d.headers()
	}
	if uri.User == "" {
		uri.User = l.invite.req.Recipient.User
	}
	return sip.StatusMovedTemporarily, "Moved Temporarily", []sip.Header{&sip.ContactHeader{Address: uri}}
}
