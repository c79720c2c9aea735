package sip

import (
	"cmp"
	"container/heap"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// Phone is one contact that a phone registered, for people to look at.
type Phone struct {
	AOR       string    // user part of the address of record
	Contact   string    // the URI as the phone gave it
	Transport string    // "UDP", "TCP", "TLS", "WS" or "WSS"
	Source    string    // address and port that the REGISTER came from
	UserAgent string    // as the phone calls itself; empty: it does not say
	Expires   time.Time // when the contact is gone unless the phone registers again

	Seen     time.Time   // its last sign of life to us: a REGISTER or an answer
	Answered time.Time   // when it answered OPTIONS last; zero: it was not asked yet, or never did
	Missed   []call.Sign // the signs that are overdue
}

const (
	contactsPerAOR = 10      // most contacts of one address of record: further ones get 403
	contactsTotal  = 100_000 // most contacts of all together: further ones get 503
)

// registrar knows where phones are. Register, contacts and the rest may be called by any goroutine: the map is behind
// one lock, which is never held while an event is reported.
type registrar struct {
	longest time.Duration // that a contact is bound for at once
	domain  string
	guard   *guard
	report  func(call.Event)
	now     func() time.Time

	mu      sync.Mutex
	records map[string]*record            // by AOR; a record has at least one binding
	byFlow  map[*flow]map[string]struct{} // AORs with a binding over a stream connection
	cut     map[string]struct{}           // AORs that were unbound because their connection was gone, and are not back
	due     dueList
	total   int          // bindings in all records
	moves   []move       // of contacts that are reached elsewhere now, to be taken by the desk
	silent  atomic.Int32 // records whose answers are missed
	untold  []call.Event // what changed, in its order; each change is told by who made it

	changed, refreshed map[string]struct{} // AORs of which something else is to be kept, at once or in a while
	awaited            map[string]struct{} // AORs whose connection ended with another process, and that are not back
	patient            bool                // nobody is told so yet

	telling sync.Mutex // held while events are reported, so that they keep their order
}

// record is what is known of one address of record.
type record struct {
	aor      string
	bindings []binding
	due      time.Time // no binding expires or is overdue before this; the key of the heap
	place    int       // in the heap

	address netip.Addr // as told last by Located
	missed  [call.Answers + 1]bool
}

// binding ties a contact to an address of record until it expires. It is a plain value that can be stored; after a
// restart a binding over a stream connection has no flow and is worth nothing.
//
// RFC 3261 §10.3
type binding struct {
	URI           string
	CallID        string
	CSeq          uint32
	Q             int // thousandths
	Expires       time.Time
	Updated       time.Time
	Instance      string   // +sip.instance as received (RFC 5626 §4.1); empty: none
	RegID         string   // reg-id
	Path          []string // URIs of the proxies on the way (RFC 3327), the nearest first
	UserAgent     string
	Network       string
	Local, Remote netip.AddrPort
	NAT           bool // the contact's URI does not say where the REGISTER came from: only the source reaches the phone

	flow *flow
	life *life
}

// contact is a reachable contact, for who wants to send a request there.
type contact struct {
	uri       sip.Uri  // becomes the Request-URI
	text      string   // the same as the phone wrote it
	serves    bool     // OPTIONS, as far as is known
	src       source   // where the REGISTER came from
	nat       bool     // send to src and not to where uri points
	path      []string // URIs that become the Route, in this order
	q         int      // thousandths
	expires   time.Time
	userAgent string
	instance  string
	regID     string // empty: it keeps no flow
}

func newRegistrar(domain string, g *guard, report func(call.Event), now func() time.Time) *registrar {
	return &registrar{
		domain: domain, guard: g, report: report, now: now, longest: mostExpires,
		records: make(map[string]*record), byFlow: make(map[*flow]map[string]struct{}),
		cut: make(map[string]struct{}), changed: make(map[string]struct{}), refreshed: make(map[string]struct{}),
		awaited: make(map[string]struct{}),
	}
}

// contacts returns where an address of record can be reached now, the best first: by q, then the latest.
func (r *registrar) contacts(aor string) []contact {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.records[aor]
	if rec == nil {
		return nil
	}
	now := r.now()
	live := make([]binding, 0, len(rec.bindings))
	for _, b := range rec.bindings {
		if b.Expires.After(now) {
			live = append(live, b)
		}
	}
	slices.SortStableFunc(live, func(a, b binding) int {
		return cmp.Or(cmp.Compare(b.Q, a.Q), b.Updated.Compare(a.Updated))
	})
	list := make([]contact, 0, len(live))
	for _, b := range live {
		uri, err := parseURI(b.URI)
		if err != nil {
			continue // it was parsed when it was bound
		}
		list = append(list, contact{
			uri: uri, text: b.URI, serves: b.life.serves, src: source{network: b.Network, local: b.Local, remote: b.Remote, flow: b.flow}, nat: b.NAT,
			path: b.Path, q: b.Q, expires: b.Expires, userAgent: b.UserAgent, instance: b.Instance, regID: b.RegID,
		})
	}
	return list
}

// targets returns where an address of record is to be rung: its contacts, and of several flows of one phone the latest.
//
// RFC 5626 §7: a request goes to one flow of a phone at a time
func (r *registrar) targets(aor string) []contact {
	list := r.contacts(aor)
	rung := make(map[string]bool)
	return slices.DeleteFunc(list, func(c contact) bool {
		twice := c.regID != "" && rung[c.instance]
		rung[c.instance] = rung[c.instance] || c.regID != ""
		return twice
	})
}

// cameBack returns where the phone of a dialog is now whose connection is gone: its contact, or the only one there is, was
// registered over another one since. false: it is not back, or is reached by other ways.
//
// RFC 5626 §4.2, §5.3
func (r *registrar) cameBack(d *Dialog) (at source, back bool) {
	target, err := parseURI(d.Target)
	if d.AOR == "" || d.Network == "UDP" || len(d.Routes) > 0 || err != nil {
		return at, false
	}
	list := r.contacts(d.AOR)
	for _, c := range list {
		if f := c.src.flow; f != nil && f.alive() && len(c.path) == 0 && (len(list) == 1 || sameURI(&c.uri, &target)) {
			return c.src, true
		}
	}
	return at, false
}

// phones returns every live contact, by AOR.
func (r *registrar) phones() []Phone {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	list := make([]Phone, 0, r.total)
	for aor, rec := range r.records {
		for _, b := range rec.bindings {
			if b.Expires.After(now) {
				p := Phone{
					AOR: aor, Contact: b.URI, Transport: b.Network, Source: b.Remote.String(),
					UserAgent: b.UserAgent, Expires: b.Expires, Seen: b.life.seen, Answered: b.life.answered,
				}
				for sign, missed := range b.life.missed {
					if missed {
						p.Missed = append(p.Missed, call.Sign(sign))
					}
				}
				list = append(list, p)
			}
		}
	}
	slices.SortFunc(list, func(a, b Phone) int {
		return cmp.Or(cmp.Compare(a.AOR, b.AOR), cmp.Compare(a.Contact, b.Contact))
	})
	return list
}

// expire forgets the contacts whose time is over, and notes those whose refresh is overdue.
func (r *registrar) expire(now time.Time) {
	r.change(func() {
		for len(r.due) > 0 && !r.due[0].due.After(now) {
			rec := r.due[0]
			for i := range rec.bindings {
				rec.bindings[i].age(now)
			}
			r.put(rec.aor, slices.DeleteFunc(slices.Clone(rec.bindings), func(b binding) bool { return !b.Expires.After(now) }))
		}
	})
}

// next returns when expire has something to do, or a little earlier; false: there is nothing to wait for.
func (r *registrar) next() (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.due) == 0 {
		return time.Time{}, false
	}
	return r.due[0].due, true
}

