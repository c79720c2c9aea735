package gateway

import (
	"reflect"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/sip"
	"telagent-gateway/telagent"
)

func TestAnAgentIsShownToPhonesUnderHisNameAndHisDeskPhones(t *testing.T) {
	v := telagent.AgentView{
		ID: "ana", Status: "in_line", Reason: "RNA", Declared: "away", Activity: "talking", Call: "c1",
		Customer: call.Party{Number: "+491701"}, DeskPhone: "ana-desk",
	}
	p := sip.Presence{User: "ana", Status: "in_line", Activity: "talking", Call: "c1", Remote: call.Party{Number: "+491701"}}
	if got, want := faces(v, "ana-desk"), (map[string]sip.Presence{"ana": p, "ana-desk": p}); !reflect.DeepEqual(got, want) {
		t.Errorf("in a call he is shown as %+v, want %+v", got, want)
	}
	v = telagent.AgentView{ID: "ana", Status: "on_break", Declared: "on_break", Reason: "Lunch", Activity: "idle", DeskPhone: "new-desk"}
	p = sip.Presence{User: "ana", Status: "on_break", Reason: "Lunch", Activity: "idle"}
	if got, want := faces(v, "ana-desk"), (map[string]sip.Presence{"ana": p, "ana-desk": {}, "new-desk": p}); !reflect.DeepEqual(got, want) {
		t.Errorf("with another desk phone he is shown as %+v, want %+v", got, want)
	}
}

func TestWhoCallsAColleagueIsNotShownToHimself(t *testing.T) {
	v := telagent.AgentView{ID: "ana", Status: "in_line", Activity: "dialling", Call: "c1", Customer: call.Party{Number: "ana", Name: "Ana"}}
	if got := faces(v, "")["ana"].Remote; got != (call.Party{}) {
		t.Errorf("he talks with %+v", got)
	}
}

func TestAllAgentsAreShownFromTheStart(t *testing.T) {
	g := &Gateway{shown: map[string]string{}}
	got := g.people([]telagent.AgentView{{ID: "ana", Status: "available", DeskPhone: "ana-desk"}, {ID: "ben", Status: "offline"}})
	if len(got) != 3 || got["ana"].Status != "available" || got["ana-desk"].User != "ana" || got["ben"].Status != "offline" {
		t.Errorf("shown from the start: %+v", got)
	}
	if g.shown["ana"] != "ana-desk" {
		t.Errorf("the desk phone is not noted: %v", g.shown)
	}
}
