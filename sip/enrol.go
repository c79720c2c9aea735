package sip

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// The clocks of a registration with a carrier.
const (
	usualLasting   = 10 * time.Minute
	longestLasting = 24 * time.Hour   // that a carrier may ask for
	firstRetry     = 15 * time.Second // after a failure; doubled with each further one
	longestRetry   = 10 * time.Minute
	wrongRetry     = 2 * time.Minute // after a refusal of the password, which is tried seldom: accounts get locked
)

// enrolment is the registration of a trunk with its carrier. It belongs to the trunk's keeper.
type enrolment struct {
	k       *keeper
	callID  string
	tag     string
	line    string // tells our contact from all others, in the URI that calls come to; the same one after a restart
	seq     uint32
	lasting time.Duration // to be asked for

	registered bool
	tried      bool // there was an outcome
	problem    string
	until      time.Time // when the carrier forgets us
	due        time.Time // of the next REGISTER
	failures   int       // in a row
	flow       *flow     // on which we are registered; nil: none, or a datagram's
	at         place     // whom we are registered with

	busy    bool          // one is under way
	leaving bool          // we go
	going   bool          // the one under way says so
	left    []destination // addresses of the registrar that were not tried
	proofs  int           // of this REGISTER
	longer  bool          // the carrier has asked for a longer time, once
}

func newEnrolment(k *keeper) *enrolment {
	e := &enrolment{k: k, callID: rand.Text(), tag: rand.Text(), line: k.w.seal.of("line " + k.t.Name), lasting: k.t.Lasting}
	if e.lasting == 0 {
		e.lasting = usualLasting
	}
	k.t.line = e.line
	return e
}

// said is the registration in a word; empty: there is none to be.
func (e *enrolment) said() string {
	switch {
	case e == nil:
		return ""
	case e.registered:
		return "registered"
	}
	return "not_registered"
}

// gone says that the carrier knows that we go, or will not learn it any more.
func (e *enrolment) gone() bool { return e.leaving && !e.busy }

// begin sends a REGISTER, or finds out where to.
//
// RFC 3261 §10.2
func (e *enrolment) begin() {
	e.busy, e.going, e.proofs, e.longer = true, e.leaving, 0, false
	h, err := e.k.t.registrarHop()
	if err != nil {
		e.failed(err.Error(), 0)
		return
	}
	e.k.w.seek(e.k.in, func(ctx context.Context) func() {
		list, err := e.k.w.locate(ctx, h)
		return func() {
			if err != nil {
				e.failed(err.Error(), 0)
				return
			}
			e.k.leadsNow(true, list)
			e.left = e.k.w.shunned.order(list)
			e.next("")
		}
	})
}

// next tries the next address of the registrar; problem is what was wrong with the last one.
//
// RFC 3263 §4.3
func (e *enrolment) next(problem string) {
	if len(e.left) == 0 {
		e.failed(problem, 0)
		return
	}
	d := e.left[0]
	e.left = e.left[1:]
	if until, alone := e.k.w.shunned.alone(d.place()); alone && !e.going {
		e.next(leftAlone{d.place(), until}.Error())
		return
	}
	e.k.w.seek(e.k.in, func(ctx context.Context) func() {
		f, err := e.k.w.flowTo(ctx, d)
		return func() {
			if err != nil {
				e.next(err.Error())
				return
			}
			e.send(f, nil)
		}
	})
}

// send sends one REGISTER, with the answer to a challenge if there was one.
func (e *enrolment) send(f *flow, challenge *sip.Response) {
	req, err := e.request(f)
	if err == nil && challenge != nil {
		// RFC 3261 §22.1: the answer is for this trunk's carrier alone
		err = e.k.t.answer(req, challenge)
	}
	if err != nil {
		e.failed(err.Error(), 0)
		return
	}
	e.k.request(req, f, func(res *sip.Response) { e.answered(f, res) })
}

// request makes a REGISTER, complete but for its Via.
//
// RFC 3261 §10.2; §10.2.2: to go, the contact's time is 0
func (e *enrolment) request(f *flow) (*sip.Request, error) {
	t, w := e.k.t, e.k.w
	uri, err := t.registrarURI()
	if err != nil {
		return nil, err
	}
	e.seq++
	req := sip.NewRequest(sip.REGISTER, uri)
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	for _, text := range t.routes() {
		r, err := parseURI(text)
		if err != nil {
			return nil, err
		}
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	aor := sip.Uri{Scheme: uri.Scheme, User: scrubUser(t.Username), Host: uri.Host}
	id := sip.CallIDHeader(e.callID)
	contact := w.contact(f, uri.IsEncrypted())
	contact.User = scrubUser(t.contactUser())
	contact.UriParams = append(contact.UriParams, sip.HeaderKV{K: "line", V: e.line})
	lasting := e.lasting
	if e.going {
		lasting = 0
	}
	req.AppendHeader(&sip.FromHeader{Address: aor, Params: sip.HeaderParams{{K: "tag", V: e.tag}}})
	req.AppendHeader(&sip.ToHeader{Address: aor})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: e.seq, MethodName: sip.REGISTER})
	req.AppendHeader(&sip.ContactHeader{Address: contact})
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(lasting/time.Second))))
	req.AppendHeader(sip.NewHeader("User-Agent", product))
	req.SetBody(nil)
	return req, nil
}

