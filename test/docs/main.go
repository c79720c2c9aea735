// Command docs rewrites the pages of docs that follow from the sources: rfc.md, which RFC is cited where and what of it
// is missing; scenarios.md, which test shows which behaviour; claims.md, what is safe and which test proves it; the tables of presence, the keys of the configuration and
// the description of the API. It judges nothing: a page says what it found. With -check it writes nothing and fails when
// a page is out of date; with -claims it runs the proofs.
//
// Start with main; rfc.go, scenarios.go, claims.go (with limits.go) and torture.go make one page each.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
	"telagent-gateway/test/interop"
)

const generated = "<!-- written by `make docs`; do not edit -->\n\n"

func main() {
	check := flag.Bool("check", false, "write nothing; fail when a page is out of date")
	judge := flag.Bool("claims", false, "write nothing; run the tests that prove claims and print what became of each")
	top := flag.String("top", ".", "the project's top folder")
	flag.Parse()
	if *judge {
		if err := judgeClaims(os.DirFS(*top), *top, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "claims:", err)
			os.Exit(1)
		}
		return
	}
	stale, err := run(os.DirFS(*top), *top, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
	if len(stale) > 0 {
		fmt.Fprintf(os.Stderr, "out of date (run: make docs): %s\n", strings.Join(stale, ", "))
		os.Exit(1)
	}
}

// run makes every page of the project in tree, and writes it below top or, when it only checks, returns the stale ones.
func run(tree fs.FS, top string, check bool) (stale []string, err error) {
	pages := []struct {
		name string
		page func(fs.FS) (string, error)
	}{
		{"docs/rfc.md", rfcPage},
		{"docs/scenarios.md", scenarioPage},
		{"docs/claims.md", safePage},
		{"docs/torture.md", torturePage},
		{"docs/asvs.md", asvsPage},
		{"docs/presence.md", func(fs.FS) (string, error) { return generated + presence.Document(), nil }},
		{"docs/calls.md", func(fs.FS) (string, error) { return generated + telagent.Document(), nil }},
		{"docs/configuration.md", func(fs.FS) (string, error) { return generated + config.Reference(), nil }},
		{"docs/interop.md", func(fs.FS) (string, error) { return "# Phones and carriers\n\n" + generated + interop.Page(), nil }},
		{"docs/openapi.json", func(fs.FS) (string, error) { return string(console.OpenAPI()), nil }},
	}
	for _, p := range pages {
		text, err := p.page(tree)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", p.name, err)
		}
		old, err := fs.ReadFile(tree, p.name)
		if err == nil && bytes.Equal(old, []byte(text)) {
			continue
		}
		if check {
			stale = append(stale, p.name)
			continue
		}
		if err := os.WriteFile(filepath.Join(top, filepath.FromSlash(p.name)), []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("write %s: %w", p.name, err)
		}
	}
	return stale, nil
}

// walk calls f for every file of the project whose name ends in one of the endings, in order of name.
func walk(tree fs.FS, f func(name string, data []byte) error, endings ...string) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() {
			if name != "." && strings.HasPrefix(base, ".") || base == "node_modules" || base == "bin" || base == "tmp" {
				return fs.SkipDir
			}
			return nil
		}
		for _, e := range endings {
			if strings.HasSuffix(name, e) {
				data, err := fs.ReadFile(tree, name)
				if err != nil {
					return err
				}
				return f(name, data)
			}
		}
		return nil
	})
}
