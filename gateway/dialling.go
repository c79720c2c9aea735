package gateway

import (
	"context"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/dialplan"
	"telagent-gateway/telagent"
)

// numbers returns every number that the gateway has to do with.
func (g *Gateway) numbers(ctx context.Context) ([]telagent.KnownNumber, error) {
	return read(ctx, g.loop, func(_ time.Time, f *telagent.Floor) []telagent.KnownNumber { return f.KnownNumbers() })
}

// dialRules shows the configuration's.
func (g *Gateway) dialRules() console.DialRules {
	d := dialRules(g.conf())
	r := console.DialRules{
		Region: d.Region, Allow: d.Allow, Deny: d.Deny, Premium: d.Premium, Emergency: d.Emergency,
		Calls: d.Limits.Calls, PerHour: d.Limits.PerHour, MaxDuration: d.Limits.MaxDuration,
		Shown: d.CallerID.Default, ShownByQueue: d.CallerID.Queues, ShownByAgent: d.CallerID.Agents,
	}
	for _, t := range g.conf().Trunks {
		r.Trunks = append(r.Trunks, console.TrunkRules{
			Name: t.Name, Priority: t.Priority, Weight: t.Weight, Channels: t.Channels, PerHour: t.CallsPerHour, MaxDuration: t.MaxDuration,
			CalledIn: ruleTexts(t.Rewrite.CalledIn), CallingIn: ruleTexts(t.Rewrite.CallingIn),
			CalledOut: ruleTexts(t.Rewrite.CalledOut), CallingOut: ruleTexts(t.Rewrite.CallingOut),
		})
	}
	return r
}

func ruleTexts(rules []config.NumberRule) []string {
	texts := make([]string, len(rules))
	for i, r := range rules {
		texts[i] = string(r)
	}
	return texts
}

// tryNumber asks the Floor what would become of a number, and writes it as each trunk would be told.
func (g *Gateway) tryNumber(ctx context.Context, by, agent, number string) (console.Tried, error) {
	type answer struct {
		tried telagent.Tried
		err   error
	}
	a, err := read(ctx, g.loop, func(now time.Time, f *telagent.Floor) answer {
		tried, err := f.Try(now, by, agent, number)
		return answer{tried, err}
	})
	if err == nil {
		err = a.err
	}
	if err != nil {
		return console.Tried{}, err
	}
	out := console.Tried{Tried: a.tried, Region: a.tried.Number.Region, Written: map[string]console.Written{}}
	if a.tried.Number.Dial != "" {
		out.Kind = a.tried.Number.Kind.String()
	}
	for _, t := range g.conf().Trunks {
		r := rewrite(t)
		out.Written[t.Name] = console.Written{Called: r.CalledOut(a.tried.To), Calling: r.CallingOut(a.tried.Shown.Number)}
	}
	return out, nil
}

// isEmergency says whether a number calls for help.
func (g *Gateway) isEmergency(number string) bool {
	n, err := dialRules(g.conf()).Read(number)
	return err == nil && n.Kind == dialplan.Emergency
}
