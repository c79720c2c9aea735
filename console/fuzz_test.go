package console

import (
	"strings"
	"testing"
)

// FuzzAPI sends any body to any call: no answer is a 500, and whatever is refused is a problem with a code.
func FuzzAPI(f *testing.F) {
	paths := []string{
		"POST /sign-in", "POST /setup", "PUT /agents/ana/status", "POST /agents/ana/wrap-up", "POST /switch",
		"POST /force-logout", "POST /import", "DELETE /agents/ana/status/pending", "GET /history", "GET /audit",
		"GET /history?format=csv", "GET /history/h1/recording", "POST /dial-rules/try", "POST /import?dry_run=true", "GET /audit/export?format=jsonl",
	}
	for i, body := range []string{
		`{"user":"nobody","password":"x"}`, `{"token":"x","user":"root","password":"long enough"}`,
		`{"status":"away","reason":"x","until":"2026-11-24T09:00:00Z"}`, `{"action":"continue"}`,
		`{"agents":["ana"],"to":"telagent","number":"+49301","dry_run":true}`, `{"agents":["ana","\u0000"],"request_id":"r"}`,
		"agents: []", "", "limit=3&before=2026-11-24T09:00:00Z", "limit=x",
	} {
		f.Add(uint8(i), body, "application/json")
	}
	fl := newFloor()
	c, err := New(fl.options())
	if err != nil {
		f.Fatal(err)
	}
	user, _ := userNamed(c.o.View(), "root")
	token, _, _ := c.sessions.open(session{User: user.Name, Mark: markOf(user.Credentials.Password)})
	f.Fuzz(func(t *testing.T, which uint8, body, contentType string) {
		method, path, _ := strings.Cut(paths[int(which)%len(paths)], " ")
		if strings.ContainsAny(contentType, "\r\n") {
			return // net/http would not have let it through
		}
		w := ask(c, method, prefix+path, body, "Authorization", "Bearer "+token, "Content-Type", contentType)
		if w.Code >= 500 {
			t.Fatalf("answer %d %s", w.Code, w.Body)
		}
		if w.Code >= 400 {
			problemOf(t, w)
		}
	})
}
