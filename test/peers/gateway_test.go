//go:build peers

package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tones of the peers, far from each other and from the built-in audio.
const (
	customerTone  = 1000.0
	softphoneTone = 1700.0
	phoneTone     = 2300.0
)

// site is a running gateway in a /24 of loopback of its own, with one trunk: its calls come from 127.0.0.1 or .2, and go
// to the phone in the site's slot 1, or to SIPp at .3.
type site struct {
	t     *testing.T
	slot  int    // of its first phone
	net   string // "127.0.N"
	dir   string
	cmd   *exec.Cmd
	token string

	requests int               // sent so far, for their ids
	tokens   map[string]string // of agents who asked for something
}

const siteConfig = `
sip: {domain: NET.1, listen: ["udp:NET.1:5060", "tcp:NET.1:5060"]}
media: {listen: NET.1, ports: 20000-20999, recordings: DIR/recordings}
http: {listen: "NET.1:8080"}
store: sqlite:DIR/telagent.db
trunks:
  - {name: carrier, uri: "sip:CARRIER;transport=udp", username: gw, password: carrier-secret, accept_from: [127.0.0.1/32, NET.2/32, NET.3/32], channels: 30}
dialling: {region: DE, allow: [DE]}
policy: {ring_time: 8s, confirm_time: 6s, access_number: "+4930900", supervisors_by_phone: true}
log: {level: debug, format: console}
`

const siteDirectory = `
users:
  - {name: boss, role: supervisor, teams: [support], password: boss-secret-1, phone_id: "9001", pin: "804211"}
  - {name: root, role: admin, password: root-secret-1}
agents:
  - {id: ana, name: Ana, team: support, password: ana-secret-1, phone_id: "1001", pin: "4711", numbers: ["+49301234567"], desk_phone: ana-desk, queues: {support: 1, recorded: 1}, wrap_up: 2s}
  - {id: ben, name: Ben, team: support, password: ben-secret-1, numbers: ["+49301234568"], queues: {support: 1}, wrap_up: 2s}
  - {id: nora, name: Nora, team: support, password: nora-secret-1, numbers: ["+49301234567"], queues: {nailed: 1}, wrap_up: 2s, nailed_up: true}
  - {id: sally, name: Sally, team: support, role: supervisor, supervises: [support], password: sally-secret-1, wrap_up: 2s}
queues:
  - {name: support, numbers: ["+18005550100"], strategy: longest_idle, priority: 5, calling_name: Support}
  - {name: recorded, numbers: ["+18005550101"], record: true}
  - {name: nailed, numbers: ["+18005550102"]}
`

// startSite imports the directory, starts the gateway and signs boss in. number is the site's own, 2..99; carrier is
// where the trunk's calls go, empty: to the phone made by pstnPhone. others are pairs, of what stands in the configuration
// or the directory and what stands there instead.
func startSite(t *testing.T, number int, carrier string, others ...string) *site {
	t.Helper()
	s := &site{t: t, slot: 5 * number, net: fmt.Sprintf("127.0.%d", number), dir: t.TempDir(), tokens: map[string]string{}}
	if carrier == "" {
		carrier = fmt.Sprintf("127.0.0.1:%d", sipPort(s.slot+1))
	}
	fill := strings.NewReplacer("CARRIER", carrier, "NET", s.net, "DIR", s.dir)
	other := strings.NewReplacer(others...)
	s.write("telagent.yaml", fill.Replace(other.Replace(siteConfig)))
	s.write("directory.yaml", other.Replace(siteDirectory))
	if out, err := s.telagent("import", "-c", s.path("telagent.yaml"), s.path("directory.yaml")).CombinedOutput(); err != nil {
		t.Fatalf("telagent import: %v\n%s", err, out)
	}
	log, err := os.Create(s.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	s.cmd = s.telagent("serve", "-c", s.path("telagent.yaml"))
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(log) })
	await(t, "the gateway is ready", 20*time.Second, func() bool {
		res, err := http.Get("http://" + s.net + ".1:8080/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	s.token = s.signIn("boss", "boss-secret-1")
	return s
}

func (s *site) stop(log *os.File) {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the gateway did not end well: %v", err)
	}
	_ = log.Close()
	data, err := os.ReadFile(s.path("log"))
	if err != nil {
		s.t.Error(err)
	}
	if bytes.Contains(data, []byte("this is a bug")) {
		s.t.Error("the gateway caught a bug of its own, see its log")
	}
	if s.t.Failed() {
		s.t.Logf("log of the gateway:\n%s", data[max(0, len(data)-20000):])
	}
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name, text string) {
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// telagent is the built binary (make build) with arguments.
func (s *site) telagent(args ...string) *exec.Cmd {
	cmd := exec.Command("../../bin/telagent", args...)
	cmd.Env = append(os.Environ(), "TELAGENT_SERVER=http://"+s.net+".1:8080", "TELAGENT_TOKEN="+s.token)
	return cmd
}

func (s *site) signIn(user, password string) string {
	s.t.Helper()
	var out struct{ Token string }
	s.api("POST", "/sign-in", map[string]string{"user": user, "password": password}, &out)
	return out.Token
}

// api calls the API as boss and fails the test on a refusal.
func (s *site) api(method, path string, in, out any) {
	s.t.Helper()
	status, data := s.call(s.token, method, path, in)
	if status >= 400 {
		s.t.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			s.t.Fatalf("%s %s answered %s: %v", method, path, data, err)
		}
	}
}

func (s *site) call(token, method, path string, in any) (status int, body []byte) {
	s.t.Helper()
	var send io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			s.t.Fatal(err)
		}
		send = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, "http://"+s.net+".1:8080/api/v1"+path, send)
	if err != nil {
		s.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, body
}

