package sip

import (
	"telagent-gateway/call"
)

// dialogID names a dialog as its far side does in a request: the To tag is ours, the From tag is his.
//
// RFC 3261 §12
type dialogID struct{ callID, local, remote string }

// standing is a dialog that rings or stands, as other calls may name it.
type standing struct {
	leg    call.LegID
	aor    string // the phone that the far side is; empty: a trunk
	caller bool   // we sent the INVITE
	up     bool   // it was answered
}

// mostCalls is how many calls one phone may have begun at once. A person needs two or three of them; a phone gone wild
// must not take the places of all others.
const mostCalls = 16

// stand makes a dialog of the leg known to other calls, or notes that it was answered.
func (l *leg) stand(d *Dialog, up bool) {
	id := dialogID{d.CallID, d.LocalTag, d.RemoteTag}
	w := l.q.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.standing[id]; !known {
		l.stood = append(l.stood, id)
	}
	w.standing[id] = standing{leg: l.id, aor: d.AOR, caller: d.Caller, up: up}
}

// vanish makes every dialog of the leg unknown again.
func (l *leg) vanish() {
	w := l.q.w
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range l.stood {
		delete(w.standing, id)
	}
	l.stood = nil
}

// stands returns the dialog of that name; false: there is none.
//
// RFC 3891 §3: a tag of zero means no tag too, as in a dialog with a peer of RFC 2543
func (w *Wire) stands(id dialogID) (standing, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.standing[id]
	if !ok && id.remote == "0" {
		id.remote = ""
		s, ok = w.standing[id]
	}
	return s, ok
}

// Talks says whether the dialog of any leg stands.
func (w *Wire) Talks() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.standing {
		if s.up {
			return true
		}
	}
	return false
}

// engage counts a call that a phone begins; false: it has too many.
func (l *leg) engage(aor string) bool {
	w := l.q.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if aor != "" && w.calling[aor] >= mostCalls {
		return false
	}
	if l.calling = aor; aor != "" {
		w.calling[aor]++
	}
	return true
}

// disengage takes that back. The registry is locked.
func (l *leg) disengage() {
	if l.calling == "" {
		return
	}
	if w := l.q.w; w.calling[l.calling] > 1 {
		w.calling[l.calling]--
	} else {
		delete(w.calling, l.calling)
	}
}
