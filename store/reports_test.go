package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/report"
	"telagent-gateway/telagent"
)

// autumn is the Sunday on which Berlin's clocks go back from three to two in the night.
func autumn(t *testing.T) (day time.Time, berlin *time.Location) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	return time.Date(2026, 10, 25, 0, 0, 0, 0, berlin), berlin
}

func workIsAddedUp(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	day, berlin := autumn(t)
	piece := func(at time.Duration, agent string, what telagent.Task, kind, queue, result string, lasted, held time.Duration) telagent.Change {
		return telagent.Worked{Work: telagent.Work{
			Agent: agent, Call: call.ID(fmt.Sprint(at)), Kind: kind, Queue: queue, What: what, Result: result,
			Began: day.Add(at), Ended: day.Add(at + lasted), Held: held,
		}}
	}
	first := piece(2*time.Hour+30*time.Minute, "ana", telagent.TalkTask, "inbound", "support", "normal", 100*time.Second, 10*time.Second)
	written(t, s, first, first, // a commit whose answer was lost is sent again
		piece(3*time.Hour+30*time.Minute, "ana", telagent.TalkTask, "inbound", "support", "transferred", 50*time.Second, 0), // half past two again
		piece(3*time.Hour+31*time.Minute, "ana", telagent.AfterTask, "inbound", "support", "", 20*time.Second, 0),
		piece(4*time.Hour, "ana", telagent.TalkTask, "outbound", "", "normal", 30*time.Second, 0),
		piece(5*time.Hour, "ana", telagent.TalkTask, "internal", "", "normal", time.Second, 0),
		piece(6*time.Hour, "ana", telagent.OfferTask, "inbound", "support", "taken", 5*time.Second, 0),
		piece(7*time.Hour, "ana", telagent.OfferTask, "inbound", "support", "no_answer", 15*time.Second, 0),
		piece(24*time.Hour+59*time.Minute, "ben", telagent.OfferTask, "inbound", "sales", "cancelled", 5*time.Second, 0), // one minute to midnight
		piece(25*time.Hour, "ben", telagent.TalkTask, "inbound", "sales", "normal", 7*time.Second, 0),
	)
	q := report.Query{From: day, To: day.AddDate(0, 0, 2), Zone: berlin, ByAgent: true}
	ana := report.Work{
		Handled: 2, Outbound: 1, Internal: 1, Transferred: 1, Talk: 171 * time.Second, Hold: 10 * time.Second, Afters: 1, After: 20 * time.Second,
		Offered: 2, Taken: 1, Missed: map[string]int{"no_answer": 1},
	}
	expectWork(t, s, q, []report.Row[report.Work]{
		{Key: report.Key{Agent: "ana"}, Sum: ana},
		{Key: report.Key{Agent: "ben"}, Sum: report.Work{Handled: 1, Talk: 7 * time.Second, Offered: 1, Missed: map[string]int{"cancelled": 1}}},
	})
	q.Interval, q.ByQueue, q.Agents = report.Day, true, []string{"ben"}
	expectWork(t, s, q, []report.Row[report.Work]{
		{Key: report.Key{Begin: day, Agent: "ben", Queue: "sales"}, Sum: report.Work{Offered: 1, Missed: map[string]int{"cancelled": 1}}},
		{Key: report.Key{Begin: day.AddDate(0, 0, 1), Agent: "ben", Queue: "sales"}, Sum: report.Work{Handled: 1, Talk: 7 * time.Second}},
	})
	q = report.Query{From: day, To: day.Add(3*time.Hour + 30*time.Minute + time.Second), Zone: berlin, Interval: report.Hour, Queues: []string{"support"}}
	expectWork(t, s, q, []report.Row[report.Work]{
		{Key: report.Key{Begin: day.Add(2 * time.Hour)}, Sum: report.Work{Handled: 1, Talk: 90 * time.Second, Hold: 10 * time.Second}},
		{Key: report.Key{Begin: day.Add(3 * time.Hour)}, Sum: report.Work{Handled: 1, Transferred: 1, Talk: 50 * time.Second}},
	})
	q.Agents = []string{}
	expectWork(t, s, q, []report.Row[report.Work]{})
}

