package console

import (
	"context"
	"crypto/subtle"
	"sync"

	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

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
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"ten characters or more, and none that is guessed first"`
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
	if err := CheckNewPassword(in.Body.User, in.Body.Password); err != nil {
		return nil, weak(err)
	}
	user := telagent.User{Name: in.Body.User, Role: telagent.AdminRole}
	var err error
	if user.Credentials, err = c.credentials(ctx, user, in.Body.Password); err != nil {
		return nil, c.refused("make the first user", err)
	}
	if err := c.o.Do(ctx, telagent.PutUser{User: user}); err != nil {
		return nil, c.refused("make the first user", err)
	}
	c.setup.token = ""
	c.log.Info("the first administrator was made", zap.String("user", user.Name))
	return c.open(ctx, user, in.edge, session{Way: "set_up"})
}
