package console

import (
	"context"

	"telagent-gateway/telagent"
)

type enrolAnswer struct {
	Body struct {
		Secret  string `json:"secret" doc:"for apps that take no picture; it is shown this once"`
		Address string `json:"address" doc:"otpauth://…, for a QR code"`
	}
}

// beginFactor shows a secret for a second factor. It counts when its first code was entered.
func (c *Console) beginFactor(ctx context.Context, _ *struct{}) (*enrolAnswer, error) {
	a := from(ctx)
	if err := c.fresh(a); err != nil {
		return nil, err
	}
	out := &enrolAnswer{}
	var err error
	if out.Body.Secret, out.Body.Address, err = c.factors.begin(a.viewer.name, "Telagent"); err != nil {
		return nil, c.refused("make a second factor for "+a.viewer.name, err)
	}
	return out, nil
}

type codeAsked struct {
	edge
	Body struct {
		Code string `json:"code" minLength:"6" maxLength:"16" doc:"six digits, as the app shows them"`
	}
}

type recoveryAnswer struct {
	Body struct {
		Codes []string `json:"codes" doc:"each signs in once instead of the app; they are shown this once"`
	}
}

// confirmFactor makes a secret the user's second factor. Sessions that were begun without it end.
func (c *Console) confirmFactor(ctx context.Context, in *codeAsked) (*recoveryAnswer, error) {
	a := from(ctx)
	if err := c.fresh(a); err != nil {
		return nil, err
	}
	user := a.viewer.name
	if !c.factors.awaits(user) {
		return nil, problem("nothing_begun", "Begin anew: the secret was shown too long ago.")
	}
	if wait := c.codes.begin(user, user); wait > 0 {
		return nil, tooMany(wait)
	}
	out := &recoveryAnswer{}
	if out.Body.Codes = c.factors.confirm(user, in.Body.Code); out.Body.Codes == nil {
		return nil, problem("wrong_code", "This code is wrong; check the clock of the device that shows it.")
	}
	c.codes.succeeded(user, user)
	c.noted(ctx, telagent.Admit{By: user, User: user, Act: telagent.ActPutFactor})
	c.sessions.change(a.token, func(s *session) { s.Factor = true })
	c.sessions.endAll(user, a.token)
	c.hub.look()
	if agent := agentOf(telagent.User{Name: user}, a.view); agent != "" && c.o.SecondFactor {
		_ = c.signOn(ctx, agent) // he could not be signed on before; what is refused he sees in his status
	}
	return out, nil
}

// renewRecovery gives new recovery codes; the old ones are good no more.
func (c *Console) renewRecovery(ctx context.Context, _ *struct{}) (*recoveryAnswer, error) {
	a := from(ctx)
	if err := c.fresh(a); err != nil {
		return nil, err
	}
	if _, _, has := c.factors.state(a.viewer.name); !has {
		return nil, noFactor()
	}
	if err := c.o.Do(ctx, telagent.Admit{By: a.viewer.name, User: a.viewer.name, Act: telagent.ActPutRecovery}); err != nil {
		return nil, c.refused("renew the recovery codes of "+a.viewer.name, err)
	}
	out := &recoveryAnswer{}
	if out.Body.Codes = c.factors.renew(a.viewer.name); out.Body.Codes == nil {
		return nil, noFactor()
	}
	return out, nil
}

// dropFactor takes one's own second factor away, where none is required.
func (c *Console) dropFactor(ctx context.Context, _ *struct{}) (*struct{}, error) {
	a := from(ctx)
	if err := c.fresh(a); err != nil {
		return nil, err
	}
	if c.o.SecondFactor && a.viewer.leads() {
		return nil, problem("second_factor_required", "You need a second factor; set up another one instead.")
	}
	return nil, c.takeFactor(ctx, a.viewer.name, a.viewer.name, a.token)
}

// takeFactor takes a user's second factor away and ends his sessions, but for one.
func (c *Console) takeFactor(ctx context.Context, by, user string, but tokenHash) error {
	if err := c.o.Do(ctx, telagent.Admit{By: by, User: user, Act: telagent.ActDropFactor}); err != nil {
		return c.refused("take the second factor of "+user, err)
	}
	if !c.factors.drop(user) {
		return noFactor()
	}
	c.sessions.endAll(user, but)
	c.hub.look()
	return nil
}

func noFactor() error { return problem("no_second_factor", "There is no second factor.") }
