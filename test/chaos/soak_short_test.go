//go:build peers && !chaos

package chaos

import (
	"flag"
	"testing"
	"time"
)

var short2 = flag.Duration("soak", 2*time.Minute, "how long the short soak takes")

func TestASoakOfTwoMinutesLosesNoCallAndLeavesNothingBehind(t *testing.T) {
	openSoak(t, "127.47.20", *short2).run(20*time.Second, 35*time.Second, false)
}
