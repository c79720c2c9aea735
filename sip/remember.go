package sip

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

// contactKey begins the keys in Options.Contacts of addresses of record.
const contactKey = "aor:"

// A refresh that only moves a contact's end is kept within moments and not at once: so many addresses of record at a time. A
// line of 2,000 phones that come back together costs the store no more than a few writes for each of its commits.
const (
	rememberEvery = 100 * time.Millisecond
	rememberMost  = 50
)

// keptRecord is what is kept of an address of record.
type keptRecord struct {
	Version  int // of this struct: 1
	Bindings []keptBinding
}

// keptBinding is a binding with what is known of its phone.
type keptBinding struct {
	binding
	Address          netip.Addr
	Placed, Answered time.Time
	Gaps             [3]time.Duration
	Mute             bool // it knows no OPTIONS
}

// encode returns the stored form.
func (rec *record) encode() ([]byte, error) {
	k := keptRecord{Version: 1}
	for _, b := range rec.bindings {
		k.Bindings = append(k.Bindings, keptBinding{
			binding: b, Address: b.life.address, Placed: b.life.placed, Answered: b.life.answered, Gaps: b.life.gaps, Mute: !b.life.serves,
		})
	}
	return json.Marshal(k)
}

// decodeBindings reads the stored form. What it returns without an error can be rung.
func decodeBindings(raw []byte) (list []binding, err error) {
	k := keptRecord{}
	if json.Unmarshal(raw, &k) != nil {
		return nil, errors.New("what was kept of it cannot be read")
	}
	if k.Version != 1 {
		return nil, fmt.Errorf("what was kept of it is of version %d; this program knows version 1", k.Version)
	}
	if len(k.Bindings) > contactsPerAOR {
		return nil, errors.New("it has more contacts than are taken")
	}
	for _, kept := range k.Bindings {
		b := kept.binding
		uri, err := parseURI(b.URI)
		if err != nil || !isSIP(&uri) || uri.Host == "" || !b.Remote.IsValid() || !b.Local.IsValid() || !isNetwork(b.Network) || !kept.Address.IsValid() {
			return nil, errors.New("it has a contact that is none")
		}
		b.life = &life{address: kept.Address, placed: kept.Placed, seen: b.Updated, answered: kept.Answered, gaps: kept.Gaps, serves: !kept.Mute}
		list = append(list, b)
	}
	return list, nil
}

func isNetwork(name string) bool {
	return slices.Contains([]string{"UDP", "TCP", "TLS", "WS", "WSS"}, name)
}

// outlives says that a contact is reached without the connection that its phone registered over.
//
// RFC 3327 §5.3: what is behind a proxy outlives the proxy's connection
func (b *binding) outlives() bool { return b.Network == "UDP" || len(b.Path) > 0 }

// The phones whose connection ended with the process before are on their way back: their machines saw it end. For returnTime
// the core is told nothing of them, so that a restart moves nobody to another phone, and who is to be rung is waited for, but
// not for long: nobody is rung over a connection that is gone. Who is not back then is missed, as when a connection is cut,
// see flowGone.
const (
	returnTime = 15 * time.Second
	ringWait   = 5 * time.Second
	ringLook   = 200 * time.Millisecond
)

// recall goes on with what phones registered at a process that is gone. Over UDP they are bound as they were, over
// connections when they are back.
func (d *desk) recall(contacts map[string][]byte) {
	now := d.registrar.now()
	var last time.Time
	for key, raw := range contacts {
		aor, is := strings.CutPrefix(key, contactKey)
		if !is {
			continue
		}
		list, err := decodeBindings(raw)
		if err != nil {
			d.w.log.Warn("the contacts of a phone are forgotten", zap.String("aor", aor), zap.Error(err))
		}
		list = slices.DeleteFunc(list, func(b binding) bool { return !b.Expires.After(now) })
		if len(list) == 0 {
			d.tell(key, nil)
			continue
		}
		for i := range list {
			if list[i].steady(now); list[i].Expires.After(last) {
				last = list[i].Expires
			}
			d.w.gate.befriend(list[i].Remote.Addr())
		}
		d.registrar.restore(aor, list)
	}
	d.in.put(func() { d.registrar.change(func() {}) }) // what came of it is told as soon as somebody listens
	if len(d.registrar.awaited) > 0 {
		d.registrar.patient = true
		time.AfterFunc(returnTime, func() { d.in.put(d.registrar.miss) })
	}
	if !last.IsZero() {
		time.AfterFunc(last.Sub(now), func() { d.in.put(d.registrar.giveUp) })
	}
}

