package console

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDC is an OpenID Connect provider by whom users sign in. The zero value is none.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	Redirect                       string // where the provider sends browsers back to
	UserClaim                      string // that holds the user's name
	Name                           string // on the sign-in page
	Scopes                         []string
}

// Bounds of sign-ins by a provider.
const (
	flowFor      = 10 * time.Minute // for the user to sign in there
	flowsInAll   = 10000
	providerTime = 10 * time.Second // for an answer of the provider
	providerSize = 1 << 20          // bytes of one
	providerRest = 5 * time.Second  // after it could not be reached
)

// algorithms are those that an ID token may be signed with. There is none without a signature among them, and none that takes
// the client's secret for a key.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// provider signs users in. It is asked for its addresses and keys when it is first needed, since it may be away at our start.
type provider struct {
	o      OIDC
	now    func() time.Time
	client *http.Client

	mu     sync.Mutex
	found  *oidc.Provider
	failed error
	again  time.Time // with failed: when it is asked again
	flows  map[tokenHash]flow
}

// flow is a sign-in that began here and goes on there.
type flow struct {
	binder   tokenHash // of the cookie in the browser where it began
	nonce    string
	verifier string
	ends     time.Time
}

// newProvider returns nil for none.
func newProvider(o OIDC, now func() time.Time) *provider {
	if o.Issuer == "" {
		return nil
	}
	return &provider{o: o, now: now, flows: make(map[tokenHash]flow), client: &http.Client{
		Timeout: providerTime, Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it speaks for itself
	}}
}

// bounded is a transport that reads no answer without end.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, providerSize), res.Body}
	}
	return res, err
}

// discover asks the provider for its addresses. OpenID Connect Discovery 1.0 §4
func (p *provider) discover() (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil && !p.now().Before(p.again) {
		// What is found keeps this context for the keys, so it is no request's.
		p.found, p.failed = oidc.NewProvider(oidc.ClientContext(context.Background(), p.client), p.o.Issuer)
		p.again = p.now().Add(providerRest)
	}
	return p.found, p.failed
}

func (p *provider) config(of *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: of.Endpoint(), RedirectURL: p.o.Redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, p.o.Scopes...),
	}
}

// begin returns where the browser goes to sign in, and what its cookie holds until it is back.
//
// OpenID Connect Core 1.0 §3.1.2.1; RFC 7636 §4
func (p *provider) begin() (address, binder string, err error) {
	of, err := p.discover()
	if err != nil {
		return "", "", fmt.Errorf("ask the provider: %w", err)
	}
	state, binder := newToken(), newToken()
	f := flow{binder: hashToken(binder), nonce: newToken(), verifier: oauth2.GenerateVerifier(), ends: p.now().Add(flowFor)}
	p.mu.Lock()
	defer p.mu.Unlock()
	for h, other := range p.flows {
		if !p.now().Before(other.ends) {
			delete(p.flows, h)
		}
	}
	if len(p.flows) >= flowsInAll {
		return "", "", errors.New("too many sign-ins are under way")
	}
	p.flows[hashToken(state)] = f
	return p.config(of).AuthCodeURL(state, oidc.Nonce(f.nonce), oauth2.S256ChallengeOption(f.verifier)), binder, nil
}

// take ends the sign-in of that state, in the browser where it began; false: there is none. A state is good once.
func (p *provider) take(state, binder string) (flow, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.flows[hashToken(state)]
	delete(p.flows, hashToken(state))
	same := hashToken(binder)
	return f, ok && p.now().Before(f.ends) && subtle.ConstantTimeCompare(same[:], f.binder[:]) == 1
}

// finish takes a code to the provider and returns the user's name and the provider's word for him.
//
// OpenID Connect Core 1.0 §3.1.3.7
func (p *provider) finish(ctx context.Context, f flow, code string) (user, subject string, err error) {
	of, err := p.discover()
	if err != nil {
		return "", "", fmt.Errorf("ask the provider: %w", err)
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), providerTime)
	defer cancel()
	answer, err := p.config(of).Exchange(ctx, code, oauth2.VerifierOption(f.verifier))
	if err != nil {
		return "", "", fmt.Errorf("exchange the code: %w", hushed(err))
	}
	raw, _ := answer.Extra("id_token").(string)
	token, err := of.Verifier(&oidc.Config{ClientID: p.o.ClientID, SupportedSigningAlgs: algorithms, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return "", "", fmt.Errorf("verify the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(f.nonce)) != 1 {
		return "", "", errors.New("verify the ID token: it is the answer to another sign-in")
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return "", "", fmt.Errorf("read the ID token: %w", err)
	}
	if party, _ := claims["azp"].(string); party != p.o.ClientID && (party != "" || len(token.Audience) > 1) {
		return "", "", errors.New("verify the ID token: it was made for somebody else")
	}
	user, _ = claims[p.o.UserClaim].(string)
	if verified, _ := claims["email_verified"].(bool); p.o.UserClaim == "email" && !verified {
		return "", "", errors.New("the provider does not vouch for the address")
	}
	if user == "" || token.Subject == "" {
		return "", "", fmt.Errorf("the ID token has no %s", p.o.UserClaim)
	}
	return user, token.Subject, nil
}

// hushed is an error of the token endpoint without the body of its answer, which may hold what is secret.
func hushed(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return fmt.Errorf("the provider answered %d %s", refused.Response.StatusCode, refused.ErrorCode)
	}
	return err
}

// farewell returns where the provider ends its own session; empty: it does not say. OpenID Connect RP-Initiated Logout 1.0 §2
func (p *provider) farewell() string {
	if p == nil {
		return ""
	}
	of, err := p.discover()
	if err != nil {
		return ""
	}
	var more struct {
		End string `json:"end_session_endpoint"`
	}
	if err := of.Claims(&more); err != nil || !strings.HasPrefix(more.End, "https://") && !strings.HasPrefix(p.o.Issuer, "http://") {
		return ""
	}
	u, err := url.Parse(more.End)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.o.ClientID)
	q.Set("post_logout_redirect_uri", strings.TrimSuffix(p.o.Redirect, prefix+"/oidc/callback")+"/")
	u.RawQuery = q.Encode()
	return u.String()
}
