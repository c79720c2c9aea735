package console

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"telagent-gateway/test/claims"
)

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// identity is a provider that the test plays: its keys and signatures are real.
type identity struct {
	*httptest.Server
	claims   map[string]any
	bend     func(claims map[string]any, header map[string]any) // of the next ID token
	sign     func(input string) string                          // nil: with the key that it publishes
	verifier string                                             // that the last exchange showed
	asked    url.Values                                         // of the last sign-in
}

func b64(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func newIdentity(t *testing.T) *identity {
	p := &identity{}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"end_session_endpoint": p.URL + "/bye", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		n := base64.RawURLEncoding.EncodeToString(signingKey().N.Bytes())
		e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(signingKey().E)).Bytes())
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k", "n": n, "e": e}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		p.verifier = r.FormValue("code_verifier")
		header := map[string]any{"alg": "RS256", "kid": "k"}
		if p.bend != nil {
			p.bend(p.claims, header)
		}
		input := b64(header) + "." + b64(p.claims)
		sign := p.sign
		if sign == nil {
			sign = func(input string) string {
				sum := sha256.Sum256([]byte(input))
				sig, _ := rsa.SignPKCS1v15(rand.Reader, signingKey(), crypto.SHA256, sum[:])
				return base64.RawURLEncoding.EncodeToString(sig)
			}
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": input + "." + sign(input)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// federated is a console with a provider.
func federated(t *testing.T) (*desk, *identity) {
	p := newIdentity(t)
	return newDesk(t, func(o *Options) {
		o.SecondFactor = true
		o.OIDC = OIDC{Issuer: p.URL, ClientID: "gw", ClientSecret: "hush", Redirect: "http://example.com" + prefix + "/oidc/callback", UserClaim: "preferred_username", Name: "Example"}
	}), p
}

// begin goes to the provider as far as a browser does.
func (d *desk) begin(p *identity) (state, cookie string) {
	d.Helper()
	w := ask(d.Console, "GET", prefix+"/oidc/start?return=https://evil.example&redirect_uri=https://evil.example", "")
	at, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != 303 || !strings.HasPrefix(at.String(), p.URL+"/auth?") {
		d.Fatalf("start: %d to %q", w.Code, w.Header().Get("Location"))
	}
	p.asked = at.Query()
	p.claims = map[string]any{
		"iss": p.URL, "aud": "gw", "sub": "s-1", "preferred_username": "boss", "nonce": p.asked.Get("nonce"),
		"iat": d.now.Unix(), "exp": d.now.Add(time.Minute).Unix(),
	}
	k := w.Result().Cookies()[0]
	if !k.HttpOnly || k.SameSite != http.SameSiteLaxMode {
		d.Errorf("cookie %+v", k)
	}
	return p.asked.Get("state"), k.Name + "=" + k.Value
}

func (d *desk) comeBack(query, cookie string) *httptest.ResponseRecorder {
	return ask(d.Console, "GET", prefix+"/oidc/callback?"+query, "", "Cookie", cookie, "Sec-Fetch-Site", "cross-site")
}

func TestAProviderSignsInWhoIsAUserHere(t *testing.T) {
	claims.Proven(t, "a provider signs in by code with PKCE, state and nonce, and only who is a user already", "10.1.2", "10.2.1", "10.5.1", "10.5.2", "6.8.2", "6.8.1", "3.7.2")
	d, p := federated(t)
	state, cookie := d.begin(p)
	if p.asked.Get("code_challenge_method") != "S256" || p.asked.Get("response_type") != "code" || p.asked.Get("redirect_uri") != "http://example.com"+prefix+"/oidc/callback" || len(p.asked.Get("nonce")) < 40 {
		t.Errorf("asked for %v", p.asked)
	}
	w := d.comeBack("state="+state+"&code=c", cookie)
	if w.Code != 303 || w.Header().Get("Location") != "/" || len(w.Result().Cookies()) != 2 {
		t.Fatalf("%d to %q with %v", w.Code, w.Header().Get("Location"), w.Result().Cookies())
	}
	sum := sha256.Sum256([]byte(p.verifier))
	if p.asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Error("the verifier is not the challenge's")
	}
	token := w.Result().Cookies()[1].Value
	d.must("GET", "/agents", nil, token, 200, "") // the second factor is the provider's business
	if s := d.sees(token).Sessions[0]; s.Way != "oidc" {
		t.Errorf("session %+v", s)
	}
	if out := decode[struct{ Continue string }](t, d.must("POST", "/sign-out", nil, token, 200, "").Body).Continue; !strings.HasPrefix(out, p.URL+"/bye?") || !strings.Contains(out, url.QueryEscape("http://example.com/")) {
		t.Errorf("after the sign-out the browser goes to %q", out)
	}
	state, cookie = d.begin(p)
	p.claims["preferred_username"] = "stranger"
	if w := d.comeBack("state="+state+"&code=c", cookie); w.Header().Get("Location") != "/#/sign-in/oidc_unknown_user" || len(w.Result().Cookies()) != 1 {
		t.Errorf("somebody who is no user: to %q with %v", w.Header().Get("Location"), w.Result().Cookies())
	}
	if w := ask(d.Console, "GET", prefix+"/sign-in", ""); !strings.Contains(w.Body.String(), `"Example"`) {
		t.Errorf("the sign-in page is told %s", w.Body)
	}
}

