package console

import (
	"reflect"
	"testing"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// S50: a transfer is for a colleague with a reachable phone, chosen from a list that shows how each of them is.
func TestS50AnAgentSeesHowHisColleaguesAreAndWhoTakesCalls(t *testing.T) {
	f := newFloor()
	ben := f.view.Agents[1]
	ben.Toggle, ben.Numbers = "available", []string{"+49301234568"}
	ben.Words = presence.Translated(presence.State{Declared: presence.Declaration{Status: presence.Available}})
	for _, change := range []func(*telagent.AgentView){
		func(*telagent.AgentView) {},
		func(a *telagent.AgentView) { a.ID, a.Reachable = "cem", "unreachable" },
		func(a *telagent.AgentView) { a.ID, a.Status, a.Toggle = "dora", "away", "away" },
		func(a *telagent.AgentView) { a.ID, a.Status, a.Toggle = "eva", "not_ready", "not_ready" },
		func(a *telagent.AgentView) { a.ID, a.Status, a.Activity, a.Call = "finn", "in_line", "talking", "c9" },
		func(a *telagent.AgentView) { a.ID, a.Status, a.ProfileType = "gabi", "not_ready", "conference" },
	} {
		a := ben
		change(&a)
		if a.ID != "ben" {
			f.view.Agents = append(f.view.Agents, a)
		}
	}
	f.view.Agents[1] = ben
	c := newConsole(t, f.options())
	read := func(who string) map[string]bool {
		w := ask(c, "GET", prefix+"/colleagues?vocabulary=sinch", "", as(tokenFor(t, c, who))...)
		got := map[string]bool{}
		for _, l := range decode[struct{ Colleagues []colleagueShown }](t, w.Body).Colleagues {
			got[l.ID] = l.Takes
			if l.ID == "ben" && (l.Name != "Ben" || l.Status != "available" || l.Phone != "reachable" || l.Word != "Free" || !l.Since.Equal(start)) {
				t.Errorf("ben is shown as %+v", l)
			}
		}
		return got
	}
	want := map[string]bool{"ben": true, "cem": false, "dora": false, "eva": true, "finn": false, "gabi": false}
	if got := read("ana"); !reflect.DeepEqual(got, want) {
		t.Errorf("ana sees %v", got)
	}
	if got := read("sally"); !reflect.DeepEqual(got, map[string]bool{"zoe": false}) {
		t.Errorf("sally of another team sees %v", got)
	}
	want["ana"] = false // who is signed off, as far as this fake says
	if got := read("boss"); !reflect.DeepEqual(got, want) {
		t.Errorf("boss sees %v", got)
	}
}
