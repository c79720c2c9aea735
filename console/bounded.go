package console

import (
	"context"

	"telagent-gateway/telagent"
)

// bounded returns what commands are carried out with: those of a token for scripts with its rights, not with its user's. It
// stands between every handler and the gateway, so that none can forget it.
func (c *Console) bounded(o Options) (
	do func(context.Context, telagent.Command) error,
	plan func(context.Context, telagent.Switch) (telagent.SwitchPlan, error),
	planMany func(context.Context, telagent.SwitchMany) (telagent.BatchPlan, error),
) {
	do = func(ctx context.Context, command telagent.Command) error {
		if g := narrowed(ctx); g != nil {
			command = g.below(command)
		}
		return o.Do(ctx, command)
	}
	plan = func(ctx context.Context, s telagent.Switch) (telagent.SwitchPlan, error) {
		if err := foresees(ctx); err != nil {
			return telagent.SwitchPlan{}, err
		}
		return o.Plan(ctx, s)
	}
	planMany = func(ctx context.Context, s telagent.SwitchMany) (telagent.BatchPlan, error) {
		if err := foresees(ctx); err != nil {
			return telagent.BatchPlan{}, err
		}
		return o.PlanMany(ctx, s)
	}
	return do, plan, planMany
}

// foresees refuses a dry run to a token with less than its user's rights: it would tell what he sees.
func foresees(ctx context.Context) error {
	g := narrowed(ctx)
	if g == nil {
		return nil
	}
	a := from(ctx)
	if user, ok := userNamed(a.view, g.User); ok && user.Role == a.viewer.role && len(g.Teams) == 0 {
		return nil
	}
	return problem("token_too_narrow", "A token with fewer rights than its user makes no dry runs.")
}

// narrowed returns the token for scripts that asks; nil: a session does, or the gateway itself.
func narrowed(ctx context.Context) *grant {
	a, _ := ctx.Value(askedKey{}).(asked)
	return a.grant
}
