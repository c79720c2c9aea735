package telagent_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

var update = flag.Bool("update", false, "rewrite the floor scripts with what happens now")

// TestTheFloorDoesWhatItsScriptsSay plays every testdata/*.floor and compares what happens with what is written there.
//
// A script begins with a sentence and with who is there (setup_test.go). Each line after it is a time since the start,
// an input, and behind it what the Floor makes of it: > actions = changes ! refusal. Timers that are due on the way are
// lines of their own, with the input tick; wait lets time pass. Legs are numbered and calls are named c1, c2 in the
// order in which they appear.
func TestTheFloorDoesWhatItsScriptsSay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.floor")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d scripts (%v)", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".floor"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p := newPlay(t)
			got := p.run(string(data))
			if got == string(data) {
				return
			}
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, is := strings.Split(string(data), "\n"), strings.Split(got, "\n")
			for i := range max(len(want), len(is)) {
				if i >= len(want) || i >= len(is) || want[i] != is[i] {
					t.Errorf("%s:%d:\n want %s\n have %s", name, i+1, at(want, i), at(is, i))
				}
			}
		})
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// play is one script as it is played.
type play struct {
	t        *testing.T
	f        *telagent.Floor
	settings telagent.Settings
	setup    []func() // what happens before the first step
	now      time.Duration
	ids      int
	kept     kept // what a store would have of it
	legs     names
	calls    names
	batches  names
	members  map[string]string     // of mass switches, as last printed
	files    map[call.LegID]string // that each leg is recorded in
	agents   map[string]string     // as last printed
	visits   map[call.ID]string
	shows    map[string]bool // kinds of changes that are printed on request
	out      strings.Builder
	where    string
}

// anything are dial rules for tests that are about something else.
var anything = dialplan.Rules{Allow: []string{"+"}}

// start is when scripts begin.
var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func newPlay(t *testing.T) *play {
	return &play{
		t: t, settings: telagent.Settings{AccessNumber: "+4930999", Dial: anything}, agents: map[string]string{}, visits: map[call.ID]string{}, files: map[call.LegID]string{},
		shows: map[string]bool{}, legs: names{prefix: ""}, calls: names{prefix: "c"}, batches: names{prefix: "b"}, members: map[string]string{},
	}
}

// names gives what a Floor names in its way the names of the script.
type names struct {
	prefix string
	script []string
	floor  []string
}

// of returns the script's name of a thing of the Floor.
func (n *names) of(floor string) string {
	for i, f := range n.floor {
		if f == floor {
			return n.script[i]
		}
	}
	next := len(n.floor) + 1
	for slices.Contains(n.script, n.prefix+strconv.Itoa(next)) {
		next++
	}
	return n.add(floor, n.prefix+strconv.Itoa(next))
}

func (n *names) add(floor, script string) string {
	n.floor, n.script = append(n.floor, floor), append(n.script, script)
	return script
}

// back returns the Floor's name of a thing of the script; what was never seen keeps its name.
func (n *names) back(script string) string {
	for i, s := range n.script {
		if s == script {
			return n.floor[i]
		}
	}
	return script
}

// replaced returns a sentence with the script's names in it.
func (n *names) replaced(sentence string) string {
	for i, f := range slices.Backward(n.floor) { // the longer ones first
		sentence = strings.ReplaceAll(sentence, f, n.script[i])
	}
	return sentence
}

// run plays a script and returns it as it should be written.
func (p *play) run(script string) string {
	for i, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		p.where = fmt.Sprintf("line %d", i+1)
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			fmt.Fprintln(&p.out, strings.TrimRight(line, " "))
			continue
		}
		at, err := time.ParseDuration(words[0])
		if err != nil {
			p.prepare(words)
			fmt.Fprintln(&p.out, strings.Join(words, " "))
			continue
		}
		p.open()
		input := strings.Join(words[1:], " ")
		for _, mark := range []string{" > ", " = ", " ! "} {
			input, _, _ = strings.Cut(input, mark)
		}
		if input != "tick" { // ticks are found again
			if slept, stalled := strings.CutPrefix(input, "stalled "); stalled { // in which nothing happened, though it was due
				p.advance(at - p.duration(slept))
				p.now = at
			} else {
				p.advance(at)
			}
			p.step(input)
		}
	}
	return p.out.String()
}

// advance lets time pass, with every timer that is due on the way.
func (p *play) advance(to time.Duration) {
	if to < p.now {
		p.t.Fatalf("%s: time goes backwards", p.where)
	}
	for rounds := 0; ; rounds++ {
		due, ok := p.f.Next()
		if !ok || due.Sub(start) > to {
			break
		}
		if rounds > 1000 {
			p.t.Fatalf("%s: timers without end", p.where)
		}
		if due.Sub(start) > p.now {
			p.now, rounds = due.Sub(start), 0
		}
		out := p.f.Tick(p.time())
		p.print("tick", out, nil, false)
	}
	p.now = to
}

