package sip

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"
)

// move is a phone that registered its contact from another address or port than before, over UDP: a NAT gave it another port,
// or it is in another network. It proved itself, so the calls that it has go with it.
type move struct {
	aor  string
	from netip.AddrPort
	to   source
}

// movesAtMost bounds the moves of one REGISTER.
const movesAtMost = contactsPerAOR

// movesFrom notes that a binding takes the place of one elsewhere. A phone behind a proxy is reached by that, wherever it is. The
// lock is held.
func (r *registrar) movesFrom(aor string, old, now *binding) {
	if old.Network == "UDP" && now.Network == "UDP" && old.Remote != now.Remote && len(old.Path)+len(now.Path) == 0 &&
		now.Expires.After(now.Updated) && len(r.moves) < movesAtMost {
		r.moves = append(r.moves, move{aor, old.Remote, source{network: now.Network, local: now.Local, remote: now.Remote}})
	}
}

// moved returns the moves since it was asked last.
func (r *registrar) moved() []move {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.moves
	r.moves = nil
	return all
}

// follow lets the calls of a phone go where it is now.
//
// RFC 5626 §5.3 says so of flows; RFC 3261 §12.2.1.1 would go on sending to a hole that the NAT has closed
func (w *Wire) follow(m move) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.standing {
		if in := w.legs[s.leg]; s.aor == m.aor && in != nil {
			in.put(m)
		}
	}
}

// moved lets the dialogs of a phone that were reached where it was go where it is now, and its audio be looked for there.
func (q *queue) moved(m move) {
	for _, l := range q.legs {
		for _, d := range l.dialogs() {
			if l.phase == over || d.AOR != m.aor || d.Network != "UDP" || d.Remote != m.from || len(d.Routes) > 0 {
				continue
			}
			d.follow(m.to)
			if d == l.dialog && l.phase == up {
				q.w.o.Audio.Behind(l.id, m.to.remote.Addr())
			}
		}
	}
}

// movesBy notes where an INVITE or UPDATE of a phone's dialog comes from. Who sends it from elsewhere than before has moved; its
// audio may come from there, unless it is at the address that its Contact names.
func (l *leg) movesBy(d *Dialog, req *sip.Request, from source) {
	before := d.Remote
	d.refresh(req.Contact())
	d.follow(from)
	if c := req.Contact(); d == l.dialog && d.AOR != "" && l.phase == up && d.Network == "UDP" && before != from.remote && c != nil && elsewhere(&c.Address, from.remote) {
		l.q.w.o.Audio.Behind(l.id, from.remote.Addr())
	}
}
