package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

type ctx = context.Context

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func signIn(c *Console, user, pass string, headers ...string) *httptest.ResponseRecorder {
	return ask(c, "POST", prefix+"/sign-in", `{"user":"`+user+`","password":"`+pass+`"}`, headers...)
}

func TestSignInGivesATokenAndACookieThatScriptsCannotRead(t *testing.T) {
	claims.Proven(t, "a session is held in a cookie that scripts do not read and no other host sets, and ends at sign-out", "3.3.2", "3.3.3", "3.3.4", "7.2.4", "7.4.1")
	f := newFloor()
	c := newConsole(t, f.options())
	w := signIn(c, "boss", password)
	if w.Code != 200 {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	got := decode[struct{ Token, User, Role string }](t, w.Body)
	if got.User != "boss" || got.Role != "supervisor" || len(got.Token) < 43 {
		t.Fatalf("answer %+v", got)
	}
	k := w.Result().Cookies()[0]
	if k.Value != got.Token || !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Path != "/" || k.Secure {
		t.Fatalf("cookie %+v", k)
	}
	if w := ask(c, "GET", prefix+"/me", "", as(got.Token)...); w.Code != 200 || !strings.Contains(w.Body.String(), `"support"`) {
		t.Fatalf("me by token: %d %s", w.Code, w.Body)
	}
	if w := ask(c, "GET", prefix+"/me", "", "Cookie", cookieName+"="+got.Token); w.Code != 200 {
		t.Fatalf("me by cookie: %d", w.Code)
	}
	if did := f.did(); len(did) != 1 || did[0] != (telagent.Admit{By: "boss", User: "boss", Act: telagent.ActSignIn, Detail: "from 192.0.2.1 by password"}) {
		t.Fatalf("a supervisor's sign-in did %+v", did)
	}
	w = ask(c, "POST", prefix+"/sign-out", "", as(got.Token)...)
	if w.Code != 200 || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Fatalf("sign-out: %d %v", w.Code, w.Result().Cookies())
	}
	if w := ask(c, "GET", prefix+"/me", "", as(got.Token)...); w.Code != 401 {
		t.Fatalf("a token lives on after sign-out: %d", w.Code)
	}
	w = signIn(c, "boss", password, "X-Forwarded-Proto", "https")
	if k := w.Result().Cookies()[0]; !k.Secure || k.Name != secureCookie || k.Path != "/" || k.Domain != "" {
		t.Errorf("behind TLS the cookie must be one that only this host sets: %+v", k)
	}
	token := w.Result().Cookies()[0].Value
	for name, want := range map[string]int{secureCookie: 200, cookieName: 401} {
		if w := ask(c, "GET", prefix+"/me", "", "X-Forwarded-Proto", "https", "Cookie", name+"="+token); w.Code != want {
			t.Errorf("over HTTPS the cookie %s is answered %d, want %d", name, w.Code, want)
		}
	}
}

