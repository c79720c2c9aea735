package main

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"telagent-gateway/report"
)

// months is a made-up past of thirty days: the same every time, but for the days on which it ends. It adds up in memory what
// the store adds up in the database.
type months struct {
	once     sync.Once
	statuses []stretch
	works    []work
	calls    []visit
	switches []report.Switch
}

type stretch struct {
	agent, status string
	from, to      time.Time
}

type work struct {
	agent, queue, what, kind, result string
	at                               time.Time
	lasted, held                     time.Duration
}

type visit struct {
	queue, end string // of one that was not answered: abandoned, or a cause
	at         time.Time
	waited     time.Duration
}

// staff are the agents of the cast with their queues.
var staff = [][2]string{
	{"ana", "support"},
	{"ben", "support"},
	{"carla", "billing"},
	{"david", "support"},
	{"elif", "french"},
	{"farid", "billing"},
	{"greta", "support"},
	{"hugo", "billing"},
	{"ines", "billing"},
	{"jonas", "support"},
	{"kemal", "support"},
	{"mia", "billing"},
	{"noor", "support"},
	{"paul", "french"},
	{"lena", "billing"},
	{"rosa", "support"},
	{"samir", "support"},
}

// live plays the thirty days up to now.
func (m *months) live() {
	m.once.Do(func() {
		chance := rand.New(rand.NewPCG(20, 26))
		now := time.Now()
		for ago := 29; ago >= 0; ago-- {
			morning := time.Date(now.Year(), now.Month(), now.Day()-ago, 8, 0, 0, 0, time.Local)
			for _, who := range staff {
				m.shift(chance, who[0], who[1], morning, now)
			}
		}
	})
}

// shift plays an agent's day, as far as it is over.
func (m *months) shift(chance *rand.Rand, agent, queue string, at, now time.Time) {
	span := func(least, most time.Duration) time.Duration {
		return least + time.Duration(chance.Int64N(int64(most-least)))
	}
	be := func(status string, d time.Duration) {
		if to := at.Add(d); !to.After(now) {
			m.statuses = append(m.statuses, stretch{agent, status, at, to})
		}
		at = at.Add(d)
	}
	if day := at.Weekday(); (day == time.Saturday || day == time.Sunday) && chance.IntN(4) > 0 || chance.IntN(12) == 0 {
		be("offline", 10*time.Hour)
		return
	}
	end := at.Add(8*time.Hour + 30*time.Minute)
	at = at.Add(span(0, 20*time.Minute))
	lunch := at.Add(4 * time.Hour)
	for at.Before(end) && at.Before(now) {
		be("available", span(2*time.Minute, 35*time.Minute))
		if lunch.Before(at) {
			be("on_break", span(25*time.Minute, 40*time.Minute))
			lunch = end
		}
		if chance.IntN(8) == 0 {
			be([]string{"not_ready", "away"}[chance.IntN(2)], span(3*time.Minute, 20*time.Minute))
		}
		m.call(chance, agent, queue, &at, now, be, span)
	}
	be("offline", 30*time.Minute)
}

// call plays what rings for an agent, and what becomes of it.
func (m *months) call(chance *rand.Rand, agent, queue string, at *time.Time, now time.Time, be func(string, time.Duration), span func(least, most time.Duration) time.Duration) {
	piece := func(what, kind, result string, lasted, held time.Duration) {
		if !at.Add(lasted).After(now) {
			m.works = append(m.works, work{agent, queue, what, kind, result, *at, lasted, held})
		}
	}
	came := at.Add(-span(time.Second, 25*time.Second) * time.Duration(1+chance.IntN(2)))
	ring := span(2*time.Second, 9*time.Second)
	switch chance.IntN(14) {
	case 0:
		why := []string{"no_answer", "no_answer", "declined", "unreachable", "busy", "no_confirm"}[chance.IntN(6)]
		piece("offer", "inbound", why, 15*time.Second, 0)
		be("ringing", 15*time.Second)
		return
	case 1:
		piece("offer", "inbound", "cancelled", ring, 0)
		be("ringing", ring)
		m.calls = append(m.calls, visit{queue, "abandoned", came, at.Sub(came)})
		return
	case 2:
		m.calls = append(m.calls, visit{queue, []string{"abandoned", "forbidden", "overload"}[chance.IntN(3)], came, span(time.Second, 4*time.Second)})
		return
	case 3:
		lasted := span(30*time.Second, 4*time.Minute)
		piece("talk", "outbound", "normal", lasted, 0)
		be("in_line", lasted)
		return
	}
	piece("offer", "inbound", "taken", ring, 0)
	be("ringing", ring)
	m.calls = append(m.calls, visit{queue, "", came, at.Sub(came)})
	lasted, held, result := span(time.Minute, 11*time.Minute), time.Duration(0), "normal"
	if chance.IntN(3) == 0 {
		held = span(10*time.Second, 50*time.Second)
	}
	if chance.IntN(9) == 0 {
		result = "transferred"
	}
	m.moved(chance, agent, at.Add(lasted/2), now)
	piece("talk", "inbound", result, lasted, held)
	be("in_line", lasted)
	after := span(15*time.Second, 3*time.Minute)
	piece("after", "inbound", "", after, 0)
	be("acw", after)
}