// flowGone forgets the contacts that were reached over a stream connection that is closed; any says that there were some. It
// returns the addresses of record that have others. They are forgotten at once, though most phones come back within seconds: until they do, nothing
// can be sent to them, so nobody should be offered a call there. Missed is told first, so that who hears of Unbound knows
// that the phone did not sign off; when it comes back Bound is told, then Seen. How long to wait in between is for the core
// to say.
//
// RFC 5626 §4.4, §4.5: the phone finds out and registers anew; §7: a registrar may remove a binding whose flow failed
func (r *registrar) flowGone(f *flow) (others []string, any bool) {
	r.change(func() {
		any = len(r.byFlow[f]) > 0
		for aor := range r.byFlow[f] {
			left := slices.DeleteFunc(slices.Clone(r.records[aor].bindings), func(b binding) bool { return b.flow == f })
			if len(left) > 0 {
				others = append(others, aor)
			} else if len(r.cut) < contactsTotal {
				r.cut[aor] = struct{}{}
				r.untold = append(r.untold, call.Missed{Sign: call.Flow, AOR: aor})
			}
			r.put(aor, left)
		}
	})
	return others, any
}

// change runs do under the lock and then tells what came of it, in the order in which it came.
func (r *registrar) change(do func()) {
	r.mu.Lock()
	do()
	told := len(r.untold) == 0
	r.mu.Unlock()
	if told {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	r.mu.Lock()
	events := r.untold
	r.untold = nil
	r.mu.Unlock()
	for _, e := range events {
		r.report(e)
	}
}

// put makes bindings the only ones of an AOR and notes what that means. The lock is held.
func (r *registrar) put(aor string, bindings []binding) {
	rec := r.records[aor]
	switch {
	case rec == nil && len(bindings) == 0:
		return
	case rec == nil:
		rec = &record{aor: aor}
		r.records[aor] = rec
	case len(bindings) == 0:
		delete(r.records, aor)
		if rec.missed[call.Answers] {
			r.silent.Add(-1)
		}
		r.untold = append(r.untold, call.Unbound{AOR: aor})
	}
	isNew := rec.bindings == nil
	for _, b := range rec.bindings {
		if users := r.byFlow[b.flow]; users != nil {
			if delete(users, aor); len(users) == 0 {
				delete(r.byFlow, b.flow)
			}
		}
	}
	r.total += len(bindings) - len(rec.bindings)
	r.alters(aor, rec.bindings, bindings)
	rec.bindings = bindings
	if len(bindings) == 0 {
		heap.Remove(&r.due, rec.place)
		return
	}
	r.tell(rec, isNew)
	rec.due = bindings[0].due()
	for _, b := range bindings {
		if b.due().Before(rec.due) {
			rec.due = b.due()
		}
		if b.flow != nil && !b.outlives() {
			if r.byFlow[b.flow] == nil {
				r.byFlow[b.flow] = make(map[string]struct{})
			}
			r.byFlow[b.flow][aor] = struct{}{}
		}
	}
	if isNew {
		heap.Push(&r.due, rec)
	} else {
		heap.Fix(&r.due, rec.place)
	}
}

// tell notes what a record's bindings say: where the phone is, so that who hears of Bound knows; that it is bound; and which
// signs of life are missed or seen again. The lock is held.
func (r *registrar) tell(rec *record, isNew bool) {
	r.locate(rec)
	if isNew {
		r.untold = append(r.untold, call.Bound{AOR: rec.aor})
	}
	if _, was := r.cut[rec.aor]; was {
		delete(r.cut, rec.aor)
		r.untold = append(r.untold, call.Seen{Sign: call.Flow, AOR: rec.aor})
	}
	r.judge(rec)
}

// dueList is a heap of records by the time at which something is to be done about their first binding.
type dueList []*record

func (d dueList) Len() int           { return len(d) }
func (d dueList) Less(i, j int) bool { return d[i].due.Before(d[j].due) }
func (d dueList) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push implements heap.Interface.
func (d *dueList) Push(x any) {
	rec := x.(*record)
	rec.place = len(*d)
	*d = append(*d, rec)
}

// Pop implements heap.Interface.
func (d *dueList) Pop() any {
	last := len(*d) - 1
	rec := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	return rec
}

// any says whether a phone is registered from a source.
func (r *registrar) any(source netip.Prefix) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range r.records {
		for i := range rec.bindings {
			if source.Contains(rec.bindings[i].Remote.Addr()) {
				return true
			}
		}
	}
	return false
}
