package sip

import (
	"net/netip"
	"slices"
	"time"

	"telagent-gateway/call"
)

// life is what is known of one contact beyond its binding: when it gave a sign of life last, how often it refreshes, and
// which signs are overdue. It goes from a binding to the one that replaces it, and is guarded by the registrar's lock.
type life struct {
	address netip.Addr // that its REGISTER came from
	placed  time.Time  // when it was there first
	seen    time.Time  // its last REGISTER or answer

	gaps   [3]time.Duration // between its last refreshes, the newest first; 0: there were not so many yet
	missed [call.Answers + 1]bool

	answered time.Time // when it answered an OPTIONS last; zero: never
	misses   int       // questions in a row without an answer
	serves   bool      // OPTIONS, and does not just refuse it; until its first answer it is taken to
}

// registered returns the life of a binding that takes the place of an old one; nil: there is none.
func (b *binding) registered(old *binding) *life {
	l := &life{serves: true}
	if old != nil {
		*l = *old.life
		l.gaps = [3]time.Duration{b.Updated.Sub(old.Updated), l.gaps[0], l.gaps[1]}
	}
	l.seen, l.missed[call.Registration], l.misses = b.Updated, false, 0
	if at := b.Remote.Addr(); l.address != at {
		l.address, l.placed = at, b.Updated
	}
	return l
}

// overdueAfter is what a refresh may be late by. It is sent again for half a minute until it is answered, see RFC 3261
// §17.1.2.2, but who gets no answer for so long is worth to be told of.
const overdueAfter = 10 * time.Second

// refreshes returns when the contact's next REGISTER is overdue; false: nobody knows, or not before the contact expires.
// Only who refreshes like a clock is known: some draw the time at random, and those are not early or late.
//
// RFC 3261 §10.2.4
func (b *binding) refreshes() (due time.Time, known bool) {
	shortest, longest := b.life.gaps[0], b.life.gaps[0]
	for _, gap := range b.life.gaps {
		shortest, longest = min(shortest, gap), max(longest, gap)
	}
	if shortest == 0 || longest-shortest > max(2*time.Second, longest/32) {
		return time.Time{}, false
	}
	due = b.Updated.Add(longest + max(overdueAfter, longest/8))
	return due, due.Before(b.Expires)
}

// due returns when something is to be done about a binding: its refresh is overdue, or it expires.
func (b *binding) due() time.Time {
	if due, known := b.refreshes(); known && !b.life.missed[call.Registration] {
		return due
	}
	return b.Expires
}

// age notes what is overdue by now.
func (b *binding) age(now time.Time) {
	if due, known := b.refreshes(); known && !due.After(now) {
		b.life.missed[call.Registration] = true
	}
}

// judge notes what is to be told of an address of record's signs of life: one is missed when it is missed of every contact.
// The lock is held.
func (r *registrar) judge(rec *record) {
	for _, sign := range []call.Sign{call.Registration, call.Answers} {
		missed := true
		for _, b := range rec.bindings {
			missed = missed && b.life.missed[sign]
		}
		switch {
		case missed && !rec.missed[sign]:
			r.untold = append(r.untold, call.Missed{Sign: sign, AOR: rec.aor})
		case !missed && rec.missed[sign]:
			r.untold = append(r.untold, call.Seen{Sign: sign, AOR: rec.aor})
		}
		if sign == call.Answers && missed != rec.missed[sign] {
			if r.silent.Add(1); !missed {
				r.silent.Add(-2)
			}
		}
		rec.missed[sign] = missed
	}
}

// locate notes the address of the contact that came to its place last, if it is another one than before. A contact that
// only refreshes moves nothing, so two phones at two places do not flap. The lock is held.
func (r *registrar) locate(rec *record) {
	var latest *life
	for _, b := range rec.bindings {
		if latest == nil || !b.life.placed.Before(latest.placed) {
			latest = b.life
		}
	}
	if latest.address != rec.address {
		rec.address = latest.address
		r.untold = append(r.untold, call.Located{AOR: rec.aor, Address: rec.address})
	}
}

// answered takes an answer of a contact to OPTIONS; serves says whether it was more than that it knows no such method.
func (r *registrar) answered(q question, serves bool) {
	r.change(func() {
		rec, l := r.lifeOf(q)
		if l == nil {
			return
		}
		now := r.now()
		l.seen, l.answered, l.misses, l.serves, l.missed[call.Answers] = now, now, 0, serves, false
		r.judge(rec)
	})
}

// missesAtMost is how many questions in a row may stay without an answer before the answers are missed.
const missesAtMost = 1

// unanswered notes that a contact did not answer. again says that it is to be asked once more right now. lost is the address
// of a contact that is missed from now on; invalid: of none.
func (r *registrar) unanswered(q question) (again bool, lost netip.Addr) {
	r.change(func() {
		rec, l := r.lifeOf(q)
		if l == nil {
			return
		}
		l.misses++
		switch few := l.misses <= missesAtMost; {
		case l.answered.IsZero():
			l.serves = few // it never answered: that it does not now means nothing
		case few:
			again = true
		case l.misses == missesAtMost+1:
			was := rec.missed[call.Answers]
			if !l.missed[call.Answers] {
				l.missed[call.Answers], lost = true, l.address
			}
			if r.judge(rec); was { // it registered, and may count as seen by that
				r.untold = append(r.untold, call.Missed{Sign: call.Answers, AOR: rec.aor})
			}
		}
	})
	return again, lost
}

// mute says whether the answers of a contact of an address of record are missed.
func (r *registrar) mute(aor string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.records[aor]
	return rec != nil && slices.ContainsFunc(rec.bindings, func(b binding) bool { return b.life.missed[call.Answers] })
}

// lifeOf returns the life of a contact; nil: it is not bound any more. The lock is held.
func (r *registrar) lifeOf(q question) (*record, *life) {
	rec := r.records[q.aor]
	if rec == nil {
		return nil, nil
	}
	for _, b := range rec.bindings {
		if b.URI == q.contact {
			return rec, b.life
		}
	}
	return nil, nil
}

// within returns the addresses of record with a contact that registered from a network.
func (r *registrar) within(line netip.Prefix) (aors []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for aor, rec := range r.records {
		if slices.ContainsFunc(rec.bindings, func(b binding) bool { return line.Contains(b.life.address) }) {
			aors = append(aors, aor)
		}
	}
	return aors
}