func (p *play) time() time.Time { return start.Add(p.now) }

// step gives one input to the Floor.
func (p *play) step(input string) {
	verb, rest, _ := strings.Cut(input, " ")
	words := strings.Fields(rest)
	switch verb {
	case "wait":
		p.print(input, telagent.Outcome{}, nil, true)
	case "restart":
		p.restart(input, words)
	case "plan":
		if many, is := p.command(words).(telagent.SwitchMany); is {
			p.planMany(input, many)
			return
		}
		c, ok := p.command(words).(telagent.Switch)
		if !ok {
			p.t.Fatalf("%s: only a switch can be planned", p.where)
		}
		plan, err := p.f.Plan(p.time(), c)
		p.print(input, telagent.Outcome{}, err, true)
		if err == nil {
			seen := ""
			if !plan.Seen.At.IsZero() && plan.Seen.By != presence.ByRegistration {
				seen = fmt.Sprintf(" (%s at %s)", plan.Seen.By, plan.Seen.At.Sub(start))
			}
			p.note("%s %s%s, needs %d of %d free; %s %s", plan.Target, plan.Reachable, seen, plan.Channels, plan.Free, plan.Call, plan.Status)
		}
	case "keys": // keys LEG KEYS: pressed one after the other
		var out telagent.Outcome
		for _, key := range words[1] {
			one := p.f.Handle(p.time(), p.event("digit", []string{words[0], string(key)}))
			out.Actions, out.Changes = append(out.Actions, one.Actions...), append(out.Changes, one.Changes...)
		}
		p.print(input, out, nil, true)
	case "do":
		c := p.command(words)
		check := p.foretold(c)
		out, err := p.f.Do(p.time(), c)
		check(err)
		p.print(input, out, err, true)
	default:
		p.print(input, p.f.Handle(p.time(), p.event(verb, words)), nil, true)
	}
}

// planMany prints what a mass switch would do.
func (p *play) planMany(input string, c telagent.SwitchMany) {
	plan, err := p.f.PlanMany(p.time(), c)
	p.print(input, telagent.Outcome{}, err, true)
	if err != nil {
		return
	}
	p.note("%s: %d now, %d later, %d free", plan.What, plan.Now, plan.Later, plan.Free)
	for _, one := range plan.Agents {
		switch {
		case one.Refusal != nil:
			p.note("%s refused: %s", one.Agent, one.Refusal.Code)
		case one.Now:
			p.note("%s now, %s", one.Agent, one.Plan.Target)
		default:
			p.note("%s later, %s", one.Agent, one.Plan.Target)
		}
	}
}

// note adds a line of its own below the last one, which is no input.
func (p *play) note(format string, args ...any) {
	text := strings.TrimSuffix(p.out.String(), "\n")
	p.out.Reset()
	fmt.Fprintf(&p.out, "%s = %s\n", text, strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
}

// print writes a step, and checks the Floor after it. A tick that does nothing is not printed.
func (p *play) print(input string, out telagent.Outcome, err error, always bool) {
	for _, wrong := range p.f.Check() {
		p.t.Errorf("%s, %s: %s", p.where, input, wrong)
	}
	var actions, changes []string
	for _, a := range out.Actions {
		actions = append(actions, p.action(a))
	}
	for _, c := range out.Changes {
		if b, is := c.(telagent.BatchChanged); is {
			p.batches.of(b.Batch.ID)
		}
	}
	for _, c := range out.Changes {
		if s := p.change(c); s != "" {
			changes = append(changes, s)
		}
	}
	if !always && len(actions)+len(changes) == 0 {
		return
	}
	p.wouldGoOn(input)
	line := fmt.Sprintf("%-7s %-42s", p.now, input)
	if len(actions) > 0 {
		line += " > " + strings.Join(actions, "; ")
	}
	if len(changes) > 0 {
		line += " = " + strings.Join(changes, "; ")
	}
	if err != nil {
		var r *telagent.Refusal
		if !errors.As(err, &r) || r.Code == "" || r.Sentence == "" {
			p.t.Errorf("%s: %v is no refusal with a code and a sentence", p.where, err)
			return
		}
		line += " ! " + r.Code + ": " + p.calls.replaced(p.batches.replaced(r.Sentence))
	}
	fmt.Fprintln(&p.out, strings.TrimRight(line, " "))
}
