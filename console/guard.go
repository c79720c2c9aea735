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

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

// cookieName is the pages' way to hold the bearer token; scripts send it in an Authorization header.
const cookieName = "telagent_session"

// contentPolicy lets the pages load from their own origin only, nothing inline, and nobody frame them.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissions are what the pages may ask their user for: a softphone's microphone and loudspeaker.
const permissions = "microphone=(self), speaker-selection=(self), autoplay=(self), camera=(), geolocation=(), payment=(), usb=()"

// guard sets the headers that every answer carries and catches what nobody else did.
func (c *Console) guard(w http.ResponseWriter, r *http.Request, next http.Handler) {
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
	next.ServeHTTP(w, r)
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
		_, err := r.Cookie(cookieName)
		return err == nil && bearer(r) == ""
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
	if cookie, err := r.Cookie(cookieName); err == nil {
		return cookie.Value
	}
	return ""
}

// asked is what a handler knows of who asks.
type asked struct {
	viewer viewer
	view   *telagent.View // the snapshot that the viewer was taken from
	token  tokenHash
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
	a, ok := c.identify(hashToken(tokenOf(r)))
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="telagent"`)
		writeProblem(w, problem("not_signed_in", "Sign in first."))
		return
	}
	next(huma.WithValue(ctx, askedKey{}, a))
}

// identify finds the user of a session as he is now: his role and teams may have changed since he signed in, and a new
// password ends his sessions.
func (c *Console) identify(token tokenHash) (asked, bool) {
	s, ok := c.sessions.use(token)
	if !ok {
		return asked{}, false
	}
	view := c.o.View()
	user, ok := userNamed(view, s.user)
	if !ok || user.Credentials.Password != s.password {
		c.sessions.end(token)
		return asked{}, false
	}
	return asked{viewer: newViewer(user, view), view: view, token: token}, true
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
