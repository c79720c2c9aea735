package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
)

// result is what became of one agent of a batch.
type result struct {
	Agent  string
	OK     bool
	Code   string
	Detail string
	Plan   *struct {
		Target, Reachable, Call, Status string
		Channels, Free                  int
	}
}

type switchCommand struct {
	client
	Agents []string `arg:"" name:"agent" help:"Agents to move."`
	To     string   `placeholder:"NUMBER" xor:"way" help:"Number to ring instead of the agent's own, for one agent."`
	Back   bool     `xor:"way" help:"Move them back to their softphones."`
	DryRun bool     `help:"Say what would happen and do nothing."`
	Yes    bool     `help:"Do not ask."`
}

// Run shows what would happen, asks, and does it.
func (c switchCommand) Run() error {
	want := map[string]any{"agents": c.Agents, "to": "telagent", "number": c.To, "dry_run": true}
	if c.Back {
		want["to"] = "softphone"
	}
	var refused error
	if c.DryRun || !c.Yes {
		able, err := c.batch("/switch", want)
		if c.DryRun || len(able) == 0 {
			return err
		}
		if yes, err := confirm("Switch " + strings.Join(able, ", ") + "?"); err != nil || !yes {
			return err
		}
		want["agents"], refused = able, err
	}
	want["dry_run"], want["request_id"] = false, rand.Text()
	_, err := c.batch("/switch", want)
	return errors.Join(refused, err)
}

type logoutCommand struct {
	client
	Agents []string `arg:"" name:"agent" help:"Agents to log out."`
	Yes    bool     `help:"Do not ask."`
}

// Run asks and logs the agents out.
func (c logoutCommand) Run() error {
	if !c.Yes {
		if yes, err := confirm("Force " + strings.Join(c.Agents, ", ") + " to log out? Their customers go back to the queue."); err != nil || !yes {
			return err
		}
	}
	_, err := c.batch("/force-logout", map[string]any{"agents": c.Agents, "request_id": rand.Text()})
	return err
}

// batch sends a request for several agents and prints one line for each. It returns those who were not refused; the
// error names those who were.
func (c client) batch(path string, want map[string]any) (done []string, err error) {
	var answer struct{ Results []result }
	err = c.ask("POST", path, want, &answer)
	var p *problem
	if errors.As(err, &p) && len(p.Results) > 0 {
		answer.Results = p.Results
	} else if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range answer.Results {
		switch {
		case !r.OK:
			names = append(names, r.Agent)
			fmt.Fprintf(os.Stderr, "%s: %s [%s]\n", r.Agent, r.Detail, r.Code)
		case r.Plan != nil:
			fmt.Printf("%s: %s (%s), %d of %s channels; %s %s\n", r.Agent, r.Plan.Target, r.Plan.Reachable,
				r.Plan.Channels, free(r.Plan.Free), r.Plan.Status, r.Plan.Call)
		default:
			fmt.Printf("%s: accepted\n", r.Agent)
		}
		if r.OK {
			done = append(done, r.Agent)
		}
	}
	if len(names) > 0 {
		return done, fmt.Errorf("refused for %s", strings.Join(names, ", "))
	}
	return done, nil
}

func free(channels int) string {
	if channels < 0 {
		return "unlimited"
	}
	return fmt.Sprint(channels)
}