type agent struct {
	Status    string
	Reason    string
	Activity  string
	Reach     string
	Reachable string
	Strikes   int
	Line      string
	Pending   string
	Switching *struct{ To string }
	Last      *struct{ Result string } `json:"last_switch"`
}

func (s *site) agent(id string) agent {
	s.t.Helper()
	var a agent
	s.api("GET", "/agents/"+id, nil, &a)
	return a
}

// awaitAgent waits until ok holds for the agent.
func (s *site) awaitAgent(id, what string, ok func(agent) bool) {
	s.t.Helper()
	await(s.t, id+" "+what, 30*time.Second, func() bool { return ok(s.agent(id)) })
}

func (s *site) awaitStatus(id, status string) {
	s.t.Helper()
	s.awaitAgent(id, "is "+status, func(a agent) bool { return a.Status == status })
}

// available signs an agent on and makes him available, once his softphone is registered.
func (s *site) available(id string) {
	s.t.Helper()
	s.awaitAgent(id, "is reachable", func(a agent) bool { return a.Reachable == "reachable" })
	status, body := s.call(s.signIn(id, id+"-secret-1"), "PUT", "/agents/"+id+"/status", map[string]string{"status": "available"})
	if status >= 400 {
		s.t.Fatalf("make %s available: %d %s", id, status, body)
	}
	s.awaitStatus(id, "available")
}

// switchTo moves an agent to his phone, or back to his softphone.
func (s *site) switchTo(id, to string) {
	s.t.Helper()
	if code, detail := s.switches(id, to); code != "" {
		s.t.Fatalf("switch of %s: %s, %s", id, code, detail)
	}
}

// switches asks for a switch and returns why it is refused; empty: it is not.
func (s *site) switches(id, to string) (code, detail string) {
	s.t.Helper()
	s.requests++
	request := fmt.Sprintf("%s-%d", s.t.Name(), s.requests)
	status, body := s.call(s.token, "POST", "/switch", map[string]any{"agents": []string{id}, "to": to, "request_id": request})
	var out struct {
		Results []struct {
			OK           bool
			Code, Detail string
		}
	}
	if err := json.Unmarshal(body, &out); err != nil || len(out.Results) != 1 || out.Results[0].OK != (status < 300) {
		s.t.Fatalf("switch of %s: %d %s (%v)", id, status, body, err)
	}
	return out.Results[0].Code, out.Results[0].Detail
}

func (s *site) customer() *phone { return s.customerAt(s.slot) }

func (s *site) customerAt(slot int) *phone {
	return startPhone(s.t, "customer", slot, "<sip:+4915112345678@127.0.0.1>;regint=0", customerTone)
}

// pstnPhone is what the carrier's switch rings for a number; mode is baresip's answermode.
func (s *site) pstnPhone(number, mode string) *phone { return s.pstnPhones(mode, number) }

// pstnPhones is one for several numbers.
func (s *site) pstnPhones(mode string, numbers ...string) *phone {
	var accounts []string
	for _, n := range numbers {
		accounts = append(accounts, fmt.Sprintf("<sip:%s@127.0.0.1>;regint=0;answermode=%s", n, mode))
	}
	return startPhone(s.t, "phone "+numbers[0], s.slot+1, strings.Join(accounts, "\n"), phoneTone)
}

func (s *site) softphone(id string, slot int, hz float64) *phone {
	account := fmt.Sprintf("<sip:%s@%s.1>;auth_pass=%s-secret-1;answermode=auto;regint=60", id, s.net, id)
	return startPhone(s.t, id+"'s softphone", slot, account, hz)
}

// deskPhone registers as an agent's desk phone, with the agent's password.
func (s *site) deskPhone(id string) *phone {
	account := fmt.Sprintf("<sip:%s-desk@%s.1>;auth_pass=%s-secret-1;answermode=auto;regint=60", id, s.net, id)
	return startPhone(s.t, id+"'s desk phone", s.slot+3, account, phoneTone)
}

const supportNumber = "+18005550100"

func (s *site) supportURI() string { return "sip:" + supportNumber + "@" + s.net + ".1" }

// bound is how long anything may take that is not a matter of time.
const bound = 40 * time.Second

func (s *site) registered() int {
	s.t.Helper()
	admin := s.signIn("root", "root-secret-1")
	status, body := s.call(admin, "GET", "/phones", nil)
	var out struct{ Phones []struct{ AOR string } }
	if err := json.Unmarshal(body, &out); status >= 400 || err != nil {
		s.t.Fatalf("GET /phones: %d %s", status, body)
	}
	return len(out.Phones)
}

func (s *site) liveCalls() int {
	s.t.Helper()
	var out struct{ Calls []struct{ ID string } }
	s.api("GET", "/calls", nil, &out)
	return len(out.Calls)
}
