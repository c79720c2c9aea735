package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rows is the table of docs/architecture.md: which packages of the project each may import. The folder test may import
// anything and is not listed.
var rows = map[string][]string{
	"call":         {},
	"presence":     {},
	"queue":        {"call", "presence", "schedule"},
	"dialplan":     {},
	"schedule":     {},
	"report":       {},
	"telagent":     {"call", "presence", "queue", "dialplan", "schedule"},
	"directory":    {"call", "presence", "telagent", "dialplan", "schedule"},
	"sip":          {"call"},
	"media":        {"call"},
	"store":        {"call", "presence", "telagent", "schedule", "report"},
	"console":      {"call", "presence", "telagent", "schedule", "report"},
	"config":       {"dialplan"},
	"gateway":      {"call", "presence", "queue", "dialplan", "telagent", "directory", "sip", "media", "store", "console", "config", "schedule", "report"},
	"demo":         {"config", "gateway", "sip", "media"},
	"cmd/telagent": {"config", "gateway", "demo"},
}

// homes says which package alone may import a module; a shared one has several homes. A module that is missing here is
// a decision to be taken: is it needed, and where does it live?
var homes = map[string][]string{
	"github.com/emiago/sipgo":             {"sip"},
	"github.com/miekg/dns":                {"sip"},
	"github.com/coder/websocket":          {"sip"},
	"github.com/pion/rtp":                 {"media"},
	"github.com/pion/rtcp":                {"media"},
	"github.com/pion/sdp/v3":              {"media"},
	"github.com/pion/stun/v3":             {"media"},
	"github.com/pion/dtls/v3":             {"media"},
	"github.com/pion/transport/v5":        {"media"},
	"github.com/pion/srtp/v3":             {"media"},
	"github.com/jackc/pgx/v5":             {"store"},
	"github.com/pressly/goose/v3":         {"store"},
	"modernc.org/sqlite":                  {"store"},
	"github.com/danielgtaylor/huma/v2":    {"console"},
	"golang.org/x/crypto":                 {"console"},
	"golang.org/x/oauth2":                 {"console"},
	"github.com/coreos/go-oidc/v3":        {"console"},
	"github.com/pquerna/otp":              {"console"},
	"github.com/prometheus/client_golang": {"console"},
	"github.com/goccy/go-yaml":            {"config"},
	"github.com/nyaruka/phonenumbers":     {"dialplan"},
	"github.com/alecthomas/kong":          {"cmd/telagent"},
	"github.com/coreos/go-systemd/v22":    {"gateway"},
	"go.uber.org/zap":                     {"sip", "media", "store", "console", "gateway"},
	"golang.org/x/sys":                    {"sip", "media", "gateway"},
	"golang.org/x/term":                   {"cmd/telagent"},
}

// forTests are modules that any test may import, and nothing else.
var forTests = []string{"go.uber.org/goleak", "pgregory.net/rapid", "github.com/santhosh-tekuri/jsonschema/v6"}

// pure is the row without a clock, a goroutine or the outside world.
var pure = []string{"call", "presence", "queue", "dialplan", "schedule", "report", "telagent", "directory"}

func TestEveryPackageImportsOnlyWhatItsRowAllows(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		if s.dir == "test" || strings.HasPrefix(s.dir, "test/") {
			continue
		}
		allowed, listed := rows[rowOf(s.dir)]
		if !listed {
			t.Errorf("%s: folder %s has no row in the table of packages; put it where it belongs, or add a row there and here", s.name, s.dir)
			continue
		}
		for p := range s.imports() {
			if p == module {
				t.Errorf("%s: imports the top folder, which holds no package", s.name)
			}
			dep, ours := strings.CutPrefix(p, module+"/")
			if s.test && dep == "test/claims" {
				continue // how a test says what it proves
			}
			if !ours || slices.Contains(allowed, rowOf(dep)) || rowOf(dep) == rowOf(s.dir) {
				continue
			}
			t.Errorf("%s: imports %s; %s may import %v alone", s.name, dep, s.dir, allowed)
		}
	}
}

// rowOf returns the row that a folder belongs to: its own, or that of a folder above it.
func rowOf(dir string) string {
	for d := dir; d != "." && d != ""; {
		if _, ok := rows[d]; ok {
			return d
		}
		up := strings.LastIndexByte(d, '/')
		if up < 0 {
			break
		}
		d = d[:up]
	}
	return dir
}

func TestEveryModuleHasOneHome(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		for p := range s.imports() {
			if !strings.Contains(strings.SplitN(p, "/", 2)[0], ".") {
				continue // the standard library or ours
			}
			module := moduleOf(p)
			switch {
			case s.test && slices.Contains(forTests, module):
			case strings.HasPrefix(s.dir, "test/"): // where everything meets
			case homes[module] == nil:
				t.Errorf("%s: imports %s, which has no home; is it needed? then give it one package in homes", s.name, p)
			case !slices.Contains(homes[module], rowOf(s.dir)):
				t.Errorf("%s: imports %s; only %v may", s.name, p, homes[module])
			}
		}
	}
}

// moduleOf returns the module of homes or forTests that a path belongs to, or the path.
func moduleOf(p string) string {
	for m := range homes {
		if p == m || strings.HasPrefix(p, m+"/") {
			return m
		}
	}
	for _, m := range forTests {
		if p == m || strings.HasPrefix(p, m+"/") {
			return m
		}
	}
	return p
}

