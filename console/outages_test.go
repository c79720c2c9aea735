package console

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

func TestATeamsPolicyIsReadAndSetByWhoLeadsIt(t *testing.T) {
	f := newFloor()
	f.view.Policies = []telagent.Policy{{Team: "support", CutOff: telagent.SwitchRule, Grace: 8 * time.Second, PhoneSignOn: true, SetBy: "root", Set: start}}
	c := newConsole(t, f.options())
	get := func(who, path string) (int, string) {
		w := ask(c, "GET", prefix+path, "", as(tokenFor(t, c, who))...)
		return w.Code, w.Body.String()
	}
	support := `{"team":"support","cut_off":"switch","grace_s":8,"phone_sign_on":true,"set_by":"root","set":"2026-11-24T09:00:00Z","version":"0"}`
	for _, a := range []struct {
		who, path string
		code      int
		part      string
	}{
		{"boss", "/policies", 200, `{"policies":[` + support + `]}`},
		{"root", "/policies", 200, `{"team":"sales","cut_off":"alert","grace_s":5,"phone_sign_on":false,"version":"0"}`},
		{"boss", "/policies/support", 200, support},
		{"sally", "/policies/support", 404, "unknown_team"},
		{"root", "/policies/gone", 404, "unknown_team"},
		{"ana", "/policies/support", 403, "not_supervisor"},
		{"ana", "/policies", 403, "not_supervisor"},
		{"ana", "/sites", 403, "not_supervisor"},
	} {
		if code, body := get(a.who, a.path); code != a.code || !strings.Contains(body, a.part) {
			t.Errorf("%s gets %s: %d %s", a.who, a.path, code, body)
		}
	}
	for body, want := range map[string]telagent.Policy{
		`{}`:                                  {Team: "support", CutOff: telagent.SwitchRule, Grace: 8 * time.Second, PhoneSignOn: true, SetBy: "root", Set: start},
		`{"cut_off":"alert"}`:                 {Team: "support", Grace: 8 * time.Second, PhoneSignOn: true, SetBy: "root", Set: start},
		`{"grace_s":0,"phone_sign_on":false}`: {Team: "support", CutOff: telagent.SwitchRule, SetBy: "root", Set: start},
	} {
		w := ask(c, "PUT", prefix+"/policies/support", body, as(tokenFor(t, c, "boss"))...)
		all := f.did()
		if got := all[len(all)-1]; w.Code != 200 || got != telagent.Command(telagent.PutPolicy{By: "boss", Policy: want}) {
			t.Errorf("%s: %d, asked for %+v", body, w.Code, got)
		}
	}
	if w := ask(c, "PUT", prefix+"/policies/support", `{"cut_off":"ring"}`, as(tokenFor(t, c, "boss"))...); w.Code != 422 {
		t.Errorf("a rule that does not exist: %d %s", w.Code, w.Body)
	}
}

func TestSitesAreShownWithTheSoftphonesThatTheUserSees(t *testing.T) {
	f := newFloor()
	f.view.Sites = []telagent.Site{{Name: "berlin", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}
	for i := range f.view.Agents {
		f.view.Agents[i].Reach, f.view.Agents[i].Declared, f.view.Agents[i].Site = "softphone", "available", "berlin"
	}
	f.view.Agents[0].Lost = []telagent.Missing{{Sign: "flow", Since: start}}
	f.view.Agents[2].Site = "198.51.100.0/24"
	c := newConsole(t, f.options())
	list := func(who string) string {
		return ask(c, "GET", prefix+"/sites", "", as(tokenFor(t, c, who))...).Body.String()
	}
	berlin := `{"name":"berlin","networks":["192.0.2.0/24"],"softphones":2,"lost":1,"version":"0"}`
	if body := list("boss"); !strings.Contains(body, `{"sites":[`+berlin+`]}`) {
		t.Errorf("boss sees %s", body)
	}
	if body := list("root"); !strings.Contains(body, `{"name":"198.51.100.0/24","networks":[],"softphones":1,"lost":0},`+berlin) {
		t.Errorf("root sees %s", body)
	}
	w := ask(c, "PUT", prefix+"/sites/berlin", `{"networks":["192.0.2.0/24","2001:db8::/48"]}`, as(tokenFor(t, c, "root"))...)
	put := telagent.PutSite{By: "root", Site: telagent.Site{Name: "berlin", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/48")}}}
	if got := f.did(); w.Code != 200 || !reflect.DeepEqual(got[len(got)-1], telagent.Command(put)) {
		t.Errorf("%d %s, asked for %+v", w.Code, w.Body, got)
	}
	if w := ask(c, "PUT", prefix+"/sites/berlin", `{"networks":["here"]}`, as(tokenFor(t, c, "root"))...); w.Code != 422 || !strings.Contains(w.Body.String(), "bad_site") {
		t.Errorf("no network: %d %s", w.Code, w.Body)
	}
	w = ask(c, "DELETE", prefix+"/sites/berlin", "", as(tokenFor(t, c, "root"))...)
	if got := f.did(); w.Code != 204 || got[len(got)-1] != telagent.Command(telagent.DropSite{By: "root", Name: "berlin"}) {
		t.Errorf("%d, asked for %+v", w.Code, got)
	}
}

func TestAnAgentIsShownWithWhatHisSoftphoneLacksAndTheWayBack(t *testing.T) {
	f := newFloor()
	a := &f.view.Agents[0]
	a.Site, a.Lost, a.BackOffered = "berlin", []telagent.Missing{{Sign: "answers", Since: start}}, start
	c := newConsole(t, f.options())
	got := decode[agentShown](t, ask(c, "GET", prefix+"/agents/ana", "", as(tokenFor(t, c, "boss"))...).Body)
	if got.Site != "berlin" || len(got.Lost) != 1 || got.Lost[0] != (missingShown{"answers", start}) || got.BackOffered == nil {
		t.Errorf("shown as %+v", got)
	}
}

func TestAnAlarmAboutSeveralTeamsIsForTheSupervisorsOfEach(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	c.Tell([]telagent.Change{telagent.AlarmRaised{Code: "site_down", Subject: "berlin", Teams: []string{"sales", "support"}, Sentence: "3 of 5 are gone.", Time: start}})
	for _, who := range []string{"boss", "sally", "root"} {
		if body := ask(c, "GET", prefix+"/alarms", "", as(tokenFor(t, c, who))...).Body.String(); !strings.Contains(body, `"teams":["sales","support"]`) {
			t.Errorf("%s sees %s", who, body)
		}
	}
	if body := ask(c, "GET", prefix+"/alarms", "", as(tokenFor(t, c, "ana"))...).Body.String(); strings.Contains(body, "site_down") {
		t.Errorf("ana sees %s", body)
	}
	c.Tell([]telagent.Change{telagent.AlarmCleared{Code: "site_down", Subject: "berlin", Teams: []string{"sales", "support"}, Time: start}})
	if body := ask(c, "GET", prefix+"/alarms", "", as(tokenFor(t, c, "root"))...).Body.String(); strings.Contains(body, "site_down") {
		t.Errorf("it is over, and root sees %s", body)
	}
}
