package test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// elsewhere are traces of one machine: paths that only it has, and the hosts that it gets its packages from.
var elsewhere = regexp.MustCompile(strings.Join([]string{
	`/wo` + `rk/[a-z]`, `/ro` + `ot/`, `/ho` + `me/[a-z]`, `/Us` + `ers/`, `\.\./sha` + `red\b`, `[A-Z]:\\\\`,
	`(?i)\bregistry\.[a-z0-9.-]+/`, `(?i)registry *= *http`, `(?i)GOPRO` + `XY=`, `(?i)proxy\.gol` + `ang`, `"resolved": *"http`,
}, "|"))

func TestNothingNamesTheMachineItWasWrittenOn(t *testing.T) {
	h := open(t)
	for _, name := range h.files {
		data, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.IndexByte(data, 0) >= 0 || strings.HasPrefix(name, "console/dist/") {
			continue // audio, pictures, built pages
		}
		for i, line := range bytes.Split(data, []byte("\n")) {
			if m := elsewhere.Find(line); m != nil {
				t.Errorf("%s:%d: %q belongs to one machine; a clone alone has to do", name, i+1, m)
				break
			}
		}
	}
}

func TestTheHouseHasItsPapers(t *testing.T) {
	for _, name := range []string{
		"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", ".ci/run", "docs/architecture.md", "docs/glossary.md",
		"docs/rfc.md", "docs/scenarios.md", "docs/adr",
	} {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestEveryMakeTargetSaysWhatItDoes(t *testing.T) {
	data, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	phony := regexp.MustCompile(`(?m)^\.PHONY:(.*)$`).FindSubmatch(data)
	if phony == nil {
		t.Fatal("Makefile: no .PHONY line")
	}
	targets := regexp.MustCompile(`(?m)^([a-z][a-z-]*):([^=].*)?$`).FindAllSubmatch(data, -1)
	if len(targets) < 10 {
		t.Fatalf("Makefile: only %d targets found", len(targets))
	}
	for _, m := range targets {
		if !bytes.Contains(m[0], []byte(" ## ")) {
			t.Errorf("Makefile: target %s has no description after ##; `make` lists it", m[1])
		}
		if !bytes.Contains(append(phony[1], ' '), append(append([]byte(" "), m[1]...), ' ')) {
			t.Errorf("Makefile: target %s is not in .PHONY", m[1])
		}
	}
}

func TestEveryDecisionHasItsFourParts(t *testing.T) {
	pages, err := filepath.Glob("../docs/adr/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no decisions in docs/adr: %v", err)
	}
	numbers := map[string]bool{}
	name := regexp.MustCompile(`^[0-9]{4}-[a-z0-9-]+\.md$`)
	for _, p := range pages {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if !name.MatchString(filepath.Base(p)) {
			t.Errorf("%s: a decision is named NNNN-title.md", p)
		}
		number := filepath.Base(p)[:4]
		if numbers[number] || !bytes.HasPrefix(data, []byte("# "+strings.TrimLeft(number, "0")+". ")) {
			t.Errorf("%s: its number is another's, or not that of its title", p)
		}
		numbers[number] = true
		for _, part := range []string{"**Context.**", "**Decision.**", "**What it costs.**", "**What would change our mind.**"} {
			if !bytes.Contains(data, []byte(part)) {
				t.Errorf("%s: the part %s is missing", p, part)
			}
		}
	}
}
