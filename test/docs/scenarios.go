package main

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

//go:embed scenarios.txt
var list string

var (
	numbered   = regexp.MustCompile(`\b[SM][0-9]{2}\b`)
	inName     = regexp.MustCompile(`S[0-9]{2}`)
	scriptName = regexp.MustCompile(`^([sm][0-9]{2})([-_s].*)?\.floor$`)
)

// scenarioPage lists every scenario (S), and every mistake that others shipped (M), with the tests that name it: floor scripts by their file name or a comment, Go tests
// by their name or the comment above it, tests of the pages by their sentence.
func scenarioPage(tree fs.FS) (string, error) {
	shown := map[string][]string{}
	show := func(number, by string) {
		number = strings.ToUpper(number)
		if all := shown[number]; len(all) == 0 || all[len(all)-1] != by {
			shown[number] = append(all, by)
		}
	}
	err := walk(tree, func(name string, data []byte) error {
		switch {
		case strings.HasSuffix(name, ".floor"):
			inScript(name, string(data), show)
			return nil
		case strings.HasSuffix(name, ".test.mjs"):
			inBrowser(name, string(data), show)
			return nil
		case strings.HasSuffix(name, "_test.go"):
			return inTest(name, data, show)
		}
		return nil
	}, ".floor", ".test.mjs", "_test.go")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# What the gateway does, and the test that shows it\n\n" + generated)
	done, total := 0, 0
	var rows strings.Builder
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			fmt.Fprintf(&rows, "\n## %s\n\n| | what happens | shown by |\n|---|---|---|\n", heading)
			continue
		}
		number, sentence, _ := strings.Cut(line, " ")
		counts := 0
		if strings.HasPrefix(number, "S") {
			counts = 1
		}
		total += counts
		by := "not yet"
		if tests := shown[number]; len(tests) > 0 {
			done += counts
			by = strings.Join(tests, "<br>")
		}
		delete(shown, number)
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", number, sentence, by)
	}
	for number, tests := range shown {
		return "", fmt.Errorf("%s names scenario %s, which scenarios.txt does not have", tests[0], number)
	}
	fmt.Fprintf(&b, "%d of %d scenarios are shown by a test; the others are to come.\n", done, total)
	b.WriteString(rows.String())
	return b.String(), nil
}

// inScript takes the scenarios of a floor script: its name's, and those that its comments name.
func inScript(name, text string, show func(number, by string)) {
	by := "`" + name + "`"
	if m := scriptName.FindStringSubmatch(path.Base(name)); m != nil {
		show(m[1], by)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			for _, number := range numbered.FindAllString(line, -1) {
				show(number, by)
			}
		}
	}
}

// inBrowser takes the scenarios that the tests of a page name in their sentences.
func inBrowser(name, text string, show func(number, by string)) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, `test("`) {
			continue
		}
		for _, number := range numbered.FindAllString(line, -1) {
			show(number, "`"+name+"`")
		}
	}
}

// inTest takes the scenarios that the tests of a Go file name.
func inTest(name string, data []byte, show func(number, by string)) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(fn.Name.Name, "Test") {
			continue
		}
		by := "`" + path.Dir(name) + "` " + fn.Name.Name
		for _, number := range inName.FindAllString(fn.Name.Name, -1) {
			show(number, by)
		}
		if fn.Doc != nil {
			for _, number := range numbered.FindAllString(fn.Doc.Text(), -1) {
				show(number, by)
			}
		}
	}
	return nil
}
