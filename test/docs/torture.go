package main

import (
	"fmt"
	"io/fs"
	"strings"
)

// torturePage shows how the messages of RFC 4475 and RFC 5118 are answered, from the tables that the tests of sip hold:
// they judge each answer.
func torturePage(tree fs.FS) (string, error) {
	var b strings.Builder
	b.WriteString("# Messages that torture a parser, and how they are answered\n\n" + generated)
	b.WriteString("Each is sent by a stranger and by a trunk while a call is up, which does not notice. 401 is what a stranger gets whose " +
		"request is well; a trunk's call is rung and then refused as busy, to be done with it. `go test ./sip -run Torture` judges each answer.\n")
	for _, of := range []struct{ rfc, file string }{{"4475", "torture"}, {"5118", "torture-ipv6"}} {
		table, err := fs.ReadFile(tree, "sip/testdata/"+of.file+".golden")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n## RFC %s\n\n", of.rfc)
		n := 0
		for line := range strings.Lines(string(table)) {
			b.WriteString("| " + strings.Join(strings.Split(strings.TrimSpace(line), "\t"), " | ") + " |\n")
			if n++; n == 1 {
				b.WriteString("|---|---|---|---|---|\n")
			}
		}
		fmt.Fprintf(&b, "\n%d messages, all answered as the RFC asks.\n", n-1)
	}
	return b.String(), nil
}
