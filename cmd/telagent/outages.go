package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"time"
)

var (
	policiesTable = table{"policies", []column{
		field("TEAM", "team"), field("CUT OFF", "cut_off"), field("AFTER (S)", "grace_s"), field("SIGN-ON BY PHONE", "phone_sign_on"), field("SET BY", "set_by"),
	}}
	sitesTable = table{"sites", []column{
		field("SITE", "name"), field("NETWORKS", "networks"), field("SOFTPHONES", "softphones"), field("LOST", "lost"),
	}}
)

type sitesCommand struct{ listCommand }

// Run prints the sites.
func (c sitesCommand) Run() error { return c.show(sitesTable) }

type policyCommand struct {
	client
	Team        string         `arg:"" optional:"" help:"The team; without one all of yours are shown."`
	CutOff      string         `enum:"alert,switch,same" default:"same" help:"What becomes of who is cut off: alert, or switch."`
	Grace       *time.Duration `help:"How long somebody is cut off before he is switched, like 5s."`
	PhoneSignOn *bool          `negatable:"" help:"Whether its agents may sign on by phone."`
	JSON        bool           `name:"json" help:"Print JSON."`
}

// Run sets what is named of a team's policy, and prints it.
func (c policyCommand) Run() error {
	change := map[string]any{}
	if c.CutOff != "same" {
		change["cut_off"] = c.CutOff
	}
	if c.Grace != nil {
		change["grace_s"] = c.Grace.Seconds()
	}
	if c.PhoneSignOn != nil {
		change["phone_sign_on"] = *c.PhoneSignOn
	}
	if c.Team == "" {
		if len(change) > 0 {
			return fmt.Errorf("name the team whose policy this is")
		}
		return listCommand{client: c.client, JSON: c.JSON}.show(policiesTable)
	}
	method := "GET"
	if len(change) > 0 {
		method = "PUT"
	}
	var answer json.RawMessage
	var body any
	if len(change) > 0 {
		body = change
	}
	if err := c.ask(method, "/policies/"+url.PathEscape(c.Team), body, &answer); err != nil {
		return err
	}
	if c.JSON {
		fmt.Println(string(answer))
		return nil
	}
	var p row
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Errorf("read the policy of %s: %w", c.Team, err)
	}
	return policiesTable.print(os.Stdout, []row{p})
}
