package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

// ring is a Keyring in memory.
type ring struct {
	mu   sync.Mutex
	keys map[string]Key
}

func (r *ring) Keep(k Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = map[string]Key{}
	}
	r.keys[k.Kind+" "+k.ID] = k
}

func (r *ring) Drop(kind, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, kind+" "+id)
}

func (r *ring) Keys(context.Context) (all []Key, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		all = append(all, k)
	}
	return all, nil
}

// desk is a console with a clock of its own and a memory.
type desk struct {
	*testing.T
	*Console
	floor *floor
	ring  *ring
	now   time.Time
}

func newDesk(t *testing.T, change func(*Options)) *desk {
	d := &desk{T: t, floor: newFloor(), ring: &ring{}, now: start}
	d.restart(change)
	return d
}

// restart begins anew with what is remembered.
func (d *desk) restart(change func(*Options)) {
	o := d.floor.options()
	o.Now, o.Keyring = func() time.Time { return d.now }, d.ring
	if change != nil {
		change(&o)
	}
	d.Console = newConsole(d.T, o)
	if err := d.Recall(d.Context()); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) ask(method, path string, body any, token string) *httptest.ResponseRecorder {
	text := ""
	if body != nil {
		data, _ := json.Marshal(body)
		text = string(data)
	}
	return ask(d.Console, method, prefix+path, text, as(token)...)
}

// must asks and wants a status; with a refusal's status the code.
func (d *desk) must(method, path string, body any, token string, want int, code string) *httptest.ResponseRecorder {
	d.Helper()
	w := d.ask(method, path, body, token)
	if w.Code != want || code != "" && problemOf(d.T, w).Code != code {
		d.Fatalf("%s %s: %d %s, want %d %s", method, path, w.Code, w.Body, want, code)
	}
	return w
}

type obj map[string]any

func (d *desk) signIn(user, code string) string {
	d.Helper()
	w := d.must("POST", "/sign-in", obj{"user": user, "password": password, "code": code}, "", 200, "")
	return decode[struct{ Token string }](d.T, w.Body).Token
}

func (d *desk) code(secret string) string {
	d.Helper()
	code, err := totp.GenerateCode(secret, d.now)
	if err != nil {
		d.Fatal(err)
	}
	return code
}

// enrol gives who is signed in a second factor.
func (d *desk) enrol(token string) (secret string, recovery []string) {
	d.Helper()
	secret = decode[struct{ Secret string }](d.T, d.must("POST", "/account/second-factor", nil, token, 200, "").Body).Secret
	w := d.must("PUT", "/account/second-factor", obj{"code": d.code(secret)}, token, 200, "")
	return secret, decode[struct{ Codes []string }](d.T, w.Body).Codes
}

func (d *desk) sees(token string) accountShown {
	d.Helper()
	return decode[accountShown](d.T, d.must("GET", "/account", nil, token, 200, "").Body)
}

func TestARestartSignsNobodyOut(t *testing.T) {
	claims.Proven(t, "a restart of the gateway signs nobody out, and what is remembered of a session or a token signs nobody in", "7.2.1", "7.2.2", "7.2.3")
	d := newDesk(t, nil)
	token, other := d.signIn("boss", ""), d.signIn("boss", "")
	d.must("DELETE", "/account/sessions", nil, token, 204, "")
	script := decode[struct{ Token string }](t, d.must("POST", "/account/tokens", obj{"name": "wall"}, token, 200, "").Body).Token
	d.now = d.now.Add(29 * time.Minute)
	d.restart(nil)
	d.must("GET", "/me", nil, token, 200, "")
	d.must("GET", "/me", nil, script, 200, "")
	d.must("GET", "/me", nil, other, 401, "not_signed_in")
	kept, _ := d.ring.Keys(t.Context())
	for _, k := range kept {
		for _, secret := range []string{token, script, passwordHash()} {
			if strings.Contains(string(k.Entry)+k.ID, secret) {
				t.Errorf("%s is remembered in the clear", k.Kind)
			}
		}
		d.must("GET", "/me", nil, k.ID, 401, "not_signed_in")
	}
	d.now = d.now.Add(30 * time.Minute)
	d.restart(nil)
	d.must("GET", "/me", nil, token, 401, "not_signed_in")
	if kept, _ := d.ring.Keys(t.Context()); len(kept) != 1 || kept[0].Kind != tokenKind {
		t.Errorf("a session that is over is remembered: %+v", kept)
	}
}