func TestTheArchitectureListsThePackagesThatThereAre(t *testing.T) {
	h := open(t)
	doc, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|").FindAllStringSubmatch(string(doc), -1) {
		described[m[1]] = true
	}
	for row := range rows {
		if !described[row] {
			t.Errorf("docs/architecture.md: the table of packages has no row for %s", row)
		}
		if !slices.ContainsFunc(h.sources, func(s source) bool { return s.dir == row && !s.test }) {
			t.Errorf("%s: the package does not exist; build it or take its row away", row)
		}
		delete(described, row)
	}
	delete(described, "test")
	for row := range described {
		t.Errorf("docs/architecture.md: the table of packages has a row for %s, which the rules do not know", row)
	}
}

// notPure are packages that bring a clock, chance, concurrency or the outside world.
var notPure = []string{
	"sync", "sync/atomic", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "context", "os", "os/exec", "net",
	"net/http", "database/sql", "runtime", "syscall", "time/tzdata", "unsafe",
}

// clocks are the functions of package time that read the clock or wait for it.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}

func TestThePureRowHasNoClockNoGoroutineAndNoOutsideWorld(t *testing.T) {
	h := open(t)
	for _, s := range h.sources {
		if s.test || !slices.Contains(pure, rowOf(s.dir)) {
			continue
		}
		for p := range s.imports() {
			if slices.Contains(notPure, p) {
				t.Errorf("%s: imports %s; the pure row gets what it needs as an argument", s.name, p)
			}
		}
		s.uses("time", func(sel *ast.SelectorExpr, name string) {
			if slices.Contains(clocks, name) {
				t.Errorf("%s:%d: time.%s; time comes in as an argument", s.name, h.line(sel), name)
			}
		})
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s:%d: a go statement; the pure row has one goroutine, its caller's", s.name, h.line(n))
			case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
				t.Errorf("%s:%d: a channel; the pure row returns what it decides", s.name, h.line(n))
			}
			return true
		})
	}
}

func TestOnlyMediaSipAndTheDemoOpenPacketSockets(t *testing.T) {
	everyUse(t, "net", []string{"ListenUDP", "ListenPacket", "ListenMulticastUDP", "DialUDP"}, []string{"media", "sip", "demo"})
}

func TestOnlyTheConsoleServesHTTPAndWhatBeginsWebSockets(t *testing.T) {
	serve := []string{"Server", "Serve", "ServeTLS", "ListenAndServe", "ListenAndServeTLS", "HandleFunc", "Handle", "NewServeMux"}
	everyUse(t, "net/http", serve, []string{"console", "sip/ws.go"})
}

// everyUse complains about production code that uses names of a package outside the folders and files that may.
func everyUse(t *testing.T, importPath string, names, mayBeIn []string) {
	t.Helper()
	h := open(t)
	for _, s := range h.sources {
		if s.test || slices.Contains(mayBeIn, rowOf(s.dir)) || slices.Contains(mayBeIn, s.name) {
			continue
		}
		s.uses(importPath, func(sel *ast.SelectorExpr, name string) {
			if slices.Contains(names, name) {
				t.Errorf("%s:%d: %s.%s; only %v may", s.name, h.line(sel), importPath, name, mayBeIn)
			}
		})
	}
}

func TestInsidePackageSipEveryNameHasOneMeaning(t *testing.T) {
	h := open(t)
	theirs := sipgoTypes(t)
	for _, s := range h.sources {
		if s.dir != "sip" || s.test {
			continue
		}
		local := s.imports()["github.com/emiago/sipgo/sip"]
		if local != "" && local != "sip" {
			t.Errorf("%s: imports sipgo's package as %s; inside our package, sip.X is always sipgo's", s.name, local)
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && theirs[ts.Name.Name] {
						t.Errorf("%s:%d: type %s also exists in sipgo's package sip; find another noun", s.name, h.line(ts), ts.Name.Name)
					}
				}
			case *ast.FuncDecl:
				if !d.Name.IsExported() || d.Recv != nil && !ast.IsExported(receiver(d)) {
					continue
				}
				ast.Inspect(d.Type, func(n ast.Node) bool {
					if sel, ok := n.(*ast.SelectorExpr); ok {
						if x, ok := sel.X.(*ast.Ident); ok && x.Name == "sip" {
							t.Errorf("%s:%d: exported %s mentions sipgo's %s; nobody else knows sipgo", s.name, h.line(d), d.Name.Name, sel.Sel.Name)
						}
					}
					return true
				})
			}
		}
	}
}

// sipgoTypes returns the exported types of sipgo's package sip, read where the module lies.
func sipgoTypes(t *testing.T) map[string]bool {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatalf("find sipgo: %v", err)
	}
	names := map[string]bool{}
	set := token.NewFileSet()
	dir := filepath.Join(strings.TrimSpace(string(out)), "sip")
	err = filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, spec := range g.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() {
						names[ts.Name.Name] = true
					}
				}
			}
		}
		return nil
	})
	if err != nil || !names["Request"] {
		t.Fatalf("read sipgo's package sip in %s: %v", dir, err)
	}
	return names
}

// receiver returns the type name of a method's receiver.
func receiver(d *ast.FuncDecl) string {
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
