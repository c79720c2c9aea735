package console

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

// edge is what a handler must know of the connection; huma fills it before the handler runs.
type edge struct {
	host   string // the client's address without its port
	secure bool
}

// Resolve takes the edge from the request; it is called by huma.
func (e *edge) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	e.secure = r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
	e.host = r.RemoteAddr
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		e.host = hostOf(at.Addr())
	}
	return nil
}

// hostOf names the client for counting attempts: in IPv6 one host has a whole /64 to try from.
func hostOf(addr netip.Addr) string {
	addr = addr.Unmap()
	if net, err := addr.WithZone("").Prefix(64); err == nil && addr.Is6() {
		return net.String()
	}
	return addr.String()
}

type signInAsked struct {
	edge
	Body struct {
		User     string `json:"user" minLength:"1" maxLength:"64"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type refusalShown struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type signInAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		User          string        `json:"user"`
		Role          string        `json:"role" enum:"agent,supervisor,admin"`
		Teams         []string      `json:"teams" doc:"the teams whose agents a supervisor sees; an admin sees all"`
		Agent         string        `json:"agent,omitempty" doc:"the agent that this user is, if any"`
		Token         string        `json:"token" doc:"send it as Authorization: Bearer"`
		Expires       time.Time     `json:"expires" doc:"at the latest; earlier when it is not used for half an hour"`
		SignOnRefused *refusalShown `json:"sign_on_refused,omitempty" doc:"why an agent is signed in here but not signed on"`
	}
}

type cookieAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type meAnswer struct {
	Body struct {
		User  string    `json:"user"`
		Role  string    `json:"role" enum:"agent,supervisor,admin"`
		Teams []string  `json:"teams" doc:"the teams whose agents a supervisor sees; an admin sees all"`
		Agent string    `json:"agent,omitempty" doc:"the agent that this user is, if any"`
		Now   time.Time `json:"now" doc:"the gateway's clock"`
	}
}

func (c *Console) signIn(ctx context.Context, in *signInAsked) (*signInAnswer, error) {
	if wait := c.attempts.begin(in.Body.User, in.host); wait > 0 {
		return nil, tooMany(wait)
	}
	view := c.o.View()
	user, known := userNamed(view, in.Body.User)
	hash := user.Credentials.Password
	if !known || hash == "" {
		hash = nobody
	}
	fits, err := c.check(ctx, hash, in.Body.Password)
	if err != nil {
		return nil, c.refused("check the password of "+in.Body.User, err)
	}
	if !fits || hash == nobody {
		return nil, problem("bad_credentials", "User name or password is wrong.")
	}
	c.attempts.succeeded(in.Body.User, in.host)
	return c.open(ctx, user, in.secure)
}

func (c *Console) open(ctx context.Context, user telagent.User, secure bool) (*signInAnswer, error) {
	token, expires, ok := c.sessions.open(user.Name, user.Credentials.Password)
	if !ok {
		return nil, problem("too_many_sessions", "Too many people are signed in; try again later.")
	}
	out := &signInAnswer{SetCookie: cookie(token, secure)}
	b := &out.Body
	b.User, b.Role, b.Teams, b.Agent = user.Name, roleWord(user.Role), list(user.Teams), agentOf(user, c.o.View())
	b.Token, b.Expires = token, expires.UTC()
	if b.Agent != "" {
		b.SignOnRefused = c.signOn(ctx, user.Name)
	}
	return out, nil
}

// signOn signs an agent on by his own act. A refusal does not keep him out of the console.
func (c *Console) signOn(ctx context.Context, agent string) *refusalShown {
	err := c.o.Do(ctx, telagent.SignOn{By: agent, Agent: agent})
	if err == nil {
		return nil
	}
	p := c.refused("sign on "+agent, err)
	return &refusalShown{Code: p.Code, Detail: p.Detail}
}

// check compares a password with a hash; few at a time, because each takes memory.
func (c *Console) check(ctx context.Context, hash, password string) (bool, error) {
	select {
	case c.hashing <- struct{}{}:
		defer func() { <-c.hashing }()
		return CheckPassword(hash, password)
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (c *Console) signOut(ctx context.Context, in *struct{ edge }) (*cookieAnswer, error) {
	a := from(ctx)
	c.sessions.end(a.token)
	if agent := agentOf(telagent.User{Name: a.viewer.name}, a.view); agent != "" {
		if err := c.signOff(ctx, agent); err != nil {
			_ = c.refused("sign off "+agent, err) // logged where it matters; the session is over all the same
		}
	}
	c.hub.look()
	gone := cookie("", in.secure)
	gone.MaxAge = -1
	return &cookieAnswer{SetCookie: gone}, nil
}

func (c *Console) me(ctx context.Context, _ *struct{}) (*meAnswer, error) {
	a := from(ctx)
	user, _ := userNamed(a.view, a.viewer.name)
	out := &meAnswer{}
	b := &out.Body
	b.User, b.Role, b.Teams, b.Agent = user.Name, roleWord(user.Role), list(user.Teams), agentOf(user, a.view)
	b.Now = c.now().UTC()
	return out, nil
}

// agentOf returns the id of the agent that a user is; empty: he is none.
func agentOf(u telagent.User, view *telagent.View) string {
	if _, ok := agentWithID(view, u.Name); ok {
		return u.Name
	}
	return ""
}

func cookie(token string, secure bool) http.Cookie {
	return http.Cookie{
		Name: cookieName, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode,
		MaxAge: int(sessionLife / time.Second),
	}
}

func tooMany(wait time.Duration) error {
	seconds := int(wait/time.Second) + 1
	p := problem("too_many_attempts", "Too many attempts; wait %d seconds.", seconds)
	return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(seconds)}})
}

// setup is the one-time way to the first user.
type setup struct {
	mu    sync.Mutex
	token string // empty: none was asked for, or it was used
}

// SetupLink returns the path of the page where the first administrator is made, with a token that works once; "" when
// there is a user already. Whoever holds the link owns the gateway: print it where its operator alone looks.
func (c *Console) SetupLink() string {
	if len(c.o.View().Users) > 0 {
		return ""
	}
	c.setup.mu.Lock()
	defer c.setup.mu.Unlock()
	if c.setup.token == "" {
		c.setup.token = newToken()
	}
	return "/#/setup/" + c.setup.token // the fragment is not sent to any server, so no log keeps it
}

type setupAsked struct {
	edge
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"128" doc:"from the set-up link"`
		User     string `json:"user" minLength:"1" maxLength:"64" pattern:"^[a-z0-9][a-z0-9._-]*$"`
		Password string `json:"password" minLength:"10" maxLength:"1024"`
	}
}

