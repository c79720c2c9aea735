package console

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/report"
)

func TestTheTimeInEachStatusIsATableOfWhatTheUserSees(t *testing.T) {
	f := newFloor()
	f.past.times = []report.StatusTime{
		{Agent: "ana", Day: "2026-11-24", Status: "available", Time: 90*time.Minute + 600*time.Millisecond},
		{Agent: "ben", Day: "2026-11-24", Status: "acw", Time: time.Minute},
	}
	c, boss := atStart(t, f)
	path := prefix + "/reports/status-time"

	w := ask(c, "GET", path+"?from=2026-11-23&to=2026-11-23&tz=Europe/Berlin", "", boss...)
	want := `{"from":"2026-11-22T23:00:00Z","to":"2026-11-23T23:00:00Z","tz":"Europe/Berlin","rows":[` +
		`{"agent":"ana","day":"2026-11-24","status":"available","seconds":5401},{"agent":"ben","day":"2026-11-24","status":"acw","seconds":60}]}`
	if got := w.Body.String(); w.Header().Get("Content-Type") != "application/json" || strings.TrimSpace(got) != want {
		t.Errorf("got %s %s", w.Header(), got)
	}

	table := "agent,day,status,seconds\r\nana,2026-11-24,available,5401\r\nben,2026-11-24,acw,60\r\n"
	for _, csv := range []string{
		ask(c, "GET", path+"?format=csv", "", boss...).Body.String(),
		ask(c, "GET", path, "", append(boss, "Accept", "text/csv")...).Body.String(),
	} {
		if csv != table {
			t.Errorf("got %q", csv)
		}
	}
	w = ask(c, "GET", path+"?format=csv&from=2026-11-23&to=2026-11-23", "", boss...)
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || w.Header().Get("Content-Disposition") != `attachment; filename="status-time-2026-11-23-2026-11-23.csv"` {
		t.Errorf("a table of the type %s", w.Header())
	}
}

// atStart returns a console whose clock stands, and the headers of a supervisor of ana and ben.
func atStart(t *testing.T, f *floor) (c *Console, boss []string) {
	o := f.options()
	o.Now = func() time.Time { return start }
	c = newConsole(t, o)
	return c, as(tokenFor(t, c, "boss"))
}

func TestAReportIsOfTodayUpToNowUnlessItSaysOtherwise(t *testing.T) {
	f := newFloor()
	c, boss := atStart(t, f)
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for query, want := range map[string][2]time.Time{
		"":                               {day, start},
		"?to=2027-01-01":                 {day, start}, // nothing is known of later
		"?from=2026-11-24T08:00:00Z":     {day.Add(8 * time.Hour), start},
		"?from=2026-11-20&to=2026-11-21": {day.AddDate(0, 0, -4), day.AddDate(0, 0, -2)},
		"?tz=Asia/Tokyo":                 {day.Add(-9 * time.Hour), start},
	} {
		for _, name := range []string{"status-time", "handled"} {
			ask(c, "GET", prefix+"/reports/"+name+query, "", boss...)
			if got := f.past.asked[len(f.past.asked)-1]; !got.From.Equal(want[0]) || !got.To.Equal(want[1]) {
				t.Errorf("%s%s asks from %v to %v", name, query, got.From, got.To)
			}
		}
	}
}

