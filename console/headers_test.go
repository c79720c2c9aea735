package console

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

func TestEveryAnswerSaysWhatABrowserMayDoWithIt(t *testing.T) {
	claims.Proven(t, "every answer has a strict content policy, its type, and is neither framed, guessed at nor, of the API, kept", "3.2.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "4.1.1", "14.3.2")
	d := newDesk(t, nil)
	for _, path := range []string{"/", "/nothing", prefix + "/me", prefix + "/agents", "/api/nothing", "/api/openapi.json", "/metrics", "/healthz", prefix + "/oidc/start"} {
		h := ask(d.Console, "GET", path, "").Header()
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, part)
			}
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if h.Get("Content-Type") == "" || strings.HasPrefix(path, "/api/") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: type %q, kept by %q", path, h.Get("Content-Type"), h.Get("Cache-Control"))
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is for pages of others", path)
		}
	}
}

func TestWhatGoesWrongInsideIsToldInGeneralWords(t *testing.T) {
	claims.Proven(t, "what goes wrong inside is told in general words, and nothing is done halfway for it", "16.5.1", "16.5.3")
	d := newDesk(t, nil)
	token := d.signIn("boss", "")
	d.floor.broken = errors.New("dial tcp 192.0.2.9: secret-of-the-inside")
	for _, w := range []*httptest.ResponseRecorder{
		d.must("POST", "/switch", obj{"agents": []string{"ana"}, "to": "telagent"}, token, 503, "unavailable"),
		d.must("POST", "/account/tokens", obj{"name": "a"}, token, 503, "unavailable"),
		d.must("PUT", "/account/password", obj{"current": password, "new": "a lucky new day"}, token, 503, "unavailable"),
	} {
		if strings.Contains(w.Body.String(), "inside") {
			t.Errorf("it tells %s", w.Body)
		}
	}
	if got := d.sees(token).Tokens; len(got) != 0 {
		t.Errorf("a token was made without a line in the audit trail: %+v", got)
	}
	d.signIn("boss", "") // an outage of the store keeps nobody out
}

func TestWhoIsNoUserAnyMoreIsOutAtOnce(t *testing.T) {
	claims.Proven(t, "with a user his sessions and tokens end, and another one of his name finds none of them", "7.4.2")
	d := newDesk(t, nil)
	token := d.signIn("sally", "")
	script := decode[struct{ Token string }](t, d.must("POST", "/account/tokens", obj{"name": "a"}, token, 200, "").Body).Token
	users := d.floor.view.Users
	d.floor.view.Users = users[:3]
	d.must("GET", "/me", nil, token, 401, "not_signed_in")
	d.must("GET", "/me", nil, script, 401, "not_signed_in")
	d.floor.view.Users = append(users[:3:3], telagent.User{Name: "sally", Role: telagent.AdminRole, Credentials: telagent.Credentials{Password: passwordHash()}})
	d.must("GET", "/me", nil, token, 401, "not_signed_in")
	d.must("GET", "/me", nil, script, 401, "not_signed_in")
}
