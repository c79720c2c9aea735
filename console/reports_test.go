package console

import (
	"strings"
	"testing"
	"time"
)

func TestTheTimeInEachStatusIsATableOfWhatTheUserSees(t *testing.T) {
	f := newFloor()
	f.times = []StatusTime{
		{"ana", "2026-11-24", "available", 90*time.Minute + 600*time.Millisecond},
		{"ben", "2026-11-24", "acw", time.Minute},
		{"zoe", "2026-11-24", "away", time.Hour},
	}
	o := f.options()
	o.Now = func() time.Time { return start }
	c := newConsole(t, o)
	boss := as(tokenFor(t, c, "boss"))
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
	if w := ask(c, "GET", path+"?format=csv", "", boss...); !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("a table of the type %s", w.Header().Get("Content-Type"))
	}
	own := ask(c, "GET", path+"?format=csv", "", as(tokenFor(t, c, "ana"))...).Body.String()
	if strings.Contains(own, "ben") || !strings.Contains(own, "ana") {
		t.Errorf("an agent sees %q", own)
	}
}

func TestAReportIsOfTodayUpToNowUnlessItSaysOtherwise(t *testing.T) {
	f := newFloor()
	o := f.options()
	o.Now = func() time.Time { return start }
	c := newConsole(t, o)
	boss := as(tokenFor(t, c, "boss"))
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for query, want := range map[string][2]time.Time{
		"":                               {day, start},
		"?to=2027-01-01":                 {day, start}, // nothing is known of later
		"?from=2026-11-24T08:00:00Z":     {day.Add(8 * time.Hour), start},
		"?from=2026-11-20&to=2026-11-21": {day.AddDate(0, 0, -4), day.AddDate(0, 0, -2)},
		"?tz=Asia/Tokyo":                 {day.Add(-9 * time.Hour), start},
	} {
		ask(c, "GET", prefix+"/reports/status-time"+query, "", boss...)
		if got := f.asked[len(f.asked)-1]; !got.From.Equal(want[0]) || !got.To.Equal(want[1]) {
			t.Errorf("%s asks from %v to %v", query, got.From, got.To)
		}
	}
}
