package console

import (
	"context"
	"net/http"

	"telagent-gateway/telagent"
)

// accessCodes are the codes of refusals about how people get in, by their status, see statusOf.
var accessCodes = map[int]string{
	http.StatusUnauthorized:        "second_factor_needed bad_code",
	http.StatusForbidden:           "second_factor_required prove_yourself needs_session token_too_narrow role_too_high",
	http.StatusNotFound:            "unknown_session unknown_token no_provider",
	http.StatusUnprocessableEntity: "weak_password wrong_code",
	http.StatusConflict:            "no_second_factor nothing_begun verifying",
	http.StatusTooManyRequests:     "too_many_tokens",
}

// What administrators see and do of how others get in.

type userAsked struct {
	User string `path:"user" maxLength:"64"`
}

type userTokenAsked struct {
	User string `path:"user" maxLength:"64"`
	ID   string `path:"id" maxLength:"64"`
}

type userPasswordAsked struct {
	User string `path:"user" maxLength:"64"`
	Body struct {
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"ten characters or more, and none that is guessed first"`
	}
}

// adminOf returns a user for an administrator; to everybody else it says that he is none.
func (c *Console) adminOf(a asked, name string) (telagent.User, error) {
	if !a.viewer.all() {
		return telagent.User{}, problem("not_admin", "Only an administrator may do this.")
	}
	user, ok := userNamed(a.view, name)
	if !ok {
		return user, problem("unknown_user", "There is no user %s.", name)
	}
	return user, nil
}

// userAccess shows how a user gets in.
func (c *Console) userAccess(ctx context.Context, in *userAsked) (*accountAnswer, error) {
	a := from(ctx)
	user, err := c.adminOf(a, in.User)
	if err != nil {
		return nil, err
	}
	return &accountAnswer{Body: c.showAccount(user, a.token)}, nil
}

// endUserSessions signs a user out everywhere, but for the session that asks.
func (c *Console) endUserSessions(ctx context.Context, in *userAsked) (*struct{}, error) {
	a := from(ctx)
	user, err := c.adminOf(a, in.User)
	if err != nil {
		return nil, err
	}
	if err := c.o.Do(ctx, telagent.Admit{By: a.viewer.name, User: user.Name, Act: telagent.ActEndSessions, Detail: "all"}); err != nil {
		return nil, c.refused("end the sessions of "+user.Name, err)
	}
	c.sessions.endAll(user.Name, a.token)
	c.hub.look()
	return nil, nil
}

// resetFactor takes a user's second factor away, who lost it; he is signed out everywhere.
func (c *Console) resetFactor(ctx context.Context, in *userAsked) (*struct{}, error) {
	a := from(ctx)
	user, err := c.adminOf(a, in.User)
	if err != nil {
		return nil, err
	}
	if err := c.fresh(a); err != nil {
		return nil, err
	}
	return nil, c.takeFactor(ctx, a.viewer.name, user.Name, tokenHash{})
}

// revokeUserToken ends a token of a user.
func (c *Console) revokeUserToken(ctx context.Context, in *userTokenAsked) (*struct{}, error) {
	a := from(ctx)
	user, err := c.adminOf(a, in.User)
	if err != nil {
		return nil, err
	}
	return nil, c.endToken(ctx, a.viewer.name, user.Name, in.ID)
}

// setUserPassword gives a user another password; he is signed out everywhere.
func (c *Console) setUserPassword(ctx context.Context, in *userPasswordAsked) (*struct{}, error) {
	a := from(ctx)
	user, err := c.adminOf(a, in.User)
	if err != nil {
		return nil, err
	}
	if err := c.fresh(a); err != nil {
		return nil, err
	}
	if user.Name == a.viewer.name {
		return nil, problem("yourself", "Change your own password on your account's page.")
	}
	if err := c.givePassword(ctx, a.viewer.name, user, in.Body.Password); err != nil {
		return nil, err
	}
	c.sessions.endAll(user.Name, a.token)
	c.hub.look()
	return nil, nil
}

// lockOut forgets how users got in who are gone. Another one who gets the name of one of them must not find it.
func (c *Console) lockOut(changes []telagent.Change) {
	for _, change := range changes {
		gone, is := change.(telagent.EntryChanged)
		if !is || !gone.Gone || gone.Revision.Entry.Kind != telagent.UserEntry && gone.Revision.Entry.Kind != telagent.AgentEntry {
			continue
		}
		name := gone.Revision.Entry.Name
		c.sessions.endAll(name, tokenHash{})
		c.tokens.dropAll(name)
		c.factors.drop(name)
	}
}