// steady makes the times of a binding that was kept ones that go on evenly, whoever sets the clock on the wall. Where that was set
// back meanwhile nothing of it is to come, and it does not last for longer than any.
func (b *binding) steady(now time.Time) {
	for _, t := range []*time.Time{&b.Updated, &b.life.placed, &b.life.seen, &b.life.answered} {
		if !t.IsZero() {
			*t = now.Add(min(t.Sub(now), 0))
		}
	}
	b.Expires = now.Add(min(b.Expires.Sub(now), mostExpires))
}

// restore brings the bindings of an address of record back.
func (r *registrar) restore(aor string, list []binding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reached := slices.DeleteFunc(slices.Clone(list), func(b binding) bool { return !b.outlives() })
	if r.total+len(reached) > contactsTotal || len(r.awaited) >= contactsTotal {
		return
	}
	if len(reached) > 0 {
		r.put(aor, reached)
		if len(reached) == len(list) {
			delete(r.changed, aor) // it is kept
		}
		return
	}
	r.awaited[aor] = struct{}{}
}

// miss tells the core which phones did not come back in time.
func (r *registrar) miss() {
	r.change(func() {
		r.patient = false
		for aor := range r.awaited {
			r.cut[aor] = struct{}{}
			r.untold = append(r.untold, call.Missed{Sign: call.Flow, AOR: aor}, call.Unbound{AOR: aor})
		}
	})
}

// returns says whether a phone may be back in a moment.
func (r *registrar) returns(aor string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, is := r.awaited[aor]
	return is && r.patient
}

// giveUp forgets the phones that did not come back before their registration was over.
func (r *registrar) giveUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for aor := range r.awaited {
		delete(r.cut, aor)
		r.changed[aor] = struct{}{}
	}
	clear(r.awaited)
}

// alters notes what a change of an address of record's bindings means for what is kept of it. The lock is held.
func (r *registrar) alters(aor string, was, is []binding) {
	delete(r.awaited, aor)
	same := slices.EqualFunc(was, is, func(a, b binding) bool {
		return a.URI == b.URI && a.Q == b.Q && a.Instance == b.Instance && a.RegID == b.RegID && slices.Equal(a.Path, b.Path) &&
			a.UserAgent == b.UserAgent && a.Network == b.Network && a.Local == b.Local && a.Remote == b.Remote && a.NAT == b.NAT &&
			a.CallID == b.CallID
	})
	if same && len(was) > 0 {
		r.refreshed[aor] = struct{}{}
		return
	}
	r.changed[aor] = struct{}{}
}

// unkept takes what is to be kept now: everything that matters, and of the rest as many as most.
func (r *registrar) unkept(most int) (now map[string][]byte, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for aor := range r.refreshed {
		if most--; most < 0 {
			break
		}
		r.changed[aor] = struct{}{}
	}
	now = make(map[string][]byte, len(r.changed))
	for aor := range r.changed {
		delete(r.refreshed, aor)
		now[aor] = nil
		if rec := r.records[aor]; rec != nil {
			now[aor], _ = rec.encode() // it is made of what encodes
		}
	}
	clear(r.changed)
	return now, len(r.refreshed) > 0
}

// remember lets be kept what changed, and of the contacts that were only refreshed as many as most.
func (d *desk) remember(most int) {
	if d.w.o.KeepContact == nil {
		return
	}
	now, more := d.registrar.unkept(most)
	for aor, raw := range now {
		d.tell(contactKey+aor, raw)
	}
	if more && !d.remembers {
		d.remembers = true
		time.AfterFunc(rememberEvery, func() {
			d.in.put(func() {
				d.remembers = false
				d.remember(rememberMost)
			})
		})
	}
}

func (d *desk) tell(key string, raw []byte) {
	if d.w.o.KeepContact != nil {
		d.w.o.KeepContact(key, raw)
	}
}