func TestAReportIsAskedForNobodyWhomItsUserDoesNotSee(t *testing.T) {
	f := newFloor()
	c, _ := atStart(t, f)
	for _, one := range []struct {
		user, query   string
		status        int
		agents        []string
		queues, asked bool
	}{
		{"boss", "", 200, []string{"ana", "ben"}, true, true},
		{"boss", "?team=support", 200, []string{"ana", "ben"}, true, true},
		{"boss", "?agent=ben", 200, []string{"ben"}, true, true},
		{"boss", "?agent=zoe", 404, nil, false, false},
		{"boss", "?agent=nobody", 404, nil, false, false},
		{"boss", "?team=sales", 404, nil, false, false},
		{"boss", "?queue=sales", 404, nil, false, false},
		{"ana", "", 200, []string{"ana"}, false, true},
		{"ana", "?agent=ben", 404, nil, false, false},
		{"ana", "?team=support", 404, nil, false, false},
		{"root", "", 200, nil, true, true},
		{"root", "?team=sales", 200, []string{"zoe"}, true, true},
		{"root", "?agent=left-last-year", 200, []string{"left-last-year"}, true, true},
	} {
		headers := as(tokenFor(t, c, one.user))
		for _, name := range []string{"status-time", "handled", "missed", "switches"} {
			f.past.asked, f.past.switched = nil, nil
			if strings.Contains(one.query, "queue") && name != "handled" && name != "missed" {
				continue
			}
			w := ask(c, "GET", prefix+"/reports/"+name+one.query, "", headers...)
			var agents []string
			for _, q := range f.past.switched {
				f.past.asked = append(f.past.asked, q.Query)
			}
			for _, q := range f.past.asked {
				agents = q.Agents
			}
			slices.Sort(agents)
			if w.Code != one.status || len(f.past.asked) > 0 != one.asked || !reflect.DeepEqual(agents, one.agents) {
				t.Errorf("%s asks for %s%s: %d, agents %v", one.user, name, one.query, w.Code, agents)
			}
		}
	}
}

func TestOnlySupervisorsSeeHowTheirQueuesFared(t *testing.T) {
	f := newFloor()
	f.past.service = []report.Row[report.Service]{{Key: report.Key{Queue: "support"}, Sum: report.Service{Offered: 3, Answered: 1, Lost: map[string]int{"overload": 2}}}}
	c, boss := atStart(t, f)
	ana := as(tokenFor(t, c, "ana"))
	if w := ask(c, "GET", prefix+"/reports/service-level", "", ana...); w.Code != 403 {
		t.Errorf("an agent: %d %s", w.Code, w.Body)
	}
	if w := ask(c, "GET", prefix+"/reports/missed", "", ana...); w.Code != 200 || strings.Contains(w.Body.String(), "overload") || len(f.past.served) > 0 {
		t.Errorf("an agent sees customers: %s", w.Body)
	}
	ask(c, "GET", prefix+"/reports/service-level", "", boss...)
	if got := f.past.served[0].Queues; !reflect.DeepEqual(got, []string{"help"}) {
		t.Errorf("the boss asks for the queues %v", got)
	}
	if w := ask(c, "GET", prefix+"/reports/service-level?queue=sales", "", boss...); w.Code != 404 {
		t.Errorf("another team's queue: %d", w.Code)
	}
	w := ask(c, "GET", prefix+"/reports/missed?of=customers&format=csv", "", boss...)
	if want := "queue,offered,abandoned,short,lost,overload\r\nsupport,3,0,0,2,2\r\n"; w.Body.String() != want {
		t.Errorf("got %q", w.Body)
	}
}

func TestAServiceLevelHasTheTargetOfItsQueueOrOfItsQuestion(t *testing.T) {
	f := newFloor()
	f.view.Queues[0].Entry.AnswerWithin = 10 * time.Second
	f.past.service = []report.Row[report.Service]{{
		Key: report.Key{Queue: f.view.Queues[0].Name},
		Sum: report.Service{Offered: 12, Answered: 8, Within: 6, Abandoned: 4, Short: 2, AbandonedWithin: 3, Waited: 100 * time.Second, Longest: 65 * time.Second},
	}}
	c, _ := atStart(t, f)
	root := as(tokenFor(t, c, "root"))
	w := ask(c, "GET", prefix+"/reports/service-level?format=csv", "", root...)
	want := "queue,target_s,offered,answered,answered_within,service_level,abandoned,short,abandoned_within,abandoned_after,lost,average_wait_s,longest_wait_s\r\n" +
		f.view.Queues[0].Name + ",10,12,8,6,0.6000,4,2,3,1,0,12.5,65\r\n"
	if w.Body.String() != want {
		t.Errorf("got  %q\nwant %q", w.Body, want)
	}
	if q := f.past.served[0]; q.Target != 20*time.Second || q.Targets[f.view.Queues[0].Name] != 10*time.Second || q.Short != 5*time.Second {
		t.Errorf("asked with %+v", q)
	}
	ask(c, "GET", prefix+"/reports/service-level?target=30&short=0&interval=15m", "", root...)
	if q := f.past.served[1]; q.Target != 30*time.Second || len(q.Targets) > 0 || q.Short != 0 || q.Interval != report.Quarter {
		t.Errorf("asked with %+v", q)
	}
}

