package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/telagent"
)

// Bounds of a token's life, in days.
const (
	usualDays = 90
	mostDays  = 366
)

type tokenShown struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Role    string     `json:"role" enum:"agent,supervisor,admin" doc:"that it counts as, if its user's own is higher"`
	Teams   []string   `json:"teams" doc:"that it sees as a supervisor's; none: all of its user's"`
	Made    time.Time  `json:"made"`
	Expires time.Time  `json:"expires"`
	Used    *time.Time `json:"used,omitempty" doc:"last; absent: never"`
	From    string     `json:"from,omitempty" doc:"where it was used last"`
}

func showToken(g granted) tokenShown {
	return tokenShown{
		ID: g.hash.public(), Name: g.Name, Role: g.Role, Teams: list(g.Teams), Made: g.Made.UTC(), Expires: g.Expires.UTC(), Used: moment(g.Used), From: g.From,
	}
}

// tokenWish is what a token is to be.
type tokenWish struct {
	Name  string   `json:"name" minLength:"1" maxLength:"64" doc:"what it is for"`
	Days  int      `json:"days,omitempty" minimum:"1" maximum:"366" default:"90" doc:"how long it is good"`
	Role  string   `json:"role,omitempty" enum:"agent,supervisor,admin" doc:"no higher than your own, which it is without this"`
	Teams []string `json:"teams,omitempty" maxItems:"100" doc:"what it sees as a supervisor's; none: what its user does, as long as that is one"`
}

type tokenAsked struct{ Body tokenWish }

type tokenByPasswordAsked struct {
	edge
	Body struct {
		Name     string   `json:"name" minLength:"1" maxLength:"64" doc:"what it is for"`
		Days     int      `json:"days,omitempty" minimum:"1" maximum:"366" default:"90" doc:"how long it is good"`
		Role     string   `json:"role,omitempty" enum:"agent,supervisor,admin" doc:"no higher than the user's, which it is without this"`
		Teams    []string `json:"teams,omitempty" maxItems:"100" doc:"what it sees as a supervisor's; none: what its user does"`
		User     string   `json:"user" minLength:"1" maxLength:"64"`
		Password string   `json:"password" minLength:"1" maxLength:"1024"`
		Code     string   `json:"code,omitempty" maxLength:"64" doc:"of the second factor, or for recovery"`
	}
}

type newTokenAnswer struct {
	Body struct {
		Token   string    `json:"token" doc:"send it as Authorization: Bearer; it is shown this once"`
		Expires time.Time `json:"expires"`
	}
}

// makeToken makes a token for scripts.
func (c *Console) makeToken(ctx context.Context, in *tokenAsked) (*newTokenAnswer, error) {
	a := from(ctx)
	if err := c.fresh(a); err != nil {
		return nil, err
	}
	user, _ := userNamed(a.view, a.viewer.name)
	return c.grantToken(ctx, user, in.Body)
}

// makeTokenByPassword does so for a command line, without a session: nobody is signed on by it.
func (c *Console) makeTokenByPassword(ctx context.Context, in *tokenByPasswordAsked) (*newTokenAnswer, error) {
	user, err := c.proven(ctx, in.edge, in.Body.User, in.Body.Password, in.Body.Code)
	if err != nil {
		return nil, err
	}
	if c.unfinished(asked{viewer: newViewer(user, c.o.View())}) {
		return nil, problem("second_factor_required", "Set up your second factor on the page first.")
	}
	return c.grantToken(ctx, user, tokenWish{in.Body.Name, in.Body.Days, in.Body.Role, in.Body.Teams})
}

func (c *Console) grantToken(ctx context.Context, user telagent.User, wish tokenWish) (*newTokenAnswer, error) {
	role := cmp.Or(wish.Role, roleWord(user.Role))
	if roleOf(role) > user.Role {
		return nil, problem("role_too_high", "A token has no higher role than its user, who is %s.", roleWord(user.Role))
	}
	for _, team := range wish.Teams {
		if user.Role != telagent.AdminRole && !slices.Contains(user.Teams, team) {
			return nil, problem("unknown_team", "There is no team %s.", team)
		}
	}
	days := min(cmp.Or(wish.Days, usualDays), mostDays)
	g := grant{User: user.Name, Name: wish.Name, Role: role, Teams: wish.Teams, Expires: c.now().AddDate(0, 0, days)}
	detail := fmt.Sprintf("%q as %s for %d days", wish.Name, role, days)
	if err := c.o.Do(ctx, telagent.Admit{By: user.Name, User: user.Name, Act: telagent.ActPutToken, Detail: detail}); err != nil {
		return nil, c.refused("make a token of "+user.Name, err)
	}
	token, not := c.tokens.make(g)
	switch not {
	case "":
	case "name_taken":
		return nil, problem("name_taken", "You have a token %s already; revoke it first.", wish.Name)
	default:
		return nil, problem("too_many_tokens", "There are too many tokens; revoke one first.")
	}
	out := &newTokenAnswer{}
	out.Body.Token, out.Body.Expires = token, g.Expires.UTC()
	return out, nil
}

// revokeToken ends one of one's own tokens.
func (c *Console) revokeToken(ctx context.Context, in *sessionAsked) (*struct{}, error) {
	a := from(ctx)
	if a.grant != nil {
		return nil, needsSession()
	}
	return nil, c.endToken(ctx, a.viewer.name, a.viewer.name, in.ID)
}

func (c *Console) endToken(ctx context.Context, by, user, id string) error {
	name := ""
	for _, g := range c.tokens.of(user) {
		if g.hash.public() == id {
			name = g.Name
		}
	}
	if name == "" && by == user {
		return problem("unknown_token", "There is no such token.")
	}
	if err := c.o.Do(ctx, telagent.Admit{By: by, User: user, Act: telagent.ActDropToken, Detail: name}); err != nil {
		return c.refused("end a token of "+user, err)
	}
	if _, ok := c.tokens.drop(user, id); !ok {
		return problem("unknown_token", "There is no such token.")
	}
	c.hub.look()
	return nil
}