func TestEverySessionIsSeenAndCanBeEnded(t *testing.T) {
	claims.Proven(t, "users see their sessions and end one or all others, and administrators end those of anybody", "7.4.1", "7.4.5", "7.5.2")
	d := newDesk(t, nil)
	one, two, three := d.signIn("boss", ""), d.signIn("boss", ""), d.signIn("boss", "")
	root := d.signIn("root", "")
	seen := d.sees(one).Sessions
	if len(seen) != 3 || seen[0].From != "192.0.2.1" || seen[0].Way != "password" || !slices.ContainsFunc(seen, func(s signInShown) bool { return s.Current }) {
		t.Fatalf("sessions %+v", seen)
	}
	i := slices.IndexFunc(d.sees(two).Sessions, func(s signInShown) bool { return s.Current })
	d.must("DELETE", "/account/sessions/"+d.sees(two).Sessions[i].ID, nil, one, 204, "")
	d.must("GET", "/me", nil, two, 401, "not_signed_in")
	d.must("DELETE", "/account/sessions/"+d.sees(root).Sessions[0].ID, nil, one, 404, "unknown_session")
	d.must("DELETE", "/account/sessions", nil, one, 204, "")
	d.must("GET", "/me", nil, three, 401, "not_signed_in")
	d.must("GET", "/me", nil, one, 200, "")
	d.must("DELETE", "/users/"+"root"+"/sessions", nil, one, 403, "not_admin")
	d.must("GET", "/users/boss/access", nil, one, 403, "not_admin")
	if got := decode[accountShown](t, d.must("GET", "/users/boss/access", nil, root, 200, "").Body); len(got.Sessions) != 1 || got.Sessions[0].Current {
		t.Errorf("the administrator sees %+v", got)
	}
	d.must("DELETE", "/users/boss/sessions", nil, root, 204, "")
	d.must("GET", "/me", nil, one, 401, "not_signed_in")
	d.must("DELETE", "/users/ghost/sessions", nil, root, 404, "unknown_user")
}

func TestWhatMattersNeedsAFreshProof(t *testing.T) {
	claims.Proven(t, "changing a password, a second factor or a token needs the password, and the code, of the last ten minutes", "7.5.1", "6.2.3")
	d := newDesk(t, nil)
	token := d.signIn("boss", "")
	d.now = d.now.Add(provedFor)
	for path, body := range map[string]any{"/account/second-factor": nil, "/account/recovery-codes": nil, "/account/tokens": obj{"name": "a"}} {
		d.must("POST", path, body, token, 403, "prove_yourself")
	}
	d.must("POST", "/account/prove", obj{"password": "wrong"}, token, 401, "bad_credentials")
	d.must("POST", "/account/second-factor", nil, token, 403, "prove_yourself")
	d.must("POST", "/account/prove", obj{"password": password}, token, 204, "")
	secret, _ := d.enrol(token)
	d.now = d.now.Add(provedFor)
	d.must("POST", "/account/prove", obj{"password": password}, token, 401, "second_factor_needed")
	d.must("POST", "/account/prove", obj{"password": password, "code": d.code(secret)}, token, 204, "")
	d.must("DELETE", "/account/second-factor", nil, token, 204, "")
}

