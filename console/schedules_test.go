package console

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// rostered is a Floor with two schedules of the team support, one of them with somebody of sales.
func rostered() *floor {
	f := newFloor()
	every := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	days := schedule.Schedule{
		Name: "Days", From: "2026-11-01", Zone: "Europe/Berlin", Days: every[1:6], Start: 8 * time.Hour, Length: 8 * time.Hour,
		Members: []schedule.Member{{Agent: "ana", Number: "+49301234567"}, {Agent: "zoe"}},
	}
	late := schedule.Schedule{Name: "Late", From: "2026-11-01", To: "2026-11-24", Days: every, Start: 14 * time.Hour, Length: 2*time.Hour + 30*time.Minute, Members: []schedule.Member{{Agent: "ana"}}}
	f.view.Schedules = []telagent.ScheduleView{
		{
			Schedule: telagent.Schedule{Schedule: days}, On: schedule.Occurrence{Start: start, End: start.Add(6 * time.Hour)},
			Next: schedule.Occurrence{Start: start.Add(22 * time.Hour)},
		},
		{Schedule: telagent.Schedule{Schedule: late}},
	}
	return f
}

func TestS23SchedulesAreShownWithThoseOfTheirMembersWhomTheUserSees(t *testing.T) {
	c := newConsole(t, rostered().options())
	days := `{"name":"Days","zone":"Europe/Berlin","from":"2026-11-01","days":"mon-fri","start":"08:00","length_min":480,"members":[%s],` +
		`"on_until":"2026-11-24T15:00:00Z","next":"2026-11-25T07:00:00Z","version":"0"}`
	late := `{"name":"Late","from":"2026-11-01","to":"2026-11-24","days":"daily","start":"14:00","length_min":150,"members":[{"agent":"ana"}],"version":"0"}`
	ana, zoe := `{"agent":"ana","number":"+49301234567"}`, `{"agent":"zoe"}`
	for user, want := range map[string]string{
		"root":  "[" + strings.Replace(days, "%s", ana+","+zoe, 1) + "," + late + "]",
		"boss":  "[" + strings.Replace(days, "%s", ana, 1) + "," + late + "]",
		"sally": "[" + strings.Replace(days, "%s", zoe, 1) + "]",
		"ana":   "[" + strings.Replace(days, "%s", ana, 1) + "," + late + "]",
	} {
		w := ask(c, "GET", prefix+"/schedules", "", as(tokenFor(t, c, user))...)
		if got := w.Body.String(); w.Code != 200 || !strings.Contains(got, `"schedules":`+want+"}") {
			t.Errorf("%s sees %d %s\nwant %s", user, w.Code, got, want)
		}
	}
}

func TestS24TheCalendarShowsWhatOverlapsAsOneSession(t *testing.T) {
	f := rostered()
	o := f.options()
	o.Now = func() time.Time { return start }
	c := newConsole(t, o)
	boss := as(tokenFor(t, c, "boss"))
	w := ask(c, "GET", prefix+"/schedules/calendar?from=2026-11-24&to=2026-11-25&zone=Europe/Berlin", "", boss...)
	want := `{"from":"2026-11-24T00:00:00+01:00","to":"2026-11-26T00:00:00+01:00","zone":"Europe/Berlin","sessions":[` +
		`{"agent":"ana","name":"Ana","start":"2026-11-24T08:00:00+01:00","end":"2026-11-24T17:30:00+01:00","parts":[` +
		`{"schedule":"Days","number":"+49301234567","start":"2026-11-24T08:00:00+01:00","end":"2026-11-24T16:00:00+01:00"},` +
		`{"schedule":"Late","start":"2026-11-24T15:00:00+01:00","end":"2026-11-24T17:30:00+01:00"}]},` +
		`{"agent":"ana","name":"Ana","start":"2026-11-25T08:00:00+01:00","end":"2026-11-25T16:00:00+01:00","parts":[` +
		`{"schedule":"Days","number":"+49301234567","start":"2026-11-25T08:00:00+01:00","end":"2026-11-25T16:00:00+01:00"}]}]}`
	if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != want {
		t.Errorf("got %d %s\nwant %s", w.Code, got, want)
	}
	w = ask(c, "GET", prefix+"/schedules/calendar", "", boss...)
	if got := w.Body.String(); !strings.Contains(got, `"from":"2026-11-24T00:00:00Z","to":"2026-12-01T00:00:00Z","zone":"UTC"`) || strings.Count(got, `"agent"`) != 5 {
		t.Errorf("a week is %s", got)
	}
	for _, query := range []string{"?zone=Mars/Base", "?zone=Local", "?from=tomorrow", "?from=2026-01-01&to=2028-01-01", "?from=9999-12-31", "?from=0000-01-01"} {
		if w := ask(c, "GET", prefix+"/schedules/calendar"+query, "", boss...); problemOf(t, w).Code != "bad_time" {
			t.Errorf("%s: %s", query, w.Body)
		}
	}
}

func TestAScheduleIsPutAndDroppedByItsName(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	boss := as(tokenFor(t, c, "boss"))
	body := `{"from":"2026-11-01","zone":"Europe/Berlin","days":"sat,sun","start":"22:00","length_min":480,"members":[{"agent":"ana","number":"+49301234567"},{"agent":"ben"}]}`
	if w := ask(c, "PUT", prefix+"/schedules/Night%20shift", body, boss...); w.Code != 204 {
		t.Errorf("put: %d %s", w.Code, w.Body)
	}
	if w := ask(c, "DELETE", prefix+"/schedules/Night%20shift", "", boss...); w.Code != 204 {
		t.Errorf("dropped: %d %s", w.Code, w.Body)
	}
	want := []telagent.Command{
		telagent.PutSchedule{By: "boss", Schedule: schedule.Schedule{
			Name: "Night shift", From: "2026-11-01", Zone: "Europe/Berlin", Days: []time.Weekday{6, 0}, Start: 22 * time.Hour, Length: 8 * time.Hour,
			Members: []schedule.Member{{Agent: "ana", Number: "+49301234567"}, {Agent: "ben"}},
		}},
		telagent.DropSchedule{By: "boss", Name: "Night shift"},
	}
	if got := f.did(); !reflect.DeepEqual(got, want) {
		t.Errorf("did %+v", got)
	}
	for _, wrong := range []string{strings.Replace(body, "22:00", "22", 1), strings.Replace(body, "sat,sun", "weekend", 1)} {
		if w := ask(c, "PUT", prefix+"/schedules/Nights", wrong, boss...); problemOf(t, w).Code != "bad_schedule" {
			t.Errorf("%s: %s", wrong, w.Body)
		}
	}
	if w := ask(c, "PUT", prefix+"/schedules/Nights", strings.Replace(body, "480", "1441", 1), boss...); problemOf(t, w).Code != "invalid" {
		t.Errorf("too long: %s", w.Body)
	}
}
