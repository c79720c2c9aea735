package console

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

// The pages hold the bearer token in a cookie; scripts send it in an Authorization header. Over HTTPS the cookie has a name that
// no other host and no page without HTTPS can set.
const (
	cookieName   = "telagent_session"
	secureCookie = "__Host-telagent_session"
)

// contentPolicy lets the pages load from their own origin only, nothing inline, and nobody frame them.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissions are what the pages may ask their user for: a softphone's microphone and loudspeaker.
const permissions = "microphone=(self), speaker-selection=(self), autoplay=(self), camera=(), geolocation=(), payment=(), usb=()"

// guard sets the headers that every answer carries and catches what nobody else did.
func (c *Console) guard(w http.ResponseWriter, r *http.Request, next http.Handler) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime)) // a server without deadlines has none
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000") // RFC 6797 §6.1
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Cache-Control", "no-store")
	}
	defer func() {
		bug := recover()
		if bug == nil {
			return
		}
		if err, ok := bug.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(bug) // net/http wants it
		}
		c.log.Error("a request failed: this is a bug", zap.String("path", r.URL.Path), zap.Any("panic", bug),
			zap.ByteString("stack", debug.Stack()))
		writeProblem(w, problem("broken", "Something went wrong in the gateway; its log says what."))
	}()
	if !safe(r.Method) && foreign(r) {
		writeProblem(w, problem("cross_origin", "This request comes from another site's page and was not carried out."))
		return
	}
	if c.paced(w, r) {
		c.once(w, r, next)
	}
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// foreign reports whether a browser says that a request was made by a page of another origin; or whether a request
// leans on the cookie alone and nothing says where it was made. Scripts with a bearer token send neither header.
func foreign(r *http.Request) bool {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	switch {
	case site != "":
		return site != "same-origin"
	case origin != "":
		u, err := url.Parse(origin)
		return err != nil || !strings.EqualFold(u.Host, r.Host)
	default:
		return cookieOf(r) != "" && bearer(r) == ""
	}
}

func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// tokenOf returns the token that a request shows; a bearer token counts before the cookie.
func tokenOf(r *http.Request) string {
	if token := bearer(r); token != "" {
		return token
	}
	return cookieOf(r)
}

func cookieOf(r *http.Request) string {
	name := cookieName
	if isSecure(r) {
		name = secureCookie
	}
	if cookie, err := r.Cookie(name); err == nil {
		return cookie.Value
	}
	return ""
}

// isSecure says whether the browser speaks HTTPS, to us or to what stands before us.
func isSecure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// asked is what a handler knows of who asks.
type asked struct {
	viewer viewer
	view   *telagent.View // the snapshot that the viewer was taken from
	token  tokenHash
	held   session // the zero value with a grant
	grant  *grant  // a token for scripts; nil: a session
}

type askedKey struct{}

func from(ctx context.Context) asked {
	a, ok := ctx.Value(askedKey{}).(asked)
	if !ok {
		panic("console: a handler that needs a user was registered without signedIn")
	}
	return a
}

// signedIn is the middleware of every call that needs a user.
func (c *Console) signedIn(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	a, ok := c.identify(hashToken(tokenOf(r)), addressOf(r))
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="telagent"`)
		writeProblem(w, problem("not_signed_in", "Sign in first."))
		return
	}
	if c.unfinished(a) && !finishing[ctx.Operation().OperationID] {
		writeProblem(w, problem("second_factor_required", "Set up your second factor first; until then you may do nothing else."))
		return
	}
	next(huma.WithValue(ctx, askedKey{}, a))
}

// identify finds the user of a session or a token as he is now: his role and teams may have changed since, and a new
// password ends his sessions. from is where he is now; empty: nobody knows.
func (c *Console) identify(token tokenHash, from string) (asked, bool) {
	view := c.o.View()
	if s, ok := c.sessions.use(token); ok {
		user, ok := userNamed(view, s.User)
		if !ok || markOf(user.Credentials.Password) != s.Mark {
			c.sessions.end(token)
			return asked{}, false
		}
		return asked{viewer: newViewer(user, view), view: view, token: token, held: s}, true
	}
	g, ok := c.tokens.use(token, from)
	if !ok {
		return asked{}, false
	}
	user, ok := userNamed(view, g.User)
	if !ok {
		c.tokens.dropAll(g.User) // another one of that name must not find them
		return asked{}, false
	}
	return asked{viewer: newViewer(g.lowered(user), view), view: view, token: token, grant: &g}, true
}

// finishing are the calls of who has to set up a second factor first.
var finishing = map[string]bool{
	"get-me": true, "sign-out": true, "get-account": true, "prove": true, "begin-second-factor": true, "confirm-second-factor": true, "set-password": true,
}

// unfinished says whether somebody has to set up a second factor before anything else. Who was signed in by a provider showed
// it there, and a token was made by somebody who had it.
func (c *Console) unfinished(a asked) bool {
	if !c.o.SecondFactor || !a.viewer.leads() || a.grant != nil || a.held.Subject != "" {
		return false
	}
	_, _, has := c.factors.state(a.viewer.name)
	return !has
}

func userNamed(v *telagent.View, name string) (telagent.User, bool) {
	i := slices.IndexFunc(v.Users, func(u telagent.User) bool { return u.Name == name })
	if i < 0 {
		return telagent.User{}, false
	}
	return v.Users[i], true
}

// typed is the middleware that wants a body to say that it is what the call takes. A page of another site cannot
// send JSON without the browser asking first.
func typed(ctx huma.Context, next func(huma.Context)) {
	body := ctx.Operation().RequestBody
	if body == nil {
		next(ctx)
		return
	}
	got, _, err := mime.ParseMediaType(ctx.Header("Content-Type"))
	if _, ok := body.Content[got]; err != nil || !ok {
		_, w := humago.Unwrap(ctx)
		want := make([]string, 0, len(body.Content))
		for name := range body.Content {
			want = append(want, name)
		}
		slices.Sort(want)
		writeProblem(w, problem("wrong_content_type", "Send the body as %s.", strings.Join(want, " or ")))
		return
	}
	next(ctx)
}
