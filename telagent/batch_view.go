package telagent

import "time"

// BatchView is a mass switch as readers see it.
type BatchView struct {
	ID, By    string
	RequestID string
	What      string // whom it is about, in words
	Back      bool   // to the softphones
	Began     time.Time
	Ended     time.Time // zero: it goes on
	UndoUntil time.Time // zero: it cannot be undone any more
	Members   []MemberView
}

// MemberView is one agent of a BatchView.
type MemberView struct {
	Agent    string
	Progress Progress
	Code     string // why he waits, was refused or could not be moved; empty: nothing of it
	Sentence string // the same in words
	To       string // what rings or rang; empty: nothing did
	Since    time.Time
}

func (b *batch) view() BatchView {
	v := BatchView{
		ID: b.id, By: b.by, RequestID: b.request, What: b.what, Back: b.back, Began: b.began, Ended: b.ended, UndoUntil: b.undoUntil,
		Members: make([]MemberView, 0, len(b.members)),
	}
	for _, m := range b.members {
		v.Members = append(v.Members, MemberView{Agent: m.id, Progress: m.is, Code: m.code, Sentence: m.why, To: m.to, Since: m.since})
	}
	return v
}
