package test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// sealed are the interfaces whose types are all in one package, by the method that seals them. The linter for enums
// does not see them: it would ask for pointers too.
var sealed = map[string]string{"event": "call", "action": "call", "command": "telagent", "change": "telagent"}

func TestTypeSwitchesOverSealedInterfacesNameEveryTypeOrSayDefault(t *testing.T) {
	h := open(t)
	families := map[string][]string{} // by sealing method
	for _, s := range h.sources {
		s.functions(func(f *ast.FuncDecl) {
			if home := sealed[f.Name.Name]; home != "" && s.dir == home && f.Recv != nil && !s.test {
				families[f.Name.Name] = append(families[f.Name.Name], home+"."+receiver(f))
			}
		})
	}
	for method := range sealed {
		if len(families[method]) < 5 {
			t.Errorf("found only %v of the types that %s() seals", families[method], method)
		}
	}
	switches := 0
	for _, s := range h.sources {
		if s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sw, ok := n.(*ast.TypeSwitchStmt)
			if !ok {
				return true
			}
			named, open := cases(s, sw)
			for _, all := range families {
				if len(named) == 0 || !slices.Contains(all, named[0]) {
					continue
				}
				switches++
				if open {
					continue
				}
				missing := slices.DeleteFunc(slices.Clone(all), func(typ string) bool { return slices.Contains(named, typ) })
				if len(missing) > 0 {
					t.Errorf("%s:%d: the type switch does not say what happens to %v; name them, or say default", s.name, h.line(sw), missing)
				}
			}
			return true
		})
	}
	if switches == 0 {
		t.Error("no type switch over a sealed interface found: this rule checks nothing")
	}
}

// cases returns the types that a type switch names, as package.Type, and whether it has a default.
func cases(s source, sw *ast.TypeSwitchStmt) (named []string, open bool) {
	inside := strings.TrimSuffix(s.file.Name.Name, "_test")
	for _, c := range sw.Body.List {
		clause, ok := c.(*ast.CaseClause)
		if !ok {
			continue
		}
		open = open || clause.List == nil
		for _, typ := range clause.List {
			switch typ := typ.(type) {
			case *ast.Ident:
				named = append(named, inside+"."+typ.Name)
			case *ast.SelectorExpr:
				if x, ok := typ.X.(*ast.Ident); ok {
					named = append(named, x.Name+"."+typ.Sel.Name)
				}
			}
		}
	}
	return named, open
}
