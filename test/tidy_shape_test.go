package test

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The sizes, in lines. A function fits a screen; a test may hold a longer table.
const (
	longestFunction     = 70
	longestTestFunction = 100
	longestFile         = 400
)

// nowhere are names that say nothing.
var nowhere = []string{
	"util", "utils", "common", "helper", "helpers", "manager", "managers", "types", "models", "internal", "pkg", "misc",
}

func TestEveryFunctionFitsAScreenAndEveryFileCanBeRead(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		if !s.test && s.lines > longestFile {
			t.Errorf("%s: %d lines; at most %d: a file is one verb or one thing", s.name, s.lines, longestFile)
		}
		most := longestFunction
		if s.test {
			most = longestTestFunction
		}
		s.functions(func(f *ast.FuncDecl) {
			if n := h.set.Position(f.End()).Line - h.line(f) + 1; n > most {
				t.Errorf("%s:%d: %s has %d lines; at most %d", s.name, h.line(f), f.Name.Name, n, most)
			}
		})
	}
}

func TestNothingHasANameThatSaysNothing(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		for part := range strings.SplitSeq(strings.TrimSuffix(s.name, ".go"), "/") {
			if slices.Contains(nowhere, strings.TrimSuffix(part, "_test")) {
				t.Errorf("%s: %q says nothing; find the noun or the verb", s.name, part)
			}
		}
		if slices.Contains(nowhere, s.file.Name.Name) {
			t.Errorf("%s: package %s says nothing; find the noun", s.name, s.file.Name.Name)
		}
		for _, name := range declared(s) {
			for _, w := range words(name.Name) {
				if slices.Contains(nowhere[:7], w) && w != "common" {
					t.Errorf("%s:%d: %q in %s says nothing; find the noun or the verb", s.name, h.line(name), w, name.Name)
				}
			}
		}
	}
}

// declared returns the names of a file's functions and types.
func declared(s source) (names []*ast.Ident) {
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok {
					names = append(names, ts.Name)
				}
			}
		}
	}
	return names
}

// words splits a Go name where its capitals stand, in lower case.
func words(name string) (all []string) {
	start := 0
	for i, r := range name {
		if i > start && unicode.IsUpper(r) {
			all = append(all, strings.ToLower(name[start:i]))
			start = i
		}
	}
	return append(all, strings.ToLower(name[start:]))
}

var sentenceEnd = regexp.MustCompile(`[.:;](\s|$)`)

func TestEveryPackageSaysWhatItIsWhatItIsNotAndWhereToStart(t *testing.T) {
	h := open(t)
	said, tests := map[string]string{}, map[string]bool{}
	for _, s := range h.sources {
		if _, seen := said[s.dir]; !seen {
			said[s.dir], tests[s.dir] = "", true
		}
		if s.file.Doc != nil && !strings.HasSuffix(s.file.Name.Name, "_test") {
			said[s.dir] += s.file.Doc.Text()
		}
		tests[s.dir] = tests[s.dir] && s.test
	}
	for dir, doc := range said {
		switch {
		case doc == "":
			t.Errorf("%s: no package comment; say what it is, what it is not, where to start", dir)
		case tests[dir]: // a folder of tests need not say where to start
		case len(sentenceEnd.FindAllString(doc, -1)) < 3 || !strings.Contains(doc, "Start"):
			t.Errorf("%s: the package comment has to say what it is, what it is not, and where to start (\"Start with …\")", dir)
		}
	}
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		if s.test {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				exported := d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d)))
				if exported && d.Doc == nil {
					t.Errorf("%s:%d: exported %s has no comment", s.name, h.line(d), d.Name.Name)
				}
			case *ast.GenDecl:
				undocumented(d, func(name *ast.Ident) {
					t.Errorf("%s:%d: exported %s has no comment", s.name, h.line(name), name.Name)
				})
			}
		}
	}
}

// undocumented reports the exported names of a declaration that neither it nor their line documents.
func undocumented(d *ast.GenDecl, report func(*ast.Ident)) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
				report(spec.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					report(name)
				}
			}
		}
	}
}

var (
	anyRFC    = regexp.MustCompile(`(?i)(\.?)\bRFC[ -]?[0-9]+(,? (section|sec|chapter|clause)\b)?`)
	properRFC = regexp.MustCompile(`^RFC [1-9][0-9]{2,3}$`)
	anyTodo   = regexp.MustCompile(`(?i)\b(todo|fixme|xxx|hack)\b.{0,14}`)
	good      = regexp.MustCompile(`^todo RFC [1-9][0-9]{2,3} §`)
)

func TestRFCsAreCitedInOneFormAndWhatIsMissingSaysSo(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				for _, m := range anyRFC.FindAllStringSubmatch(c.Text, -1) {
					if m[1] == "" && !properRFC.MatchString(m[0]) {
						t.Errorf("%s:%d: %q; cite as RFC nnnn §n.n", s.name, h.line(c), m[0])
					}
				}
				for _, m := range anyTodo.FindAllString(c.Text, -1) {
					if !good.MatchString(m) {
						t.Errorf("%s:%d: %q; what is missing says todo RFC nnnn §n, everything else is done or an issue", s.name, h.line(c), m)
					}
				}
			}
		}
	}
}

func TestNoTestSleepsOrIsSkipped(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		if !s.test {
			continue
		}
		inBubble := bubbles(s)
		s.uses("time", func(sel *ast.SelectorExpr, name string) {
			if name == "Sleep" && !inBubble(sel.Pos()) {
				t.Errorf("%s:%d: time.Sleep; wait for what happens, or use a synctest bubble's clock", s.name, h.line(sel))
			}
		})
		ast.Inspect(s.file, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := c.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				if x, ok := sel.X.(*ast.Ident); ok && slices.Contains([]string{"t", "b", "f", "tb"}, x.Name) {
					t.Errorf("%s:%d: %s.%s; what a test needs and does not find is a failure", s.name, h.line(c), x.Name, sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// bubbles tells whether a place is inside a call of synctest.Test, whose clock is not the real one, or in a function
// that says it is called in such a bubble alone.
func bubbles(s source) func(token.Pos) bool {
	var ranges []ast.Node
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Test" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "synctest" {
					ranges = append(ranges, n)
				}
			}
		case *ast.FuncDecl:
			if n.Doc != nil && strings.Contains(n.Doc.Text(), "bubble") {
				ranges = append(ranges, n)
			}
		}
		return true
	})
	return func(p token.Pos) bool {
		return slices.ContainsFunc(ranges, func(n ast.Node) bool { return n.Pos() <= p && p < n.End() })
	}
}

var dataName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

func TestFilesOfTestDataAreNamedInSmallLetters(t *testing.T) {
	h := open(t)
	scenario := regexp.MustCompile(`^(s[0-9]{2}[a-z0-9-]*|[a-z][a-z0-9-]*)\.floor$`)
	for _, name := range h.files {
		_, below, ok := strings.Cut("/"+name, "/testdata/")
		if !ok || strings.HasPrefix(below, "fuzz/") {
			continue
		}
		for part := range strings.SplitSeq(below, "/") {
			if !dataName.MatchString(part) {
				t.Errorf("%s: name test data in small letters, digits, - _ and .", name)
			}
		}
		if base := path.Base(name); strings.HasSuffix(base, ".floor") && !scenario.MatchString(base) {
			t.Errorf("%s: a floor script is named for its scenario, sNN-what-happens.floor, or for what happens", name)
		}
	}
}
