package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

type reloadCommand struct{ client }

// Run lets the gateway read its configuration again, and prints what changed.
func (c reloadCommand) Run() error {
	var answer struct {
		Changed []struct{ Key, At, Was, Is string }
	}
	if err := c.ask("POST", "/reload", struct{}{}, &answer); err != nil {
		return err
	}
	if len(answer.Changed) == 0 {
		fmt.Println("Nothing changed: the file says what held before.")
	}
	for _, k := range answer.Changed {
		fmt.Printf("%s: %s is %s (was %s)\n", k.At, k.Key, k.Is, k.Was)
	}
	return nil
}

type upgradeCommand struct {
	client
	Binary string `type:"path" placeholder:"PATH" help:"The new program, on the gateway's machine; without it the one at the place of the running one."`
}

// Run hands the calls over, and says how long that took.
func (c upgradeCommand) Run() error {
	body := map[string]any{}
	if c.Binary != "" {
		body["binary"] = c.Binary
	}
	var answer struct {
		TookS float64 `json:"took_s"`
	}
	if err := c.askFor(2*time.Minute, "POST", "/upgrade", body, &answer); err != nil {
		return err
	}
	fmt.Printf("The new program has all calls; it took %.1f s.\n", answer.TookS)
	return nil
}

type drainCommand struct {
	client
	Undo   bool          `help:"Take new calls again." xor:"what"`
	Show   bool          `help:"Change nothing; say how far it is." xor:"what"`
	Wait   bool          `help:"Return when the last call has ended, and say how many are left meanwhile."`
	Stop   bool          `help:"End the gateway when the last call has ended, or after drain.stop_after, which hangs up those that are left."`
	Within time.Duration `help:"With --stop: after this time instead." placeholder:"TIME"`
	JSON   bool          `name:"json" help:"Print JSON."`
}

// drainState is what the API says of a drain.
type drainState struct {
	Draining bool       `json:"draining"`
	By       string     `json:"by,omitempty"`
	Since    *time.Time `json:"since,omitempty"`
	Stop     bool       `json:"stop"`
	Until    *time.Time `json:"until,omitempty"`
	Calls    int        `json:"calls"`
	Waiting  int        `json:"waiting"`
}

// Run begins or ends a drain, and waits for its end if that is wanted.
func (c drainCommand) Run() error {
	var d drainState
	var err error
	switch {
	case c.Show:
		err = c.ask("GET", "/drain", nil, &d)
	case c.Undo:
		err = c.ask("DELETE", "/drain", nil, &d)
	default:
		body := map[string]any{"stop": c.Stop}
		if c.Within > 0 {
			body["within_s"] = c.Within.Seconds()
		}
		err = c.ask("POST", "/drain", body, &d)
	}
	if err != nil {
		return err
	}
	if err := c.say(d); err != nil || !c.Wait || c.Undo {
		return err
	}
	return c.wait(d)
}

// wait follows a drain until no call is left.
func (c drainCommand) wait(last drainState) error {
	for last.Draining && last.Calls > 0 || last.Stop {
		time.Sleep(time.Second)
		var d drainState
		err := c.ask("GET", "/drain", nil, &d)
		var refused *net.OpError
		if last.Stop && (errors.As(err, &refused) && errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
			fmt.Fprintln(os.Stderr, "The gateway has ended.")
			return nil
		}
		if err != nil {
			return err
		}
		if d.Calls != last.Calls || d.Draining != last.Draining {
			if err := c.say(d); err != nil {
				return err
			}
		}
		last = d
	}
	return nil
}

func (c drainCommand) say(d drainState) error {
	switch {
	case c.JSON:
		return printJSON(d)
	case !d.Draining:
		fmt.Println("New calls are taken.")
	case d.Calls == 0:
		fmt.Println("No new calls are taken, and none is up.")
	default:
		fmt.Printf("No new calls are taken; %d up, %d of them waiting.\n", d.Calls, d.Waiting)
	}
	return nil
}

// printJSON prints a value as JSON, a line each.
func printJSON(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("print as JSON: %w", err)
	}
	fmt.Println(string(data))
	return nil
}