func TestAnotherPasswordEndsTheOtherSessions(t *testing.T) {
	claims.Proven(t, "who changes his password shows the old one, and his other sessions end", "6.2.2", "6.2.3", "7.4.3")
	d := newDesk(t, nil)
	one, two := d.signIn("boss", ""), d.signIn("boss", "")
	d.must("PUT", "/account/password", obj{"current": "wrong", "new": "a lucky new day"}, one, 401, "bad_credentials")
	d.must("PUT", "/account/password", obj{"current": password, "new": "short"}, one, 422, "weak_password")
	d.must("PUT", "/account/password", obj{"current": password, "new": "a lucky new day"}, one, 204, "")
	d.must("GET", "/me", nil, one, 200, "")
	d.must("GET", "/me", nil, two, 401, "not_signed_in")
	d.must("POST", "/sign-in", obj{"user": "boss", "password": password}, "", 401, "bad_credentials")
	d.must("POST", "/sign-in", obj{"user": "boss", "password": "a lucky new day"}, "", 200, "")
	root := d.signIn("root", "")
	d.must("PUT", "/users/boss/password", obj{"password": "yet another day"}, one, 403, "not_admin")
	d.must("PUT", "/users/boss/password", obj{"password": "yet another day"}, root, 204, "")
	d.must("GET", "/me", nil, one, 401, "not_signed_in")
	d.must("PUT", "/users/"+"root"+"/password", obj{"password": "yet another day"}, root, 409, "yourself")
}

func TestAPasswordIsLongAndNotOneThatIsGuessedFirst(t *testing.T) {
	claims.Proven(t, "a password has ten characters or more, of any kind, is none of the common ones and no name of the place", "6.2.1", "6.2.4", "6.2.5", "6.2.8", "6.2.9", "6.2.11")
	for password, fits := range map[string]bool{
		"short": false, "ninechars": false, "qwertyuiop": false, "QWERTYuiop": false, "1234567890": false, "password123": false, "aaaaaaaaaaaa": false,
		"telagent2026": false, "BossBoss12": false, "gateway-boss-1": false,
		"correct horse": true, "all lower case": true, "ÄÖÜ äöü ß 漢字!": true, strings.Repeat("ab c", 16): true, "boss likes blue cheese": true, "9482716350": true,
	} {
		if err := CheckNewPassword("boss", password); (err == nil) != fits {
			t.Errorf("%q: %v", password, err)
		}
	}
	if n := len(isCommon()); n < 1000 {
		t.Errorf("%d common passwords are known", n)
	}
}

func TestASecondFactorIsAskedForAndEachCodeIsGoodOnce(t *testing.T) {
	claims.Proven(t, "with a second factor a password alone signs nobody in, and each code and recovery code does once", "6.3.3", "6.5.1", "6.5.4", "6.5.5", "6.5.8")
	d := newDesk(t, nil)
	token, other := d.signIn("boss", ""), d.signIn("boss", "")
	secret, recovery := d.enrol(token)
	if len(recovery) != recoveryCodes || len(secret) < 32 {
		t.Fatalf("secret of %d letters, codes %v", len(secret), recovery)
	}
	d.must("GET", "/me", nil, token, 200, "")
	d.must("GET", "/me", nil, other, 401, "not_signed_in") // it was begun without
	try := func(code string) *httptest.ResponseRecorder {
		return d.ask("POST", "/sign-in", obj{"user": "boss", "password": password, "code": code}, "")
	}
	used := d.code(secret)
	for code, want := range map[string]string{"": "second_factor_needed", used: "bad_code", "000000": "bad_code"} {
		if w := try(code); w.Code != 401 || problemOf(t, w).Code != want {
			t.Errorf("code %q: %d %s", code, w.Code, w.Body)
		}
	}
	d.now = d.now.Add(codeStep * time.Second)
	fresh := d.code(secret)
	d.now = d.now.Add(codeStep * time.Second) // the device's clock is a step behind
	if w := try(fresh); w.Code != 200 {
		t.Fatalf("a fresh code: %d %s", w.Code, w.Body)
	}
	d.restart(nil)
	for _, code := range []string{fresh, used} {
		if w := try(code); w.Code != 401 {
			t.Errorf("a code is good twice: %d", w.Code)
		}
	}
	d.now = d.now.Add(attemptWindow)
	if w := try(fresh); w.Code != 401 {
		t.Errorf("an old code: %d", w.Code)
	}
	if w := try(strings.ToUpper(recovery[3])); w.Code != 200 {
		t.Fatalf("a recovery code: %d %s", w.Code, w.Body)
	}
	if w := try(recovery[3]); w.Code != 401 {
		t.Errorf("a recovery code is good twice: %d", w.Code)
	}
	if got := d.sees(token).SecondFactor; !got.On || got.RecoveryLeft != recoveryCodes-1 || got.Required {
		t.Errorf("the account says %+v", got)
	}
	d.must("POST", "/account/recovery-codes", nil, d.signIn("boss", d.code(secret)), 200, "")
	if w := try(recovery[4]); w.Code != 401 {
		t.Errorf("a recovery code outlives new ones: %d", w.Code)
	}
}

