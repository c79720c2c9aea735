package config

import "time"

// Restart is the section restart.
type Restart struct {
	KeepCalls    bool          `yaml:"keep_calls" help:"Whether SIGTERM, which systemd's stop and restart send, leaves the calls that are up to the next start, which goes on with them; until then they are silent. Otherwise they are hung up, as SIGINT (Ctrl-C) always does. 'telagent drain --stop' ends the gateway without a call being up."`
	WaitForStore time.Duration `yaml:"wait_for_store" help:"How long a start waits for a database that is away before it gives up; 0s: not at all."`
}

var usualRestart = Restart{KeepCalls: true, WaitForStore: time.Minute}
