//go:build chaos

package chaos

import (
	"flag"
	"testing"
	"time"
)

var length = flag.Duration("soak", time.Hour, "how long the soak takes, without its warming up")

func TestSoak(t *testing.T) {
	openSoak(t, "127.47.21", *length).run(min(*length/6, 5*time.Minute), 40*time.Second, true)
}
