package console

import (
	"cmp"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

type queueShown struct {
	Name         string               `json:"name"`
	Waiting      int                  `json:"waiting"`
	LongestSince *time.Time           `json:"longest_since,omitempty" doc:"since when the longest waits"`
	Available    int                  `json:"available" doc:"agents who could be offered a call now"`
	Numbers      []string             `json:"numbers"`
	Strategy     string               `json:"strategy"`
	Priority     int                  `json:"priority"`
	Office       string               `json:"office,omitempty"`
	CallingName  string               `json:"calling_name,omitempty"`
	ShowCaller   bool                 `json:"show_caller" doc:"phones show the customer's number"`
	Record       bool                 `json:"record" doc:"calls are recorded"`
	CallerID     string               `json:"caller_id,omitempty" doc:"shown when an agent calls somebody"`
	FallbackFor  []string             `json:"fallback_for,omitempty" doc:"teams whose customers wait here who came by no queue"`
	Music        string               `json:"music,omitempty" doc:"absent: the usual one"`
	Language     string               `json:"language,omitempty" doc:"that its callers are spoken to in, such as de; absent: as the gateway's policy says"`
	RingS        float64              `json:"ring_time_s,omitempty" doc:"how long an agent rings; absent: as the policy says"`
	WidenS       float64              `json:"widen_s,omitempty" doc:"after each such time of waiting one skill level more is rung; absent: all are at once"`
	StickyS      float64              `json:"sticky_s,omitempty" doc:"for how long after a call the last agent is rung first; absent: he is not"`
	PatienceS    float64              `json:"patience_s,omitempty" doc:"how long he rings alone; absent: as any"`
	MaxWaitS     float64              `json:"max_wait_s,omitempty" doc:"absent: without end"`
	MaxWaiting   int                  `json:"max_waiting" doc:"most callers in line"`
	Overflow     *overflowShown       `json:"overflow,omitempty" doc:"for whom it is full, or who waited for too long; absent: he hears a sentence"`
	AnswerWithin float64              `json:"answer_within_s,omitempty" doc:"what reports count as a good answer; absent: as they are asked"`
	AnnounceS    float64              `json:"announce_s,omitempty" doc:"how often callers hear their place; absent: never"`
	Hours        *hoursShown          `json:"hours,omitempty" doc:"absent: always open"`
	Unreachable  map[string]ruleShown `json:"unreachable,omitempty" doc:"by cause, what follows an offer that failed, instead of the policy"`
}

type overflowShown struct {
	Queue  string `json:"queue,omitempty" maxLength:"100"`
	Number string `json:"number,omitempty" maxLength:"64"`
}

type hoursShown struct {
	Zone   string         `json:"zone" maxLength:"64" doc:"time zone"`
	Week   []string       `json:"week" maxItems:"50" nullable:"false" doc:"like mon-fri 08:00-18:00; empty: every day"`
	Dates  []string       `json:"dates" maxItems:"400" nullable:"false" doc:"like 2026-12-24 closed"`
	Closed *overflowShown `json:"closed,omitempty" doc:"for who calls outside of them; absent: he hears a sentence"`
}

type ruleShown struct {
	DelayS     float64 `json:"delay_s" minimum:"0" maximum:"86400"`
	Strike     bool    `json:"strike"`
	NextNumber bool    `json:"next_number"`
	Status     string  `json:"status,omitempty" enum:"not_ready,away" doc:"not_ready or away; absent: the agent's stays"`
	Reason     string  `json:"reason,omitempty" maxLength:"100"`
}

func showQueue(q telagent.QueueView) queueShown {
	e := q.Entry
	s := queueShown{
		Name: q.Name, Waiting: q.Waiting, LongestSince: moment(q.LongestAt), Available: q.Available, Numbers: list(q.Numbers),
		Strategy: q.Strategy, Priority: q.Priority, Office: q.Office, CallingName: e.CallingName, ShowCaller: e.ShowCaller, Record: e.Record,
		CallerID: e.CallerID, FallbackFor: e.FallbackFor,
		Music: e.Music, Language: e.Language, RingS: e.RingTime.Seconds(), WidenS: e.Widen.Seconds(), StickyS: e.Sticky.Seconds(), PatienceS: e.Patience.Seconds(),
		MaxWaitS: e.MaxWait.Seconds(), MaxWaiting: e.MaxWaiting, Overflow: showOverflow(e.Overflow), AnnounceS: e.Announce.Seconds(), AnswerWithin: e.AnswerWithin.Seconds(),
	}
	if s.MaxWaiting == 0 {
		s.MaxWaiting = telagent.DefaultWaiting
	}
	s.Hours, s.Unreachable = showHours(e.Hours), showRules(e.Unreachable)
	return s
}

func showHours(h telagent.Hours) *hoursShown {
	if len(h.Week)+len(h.Dates) == 0 {
		return nil
	}
	return &hoursShown{Zone: cmp.Or(h.Zone, "UTC"), Week: list(h.Week), Dates: list(h.Dates), Closed: showOverflow(h.Closed)}
}

func showRules(rules map[call.Cause]telagent.Unreached) map[string]ruleShown {
	if len(rules) == 0 {
		return nil
	}
	out := make(map[string]ruleShown, len(rules))
	for cause, r := range rules {
		out[cause.String()] = ruleShown{r.Delay.Seconds(), r.Strike, r.Next, r.Status, r.Reason}
	}
	return out
}

func showOverflow(o telagent.Overflow) *overflowShown {
	if o == (telagent.Overflow{}) {
		return nil
	}
	return &overflowShown{o.Queue, o.Number}
}
