package main

import (
	"errors"
	"fmt"
)

var webhooksTable = table{"webhooks", []column{
	field("WEBHOOK", "name"), field("HOST", "host"), field("EVENTS", "events"), field("TEAMS", "teams"), field("STATE", "state"),
	field("WAITING", "waiting"), age("OLDEST", "oldest"), field("SENT", "sent"), field("FAILED", "failed"), field("DROPPED", "dropped"),
	age("LAST SENT", "last_sent"), field("PROBLEM", "problem"),
}}

type webhooksCommand struct {
	listCommand
	Test string `help:"Send a test to this webhook instead, and say how it went." placeholder:"NAME"`
}

// Run prints the webhooks, or tries one.
func (c webhooksCommand) Run() error {
	if c.Test == "" {
		return c.show(webhooksTable)
	}
	var out struct {
		OK     bool
		Detail string
	}
	if err := c.ask("POST", "/webhooks/test", map[string]string{"webhook": c.Test}, &out); err != nil {
		return err
	}
	if !out.OK {
		return errors.New(c.Test + ": " + out.Detail)
	}
	fmt.Println(c.Test + ": " + out.Detail)
	return nil
}
