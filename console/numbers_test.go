package console

import (
	"strings"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

func TestASupervisorSeesTheNumbersOfHisTeamsAndQueuesAndEverybodys(t *testing.T) {
	f := newFloor()
	f.known = []telagent.KnownNumber{
		{Number: "+4930100", Use: "called", Queue: "help", Odd: []telagent.Oddity{{Code: "spelling", Sentence: "Leads to Zoe too.", Agent: "zoe"}}},
		{Number: "+4930200", Use: "called", Queue: "shop"},
		{Number: "+4930300", Use: "phone", Agent: "zoe"},
		{Number: "+4930400", Use: "phone", Agent: "ana", Odd: []telagent.Oddity{{Code: "shared", Sentence: "It is a phone of Ben too.", Agent: "ben"}}},
		{Number: "+4930500", Use: "access"},
	}
	c := newConsole(t, f.options())
	for user, want := range map[string]string{"root": "100 200 300 400 500", "boss": "100 400 500", "sally": "200 300 500"} {
		w := ask(c, "GET", prefix+"/numbers", "", as(tokenFor(t, c, user))...)
		var got []string
		for _, n := range decode[struct{ Numbers []numberShown }](t, strings.NewReader(w.Body.String())).Numbers {
			got = append(got, strings.TrimPrefix(n.Number, "+4930"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s sees %v, not %s", user, got, want)
		}
		if user == "boss" && (strings.Contains(w.Body.String(), "Zoe") || !strings.Contains(w.Body.String(), "Ben")) {
			t.Errorf("boss is told %s", w.Body)
		}
	}
	if w := ask(c, "GET", prefix+"/numbers", "", as(tokenFor(t, c, "ana"))...); problemOf(t, w).Code != "not_supervisor" {
		t.Errorf("ana sees %s", w.Body)
	}
}

func TestTryingANumberSaysWhatEachTrunkIsTold(t *testing.T) {
	f := newFloor()
	f.tried = Tried{
		Tried: telagent.Tried{
			Leads: "outside", Shown: call.Party{Number: "+4930100"}, Refusal: &telagent.Refusal{Code: "no_trunk_capacity", Sentence: "No trunk has room."},
			Trunks: []telagent.TriedTrunk{{Name: "north", Takes: true}, {Name: "south", Why: "It is down."}},
		},
		Kind: "fixed", Region: "DE", Written: map[string]Written{"north": {Called: "004930", Calling: "030100"}},
	}
	c := newConsole(t, f.options())
	w := ask(c, "POST", prefix+"/dial-rules/try", `{"number":"+4930","agent":"ana"}`, as(tokenFor(t, c, "boss"))...)
	for _, part := range []string{
		`"allowed":false`, `"code":"no_trunk_capacity"`, `"called":"004930"`, `"calling":"030100"`, `"why":"It is down."`, `"kind":"fixed"`, `"to":"+4930"`,
	} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("answer %d %s lacks %s", w.Code, w.Body, part)
		}
	}
	if w := ask(c, "POST", prefix+"/dial-rules/try", `{"number":"+4930","agent":"zoe"}`, as(tokenFor(t, c, "boss"))...); problemOf(t, w).Code != "unknown_agent" {
		t.Errorf("boss tries for zoe: %s", w.Body)
	}
}

func TestTheDialRulesAreForThoseWhoLead(t *testing.T) {
	f := newFloor()
	f.rules = DialRules{Region: "DE", Allow: []string{"DE"}, Trunks: []TrunkRules{{Name: "north", CalledOut: []string{"+ -> 00"}}}}
	c := newConsole(t, f.options())
	w := ask(c, "GET", prefix+"/dial-rules", "", as(tokenFor(t, c, "boss"))...)
	if !strings.Contains(w.Body.String(), `"called_out":["+ -\u003e 00"]`) && !strings.Contains(w.Body.String(), `"called_out":["+ -> 00"]`) || strings.Contains(w.Body.String(), "null") {
		t.Errorf("boss sees %s", w.Body)
	}
	if w := ask(c, "GET", prefix+"/dial-rules", "", as(tokenFor(t, c, "ana"))...); problemOf(t, w).Code != "not_supervisor" {
		t.Errorf("ana sees %s", w.Body)
	}
}

func TestADryRunOfAnImportSaysWhatWouldChangeAndDoesNothing(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	headers := append(as(tokenFor(t, c, "root")), "Content-Type", "application/yaml")
	w := ask(c, "POST", prefix+"/import?dry_run=true", "agents: 1", headers...)
	if w.Code != 200 || f.planned != "root: agents: 1" || f.imported != "" || !strings.Contains(w.Body.String(), "agent ana is new") {
		t.Errorf("answer %d %s, planned %q, imported %q", w.Code, w.Body, f.planned, f.imported)
	}
}
