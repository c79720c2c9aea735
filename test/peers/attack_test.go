//go:build peers

package peers

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/claims"
	"telagent-gateway/test/stage"
)

const attackedConfig = `
sip: {domain: gw.example, listen: ["udp:NET.1:5060", "tcp:NET.1:5060"]}
media: {listen: NET.1, ports: 20000-20999}
http: {listen: "NET.1:8080"}
store: sqlite:DIR/telagent.db
security: {ban: {after: 5}}
log: {level: info, format: console}
`

const attackedDirectory = `
users:
  - {name: boss, role: admin, password: boss-secret-1}
agents:
  - {id: "1001", name: Ana, team: support, password: ana-secret-1}
  - {id: "1002", name: Ben, team: support, password: ben-secret-1}
`

// attacked is a gateway that strangers can reach, with the users 1001 and 1002.
func attacked(t *testing.T, net string) *stage.Gateway {
	s := stage.StartGateway(t, net, attackedConfig, attackedDirectory)
	s.Write("passwords", strings.Join([]string{"1001", "secret", "1234", "password", "ana", "letmein", "ana-secret-1"}, "\n")+"\n")
	return s
}

// attack runs a tool for at most half a minute and returns all that it says; that it fails is no fault here.
func attack(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v; make install installs it", err)
	}
	out, _ := exec.Command("timeout", append([]string{"30", path}, args...)...).CombinedOutput() // it says what it found
	t.Logf("%s %s:\n%s", name, strings.Join(args, " "), out)
	return string(out)
}

func TestSIPViciousFindsNoUsersAndCracksNoPassword(t *testing.T) {
	claims.Proven(t, "SIPVicious learns that somebody speaks SIP, finds no user and cracks no password")
	s := attacked(t, "127.26.1")
	target := s.Net + ".1"
	for _, method := range []string{"OPTIONS", "INVITE", "REGISTER"} {
		if said := attack(t, "svmap", "-m", method, target); strings.Contains(strings.ToLower(said), "telagent") {
			t.Errorf("svmap by %s learns what we are", method)
		}
		if said := attack(t, "svwar", "--force", "-e1000-1005", "-m", method, target); strings.Contains(said, "| 1001") || strings.Contains(said, "| 1002") {
			t.Errorf("svwar by %s finds users", method)
		}
	}
	if said := attack(t, "svcrack", "-u", "1001", "-d", s.Path("passwords"), target); strings.Contains(said, "| 1001") || strings.Contains(said, "ana-secret-1 |") {
		t.Error("svcrack cracks a password")
	}
}

// svcrack knows "md5" in small letters alone and sends no guess at all; sipsak does.
func TestWhoGuessesPasswordsWithSipsakIsBannedUntilSomebodyLiftsThat(t *testing.T) {
	claims.Proven(t, "who guesses passwords with a real tool is banned")
	s := attacked(t, "127.26.2")
	for i := range 6 {
		attack(t, "timeout", "2", "sipsak", "-U", "-s", "sip:1001@"+s.Net+".1", "-u", "1001", "-a", fmt.Sprint("guess-", i), "-v")
	}
	bans := func(args ...string) string {
		out, err := s.Telagent(append([]string{"bans"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("telagent bans: %v\n%s", err, out)
		}
		return string(out)
	}
	stage.Await(t, "the source is banned", 5*time.Second, func() bool { return strings.Contains(bans("--json"), "127.0.0.1") })
	bans("--lift", "127.0.0.1")
	if said := bans("--json"); strings.Contains(said, "127.0.0.1") {
		t.Errorf("still banned: %s", said)
	}
	if said := attack(t, "sipsak", "-s", "sip:"+s.Net+".1", "-vv"); !strings.Contains(said, "200 OK") {
		t.Error("who is not banned any more is not answered")
	}
}
