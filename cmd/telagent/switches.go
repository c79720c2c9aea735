package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// massSwitch is a switch of several agents, as the API shows it.
type massSwitch struct {
	ID     string
	What   string
	Ended  *time.Time
	Count  map[string]int
	Agents []struct{ Agent, State, Code, Detail, To string }
}

var switchesTable = table{"switches", []column{
	field("SWITCH", "id"), field("BY", "by"), field("WHAT", "what"), field("TO", "to"), age("AGO", "began"),
	{"STATE", func(r row) string {
		if r.text("ended") == "" {
			return "under way"
		}
		return "over"
	}},
	{"AGENTS", counts},
}}

// counts prints how many agents are in each state.
func counts(r row) string {
	count, _ := r["count"].(map[string]any)
	var words []string
	for _, state := range []string{"done", "moving", "waiting", "refused", "failed", "undone"} {
		if n, is := count[state]; is {
			words = append(words, fmt.Sprintf("%v %s", n, state))
		}
	}
	return strings.Join(words, ", ")
}

type switchesCommand struct{ listCommand }

// Run prints the switches of several agents.
func (c switchesCommand) Run() error { return c.show(switchesTable) }

type undoCommand struct {
	client
	Switch string `arg:"" help:"The switch, as 'telagent switches' shows it."`
}

// Run takes a switch of several back and prints what became of each agent.
func (c undoCommand) Run() error {
	var s massSwitch
	if err := c.ask("POST", "/switches/"+url.PathEscape(c.Switch)+"/undo", nil, &s); err != nil {
		return err
	}
	for _, a := range s.Agents {
		fmt.Println(strings.TrimSpace(fmt.Sprintf("%s: %s %s", a.Agent, a.State, a.Detail)))
	}
	return nil
}

// follow prints what becomes of each agent of a switch until it is over; the error names those who could not be moved.
func (c client) follow(id string) error {
	shown := map[string]string{}
	for {
		var s massSwitch
		if err := c.ask("GET", "/switches/"+url.PathEscape(id), nil, &s); err != nil {
			return err
		}
		var failed []string
		for _, a := range s.Agents {
			line := strings.TrimSpace(fmt.Sprintf("%s: %s %s %s", a.Agent, a.State, a.To, a.Detail))
			if shown[a.Agent] != line {
				shown[a.Agent] = line
				fmt.Println(line)
			}
			if a.State == "failed" {
				failed = append(failed, a.Agent)
			}
		}
		switch {
		case s.Ended == nil:
			time.Sleep(time.Second)
		case len(failed) > 0:
			return fmt.Errorf("not moved: %s", strings.Join(failed, ", "))
		default:
			return nil
		}
	}
}
