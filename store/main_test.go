package store

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childStore names the store that a child process of a test writes until it is killed.
const childStore = "TELAGENT_TEST_STORE"

var atEnd []func()

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childStore); dsn != "" {
		writeForEver(dsn)
	}
	code := m.Run()
	for _, f := range atEnd {
		f()
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines are left over:", err)
			code = 1
		}
	}
	os.Exit(code)
}
