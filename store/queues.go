package store

import (
	"encoding/json"
	"fmt"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

type queueEntry struct {
	Numbers        []string                  `json:"numbers,omitempty"`
	Strategy       string                    `json:"strategy"`
	Priority       int                       `json:"priority"`
	Office         string                    `json:"office,omitempty"`
	CallingName    string                    `json:"calling_name,omitempty"`
	ShowCaller     bool                      `json:"show_caller,omitempty"`
	Record         bool                      `json:"record,omitempty"`
	CallerID       string                    `json:"caller_id,omitempty"`
	FallbackFor    []string                  `json:"fallback_for,omitempty"`
	Music          string                    `json:"music,omitempty"`
	Language       string                    `json:"language,omitempty"`
	RingNS         int64                     `json:"ring_ns,omitempty"`
	WidenNS        int64                     `json:"widen_ns,omitempty"`
	StickyNS       int64                     `json:"sticky_ns,omitempty"`
	PatienceNS     int64                     `json:"patience_ns,omitempty"`
	MaxWaitNS      int64                     `json:"max_wait_ns,omitempty"`
	MaxWaiting     int                       `json:"max_waiting,omitempty"`
	Overflow       overflowEntry             `json:"overflow,omitzero"`
	AnswerWithinNS int64                     `json:"answer_within_ns,omitempty"`
	AnnounceNS     int64                     `json:"announce_ns,omitempty"`
	Zone           string                    `json:"zone,omitempty"`
	Week           []string                  `json:"week,omitempty"`
	Dates          []string                  `json:"dates,omitempty"`
	Closed         overflowEntry             `json:"closed,omitzero"`
	Unreachable    map[string]unreachedEntry `json:"unreachable,omitempty"` // by the cause's word
}

type overflowEntry struct {
	Queue  string `json:"queue,omitempty"`
	Number string `json:"number,omitempty"`
}

type unreachedEntry struct {
	DelayNS int64  `json:"delay_ns"`
	Strike  bool   `json:"strike,omitempty"`
	Next    bool   `json:"next,omitempty"`
	Status  string `json:"status,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

func queueOf(q telagent.Queue) queueEntry {
	e := queueEntry{
		Numbers: q.Numbers, Strategy: q.Strategy, Priority: q.Priority, Office: q.Office, CallingName: q.CallingName, ShowCaller: q.ShowCaller,
		Record: q.Record, CallerID: q.CallerID, FallbackFor: q.FallbackFor, Music: q.Music, Language: q.Language, RingNS: int64(q.RingTime), WidenNS: int64(q.Widen), StickyNS: int64(q.Sticky),
		PatienceNS: int64(q.Patience), MaxWaitNS: int64(q.MaxWait), MaxWaiting: q.MaxWaiting, Overflow: overflowEntry(q.Overflow),
		AnnounceNS: int64(q.Announce), AnswerWithinNS: int64(q.AnswerWithin), Zone: q.Hours.Zone, Week: q.Hours.Week, Dates: q.Hours.Dates, Closed: overflowEntry(q.Hours.Closed),
	}
	for cause, r := range q.Unreachable {
		if e.Unreachable == nil {
			e.Unreachable = make(map[string]unreachedEntry, len(q.Unreachable))
		}
		e.Unreachable[cause.String()] = unreachedEntry{int64(r.Delay), r.Strike, r.Next, r.Status, r.Reason}
	}
	return e
}

func queueFrom(name, entry string) (telagent.Queue, error) {
	var e queueEntry
	if err := json.Unmarshal([]byte(entry), &e); err != nil {
		return telagent.Queue{}, fmt.Errorf("queue %s: %w", name, err)
	}
	q := telagent.Queue{
		Name: name, Numbers: e.Numbers, Strategy: e.Strategy, Priority: e.Priority, Office: e.Office, CallingName: e.CallingName,
		ShowCaller: e.ShowCaller, Record: e.Record, CallerID: e.CallerID, FallbackFor: e.FallbackFor, Music: e.Music, Language: e.Language, RingTime: time.Duration(e.RingNS), Widen: time.Duration(e.WidenNS),
		Sticky: time.Duration(e.StickyNS), Patience: time.Duration(e.PatienceNS), MaxWait: time.Duration(e.MaxWaitNS), MaxWaiting: e.MaxWaiting,
		Overflow: telagent.Overflow(e.Overflow), Announce: time.Duration(e.AnnounceNS), AnswerWithin: time.Duration(e.AnswerWithinNS),
		Hours: telagent.Hours{Zone: e.Zone, Week: e.Week, Dates: e.Dates, Closed: telagent.Overflow(e.Closed)},
	}
	for word, r := range e.Unreachable {
		cause, err := call.ParseCause(word)
		if err != nil {
			return telagent.Queue{}, fmt.Errorf("queue %s: %w", name, err)
		}
		if q.Unreachable == nil {
			q.Unreachable = make(map[call.Cause]telagent.Unreached, len(e.Unreachable))
		}
		q.Unreachable[cause] = telagent.Unreached{
			Delay: time.Duration(r.DelayNS), Strike: r.Strike, Next: r.Next, Status: r.Status, Reason: r.Reason,
		}
	}
	return q, nil
}
