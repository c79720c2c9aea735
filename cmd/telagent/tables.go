package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"
)

// table says how one list of the API is printed.
type table struct {
	path    string // of the list in the API, and its key in the answer
	columns []column
}

type column struct {
	title string
	cell  func(row) string
}

// row is one entry of a list, as the API gave it.
type row map[string]any

// text prints the value at a dotted path, "" when there is none.
func (r row) text(path string) string {
	key, rest, deeper := strings.Cut(path, ".")
	switch v := r[key].(type) {
	case map[string]any:
		if deeper {
			return row(v).text(rest)
		}
		return ""
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = fmt.Sprint(w)
		}
		return strings.Join(words, " ")
	case nil:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

func field(title, path string) column {
	return column{title, func(r row) string { return r.text(path) }}
}

// age prints how long ago a time was.
func age(title, path string) column {
	return column{title, func(r row) string {
		at, err := time.Parse(time.RFC3339Nano, r.text(path))
		if err != nil {
			return ""
		}
		return time.Since(at).Round(time.Second).String()
	}}
}

var (
	agentsTable = table{"agents", []column{
		field("AGENT", "id"), field("NAME", "name"), field("TEAM", "team"), field("STATUS", "status"), field("REASON", "reason"),
		age("FOR", "since"), field("PENDING", "pending"), field("DEVICE", "device"), field("REACHABLE", "reachable"), field("LINE", "line"),
		field("CUSTOMER", "customer.number"), field("SWITCHING TO", "switching.to"),
	}}
	callsTable = table{"calls", []column{
		field("CALL", "id"), field("KIND", "kind"), field("FROM", "from.number"), field("TO", "to"), field("QUEUE", "queue"),
		field("PRIORITY", "priority"), field("STATE", "state"), field("AGENT", "agent"),
		{"GUESTS", guests},
		field("RECORDING", "recording"),
		{"LOSS", func(r row) string { return worst(r, "loss_percent", "%") }},
		{"JITTER", func(r row) string { return worst(r, "jitter_ms", " ms") }},
		age("FOR", "began"),
	}}
	trunksTable = table{"trunks", []column{
		field("TRUNK", "name"),
		{"STATE", func(r row) string {
			state := "down"
			if r.text("up") == "true" {
				state = "up"
			}
			if r.text("registration") == "registered" {
				state += ", registered"
			}
			return state
		}},
		age("FOR", "since"),
		{"IN USE", func(r row) string {
			if r.text("channels") == "0" {
				return r.text("in_use")
			}
			return r.text("in_use") + "/" + r.text("channels")
		}},
		field("TARGET", "target"), field("LAST PROBLEM", "problem"), age("AGO", "problem_at"),
	}}
	phonesTable = table{"phones", []column{
		field("AOR", "aor"), field("CONTACT", "contact"), field("TRANSPORT", "transport"), field("SOURCE", "source"),
		field("USER AGENT", "user_agent"), age("SEEN", "seen"), age("ANSWERED", "answered"), field("MISSED", "missed"), field("EXPIRES", "expires"),
	}}
	queuesTable = table{"queues", []column{
		field("QUEUE", "name"), field("WAITING", "waiting"), age("LONGEST", "longest_since"), field("AVAILABLE", "available"),
		field("NUMBERS", "numbers"), field("STRATEGY", "strategy"), field("PRIORITY", "priority"),
	}}
	schedulesTable = table{"schedules", []column{
		field("SCHEDULE", "name"), field("DAYS", "days"), field("START", "start"),
		{"LENGTH", length},
		field("ZONE", "zone"),
		field("FROM", "from"), field("TO", "to"),
		{"MEMBERS", members},
		field("ON UNTIL", "on_until"), field("NEXT", "next"),
	}}
)

// guests prints who else is in a call, and how.
func guests(r row) string {
	list, _ := r["guests"].([]any)
	words := make([]string, 0, len(list))
	for _, one := range list {
		if g, ok := one.(map[string]any); ok {
			words = append(words, row(g).text("agent")+row(g).text("number")+":"+row(g).text("mode"))
		}
	}
	return strings.Join(words, " ")
}

// worst prints the highest value that a call's legs have in either direction, "" when none is known.
func worst(r row, value, unit string) string {
	most, known := 0.0, false
	legs, _ := r["legs"].([]any)
	for _, one := range legs {
		leg, _ := one.(map[string]any)
		quality, _ := leg["quality"].(map[string]any)
		for _, direction := range []string{"received", "sent"} {
			of, _ := quality[direction].(map[string]any)
			if v, is := of[value].(float64); is {
				most, known = max(most, v), true
			}
		}
	}
	if !known {
		return ""
	}
	return fmt.Sprintf("%.1f%s", most, unit)
}

// length prints a time that is given in minutes.
func length(r row) string {
	minutes, _ := r["length_min"].(float64)
	return (time.Duration(minutes) * time.Minute).String()
}

// members prints who is in a schedule, and at which number.
func members(r row) string {
	list, _ := r["members"].([]any)
	words := make([]string, 0, len(list))
	for _, one := range list {
		if m, ok := one.(map[string]any); ok {
			words = append(words, strings.TrimSuffix(row(m).text("agent")+":"+row(m).text("number"), ":"))
		}
	}
	return strings.Join(words, " ")
}

// listCommand holds the flags that every table has.
type listCommand struct {
	client
	Watch bool `help:"Show it again every second until interrupted."`
	JSON  bool `name:"json" help:"Print the list as JSON."`
}

type (
	agentsCommand struct{ listCommand }
	callsCommand  struct{ listCommand }
	trunksCommand struct{ listCommand }
	phonesCommand struct{ listCommand }
	queuesCommand struct{ listCommand }

	schedulesCommand struct{ listCommand }
)

// Run prints the agents.
func (c agentsCommand) Run() error { return c.show(agentsTable) }

// Run prints the live calls.
func (c callsCommand) Run() error { return c.show(callsTable) }

// Run prints the trunks.
func (c trunksCommand) Run() error { return c.show(trunksTable) }

// Run prints the registered phones.
func (c phonesCommand) Run() error { return c.show(phonesTable) }

// Run prints the queues.
func (c queuesCommand) Run() error { return c.show(queuesTable) }

// Run prints the schedules.
func (c schedulesCommand) Run() error { return c.show(schedulesTable) }

func (c listCommand) show(t table) error {
	if err := c.once(t); err != nil || !c.Watch {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if terminal(os.Stdout) {
				fmt.Print("\033[H\033[2J")
			}
			var refused *problem
			if err := c.once(t); errors.As(err, &refused) {
				return err
			} else if err != nil {
				fmt.Fprintln(os.Stderr, "telagent:", err) // a gateway that restarts comes back
			}
		}
	}
}

func (c listCommand) once(t table) error {
	var answer map[string]json.RawMessage
	if err := c.ask("GET", "/"+t.path, nil, &answer); err != nil {
		return err
	}
	if c.JSON {
		fmt.Println(string(answer[t.path]))
		return nil
	}
	var rows []row
	if err := json.Unmarshal(answer[t.path], &rows); err != nil {
		return fmt.Errorf("read the list of %s: %w", t.path, err)
	}
	return t.print(os.Stdout, rows)
}

func (t table) print(out io.Writer, rows []row) error {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = c.title
	}
	lines := strings.Join(cells, "\t") + "\n"
	for _, r := range rows {
		for i, c := range t.columns {
			cells[i] = printable(c.cell(r))
		}
		lines += strings.Join(cells, "\t") + "\n"
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(w, lines); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return w.Flush()
}

// printable keeps what a caller wrote into his name from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}
