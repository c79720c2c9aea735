package console

import (
	"context"

	"telagent-gateway/telagent"
)

type passwordAsked struct {
	edge
	Body struct {
		Current string `json:"current" minLength:"1" maxLength:"1024"`
		Code    string `json:"code,omitempty" maxLength:"64" doc:"of the second factor, or for recovery"`
		New     string `json:"new" minLength:"1" maxLength:"1024" doc:"ten characters or more, and none that is guessed first"`
	}
}

// setPassword changes one's own password, and ends all one's other sessions.
func (c *Console) setPassword(ctx context.Context, in *passwordAsked) (*struct{}, error) {
	a := from(ctx)
	if a.grant != nil {
		return nil, needsSession()
	}
	user, err := c.proven(ctx, in.edge, a.viewer.name, in.Body.Current, in.Body.Code)
	if err != nil {
		return nil, err
	}
	if err := c.givePassword(ctx, a.viewer.name, user, in.Body.New); err != nil {
		return nil, err
	}
	changed, _ := userNamed(c.o.View(), user.Name)
	c.sessions.change(a.token, func(s *session) { s.Mark, s.Proved = markOf(changed.Credentials.Password), c.now() })
	c.sessions.endAll(user.Name, a.token)
	c.hub.look()
	return nil, nil
}

// givePassword checks a new password and gives it to a user, with what his phones prove themselves by.
func (c *Console) givePassword(ctx context.Context, by string, user telagent.User, password string) error {
	if err := CheckNewPassword(user.Name, password); err != nil {
		return weak(err)
	}
	credentials, err := c.credentials(ctx, user, password)
	if err != nil {
		return c.refused("hash the password of "+user.Name, err)
	}
	if err := c.o.Do(ctx, telagent.SetPassword{By: by, User: user.Name, Credentials: credentials}); err != nil {
		return c.refused("set the password of "+user.Name, err)
	}
	return nil
}

// credentials makes what proves a user of a password; few at a time, because each takes memory.
func (c *Console) credentials(ctx context.Context, user telagent.User, password string) (telagent.Credentials, error) {
	select {
	case c.hashing <- struct{}{}:
		defer func() { <-c.hashing }()
	case <-ctx.Done():
		return telagent.Credentials{}, ctx.Err()
	}
	if c.o.Credentials == nil {
		hash, err := HashPassword(password)
		return telagent.Credentials{Password: hash}, err
	}
	desk := ""
	if agent, is := agentWithID(c.o.View(), user.Name); is {
		desk = agent.DeskPhone
	}
	return c.o.Credentials(user, desk, password)
}

// weak shows why a password is not taken.
func weak(why error) error {
	sentence := why.Error()
	return problem("weak_password", "T%s.", sentence[1:])
}
