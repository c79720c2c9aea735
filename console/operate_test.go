package console

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

func TestAnAdministratorReloadsTheConfigurationAndHearsWhatWasTaken(t *testing.T) {
	f := newFloor()
	var by []string
	var bad error
	o := f.options()
	o.Reload = func(_ context.Context, who string) ([]Changed, error) {
		by = append(by, who)
		return []Changed{{Key: "policy.ring_time", At: "telagent.yaml:7", Was: "20s", Is: "30s"}}, bad
	}
	c := newConsole(t, o)
	root, boss := tokenFor(t, c, "root"), tokenFor(t, c, "boss")
	if w := ask(c, "POST", prefix+"/reload", "{}", as(root)...); w.Code != 200 || !strings.Contains(w.Body.String(), `"at":"telagent.yaml:7"`) {
		t.Errorf("a reload answers %d %s", w.Code, w.Body)
	}
	if p := problemOf(t, ask(c, "POST", prefix+"/reload", "{}", as(boss)...)); p.Code != "not_admin" {
		t.Errorf("a supervisor reloads: %+v", p)
	}
	if tried := telagent.Command(telagent.Reload{By: "boss", Failed: "not_admin"}); !slices.ContainsFunc(f.did(), func(c telagent.Command) bool {
		r, is := c.(telagent.Reload)
		return is && r.By == "boss" && r.Failed == "not_admin"
	}) {
		t.Errorf("the audit trail was not told of %+v", tried)
	}
	for code, status := range map[string]int{"bad_configuration": 422, "needs_upgrade": 409, "no_configuration": 409} {
		bad = &BadConfiguration{Code: code, Complaints: []Complaint{{Location: "telagent.yaml:3", Message: "x"}, {Location: "telagent.yaml:9", Message: "y"}}}
		w := ask(c, "POST", prefix+"/reload", "{}", as(root)...)
		if p := problemOf(t, w); w.Code != status || p.Code != code || p.Detail != "telagent.yaml:3: x" || len(p.Errors) != 2 {
			t.Errorf("%s: %d %+v", code, w.Code, p)
		}
	}
	if !slices.Equal(by, []string{"root", "root", "root", "root"}) {
		t.Errorf("reloaded by %v", by)
	}
}

func TestADrainIsShownToWhoLeadsAndBegunByAnAdministrator(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	root, boss, ana := tokenFor(t, c, "root"), tokenFor(t, c, "boss"), tokenFor(t, c, "ana")
	f.view.Drain = telagent.Draining{On: true, By: "root", Since: start, Stop: true, Until: start.Add(time.Hour), Calls: 7, Waiting: 2}
	w := ask(c, "GET", prefix+"/drain", "", as(boss)...)
	for _, want := range []string{`"draining":true`, `"by":"root"`, `"calls":7`, `"waiting":2`, `"stop":true`, `"until":`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is not in %s", want, w.Body)
		}
	}
	if p := problemOf(t, ask(c, "GET", prefix+"/drain", "", as(ana)...)); p.Code != "not_supervisor" {
		t.Errorf("an agent sees it: %+v", p)
	}
	ask(c, "POST", prefix+"/drain", `{"stop":true,"within_s":90}`, as(root)...)
	ask(c, "DELETE", prefix+"/drain", "", as(root)...)
	for _, want := range []telagent.Command{telagent.Drain{By: "root", Stop: true, Within: 90 * time.Second}, telagent.Drain{By: "root", Off: true}} {
		if !slices.Contains(f.did(), want) {
			t.Errorf("the Floor was not asked for %+v", want)
		}
	}
}

func TestAnAdministratorUpgradesAndHearsWhoHasTheCallsOrWhyNot(t *testing.T) {
	f := newFloor()
	var asked []string
	var failed error
	o := f.options()
	o.Upgrade = func(_ context.Context, by, binary string) (int, error) {
		asked = append(asked, by+" "+binary)
		return 4711, failed
	}
	c := newConsole(t, o)
	root, boss := tokenFor(t, c, "root"), tokenFor(t, c, "boss")
	if w := ask(c, "POST", prefix+"/upgrade", `{"binary":"/opt/telagent"}`, as(root)...); w.Code != 200 || !strings.Contains(w.Body.String(), `"pid":4711`) {
		t.Errorf("an upgrade answers %d %s", w.Code, w.Body)
	}
	if p := problemOf(t, ask(c, "POST", prefix+"/upgrade", `{}`, as(boss)...)); p.Code != "not_admin" {
		t.Errorf("a supervisor upgrades: %+v", p)
	}
	failed = fmt.Errorf("%w: the new process has ended", ErrUpgrade)
	if p := problemOf(t, ask(c, "POST", prefix+"/upgrade", `{}`, as(root)...)); p.Code != "upgrade_failed" || !strings.Contains(p.Detail, "has ended") {
		t.Errorf("one that failed: %+v", p)
	}
	failed = &telagent.Refusal{Code: "upgrade_running", Sentence: "An upgrade is under way."}
	if p := problemOf(t, ask(c, "POST", prefix+"/upgrade", `{}`, as(root)...)); p.Code != "upgrade_running" {
		t.Errorf("a second one: %+v", p)
	}
	if !slices.Equal(asked, []string{"root /opt/telagent", "root ", "root "}) {
		t.Errorf("asked were %q", asked)
	}
}
