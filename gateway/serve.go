package gateway

import (
	"context"
	"fmt"
	"time"

	"telagent-gateway/console"
	"telagent-gateway/telagent"
)

// View returns the newest snapshot of the Floor. Of a gateway that is stopping it is the last one that was taken: in an empty one
// nobody would have a user, and no agent be there.
func (g *Gateway) View() *telagent.View {
	view, err := g.loop.snapshot(context.Background())
	if err == nil {
		return view
	}
	if view = g.loop.last.Load(); view == nil {
		view = &telagent.View{Now: time.Now()}
	}
	return view
}

// Do carries out a command and returns after its commit: nil, a *telagent.Refusal, or why it could not be committed.
func (g *Gateway) Do(ctx context.Context, c telagent.Command) error { return g.loop.do(ctx, c) }

// Plan says what a switch would do now.
func (g *Gateway) Plan(ctx context.Context, s telagent.Switch) (telagent.SwitchPlan, error) {
	return foreseen(ctx, g.loop, func(now time.Time, f *telagent.Floor) (telagent.SwitchPlan, error) { return f.Plan(now, s) })
}

// PlanMany says what a switch of several would do now.
func (g *Gateway) PlanMany(ctx context.Context, s telagent.SwitchMany) (telagent.BatchPlan, error) {
	return foreseen(ctx, g.loop, func(now time.Time, f *telagent.Floor) (telagent.BatchPlan, error) { return f.PlanMany(now, s) })
}

// PlanLogout says what a forced logout would do now.
func (g *Gateway) PlanLogout(ctx context.Context, s telagent.ForceLogout) (telagent.LogoutPlan, error) {
	return foreseen(ctx, g.loop, func(now time.Time, f *telagent.Floor) (telagent.LogoutPlan, error) { return f.PlanLogout(now, s) })
}

// foreseen asks the Floor on the loop what would happen; the error may be its refusal.
func foreseen[T any](ctx context.Context, l *loop, plan func(time.Time, *telagent.Floor) (T, error)) (found T, err error) {
	var refused error
	found, err = read(ctx, l, func(now time.Time, f *telagent.Floor) (of T) {
		of, refused = plan(now, f)
		return of
	})
	if err != nil { // it may still run
		return found, err
	}
	return found, refused
}

// SIPAddr returns where SIP is listened for first, as "udp:host:port".
func (g *Gateway) SIPAddr() string { return g.sip.Addrs()[0] }

// HTTPAddr returns the base URL of the API and the pages.
func (g *Gateway) HTTPAddr() string { return g.server.Addr() }

// Failed tells when the gateway can no longer serve.
func (g *Gateway) Failed() <-chan error { return g.server.Failed() }

// Greeting returns what an operator should know at the start, a line each.
func (g *Gateway) Greeting() []string {
	lines := []string{"console " + g.HTTPAddr()}
	for _, a := range g.sip.Addrs() {
		lines = append(lines, "sip     "+a)
	}
	lines = append(lines, fmt.Sprintf("store   %s", g.config.Store))
	if link := g.console.SetupLink(); link != "" {
		lines = append(lines, "nobody can sign in yet; make the first administrator here, once: "+g.HTTPAddr()+link)
	}
	return lines
}

func (g *Gateway) phones() []console.Phone {
	phones := g.sip.Phones()
	out := make([]console.Phone, len(phones))
	for i, p := range phones {
		out[i] = console.Phone{
			AOR: p.AOR, Contact: p.Contact, Transport: p.Transport, Source: p.Source, UserAgent: p.UserAgent, Expires: p.Expires,
			Seen: p.Seen, Answered: p.Answered,
		}
		for _, sign := range p.Missed {
			out[i].Missed = append(out[i].Missed, sign.String())
		}
	}
	return out
}

func (g *Gateway) trunks() []console.Trunk {
	var out []console.Trunk
	for _, t := range g.sip.Trunks() {
		shown := console.Trunk{
			Name: t.Name, Since: t.Since, Registration: t.Registration, Target: t.Target, Problem: t.Problem, ProblemAt: t.ProblemAt,
		}
		for _, at := range t.Targets {
			shown.Targets = append(shown.Targets, console.Target(at))
		}
		out = append(out, shown)
	}
	return out
}

// load says how hard the gateway is pressed. The console may ask before everything is started.
func (g *Gateway) load() console.Load {
	if g.strain == nil {
		return console.Load{State: calm}
	}
	return g.strain.load()
}