func TestCodesAreNotGuessed(t *testing.T) {
	claims.Proven(t, "who knows a password may guess five codes in five minutes, from wherever", "6.3.1")
	d := newDesk(t, nil)
	d.enrol(d.signIn("boss", ""))
	d.now = d.now.Add(time.Hour)
	for i := range attemptsPerUser {
		r := httptest.NewRequest("POST", prefix+"/sign-in", strings.NewReader(fmt.Sprintf(`{"user":"boss","password":"%s","code":"%06d"}`, password, i)))
		r.Header.Set("Content-Type", "application/json")
		r.RemoteAddr = fmt.Sprintf("203.0.113.%d:9", i)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != 401 {
			t.Fatalf("guess %d: %d", i, w.Code)
		}
	}
	d.must("POST", "/sign-in", obj{"user": "boss", "password": password, "code": "123456"}, "", 429, "too_many_attempts")
}

func TestWithoutARequiredSecondFactorOneMaySetItUpAndNothingElse(t *testing.T) {
	claims.Proven(t, "where a second factor is required, who leads and has none can set it up and do nothing else", "6.3.3", "6.3.4", "6.5.6", "8.4.2")
	required := func(o *Options) { o.SecondFactor = true }
	d := newDesk(t, required)
	token := d.signIn("boss", "")
	for _, path := range []string{"/agents", "/calls", "/events", "/audit", "/history"} {
		d.must("GET", path, nil, token, 403, "second_factor_required")
	}
	d.must("POST", "/account/tokens", obj{"name": "a"}, token, 403, "second_factor_required")
	d.must("POST", "/tokens", obj{"name": "a", "user": "boss", "password": password}, "", 403, "second_factor_required")
	if w := d.must("GET", "/me", nil, token, 200, ""); !strings.Contains(w.Body.String(), `"unfinished":true`) {
		t.Errorf("me %s", w.Body)
	}
	secret, _ := d.enrol(token)
	d.must("GET", "/agents", nil, token, 200, "")
	d.must("DELETE", "/account/second-factor", nil, token, 403, "second_factor_required")
	d.must("GET", "/agents", nil, d.signIn("ana", ""), 200, "") // agents need none
	root := d.signIn("root", "")
	d.enrol(root)
	d.must("DELETE", "/users/boss/second-factor", nil, token, 403, "not_admin")
	d.must("DELETE", "/users/boss/second-factor", nil, root, 204, "")
	d.must("GET", "/me", nil, token, 401, "not_signed_in")
	d.now = d.now.Add(time.Minute)
	d.must("GET", "/agents", nil, d.signIn("boss", d.code(secret)), 403, "second_factor_required")
	d.must("DELETE", "/users/boss/second-factor", nil, root, 409, "no_second_factor")
}

