package console

import (
	"testing"

	"telagent-gateway/telagent"
)

func TestAPolicyASiteAndAScheduleAreChangedOnlyAsTheyWereSeen(t *testing.T) {
	f := newFloor()
	site := telagent.EntryName{Kind: telagent.SiteEntry, Name: "berlin"}
	f.view.Revisions = []telagent.Revision{{Entry: site, Version: 7}}
	if got := versionOf(f.View(), site) + versionOf(f.View(), telagent.EntryName{Kind: telagent.SiteEntry, Name: "lyon"}); got != "70" {
		t.Errorf("versions %s", got)
	}
	c := newConsole(t, f.options())
	schedule := `{"from":"2026-12-01","days":"daily","start":"08:00","length_min":60,"members":[{"agent":"ana"}]}`
	for _, r := range []struct {
		method, path, body string
		kind               telagent.EntryKind
		name               string
	}{
		{"PUT", "/policies/support", `{"cut_off":"switch"}`, telagent.PolicyEntry, "support"},
		{"PUT", "/sites/berlin", `{"networks":["192.0.2.0/24"]}`, telagent.SiteEntry, "berlin"},
		{"DELETE", "/sites/berlin", "", telagent.SiteEntry, "berlin"},
		{"PUT", "/schedules/early", schedule, telagent.ScheduleEntry, "early"},
		{"DELETE", "/schedules/early", "", telagent.ScheduleEntry, "early"},
	} {
		w := ask(c, r.method, prefix+r.path, r.body, append(as(tokenFor(t, c, "root")), "If-Match", `"7"`)...)
		did := f.did()
		g, is := did[len(did)-1].(telagent.Guarded)
		if !is || g.Entry != (telagent.EntryName{Kind: r.kind, Name: r.name}) || len(g.Versions) != 1 || g.Versions[0] != 7 {
			t.Errorf("%s %s (%d) does %+v", r.method, r.path, w.Code, did[len(did)-1])
		}
	}
}