func TestAForgedSignInOfAProviderIsNone(t *testing.T) {
	claims.Proven(t, "an ID token of another nonce, audience, issuer, time, key or none, and a state that was used or is another browser's, sign nobody in",
		"9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.3", "10.1.2", "10.2.1", "10.5.1", "10.5.4")
	none := func(string) string { return "" }
	for name, c := range map[string]struct {
		bend func(claims, header map[string]any)
		sign func(string) string
	}{
		"another sign-in's nonce": {func(c, _ map[string]any) { c["nonce"] = "other" }, nil},
		"no nonce":                {func(c, _ map[string]any) { delete(c, "nonce") }, nil},
		"for another client":      {func(c, _ map[string]any) { c["aud"] = "other" }, nil},
		"by another client":       {func(c, _ map[string]any) { c["azp"] = "other" }, nil},
		"for several, of none":    {func(c, _ map[string]any) { c["aud"] = []string{"gw", "other"} }, nil},
		"of another issuer":       {func(c, _ map[string]any) { c["iss"] = "https://evil.example" }, nil},
		"expired":                 {func(c, _ map[string]any) { c["exp"] = start.Add(-time.Hour).Unix() }, nil},
		"without a name":          {func(c, _ map[string]any) { delete(c, "preferred_username") }, nil},
		"a name that is none":     {func(c, _ map[string]any) { c["preferred_username"] = []string{"boss"} }, nil},
		"without a signature":     {func(_, h map[string]any) { h["alg"] = "none" }, none},
		"an empty signature":      {nil, none},
		"another's signature":     {nil, func(string) string { return base64.RawURLEncoding.EncodeToString(make([]byte, 256)) }},
		"the secret as a key":     {func(_, h map[string]any) { h["alg"] = "HS256" }, func(in string) string { return b64(in + "hush") }},
		"an unknown key":          {func(_, h map[string]any) { h["kid"] = "other" }, func(string) string { return base64.RawURLEncoding.EncodeToString(make([]byte, 256)) }},
	} {
		d, p := federated(t)
		state, cookie := d.begin(p)
		p.bend, p.sign = c.bend, c.sign
		if w := d.comeBack("state="+state+"&code=c", cookie); w.Header().Get("Location") != "/#/sign-in/oidc_failed" || len(w.Result().Cookies()) != 1 {
			t.Errorf("%s: to %q with %v", name, w.Header().Get("Location"), w.Result().Cookies())
		}
	}
	d, p := federated(t)
	stale := func(what, query, cookie string) {
		t.Helper()
		if w := d.comeBack(query, cookie); w.Header().Get("Location") != "/#/sign-in/oidc_stale" || len(w.Result().Cookies()) != 1 {
			t.Errorf("%s: to %q with %v", what, w.Header().Get("Location"), w.Result().Cookies())
		}
	}
	state, cookie := d.begin(p)
	if w := d.comeBack("state="+state+"&code=c", cookie); w.Header().Get("Location") != "/" {
		t.Fatalf("an honest sign-in: to %q", w.Header().Get("Location"))
	}
	stale("a state again", "state="+state+"&code=c", cookie)
	state, _ = d.begin(p)
	stale("another browser", "state="+state+"&code=c", flowCookie+"=other")
	state, _ = d.begin(p)
	stale("no cookie", "state="+state+"&code=c", "")
	stale("no state", "code=c", cookie)
	state, cookie = d.begin(p)
	d.now = d.now.Add(flowFor)
	stale("too late", "state="+state+"&code=c", cookie)
	state, cookie = d.begin(p)
	if w := d.comeBack("state="+state+"&error=access_denied", cookie); w.Header().Get("Location") != "/#/sign-in/oidc_refused" {
		t.Errorf("the provider says no: to %q", w.Header().Get("Location"))
	}
}

func TestAProviderThatIsAwayKeepsNobodyWithAPasswordOut(t *testing.T) {
	d, p := federated(t)
	p.Close()
	if w := ask(d.Console, "GET", prefix+"/oidc/start", ""); w.Header().Get("Location") != "/#/sign-in/oidc_unavailable" {
		t.Errorf("start: %d to %q", w.Code, w.Header().Get("Location"))
	}
	d.signIn("ana", "")
	plain := newDesk(t, nil)
	plain.must("GET", "/oidc/start", nil, "", 404, "no_provider")
	plain.must("GET", "/oidc/callback?state=a&code=b", nil, "", 404, "no_provider")
}