func TestAnAgentWhoSignsInIsSignedOn(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	if w := signIn(c, "ana", password); w.Code != 200 || strings.Contains(w.Body.String(), "sign_on_refused") {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	if did := f.did(); len(did) != 2 || did[1] != (telagent.SignOn{By: "ana", Agent: "ana"}) {
		t.Fatalf("did %+v, want one SignOn after the audited sign-in", did)
	}
	f.refuse["ana"] = &telagent.Refusal{Code: "in_call", Sentence: "You are in a call on your phone."}
	if w := signIn(c, "ana", password); w.Code != 200 || !strings.Contains(w.Body.String(), `"in_call"`) {
		t.Fatalf("a refused sign-on must not keep an agent out: %d %s", w.Code, w.Body)
	}
}

func TestWrongPasswordsAndUnknownUsersGetTheSameAnswer(t *testing.T) {
	claims.Proven(t, "a wrong password and an unknown user get the same answer after the same work", "6.3.8")
	c := newConsole(t, newFloor().options())
	var first string
	for _, w := range []*httptest.ResponseRecorder{signIn(c, "boss", "wrong"), signIn(c, "nobody", password), signIn(c, "mute", "x")} {
		if p := problemOf(t, w); w.Code != 401 || p.Code != "bad_credentials" {
			t.Fatalf("answer %d %+v", w.Code, p)
		}
		if first == "" {
			first = w.Body.String()
		}
		if w.Body.String() != first {
			t.Fatalf("answers differ: %s and %s", first, w.Body)
		}
	}
	if ok, err := CheckPassword(nobody, password); ok || err != nil {
		t.Fatalf("the stand-in for unknown users must be a sound hash that nothing fits: %v %v", ok, err)
	}
}

func TestGuessingIsSlowedForOneUserAndAddress(t *testing.T) {
	claims.Proven(t, "who guesses passwords waits, by user and address, and nobody else does", "6.3.1")
	now := start
	f := newFloor()
	o := f.options()
	o.Now = func() time.Time { return now }
	c := newConsole(t, o)
	for range attemptsPerUser {
		if w := signIn(c, "boss", "wrong"); w.Code != 401 {
			t.Fatalf("answer %d", w.Code)
		}
	}
	w := signIn(c, "boss", password)
	if p := problemOf(t, w); w.Code != 429 || p.Code != "too_many_attempts" || w.Header().Get("Retry-After") == "" {
		t.Fatalf("answer %d %+v, want 429 with Retry-After even for the right password", w.Code, p)
	}
	if w := signIn(c, "root", password); w.Code != 200 {
		t.Fatalf("another user from the same address: %d", w.Code)
	}
	now = now.Add(attemptWindow)
	if w := signIn(c, "boss", password); w.Code != 200 {
		t.Fatalf("after the window: %d", w.Code)
	}
}

func TestAttemptsAreBoundedInMemoryAndByAddress(t *testing.T) {
	now := start
	a := newAttempts(func() time.Time { return now })
	for i := range attemptsPerHost {
		if wait := a.begin("user"+string(rune('a'+i%26))+string(rune('a'+i/26)), "10.0.0.1"); wait != 0 {
			t.Fatalf("attempt %d has to wait %v", i, wait)
		}
	}
	if a.begin("fresh", "10.0.0.1") == 0 {
		t.Error("an address may try for ever by changing the user name")
	}
	for i := range attemptsKept {
		a.begin("u", "10.1."+string(rune(i)))
	}
	if len(a.byKey) > attemptsKept {
		t.Errorf("%d entries kept", len(a.byKey))
	}
}

func TestSessionsEndByTimeByPasswordAndByNumber(t *testing.T) {
	claims.Proven(t, "a session ends half an hour after its last use and after twelve hours at the latest", "7.3.1", "7.3.2")
	now := start
	f := newFloor()
	o := f.options()
	o.Now = func() time.Time { return now }
	c := newConsole(t, o)
	alive := func(token string) bool { return ask(c, "GET", prefix+"/me", "", as(token)...).Code == 200 }

	idle := tokenFor(t, c, "boss")
	now = now.Add(sessionIdle)
	if alive(idle) {
		t.Error("an idle session lives on")
	}
	busy := tokenFor(t, c, "boss")
	for range sessionLife/(20*time.Minute) - 1 {
		now = now.Add(20 * time.Minute)
		if !alive(busy) {
			t.Fatal("a session in use ended early")
		}
	}
	now = now.Add(20 * time.Minute)
	if alive(busy) {
		t.Error("a session outlived its absolute end")
	}
	tokens := []string{}
	for range sessionsPerUser + 1 {
		now = now.Add(time.Second)
		tokens = append(tokens, tokenFor(t, c, "boss"))
	}
	if alive(tokens[0]) || !alive(tokens[1]) {
		t.Error("one session too many must end the least used one, and no other")
	}
	f.mu.Lock()
	f.view.Users[1].Credentials.Password = "another"
	f.mu.Unlock()
	if alive(tokens[1]) {
		t.Error("a new password must end the old sessions")
	}
	for h := range c.sessions.byHash {
		if strings.Contains(string(h[:]), tokens[1]) {
			t.Error("a token is kept in the clear")
		}
	}
}

func TestARoleTakenAwayCountsAtOnce(t *testing.T) {
	claims.Proven(t, "a right that is taken away counts at once", "8.3.2")
	f := newFloor()
	c := newConsole(t, f.options())
	token := tokenFor(t, c, "boss")
	f.mu.Lock()
	f.view.Users[1].Teams = []string{"sales"}
	f.mu.Unlock()
	if w := ask(c, "GET", prefix+"/agents/ana", "", as(token)...); w.Code != 404 {
		t.Fatalf("answer %d", w.Code)
	}
}

func TestAnotherSitesPageCannotUseTheCookie(t *testing.T) {
	claims.Proven(t, "another site's page can do nothing with the cookie", "3.5.1", "3.5.2")
	f := newFloor()
	c := newConsole(t, f.options())
	token := tokenFor(t, c, "boss")
	k := []string{"Cookie", cookieName + "=" + token}
	body := `{"agents":["ana"],"to":"telagent"}`
	cases := []struct {
		name    string
		headers []string
		want    int
	}{
		{"cross-site fetch", append(k, "Sec-Fetch-Site", "cross-site"), 403},
		{"same site, other origin", append(k, "Sec-Fetch-Site", "same-site"), 403},
		{"old browser, other origin", append(k, "Origin", "https://evil.example"), 403},
		{"sandboxed page", append(k, "Origin", "null"), 403},
		{"cookie alone", k, 403},
		{"our page", append(k, "Sec-Fetch-Site", "same-origin"), 200},
		{"our page, old browser", append(k, "Origin", "http://example.com"), 200},
		{"a script with a token", as(token), 200},
		{"a stolen page with a token", append(as(token), "Sec-Fetch-Site", "cross-site"), 403},
	}
	for _, of := range cases {
		w := ask(c, "POST", prefix+"/switch", body, of.headers...)
		if w.Code != of.want {
			t.Errorf("%s: answer %d %s, want %d", of.name, w.Code, w.Body, of.want)
		}
		if of.want == 403 && problemOf(t, w).Code != "cross_origin" {
			t.Errorf("%s: %s", of.name, w.Body)
		}
	}
	if w := signIn(c, "boss", password, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("another site signs a victim in: %d", w.Code)
	}
	if w := ask(c, "GET", prefix+"/agents", "", append(k, "Sec-Fetch-Site", "same-origin")...); w.Code != 200 {
		t.Errorf("reading by cookie: %d", w.Code)
	}
}

func TestTheSetUpLinkMakesOneAdministratorOnce(t *testing.T) {
	claims.Proven(t, "there is no default account: a link that works once makes the first", "6.3.2")
	f := newFloor()
	c := newConsole(t, f.options())
	if link := c.SetupLink(); link != "" {
		t.Fatalf("a link %q though there are users", link)
	}
	f.view.Users = nil
	link := c.SetupLink()
	token, ok := strings.CutPrefix(link, "/#/setup/")
	if !ok || len(token) < 43 || c.SetupLink() != link {
		t.Fatalf("link %q", link)
	}
	post := func(token, pass string) *httptest.ResponseRecorder {
		return ask(c, "POST", prefix+"/setup", `{"token":"`+token+`","user":"root","password":"`+pass+`"}`)
	}
	if w := post("wrong", "long enough"); w.Code != 403 || problemOf(t, w).Code != "bad_setup_token" {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	if w := post(token, "short"); w.Code != 422 {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	w := post(token, "long enough")
	if w.Code != 200 {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
	put, ok := f.did()[0].(telagent.PutUser)
	if fits, err := CheckPassword(put.User.Credentials.Password, "long enough"); !ok || put.User.Role != telagent.AdminRole || !fits || err != nil {
		t.Fatalf("did %+v", f.did())
	}
	me := ask(c, "GET", prefix+"/me", "", as(decode[struct{ Token string }](t, w.Body).Token)...)
	if me.Code != 200 {
		t.Fatalf("the new administrator is not signed in: %d", me.Code)
	}
	if w := post(token, "long enough"); w.Code != 409 || problemOf(t, w).Code != "already_set_up" {
		t.Fatalf("answer %d %s", w.Code, w.Body)
	}
}

func TestPasswordHashes(t *testing.T) {
	one, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	other, err := HashPassword(password)
	if err != nil || one == other || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hashes %q and %q (%v) need the format and a salt each", one, other, err)
	}
	if ok, err := CheckPassword(one, password); !ok || err != nil {
		t.Errorf("the right password: %v %v", ok, err)
	}
	if ok, err := CheckPassword(one, "Correct horse"); ok || err != nil {
		t.Errorf("a wrong password: %v %v", ok, err)
	}
	for _, bad := range []string{
		"", "plain", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=18$m=64,t=1,p=1$AAAAAAAA$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=99999999,t=1,p=1$AAAAAAAA$" + strings.Repeat("A", 43), "$argon2id$v=19$m=64,t=0,p=1$AAAAAAAA$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=64,t=1,p=1$AAAAAAAA$A", "$argon2id$v=19$m=64,t=1,p=1$!$" + strings.Repeat("A", 43),
	} {
		if ok, err := CheckPassword(bad, "x"); ok || err == nil {
			t.Errorf("%q: %v %v, want an error", bad, ok, err)
		}
	}
}

func TestAPINIsProvedAndNoPINFitsNothing(t *testing.T) {
	hash, err := HashPassword("4711")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		hash, pin string
		want      bool
	}{{hash, "4711", true}, {hash, "4712", false}, {"", "4711", false}, {"", "", false}} {
		if right, err := CheckPIN(c.hash, c.pin); right != c.want || err != nil {
			t.Errorf("PIN %q: %v %v, want %v", c.pin, right, err, c.want)
		}
	}
}

// timer lets the time of a synctest bubble pass.
func timer(d time.Duration) { <-time.After(d) }

func TestAnIPv6HostCannotTryFromAllItsAddresses(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := hostOf(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s counts as %s, want %s", addr, got, want)
		}
	}
}
