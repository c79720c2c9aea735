package console

import (
	"strings"
	"testing"

	"telagent-gateway/telagent"
)

func TestS02NobodyIsToldOfASwitchOfHisAgentsBySomebodyWhoMayNotSeeThem(t *testing.T) {
	c := newConsole(t, newFloor().options())
	if w := ask(c, "POST", prefix+"/switch", `{"agents":["ana","zoe"],"to":"telagent"}`, as(tokenFor(t, c, "boss"))...); w.Code != 200 {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	for user, want := range map[string]int{"boss": 2, "root": 2, "sally": 0} {
		got := ask(c, "GET", prefix+"/switches", "", as(tokenFor(t, c, user))...).Body.String()
		if strings.Count(got, `"agent":`) != want {
			t.Errorf("%s is told of %s, want %d agents", user, got, want)
		}
	}
}

func TestS02TheStreamTellsOfSwitchesWhomTheListTells(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	b := telagent.BatchView{ID: "b1", By: "boss", Members: []telagent.MemberView{
		{Agent: "ana", Progress: telagent.SwitchMade},
		{Agent: "zoe", Progress: telagent.SwitchRefused, Code: "unknown_agent"},
	}}
	e := event{change: telagent.BatchChanged{Batch: b}, about: reach{agents: []string{"ana", "zoe"}}}
	for user, want := range map[string]string{"root": "switches.changed", "boss": "switches.changed", "sally": "", "ana": "", "zoe": ""} {
		u, _ := userNamed(&f.view, user)
		if name, _ := c.show(e, newViewer(u, &f.view)); name != want {
			t.Errorf("%s is told %q, want %q", user, name, want)
		}
	}
}

func TestADryRunOfAForcedLogoutSaysWhatBecomesOfTheCallAndDoesNothing(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	w := ask(c, "POST", prefix+"/force-logout", `{"agents":["ana","zoe"],"dry_run":true}`, as(tokenFor(t, c, "boss"))...)
	want := `{"agent":"ana","ok":true,"logout":{"call":"+4917012 goes on with Zoe.","next":"zoe"}}`
	if w.Code != 200 || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `{"agent":"zoe","ok":false,"code":"unknown_agent"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, did := range f.did() {
		if _, is := did.(telagent.ForceLogout); is {
			t.Errorf("it did %+v", did)
		}
	}
}
