package console

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"telagent-gateway/telagent"
)

// edge is what a handler must know of the connection; huma fills it before the handler runs.
type edge struct {
	host    string // the client's address without its port, as attempts are counted
	address string // the address itself
	browser string // as the client names itself
	secure  bool
}

// Resolve takes the edge from the request; it is called by huma.
func (e *edge) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	*e = edgeOf(r)
	return nil
}

// longestBrowser bounds what is kept of how a client names itself, in bytes.
const longestBrowser = 200

func edgeOf(r *http.Request) edge {
	e := edge{secure: isSecure(r), host: r.RemoteAddr, address: addressOf(r), browser: strings.ToValidUTF8(r.UserAgent(), "")}
	if len(e.browser) > longestBrowser {
		e.browser = strings.ToValidUTF8(e.browser[:longestBrowser], "")
	}
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		e.host = hostOf(at.Addr())
	}
	return e
}

// addressOf returns where a request comes from, without the port.
func addressOf(r *http.Request) string {
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return at.Addr().Unmap().String()
	}
	return r.RemoteAddr
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
		Code     string `json:"code,omitempty" maxLength:"64" doc:"of the second factor, or for recovery; second_factor_needed asks for it"`
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
		Expires       time.Time     `json:"expires" doc:"at the latest; earlier when it is not used for a while"`
		Unfinished    bool          `json:"unfinished,omitempty" doc:"a second factor has to be set up before anything else"`
		SignOnRefused *refusalShown `json:"sign_on_refused,omitempty" doc:"why an agent is signed in here but not signed on"`
	}
}

type meAnswer struct {
	Body struct {
		User  string    `json:"user"`
		Role  string    `json:"role" enum:"agent,supervisor,admin"`
		Teams []string  `json:"teams" doc:"the teams whose agents a supervisor sees; an admin sees all"`
		Agent string    `json:"agent,omitempty" doc:"the agent that this user is, if any"`
		Now   time.Time `json:"now" doc:"the gateway's clock"`

		Unfinished bool `json:"unfinished,omitempty" doc:"a second factor has to be set up before anything else"`
	}
}

func (c *Console) signIn(ctx context.Context, in *signInAsked) (*signInAnswer, error) {
	user, err := c.proven(ctx, in.edge, in.Body.User, in.Body.Password, in.Body.Code)
	if err != nil {
		return nil, err
	}
	_, _, factor := c.factors.state(user.Name)
	return c.open(ctx, user, in.edge, session{Way: "password", Factor: factor})
}

// proven returns the user whom name, password and, if he has a second factor, its code prove.
func (c *Console) proven(ctx context.Context, at edge, name, password, code string) (telagent.User, error) {
	if wait := c.attempts.begin(name, at.host); wait > 0 {
		return telagent.User{}, tooMany(wait)
	}
	user, known := userNamed(c.o.View(), name)
	hash := user.Credentials.Password
	if !known || hash == "" {
		hash = nobody
	}
	fits, err := c.check(ctx, hash, password)
	if err != nil {
		return user, c.refused("check the password of "+name, err)
	}
	if !fits || hash == nobody {
		if known {
			c.noted(ctx, telagent.Admit{User: name, Act: telagent.ActSignIn, Detail: "from " + at.address, Failed: "bad_credentials"})
		}
		return user, problem("bad_credentials", "User name or password is wrong.")
	}
	c.attempts.succeeded(name, at.host)
	return user, c.second(ctx, at, user.Name, code)
}

// second checks the code of a user who has a second factor. Who knows the password may guess few of them, from wherever.
func (c *Console) second(ctx context.Context, at edge, user, code string) error {
	switch _, _, has := c.factors.state(user); {
	case !has:
		return nil
	case code == "":
		return problem("second_factor_needed", "Enter the code of your second factor.")
	}
	if wait := c.codes.begin(user, user); wait > 0 {
		return tooMany(wait)
	}
	fits, recovered := c.factors.check(user, code)
	if !fits {
		c.noted(ctx, telagent.Admit{User: user, Act: telagent.ActSignIn, Detail: "from " + at.address, Failed: "bad_code"})
		return problem("bad_code", "This code is wrong, or it was used already.")
	}
	c.codes.succeeded(user, user)
	if recovered {
		c.noted(ctx, telagent.Admit{By: user, User: user, Act: telagent.ActUseRecovery, Detail: "from " + at.address})
	}
	return nil
}