// answered takes the answer to a REGISTER; nil: there is none.
func (e *enrolment) answered(f *flow, res *sip.Response) {
	status := 0
	if res != nil {
		status = res.StatusCode
	}
	switch {
	case status == 0:
		e.k.w.leave(f)
		e.k.w.shunned.failed(f.place())
		e.next("the registrar at " + f.place().String() + " does not answer")
	case res.IsSuccess():
		e.succeeded(f, res)
	case status == sip.StatusUnauthorized || status == sip.StatusProxyAuthRequired:
		if e.proofs == 0 || e.proofs == 1 && isStale(res) {
			e.proofs++
			e.send(f, res)
			return
		}
		e.failed(fmt.Sprintf("password refused (%d)", status), wrongRetry)
	case status == sip.StatusIntervalToBrief && e.lengthen(res):
		e.send(f, nil)
	case status == sip.StatusForbidden && e.proofs > 0:
		e.failed("password refused (403)", wrongRetry)
	case status == sip.StatusRequestTimeout || status >= 500 && status < 600:
		if status == sip.StatusServiceUnavailable {
			e.k.w.shunned.refused(f.place(), res)
		}
		e.next(fmt.Sprintf("registration refused with %d by %s", status, f.place()))
	default:
		e.failed(fmt.Sprintf("registration refused (%d)", status), wrongRetry)
	}
}

// lengthen takes the shortest time that the carrier registers anybody for; false: it said so before, or none that we take.
//
// RFC 3261 §10.2.8
func (e *enrolment) lengthen(res *sip.Response) bool {
	text, _ := value(res, "Min-Expires")
	n, err := strconv.Atoi(strings.TrimSpace(text))
	least := time.Duration(n) * time.Second
	if err != nil || e.longer || e.leaving || least <= e.lasting || least > longestLasting {
		return false
	}
	e.lasting, e.longer, e.proofs = least, true, 0
	return true
}

// succeeded notes for how long we are registered; the refresh comes well before, and not for all trunks at once.
//
// RFC 3261 §10.2.4
func (e *enrolment) succeeded(f *flow, res *sip.Response) {
	now := time.Now()
	e.busy = false
	if e.going {
		return
	}
	if e.leaving {
		e.begin()
		return
	}
	lasts := e.granted(res)
	e.registered, e.tried, e.problem, e.failures = true, true, "", 0
	e.until, e.at = now.Add(lasts), f.place()
	e.due = now.Add(max(time.Second, lasts*3/4+mathrand.N(lasts/8+1)))
	e.k.w.shunned.answers(f.place())
	if e.flow != f {
		if e.flow != nil {
			e.flow.unwatch(e.k.in)
		}
		e.flow = nil
		if f.network != "UDP" && f.watch(e.k.in) {
			e.flow = f
		}
	}
	e.k.conclude()
	e.k.remember()
}

// granted returns for how long a 200 registers our contact.
//
// RFC 3261 §10.2.4, §10.3
func (e *enrolment) granted(res *sip.Response) time.Duration {
	text, _ := value(res, "Expires")
	for _, h := range res.GetHeaders("contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			continue
		}
		if line, _ := c.Address.UriParams.Get("line"); line == e.line {
			if own, has := c.Params.Get("expires"); has {
				text = own
			}
		}
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n <= 0 {
		return e.lasting
	}
	return min(time.Duration(n)*time.Second, longestLasting)
}

// failed waits for the next try, longer with each failure. Who was registered is so until his time is over, unless the carrier
// said that it does not know him.
//
// RFC 5626 §4.5: doubled, and by chance, so that many do not come back at once
func (e *enrolment) failed(problem string, least time.Duration) {
	now := time.Now()
	e.busy, e.left = false, nil
	if e.leaving {
		return
	}
	wait := longestRetry
	if e.failures < 10 {
		wait = min(longestRetry, firstRetry<<e.failures)
	}
	wait = max(wait/2+mathrand.N(wait/2+1), least)
	e.failures++
	e.tried, e.problem = true, problem
	if least > 0 || !now.Before(e.until) {
		e.registered = false
	} else if e.registered {
		wait = min(wait, max(time.Second, time.Until(e.until)))
	}
	e.due = now.Add(wait)
	e.k.t.faulted(problem)
	e.k.w.log.Warn("registration with a carrier failed", zap.String("trunk", e.k.t.Name), zap.String("problem", problem))
	e.k.conclude()
}

// lost registers again when the connection is gone that we were registered over.
func (e *enrolment) lost(f *flow) {
	if f != e.flow {
		return
	}
	e.flow = nil
	e.due = time.Now().Add(mathrand.N(doubtTime))
}

// leave says that we go.
//
// RFC 3261 §10.2.2
func (e *enrolment) leave() {
	if e.leaving {
		return
	}
	if e.leaving = true; e.registered && !e.busy {
		e.begin()
	}
}

// registrarURI is whom the trunk registers with: the Request-URI, and the host of its address of record.
func (t *trunk) registrarURI() (sip.Uri, error) {
	uri := *t.uri.Clone()
	if t.Registrar != "" {
		var err error
		if uri, err = parseURI(t.Registrar); err != nil {
			return uri, err
		}
	}
	uri.User, uri.Password, uri.UriParams = "", "", nil
	return uri, nil
}

// registrarHop is where its REGISTERs go to.
func (t *trunk) registrarHop() (hop, error) {
	if t.Proxy != "" || t.Registrar == "" {
		return t.hop()
	}
	uri, err := parseURI(t.Registrar)
	if err != nil {
		return hop{}, err
	}
	h, err := hopOf(&uri)
	h.trunk = t.Name
	return h, err
}
