package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

var historyTable = table{"records", []column{
	field("ENDED", "ended"), field("CALL", "id"), field("KIND", "kind"), field("FROM", "from.number"), field("TO", "to"), field("QUEUE", "queue"),
	{"AGENTS", func(r row) string { return agentsOf(r) }},
	field("CAUSE", "cause"), field("BY", "ended_by"),
	{"LENGTH", func(r row) string { return between(r.text("began"), r.text("ended")) }},
	{"RECORDED", func(r row) string { return recorded(r) }},
}}

type historyCommand struct {
	client
	Agent string `help:"Only calls with this agent."`
	Queue string `help:"Only calls of this queue."`
	Limit int    `help:"Most calls, the newest; 1 to 1000." default:"100"`
	JSON  bool   `name:"json" help:"Print the records as JSON, with every leg."`
	CSV   bool   `name:"csv" help:"Print a table for spreadsheets, with a line for each leg."`
}

// Run prints calls that ended.
func (c historyCommand) Run() error {
	q := url.Values{"limit": {strconv.Itoa(c.Limit)}, "format": {"json"}}
	for key, value := range map[string]string{"agent": c.Agent, "queue": c.Queue} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if c.CSV {
		q.Set("format", "csv")
		return c.download("/history?"+q.Encode(), os.Stdout)
	}
	var answer map[string]json.RawMessage
	if err := c.ask("GET", "/history?"+q.Encode(), nil, &answer); err != nil {
		return err
	}
	return c.print(answer)
}

func (c historyCommand) print(answer map[string]json.RawMessage) error {
	if c.JSON {
		fmt.Println(string(answer[historyTable.path]))
		return nil
	}
	var rows []row
	if err := json.Unmarshal(answer[historyTable.path], &rows); err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	return historyTable.print(os.Stdout, rows)
}

type recordingCommand struct {
	client
	Call string `arg:"" help:"The call, as 'telagent history' names it."`
	Out  string `short:"o" help:"File to write; the call's name with .wav if absent."`
}

// Run fetches the recording of a call that ended.
func (c recordingCommand) Run() error {
	name := c.Out
	if name == "" {
		name = strings.ReplaceAll(c.Call, string(os.PathSeparator), "_") + ".wav"
	}
	var file *os.File
	err := c.download("/history/"+url.PathEscape(c.Call)+"/recording", opener(func() (w io.Writer, err error) {
		if file == nil {
			file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		}
		return file, err
	}))
	if file != nil {
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return err
	}
	fmt.Println(name)
	return nil
}

// opener opens what it writes to with the first piece, so that a refusal leaves no empty file.
type opener func() (io.Writer, error)

// Write writes a piece.
func (o opener) Write(b []byte) (int, error) {
	w, err := o()
	if err != nil {
		return 0, fmt.Errorf("open the file: %w", err)
	}
	return w.Write(b)
}

// download writes the answer to a GET as it comes.
func (c client) download(path string, to io.Writer) error {
	req, err := c.request(context.Background(), http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("reach the gateway: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		return decode(res, nil)
	}
	if _, err := io.Copy(to, res.Body); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// agentsOf names who was in a call, in the order of its legs.
func agentsOf(r row) string {
	var names []string
	legs, _ := r["legs"].([]any)
	for _, l := range legs {
		leg, _ := l.(map[string]any)
		if name := row(leg).text("agent"); name != "" && row(leg).text("answered") != "" && !strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ") {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// recorded says how long the recordings of a call are, and what is wrong with them.
func recorded(r row) string {
	var said []string
	files, _ := r["recordings"].([]any)
	for _, f := range files {
		file, _ := f.(map[string]any)
		seconds, _ := file["length"].(float64)
		said = append(said, strings.TrimSpace(time.Duration(seconds*float64(time.Second)).Round(time.Second).String()+" "+row(file).text("problem")))
	}
	return strings.Join(said, ", ")
}

func between(began, ended string) string {
	from, err := time.Parse(time.RFC3339Nano, began)
	to, err2 := time.Parse(time.RFC3339Nano, ended)
	if err != nil || err2 != nil {
		return ""
	}
	return to.Sub(from).Round(time.Second).String()
}
