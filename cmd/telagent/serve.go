package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/demo"
	"telagent-gateway/gateway"
)

// configFile is the flag that names the configuration.
type configFile struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Configuration file; without it the embedded defaults."`
}

func (f configFile) load() (*config.Config, error) {
	if f.Config == "" {
		return config.Default(), nil
	}
	return config.Load(f.Config)
}

type serveCommand struct{ configFile }

// Run serves until SIGINT, which ends the calls, or SIGTERM, which leaves them to the next start.
func (c serveCommand) Run() error {
	from, err := gateway.Inherit()
	if err != nil {
		return err
	}
	return c.run(from)
}

// run serves; from is whom it takes over from, nil: nobody.
func (c serveCommand) run(from *gateway.Heir) (err error) {
	defer func() { from.Failed(err) }()
	conf, err := c.load()
	if err != nil {
		return err
	}
	log, level, err := gateway.Logger(conf.Log)
	if err != nil {
		return err
	}
	interrupted, stop := signal.NotifyContext(context.Background(), syscall.SIGINT)
	defer stop()
	ctx, stop := signal.NotifyContext(interrupted, syscall.SIGTERM)
	defer stop()
	orders := heard() // before a start that takes its time: such a signal would end the process
	g, err := gateway.Start(ctx, gateway.Options{Config: conf, Log: log, Level: level, From: from})
	if err != nil {
		return err
	}
	for _, w := range slices.Concat(conf.Outdated, conf.Warnings) {
		log.Warn(w.Error())
	}
	for _, line := range g.Greeting() {
		fmt.Fprintln(os.Stderr, line)
	}
	failed := serve(ctx, g, orders)
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if failed != nil || ctx.Err() != nil && interrupted.Err() == nil {
		return errors.Join(failed, g.Stop(last)) // whoever starts us again finds the calls
	}
	return g.Close(last)
}

// orders are signals that a gateway obeys once it has started.
type orders struct{ reload, upgrade chan os.Signal }

// heard takes those signals from now on.
func heard() orders {
	o := orders{make(chan os.Signal, 1), make(chan os.Signal, 1)}
	signal.Notify(o.reload, syscall.SIGHUP)
	signal.Notify(o.upgrade, syscall.SIGUSR2)
	return o
}

// serve returns when the gateway is to end, and why if that is a failure. SIGHUP lets it read its configuration
// again, SIGUSR2 hand its calls over.
func serve(ctx context.Context, g *gateway.Gateway, o orders) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.Drained():
			return nil
		case <-g.HandedOver():
			return nil
		case <-o.upgrade:
			go func() { _, _ = g.Upgrade(ctx, "", "") }() // it says itself what went wrong
		case failed := <-g.Failed():
			return failed
		case <-o.reload:
			g.Reread(ctx)
		}
	}
}

type checkCommand struct {
	configFile
	Rewrite string `placeholder:"NUMBER" help:"Say what the rules of each trunk make of this number."`
}

// Run prints "ok", or every complaint with its file and line.
func (c checkCommand) Run() error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	for _, w := range conf.Warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	if c.Rewrite != "" {
		c.rewritten(conf.Trunks)
		return nil
	}
	if len(conf.Outdated) > 0 {
		return conf.Outdated
	}
	fmt.Println("ok")
	return nil
}

// rewritten prints a line for each trunk and way that a number takes.
func (c checkCommand) rewritten(trunks []config.Trunk) {
	for _, t := range trunks {
		for _, way := range []struct {
			name  string
			rules []config.NumberRule
		}{
			{"called_in", t.Rewrite.CalledIn},
			{"calling_in", t.Rewrite.CallingIn},
			{"called_out", t.Rewrite.CalledOut},
			{"calling_out", t.Rewrite.CallingOut},
		} {
			fmt.Printf("%s %-11s %s -> %s\n", t.Name, way.name, printable(c.Rewrite), printable(config.Rewriter(way.rules)(c.Rewrite)))
		}
	}
}

type demoCommand struct {
	JSON bool `name:"json" help:"Print what was measured as JSON, nothing else."`
	Stay bool `help:"Keep it running with the console open, so that you can click."`
}

// Run plays the demo.
func (c demoCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return demo.Run(ctx, demo.Options{JSON: c.JSON, Stay: c.Stay, Colour: terminal(os.Stdout), Out: os.Stdout})
}
