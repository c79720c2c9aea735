package sip

import (
	"crypto/rand"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// watch is one subscription: a dialog with a watcher, who is told of one person by one event package. It belongs to the
// board.
//
// RFC 6665 §4.2
type watch struct {
	dialog  *Dialog
	user    string // who watches
	aor     string // whom
	event   *eventPackage
	id      string // what the watcher calls it; empty: nothing
	expires time.Time
	expiry  *time.Timer
	version int // of the next dialog-info
	phase   watchPhase
	reason  string // why it ends, as the last NOTIFY says it
	want    urgency
	waits   bool        // a NOTIFY has no answer yet
	queued  bool        // a NOTIFY waits for its turn
	pace    time.Time   // when the rate would be kept without any burst
	delay   *time.Timer // until the rate allows the next NOTIFY; nil: it does, or there is none to send
	ceiling uint32      // CSeq of ours that what is kept of it allows; 0: nothing is
	unsure  bool        // it was taken up over a connection, and its watcher did not say yet that he knows of it
	away    time.Time   // since when he is not back; zero: that was not looked for
}

// watchPhase is how far a subscription is.
type watchPhase uint8

const (
	watching watchPhase = iota
	leaving             // the last NOTIFY is still to be sent
	hasLeft             // it was sent
)

// Why a subscription ends.
//
// RFC 6665 §4.1.3; retry-after is for those who do not ask again at once, as deactivated means, while we are away
const (
	timedOut    = "timeout" // or unsubscribed
	noResource  = "noresource"
	deactivated = "deactivated;retry-after=5" // the gateway closes
)

// longestDialog bounds what is kept of a watcher's addresses, names and route, in bytes.
const longestDialog = 4096

// subscribed takes a SUBSCRIBE of a known user: a new subscription, or more or the end of an old one. Every one that is
// accepted is followed by a NOTIFY at once.
//
// RFC 6665 §4.2.1, §4.4.3
func (b *board) subscribed(m *message) *refusal {
	event, id, r := readEvent(m.req)
	if r != nil {
		return r
	}
	if !event.accepts(m.req) {
		return &refusal{status: sip.StatusNotAcceptable, reason: "Not Acceptable"}
	}
	granted, r := readGrant(m.req)
	if r != nil {
		return r
	}
	s := &watch{user: m.caller.AOR, event: event, id: id}
	if tag(m.req.To().Params) == "" {
		r = b.begins(s, m)
	} else if s = b.match(s, m.req); s == nil {
		r = noDialog
	} else if m.req.CSeq().SeqNo <= s.dialog.RemoteSeq {
		r = &refusal{status: sip.StatusInternalServerError, reason: "CSeq Out Of Order"}
	}
	if r != nil {
		return r
	}
	m.req.SetBody(nil) // nobody reads it (todo RFC 4235 §3.3: filters), and the request is kept for a while
	tx, err := b.tx.serve(m)
	if err != nil {
		return nil // the watcher asks again
	}
	if s.expiry == nil {
		b.add(s)
	} else {
		s.unsure = false
		s.dialog.RemoteSeq = m.req.CSeq().SeqNo
		s.dialog.refresh(m.req.Contact())
		s.dialog.follow(m.from)
	}
	tx.answer(s.accepted(m.req, granted))
	s.expiry.Reset(granted)
	s.expires = time.Now().Add(granted)
	b.keep(s)
	s.wants(atOnce)
	if granted == 0 {
		b.leave(s, timedOut)
		return nil
	}
	b.tell(s)
	return nil
}

// begins makes a new subscription, unless there are too many or there is nobody to watch.
//
// RFC 6665 §4.2.1.1; RFC 3261 §8.1.1.8: Contact is where the NOTIFYs go
func (b *board) begins(s *watch, m *message) *refusal {
	c := m.req.Contact()
	if c == nil || !isSIP(&c.Address) || c.Address.Host == "" || len(c.Address.Headers) > 0 || !clean(c.Address.String()) {
		return bad("Bad Contact")
	}
	s.aor = numberOf(&m.req.Recipient)
	if _, known := b.find(s.aor); !known {
		return &refusal{status: sip.StatusNotFound, reason: "Not Found"}
	}
	b.supersede(s, &c.Address)
	if b.byUser[s.user] >= watchesOfOne {
		return &refusal{status: sip.StatusForbidden, reason: "Too Many Subscriptions"}
	}
	if len(b.watches) >= watchesTotal {
		return b.w.overload(m.req)
	}
	contact := b.w.contact(m.from.flow, bySIPS(m.req))
	s.dialog = dialogAsCallee(m, rand.Text(), contact.String())
	if s.dialog.size() > longestDialog {
		return &refusal{status: sip.StatusMessageTooLarge, reason: "Message Too Large"}
	}
	return nil
}

// size is how many bytes of a dialog the far side chose.
func (d *Dialog) size() int {
	n := len(d.CallID) + len(d.RemoteTag) + len(d.LocalURI) + len(d.LocalName) + len(d.RemoteURI) + len(d.RemoteName) + len(d.Target)
	for _, r := range d.Routes {
		n += len(r)
	}
	return n
}

// match returns the subscription that a SUBSCRIBE within a dialog is for; nil: there is none any more.
//
// RFC 6665 §4.2.1.1, §4.4.1: the dialog and the Event header, and the same user as before
func (b *board) match(asked *watch, req *sip.Request) *watch {
	s := b.watches[tag(req.To().Params)]
	if s == nil || s.phase != watching || s.user != asked.user || s.event != asked.event || s.id != asked.id ||
		s.dialog.CallID != req.CallID().Value() || s.dialog.RemoteTag != tag(req.From().Params) {
		return nil
	}
	return s
}

func (b *board) add(s *watch) {
	b.watches[s.dialog.LocalTag] = s
	b.watched[s.aor] = append(b.watched[s.aor], s)
	b.byUser[s.user]++
	s.expiry = time.AfterFunc(mostExpires, func() { b.in.put(func() { b.expired(s) }) })
}

// accepted is the 200 to a SUBSCRIBE.
//
// RFC 6665 §4.2.1.1
func (s *watch) accepted(req *sip.Request, granted time.Duration) *sip.Response {
	res := reply(req, sip.StatusOK, "OK")
	if to := res.To(); tag(req.To().Params) == "" {
		to.Params.Add("tag", s.dialog.LocalTag)
	}
	if uri, err := parseURI(s.dialog.Contact); err == nil {
		res.AppendHeader(&sip.ContactHeader{Address: uri})
	}
	res.AppendHeader(sip.NewHeader("Expires", seconds(granted)))
	res.AppendHeader(sip.NewHeader("User-Agent", product))
	return res
}

// expired ends a subscription that was not refreshed.
//
// RFC 6665 §4.2.2
func (b *board) expired(s *watch) {
	if s.phase == watching && !time.Now().Before(s.expires) {
		b.leave(s, timedOut)
	}
}

// leave ends a subscription by a last NOTIFY, after the one that may still have no answer.
//
// RFC 6665 §4.2.2
func (b *board) leave(s *watch, why string) {
	if s.phase != watching {
		return
	}
	s.phase, s.reason = leaving, why
	s.wants(atOnce)
	b.tell(s)
}

// drop forgets a subscription.
func (b *board) drop(s *watch) {
	if b.watches[s.dialog.LocalTag] != s {
		return
	}
	s.phase = hasLeft
	b.unkeep(s)
	s.expiry.Stop()
	s.pause()
	delete(b.watches, s.dialog.LocalTag)
	if rest := slices.DeleteFunc(b.watched[s.aor], func(o *watch) bool { return o == s }); len(rest) == 0 {
		delete(b.watched, s.aor)
	} else {
		b.watched[s.aor] = rest
	}
	if b.byUser[s.user]--; b.byUser[s.user] == 0 {
		delete(b.byUser, s.user)
	}
	b.done()
}

// seconds writes a time as Expires and the like have it.
func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
