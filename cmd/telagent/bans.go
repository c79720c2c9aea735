package main

import (
	"fmt"
	"net/url"
)

var bansTable = table{"bans", []column{
	field("SOURCE", "source"), age("SINCE", "since"), field("UNTIL", "until"), field("TIMES", "times"), field("REASON", "reason"),
}}

type bansCommand struct {
	listCommand
	Lift string `help:"End the ban of this address instead." placeholder:"ADDRESS"`
}

// Run prints whose SIP is not heard, or ends a ban.
func (c bansCommand) Run() error {
	if c.Lift == "" {
		return c.show(bansTable)
	}
	if err := c.ask("DELETE", "/bans/"+url.PathEscape(c.Lift), nil, nil); err != nil {
		return err
	}
	fmt.Println(c.Lift + " is heard again.")
	return nil
}