func TestATokenForScriptsHasNoMoreThanItsUserAndEnds(t *testing.T) {
	claims.Proven(t, "a token for scripts has at most its user's rights, an end, and no way to a password, a factor or another token", "8.2.1", "7.2.2", "8.4.2")
	d := newDesk(t, nil)
	token := d.signIn("boss", "")
	grant := func(wish obj, want int, code string) string {
		w := d.must("POST", "/account/tokens", wish, token, want, code)
		return decode[struct{ Token string }](t, w.Body).Token
	}
	grant(obj{"name": "high", "role": "admin"}, 403, "role_too_high")
	grant(obj{"name": "far", "teams": []string{"sales"}}, 404, "unknown_team")
	script := grant(obj{"name": "wall", "days": 30}, 200, "")
	grant(obj{"name": "wall"}, 409, "name_taken")
	low := grant(obj{"name": "low", "role": "agent"}, 200, "")
	if !strings.HasPrefix(script, tokenPrefix) {
		t.Errorf("token %s", script)
	}
	d.must("GET", "/agents/ana", nil, script, 200, "")
	d.must("GET", "/agents/ana", nil, low, 404, "unknown_agent")
	switching := obj{"agents": []string{"ana"}, "to": "telagent"}
	d.must("POST", "/switch", switching, script, 200, "")
	d.ask("POST", "/switch", switching, low)
	did := d.floor.did()
	if last, ok := did[len(did)-1].(telagent.As); ok && last.Role != telagent.AgentRole {
		t.Errorf("a token for agents is carried out as %+v", last)
	}
	for _, c := range did {
		if s, plain := c.(telagent.SwitchMany); plain {
			t.Errorf("a token's command was carried out with all rights: %+v", s)
		}
	}
	d.must("POST", "/switch", obj{"agents": []string{"ana"}, "to": "telagent", "dry_run": true}, low, 403, "token_too_narrow")
	for _, c := range [][2]string{
		{"GET", "/account"}, {"POST", "/account/second-factor"}, {"POST", "/account/recovery-codes"}, {"DELETE", "/account/sessions"}, {"POST", "/sign-out"},
	} {
		d.must(c[0], c[1], nil, script, 403, "needs_session")
	}
	d.must("POST", "/account/tokens", obj{"name": "child"}, script, 403, "needs_session")
	shown := d.sees(token).Tokens
	if len(shown) != 2 || shown[1].Name != "wall" || shown[1].Used == nil || shown[1].From != "192.0.2.1" {
		t.Fatalf("tokens %+v", shown)
	}
	d.must("DELETE", "/account/tokens/"+shown[0].ID, nil, token, 204, "")
	d.must("GET", "/me", nil, low, 401, "not_signed_in")
	d.must("DELETE", "/account/tokens/"+shown[0].ID, nil, token, 404, "unknown_token")
	d.now = d.now.AddDate(0, 0, 30)
	d.must("GET", "/me", nil, script, 401, "not_signed_in")
}

func TestACommandLineMakesATokenWithoutASession(t *testing.T) {
	d := newDesk(t, nil)
	w := d.must("POST", "/tokens", obj{"name": "cron", "user": "ana", "password": password, "days": 1}, "", 200, "")
	d.must("GET", "/me", nil, decode[struct{ Token string }](t, w.Body).Token, 200, "")
	for _, c := range d.floor.did() {
		if on, signed := c.(telagent.SignOn); signed {
			t.Errorf("it signed somebody on: %+v", on)
		}
	}
	d.must("POST", "/tokens", obj{"name": "cron", "user": "ana", "password": "wrong"}, "", 401, "bad_credentials")
}

func TestTheAuditTrailIsVerifiedForAdministrators(t *testing.T) {
	d := newDesk(t, func(o *Options) {
		o.Verify = func(_ context.Context, known AuditLink) (AuditVerdict, error) {
			return AuditVerdict{Lines: 3, Tail: AuditLink{2, "ab"}, Broken: known.Seq, Why: known.Hash}, nil
		}
	})
	d.must("GET", "/audit/verify", nil, d.signIn("boss", ""), 403, "not_admin")
	root := d.signIn("root", "")
	if w := d.must("GET", "/audit/verify", nil, root, 200, ""); !strings.Contains(w.Body.String(), `"whole":true`) {
		t.Errorf("%s", w.Body)
	}
	if w := d.must("GET", "/audit/verify?seq=3&hash=cd", nil, root, 200, ""); !strings.Contains(w.Body.String(), `"whole":false`) || !strings.Contains(w.Body.String(), `"broken":3`) {
		t.Errorf("%s", w.Body)
	}
}
