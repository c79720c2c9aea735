package main

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
)

// oneCall is the argument of what is done to a live call.
type oneCall struct {
	client
	Call string `arg:"" help:"Live call, as 'telagent calls' names it."`
}

func (c oneCall) path(more ...string) string {
	path := "/calls/" + url.PathEscape(c.Call)
	for _, m := range more {
		path += "/" + url.PathEscape(m)
	}
	return path
}

// order sends a request to do something to the call and says that it was accepted.
func (c oneCall) order(method string, body any, path ...string) error {
	if err := c.ask(method, c.path(path...), body, nil); err != nil {
		return err
	}
	fmt.Printf("%s: accepted\n", printable(c.Call))
	return nil
}

type transferCommand struct {
	oneCall
	To string `arg:"" optional:"" help:"Agent, queue or number; without it the call goes to who is being consulted."`
}

// Run hands the call on.
func (c transferCommand) Run() error {
	return c.order("POST", map[string]string{"to": c.To, "request_id": rand.Text()}, "transfer")
}

type guestCommand struct {
	oneCall
	Who  string `arg:"" help:"Agent, or a number that begins with +."`
	Mode string `arg:"" enum:"consult,conference,monitor,whisper,barge,out" help:"How he takes part: consult, conference, monitor, whisper, barge; or out: he is sent away."`
}

// Run rings somebody for the call, or lets a guest of it take part in another way, or sends him away.
func (c guestCommand) Run() error {
	if c.Mode == "out" {
		return c.order("DELETE", nil, "guests", c.Who)
	}
	var live struct {
		Guests []struct{ Agent, Number string }
	}
	if err := c.ask("GET", c.path(), nil, &live); err != nil {
		return err
	}
	for _, g := range live.Guests {
		if c.Who == g.Agent || c.Who == g.Number {
			return c.order("PATCH", map[string]string{"mode": c.Mode}, "guests", c.Who)
		}
	}
	who := "agent"
	if strings.HasPrefix(c.Who, "+") {
		who = "number"
	}
	return c.order("POST", map[string]string{who: c.Who, "mode": c.Mode, "request_id": rand.Text()}, "guests")
}

type rescueCommand struct {
	oneCall
	Yes bool `help:"Do not ask."`
}

// Run asks and frees a stuck call.
func (c rescueCommand) Run() error {
	if !c.Yes {
		if yes, err := confirm("Take everybody out of " + printable(c.Call) + "? Its customer goes back to the queue."); err != nil || !yes {
			return err
		}
	}
	return c.order("POST", nil, "rescue")
}

type hangUpCommand struct {
	oneCall
	Yes bool `help:"Do not ask."`
}

// Run asks and ends a call.
func (c hangUpCommand) Run() error {
	if !c.Yes {
		if yes, err := confirm("End " + printable(c.Call) + " for everybody in it, its customer too?"); err != nil || !yes {
			return err
		}
	}
	return c.order("DELETE", nil)
}