func TestNoCellOfAReportIsTakenForAFormula(t *testing.T) {
	f := newFloor()
	f.past.switches = report.Switches{List: []report.Switch{
		{Agent: "=1+1", By: "@boss", To: "+4930", Call: "-2", Began: start, Ended: start.Add(1500 * time.Millisecond), Result: "done", Gap: 21500 * time.Microsecond},
		{Agent: "ana", By: "a,\"b\"\r\nc", To: "+cmd", Back: true, Began: start, Ended: start, Result: "done"},
	}}
	c, boss := atStart(t, f)
	w := ask(c, "GET", prefix+"/reports/switches?format=csv", "", boss...)
	want := "began,agent,to,target,call,by,result,took_ms,cut_over_ms,two_way_ms,customer_gap_ms\r\n" +
		stamp(start) + ",'=1+1,phone,+4930,'-2,'@boss,done,1500,,,21.5\r\n" +
		stamp(start) + ",ana,softphone,'+cmd,,\"a,\"\"b\"\"\r\nc\",done,,,,\r\n"
	if w.Body.String() != want {
		t.Errorf("got  %q\nwant %q", w.Body, want)
	}
}

func TestWhatWasHandledIsAddedUpAndAveraged(t *testing.T) {
	f := newFloor()
	f.past.work = []report.Row[report.Work]{
		{Key: report.Key{Agent: "ana"}, Sum: report.Work{Handled: 2, Outbound: 1, Transferred: 1, Talk: 200 * time.Second, Hold: 40 * time.Second, Afters: 2, After: 60 * time.Second}},
		{Key: report.Key{Agent: "ben"}, Sum: report.Work{Handled: 1, Talk: 100 * time.Second, Offered: 3, Taken: 1, Missed: map[string]int{"no_answer": 1, "cancelled": 1}}},
	}
	c, boss := atStart(t, f)
	w := ask(c, "GET", prefix+"/reports/handled?format=csv", "", boss...)
	want := "agent,handled,outbound,internal,transferred,talk_s,hold_s,after_s,average_handling_s,average_talk_s,average_after_s\r\n" +
		"ana,2,1,0,1,200,40,60,100,66.7,30\r\nben,1,0,0,0,100,0,0,100,100,0\r\n"
	if w.Body.String() != want {
		t.Errorf("got  %q\nwant %q", w.Body, want)
	}
	w = ask(c, "GET", prefix+"/reports/handled", "", boss...)
	if sum := `"total":{"handled":3,"outbound":1,"internal":0,"transferred":1,"talk_s":300,"hold_s":40,"after_s":60,"average_handling_s":100,"average_talk_s":75,"average_after_s":30}`; !strings.Contains(w.Body.String(), sum) {
		t.Errorf("got %s", w.Body)
	}
	w = ask(c, "GET", prefix+"/reports/missed?format=csv", "", boss...)
	if want := "agent,offered,taken,missed,cancelled,no_answer\r\nben,3,1,1,1,1\r\n"; w.Body.String() != want {
		t.Errorf("got %q", w.Body)
	}
}

func TestAReportThatIsTooLongSaysHowToMakeItShorter(t *testing.T) {
	f := newFloor()
	f.past.err = report.ErrTooLong
	c, boss := atStart(t, f)
	for _, name := range []string{"status-time", "handled", "missed", "service-level"} {
		w := ask(c, "GET", prefix+"/reports/"+name, "", boss...)
		if w.Code != 422 || !strings.Contains(w.Body.String(), "report_too_long") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for _, query := range []string{"?from=2025-01-01", "?tz=Nowhere/Land", "?from=yesterday", "?tz=Local"} {
		if w := ask(c, "GET", prefix+"/reports/handled"+query, "", boss...); w.Code != 422 {
			t.Errorf("%s: %d", query, w.Code)
		}
	}
}
