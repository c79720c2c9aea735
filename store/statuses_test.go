package store

import (
	"reflect"
	"testing"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/report"
	"telagent-gateway/telagent"
)

// inStatus is what the Floor tells when an agent's status begins.
func inStatus(id string, since time.Time, status presence.Status) telagent.AgentChanged {
	a := telagent.Agent{ID: id}
	a.Presence.Since = since
	switch status {
	case presence.InLine:
		a.Presence.Activity = presence.Talking
	case presence.ACW:
		a.Presence.Activity = presence.WrapUp
	default:
		a.Presence.Declared.Status = status
	}
	return telagent.AgentChanged{Agent: a}
}

func statusesAreAddedUp(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return day.Add(d) }
	written(t, s,
		inStatus("ana", at(8*time.Hour), presence.Available), inStatus("bob", at(9*time.Hour), presence.NotReady),
		inStatus("ana", at(10*time.Hour), presence.InLine), inStatus("ana", at(10*time.Hour), presence.InLine), // told twice
		inStatus("ana", at(10*time.Hour+5*time.Minute), presence.ACW), // all within one commit, and none is passed over
		inStatus("ana", at(10*time.Hour+6*time.Minute), presence.Available),
	)
	must(t, s.Close())
	s = opened(t, dsn) // started again: what is told anew has begun long ago
	written(t, s, inStatus("ana", at(10*time.Hour+6*time.Minute), presence.Available))
	written(t, s, inStatus("ana", at(23*time.Hour), presence.OnBreak), inStatus("ana", at(25*time.Hour), presence.Offline))

	all, err := s.StatusTimes(t.Context(), report.Query{From: day, To: at(48 * time.Hour)})
	must(t, err)
	want := []report.StatusTime{
		spent("ana", "2026-11-24", "acw", time.Minute),
		spent("ana", "2026-11-24", "available", 14*time.Hour+54*time.Minute),
		spent("ana", "2026-11-24", "in_line", 5*time.Minute),
		spent("ana", "2026-11-24", "on_break", time.Hour),
		spent("ana", "2026-11-25", "offline", 23*time.Hour),
		spent("ana", "2026-11-25", "on_break", time.Hour),
		spent("bob", "2026-11-24", "not_ready", 15*time.Hour),
		spent("bob", "2026-11-25", "not_ready", 24*time.Hour),
	}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got  %v\nwant %v", all, want)
	}

	part, err := s.StatusTimes(t.Context(), report.Query{From: at(9*time.Hour + 30*time.Minute), To: at(10*time.Hour + time.Minute), Agents: []string{"ana"}})
	must(t, err)
	want = []report.StatusTime{spent("ana", "2026-11-24", "available", 30*time.Minute), spent("ana", "2026-11-24", "in_line", time.Minute)}
	if !reflect.DeepEqual(part, want) {
		t.Errorf("got  %v\nwant %v", part, want)
	}

	berlin, err := time.LoadLocation("Europe/Berlin") // an hour ahead: the day ends at 23:00 UTC
	must(t, err)
	local, err := s.StatusTimes(t.Context(), report.Query{From: at(22 * time.Hour), To: at(24 * time.Hour), Agents: []string{"ana"}, Zone: berlin})
	must(t, err)
	want = []report.StatusTime{spent("ana", "2026-11-24", "available", time.Hour), spent("ana", "2026-11-25", "on_break", time.Hour)}
	if !reflect.DeepEqual(local, want) {
		t.Errorf("got  %v\nwant %v", local, want)
	}

	none, err := s.StatusTimes(t.Context(), report.Query{From: at(-time.Hour), To: day})
	must(t, err)
	if len(none) != 0 {
		t.Errorf("before anything was known: %v", none)
	}
}

func spent(agent, day, status string, t time.Duration) report.StatusTime {
	return report.StatusTime{Agent: agent, Day: day, Status: status, Time: t}
}

func TestTheHourThatAClockChangeGivesOrTakesCountsOnItsDay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	from := time.Date(2026, 10, 24, 0, 0, 0, 0, berlin)
	sum := statusSum{query: report.Query{From: from, To: from.AddDate(0, 0, 3), Zone: berlin}, total: map[slot]time.Duration{}}
	must(t, sum.add(began{"ana", from, presence.Available}))
	must(t, sum.add(began{}))
	got := sum.all()
	want := []report.StatusTime{
		spent("ana", "2026-10-24", "available", 24*time.Hour),
		spent("ana", "2026-10-25", "available", 25*time.Hour),
		spent("ana", "2026-10-26", "available", 24*time.Hour),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