func expectWork(t *testing.T, s *Store, q report.Query, want []report.Row[report.Work]) {
	t.Helper()
	got, err := s.Work(t.Context(), q)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func serviceIsAddedUp(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	day, berlin := autumn(t)
	called := func(at time.Duration, queue string, waited time.Duration, cause call.Cause, by string) telagent.Change {
		r := telagent.Record{
			ID: call.ID(fmt.Sprint(at)), Kind: "inbound", Queue: queue, Began: day.Add(at), Ended: day.Add(at + waited), Cause: cause, EndedBy: by,
		}
		if by == "" {
			r.Answered, r.Ended, r.EndedBy = r.Ended, r.Ended.Add(time.Minute), "customer"
		}
		return telagent.CallEnded{Record: r}
	}
	outbound := telagent.Record{ID: "out", Kind: "outbound", Began: day, Ended: day.Add(time.Minute), Cause: call.Normal}
	written(t, s, telagent.CallEnded{Record: outbound},
		called(1*time.Hour, "support", 20*time.Second, call.Normal, ""), // just within
		called(1*time.Hour+1*time.Minute, "support", 20*time.Second+time.Microsecond, call.Normal, ""),
		called(1*time.Hour+2*time.Minute, "support", 4*time.Second, call.Normal, "customer"),
		called(1*time.Hour+3*time.Minute, "support", 5*time.Second, call.Normal, "customer"),
		called(1*time.Hour+4*time.Minute, "support", 90*time.Second, call.Normal, "customer"),
		called(1*time.Hour+5*time.Minute, "support", 2*time.Second, call.Forbidden, "system"),
		called(1*time.Hour+16*time.Minute, "sales", 9*time.Second, call.Normal, ""),
		called(1*time.Hour+17*time.Minute, "sales", 11*time.Second, call.Lost, ""),
	)
	q := report.ServiceQuery{
		Query:  report.Query{From: day, To: day.AddDate(0, 0, 1), Zone: berlin, ByQueue: true, Interval: report.Quarter},
		Target: 20 * time.Second, Targets: map[string]time.Duration{"sales": 10 * time.Second}, Short: 5 * time.Second,
	}
	sales := report.Service{Offered: 2, Answered: 2, Within: 1, Waited: 20 * time.Second, Longest: 11 * time.Second}
	support := report.Service{
		Offered: 6, Answered: 2, Within: 1, Abandoned: 3, Short: 1, AbandonedWithin: 2, Lost: map[string]int{"forbidden": 1},
		Waited: 40*time.Second + time.Microsecond, Longest: 90 * time.Second,
	}
	expectService(t, s, q, []report.Row[report.Service]{
		{Key: report.Key{Begin: day.Add(time.Hour), Queue: "support"}, Sum: support},
		{Key: report.Key{Begin: day.Add(75 * time.Minute), Queue: "sales"}, Sum: sales},
	})
	if level, has := support.Level(); !has || level != 0.2 {
		t.Errorf("of five who stayed one was answered in time, and the level is %v", level)
	}
	all := support
	all.Lost = map[string]int{"forbidden": 1}
	all.Add(sales)
	q.Interval, q.ByQueue = report.Whole, false
	expectService(t, s, q, []report.Row[report.Service]{{Sum: all}})
	q.ByQueue, q.Queues, q.Targets, q.Target = true, []string{"sales"}, nil, time.Minute
	sales.Within = 2
	expectService(t, s, q, []report.Row[report.Service]{{Key: report.Key{Queue: "sales"}, Sum: sales}})
	q.From = day.Add(2 * time.Hour)
	expectService(t, s, q, []report.Row[report.Service]{})
}

func expectService(t *testing.T, s *Store, q report.ServiceQuery, want []report.Row[report.Service]) {
	t.Helper()
	got, err := s.Service(t.Context(), q)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func switchesAreAddedUp(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	moved := func(n int, agent string, back bool, id call.ID, result string) telagent.SwitchRecord {
		began := noon.Add(time.Duration(n) * time.Minute)
		return telagent.SwitchRecord{
			Agent: agent, Call: id, Back: back, By: "boss", To: "+4930", Began: began, Ended: began.Add(time.Duration(n) * time.Second), Result: result,
		}
	}
	written(t, s, telagent.SwitchDone{Switch: moved(0, "ana", false, "", "done")}, telagent.SwitchFailed{Switch: moved(1, "ana", true, "c", "busy")},
		telagent.SwitchDone{Switch: moved(2, "zoe", false, "c", "done")})
	for n := 3; n < 23; n++ {
		r := moved(n, "ana", n%2 == 0, "c", "done")
		written(t, s, telagent.SwitchDone{Switch: r})
		r.Gap, r.CutOver = time.Duration(n)*time.Millisecond, time.Millisecond
		written(t, s, telagent.SwitchMeasured{Switch: r}, telagent.SwitchMeasured{Switch: r})
	}
	q := report.SwitchQuery{Query: report.Query{From: noon, To: noon.Add(time.Hour), Agents: []string{"ana"}}, Limit: 2}
	got, err := s.Switches(t.Context(), q)
	must(t, err)
	newest := report.Switch{
		Agent: "ana", Call: "c", By: "boss", To: "+4930", Back: true, Began: noon.Add(22 * time.Minute), Ended: noon.Add(22*time.Minute + 22*time.Second),
		Result: "done", Gap: 22 * time.Millisecond, CutOver: time.Millisecond,
	}
	if len(got.List) != 2 || got.List[0] != newest || got.Total != 22 {
		t.Errorf("got %d, the newest %+v", got.Total, got.List)
	}
	results := []report.Result{{Live: true, Result: "done", Count: 10}, {Result: "done", Count: 1}, {Back: true, Live: true, Result: "busy", Count: 1}, {Back: true, Live: true, Result: "done", Count: 10}}
	if !reflect.DeepEqual(got.Results, results) {
		t.Errorf("got %+v", got.Results)
	}
	ms := func(count, median, p95, p99, worst int) report.Spread {
		at := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		return report.Spread{Count: count, Median: at(median), P95: at(p95), P99: at(p99), Worst: at(worst)}
	}
	if got.Gap != ms(20, 12, 21, 22, 22) || got.CutOver != ms(20, 1, 1, 1, 1) || got.TwoWay != (report.Spread{}) || got.Took != ms(20, 12000, 21000, 22000, 22000) {
		t.Errorf("got %+v", got)
	}
	q.Direction, q.Agents = report.ToPhone, nil
	got, err = s.Switches(t.Context(), q)
	must(t, err)
	if got.Total != 12 || got.Gap.Count != 10 {
		t.Errorf("to the phone: %+v", got)
	}
}

func tooLongIsRefused(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	var changes []telagent.Change
	for n := range report.MostRows + 1 {
		changes = append(changes, telagent.Worked{Work: telagent.Work{Agent: fmt.Sprint(n), What: telagent.TalkTask, Began: noon, Ended: noon}})
	}
	for some := range slices.Chunk(changes, 1000) {
		written(t, s, some...)
	}
	q := report.Query{From: noon, To: noon.Add(time.Second), ByAgent: true}
	if _, err := s.Work(t.Context(), q); !errors.Is(err, report.ErrTooLong) {
		t.Errorf("got %v", err)
	}
	q.ByAgent = false
	if rows, err := s.Work(t.Context(), q); err != nil || rows[0].Sum.Handled != report.MostRows+1 {
		t.Errorf("got %v %v", rows, err)
	}
}
