//go:build chaos

package chaos

import (
	"testing"
	"time"
)

// upgrades are hand-overs to the same program, twice in a row.
var upgrades = []fault{
	{"upgrade", "telagent upgrade, twice in a row, 100 calls up and 5 a second arriving", 200 * time.Millisecond, func(t *testing.T) judged {
		return upgraded(t, plan{net: "127.45.12", agents: *calls + 60}, *calls, 200*time.Millisecond)
	}},
}
