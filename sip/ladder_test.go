package sip

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emiago/sipgo/sip"
)

var update = flag.Bool("update", false, "write the golden drawings anew")

// ladder draws who sent what to whom. Addresses, tags, branches and times are left out, so that the drawing stays.
type ladder struct {
	mu    sync.Mutex
	lines []string
}

const ladderWidth = 44

func (l *ladder) arrow(from, to string, m sip.Message) {
	label := ""
	switch m := m.(type) {
	case *sip.Request:
		label = string(m.Method)
	case *sip.Response:
		label = fmt.Sprintf("%d %s", m.StatusCode, m.CSeq().MethodName)
	}
	if len(m.Body()) > 0 {
		label += " (body)"
	}
	dash := strings.Repeat("─", max(0, ladderWidth-len(label)-4))
	line := fmt.Sprintf("%-10s  ── %s %s>  gateway", from, label, dash)
	if from == "gateway" {
		line = fmt.Sprintf("%-10s  <─ %s %s─  gateway", to, label, dash)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

// golden compares the drawing with testdata.
func (r *rig) golden(name string) {
	r.Helper()
	r.ladder.mu.Lock()
	got := strings.Join(r.ladder.lines, "\n") + "\n"
	r.ladder.mu.Unlock()
	file := filepath.Join("testdata", name+".ladder")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			r.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			r.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		r.Fatal(err)
	}
	if got != string(want) {
		r.Errorf("the ladder is another than %s:\n%s\nwant\n%s", file, got, want)
	}
}

func TestALadderShowsMethodStatusAndBody(t *testing.T) {
	l := &ladder{}
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "x"})
	req.SetBody([]byte("x"))
	l.arrow("phone", "gateway", req)
	if !strings.HasPrefix(l.lines[0], "phone       ── INVITE (body) ─") {
		t.Error(l.lines[0])
	}
}
