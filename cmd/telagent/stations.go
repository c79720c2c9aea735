package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
)

// oneAgent is the argument of what is about one agent's phones.
type oneAgent struct {
	client
	Agent string `arg:"" help:"Agent."`
}

func (c oneAgent) path(more string) string { return "/agents/" + url.PathEscape(c.Agent) + more }

var stationsTable = table{"stations", []column{
	field("STATION", "target"), field("DEVICE", "device"),
	{"RINGS", func(r row) string { return when(r, "rings", "now") }},
	field("REACHABLE", "reachable"), age("AGO", "at"), field("BY", "by"), field("MACHINES", "machines"),
	{"ORDER", func(r row) string { return when(r, "last", "last") }},
}}

// when prints a word where a flag is set.
func when(r row, flag, word string) string {
	if r.text(flag) == "true" {
		return word
	}
	return ""
}

type stationsCommand struct {
	oneAgent
	Reset string `placeholder:"NUMBER" help:"Forget the machines that answered at this number: it is tried in its place again."`
	JSON  bool   `name:"json" help:"Print the list as JSON."`
}

// Run prints where an agent can be rung and what is known of it, or forgets the machines of a number.
func (c stationsCommand) Run() error {
	method, path := "GET", c.path("/stations")
	if c.Reset != "" {
		method, path = "DELETE", path+"/"+url.PathEscape(c.Reset)+"/machines"
	}
	var answer struct{ Stations json.RawMessage }
	if err := c.ask(method, path, nil, &answer); err != nil {
		return err
	}
	if c.JSON {
		fmt.Println(string(answer.Stations))
		return nil
	}
	var rows []row
	if err := json.Unmarshal(answer.Stations, &rows); err != nil {
		return fmt.Errorf("read the list of stations: %w", err)
	}
	return stationsTable.print(os.Stdout, rows)
}

type testCallCommand struct {
	oneAgent
	Number string `arg:"" optional:"" help:"Number to ring; without it the one where the agent is rung by phone, or would be."`
}

// Run rings at a number of an agent; telagent stations says what came of it.
func (c testCallCommand) Run() error {
	if err := c.ask("POST", c.path("/test-call"), map[string]string{"number": c.Number}, nil); err != nil {
		return err
	}
	fmt.Printf("%s: it rings; 'telagent stations %s' says what came of it\n", printable(c.Agent), printable(c.Agent))
	return nil
}
