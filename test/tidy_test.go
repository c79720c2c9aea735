// Package test executes the rules of the house: what no compiler checks and what is ours alone. It is no test of the
// product; those stand beside the code, and in the folders below this one. A rule is one Test, its name is the rule, and
// every complaint says where, what is wrong and what would be right.
//
// Start with source, which every rule reads; the rules are in the files named tidy_*_test.go.
package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "telagent-gateway"

// source is one Go file of the project.
type source struct {
	name  string // path from the top, with slashes
	dir   string // "." for the top
	test  bool   // a _test.go file, or one in a folder of tests
	file  *ast.File
	lines int
}

// house is the whole project as git sees it, new files included.
type house struct {
	files   []string // every tracked or new file that is not ignored
	sources []source
	set     *token.FileSet
	err     error
}

// read parses the project once for all rules.
var read = sync.OnceValue(func() (h house) {
	h.set = token.NewFileSet()
	list := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		h.err = err
		return h
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			continue // deleted, and not yet committed so
		}
		h.files = append(h.files, name)
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		f, err := parser.ParseFile(h.set, filepath.Join("..", name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			h.err = err
			return h
		}
		h.sources = append(h.sources, source{
			name: name, dir: path.Dir(name), file: f, lines: h.set.File(f.Pos()).LineCount(),
			test: strings.HasSuffix(name, "_test.go") || name == "test" || strings.HasPrefix(name, "test/"),
		})
	}
	return h
})

// open returns the project; a rule that cannot read it fails.
func open(t *testing.T) house {
	t.Helper()
	h := read()
	if h.err != nil {
		t.Fatalf("read the project: %v", h.err)
	}
	if len(h.sources) == 0 {
		t.Fatal("the project has no Go file")
	}
	return h
}

// line returns where in a file something stands.
func (h house) line(n ast.Node) int { return h.set.Position(n.Pos()).Line }

// imports returns the paths that a file imports, with the name that each has in it.
func (s source) imports() map[string]string {
	names := map[string]string{}
	for _, i := range s.file.Imports {
		p := strings.Trim(i.Path.Value, `"`)
		name := path.Base(p)
		if strings.HasPrefix(name, "v") && strings.Trim(name[1:], "0123456789") == "" {
			name = path.Base(path.Dir(p))
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		names[p] = name
	}
	return names
}

// uses calls f for every selector of an imported package, as in time.Now.
func (s source) uses(importPath string, f func(sel *ast.SelectorExpr, name string)) {
	local, ok := s.imports()[importPath]
	if !ok {
		return
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
				f(sel, sel.Sel.Name)
			}
		}
		return true
	})
}

// functions calls f for every function declaration of a file.
func (s source) functions(f func(*ast.FuncDecl)) {
	for _, d := range s.file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			f(fn)
		}
	}
}