// noted leaves a line in the audit trail about what was done, or tried. That the store does not take it keeps nobody out: an
// outage is when supervisors are needed.
func (c *Console) noted(ctx context.Context, a telagent.Admit) {
	if err := c.o.Do(ctx, a); err != nil {
		_ = c.refused(string(a.Act)+" of "+a.User, err) // logged where it matters
	}
}

// open begins a session of who was proven.
func (c *Console) open(ctx context.Context, user telagent.User, at edge, one session) (*signInAnswer, error) {
	one.User, one.Mark, one.From, one.Browser = user.Name, markOf(user.Credentials.Password), at.address, at.browser
	token, expires, ok := c.sessions.open(one)
	if !ok {
		return nil, problem("too_many_sessions", "Too many people are signed in; try again later.")
	}
	c.noted(ctx, telagent.Admit{By: user.Name, User: user.Name, Act: telagent.ActSignIn, Detail: "from " + at.address + " by " + one.Way})
	out := &signInAnswer{SetCookie: c.cookie(token, at.secure)}
	b := &out.Body
	b.User, b.Role, b.Teams, b.Agent = user.Name, roleWord(user.Role), list(user.Teams), agentOf(user, c.o.View())
	b.Token, b.Expires = token, expires.UTC()
	b.Unfinished = c.unfinished(asked{viewer: newViewer(user, c.o.View()), held: one})
	if b.Agent != "" && !b.Unfinished {
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

type signOutAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Continue string `json:"continue,omitempty" doc:"where the provider that signed the user in ends its own session"`
	}
}

func (c *Console) signOut(ctx context.Context, in *struct{ edge }) (*signOutAnswer, error) {
	a := from(ctx)
	if a.grant != nil {
		return nil, needsSession()
	}
	c.sessions.end(a.token)
	c.noted(ctx, telagent.Admit{By: a.viewer.name, User: a.viewer.name, Act: telagent.ActSignOut})
	if agent := agentOf(telagent.User{Name: a.viewer.name}, a.view); agent != "" {
		if err := c.signOff(ctx, agent); err != nil {
			_ = c.refused("sign off "+agent, err) // logged where it matters; the session is over all the same
		}
	}
	c.hub.look()
	gone := c.cookie("", in.secure)
	gone.MaxAge = -1
	out := &signOutAnswer{SetCookie: gone}
	if a.held.Subject != "" {
		out.Body.Continue = c.provider.farewell()
	}
	return out, nil
}

func (c *Console) me(ctx context.Context, _ *struct{}) (*meAnswer, error) {
	a := from(ctx)
	out := &meAnswer{}
	b := &out.Body
	b.User, b.Role, b.Teams = a.viewer.name, roleWord(a.viewer.role), list(a.viewer.teams)
	b.Agent = agentOf(telagent.User{Name: a.viewer.name}, a.view)
	b.Now, b.Unfinished = c.now().UTC(), c.unfinished(a)
	return out, nil
}

// agentOf returns the id of the agent that a user is; empty: he is none.
func agentOf(u telagent.User, view *telagent.View) string {
	if _, ok := agentWithID(view, u.Name); ok {
		return u.Name
	}
	return ""
}

// cookie is what holds a session's token in a browser. RFC 6265bis §4.1.3
func (c *Console) cookie(token string, secure bool) http.Cookie {
	name := cookieName
	if secure {
		name = secureCookie
	}
	return http.Cookie{
		Name: name, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode,
		MaxAge: int(c.sessions.life / time.Second),
	}
}

func tooMany(wait time.Duration) error {
	seconds := int(wait/time.Second) + 1
	p := problem("too_many_attempts", "Too many attempts; wait %d seconds.", seconds)
	return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(seconds)}})
}