func (c *Console) setUp(ctx context.Context, in *setupAsked) (*signInAnswer, error) {
	if wait := c.attempts.begin("set-up", in.host); wait > 0 {
		return nil, tooMany(wait)
	}
	c.setup.mu.Lock()
	defer c.setup.mu.Unlock()
	if len(c.o.View().Users) > 0 {
		return nil, problem("already_set_up", "There is a user already; sign in.")
	}
	if c.setup.token == "" || subtle.ConstantTimeCompare([]byte(c.setup.token), []byte(in.Body.Token)) != 1 {
		return nil, problem("bad_setup_token", "This set-up link is not valid; restart the gateway for a new one.")
	}
	c.attempts.succeeded("set-up", in.host)
	hash, err := HashPassword(in.Body.Password)
	if err != nil {
		return nil, c.refused("make the first user", err)
	}
	user := telagent.User{
		Name: in.Body.User, Role: telagent.AdminRole, Credentials: telagent.Credentials{Password: hash},
	}
	if err := c.o.Do(ctx, telagent.PutUser{User: user}); err != nil {
		return nil, c.refused("make the first user", err)
	}
	c.setup.token = ""
	c.log.Info("the first administrator was made", zap.String("user", user.Name))
	return c.open(ctx, user, in.secure)
}

type importAsked struct {
	DryRun  bool   `query:"dry_run" doc:"only say what would change"`
	RawBody []byte `contentType:"application/yaml"`
}

type importAnswer struct {
	Body struct {
		Changes   []string `json:"changes" doc:"one sentence for each entry that is new or another now"`
		Unchanged int      `json:"unchanged" doc:"entries that were as the file wants them"`
	}
}

func (c *Console) importFile(ctx context.Context, in *importAsked) (*importAnswer, error) {
	who := from(ctx).viewer
	if !who.all() {
		return nil, problem("not_admin", "Only administrators may import a directory.")
	}
	run := c.o.Import
	if in.DryRun {
		run = c.o.PlanImport
	}
	report, err := run(ctx, who.name, slices.Clone(in.RawBody))
	var refusal *telagent.Refusal
	switch {
	case err == nil:
	case errors.As(err, &refusal), ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return nil, c.refused("import a directory", err)
	default:
		return nil, invalidFile(err)
	}
	out := &importAnswer{}
	out.Body.Changes, out.Body.Unchanged = list(report.Changes), report.Unchanged
	return out, nil
}
