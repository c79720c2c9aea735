package sip

import (
	"maps"
	"slices"

	"telagent-gateway/call"
)

// Presence is what watchers may know of a person. The zero value is nobody.
type Presence struct {
	User     string     // his user name, under whatever AOR he is shown
	Status   string     // offline, not_ready, available, away, on_break, ringing, in_line or acw; empty: nobody has the AOR any more
	Reason   string     // why, in a word or two; empty: none
	Activity string     // what calls do to him: idle, dialling, offered, talking, cut_off or wrap_up
	Call     call.ID    // that he is in, or is offered; empty: none
	Remote   call.Party // the other side of that call: shown to himself, under his user name, and to nobody else
}

// Show says how the person behind an address of record is now. Watchers are told as soon as their rate allows, of the
// newest state alone. The zero Presence ends their subscriptions. It may be called by any goroutine, and never blocks.
func (w *Wire) Show(aor string, p Presence) { w.board.show(aor, p) }

// news says which event packages have something new to tell of a person.
type news uint8

const (
	newPresence news = 1 << iota
	newDialog
	nobody // the person is gone
)

// person is what the board shows of one address of record.
type person struct {
	Presence
	talk talk
}

// talk is the person's last call, as the dialog package shows it.
type talk struct {
	id     string
	state  string // trying, early, confirmed or terminated (RFC 4235 §3.7.1); empty: there was none yet
	dialed bool   // he called
	remote call.Party
}

// talkStates are the activities in which there is a dialog.
//
// RFC 4235 §3.7.1; an agent who is cut off is still the one in the call
var talkStates = map[string]string{
	"dialling": "trying", "offered": "early", "talking": "confirmed", "cut_off": "confirmed",
}

// then returns the talk that a new state of the person makes of it. The last one stays, terminated, until the next
// begins: lamps that miss a state="full" without dialogs go out by it.
func (t talk) then(p Presence) talk {
	state := talkStates[p.Activity]
	switch {
	case state == "" && t.state == "":
		return talk{}
	case state == "":
		return talk{id: t.id, state: "terminated", dialed: t.dialed}
	}
	next := talk{id: string(p.Call), state: state, remote: p.Remote}
	next.dialed = p.Activity == "dialling" || t.dialed && t.id == next.id && t.state != "terminated"
	return next
}

// show notes a person's state and what of it is new.
func (b *board) show(aor string, p Presence) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was, known := b.people[aor]
	if p.Status == "" {
		if known {
			delete(b.people, aor)
			b.notice(aor, nobody)
		}
		return
	}
	now := person{Presence: p, talk: was.talk.then(p)}
	b.people[aor] = now
	var fresh news
	if was.Status != now.Status || was.Reason != now.Reason {
		fresh |= newPresence
	}
	if was.talk != now.talk {
		fresh |= newDialog
	}
	if fresh != 0 && known {
		b.notice(aor, fresh)
	}
}

// notice lets the board's goroutine know. However much is shown, one item waits for it. The lock is held.
func (b *board) notice(aor string, fresh news) {
	if len(b.fresh) == 0 {
		b.in.put(b.spread)
	}
	b.fresh[aor] |= fresh
}

// spread tells watchers what was shown since it was last called. A person who went and came back is somebody new.
func (b *board) spread() {
	b.mu.Lock()
	fresh := maps.Clone(b.fresh)
	clear(b.fresh)
	b.mu.Unlock()
	for aor, what := range fresh {
		for _, s := range slices.Clone(b.watched[aor]) {
			switch {
			case what&nobody != 0:
				b.leave(s, noResource)
			case what&s.event.news != 0:
				s.wants(whenDue)
				b.tell(s)
			}
		}
	}
}

// find returns what is shown of an address of record; false: nobody has it.
func (b *board) find(aor string) (person, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.people[aor]
	return p, ok
}
