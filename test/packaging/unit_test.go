package packaging

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// folder is where what a distribution needs is kept.
const folder = "../../packaging/"

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(folder + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// unit reads a unit file: section and key to its values, in order.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	keys, section := map[string][]string{}, ""
	for _, line := range strings.Split(read(t, "telagent.service"), "\n") {
		key, value, is := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		case is:
			keys[section+"."+key] = append(keys[section+"."+key], value)
		default:
			t.Errorf("the unit has the line %q", line)
		}
	}
	return keys
}

func TestTheUnitIsWatchedStartedAgainAndHeldToItsFolderAndTheNetwork(t *testing.T) {
	keys := unit(t)
	for key, want := range map[string]string{
		"Unit.StartLimitIntervalSec": "0", // it is started again however often it fails
		"Service.Type":               "notify",
		"Service.NotifyAccess":       "all", // an upgrade's new process speaks for the service
		"Service.ExecStart":          "/usr/bin/telagent serve -c /etc/telagent/telagent.yaml",
		"Service.ExecReload":         "/bin/kill -HUP $MAINPID",
		"Service.Restart":            "on-failure", // not after `telagent drain --stop`
		"Service.KillMode":           "mixed",      // nothing that an upgrade left behind keeps a socket
		"Service.KillSignal":         "SIGTERM",
		"Service.User":               "telagent",
		"Service.StateDirectory":     "telagent",
		"Service.LimitCORE":          "0", // memory holds keys
		"Service.ProtectSystem":      "strict", "Service.ProtectHome": "yes", "Service.PrivateTmp": "yes", "Service.PrivateDevices": "yes",
		"Service.NoNewPrivileges": "yes", "Service.MemoryDenyWriteExecute": "yes", "Service.RestrictNamespaces": "yes",
		"Service.RestrictSUIDSGID": "yes", "Service.LockPersonality": "yes", "Service.SystemCallArchitectures": "native",
		"Service.CapabilityBoundingSet":   "CAP_NET_BIND_SERVICE",
		"Service.RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX AF_NETLINK",
		"Service.SystemCallFilter":        "@system-service",
		"Install.WantedBy":                "multi-user.target",
	} {
		if values := keys[key]; len(values) == 0 || values[0] != want {
			t.Errorf("the unit's %s is %q, want %q", key, values, want)
		}
	}
	if keys["Service.ProcSubset"] != nil {
		t.Error("the unit hides /proc/sys: the listeners' backlog would fall to 128 connections")
	}
	if all := keys["Service.SystemCallFilter"]; !slices.Contains(all, "~@privileged @resources") {
		t.Errorf("the unit's system calls are %q, want none that is privileged", all)
	}
}

func TestTheUnitsTimesFitEachOther(t *testing.T) {
	keys := unit(t)
	seconds := func(key string) time.Duration {
		value := keys["Service."+key][0]
		if n, err := strconv.Atoi(value); err == nil {
			return time.Duration(n) * time.Second
		}
		d, err := time.ParseDuration(strings.TrimSuffix(strings.Replace(value, "min", "m", 1), "s") + map[bool]string{true: "s"}[strings.HasSuffix(value, "s")])
		if err != nil {
			t.Fatalf("%s=%s: %v", key, value, err)
		}
		return d
	}
	if stop := seconds("TimeoutStopSec"); stop < 2*10*time.Second {
		t.Errorf("a stop is cut off after %v; an end may take 10 s, and the store's last commit comes after it", stop)
	}
	// The loop is asked twice in a watch: between two answers a machine may stand still for five seconds, as when it is moved.
	if watch := seconds("WatchdogSec"); watch/2 < 5*time.Second || watch > 30*time.Second {
		t.Errorf("a loop is given up after %v, want 10 to 30 s", watch)
	}
	if again := seconds("RestartSec"); again > 500*time.Millisecond {
		t.Errorf("a restart waits for %v; the calls are in silence", again)
	}
}

func TestAPackagesUpgradeHandsTheCallsOver(t *testing.T) {
	if script := read(t, "prerm"); !strings.Contains(script, `"$1" = remove`) || strings.Count(script, "stop telagent") != 1 {
		t.Error("prerm stops the gateway not only when the package is removed")
	}
	if !strings.Contains(read(t, "prerm"), "--signal=INT telagent.service") {
		t.Error("prerm leaves calls to a gateway that will not come")
	}
	script := read(t, "postinst")
	if !strings.Contains(script, "--signal=USR2 telagent.service") {
		t.Error("postinst does not let the new version take over")
	}
	for _, name := range []string{"postinst", "prerm", "postrm"} {
		script := read(t, name)
		if strings.Contains(script, "restart") || !strings.HasPrefix(script, "#!/bin/sh\n") || !strings.Contains(script, "\nset -e\n") {
			t.Errorf("%s restarts the gateway, or goes on after an error", name)
		}
	}
}
