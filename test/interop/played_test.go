//go:build peers

package interop

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
)

// played remembers which cells passed.
var played = struct {
	sync.Mutex
	cells map[string]bool
}{cells: map[string]bool{}}

func cell(r Row, c Column) string { return r.String() + ": " + c.String() }

// play plays one cell of a row, and ends the row when it fails: the next ones build on it. A cell that is a no is left out.
func play(t *testing.T, r Row, c Column, f func(t *testing.T)) {
	t.Helper()
	if r.No[c] != "" {
		return
	}
	if !t.Run(c.String(), f) {
		t.FailNow()
	}
	played.Lock()
	defer played.Unlock()
	played.cells[cell(r, c)] = true
}

// TestMain holds the table to its word: in a run of all tests, a cell that claims to be played was, and passed.
func TestMain(m *testing.M) {
	code := m.Run()
	if all := flag.Lookup("test.run"); all.Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		for _, r := range Matrix {
			for c := range columns {
				if r.No[c] == "" && !played.cells[cell(r, c)] {
					fmt.Printf("%s: the table says yes, and no test played it\n", cell(r, c))
					code = 1
				}
			}
		}
	}
	os.Exit(code)
}
