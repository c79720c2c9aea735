package console

import (
	"encoding/json"
	"strings"
	"testing"

	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

func TestNoAnswerOfTheAPIHoldsASecret(t *testing.T) {
	claims.Proven(t, "no answer of the API and no metric holds a password, a digest, a PIN or a webhook's key", "8.2.3")
	const secret = "SECRETSECRET"
	f := newFloor()
	for i := range f.view.Users {
		c := &f.view.Users[i].Credentials
		c.HA1MD5, c.HA1SHA, c.PIN, c.DeskMD5, c.DeskSHA = secret, secret, secret, secret, secret
	}
	o := f.options()
	h := hook("chat", "telagent.began")
	h.URL, h.Key = "http://chat.invalid/"+secret, []byte(secret)
	o.Webhooks = []Webhook{h}
	c := newConsole(t, o)
	root := tokenFor(t, c, "root")
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	decodeInto(t, OpenAPI(), &doc)
	asked := 0
	for path, methods := range doc.Paths {
		if methods["get"] == nil || strings.HasSuffix(path, "/events") {
			continue
		}
		path = strings.NewReplacer("{id}", "ana", "{team}", "support").Replace(path)
		for _, query := range []string{"", "?limit=10", "?from=2026-11-24&to=2026-11-25"} {
			asked++
			if answer := ask(c, "GET", path+query, "", as(root)...).Body.String(); strings.Contains(answer, secret) || strings.Contains(answer, passwordHash()) {
				t.Errorf("%s%s answers %s", path, query, answer)
			}
		}
	}
	if metrics := ask(c, "GET", "/metrics", "").Body.String(); strings.Contains(metrics, secret) || !strings.Contains(metrics, "telagent_agents") {
		t.Error("metrics hold a secret, or are none")
	}
	if asked < 60 {
		t.Errorf("only %d questions were asked", asked)
	}
	if u, _ := userNamed(c.o.View(), "root"); u.Role != telagent.AdminRole || u.Credentials.PIN != secret {
		t.Error("the secrets were not there")
	}
}
