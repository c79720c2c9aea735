package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// result is what became of one agent of a batch.
type result struct {
	Agent  string
	OK     bool
	State  string
	Code   string
	Detail string
	Plan   *struct {
		Target, Reachable, Call, Status string
		Channels, Free                  int
		Later                           bool
		SeenAt                          time.Time `json:"seen_at"` // zero: nothing was learned yet
		SeenBy                          string    `json:"seen_by"`
	}
}

type switchCommand struct {
	client
	Agents []string `arg:"" name:"agent" optional:"" help:"Agents to move; or everybody who fits the flags."`
	Team   string   `placeholder:"TEAM" help:"Agents of a team."`
	Office string   `placeholder:"OFFICE" help:"Agents of an office."`
	Site   string   `placeholder:"SITE" help:"Agents whose softphones are at a site, or in a network as 192.0.2.0/24."`
	CutOff bool     `help:"Agents who lost their softphones."`
	To     string   `placeholder:"NUMBER" xor:"way" help:"Number to ring instead of the agent's own, for one agent."`
	Back   bool     `xor:"way" help:"Move them back to their softphones."`
	DryRun bool     `help:"Say what would happen and do nothing."`
	Yes    bool     `help:"Do not ask."`
	Wait   bool     `help:"Follow a switch of several until it is over."`
}

// Run shows what would happen, asks, and does it.
func (c switchCommand) Run() error {
	want := map[string]any{"to": "telagent", "number": c.To, "dry_run": true, "team": c.Team, "office": c.Office, "site": c.Site, "cut_off": c.CutOff}
	if len(c.Agents) > 0 {
		want["agents"] = c.Agents
	}
	if c.Back {
		want["to"] = "softphone"
	}
	var refused error
	if c.DryRun || !c.Yes {
		plan, err := c.batch("/switch", want)
		if c.DryRun || len(plan.done) == 0 {
			return err
		}
		if yes, err := confirm("Switch " + strings.Join(plan.done, ", ") + "?"); err != nil || !yes {
			return err
		}
		want = map[string]any{"agents": plan.done, "to": want["to"], "number": c.To} // those who were shown, and nobody else
		refused = err
	}
	want["dry_run"], want["request_id"] = false, rand.Text()
	begun, err := c.batch("/switch", want)
	if begun.id != "" {
		fmt.Printf("switch %s; telagent switches shows how far it is", begun.id)
		if !c.Back { // a switch back is not undone
			fmt.Printf(", telagent undo %s takes it back", begun.id)
		}
		fmt.Println()
		if c.Wait {
			err = errors.Join(err, c.follow(begun.id))
		}
	}
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

// begun is what a request for several agents came to.
type begun struct {
	id   string   // of the switch; empty: it is none of several
	done []string // who was not refused
}

// batch sends a request for several agents and prints one line for each. The error names those who were refused.
func (c client) batch(path string, want map[string]any) (b begun, err error) {
	var answer struct {
		Results []result
		Switch  string
		Plan    *struct {
			What             string
			Now, Later, Free int
		}
	}
	err = c.ask("POST", path, want, &answer)
	var p *problem
	if errors.As(err, &p) && len(p.Results) > 0 {
		answer.Results = p.Results
	} else if err != nil {
		return b, err
	}
	b.id = answer.Switch
	if p := answer.Plan; p != nil {
		fmt.Printf("%s: %d of %d now, %d as channels come free (%s free)\n", p.What, p.Now, p.Now+p.Later, p.Later, free(p.Free))
	}
	var names []string
	for _, r := range answer.Results {
		switch {
		case !r.OK:
			names = append(names, r.Agent)
			fmt.Fprintf(os.Stderr, "%s: %s [%s]\n", r.Agent, r.Detail, r.Code)
		case r.Plan != nil:
			fmt.Printf("%s: %s (%s), %d of %s channels; %s %s\n", r.Agent, r.Plan.Target, reachable(r.Plan.Reachable, r.Plan.SeenBy, r.Plan.SeenAt),
				r.Plan.Channels, free(r.Plan.Free), r.Plan.Status, r.Plan.Call)
		default:
			fmt.Printf("%s: %s\n", r.Agent, strings.TrimSpace(cmp.Or(r.State, "accepted")+" "+r.Detail))
		}
		if r.OK {
			b.done = append(b.done, r.Agent)
		}
	}
	if len(names) > 0 {
		return b, fmt.Errorf("refused for %s", strings.Join(names, ", "))
	}
	return b, nil
}

// reachable says how old what is known of a phone is, and what it was learned by.
func reachable(word, by string, at time.Time) string {
	if at.IsZero() {
		return word
	}
	return fmt.Sprintf("%s, by %s %v ago", word, by, time.Since(at).Round(time.Second))
}

func free(channels int) string {
	if channels < 0 {
		return "unlimited"
	}
	return fmt.Sprint(channels)
}
