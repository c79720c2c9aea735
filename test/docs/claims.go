package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

// proof is one test that calls claims.Proven.
type proof struct {
	claim, dir, test string
	peers            bool     // it needs real peers
	asvs             []string // requirements that the claim answers
}

// claims finds every proof, in order of what it claims.
func claims(tree fs.FS) ([]proof, error) {
	var all []proof
	err := walk(tree, func(name string, data []byte) error {
		if !bytes.Contains(data, []byte("claims.Proven(")) {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		peers := bytes.Contains(data, []byte("//go:build peers"))
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			for _, words := range proven(fn) {
				if slices.Contains(words, "") || !strings.HasPrefix(fn.Name.Name, "Test") {
					return fmt.Errorf("%s: %s: claims.Proven wants string literals, in a test itself", name, fn.Name.Name)
				}
				all = append(all, proof{words[0], path.Dir(name), fn.Name.Name, peers, words[1:]})
			}
		}
		return nil
	}, "_test.go")
	slices.SortStableFunc(all, func(a, b proof) int { return strings.Compare(a.claim, b.claim) })
	return all, err
}

// proven returns what a function claims, each time the sentence and the requirements that it answers; "" for what is no
// literal.
func proven(fn *ast.FuncDecl) (all [][]string) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		of, ok := c.Fun.(*ast.SelectorExpr)
		if !ok || of.Sel.Name != "Proven" || len(c.Args) < 2 {
			return true
		}
		if pkg, ok := of.X.(*ast.Ident); !ok || pkg.Name != "claims" {
			return true
		}
		words := make([]string, len(c.Args)-1)
		for i, arg := range c.Args[1:] {
			if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				words[i], _ = strconv.Unquote(lit.Value) // the parser took it
			}
		}
		all = append(all, words)
		return true
	})
	return all
}

// claimsPage lists what is promised to be safe, with the tests that prove it.
func claimsPage(tree fs.FS) (string, error) {
	all, err := claims(tree)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# What is safe, and the test that proves it\n\n" + generated)
	b.WriteString("`make claims` runs these tests and prints whether each claim holds.\n\n| claim | proved by |\n|---|---|\n")
	for i := 0; i < len(all); {
		sentence, by := all[i].claim, []string{}
		for ; i < len(all) && all[i].claim == sentence; i++ {
			by = append(by, "`"+all[i].dir+"` "+all[i].test)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", strings.ReplaceAll(sentence, "|", `\|`), strings.Join(slices.Compact(by), "<br>"))
	}
	return b.String(), nil
}

// judgeClaims runs the tests that prove claims and prints each claim with what became of them. The error says how many
// do not hold.
func judgeClaims(tree fs.FS, top string, out io.Writer) error {
	all, err := claims(tree)
	if err != nil {
		return err
	}
	passed := map[string]bool{} // folder and test
	dirs := map[string][]string{}
	tagged := map[string]bool{}
	for _, p := range all {
		dirs[p.dir] = append(dirs[p.dir], p.test)
		tagged[p.dir] = tagged[p.dir] || p.peers
	}
	for dir, tests := range dirs {
		if err := runTests(top, dir, tests, tagged[dir], passed); err != nil {
			return err
		}
	}
	broken := 0
	for _, p := range all {
		verdict := "holds "
		if !passed[p.dir+" "+p.test] {
			verdict = "BROKEN"
			broken++
		}
		_, _ = fmt.Fprintf(out, "%s  %s\n        %s %s\n", verdict, p.claim, p.dir, p.test)
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d proofs fail", broken, len(all))
	}
	_, _ = fmt.Fprintf(out, "%d proofs, all hold\n", len(all))
	return nil
}

// runTests runs tests of one folder and notes which passed. That some fail is no error.
func runTests(top, dir string, tests []string, peers bool, passed map[string]bool) error {
	args := []string{"test", "-json", "-count=1", "-run", "^(" + strings.Join(tests, "|") + ")$"}
	if peers {
		args = append(args, "-tags", "peers")
	}
	cmd := exec.Command("go", append(args, "./"+dir)...)
	cmd.Dir, cmd.Stderr = top, os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct{ Action, Test string }
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Action == "pass" {
			passed[dir+" "+e.Test] = true
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	_ = cmd.Wait() // a test that failed did not pass, which is what is printed
	return nil
}