// moved plays a switch in the middle of some calls.
func (m *months) moved(chance *rand.Rand, agent string, at, now time.Time) {
	if chance.IntN(12) > 0 || at.After(now) {
		return
	}
	ms := func(least, most int64) time.Duration {
		return time.Duration(least*1000+chance.Int64N((most-least)*1000)) * time.Microsecond
	}
	s := report.Switch{
		Agent: agent, Call: "n1", By: []string{"boss", "boss", "lena", ""}[chance.IntN(4)], To: "+49301234500", Began: at, Ended: at.Add(ms(4000, 15000)), Result: "done",
		CutOver: ms(20, 45), TwoWay: ms(25, 90), Gap: ms(20, 23),
	}
	if chance.IntN(3) == 0 {
		s.Back, s.To, s.TwoWay, s.Gap = true, agent+"@softphone", 0, ms(20, 62)
	}
	if chance.IntN(7) == 0 {
		s.Result, s.CutOver, s.TwoWay, s.Gap = []string{"no_answer", "busy", "no_confirm", "undone"}[chance.IntN(4)], 0, 0, 0
	}
	m.switches = append(m.switches, s)
}

func slotOf(at time.Time) int64 { return at.Unix() / int64(report.Slot/time.Second) }

func within(q report.Query, at time.Time, agent, queue string) bool {
	return !at.Before(q.From) && at.Before(q.To) && (q.Agents == nil || slices.Contains(q.Agents, agent)) && (q.Queues == nil || slices.Contains(q.Queues, queue))
}

// StatusTimes adds up the statuses.
func (m *months) StatusTimes(_ context.Context, q report.Query) (all []report.StatusTime, _ error) {
	m.live()
	total := map[report.StatusTime]time.Duration{}
	for _, s := range m.statuses { // none goes past midnight
		if within(q, s.from, s.agent, "") {
			total[report.StatusTime{Agent: s.agent, Day: s.from.In(q.Zone).Format(time.DateOnly), Status: s.status}] += s.to.Sub(s.from)
		}
	}
	for of, time := range total {
		of.Time = time
		all = append(all, of)
	}
	slices.SortFunc(all, func(a, b report.StatusTime) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Status, b.Status))
	})
	return all, nil
}

// Work adds up what agents did.
func (m *months) Work(_ context.Context, q report.Query) ([]report.Row[report.Work], error) {
	m.live()
	table := report.NewTable[report.Work](q)
	for _, w := range m.works {
		if !within(q, w.at, w.agent, w.queue) {
			continue
		}
		sum, err := table.Row(slotOf(w.at), w.agent, w.queue)
		if err != nil {
			return nil, err
		}
		switch {
		case w.what == "offer" && w.result == "taken":
			sum.Offered, sum.Taken = sum.Offered+1, sum.Taken+1
		case w.what == "offer":
			sum.Offered++
			sum.Miss(w.result, 1)
		case w.what == "after":
			sum.Afters, sum.After = sum.Afters+1, sum.After+w.lasted
		case w.kind == "outbound":
			sum.Outbound, sum.Talk = sum.Outbound+1, sum.Talk+w.lasted
		default:
			sum.Handled, sum.Talk, sum.Hold = sum.Handled+1, sum.Talk+w.lasted-w.held, sum.Hold+w.held
			if w.result == "transferred" {
				sum.Transferred++
			}
		}
	}
	return table.Rows(), nil
}

// Service adds up how callers fared.
func (m *months) Service(_ context.Context, q report.ServiceQuery) ([]report.Row[report.Service], error) {
	m.live()
	table := report.NewTable[report.Service](q.Query)
	for _, c := range m.calls {
		any := q.Query
		any.Agents = nil
		if !within(any, c.at, "", c.queue) {
			continue
		}
		sum, err := table.Row(slotOf(c.at), "", c.queue)
		if err != nil {
			return nil, err
		}
		target, has := q.Targets[c.queue]
		if !has {
			target = q.Target
		}
		sum.Offered++
		sum.Longest = max(sum.Longest, c.waited)
		switch c.end {
		case "":
			sum.Answered, sum.Waited = sum.Answered+1, sum.Waited+c.waited
			if c.waited <= target {
				sum.Within++
			}
		case "abandoned":
			sum.Abandoned++
			if c.waited < q.Short {
				sum.Short++
			}
			if c.waited <= target {
				sum.AbandonedWithin++
			}
		default:
			sum.Lose(c.end, 1)
		}
	}
	return table.Rows(), nil
}

// Switches lists switches, and adds them up.
func (m *months) Switches(_ context.Context, q report.SwitchQuery) (out report.Switches, _ error) {
	m.live()
	counts := map[report.Result]int{}
	var cut, two, gap, took []time.Duration
	for _, s := range slices.Backward(m.switches) {
		if !within(q.Query, s.Began, s.Agent, "") || q.Direction == report.ToPhone && s.Back || q.Direction == report.ToSoftphone && !s.Back {
			continue
		}
		out.Total++
		counts[report.Result{Back: s.Back, Live: true, Result: s.Result}]++
		if s.Result == "done" {
			took, cut, gap = append(took, s.Ended.Sub(s.Began)), append(cut, s.CutOver), append(gap, s.Gap)
		}
		if s.TwoWay > 0 {
			two = append(two, s.TwoWay)
		}
		out.List = append(out.List, s)
	}
	slices.SortStableFunc(out.List, func(a, b report.Switch) int { return b.Began.Compare(a.Began) })
	out.List = out.List[:min(len(out.List), q.Limit)]
	for r, n := range counts {
		r.Count = n
		out.Results = append(out.Results, r)
	}
	slices.SortFunc(out.Results, report.Result.Compare)
	out.CutOver, out.TwoWay, out.Gap, out.Took = spread(cut), spread(two), spread(gap), spread(took)
	return out, nil
}

func spread(of []time.Duration) report.Spread {
	if len(of) == 0 {
		return report.Spread{}
	}
	slices.Sort(of)
	at := func(percent int) time.Duration { return of[(len(of)*percent+99)/100-1] }
	return report.Spread{Count: len(of), Median: at(50), P95: at(95), P99: at(99), Worst: at(100)}
}
