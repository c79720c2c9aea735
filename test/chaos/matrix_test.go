//go:build chaos

package chaos

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/stage"
)

var (
	only  = flag.String("fault", "", "the only fault to play, or several with commas; empty: all")
	calls = flag.Int("calls", 100, "calls that are up where the matrix says 100")
)

// fault is a row of the matrix.
type fault struct {
	name  string
	what  string
	bound time.Duration // of the longest silence that one of a pair may hear; 0: it is printed and not judged
	play  func(t *testing.T) judged
}

// matrix are all faults, in the order in which they are played.
var matrix = slices.Concat(kills, youngest, upgrades, stops, fullDisks, signalling, deaf, uplinks, people)

func TestMain(m *testing.M) {
	flag.Parse()
	if !stage.Isolated() {
		code, err := stage.Isolate()
		if err == nil {
			os.Exit(code)
		}
		fmt.Printf("no namespaces can be made here (%v): what needs them fails\n", err)
	} else if err := stage.SettleIn(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestChaos(t *testing.T) {
	wanted := strings.FieldsFunc(*only, func(r rune) bool { return r == ',' || r == ' ' })
	for _, name := range wanted {
		if !slices.ContainsFunc(matrix, func(f fault) bool { return f.name == name }) {
			t.Fatalf("there is no fault %q; there are %s", name, names())
		}
	}
	var rows []string
	for _, f := range matrix {
		if len(wanted) > 0 && !slices.Contains(wanted, f.name) {
			continue
		}
		var j judged
		began := time.Now()
		t.Run(f.name, func(t *testing.T) {
			j.fault("it was not played to its end")
			j = f.play(t)
			if f.bound > 0 && j.longest > f.bound+j.late {
				j.fault("%v of silence", j.longest.Round(time.Millisecond))
			}
			if j.lost > 0 {
				j.fault("%d calls were lost", j.lost)
			}
			for _, fault := range j.faults {
				t.Error(fault)
			}
		})
		rows = append(rows, f.row(j))
		fmt.Printf("%s (%v)\n", rows[len(rows)-1], time.Since(began).Round(time.Second))
	}
	fmt.Printf("\n%-18s %8s %6s %16s %9s  %s\n%s\n", "fault", "calls up", "lost", "longest silence", "bound", "verdict", strings.Join(rows, "\n"))
}

func (f fault) row(j judged) string {
	limit, verdict := "-", "kept"
	if f.bound > 0 {
		limit = f.bound.String()
	}
	if len(j.faults) > 0 {
		verdict = "BROKEN: " + j.faults[0]
		if more := len(j.faults) - 1; more > 0 {
			verdict += fmt.Sprintf(" (and %d more)", more)
		}
	}
	silence := "-"
	if j.up > 0 {
		silence = max(j.longest, 20*time.Millisecond).Round(time.Millisecond).String()
		if j.late > 20*time.Millisecond {
			silence += fmt.Sprintf(" (±%d)", j.late.Milliseconds())
		}
	}
	return fmt.Sprintf("%-18s %8d %6d %16s %9s  %s", f.name, j.up, j.lost, silence, limit, verdict)
}

func names() string {
	var all []string
	for _, f := range matrix {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}
