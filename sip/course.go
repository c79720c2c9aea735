package sip

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// wayTime is how long an address may leave an INVITE without any response before another one is tried. It owes one within
// 200 ms, and in a datagram it was sent twice by then. So three that say nothing are left within 4 s.
//
// RFC 3261 §17.2.1
const wayTime = 1200 * time.Millisecond

// rerouteTime is how long the core may take to name another trunk.
const rerouteTime = 2 * time.Second

// course is how a dialled leg goes over trunks: one address after the other, until somebody is alerted.
type course struct {
	dial   call.Dial
	tag    string        // of our From, on this trunk
	left   []destination // addresses of the trunk that were not tried yet
	cause  call.Cause    // what is wrong with what was tried last
	status int
	silent *branch // the last of them, which said nothing so far: if there is no other trunk, it goes on being waited for
	asking bool    // the core was asked for another trunk
	turn   int     // how often
}

// dialTrunk rings a number over the trunk that the core names, or the first that can take it.
func (l *leg) dialTrunk(a call.Dial) {
	l.course = &course{dial: a}
	l.board(a.Target.Trunk)
}

// board takes a channel of a trunk and finds its addresses.
func (l *leg) board(name string) {
	c, w := l.course, l.q.w
	t, cause := w.freeTrunk(name, c.dial.Help)
	if t == nil {
		l.strand(cause, 0)
		return
	}
	l.trunk, c.tag = t, rand.Text()
	l.q.in.journal.goesOver(t.Name)
	found := func(list []destination, err error) {
		if l.phase != dialing {
			return
		}
		if err == nil {
			list, err = w.tryable(list, c.dial.Help)
		}
		if err != nil {
			t.faulted(err.Error())
			t.doubted(place{})
			l.strand(call.TrunkFault, 0)
			return
		}
		c.left = list
		l.tryNext()
	}
	h, err := t.hop()
	if _, numeric := h.address(); numeric || err != nil {
		list := []destination(nil)
		if err == nil {
			list, err = w.locate(w.ctx, h)
		}
		found(list, err)
		return
	}
	l.q.jobs++
	w.seek(l.q.in, func(ctx context.Context) func() {
		list, err := w.locate(ctx, h)
		return func() {
			l.q.jobs--
			found(list, err)
		}
	})
}

// tryNext sends the INVITE to the next address. Within a trunk it is the same request in another transaction.
//
// RFC 3263 §4.3
func (l *leg) tryNext() {
	c, t := l.course, l.trunk
	d := c.left[0]
	c.left = c.left[1:]
	target := *t.uri.Clone()
	target.User = scrubUser(rewritten(t.terms().Rewrite.CalledOut, c.dial.Target.Number))
	to := target
	to.UriParams, to.Port = nil, 0
	b := &branch{l: l, trunk: t, tag: c.tag, target: target, to: to, routes: t.routes(), from: c.dial.From, way: &d}
	for _, earlier := range l.branches {
		if earlier.tag == b.tag && earlier.seq > 0 {
			b.seq = earlier.seq - 1
		}
	}
	l.branches = append(l.branches, b)
	l.q.after(wayTime, b.tooSlow)
	if f, ok := l.q.w.readyAt(d); ok {
		b.send(f)
		return
	}
	l.q.jobs++
	l.q.w.seek(l.q.in, func(ctx context.Context) func() {
		f, err := l.q.w.flowTo(ctx, d)
		return func() {
			l.q.jobs--
			switch {
			case b.stopped:
				b.done = true
			case err != nil:
				b.fail(err)
			default:
				b.send(f)
			}
		}
	})
}

// tooSlow leaves an address that said nothing at all: nobody was rung there. Should it be heard after all, it is told so.
func (b *branch) tooSlow() {
	l := b.l
	if b.spoke || b.stopped || b.done || l.phase != dialing {
		return
	}
	b.blame("a call got no answer from " + b.way.place().String())
	b.left = true
	b.cancel(reasonHeader(call.TrunkFault, "")) // nothing is sent before its first response
	if c := l.course; len(c.left) == 0 {
		c.silent = b
	}
	l.goOn(call.TrunkFault, 0)
}

