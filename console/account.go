package console

import (
	"context"
	"time"

	"telagent-gateway/telagent"
)

// provedFor is how long who showed who he is need not do so again before something that matters: a password, a second factor,
// a token.
const provedFor = 10 * time.Minute

type signInShown struct {
	ID           string    `json:"id"`
	Current      bool      `json:"current,omitempty" doc:"the one that asks"`
	Began        time.Time `json:"began"`
	Used         time.Time `json:"used" doc:"last"`
	Expires      time.Time `json:"expires" doc:"at the latest; earlier when it is not used for a while"`
	From         string    `json:"from" doc:"the address at sign-in"`
	Browser      string    `json:"browser" doc:"as it names itself"`
	Way          string    `json:"way" enum:"password,oidc,set_up"`
	SecondFactor bool      `json:"second_factor"`
}

type factorShown struct {
	On           bool       `json:"on"`
	Required     bool       `json:"required" doc:"it cannot be taken away, only replaced"`
	Since        *time.Time `json:"since,omitempty"`
	RecoveryLeft int        `json:"recovery_left" doc:"recovery codes that were not used"`
}

type accountAnswer struct {
	Body accountShown
}

type accountShown struct {
	User         string        `json:"user"`
	Role         string        `json:"role" enum:"agent,supervisor,admin"`
	Password     bool          `json:"password" doc:"there is one; without it the provider alone signs in"`
	ProvedUntil  *time.Time    `json:"proved_until,omitempty" doc:"until then nothing asks for the password again; absent: it does"`
	SecondFactor factorShown   `json:"second_factor"`
	Sessions     []signInShown `json:"sessions" doc:"the newest first"`
	Tokens       []tokenShown  `json:"tokens"`
}

// account shows somebody how he gets in, and who else may with what he has.
func (c *Console) account(ctx context.Context, _ *struct{}) (*accountAnswer, error) {
	a := from(ctx)
	if a.grant != nil {
		return nil, needsSession()
	}
	user, _ := userNamed(a.view, a.viewer.name)
	out := &accountAnswer{Body: c.showAccount(user, a.token)}
	if until := a.held.Proved.Add(provedFor); c.now().Before(until) {
		out.Body.ProvedUntil = moment(until)
	}
	return out, nil
}

func (c *Console) showAccount(user telagent.User, current tokenHash) accountShown {
	b := accountShown{
		User: user.Name, Role: roleWord(user.Role), Password: user.Credentials.Password != "", Sessions: []signInShown{}, Tokens: []tokenShown{},
	}
	since, left, on := c.factors.state(user.Name)
	b.SecondFactor = factorShown{On: on, Required: c.o.SecondFactor && user.Role >= telagent.SupervisorRole, Since: moment(since), RecoveryLeft: left}
	for _, s := range c.sessions.of(user.Name) {
		if s.Mark != markOf(user.Credentials.Password) {
			continue // it ends when it is used next
		}
		b.Sessions = append(b.Sessions, signInShown{
			ID: s.hash.public(), Current: s.hash == current, Began: s.Began.UTC(), Used: s.Used.UTC(), Expires: s.Began.Add(c.sessions.life).UTC(),
			From: s.From, Browser: s.Browser, Way: s.Way, SecondFactor: s.Factor,
		})
	}
	for _, g := range c.tokens.of(user.Name) {
		b.Tokens = append(b.Tokens, showToken(g))
	}
	return b
}

type proveAsked struct {
	edge
	Body struct {
		Password string `json:"password" minLength:"1" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"64" doc:"of the second factor, or for recovery"`
	}
}

// prove lets somebody show again who he is.
func (c *Console) prove(ctx context.Context, in *proveAsked) (*struct{}, error) {
	a := from(ctx)
	if a.grant != nil {
		return nil, needsSession()
	}
	if _, err := c.proven(ctx, in.edge, a.viewer.name, in.Body.Password, in.Body.Code); err != nil {
		return nil, err
	}
	c.noted(ctx, telagent.Admit{By: a.viewer.name, User: a.viewer.name, Act: telagent.ActProve, Detail: "from " + in.address})
	_, _, factor := c.factors.state(a.viewer.name)
	c.sessions.change(a.token, func(s *session) { s.Proved, s.Factor = c.now(), s.Factor || factor })
	return nil, nil
}

// fresh refuses what matters to who did not show for a while who he is, and to scripts.
func (c *Console) fresh(a asked) error {
	switch {
	case a.grant != nil:
		return needsSession()
	case c.now().Sub(a.held.Proved) < provedFor:
		return nil
	case a.held.Subject != "":
		return problem("prove_yourself", "This needs a fresh sign-in: sign out, and in again.")
	}
	return problem("prove_yourself", "Enter your password again first.")
}

func needsSession() error {
	return problem("needs_session", "A token for scripts may not do this; sign in on the page.")
}

type sessionAsked struct {
	ID string `path:"id" maxLength:"64"`
}

// endSession ends one of one's own sessions.
func (c *Console) endSession(ctx context.Context, in *sessionAsked) (*struct{}, error) {
	a := from(ctx)
	if a.grant != nil {
		return nil, needsSession()
	}
	for _, s := range c.sessions.of(a.viewer.name) {
		if s.hash.public() != in.ID {
			continue
		}
		if err := c.o.Do(ctx, telagent.Admit{By: a.viewer.name, User: a.viewer.name, Act: telagent.ActEndSessions, Detail: "one, of " + s.From}); err != nil {
			return nil, c.refused("end a session of "+a.viewer.name, err)
		}
		c.sessions.end(s.hash)
		c.hub.look()
		return nil, nil
	}
	return nil, problem("unknown_session", "There is no such session of yours.")
}

// endOtherSessions ends all of one's own sessions but the one that asks.
func (c *Console) endOtherSessions(ctx context.Context, _ *struct{}) (*struct{}, error) {
	a := from(ctx)
	if a.grant != nil {
		return nil, needsSession()
	}
	if err := c.o.Do(ctx, telagent.Admit{By: a.viewer.name, User: a.viewer.name, Act: telagent.ActEndSessions, Detail: "all others"}); err != nil {
		return nil, c.refused("end the sessions of "+a.viewer.name, err)
	}
	c.sessions.endAll(a.viewer.name, a.token)
	c.hub.look()
	return nil, nil
}
