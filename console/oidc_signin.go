package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"
)

// flowCookie binds a sign-in by the provider to the browser where it began. It comes along when the provider sends the browser
// back, so it is Lax.
const flowCookie = "telagent_oidc"

type waysAnswer struct {
	Body struct {
		Provider string `json:"provider,omitempty" doc:"who signs users in besides passwords, at oidc/start; absent: nobody"`
	}
}

// ways says how one signs in.
func (c *Console) ways(context.Context, *struct{}) (*waysAnswer, error) {
	out := &waysAnswer{}
	out.Body.Provider = c.o.OIDC.Name
	if c.provider == nil {
		out.Body.Provider = ""
	}
	return out, nil
}

// flowEdge is an edge with the cookie of a sign-in by the provider.
type flowEdge struct {
	edge
	binder string
}

// Resolve takes the edge from the request; it is called by huma.
func (e *flowEdge) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	e.edge = edgeOf(r)
	if cookie, err := r.Cookie(flowCookieName(e.secure)); err == nil {
		e.binder = cookie.Value
	}
	return nil
}

func flowCookieName(secure bool) string {
	if secure {
		return "__Host-" + flowCookie
	}
	return flowCookie
}

type oidcStartAsked struct{ edge }

type oidcBackAsked struct {
	flowEdge
	State string `query:"state" maxLength:"128"`
	Code  string `query:"code" maxLength:"4096"`
	Error string `query:"error" maxLength:"128" doc:"why the provider did not sign in"`
}

// redirectAnswer sends the browser on, always to an address of ours or of the provider: nothing in a request says where.
type redirectAnswer struct {
	Status    int
	Location  string        `header:"Location"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// oidcStart sends the browser to the provider.
func (c *Console) oidcStart(_ context.Context, in *oidcStartAsked) (*redirectAnswer, error) {
	if c.provider == nil {
		return nil, problem("no_provider", "Nobody signs in by a provider here.")
	}
	address, binder, err := c.provider.begin()
	if err != nil {
		c.log.Error("a sign-in by the provider cannot begin", zap.Error(err))
		return c.back("oidc_unavailable", in.secure), nil
	}
	held := http.Cookie{
		Name: flowCookieName(in.secure), Value: binder, Path: "/", HttpOnly: true, Secure: in.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(flowFor / time.Second),
	}
	return &redirectAnswer{Status: http.StatusSeeOther, Location: address, SetCookie: []http.Cookie{held}}, nil
}

// back sends the browser to the sign-in page, which says what went wrong by its code; empty: to the pages.
func (c *Console) back(code string, secure bool) *redirectAnswer {
	gone := http.Cookie{Name: flowCookieName(secure), Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	location := "/"
	if code != "" {
		location = "/#/sign-in/" + code
	}
	return &redirectAnswer{Status: http.StatusSeeOther, Location: location, SetCookie: []http.Cookie{gone}}
}

// oidcBack takes the browser back from the provider and signs the user in.
func (c *Console) oidcBack(ctx context.Context, in *oidcBackAsked) (*redirectAnswer, error) {
	if c.provider == nil {
		return nil, problem("no_provider", "Nobody signs in by a provider here.")
	}
	f, ok := c.provider.take(in.State, in.binder)
	switch {
	case !ok:
		return c.back("oidc_stale", in.secure), nil
	case in.Error != "" || in.Code == "":
		c.log.Info("the provider did not sign in", zap.String("error", in.Error))
		return c.back("oidc_refused", in.secure), nil
	}
	name, subject, err := c.provider.finish(ctx, f, in.Code)
	if err != nil {
		c.log.Warn("a sign-in by the provider failed", zap.Error(err), zap.String("from", in.address))
		return c.back("oidc_failed", in.secure), nil
	}
	user, known := userNamed(c.o.View(), name)
	if !known {
		c.log.Warn("the provider signed in somebody who is no user", zap.String("name", name), zap.String("from", in.address))
		return c.back("oidc_unknown_user", in.secure), nil
	}
	signed, err := c.open(ctx, user, in.edge, session{Way: "oidc", Subject: subject})
	if err != nil {
		return c.back("oidc_failed", in.secure), nil
	}
	out := c.back("", in.secure)
	out.SetCookie = append(out.SetCookie, signed.SetCookie)
	return out, nil
}

// accessed registers how people get in, and what they do about it.
func (c *Console) accessed(api huma.API, in, open huma.Middlewares) {
	add(api, open, http.MethodGet, "/sign-in", "list-ways", "How one signs in", c.ways)
	add(api, open, http.MethodPost, "/tokens", "make-token-by-password", "Make a token for scripts, without a session", c.makeTokenByPassword)
	add(api, open, http.MethodGet, "/oidc/start", "oidc-start", "Go to the provider to sign in", c.oidcStart)
	add(api, open, http.MethodGet, "/oidc/callback", "oidc-callback", "Come back from the provider", c.oidcBack)
	add(api, in, http.MethodGet, "/account", "get-account", "How you get in, and who else may with what you have", c.account)
	add(api, in, http.MethodPost, "/account/prove", "prove", "Show again who you are, before something that matters", c.prove)
	add(api, in, http.MethodPut, "/account/password", "set-password", "Change your password; your other sessions end", c.setPassword)
	add(api, in, http.MethodDelete, "/account/sessions", "end-other-sessions", "End all your other sessions", c.endOtherSessions)
	add(api, in, http.MethodDelete, "/account/sessions/{id}", "end-session", "End one of your sessions", c.endSession)
	add(api, in, http.MethodPost, "/account/second-factor", "begin-second-factor", "Get a secret for a second factor (TOTP)", c.beginFactor)
	add(api, in, http.MethodPut, "/account/second-factor", "confirm-second-factor", "Make it count, with its first code", c.confirmFactor)
	add(api, in, http.MethodDelete, "/account/second-factor", "drop-second-factor", "Do without it, where none is required", c.dropFactor)
	add(api, in, http.MethodPost, "/account/recovery-codes", "renew-recovery-codes", "Get new recovery codes", c.renewRecovery)
	add(api, in, http.MethodPost, "/account/tokens", "make-token", "Make a token for scripts", c.makeToken)
	add(api, in, http.MethodDelete, "/account/tokens/{id}", "revoke-token", "Revoke one of your tokens", c.revokeToken)
	add(api, in, http.MethodGet, "/users/{user}/access", "get-user-access", "How a user gets in", c.userAccess)
	add(api, in, http.MethodPut, "/users/{user}/password", "set-user-password", "Give a user another password; his sessions end", c.setUserPassword)
	add(api, in, http.MethodDelete, "/users/{user}/sessions", "end-user-sessions", "Sign a user out everywhere", c.endUserSessions)
	add(api, in, http.MethodDelete, "/users/{user}/second-factor", "reset-second-factor", "Take a second factor away from who lost it", c.resetFactor)
	add(api, in, http.MethodDelete, "/users/{user}/tokens/{id}", "revoke-user-token", "Revoke a token of a user", c.revokeUserToken)
	add(api, in, http.MethodGet, "/audit/verify", "verify-audit", "Whether the audit trail is as it was written", c.verifyAudit)
}
