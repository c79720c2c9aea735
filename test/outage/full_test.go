//go:build outage

package outage

import (
	"fmt"
	"os"
	"testing"
	"time"

	scene "telagent-gateway/test/stage" // stage is the rehearsal's own
)

func TestMain(m *testing.M) {
	if !scene.Isolated() {
		code, err := scene.Isolate()
		if err == nil {
			os.Exit(code)
		}
		fmt.Printf("no namespaces can be made here (%v): the site is behind a relay instead\n", err)
	}
	os.Exit(m.Run())
}

// anywhere is a place in namespaces, or behind a Relay where there are none.
func anywhere(t *testing.T, network string) place {
	t.Helper()
	if !scene.Isolated() {
		return behindRelay(t, network, 0)
	}
	at, err := layLine()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := at.line.(*routed).close(); err != nil {
			t.Error(err)
		}
	})
	return at
}

// asInLife is a site of twenty, a trunk with ten free channels, and phones of all manners.
func asInLife() rehearsal {
	return rehearsal{
		agents: 20, free: 10, bounds: true,
		ring: 15 * time.Second, confirm: 8 * time.Second, requeue: 90 * time.Second, every: 14 * time.Second,
		ask: 30 * time.Second, back: time.Minute,
		phones: func(i int) []manner {
			rings := time.Duration(2+i%3) * time.Second
			switch i {
			case 1:
				return []manner{busy, taken(rings)}
			case 4:
				return []manner{voicemail, taken(rings)}
			case 7:
				return []manner{noAnswer, taken(rings)}
			case 10:
				return []manner{wrongKey, taken(rings)}
			case 13:
				return []manner{busy}
			case 16:
				return []manner{busy, voicemail}
			}
			return []manner{taken(rings)}
		},
	}
}

func TestS10S63AnOutageOfTwentyIsOneAlarmAndOneClick(t *testing.T) {
	o := asInLife()
	o.title = "Twenty agents in calls; their site's line goes down; a supervisor clicks once"
	o.returns, o.flaps = true, true
	rehearse(t, o, anywhere(t, "127.20.2"))
}

func TestS61AnOutageThatNobodyIsToldOfIsSwitchedByThePolicy(t *testing.T) {
	o := asInLife()
	o.title = "Twenty agents in calls; their site's line loses everything, silently; the team's policy switches"
	o.silently, o.policy = true, true
	rehearse(t, o, anywhere(t, "127.20.5"))
}
