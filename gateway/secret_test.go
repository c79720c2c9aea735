package gateway

import (
	"strings"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/sip"
	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

func TestAgentsAndTheirDeskPhonesCanRegisterAndNobodyElse(t *testing.T) {
	g := &Gateway{}
	proof := telagent.Credentials{HA1MD5: "m", HA1SHA: "s", DeskMD5: "dm", DeskSHA: "ds"}
	g.learn(telagent.User{Name: "ana", Role: telagent.AgentRole, Credentials: proof})
	g.learn(telagent.User{Name: "boss", Role: telagent.SupervisorRole, Credentials: proof})
	g.learnAgent(telagent.Agent{ID: "ana", DeskPhone: "ana-desk"})
	g.learnAgent(telagent.Agent{ID: "xena"})
	g.learn(telagent.User{Name: "xena", Role: telagent.SupervisorRole, Credentials: telagent.Credentials{HA1MD5: "x"}})
	for aor, want := range map[string]sip.Secret{
		"ana": {HA1MD5: "m", HA1SHA: "s"}, "ana-desk": {HA1MD5: "dm", HA1SHA: "ds"}, "boss": {}, "xena": {HA1MD5: "x"}, "nobody": {},
	} {
		if got, ok := g.secret(aor); got != want || ok != (want != sip.Secret{}) {
			t.Errorf("%s is proved by %+v (%t), want %+v", aor, got, ok, want)
		}
	}
	proof.DeskMD5, proof.DeskSHA = "", "" // she gave her desk phone up
	g.learn(telagent.User{Name: "ana", Role: telagent.AgentRole, Credentials: proof})
	if _, ok := g.secret("ana-desk"); ok {
		t.Error("a desk phone that was given up can still register")
	}
}

func TestALineOfTheLogHasNoKeyAndNoPIN(t *testing.T) {
	claims.Proven(t, "no key that is pressed and no PIN is in the log of the loop")
	for _, v := range []any{
		call.Digit{Leg: "l", Key: "7"},
		call.Verify{Leg: "l", Hash: "hash7", Secret: "77"},
		[]call.Action{call.Verify{Leg: "l", Secret: "77"}},
		request{command: telagent.PutAgent{Entry: telagent.Agent{ID: "ana"}, Credentials: &telagent.Credentials{PIN: "77"}}},
	} {
		if s := line(v); strings.Contains(s, "7") {
			t.Errorf("%T is logged as %s", v, s)
		}
	}
}
