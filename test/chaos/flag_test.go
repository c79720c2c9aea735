//go:build chaos

package chaos

import "flag"

var calls = flag.Int("calls", 100, "calls")
var peace = flag.Bool("peace", false, "calls")
