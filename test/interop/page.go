package interop

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed guide.md
var guide string

// Page returns docs/interop.md, below its heading.
func Page() string {
	var b strings.Builder
	b.WriteString("| peer | as | transport | audio encrypted by |")
	for c := range columns {
		fmt.Fprintf(&b, " %s |", c)
	}
	b.WriteString(" shown by |\n" + strings.Repeat("|---", int(columns)+5) + "|\n")
	var reasons []string
	for _, r := range Matrix {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |", r.Peer, r.As, r.Transport, r.Encryption)
		for c := range columns {
			why := r.No[c]
			if why == "" {
				b.WriteString(" yes |")
				continue
			}
			n := slices.Index(reasons, why)
			if n < 0 {
				n = len(reasons)
				reasons = append(reasons, why)
			}
			fmt.Fprintf(&b, " no [%d] |", n+1)
		}
		fmt.Fprintf(&b, " %s |\n", r.Test)
	}
	b.WriteString("\n")
	for i, why := range reasons {
		fmt.Fprintf(&b, "%d. %s\n", i+1, why)
	}
	return strings.ReplaceAll(guide, "TABLE\n", b.String())
}
