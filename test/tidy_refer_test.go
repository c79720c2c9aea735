package test

import (
	"go/ast"
	"testing"
)

// M08: whoever sends a REFER to a gateway of the telephone network gives the legs away and cannot say any more what becomes of
// them. So a transfer dials and joins, and REFER is something that phones ask of us.
func TestWeNeverSendAREFER(t *testing.T) {
	h, seen := open(t), 0
	for _, s := range h.sources {
		if s.test || s.dir != "sip" {
			continue
		}
		isRefer := func(e ast.Expr) bool {
			sel, ok := e.(*ast.SelectorExpr)
			return ok && sel.Sel.Name == "REFER"
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if isRefer(n.Y) {
					seen++
				}
			case *ast.CallExpr:
				for _, arg := range n.Args {
					if isRefer(arg) {
						t.Errorf("%s:%d: a REFER is made", s.name, h.line(n))
					}
				}
			}
			return true
		})
	}
	if seen == 0 {
		t.Error("nothing asks whether a request is a REFER: this test looks for the wrong thing")
	}
}