// movesOn tries the next way after one that refused, if it is the way that refused and not a person or a number, and nobody
// was alerted; false: the leg has its answer.
//
// RFC 3261 §16.7: a failed server is no answer of the one who is called; RFC 3263 §4.3
func (b *branch) movesOn() bool {
	l := b.l
	if b.trunk == nil || b.way == nil || b.stopped || b.alerts || l.phase != dialing || b.cause != call.TrunkFault {
		return false
	}
	switch b.status {
	case 0, sip.StatusRequestTimeout, sip.StatusInternalServerError, sip.StatusBadGateway, sip.StatusServiceUnavailable,
		sip.StatusGatewayTimeout:
	case sip.StatusUnauthorized, sip.StatusProxyAuthRequired:
		l.course.left = nil // whoever does not know us there does so at all its addresses
	default:
		return false
	}
	b.left = true
	l.goOn(b.cause, b.status)
	return true
}

// goOn tries the next address, or asks for another trunk.
func (l *leg) goOn(cause call.Cause, status int) {
	if len(l.course.left) > 0 {
		l.tryNext()
		return
	}
	l.strand(cause, status)
}

// strand asks the core for another trunk.
func (l *leg) strand(cause call.Cause, status int) {
	c := l.course
	c.cause, c.status, c.asking = cause, status, true
	c.turn++
	turn := c.turn
	l.q.w.report(call.TurnedAway{Leg: l.id, Status: status})
	l.q.after(rerouteTime, func() {
		if c.turn == turn {
			l.rerouted("")
		}
	})
}

// rerouted goes on over the trunk that the core named. Without one, a way that only was silent so far gets the rest of its
// time.
func (l *leg) rerouted(trunk string) {
	c := l.course
	if c == nil || !c.asking || l.phase != dialing {
		return
	}
	silent := c.silent
	c.asking, c.silent = false, nil
	switch {
	case trunk != "":
		if l.trunk != nil {
			l.trunk.give()
			l.trunk = nil
		}
		l.board(trunk)
	case silent != nil && !silent.spoke && !silent.done:
		silent.stopped, silent.left = false, false
	default:
		l.end(call.Failed{Leg: l.id, Cause: c.cause, Status: c.status})
	}
}

// hasRivals says that another branch may be answered instead.
func (b *branch) hasRivals() bool {
	return slices.ContainsFunc(b.l.branches, func(other *branch) bool { return other != b && !other.left })
}

// blame notes for people, and for the calls to come, that an address failed, and lets it be asked whether it is there.
func (b *branch) blame(problem string) {
	b.trunk.faulted(problem)
	if b.way != nil {
		b.l.q.w.shunned.failed(b.way.place())
		b.trunk.doubted(b.way.place())
	}
}

// heeds takes what a refusal says of the address that it came from.
func (b *branch) heeds(res *sip.Response) {
	if b.way != nil && res != nil && res.StatusCode == sip.StatusServiceUnavailable {
		b.l.q.w.shunned.refused(b.way.place(), res)
	}
}

// tryable puts addresses into the order in which they are tried, without those that asked to be left alone. A call for
// help is tried there too, at last.
func (w *Wire) tryable(list []destination, help bool) ([]destination, error) {
	list = w.shunned.order(list)
	if help {
		return list, nil
	}
	i := slices.IndexFunc(list, func(d destination) bool { _, alone := w.shunned.alone(d.place()); return alone })
	if i == 0 {
		until, _ := w.shunned.alone(list[0].place())
		return nil, leftAlone{list[0].place(), until}
	}
	if i > 0 {
		list = list[:i]
	}
	return list, nil
}

// leftAlone is why nothing is sent to an address.
type leftAlone struct {
	place
	until time.Time
}

// Error says so.
func (e leftAlone) Error() string {
	return e.place.String() + " asks to be left alone until " + e.until.UTC().Format("15:04:05 MST") + " (503, Retry-After)"
}

// readyAt returns the flow to an address if nothing has to be waited for.
func (w *Wire) readyAt(d destination) (*flow, bool) {
	if d.network == "UDP" {
		f, err := w.packetsTo(d.remote)
		return f, err == nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.outgoing[d]; s != nil {
		return s.flow, true
	}
	return nil, false
}

// hop returns where the requests of a trunk go to.
func (t *trunk) hop() (hop, error) {
	uri := t.uri
	if t.Proxy != "" {
		var err error
		if uri, err = parseURI(t.Proxy); err != nil {
			return hop{}, err
		}
	}
	h, err := hopOf(&uri)
	h.trunk = t.Name
	return h, err
}

// routes are the URIs that the requests of a trunk visit before their own: its outbound proxy.
//
// RFC 3261 §8.1.2
func (t *trunk) routes() []string {
	if t.Proxy == "" {
		return nil
	}
	if strings.Contains(t.Proxy, ";lr") {
		return []string{t.Proxy}
	}
	return []string{t.Proxy + ";lr"}
}
